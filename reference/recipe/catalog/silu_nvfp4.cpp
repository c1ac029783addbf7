// NVFP4 behind SiLU of a gate: FlashInfer's experts kernel and its CuTe form, and vLLM's fusion. The product is stored
// in the input's type before the maximum is taken. Source of the formulas: flashinfer-vllm-cutlass.md 3.12 and 4.1.
#include "bitgate/reference/recipe/catalog/families.h"
#include "bitgate/reference/recipe/catalog/inference_rules.h"

namespace bitgate::reference {

namespace {

// As flashinfer/nvfp4-fast.
constexpr Rules kFast = [] {
  Rules rules = kMufuNvfp4;
  rules.machine = Machine::kGpuFtz;
  rules.fusion = Fusion::kSiluFtz;
  return rules;
}();

// As flashinfer/nvfp4-cute-fast and vllm/nvfp4, which are one.
constexpr Rules without_flush(Fusion fusion) noexcept {
  Rules rules = kMufuNvfp4;
  rules.block.amax_nan = AmaxNan::kKeepAllNan;
  rules.element.zero_scale = ZeroScale::kZero;
  rules.fusion = fusion;
  return rules;
}

constexpr Storage kDivisor{.global_number = GlobalNumber::kDivisor};

constexpr Recipe kRecipes[] = {
    {{"flashinfer/silu-nvfp4-fast",
      "flashinfer-ai/flashinfer, csrc/nv_internal/tensorrt_llm/kernels/quantization_utils.cuh, fb28d724",
      "at fb28d724, backend cuda, the experts kernel", Evidence::kRead,
      "flashinfer-vllm-cutlass.md 3.12 of the notes; flashinfer/nvfp4-fast, the kernel behind it, has bytes"},
     kFast,
     kDivisor,
     kSixteenBits,
     DequantizeOrder::kNotStated},
    {{"flashinfer/silu-nvfp4-cute",
      "flashinfer-ai/flashinfer, flashinfer/quantization/quantization_cute_dsl_utils.py, fb28d724",
      "at fb28d724, backend cute-dsl, fast", Evidence::kRead,
      "flashinfer-vllm-cutlass.md 3.12 of the notes; the exponential is taken for ex2.approx.ftz of the rounded "
      "product"},
     without_flush(Fusion::kSiluIeee),
     kDivisor,
     kSixteenBits,
     DequantizeOrder::kNotStated},
    {{"vllm/silu-nvfp4", "vllm-project/vllm, csrc/quantization/fp4/activation_nvfp4_quant_fusion_kernels.cu, 20b4ad8e",
      "at 20b4ad8e, silu_and_mul_nvfp4_quant", Evidence::kRead,
      "flashinfer-vllm-cutlass.md 4.1 of the notes; vllm/nvfp4, the kernel behind it, has golden vectors"},
     without_flush(Fusion::kSiluApprox),
     kDivisor,
     kSixteenBits,
     DequantizeOrder::kNotStated},
};

}  // namespace

std::span<const Recipe> silu_nvfp4_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::reference
