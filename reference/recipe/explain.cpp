// explain(): the same stages as the fast path, with their bits.
#include <fmt/format.h>

#include "bitgate/reference/recipe/recipe.h"
#include "bitgate/reference/recipe/rows.h"

namespace bitgate::reference {

namespace {

std::string_view formula_of(const Multiplier& multiplier, MultiplierForm form) noexcept {
  if (multiplier.all_zero) return "block_amax is zero: every code is 0";
  switch (form) {
    case MultiplierForm::kReciprocalOfProduct: return "min(div_rn(1, mul_rn(scale, S_dec)), FLT_MAX)";
    case MultiplierForm::kReciprocalOfScale: return "div_rn(1, scale)";
    case MultiplierForm::kGlobalReciprocalOverScale: return "div_rn(1/s, scale)";
    case MultiplierForm::kDivideByProduct: return "mul_rn(s, scale), divides";
    case MultiplierForm::kExponentNegated: return "2^(127 - scale code)";
    case MultiplierForm::kApproxReciprocalOfScale: return "rcp_approx_ftz(d32)";
    case MultiplierForm::kHostReciprocalOfScale: return "d32 != 0 ? div_rn(1, d32) : 0";
    case MultiplierForm::k127OverAmax: return "di";
  }
  return "";
}

GlobalScale traced_global(const Rules& rules, const Request& request, std::int64_t row, StageTrace& trace) {
  const Scheme& scheme = scheme_of(rules.scheme);
  QuantizedTensor global_only = make_quantized(scheme, GlobalNumber::kNone, request.input.extent);
  fill_global(rules, request, global_only);
  if (global_only.global.empty()) return {};
  return derive_global(rules, global_only.global[global_index(scheme, row)], trace);
}

void trace_element(const Rules& rules, const GlobalScale& global, const BlockScale& scale, float x, StageTrace& trace) {
  const Multiplier multiplier = derive_multiplier(rules, global, scale);
  trace.value("multiplier", formula_of(multiplier, rules.element.multiplier), multiplier.value);
  trace.value("x", "the input element, widened", x);
  const float scaled = scale_element(rules, multiplier, x);
  const char* operation = multiplier.divides ? "div_rn(x, multiplier)" : "mul_rn(x, multiplier)";
  const bool clamps = rules.element.clamp != 0.0f;
  trace.value("v", clamps ? fmt::format("clamp({}, {})", operation, rules.element.clamp) : operation, scaled);
  const std::uint32_t code = multiplier.all_zero ? 0 : encode_element(rules, scaled);
  trace.code("code", "v as an element code", code, scheme_of(rules.scheme).element);
}

}  // namespace

std::vector<Stage> explain(const Recipe& recipe, const Request& request, std::int64_t row, std::int64_t col) {
  require_accepted(recipe, request);
  const Extent& extent = request.input.extent;
  if (row < 0 || row >= extent.rows || col < 0 || col >= extent.cols)
    throw InputError(fmt::format("{}: element ({}, {}) is outside the {}x{} tensor", recipe.identity.name, row, col,
                                 extent.rows, extent.cols));
  const Rules& rules = recipe.rules;
  const Scheme& scheme = scheme_of(rules.scheme);
  const std::int64_t width = scheme.block.cols;
  const std::int64_t block = col / width;
  StageTrace trace;
  const GlobalScale global = traced_global(rules, request, row, trace);
  BlockInput x;
  load_block(request.input, row * extent.cols + block * width, std::min(width, extent.cols - block * width), x);
  GivenScale given;
  const auto scale_at = static_cast<std::size_t>(row * blocks_per_row(scheme, extent.cols) + block);
  if (request.scales != nullptr) given = {true, scale_bits(*request.scales, scale_at)};
  const std::span<const float> values(x.data(), static_cast<std::size_t>(width));
  const BlockScale scale = block_scale_stage(rules, request.input.type, global, values, given, trace);
  if (given.given) trace.code("given scale", "from the subject", given.bits, scheme.scale);
  trace_element(rules, global, scale, x[static_cast<std::size_t>(col - block * width)], trace);
  return trace.stages;
}

}  // namespace bitgate::reference
