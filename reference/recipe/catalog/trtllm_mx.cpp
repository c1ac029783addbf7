// TensorRT-LLM's MX formats: FlashInfer's sources built without fast math, and the form of 2025. Source of the
// formulas: flashinfer-vllm-cutlass.md 3.7, 3.8 and 12.
#include "bitgate/reference/recipe/catalog/families.h"

namespace bitgate::reference {

namespace {

// MUFU.RCP of 6 and of 448 is the rounded reciprocal.
constexpr BlockRule kBlock{.form = ScaleForm::kExponentRoundUp,
                           .divide = Divide::kTimesIeeeReciprocal,
                           .amax_nan = AmaxNan::kOddHalfLast,
                           .encode = kCvtRpSatfinite};

constexpr Rules mx(SchemeId scheme, MultiplierForm multiplier, ZeroScale zero) noexcept {
  return {.scheme = scheme, .block = kBlock, .element = {.multiplier = multiplier, .zero_scale = zero}};
}
constexpr MultiplierForm kPower = MultiplierForm::kApproxPowerNegated;
constexpr MultiplierForm kReciprocal = MultiplierForm::kApproxReciprocalOfStored;

constexpr std::string_view kSource = "NVIDIA/TensorRT-LLM, cpp/tensorrt_llm/kernels/quantization.cuh";
constexpr std::string_view kSource2025 = "NVIDIA/TensorRT-LLM, cpp/tensorrt_llm/kernels/quantization.cuh, 0193dbd4";
constexpr std::string_view kVersions = "after the form of 0193dbd4; built without FAST_MATH, the default";
constexpr std::string_view kVersions2025 = "at 0193dbd4 (2025); built without FAST_MATH, the default";
constexpr Accepts kAccepts{.bf16 = true, .f16 = true, .col_multiple = 32};

constexpr Recipe kRecipes[] = {
    {{"trtllm/mxfp4", kSource, kVersions, Evidence::kRead,
      "flashinfer-vllm-cutlass.md 3.7 of the notes; FlashInfer's build of the same lines has bytes"},
     mx(SchemeId::kMxfp4, kPower, ZeroScale::kZeroUnrounded),
     {},
     kAccepts,
     DequantizeOrder::kNotStated},
    {{"trtllm/mxfp4-2025", kSource2025, kVersions2025, Evidence::kRead,
      "flashinfer-vllm-cutlass.md 3.7 of the notes; the caller's global scale is 1"},
     mx(SchemeId::kMxfp4, kReciprocal, ZeroScale::kZeroUnrounded),
     {},
     kAccepts,
     DequantizeOrder::kNotStated},
    {{"trtllm/mxfp8", kSource, kVersions, Evidence::kRead,
      "flashinfer-vllm-cutlass.md 3.8 and 12 of the notes; that amax itself tells zero, by a copy of the file "
      "in "
      "another project"},
     mx(SchemeId::kMxfp8E4m3, kReciprocal, ZeroScale::kZeroAmax),
     {},
     kAccepts,
     DequantizeOrder::kNotStated},
    {{"trtllm/mxfp8-2025", kSource2025, kVersions2025, Evidence::kRead, "flashinfer-vllm-cutlass.md 3.8 of the notes"},
     mx(SchemeId::kMxfp8E4m3, kReciprocal, ZeroScale::kZeroUnrounded),
     {},
     kAccepts,
     DequantizeOrder::kNotStated},
};

}  // namespace

std::span<const Recipe> trtllm_mx_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::reference
