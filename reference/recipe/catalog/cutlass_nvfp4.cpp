// CUTLASS's epilogue that writes NVFP4 from the accumulator (LinCombBlockScaleFactor), blocks of 16, 32 and 64, and its
// host reference. The input is D = alpha * acc + beta * C in fp32, not rounded before; D of 16 bits is D that happens
// to fit. N, the norm constant, is the caller's S. Source of the formulas: flashinfer-vllm-cutlass.md 6.1 to 6.3.
#include "bitgate/reference/recipe/catalog/families.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::reference {

namespace {

// scale = amax * (N * 1/6), multiplier = min.NaN(N * rcp(scale), FLT_MAX): no zero test, a NaN takes the whole block.
constexpr Rules kEpilogue{.scheme = SchemeId::kNvfp4,
                          .global = {.form = GlobalForm::kGivenEncodeScale,
                                     .target = 2688.0f,
                                     .min_nan = MinNan::kKeep,
                                     .reciprocal = Divide::kTimesApproxReciprocal},
                          .block = {.form = ScaleForm::kAmaxTimesFoldedGlobal, .amax_nan = AmaxNan::kPropagate},
                          .element = {.multiplier = MultiplierForm::kGlobalReciprocalOverScale,
                                      .divide = Divide::kTimesApproxReciprocal,
                                      .multiplier_ceiling = 0x1.fffffep+127f}};

constexpr Rules with_blocks(SchemeId scheme) noexcept {
  Rules rules = kEpilogue;
  rules.scheme = scheme;
  return rules;
}

// IEEE reciprocals, which are those of MUFU.RCP for 6 and for every scale; the converter keeps a NaN's sign.
constexpr Rules kHost = [] {
  Rules rules = kEpilogue;
  rules.machine = Machine::kX86;
  rules.global.reciprocal = Divide::kIeee;
  rules.element.divide = Divide::kTimesIeeeReciprocal;
  rules.element.encode = ElementEncode::kCvtNanSign;
  return rules;
}();

constexpr Accepts accumulators(std::int64_t block) noexcept {
  return {.f32 = true, .bf16 = true, .f16 = true, .col_multiple = block};
}
constexpr Accepts kHostAccepts{.f32 = true,
                               .bf16 = true,
                               .f16 = true,
                               .col_multiple = 16,
                               .nan = false,
                               .refusal = "the sign of its code is not stated"};

constexpr std::string_view kSource =
    "NVIDIA/cutlass, include/cutlass/epilogue/fusion/sm100_visitor_store_tma_warpspecialized.hpp, 7107b05535f8";
constexpr std::string_view kHostSource =
    "NVIDIA/cutlass, tools/util/include/cutlass/util/reference/host/gett.hpp, 7107b05535f8";
constexpr std::string_view kGolden = "golden vectors of the notes (11.1)";
constexpr std::string_view kWide =
    "flashinfer-vllm-cutlass.md 6.1 of the notes: cutlass/nvfp4-epilogue, which has examples, over wider blocks";

constexpr Storage kDivisor{.global_number = GlobalNumber::kDivisor};

constexpr Recipe kRecipes[] = {
    {{"cutlass/nvfp4-epilogue", kSource, "7107b055, output blocks of 16", Evidence::kExample, kGolden},
     kEpilogue,
     kDivisor,
     accumulators(16),
     DequantizeOrder::kNotStated},
    {{"cutlass/nvfp4-epilogue-32", kSource, "7107b055, output blocks of 32", Evidence::kRead, kWide},
     with_blocks(SchemeId::kNvfp4V32),
     kDivisor,
     accumulators(32),
     DequantizeOrder::kNotStated},
    {{"cutlass/nvfp4-epilogue-64", kSource, "7107b055, output blocks of 64", Evidence::kRead, kWide},
     with_blocks(SchemeId::kNvfp4V64),
     kDivisor,
     accumulators(64),
     DequantizeOrder::kNotStated},
    {{"cutlass/nvfp4-host", kHostSource, "7107b055", Evidence::kExample, kGolden},
     kHost,
     kDivisor,
     kHostAccepts,
     DequantizeOrder::kNotStated},
};

}  // namespace

std::span<const Recipe> cutlass_nvfp4_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::reference
