// vLLM's MXFP4 in its two forms, and SGLang's, which is never launched. Source of the formulas:
// flashinfer-vllm-cutlass.md 4.2 and 5.
#include "bitgate/reference/recipe/catalog/families.h"

namespace bitgate::reference {

namespace {

// The scale's exponent field is cut out; field 0 is a zero there and 255 infinity, a NaN's too. MUFU.RCP of 6 is the
// rounded reciprocal.
constexpr Rules kOld{
    .scheme = SchemeId::kMxfp4,
    .block = {.form = ScaleForm::kExponentRoundUp,
              .divide = Divide::kTimesIeeeReciprocal,
              .amax_nan = AmaxNan::kKeepAllNan,
              .encode = kCvtRz},
    .element = {.multiplier = MultiplierForm::kApproxReciprocalOfField, .zero_scale = ZeroScale::kZeroCode}};
constexpr Rules kNew{.scheme = SchemeId::kMxfp4,
                     .block = {.form = ScaleForm::kExponentEvenOfBits, .amax_nan = AmaxNan::kKeepAllNan},
                     .element = {.multiplier = MultiplierForm::kReciprocalOfField, .zero_scale = ZeroScale::kZeroCode}};
constexpr Rules kSglang{
    .scheme = SchemeId::kMxfp4,
    .block = {.form = ScaleForm::kExponentRoundUp,
              .divide = Divide::kTimesIeeeReciprocal,
              .amax_nan = AmaxNan::kKeepAllNan,
              .encode = kCvtRpSatfinite},
    .element = {.multiplier = MultiplierForm::kApproxReciprocalOfStored, .zero_scale = ZeroScale::kZero}};

constexpr std::string_view kVllm = "vllm-project/vllm, csrc/quantization/fp4/nvfp4_utils.cuh";
constexpr Accepts kAccepts{.bf16 = true, .f16 = true, .col_multiple = 32};

constexpr Recipe kRecipes[] = {
    {{"vllm/mxfp4-old", kVllm, "before 20b4ad8e (read at bde90062)", Evidence::kRead,
      "flashinfer-vllm-cutlass.md 4.2 of the notes; the caller's global scale is 1"},
     kOld,
     {},
     kAccepts,
     DequantizeOrder::kNotStated},
    {{"vllm/mxfp4-new", kVllm, "20b4ad8e and later", Evidence::kRead, "flashinfer-vllm-cutlass.md 4.2 of the notes"},
     kNew,
     {},
     kAccepts,
     DequantizeOrder::kNotStated},
    {{"sglang/mxfp4", "sgl-project/sglang, sgl-kernel/csrc/gemm/nvfp4_quant_kernels.cu, 1636e190",
      "a branch of the template that its launcher never takes", Evidence::kOpen,
      "flashinfer-vllm-cutlass.md 5 of the notes"},
     kSglang,
     {},
     kAccepts,
     DequantizeOrder::kNotStated,
     "the E8M0 branch is written for blocks of 16 and never launched: which blocks it would have is not stated"},
};

}  // namespace

std::span<const Recipe> vllm_mxfp4_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::reference
