// One fused step, in integers: align to the largest exponent, cut, add exactly, round once. One text for one element of
// D (I and W are std::int64_t) and for lanes of them, which differ in width alone: I holds a term (F + 3 bits), W the
// sum (F + 3 bits and the carries). Special values come first: mma/special.h.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <type_traits>

#include "bitgate/reference/format/lanes.h"
#include "bitgate/reference/mma/instruction.h"
#include "bitgate/reference/mma/number.h"

namespace bitgate::reference::mma_step {

template <class I>
using Element = std::remove_cvref_t<decltype(lane(I{}, 0))>;
template <class I>
inline constexpr int kWidth = 8 * static_cast<int>(sizeof(Element<I>));

template <class I>
[[gnu::always_inline]] constexpr I larger(I a, I b) noexcept {
  return select(a > b, a, b);
}
template <class I>
[[gnu::always_inline]] constexpr I smaller(I a, I b) noexcept {
  return select(a < b, a, b);
}
template <class I>
[[gnu::always_inline]] constexpr I absolute(I x) noexcept {
  return select(x < Element<I>{0}, -x, x);
}
template <class W, class I>
[[gnu::always_inline]] constexpr W widened(I x) noexcept {
  if constexpr (std::is_same_v<W, I>)
    return x;
  else
    return number_as<Element<W>>(x);
}

// How terms of one kind come to the grid of F bits below the largest exponent: the significand shifted up, then down by
// `down` and by how far its exponent is below the largest. One of the two is 0.
struct Shift {
  int up, down;
};
constexpr Shift shift_to_grid(int fraction_bits, int of_term) noexcept {
  return {std::max(fraction_bits - of_term, 0), std::max(of_term - fraction_bits, 0)};
}

// A term on the grid. distance: largest exponent minus its own, at least 0.
template <class I>
[[gnu::always_inline]] constexpr I cut(I significand, Shift shift, I distance, MmaCut rule) noexcept {
  const I down = smaller(distance + I(shift.down), I(kWidth<I> - 1));
  if (rule == MmaCut::kFloor) return (significand << shift.up) >> down;
  const I kept = (absolute(significand) << shift.up) >> down;
  return select(significand < Element<I>{0}, -kept, kept);
}

// What D is rounded to: fraction bits, the smallest exponent, and the code shifted up by `pad`.
struct Target {
  int fraction_bits, smallest_exponent, largest_exponent, pad;
  std::uint32_t sign;
  bool nearest;
};
constexpr Target target_of(MmaResult result, MmaRounding rounding) noexcept {
  const bool half = is_fp16(result);
  const bool nearest = rounding == MmaRounding::kNearestEven || (rounding == MmaRounding::kOfResult && half);
  if (half) return {10, -14, 15, 0, 0x8000, nearest};
  if (result == MmaResult::kE8m13TowardZero) return {13, -126, 127, 10, 0x80000000, nearest};
  return {23, -126, 127, 0, 0x80000000, nearest};
}

// The position of the highest bit of 0 < x < 2^52 (I of 64 bits) or 2^23 (of 32); of 0 it is 0. By the exponent field
// of a floating-point number to which x was added exactly.
template <class W>
[[gnu::always_inline]] constexpr W leading_bit(W x) noexcept {
  if constexpr (kLanesOf<W> == 1) {
    return x == 0 ? W{0} : static_cast<W>(std::bit_width(static_cast<std::make_unsigned_t<W>>(x)) - 1);
  } else if constexpr (sizeof(Element<W>) == 8) {
    const auto exact = bits_as<double>(x | W(std::bit_cast<std::int64_t>(0x1p52))) - LaneOf<W, double>(0x1p52);
    return larger((bits_as<std::int64_t>(exact) >> 52) - W(1023), W(0));
  } else {
    const auto exact = bits_as<float>(x | W(std::bit_cast<std::int32_t>(0x1p23f))) - LaneOf<W, float>(0x1p23f);
    return larger((bits_as<std::int32_t>(exact) >> 23) - W(127), W(0));
  }
}

// sum * 2^(largest - fraction_bits), rounded: bits of D. Results below the smallest exponent are subnormal.
template <class W>
[[gnu::always_inline]] constexpr W rounded(W sum, W largest, int fraction_bits, const Target& to,
                                           const MmaRules& rules) noexcept {
  using T = Element<W>;
  const W size = absolute(sum);
  const W exponent = larger(leading_bit(size) + largest - W(fraction_bits), W(to.smallest_exponent));
  const W below = exponent - W(to.fraction_bits) - largest + W(fraction_bits);  // bits that go; negative: come
  const W up = larger(-below, W(0));
  const W down = smaller(larger(below, W(0)), W(kWidth<W> - 2));
  const W whole = size << up;
  W kept = whole >> down;
  if (to.nearest) {
    const W unit = W(1) << down;
    const W twice_rest = (whole - (kept << down)) << 1;
    const auto tie_to_odd = twice_rest == unit && (kept & W(1)) != T{0};
    kept = kept + one_if<T>(twice_rest > unit || tie_to_odd);
  }
  // The leading bit of a normal number adds one to the exponent field, as a carry of the rounding does; zero has none.
  const W most = smaller(exponent, W(to.largest_exponent + 1));
  const W field = select(size == T{0}, W(0), most - W(to.smallest_exponent));
  const W infinity = W(to.largest_exponent - to.smallest_exponent + 2) << to.fraction_bits;
  const W code = (field << to.fraction_bits) + kept;
  const bool largest_instead = rules.overflow == MmaOverflow::kLargest && !to.nearest;
  const W finite = smaller(code, largest_instead ? infinity - W(1) : infinity);
  const bool sign_of_zero = rules.underflow == MmaUnderflow::kMinusZero;
  const auto negative = sum < T{0} && (sign_of_zero || finite != T{0});
  return (finite << to.pad) | select(negative, W(static_cast<T>(to.sign)), W(0));
}

// C, or the result of the step before, taken apart. Value: significand * 2^(exponent - fraction_bits).
template <class I>
struct Addend {
  I significand, exponent;
};
// Of finite bits.
template <class I>
[[gnu::always_inline]] constexpr Addend<I> addend_of(I bits, bool half, MmaZero zero) noexcept {
  using T = Element<I>;
  const Format& f = half ? kFp16 : kFp32;
  const I fraction = bits & I(static_cast<T>(mantissa_mask(f)));
  const I field = (bits >> f.mantissa_bits) & I(static_cast<T>(exponent_mask(f) >> f.mantissa_bits));
  const auto subnormal = field == T{0};
  const I size = select(subnormal, fraction, fraction | I(T{1} << f.mantissa_bits));
  const I exponent = select(subnormal, I(T{1}), field) - I(static_cast<T>(f.bias));
  const auto negative = (bits & I(static_cast<T>(sign_mask(f)))) != T{0};
  return {select(negative, -size, size),
          select(size == T{0}, I(static_cast<T>(mma_detail::zero_exponent(f, zero))), exponent)};
}

// Sizes of a step that do not depend on data.
struct Shape {
  int fraction_bits;  // F
  int floor;          // of the largest exponent
  Shift products, addend;
  MmaCut cut;
};

// An exact integer on a grid of 2^(exponent - F).
template <class W, class I>
struct Sum {
  W total;
  I exponent;
};

// Products: exponent(i) and significand(i), i < count, each an I.
template <class W, class I, class Products>
[[gnu::always_inline]] constexpr Sum<W, I> fused_sum(const Shape& shape, int count, const Products& products,
                                                     Addend<I> c) noexcept {
  I largest = larger(c.exponent, I(static_cast<Element<I>>(shape.floor)));
  for (int i = 0; i < count; ++i) largest = larger(largest, products.exponent(i));
  W total = widened<W>(cut(c.significand, shape.addend, largest - c.exponent, shape.cut));
  // Eight terms of F + 3 bits fit I.
  for (int first = 0; first < count; first += 8) {
    I some(0);
    for (int i = first; i < std::min(first + 8, count); ++i)
      some = some + cut(products.significand(i), shape.products, largest - products.exponent(i), shape.cut);
    total = total + widened<W>(some);
  }
  return {total, largest};
}

}  // namespace bitgate::reference::mma_step
