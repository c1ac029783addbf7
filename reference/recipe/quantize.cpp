// The public face of the reference: what is accepted, and the run-time form of quantize_block.
#include <fmt/format.h>

#include <algorithm>

#include "bitgate/reference/recipe/recipe.h"
#include "bitgate/reference/recipe/rows.h"

namespace bitgate::reference {

std::string_view name_of(Evidence evidence) noexcept {
  switch (evidence) {
    case Evidence::kCaptured: return "captured";
    case Evidence::kReference: return "reference";
    case Evidence::kExample: return "example";
    case Evidence::kRead: return "read";
  }
  return "?";
}

namespace {

// How many numbers a tensor's global takes in this request; a row scheme has one a row.
std::size_t globals_wanted(const Recipe& recipe, const Request& request) {
  return static_cast<std::size_t>(global_count(scheme_of(recipe.rules.scheme), request.input.extent));
}

void require_sizes(const Recipe& recipe, const Request& request) {
  const std::size_t wanted = globals_wanted(recipe, request);
  const std::string_view name = recipe.identity.name;
  if (!request.amax.empty() && request.amax.size() != wanted)
    throw InputError(fmt::format("{}: {} amax values given, {} expected", name, request.amax.size(), wanted));
  if (!request.global.empty() && request.global.size() != wanted)
    throw InputError(fmt::format("{}: {} global numbers given, {} expected", name, request.global.size(), wanted));
  const Extent& extent = request.input.extent;
  const auto scales =
      static_cast<std::size_t>(extent.rows * blocks_per_row(scheme_of(recipe.rules.scheme), extent.cols));
  if (request.scales != nullptr && scale_count(*request.scales) != scales)
    throw InputError(fmt::format("{}: {} block scales given, {} expected", name, scale_count(*request.scales), scales));
}

void require_special_values(const Recipe& recipe, const Request& request) {
  const Accepts& a = recipe.accepts;
  const TypedView& input = request.input;
  if (a.nan && a.infinity) return;
  if (!a.nan && std::any_of(request.amax.begin(), request.amax.end(), [](float amax) { return is_nan(amax); }))
    throw InputError(fmt::format("{}: NaN given as amax: {}", recipe.identity.name, a.refusal));
  for (std::int64_t i = 0; i < count(input.extent); ++i) {
    const float x = element(input, i);
    const bool nan = is_nan(x);
    const bool infinite = magnitude(x) == std::numeric_limits<float>::infinity();
    if ((nan && !a.nan) || (infinite && !a.infinity))
      throw InputError(fmt::format("{}: {} at ({}, {}): {}", recipe.identity.name, nan ? "NaN" : "infinity",
                                   i / input.extent.cols, i % input.extent.cols, a.refusal));
  }
}

}  // namespace

void require_accepted(const Recipe& recipe, const Request& request) {
  const Accepts& a = recipe.accepts;
  const Extent& extent = request.input.extent;
  const std::string_view name = recipe.identity.name;
  if (extent.rows < 0 || extent.cols < 0)
    throw InputError(fmt::format("{}: shape {}x{} has a negative side", name, extent.rows, extent.cols));
  if (!accepts(a, request.input.type))
    throw InputError(fmt::format("{}: input type {} is not taken by this producer; it takes{}{}{}", name,
                                 name_of(request.input.type), a.f32 ? " fp32" : "", a.bf16 ? " bf16" : "",
                                 a.f16 ? " f16" : ""));
  if (request.direction != Direction::kRowwise)
    throw InputError(fmt::format("{}: only row-wise quantization is known for this recipe", name));
  if (extent.cols % a.col_multiple != 0)
    throw InputError(fmt::format("{}: {} columns given, a multiple of {} expected", name, extent.cols, a.col_multiple));
  if (count(extent) == 0 && !a.empty)
    throw InputError(
        fmt::format("{}: an empty tensor ({}x{}) is refused: {}", name, extent.rows, extent.cols, a.refusal));
  require_sizes(recipe, request);
  require_special_values(recipe, request);
}

QuantizedTensor quantize(const Recipe& recipe, const Request& request) {
  require_accepted(recipe, request);
  QuantizedTensor out =
      make_quantized(scheme_of(recipe.rules.scheme), recipe.storage.global_number, request.input.extent);
  recipe.run(request, out);
  return out;
}

QuantizedTensor quantize_with(const Rules& rules, const Storage& storage, const Request& request) {
  QuantizedTensor out = make_quantized(scheme_of(rules.scheme), storage.global_number, request.input.extent);
  quantize_rows(rules, request, out);
  return out;
}

std::vector<float> amax_of(const Rules& rules, const TypedView& input) {
  const GlobalAxis axis = scheme_of(rules.scheme).global;
  const std::int64_t rows = input.extent.rows;
  const std::int64_t cols = input.extent.cols;
  if (axis == GlobalAxis::kNone) return {};
  if (axis != GlobalAxis::kRow) return {amax_of_range(rules, input, 0, rows * cols)};
  std::vector<float> amax;
  for (std::int64_t row = 0; row < rows; ++row) amax.push_back(amax_of_range(rules, input, row * cols, cols));
  return amax;
}

float stored_global(const Rules& rules, InputType type, float amax) noexcept {
  return stored_global_of(rules, type, amax);
}

BlockAnswer quantize_one_block(const Rules& rules, InputType type, std::span<const float> block, float amax) {
  NoTrace trace;
  const float stored = stored_global_of(rules, type, amax);
  const GlobalScale global = derive_global(rules, stored, trace);
  BlockInput x{};
  std::copy(block.begin(), block.end(), x.begin());
  const auto width = static_cast<std::size_t>(scheme_of(rules.scheme).block.cols);
  BlockOutput out;
  quantize_block(rules, type, global, std::span<const float>(x.data(), width), {}, out, trace);
  return {out.scale_bits, out.codes};
}

}  // namespace bitgate::reference
