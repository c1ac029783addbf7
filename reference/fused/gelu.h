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

#include "bitgate/reference/arith/ieee.h"
#include "bitgate/reference/arith/mufu.h"
#include "bitgate/reference/format/tensor.h"

namespace bitgate::reference {

namespace gelu_detail {

inline constexpr float kLinear = 0x1.988454p-1f;         // 0.79788456, sqrt(2 / pi)
inline constexpr float kCubic = 0x1.2444f4p-5f;          // 0.03567741, sqrt(2 / pi) * 0.044715
inline constexpr float kTwoLog2E = 0x1.715476p+1f;       // e^(2t) = 2^(t * 2 log2 e)
inline constexpr float kPolynomialEnd = 0x1.333334p-1f;  // 0.6
inline constexpr float kOneFrom = 0x1.205968p+3f;        // 9.0109138
inline constexpr float kTanh9 = 0x1.01e104p-6f;          // coefficients of t^9, t^7, t^5, t^3
inline constexpr float kTanh7 = -0x1.ac795cp-5f;
inline constexpr float kTanh5 = 0x1.10b282p-3f;
inline constexpr float kTanh3 = -0x1.5553dap-2f;

template <class F>
[[gnu::always_inline]] constexpr F tanh_by_exponential(F size) noexcept {
  const F scaled = mul_rn(size, kTwoLog2E);
  const F power = ex2_approx_ftz(scaled);
  const F sum = add_rn(power, 1.0f);
  const F reciprocal = rcp_approx_ftz(sum);
  const F tanh = fma_rn(reciprocal, -2.0f, 1.0f);
  return select(size >= kOneFrom, F(1.0f), tanh);
}

template <class F>
[[gnu::always_inline]] constexpr F tanh_by_polynomial(F t) noexcept {
  const F square = mul_rn(t, t);
  F sum = fma_rn(kTanh9, square, kTanh7);
  sum = fma_rn(sum, square, kTanh5);
  sum = fma_rn(sum, square, kTanh3);
  // The addend +0 decides the sign of a product of zero, and so that of t = -0.
  sum = fma_rn(sum, square, 0.0f);
  return fma_rn(sum, t, t);
}

}  // namespace gelu_detail

// F is float or lanes of it (reference/format/lanes.h).

// CUDA's tanhf. Odd; the sign of zero is kept, infinity gives 1 of its sign.
template <class F>
[[gnu::always_inline]] constexpr F tanh_of_cuda(F t) noexcept {
  const F size = magnitude(t);
  const F large = float_of(bits_of(gelu_detail::tanh_by_exponential(size)) | (bits_of(t) & 0x80000000u));
  // A NaN is not at least 0.6; the polynomial keeps it.
  return select(size >= gelu_detail::kPolynomialEnd, large, gelu_detail::tanh_by_polynomial(t));
}

template <class F>
[[gnu::always_inline]] constexpr F gelu(F x) noexcept {
  const F cubic = mul_rn(x, gelu_detail::kCubic);
  const F slope = fma_rn(x, cubic, gelu_detail::kLinear);
  const F t = mul_rn(x, slope);
  const F share = fma_rn(tanh_of_cuda(t), 0.5f, 0.5f);
  return mul_rn(x, share);
}

// Every element of the input, in its type, same extent.
TypedTensor gelu(const TypedView& input);

}  // namespace bitgate::reference
