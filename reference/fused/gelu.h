// TransformerEngine's GELU in front of a quantizer: x * (0.5 + 0.5 * tanh(x * (0.79788456 + 0.03567741 * x * x))), in
// the order of the machine code, its result stored in the input's type.
//
// Binary32, subnormals kept, each operation rounded to nearest even. nvcc contracts two sums: 0.03567741 x is rounded,
// its product with x is fused with 0.79788456; 0.5 tanh + 0.5 is one fma. tanh is CUDA's tanhf: below |t| = 0.6 an odd
// polynomial, then 1 - 2 / (2^(|t| * 2 log2 e) + 1) by MUFU.EX2 and MUFU.RCP, from 9.0109138 on 1, with the sign of t.
// NaN gives 7FFFFFFF, and so does -infinity, which is multiplied by 0; +infinity gives itself, -0 and large negatives
// -0, subnormals their half. Stored in bf16 or f16 by cvt.rn: ties to even, overflow to infinity, NaN 7FFF.
//
// Source: NVIDIA/TransformerEngine, common/util/math.h, 0321f72c, the expression of 591cb1d1; PTX and machine code of
// nvcc 13.0 for sm_90a and sm_100a, in which ptxas contracts nothing more. common/util/packed_activation.cuh, 2aa50b54,
// writes the same operations out for pairs. Built without fast math (NVTE_BUILD_ACTIVATION_WITH_FAST_MATH is off).
// The expression compiled by nvcc 13.0.88 for sm_90a gave these bits on an H100 80GB HBM3 (driver 580.159.04,
// 2026-11-25): 0 differences over all 2^32 fp32 inputs, all bf16 and all f16, and tanhf alone over all 2^32.
#pragma once

#include "bitgate/reference/format/tensor.h"

namespace bitgate::reference {

// CUDA's tanhf. Odd; the sign of zero is kept, infinity gives 1 of its sign.
float tanh_of_cuda(float t) noexcept;
float gelu(float x) noexcept;

// Every element of the input, in its type, same extent.
TypedTensor gelu(const TypedView& input);

}  // namespace bitgate::reference
