#include "bitgate/device/cpu/request.h"

#include <algorithm>
#include <string>

#include "bitgate/device/cpu/codes.h"
#include "bitgate/device/cpu/exact.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::device::cpu {
namespace {

float widened(const TypedView& input, std::size_t i) noexcept {
  switch (input.type) {
    case InputType::kF32: return input.f32()[i];
    case InputType::kBf16: return from_bits(input.bits16()[i] * 0x10000u);
    case InputType::kF16: return half_value(input.bits16()[i]);
  }
  return 0.0f;
}

[[noreturn]] void refuse(const Accepts& accepts, const std::string& what) {
  throw InputError("cpu/" + std::string(accepts.recipe) + ": " + what);
}

void require_count(const Accepts& accepts, std::string_view what, std::span<const float> given, std::int64_t rows) {
  if (given.empty()) return;
  if (accepts.global == GlobalAxis::kNone) refuse(accepts, std::string(what) + " was given, expected none");
  const std::int64_t wanted = accepts.global == GlobalAxis::kRow ? rows : 1;
  if (static_cast<std::int64_t>(given.size()) != wanted)
    refuse(accepts, std::to_string(given.size()) + " numbers of " + std::string(what) + " were given, expected " +
                        std::to_string(wanted));
}

}  // namespace

void require(const Request& request, const Accepts& accepts) {
  if (request.direction != Direction::kRowwise) refuse(accepts, "the direction is not row-wise, expected row-wise");
  if (std::ranges::find(accepts.types, request.input.type) == accepts.types.end()) {
    std::string taken;
    for (const InputType type : accepts.types) taken += (taken.empty() ? "" : ", ") + std::string(name_of(type));
    refuse(accepts, "the input is " + std::string(name_of(request.input.type)) + ", expected one of: " + taken);
  }
  if (request.input.extent.cols % accepts.cols_multiple != 0)
    refuse(accepts, "the row has " + std::to_string(request.input.extent.cols) + " columns, expected a multiple of " +
                        std::to_string(accepts.cols_multiple));
  require_count(accepts, "amax", request.amax, request.input.extent.rows);
  require_count(accepts, "global", request.global, request.input.extent.rows);
}

std::vector<float> padded_row(const TypedView& input, std::int64_t row, std::int64_t pad_to) {
  const std::int64_t cols = input.extent.cols;
  std::vector<float> values(static_cast<std::size_t>((cols + pad_to - 1) / pad_to * pad_to), 0.0f);
  for (std::int64_t c = 0; c < cols; ++c)
    values[static_cast<std::size_t>(c)] = widened(input, static_cast<std::size_t>(row * cols + c));
  return values;
}

float amax_without_nan(std::span<const float> values) noexcept {
  float amax = 0.0f;
  for (const float x : values) amax = max_num(amax, magnitude(x));
  return amax;
}

float amax_or_nan(std::span<const float> values) noexcept {
  for (const float x : values)
    if (is_nan(x)) return from_bits(0x7FC00000u);
  return amax_without_nan(values);
}

}  // namespace bitgate::device::cpu
