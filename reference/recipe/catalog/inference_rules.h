// What the NVFP4 kernels of the inference engines share: FlashInfer, TensorRT-LLM, vLLM and SGLang descend from one
// text, which differs in the zero test, the maximum's NaN and the flushing of its build.
// Source of the formulas: flashinfer-vllm-cutlass.md 3.1 to 3.3.
#pragma once

#include "bitgate/reference/arith/ieee.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::reference {

// scale = S * (amax * 1/6), multiplier = rcp(scale * rcp(S)), both reciprocals by MUFU; S is the caller's. MUFU.RCP of
// 6 is the rounded reciprocal, so that the division by 6 is written as one.
inline constexpr Rules kMufuNvfp4{
    .scheme = SchemeId::kNvfp4,
    .global = {.form = GlobalForm::kGivenEncodeScale, .target = 2688.0f, .reciprocal = Divide::kTimesApproxReciprocal},
    .block = {.form = ScaleForm::kAmaxOverElementMaxTimesGlobal,
              .divide = Divide::kTimesIeeeReciprocal,
              .amax_nan = AmaxNan::kOddHalfLast},
    .element = {.multiplier = MultiplierForm::kReciprocalOfProduct,
                .divide = Divide::kTimesApproxReciprocal,
                .zero_scale = ZeroScale::kZeroAmax}};

inline constexpr Accepts kSixteenBits{.bf16 = true, .f16 = true, .col_multiple = 16};
}  // namespace bitgate::reference
