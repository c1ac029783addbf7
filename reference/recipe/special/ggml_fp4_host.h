// ggml's reference quantizers to MXFP4 and NVFP4 on the CPU: no search over scales; the code is the table entry nearest
// to the element, the first of equals, so that ties go to the smaller magnitude and -0 is never chosen.
//
// The table is stored doubled and scales are halved; the differences are formed in binary32, as the producer forms
// them, which far above the largest code makes all of them equal. NaN elements get code 0 and do not count for amax.
// Source: ggml.md 5.1 and 5.2 (ggml-org/ggml d99724f2, src/ggml-quants.c and src/ggml-impl.h).
#pragma once

#include <array>

#include "bitgate/reference/arith/log2_floor.h"
#include "bitgate/reference/recipe/block.h"

namespace bitgate::reference {

namespace special_detail::ggml_fp4_host {

inline constexpr std::array<float, 16> kDoubled{0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

// Table entries under a scale.
template <class F>
std::array<F, 16> entries_of(F half_scale) noexcept {
  std::array<F, 16> entries;
  for (std::size_t i = 0; i < kDoubled.size(); ++i) entries[i] = mul_rn(kDoubled[i], half_scale);
  return entries;
}

// Which NaN a distance is does not matter: the comparison fails.
template <class F>
BitsOf<F> nearest_entry(const std::array<F, 16>& entries, F x) noexcept {
  BitsOf<F> best(0u);
  F least = magnitude(entries[0] - x);
  for (std::uint32_t i = 1; i < entries.size(); ++i) {
    const F distance = magnitude(entries[i] - x);
    const auto nearer = distance < least;
    best = select(nearer, BitsOf<F>(i), best);
    least = select(nearer, distance, least);
  }
  return best;
}

// floor(log2f(amax)) - 2 + 127, its low byte: x86 turns the infinite logarithm into INT_MIN.
template <class F>
BitsOf<F> host_exponent_code(F amax) noexcept {
  const auto infinite = amax == 0.0f || magnitude(amax) > kFloat32Max;
  const IntOf<F> exponent = floor_of_rounded_log2(select(infinite, F(1.0f), amax));
  return select(infinite, BitsOf<F>(0u), bits_as<std::uint32_t>(exponent + (127 - 2)) & 0xFFu);
}

// 2^(code - 128), also for code 0; code 255 is 2^127 here.
template <class F>
F half_of_exponent(BitsOf<F> code) noexcept {
  const auto small = code < 2u;
  return float_of(select(small, BitsOf<F>(0x00200000u) << select(small, code, 0u), (code - 1u) << 23));
}

// ggml's own rounding to unsigned E4M3: half up, whatever lies below the half bit; exponent field 15 is always 448.
template <class F>
BitsOf<F> host_ue4m3(F x) noexcept {
  using U = BitsOf<F>;
  const auto positive = x > 0.0f;
  const F bounded = select(positive, select(x > 448.0f, F(448.0f), x), 0.0f);
  const U bits = bits_of(bounded);
  const F shifted = add_rn(mul_rn(bounded, 512.0f), 0.5f);
  const IntOf<F> steps = number_as<std::int32_t>(shifted);
  const U below_normal = bits_as<std::uint32_t>(select(steps > 7, IntOf<F>(7), steps));
  // Field and mantissa together: a carry out of the mantissa raises the field by itself.
  constexpr std::uint32_t kRebias = 127 - 7;
  const U rounded = ((bits + 0x80000u) >> 20) - (kRebias << 3);
  const U normal = select(rounded >= 15u << 3, U(0x7Eu), rounded);
  return select(positive, select(bits >> 23 <= kRebias, below_normal, normal), 0u);
}

}  // namespace special_detail::ggml_fp4_host

template <class F, class Trace>
void ggml_fp4_host_block(const Rules& rules, const BlockContextOf<F>& context, std::span<const F> x,
                         BlockOutputOf<F>& out, Trace& trace) {
  namespace detail = special_detail::ggml_fp4_host;
  const bool mx = rules.special.kind == Special::kGgmlMxfp4Host;
  const F amax = amax_of_block(rules, x);
  BitsOf<F> code = mx ? detail::host_exponent_code(amax) : detail::host_ue4m3(div_rn(amax, 6.0f));
  if (context.scale.given) code = context.scale.bits;
  const F half_scale = mx ? detail::half_of_exponent<F>(code) : mul_rn(decode_float(kE4m3, code), 0.5f);
  const std::array<F, 16> entries = detail::entries_of(half_scale);
  for (std::size_t i = 0; i < x.size(); ++i) out.codes[i] = detail::nearest_entry(entries, x[i]);
  out.scale_bits = code;
  if constexpr (Trace::kOn) {
    trace.value("block_amax", "max|x| of the block", amax);
    trace.code("scale_code", mx ? "floor(log2f(block_amax)) - 2" : "block_amax / 6, rounded half up", code,
               scheme_of(rules.scheme).scale);
    trace.value("d / 2", "half the scale: table entries are doubled", half_scale);
  }
}

}  // namespace bitgate::reference
