// Checks of a request, operands and amax; see request.h.
#include "bitgate/device/cpu/request.h"

#include <algorithm>

#include "bitgate/device/cpu/codes.h"
#include "bitgate/device/cpu/exact.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::device::cpu {
namespace {

float widened_bf16(std::uint16_t bits) noexcept { return from_bits(bits * 0x10000u); }

// Elements from `first` on.
void widen(const TypedView& input, std::int64_t first, std::span<float> to) {
  const auto at = static_cast<std::size_t>(first);
  switch (input.type) {
    case InputType::kF32: std::ranges::copy(input.f32().subspan(at, to.size()), to.begin()); return;
    case InputType::kBf16:
      std::ranges::transform(input.bits16().subspan(at, to.size()), to.begin(), widened_bf16);
      return;
    case InputType::kF16: std::ranges::transform(input.bits16().subspan(at, to.size()), to.begin(), half_value); return;
  }
}

void require_direction(Direction direction, const Accepts& accepts) {
  switch (accepts.directions) {
    case Directions::kRowwise:
      if (direction == Direction::kRowwise) return;
      refuse(accepts.recipe, "the direction is not row-wise, expected row-wise");
    case Directions::kColumnwise:
      if (direction == Direction::kColumnwise) return;
      refuse(accepts.recipe, "the direction is not column-wise, expected column-wise");
    case Directions::kWithColumnwise:
      if (direction != Direction::kRowwise) return;
      refuse(accepts.recipe, "the direction is row-wise, expected column-wise or both");
    case Directions::kEvery: return;
  }
}

void require_multiple(const Accepts& accepts, std::string_view what, std::int64_t count, std::int64_t multiple) {
  if (count % multiple != 0)
    refuse(accepts.recipe, "the " + std::string(what) + ", expected a multiple of " + std::to_string(multiple));
}

void require_count(const Accepts& accepts, std::string_view what, std::span<const float> given, std::int64_t rows) {
  if (given.empty()) return;
  if (accepts.global == GlobalAxis::kNone) refuse(accepts.recipe, std::string(what) + " was given, expected none");
  const std::int64_t wanted = accepts.global == GlobalAxis::kRow ? rows : 1;
  if (static_cast<std::int64_t>(given.size()) != wanted)
    refuse(accepts.recipe, std::to_string(given.size()) + " numbers of " + std::string(what) +
                               " were given, expected " + std::to_string(wanted));
}

}  // namespace

void refuse(std::string_view recipe, const std::string& what) {
  throw InputError("cpu/" + std::string(recipe) + ": " + what);
}

void require(const Request& request, const Accepts& accepts) {
  require_direction(request.direction, accepts);
  if (std::ranges::find(accepts.types, request.input.type) == accepts.types.end()) {
    std::string taken;
    for (const InputType type : accepts.types) taken += (taken.empty() ? "" : ", ") + std::string(name_of(type));
    refuse(accepts.recipe, "the input is " + std::string(name_of(request.input.type)) + ", expected one of: " + taken);
  }
  const auto [rows, cols] = request.input.extent;
  require_multiple(accepts, "row has " + std::to_string(cols) + " columns", cols, accepts.cols_multiple);
  const std::string has_rows = "input has " + std::to_string(rows) + " rows";
  require_multiple(accepts, has_rows, rows, accepts.rows_multiple);
  if (asks_for_columnwise(request.direction))
    require_multiple(accepts, has_rows, rows, accepts.rows_multiple_columnwise);
  // Of the rows of the side that is made, or of the row-wise one of two.
  const std::int64_t side_rows = request.direction == Direction::kColumnwise ? cols : rows;
  require_count(accepts, "amax", request.amax, side_rows);
  require_count(accepts, "column-wise amax", request.amax_columnwise, cols);
  require_count(accepts, "global", request.global, side_rows);
}

Operand operand_of(const TypedView& input, Direction side) {
  const auto [rows, cols] = input.extent;
  Operand operand{input.extent, std::vector<float>(static_cast<std::size_t>(count(input.extent)))};
  if (side != Direction::kColumnwise) {
    widen(input, 0, operand.x);
    return operand;
  }
  operand.extent = {cols, rows};
  std::vector<float> row(static_cast<std::size_t>(cols));
  for (std::int64_t r = 0; r < rows; ++r) {
    widen(input, r * cols, row);
    for (std::int64_t c = 0; c < cols; ++c)
      operand.x[static_cast<std::size_t>(c * rows + r)] = row[static_cast<std::size_t>(c)];
  }
  return operand;
}

std::vector<float> padded_row(const Operand& operand, std::int64_t row, std::int64_t pad_to) {
  const std::span<const float> x = operand.row(row);
  std::vector<float> values(static_cast<std::size_t>((operand.extent.cols + pad_to - 1) / pad_to * pad_to), 0.0f);
  std::ranges::copy(x, values.begin());
  return values;
}

std::vector<float> padded_row(const TypedView& input, std::int64_t row, std::int64_t pad_to) {
  const std::int64_t cols = input.extent.cols;
  std::vector<float> values(static_cast<std::size_t>((cols + pad_to - 1) / pad_to * pad_to), 0.0f);
  widen(input, row * cols, std::span(values).first(static_cast<std::size_t>(cols)));
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

std::span<const float> given_global(const Request& request, GlobalAxis axis, Direction side) noexcept {
  if (side == Direction::kRowwise) return request.global.empty() ? request.amax : request.global;
  if (!request.amax_columnwise.empty()) return request.amax_columnwise;
  if (axis == GlobalAxis::kRow && request.direction != Direction::kColumnwise) return {};
  return request.global.empty() ? request.amax : request.global;
}

std::vector<float> amax_of_side(const Request& request, GlobalAxis axis, Direction side, const Operand& operand,
                                AmaxRule amax) {
  const std::span<const float> given = given_global(request, axis, side);
  if (!given.empty()) return {given.begin(), given.end()};
  if (axis != GlobalAxis::kRow) return {amax(operand.x)};
  std::vector<float> of_rows;
  for (std::int64_t r = 0; r < operand.extent.rows; ++r) of_rows.push_back(amax(operand.row(r)));
  return of_rows;
}

}  // namespace bitgate::device::cpu
