// FlashInfer's CuTe rmsnorm in front of its FP4 quantizers, from the row's factor on.
//
// x [M, K] bf16 or f16, weight [K] of the same type, factor [M] binary32 = rsqrt.approx(sum(x^2) / K + eps), given: the
// order of that sum depends on the launch. Each element: x * weight rounded to the type (mul.bf16x2 or mul.f16x2, to
// nearest even, subnormals kept, overflow to infinity), widened, times the factor in binary32. The kernel takes a
// block's maximum before it multiplies by the factor; rounding is monotonic, so the maximum of the products is the same
// number as long as the factor is positive and finite.
// Source: flashinfer-vllm-cutlass.md 3.11 (flashinfer-ai/flashinfer fb28d724, cute_dsl/rmsnorm_fp4quant.py).
#pragma once

#include "bitgate/reference/format/tensor.h"

namespace bitgate::reference {

// Binary32, same extent.
TypedTensor rms_norm_cute(const TypedView& input, const FusedOperands& operands);

}  // namespace bitgate::reference
