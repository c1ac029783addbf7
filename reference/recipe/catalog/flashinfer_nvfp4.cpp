// FlashInfer's NVFP4 of one scale a block: its CUDA kernels (-use_fast_math, so every operation flushes), its CuTe
// kernels (which do not), the KV cache and the all-reduce fusions. Source of the formulas: flashinfer-vllm-cutlass.md
// 3.1 to 3.4, 3.10 and 3.11.
#include "bitgate/reference/recipe/catalog/families.h"
#include "bitgate/reference/recipe/catalog/inference_rules.h"

namespace bitgate::reference {

namespace {

constexpr Rules kFast = [] {
  Rules rules = kMufuNvfp4;
  rules.machine = Machine::kGpuFtz;
  return rules;
}();

// The build that TransformerEngine's bytes were the aim of: S * 1/6 first, divisions, and a multiplier of at most
// FLT_MAX. -use_fast_math still flushes.
constexpr Rules kExact{.scheme = SchemeId::kNvfp4,
                       .machine = Machine::kGpuFtz,
                       .global = {.form = GlobalForm::kGivenEncodeScale, .target = 2688.0f},
                       .block = {.form = ScaleForm::kAmaxTimesFoldedGlobal,
                                 .amax_nan = AmaxNan::kOddHalfLast,
                                 .on_zero = ZeroBlockScale::kZeroForZeroAmax},
                       .element = {.multiplier = MultiplierForm::kReciprocalOfProduct,
                                   .multiplier_ceiling = kFloat32Max,
                                   .zero_scale = ZeroScale::kZeroAmax}};

constexpr Rules of_rows(Rules rules) noexcept {
  rules.scheme = SchemeId::kNvfp4Row;
  return rules;
}
constexpr Rules kFastRow = of_rows(kFast);
constexpr Rules kExactRow = of_rows(kExact);

constexpr Rules with_global(Rules rules, GlobalForm form) noexcept {
  rules.global.form = form;
  return rules;
}
constexpr Rules kFastInverse = with_global(kFast, GlobalForm::kGivenInverse);
constexpr Rules kExactInverse = with_global(kExact, GlobalForm::kGivenInverse);
constexpr Rules kKv = with_global(kFast, GlobalForm::kGivenDecodeScale);

constexpr Rules kVecmaxExact = [] {
  Rules rules = kExact;
  rules.element.multiplier_ceiling = 0.0f;
  return rules;
}();

constexpr Rules kCuteFast = [] {
  Rules rules = kMufuNvfp4;
  rules.block.amax_nan = AmaxNan::kKeepAllNan;
  rules.element.zero_scale = ZeroScale::kZero;
  return rules;
}();
constexpr Rules kCuteExact = [] {
  Rules rules = kExact;
  rules.machine = Machine::kGpu;
  rules.block.amax_nan = AmaxNan::kKeepAllNan;
  return rules;
}();

constexpr Rules kMoeAllreduce = [] {
  Rules rules = kFast;
  rules.element.zero_scale = ZeroScale::kZero;
  return rules;
}();
// S / scale by div.approx.ftz, which is S * MUFU.RCP(scale); the reciprocal is exact enough to equal 1 / scale.
constexpr Rules kAllreduce = [] {
  Rules rules = kMoeAllreduce;
  rules.element.multiplier = MultiplierForm::kGlobalReciprocalOverScale;
  return rules;
}();

constexpr std::string_view kCuda =
    "flashinfer-ai/flashinfer, csrc/nv_internal/tensorrt_llm/kernels/quantization_utils.cuh, fb28d724";
constexpr std::string_view kCute =
    "flashinfer-ai/flashinfer, flashinfer/quantization/quantization_cute_dsl_utils.py, fb28d724";
constexpr std::string_view kCache = "flashinfer-ai/flashinfer, csrc/fp4_kv_quantization.cu, fb28d724";
constexpr std::string_view kReduce =
    "flashinfer-ai/flashinfer, include/flashinfer/comm/trtllm_allreduce_fusion.cuh, fb28d724";
constexpr std::string_view kMoeReduce =
    "flashinfer-ai/flashinfer, include/flashinfer/comm/trtllm_moe_allreduce_fusion.cuh, fb28d724";
constexpr std::string_view kVersion = "fb28d724, backend cuda";
constexpr std::string_view kExactVersion = "fb28d724, backend cuda, FLASHINFER_DISABLE_FP4_QUANT_FAST_MATH";
constexpr std::string_view kCuteVersion = "fb28d724, backend cute-dsl";

constexpr std::string_view kBytes = "FlashInfer's kernel, its sm_100a PTX down-levelled, on an H100";
constexpr std::string_view kGolden = "golden vectors of the notes (11.1)";
constexpr std::string_view kExactInverseRead =
    "the formulas of flashinfer/nvfp4-exact and the inversion of flashinfer-vllm-cutlass.md 3.1; no bytes";
constexpr std::string_view kVecmaxRead =
    "flashinfer-vllm-cutlass.md 3.4 of the notes: as flashinfer/nvfp4-exact without the bound; 1/S, which the caller "
    "hands over, is taken to be that build's division";
constexpr std::string_view kCuteExactRead = "flashinfer-vllm-cutlass.md 3.11 of the notes; no bytes";
constexpr std::string_view kMoeRead =
    "flashinfer-vllm-cutlass.md 3.10 of the notes: flashinfer/nvfp4-fast, which has bytes, but for the zero test";
constexpr std::string_view kReduceExample =
    "golden vectors of the notes (11.1), which take div.approx for the product with MUFU.RCP";

// Of bf16 its maximum is a chain of float comparisons, in another order in each of a block's two threads: a NaN makes
// it forget what stood before.
constexpr Accepts kCacheAccepts{
    .bf16 = true, .f16 = true, .col_multiple = 16, .nan = false, .refusal = "its maximum depends on the NaN's place"};
constexpr Storage kDivisor{.global_number = GlobalNumber::kDivisor};
constexpr Storage kMultiplier{.global_number = GlobalNumber::kMultiplier};

constexpr Recipe kRecipes[] = {
    {{"flashinfer/nvfp4-fast", kCuda, kVersion, Evidence::kCaptured, kBytes},
     kFast,
     kDivisor,
     kSixteenBits,
     DequantizeOrder::kNotStated},
    {{"flashinfer/nvfp4-exact", kCuda, kExactVersion, Evidence::kCaptured, kBytes},
     kExact,
     kDivisor,
     kSixteenBits,
     DequantizeOrder::kNotStated},
    {{"flashinfer/nvfp4-fast-row", kCuda, kVersion, Evidence::kCaptured, kBytes},
     kFastRow,
     kDivisor,
     kSixteenBits,
     DequantizeOrder::kNotStated},
    {{"flashinfer/nvfp4-exact-row", kCuda, kExactVersion, Evidence::kCaptured, kBytes},
     kExactRow,
     kDivisor,
     kSixteenBits,
     DequantizeOrder::kNotStated},
    {{"flashinfer/nvfp4-fast-inverse", kCuda, kVersion, Evidence::kCaptured, kBytes},
     kFastInverse,
     kMultiplier,
     kSixteenBits,
     DequantizeOrder::kNotStated},
    {{"flashinfer/nvfp4-exact-inverse", kCuda, kExactVersion, Evidence::kRead, kExactInverseRead},
     kExactInverse,
     kMultiplier,
     kSixteenBits,
     DequantizeOrder::kNotStated},
    {{"flashinfer/nvfp4-vecmax-exact", kCuda, kExactVersion, Evidence::kRead, kVecmaxRead},
     kVecmaxExact,
     kDivisor,
     kSixteenBits,
     DequantizeOrder::kNotStated},
    {{"flashinfer/nvfp4-cute-fast", kCute, kCuteVersion, Evidence::kExample, kGolden},
     kCuteFast,
     kDivisor,
     kSixteenBits,
     DequantizeOrder::kNotStated},
    {{"flashinfer/nvfp4-cute-exact", kCute, kCuteVersion, Evidence::kRead, kCuteExactRead},
     kCuteExact,
     kDivisor,
     kSixteenBits,
     DequantizeOrder::kNotStated},
    {{"flashinfer/nvfp4-kv", kCache, "fb28d724", Evidence::kExample, kGolden},
     kKv,
     kMultiplier,
     kCacheAccepts,
     DequantizeOrder::kNotStated},
    {{"flashinfer/nvfp4-allreduce", kReduce, "fb28d724", Evidence::kExample, kReduceExample},
     kAllreduce,
     kDivisor,
     kSixteenBits,
     DequantizeOrder::kNotStated},
    {{"flashinfer/nvfp4-moe-allreduce", kMoeReduce, "fb28d724", Evidence::kRead, kMoeRead},
     kMoeAllreduce,
     kDivisor,
     kSixteenBits,
     DequantizeOrder::kNotStated},
};

}  // namespace

std::span<const Recipe> flashinfer_nvfp4_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::reference
