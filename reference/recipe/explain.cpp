// explain(): the same stages as the fast path, with their bits.
#include <fmt/format.h>

#include "bitgate/reference/fused/te_random.h"
#include "bitgate/reference/recipe/recipe.h"
#include "bitgate/reference/recipe/rows.h"
#include "bitgate/reference/recipe/tiles.h"

namespace bitgate::reference {

namespace {

std::string_view reciprocal_formula(Divide divide) noexcept {
  return divide == Divide::kTimesApproxReciprocal ? "rcp_approx_ftz(mul_rn(scale, 1/S))"
         : divide == Divide::kIeeeOrZero          ? "div_rn(1, mul_rn(scale, 1/S)), 0 of 0"
                                                  : "div_rn(1, mul_rn(scale, S_dec))";
}

std::string_view formula_of(const Multiplier& multiplier, const ElementRule& rule) noexcept {
  const Divide divide = rule.divide;
  if (multiplier.all_zero) return "block_amax is zero: every code is 0";
  switch (rule.multiplier) {
    case MultiplierForm::kReciprocalOfProduct: return reciprocal_formula(divide);
    case MultiplierForm::kReciprocalOfScale: return "div_rn(1, scale)";
    case MultiplierForm::kGlobalReciprocalOverScale: return "the encode scale (S, or 1/s) over the block scale";
    case MultiplierForm::kGlobalOverUnroundedScale: return "div_rn(S_enc, the block scale before it was encoded)";
    case MultiplierForm::kDivideByProduct: return "mul_rn(s, scale), divides";
    case MultiplierForm::kExponentNegated: return "2^(127 - scale code)";
    case MultiplierForm::kApproxReciprocalOfScale: return "rcp_approx_ftz(d32)";
    case MultiplierForm::kApproxReciprocalOrZero: return "d32 != 0 ? rcp_approx_ftz(d32) : 0";
    case MultiplierForm::kHostReciprocalOfScale: return "d32 != 0 ? div_rn(1, d32) : 0";
    case MultiplierForm::k127OverAmax: return "di";
    case MultiplierForm::kHost127OverAmax: return "block_amax != 0 ? div_rn(127, block_amax) : 0";
    case MultiplierForm::kDivideByUnroundedScale: return "d32, divides";
    case MultiplierForm::kDivideByNormalPower: return "2^(scale code - 127), at least 2^-126; divides";
    case MultiplierForm::kEncodeScale: return "scale";
    case MultiplierForm::kScaleReciprocalTimesGlobal: return "mul_rn(scale code != 0 ? rcp_approx_ftz(scale) : 0, S)";
    case MultiplierForm::kExponentNegatedOrZero: return "scale code != 0 ? 2^(127 - scale code) : 0";
    case MultiplierForm::kApproxPowerNegated: return "scale code != 0 ? 2^(127 - scale code) by ex2 : 1";
    case MultiplierForm::kApproxReciprocalOfStored: return "rcp_approx_ftz(scale)";
    case MultiplierForm::kApproxReciprocalOfField: return "rcp_approx_ftz(the binary32 of exponent field scale code)";
    case MultiplierForm::kElementMaxOverAmax: return "the largest element over block_amax";
    case MultiplierForm::kDivideByScale: return "scale, divides";
    case MultiplierForm::kReciprocalOfField: return "div_rn(1, the binary32 of exponent field scale code)";
    case MultiplierForm::kNegatedField: return "the binary32 of exponent field 254 - scale code";
    case MultiplierForm::kDivideByScaleOverGlobal: return "div_rn(scale, G), divides";
    case MultiplierForm::kDivideByPower: return "2^(scale code - 127), infinity for code 255; divides";
  }
  return "";
}

std::string multiplier_formula(const Rules& rules, const Multiplier& multiplier) {
  std::string text(formula_of(multiplier, rules.element));
  if (rules.element.multiplier_ceiling != 0.0f)
    text = fmt::format("min({}, {:g})", text, rules.element.multiplier_ceiling);
  const bool zero_amax = rules.element.zero_scale == ZeroScale::kZeroAmax;
  const bool zero_unrounded = rules.element.zero_scale == ZeroScale::kZeroUnrounded;
  if (zero_amax) text = fmt::format("{}; 0 where block_amax is", text);
  if (rules.element.zero_scale == ZeroScale::kZero) text = fmt::format("{}; 0 where scale is", text);
  if (zero_unrounded) text = fmt::format("{}; 0 where the scale before it was encoded is", text);
  if (rules.element.multiplier_type == MultiplierType::kBf16) text = fmt::format("bf16({})", text);
  return text;
}

std::string product_formula(const Rules& rules, const Multiplier& multiplier) {
  const bool full = rules.element.divide == Divide::kFull;
  std::string text = !multiplier.divides ? "mul_rn(x, multiplier)"
                     : full              ? "div_full(x, multiplier)"
                                         : "div_rn(x, multiplier)";
  if (rules.element.product == Product::kFusedAddZero) text = "fma_rn(x, multiplier, +0)";
  return rules.element.clamp != 0.0f ? fmt::format("clamp({}, {})", text, rules.element.clamp) : text;
}

void trace_element(const Rules& rules, const BlockContext& context, const BlockScale& scale, float x, std::size_t at,
                   StageTrace& trace) {
  const Multiplier multiplier = derive_multiplier(rules, context.global, scale);
  trace.value("multiplier", multiplier_formula(rules, multiplier), multiplier.value);
  trace.value("x", "the element, widened", x);
  const float scaled = scale_element(rules, multiplier, x, context.type);
  trace.value("v", product_formula(rules, multiplier), scaled);
  const std::uint32_t random = random_byte(rules.element.encode, context.random, at);
  const std::uint32_t code = multiplier.all_zero ? 0 : encode_element(rules, scaled, random);
  if (!context.random.empty()) trace.value("random", "the element's random byte", static_cast<float>(random));
  trace.code("code", "v as an element code", code, scheme_of(rules.scheme).element);
}

// A rule of special/ traces itself; then the element as it came out.
void trace_special(const Rules& rules, const BlockContext& context, std::span<const float> x, std::size_t at,
                   StageTrace& trace) {
  std::vector<std::uint32_t> codes(x.size());
  std::vector<float> values(x.size());
  BlockOutput out{codes, values};
  special_block<float>(rules, context, x, out, trace, element_stage<float>);
  trace.value("x", "the element, widened", x[at]);
  if (is_values_only(scheme_of(rules.scheme)))
    trace.value("value", "what the producer writes", values[at]);
  else
    trace.code("code", "the element's code", codes[at], scheme_of(rules.scheme).element);
}

// The words of one tile's elements, row after row, given or drawn.
std::vector<std::uint32_t> words_of(const Recipe& recipe, const Request& request, const Side& side, const Tile& tile) {
  if (recipe.storage.random == RandomOrder::kNone) return {};
  Side with_words = side;
  TeRandom drawn;
  if (side.random.empty()) {
    drawn = te_random_words(recipe.storage.random, request.input.extent, request.philox);
    with_words.random = request.direction == Direction::kColumnwise ? drawn.columnwise : drawn.rowwise;
  }
  std::vector<std::uint32_t> words;
  for (std::int64_t r = 0; r < tile.rows; ++r) {
    const auto row = random_words(with_words, tile.row + r, tile.col, tile.cols);
    words.insert(words.end(), row.begin(), row.end());
  }
  return words;
}

}  // namespace

std::vector<Stage> explain(const Recipe& recipe, const Request& request, std::int64_t row, std::int64_t col) {
  require_accepted(recipe, request);
  const bool columnwise = request.direction == Direction::kColumnwise;
  const Rules& rules = recipe.rules;
  const Operand operand = operand_of(rules, request, columnwise ? Direction::kColumnwise : Direction::kRowwise);
  const Extent& extent = operand.view.extent;
  if (row < 0 || row >= extent.rows || col < 0 || col >= extent.cols)
    throw InputError(fmt::format("{}: element ({}, {}) is outside the {}x{} tensor", recipe.identity.name, row, col,
                                 extent.rows, extent.cols));
  const Scheme& scheme = scheme_of(rules.scheme);
  const bool own_amax = columnwise && (!request.amax_columnwise.empty() || rules.transform != Transform::kNone);
  const Side side{operand.view, own_amax ? request.amax_columnwise : request.amax, request.global, request.scales,
                  columnwise ? request.random_bits_columnwise : request.random_bits};
  const Tile tile = tile_of(scheme, extent, row, col);
  std::vector<float> x = load_tile(operand.view, tile);
  if (has_row_blocks(scheme)) x.resize(static_cast<std::size_t>(scheme.block.cols), 0.0f);
  const auto at = static_cast<std::size_t>((row - tile.row) * tile.cols + col - tile.col);

  StageTrace trace;
  QuantizedTensor global_only = make_quantized(scheme, GlobalNumber::kNone, extent);
  fill_global(rules, side, global_only);
  BlockContext context;
  context.type = operand.view.type;
  if (has_unstored_global(rules)) {
    NoTrace silent;  // the block's rule says what it takes of it
    context.global = derive_global(rules, unstored_global(rules, side), silent);
  }
  if (!global_only.global.empty())
    context.global = derive_global_of_row(rules, global_only.global[global_index(scheme, row)],
                                          row_amax_of(rules, side, row), trace);
  if (global_only.global.empty() && !side.amax.empty()) context.amax = {true, side.amax.front()};
  if (rules.block.reach == AmaxReach::kRowsOf32) context.amax = {true, amax_of_rows_of_32(rules, tile, x, extent.cols)};
  if (side.scales != nullptr)
    context.scale = {true, scale_bits(*side.scales, scale_index(scheme, extent.cols, row, col))};
  const std::vector<std::uint32_t> words = words_of(recipe, request, side, tile);
  context.random = words;
  if (rules.special.kind != Special::kNone) {
    trace_special(rules, context, x, at, trace);
    return trace.stages;
  }
  const BlockScale scale = block_scale_stage<float>(rules, context, x, trace);
  if (context.scale.given) trace.code("given scale", "from the subject", context.scale.bits, scheme.scale);
  trace_element(rules, context, scale, x[at], at, trace);
  return trace.stages;
}

}  // namespace bitgate::reference
