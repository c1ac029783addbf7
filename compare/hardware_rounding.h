// Instructions of kernels that no recipe names: other roundings of sums and products, BF16 pairs, min and max.
#pragma once

#include "bitgate/compare/hardware_arithmetic.h"

namespace bitgate::compare::hardware {

// The neighbour of a finite number on the side of zero, and on the side of +infinity.
constexpr float toward_zero(float x) noexcept { return to_float(to_bits(x) - 1); }
constexpr float next_up(float x) noexcept {
  if (x == 0.0f) return to_float(1);
  return to_float(x > 0.0f ? to_bits(x) + 1 : to_bits(x) - 1);
}

// `exact` is the value, or one that lies between the same two binary32 as the value (ieee_detail::odd_sum).
constexpr float rounded_rz(double exact) noexcept {
  const auto nearest = static_cast<float>(exact);
  if (reference::is_nan(nearest)) return reference::canonical_nan(nearest);
  const double excess = exact < 0.0 ? exact - static_cast<double>(nearest) : static_cast<double>(nearest) - exact;
  return excess > 0.0 ? toward_zero(nearest) : nearest;
}
constexpr float rounded_rp(double exact) noexcept {
  const auto nearest = static_cast<float>(exact);
  if (reference::is_nan(nearest)) return reference::canonical_nan(nearest);
  return static_cast<double>(nearest) < exact ? next_up(nearest) : nearest;
}

constexpr float fma_rz(float a, float b, float c) noexcept {
  return rounded_rz(reference::ieee_detail::odd_sum(a, b, c));
}
constexpr float fma_rp(float a, float b, float c) noexcept {
  return rounded_rp(reference::ieee_detail::odd_sum(a, b, c));
}
// A sum below 2^-126 is exact: nothing is rounded before it is flushed.
constexpr float add_rz_ftz(float a, float b) noexcept {
  const double sum = reference::ieee_detail::odd_sum(reference::flushed(a), 1.0f, reference::flushed(b));
  return reference::flushed(rounded_rz(sum));
}

// The nearest BF16 by way of a binary32 whose last bit is odd when inexact: 16 bits more, at subnormals too.
constexpr std::uint32_t nearest_bf16(double exact) noexcept {
  const float cut = rounded_rz(exact);
  const bool inexact = static_cast<double>(cut) != exact && !reference::is_nan(cut);
  return encode(kBf16, inexact ? to_float(to_bits(cut) | 1) : cut, kCvtRnInf);
}
constexpr float low_bf16(std::uint32_t pair) noexcept { return to_float(pair << 16); }
constexpr float high_bf16(std::uint32_t pair) noexcept { return to_float(pair & 0xFFFF0000); }
// A product of two BF16 is exact in binary64.
constexpr std::uint32_t mul_rn_bf16x2(std::uint32_t a, std::uint32_t b, std::uint32_t) noexcept {
  const double low = static_cast<double>(low_bf16(a)) * static_cast<double>(low_bf16(b));
  const double high = static_cast<double>(high_bf16(a)) * static_cast<double>(high_bf16(b));
  return nearest_bf16(low) | nearest_bf16(high) << 16;
}
constexpr std::uint32_t fma_rn_bf16x2(std::uint32_t a, std::uint32_t b, std::uint32_t c) noexcept {
  const double low = reference::ieee_detail::odd_sum(low_bf16(a), low_bf16(b), low_bf16(c));
  const double high = reference::ieee_detail::odd_sum(high_bf16(a), high_bf16(b), high_bf16(c));
  return nearest_bf16(low) | nearest_bf16(high) << 16;
}

// -0 lies below +0. Two NaNs give 0x7FFFFFFF.
constexpr bool below(float a, float b) noexcept { return a < b || (a == b && to_bits(a) > to_bits(b)); }
constexpr float min_number(float a, float b) noexcept {
  if (reference::is_nan(a)) return reference::canonical_nan(b);
  return reference::is_nan(b) || below(a, b) ? a : b;
}
constexpr float max_number(float a, float b) noexcept {
  if (reference::is_nan(a)) return reference::canonical_nan(b);
  return reference::is_nan(b) || below(b, a) ? a : b;
}
constexpr float min_number_ftz(float a, float b) noexcept {
  return min_number(reference::flushed(a), reference::flushed(b));
}
constexpr float max_number_ftz(float a, float b) noexcept {
  return max_number(reference::flushed(a), reference::flushed(b));
}
// One NaN is enough.
constexpr float min_nan(float a, float b) noexcept {
  return reference::is_nan(a) || reference::is_nan(b) ? to_float(reference::kGpuNanBits) : min_number(a, b);
}
constexpr float max_nan(float a, float b) noexcept {
  return reference::is_nan(a) || reference::is_nan(b) ? to_float(reference::kGpuNanBits) : max_number(a, b);
}
// The smaller magnitude under the product of the signs, a dropped NaN's sign too.
constexpr float min_magnitude(float a, float b) noexcept {
  const float size = min_number(reference::magnitude(a), reference::magnitude(b));
  return to_float(to_bits(size) ^ ((to_bits(a) ^ to_bits(b)) & 0x80000000));
}

}  // namespace bitgate::compare::hardware
