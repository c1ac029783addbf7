// The public face of the reference: sides, directions, and the run-time form of quantize_block.
#include <algorithm>

#include "bitgate/reference/fused/te_random.h"
#include "bitgate/reference/recipe/recipe.h"
#include "bitgate/reference/recipe/rows.h"

namespace bitgate::reference {

std::string_view name_of(Evidence evidence) noexcept {
  switch (evidence) {
    case Evidence::kCaptured: return "captured";
    case Evidence::kReference: return "reference";
    case Evidence::kExample: return "example";
    case Evidence::kRead: return "read";
    case Evidence::kOpen: return "open";
  }
  return "?";
}

namespace {

// The request's part for the side that stands alone, or for the row-wise side of two.
Side own_side(const Rules& rules, const Request& request, const TypedView& operand) noexcept {
  Side side{operand, request.amax, request.global, request.scales, request.random_bits};
  if (request.direction != Direction::kColumnwise) return side;
  if (!request.amax_columnwise.empty() || rules.transform != Transform::kNone) side.amax = request.amax_columnwise;
  side.random = request.random_bits_columnwise;
  return side;
}

// The column-wise side of two. Without numbers of its own it shares a tensor's one, but for transformed data.
Side twin_side(const Rules& rules, const Request& request, const TypedView& operand) noexcept {
  Side side{operand, request.amax_columnwise, {}, nullptr, request.random_bits_columnwise};
  const bool shared = rules.transform == Transform::kNone && request.amax.size() == 1 &&
                      scheme_of(rules.scheme).global != GlobalAxis::kRow;
  if (side.amax.empty() && shared) side.amax = request.amax;
  const bool same_global = rules.transform == Transform::kNone && request.global.size() == 1 &&
                           scheme_of(rules.scheme).global == GlobalAxis::kTensor;
  if (same_global) side.global = request.global;
  return side;
}

void quantize_side(const Recipe& recipe, const Side& side, Direction direction, QuantizedTensor& out) {
  reshape_quantized(scheme_of(recipe.rules.scheme), recipe.storage.global_number, side.operand.extent, out);
  out.direction = direction;
  quantize_rows(recipe.rules, side, lane_kernels(), out);
}

bool needs_words(const Recipe& recipe, const Request& request) noexcept {
  return recipe.storage.random != RandomOrder::kNone && request.random_bits.empty() &&
         request.random_bits_columnwise.empty();
}

void quantize_directions(const Recipe& recipe, const Request& request, QuantizedTensor& out) {
  const Direction first = request.direction == Direction::kColumnwise ? Direction::kColumnwise : Direction::kRowwise;
  const Operand operand = operand_of(recipe.rules, request, first);
  quantize_side(recipe, own_side(recipe.rules, request, operand.view), first, out);
  out.columnwise.resize(request.direction == Direction::kBoth ? 1 : 0);
  if (out.columnwise.empty()) return;
  const Operand twin = operand_of(recipe.rules, request, Direction::kColumnwise);
  quantize_side(recipe, twin_side(recipe.rules, request, twin.view), Direction::kColumnwise, out.columnwise[0]);
}

// A stochastic kernel without given words draws its own.
void quantize_with_words(const Recipe& recipe, const Request& request, QuantizedTensor& out) {
  if (!needs_words(recipe, request)) return quantize_directions(recipe, request, out);
  const TeRandom words = te_random_words(recipe.storage.random, request.input.extent, request.philox);
  Request drawn = request;
  drawn.random_bits = words.rowwise;
  drawn.random_bits_columnwise = words.columnwise;
  quantize_directions(recipe, drawn, out);
}

}  // namespace

QuantizedTensor quantize(const Recipe& recipe, const Request& request) {
  QuantizedTensor out;
  quantize_into(recipe, request, out);
  return out;
}

void quantize_into(const Recipe& recipe, const Request& request, QuantizedTensor& out) {
  require_accepted(recipe, request);
  quantize_with_words(recipe, request, out);
}

QuantizedTensor quantize_with(const Rules& rules, const Storage& storage, const Request& request) {
  Recipe changed{};
  changed.rules = rules;
  changed.storage = storage;
  QuantizedTensor out;
  quantize_with_words(changed, request, out);
  return out;
}

TypedTensor operand(const Recipe& recipe, const Request& request, Direction side) {
  Operand made = operand_of(recipe.rules, request, side);
  if (made.view.data != request.input.data) return std::move(made.storage);
  TypedTensor copy{request.input.type, request.input.extent, {}};
  if (copy.type == InputType::kF32)
    copy.values = std::vector<float>(request.input.f32().begin(), request.input.f32().end());
  else
    copy.values = std::vector<std::uint16_t>(request.input.bits16().begin(), request.input.bits16().end());
  return copy;
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
  const Scheme& scheme = scheme_of(rules.scheme);
  BlockContext context;
  context.type = type;
  if (scheme.global != GlobalAxis::kNone || has_unstored_global(rules))
    context.global = derive_global_of_row(rules, stored_global_of(rules, type, amax), amax, trace);
  if (scheme.global == GlobalAxis::kNone && amax_count(scheme, {1, 1}) == 1) context.amax = {true, amax};
  std::array<float, kMaxBlock> x{};
  std::copy(block.begin(), block.end(), x.begin());
  const std::size_t width = has_row_blocks(scheme) ? static_cast<std::size_t>(scheme.block.cols) : block.size();
  BlockAnswer answer;
  std::array<std::uint32_t, kMaxBlock> codes{};
  std::array<float, kMaxBlock> values{};
  BlockOutput out{std::span(codes).first(width), std::span(values).first(width)};
  quantize_block<float>(rules, context, std::span<const float>(x.data(), width), out, trace);
  answer.scale_bits = out.scale_bits;
  std::transform(codes.begin(), codes.end(), answer.codes.begin(),
                 [](std::uint32_t c) { return static_cast<std::uint8_t>(c); });
  return answer;
}

}  // namespace bitgate::reference
