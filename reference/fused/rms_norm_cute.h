// FlashInfer's CuTe rmsnorm in front of its FP4 quantizers, from the row's factor on.
//
// x [M, K] bf16 or f16, weight [K] of the same type, factor [M] binary32 = rsqrt.approx(sum(x^2) / K + eps), given: the
// order of that sum depends on the launch. Each element: x * weight rounded to the type (mul.bf16x2 or mul.f16x2, to
// nearest even, subnormals kept, overflow to infinity), widened, times the factor in binary32. The kernel takes a
// block's maximum before it multiplies by the factor; rounding is monotonic, so the maximum of the products is the same
// number as long as the factor is positive and finite.
// Source: flashinfer-vllm-cutlass.md 3.11 (flashinfer-ai/flashinfer fb28d724, cute_dsl/rmsnorm_fp4quant.py).
#pragma once

#include "bitgate/reference/arith/ieee.h"
#include "bitgate/reference/format/tensor.h"

namespace bitgate::reference {

// The product of two numbers, one of 16 bits: exact in binary64, as binary32 whose last bit is made odd when inexact.
// The rounding to 16 bits that follows is then the only one; an overflow stays infinite, as it would be then. F is
// float or lanes of it (reference/format/lanes.h).
template <class F>
[[gnu::always_inline]] constexpr F odd_product(F a, F b) noexcept {
  const auto exact = number_as<double>(a) * number_as<double>(b);
  const F nearest = number_as<float>(exact);
  // What was rounded away, exact: its sign, and whether it is anything at all, lie in its bits.
  const auto rest = bits_as<std::uint64_t>(exact - number_as<double>(nearest));
  const BitsOf<F> upper = number_as<std::uint32_t>(rest >> 32), lower = number_as<std::uint32_t>(rest);
  const auto inexact = ((upper & 0x7FFFFFFFu) | lower) != 0u && magnitude(nearest) <= kFloat32Max;
  const BitsOf<F> bits = bits_of(nearest);
  const auto away = ((upper ^ bits) >> 31) != 0u;
  return select(inexact, float_of((bits - one_if<std::uint32_t>(away)) | 1u), nearest);
}

// Binary32, same extent.
TypedTensor rms_norm_cute(const TypedView& input, const FusedOperands& operands);

}  // namespace bitgate::reference
