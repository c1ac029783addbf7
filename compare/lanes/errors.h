// Terms of metrics and of peers' errors over lanes. D is Lanes<double, N>.
#pragma once

#include "bitgate/compare/lanes/kernels.h"
#include "bitgate/reference/format/lanes.h"

namespace bitgate::compare::lanes {

inline constexpr double kInfinite = __builtin_inf();

// A comparison of doubles keeps the compiler's own type: one of 64 bits a lane, which a Mask has not.
template <class Yes, int N>
[[gnu::always_inline]] inline Lanes<double, N> pick(Yes yes, Lanes<double, N> a, Lanes<double, N> b) noexcept {
  return Lanes<double, N>(yes ? a.v : b.v);
}

template <class D>
[[gnu::always_inline]] inline D absolute(D x) noexcept {
  return bits_as<double>(bits_as<std::uint64_t>(x) & LaneOf<D, std::uint64_t>(0x7FFFFFFFFFFFFFFFu));
}

// The nearest number of a 16-bit format, ties to even: gradual underflow, infinity from the largest number plus half a
// step on, the sign of zero and NaN kept. round_to_16() as a number.
template <class D>
[[gnu::always_inline]] inline D rounded_to_16(const Format& format, D value) noexcept {
  using Bits = LaneOf<D, std::uint64_t>;
  const Bits bits = bits_as<std::uint64_t>(value);
  const Bits magnitude = bits & Bits(0x7FFFFFFFFFFFFFFFu);
  const int dropped = 52 - format.mantissa_bits;
  const Bits half_less_one((std::uint64_t{1} << (dropped - 1)) - 1), kept(~std::uint64_t{0} << dropped);
  const Bits odd = (magnitude >> dropped) & Bits(1u);
  const D normal = bits_as<double>((magnitude + half_less_one + odd) & kept);
  // A sum with a number whose unit is the smallest subnormal rounds to that unit.
  const D holder(power_of_two(52 + 1 - format.bias - format.mantissa_bits));
  const D size = bits_as<double>(magnitude);
  const D small = (size + holder) - holder;
  const D past_largest(power_of_two(format.bias + 1));
  const D large = pick(normal.v >= past_largest.v, D(kInfinite), normal);
  const D rounded = pick(size.v < D(power_of_two(1 - format.bias)).v, small, large);
  const D with_sign = bits_as<double>(bits_as<std::uint64_t>(rounded) | (bits ^ magnitude));
  return pick(value.v == value.v, with_sign, value);
}

struct ToF32 {
  template <class D>
  [[gnu::always_inline]] static D rounded(D value) noexcept {
    return number_as<double>(number_as<float>(value));
  }
};
struct ToBf16 {
  template <class D>
  [[gnu::always_inline]] static D rounded(D value) noexcept {
    return rounded_to_16(kBf16, value);
  }
};
struct ToF16 {
  template <class D>
  [[gnu::always_inline]] static D rounded(D value) noexcept {
    return rounded_to_16(kFp16, value);
  }
};

template <int N>
RowCounts metric_terms(const float* xs, const double* ys, const std::uint8_t* saturated, std::size_t n, double* square,
                       double* noise) noexcept {
  using D = Lanes<double, N>;
  using Count = typename Lanes<std::int64_t, N>::Native;
  const D infinity(kInfinite), none(0.0);
  Count elements{}, full{}, nonzero{}, underflowed{};
  D max_error = none;
  for (std::size_t i = 0; i < n; i += N) {
    const D x = number_as<double>(load_lanes<Lanes<float, N>>(xs + i)), y = load_lanes<D>(ys + i);
    const D size = absolute(x), size_of_y = absolute(y);
    const Count finite = size.v < infinity.v;
    const D distance = pick(size_of_y.v < infinity.v, absolute(x - y), infinity);
    const D error = pick(finite, distance, none), number = pick(finite, x, none);
    store_lanes<double>(square + i, number * number);
    store_lanes<double>(noise + i, error * error);
    max_error = pick(error.v > max_error.v, error, max_error);
    const Count counts = number.v != none.v, zero = y.v == none.v, larger = size.v > size_of_y.v;
    elements -= finite;
    nonzero -= counts;
    underflowed -= counts & zero;
    full += load_lanes<Lanes<std::int64_t, N>>(saturated + i).v & finite & larger;
  }
  RowCounts sum;
  for (int i = 0; i < N; ++i) {
    sum.elements += elements[i];
    sum.nonzero += nonzero[i];
    sum.underflowed += underflowed[i];
    sum.saturated += full[i];
    sum.max_error = lane(max_error, i) > sum.max_error ? lane(max_error, i) : sum.max_error;
  }
  return sum;
}

template <int N, class To>
void peer_terms_of(const float* xs, const float* ys, std::size_t n, const PeerTerms& terms) noexcept {
  using D = Lanes<double, N>;
  for (std::size_t i = 0; i < n; i += N) {
    const auto x = load_lanes<Lanes<float, N>>(xs + i), y = load_lanes<Lanes<float, N>>(ys + i);
    const D value = number_as<double>(x);
    const D difference = To::rounded(value - To::rounded(number_as<double>(y)));
    store_lanes<double>(terms.torchao_signal + i, value * value);
    store_lanes<double>(terms.torchao_noise + i, difference * difference);
    const Lanes<float, N> distance = y - x;
    const D wide = number_as<double>(distance);
    store_lanes<double>(terms.ggml_noise + i, number_as<double>(distance * distance));
    store_lanes<double>(terms.ggml_signal + i, number_as<double>(y * y));
    store_lanes<double>(terms.ggml_square + i, wide * wide);
  }
}

template <int N>
void peer_terms(InputType type, const float* x, const float* y, std::size_t n, const PeerTerms& terms) noexcept {
  switch (type) {
    case InputType::kF32: return peer_terms_of<N, ToF32>(x, y, n, terms);
    case InputType::kBf16: return peer_terms_of<N, ToBf16>(x, y, n, terms);
    case InputType::kF16: return peer_terms_of<N, ToF16>(x, y, n, terms);
  }
}

}  // namespace bitgate::compare::lanes
