#include <fmt/format.h>

#include <string>

#include "bitgate/compare/alias.h"
#include "bitgate/compare/c_api_tensor.h"
#include "bitgate/compare/case.h"
#include "bitgate/compare/input_file.h"
#include "bitgate/compare/npy.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reference/layout/transpose.h"

namespace bitgate::compare {
namespace {

template <class T>
std::span<const T> numbers(const char* name, const T* data, std::int64_t n) {
  if (n < 0 || n > kMaxElements || (n != 0) != (data != nullptr))
    throw InputError(fmt::format("{}: a pointer and its count expected, or none of the two", name));
  return {data, static_cast<std::size_t>(n)};
}

// Not looked at before the count is known to be one that the recipe takes: then the caller's array is that long.
std::span<const float> not_negative(const char* name, const float* data, std::int64_t n, std::int64_t taken) {
  const std::span<const float> all = numbers(name, data, n);
  if (n != 0 && taken == 0) throw InputError(fmt::format("{}: was given, and the recipe takes none", name));
  if (n != 0 && n != taken) throw InputError(fmt::format("{}: {} numbers given, {} expected", name, n, taken));
  for (const float number : all)
    if (number < 0.0f) throw InputError(fmt::format("{} {}: a number that is not negative expected", name, number));
  return all;
}

void require_no_nan(const char* name, std::span<const float> all) {
  for (const float number : all)
    if (number != number) throw InputError(fmt::format("{} NaN: a number that is not negative expected", name));
}

TypedView input_of(const bitgate_request& asked, bool with_input) {
  constexpr InputType kOfC[] = {InputType::kF32, InputType::kBf16, InputType::kF16};
  if (asked.dtype < BITGATE_FP32 || asked.dtype > BITGATE_F16)
    throw InputError(fmt::format("dtype {}: 0 (fp32), 1 (bf16) or 2 (f16) expected", asked.dtype));
  const Extent extent{asked.rows, asked.cols};
  if (extent.rows < 0 || extent.cols < 0) throw InputError(fmt::format("input: {} x {}", extent.rows, extent.cols));
  require_extent("input", extent);
  if (extent.cols != 0 && extent.rows > kMaxElements / extent.cols)
    throw InputError(fmt::format("input: {} x {} are more than 2^40 elements", extent.rows, extent.cols));
  if (with_input && asked.input == nullptr && count(extent) != 0)
    throw InputError(fmt::format("input: {} x {} values, and no pointer to them", extent.rows, extent.cols));
  return {kOfC[asked.dtype], extent, asked.input};
}

Direction direction_of(const bitgate_request& asked, const reference::Recipe& recipe) {
  switch (asked.direction) {
    case BITGATE_DEFAULT_DIRECTION: return reference::default_direction(recipe);
    case BITGATE_ROWWISE: return Direction::kRowwise;
    case BITGATE_COLUMNWISE: return Direction::kColumnwise;
    default:
      throw InputError(fmt::format("direction {}: 0 (the recipe's), 1 (row) or 2 (column) expected", asked.direction));
  }
}

reference::ScaleLayout layout_of(const bitgate_request& asked) {
  if (asked.scale_layout < BITGATE_LOGICAL || asked.scale_layout > BITGATE_8X4)
    throw InputError(
        fmt::format("scale_layout {}: 0 (logical), 1 (padded), 2 (128x4) or 3 (8x4) expected", asked.scale_layout));
  return reference::kScaleLayouts[asked.scale_layout];
}

void add_random_words(const bitgate_request& asked, Request& request) {
  const auto words = numbers("random_bits", asked.random_bits, asked.random_bits_count);
  const bool columnwise = request.direction == Direction::kColumnwise;
  const Extent x = columnwise ? reference::swapped(request.input.extent) : request.input.extent;
  if (!words.empty() && (x.cols % 4 != 0 || std::ssize(words) != x.rows * (x.cols / 4)))
    throw InputError(fmt::format("random_bits: {} words, and {} x {} values take one for four of a row", words.size(),
                                 x.rows, x.cols));
  (columnwise ? request.random_bits_columnwise : request.random_bits) = words;
  request.philox = {asked.philox_seed, asked.philox_offset};
}

void add_operands(const bitgate_request& asked, const Scheme& scheme, Request& request) {
  const bool columnwise = request.direction == Direction::kColumnwise;
  const Extent side = columnwise ? reference::swapped(request.input.extent) : request.input.extent;
  (columnwise ? request.amax_columnwise : request.amax) =
      not_negative("amax", asked.amax, asked.amax_count, amax_count(scheme, side));
  request.global = not_negative("global", asked.global, asked.global_count, global_count(scheme, side));
  require_no_nan("global", request.global);
  request.fused.weight = numbers("weight", asked.weight, asked.weight_count);
  request.fused.residual = numbers("residual", asked.residual, asked.residual_count);
  request.fused.gate = numbers("gate", asked.gate, asked.gate_count);
  request.fused.row_factor = numbers("row_factor", asked.row_factor, asked.row_factor_count);
  const auto epsilon = not_negative("epsilon", asked.epsilon, asked.epsilon == nullptr ? 0 : 1, 1);
  require_no_nan("epsilon", epsilon);
  if (!epsilon.empty()) request.fused.epsilon = epsilon.front();
  add_random_words(asked, request);
}

}  // namespace

CRequest::CRequest(const bitgate_request* asked, bool with_input) {
  if (asked == nullptr) throw InputError("no request is given");
  if (asked->recipe == nullptr) throw InputError("the request names no recipe");
  recipe = &require_named(asked->recipe);
  request.input = input_of(*asked, with_input);
  request.direction = direction_of(*asked, *recipe);
  add_operands(*asked, scheme_of(recipe->rules.scheme), request);
  description = description_of(*recipe, request.input.extent, request.direction);
  description.layout = layout_of(*asked);
  require_consistent(description, recipe->identity.name);
}

void require_draws(const CRequest& asked) {
  const bool given = asked.request.philox.seed != 0 || asked.request.philox.offset != 0;
  if (given && asked.recipe->storage.random == reference::RandomOrder::kNone)
    throw InputError(fmt::format("philox_seed: {} draws no random words", asked.recipe->identity.name));
}

}  // namespace bitgate::compare
