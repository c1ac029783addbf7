// Several numbers at once: Lanes<T, N> holds N numbers and does to each what T's own operators do. The arithmetic of
// the reference is written once, for a number type F that is float (one lane) or Lanes<float, N>; the words below mean
// the same for both. What depends on data is chosen by select(), what depends on a recipe by plain ifs.
//
// Lanes are the compiler's vectors (g++ and clang++): the same text serves every instruction set, N is its width.
// Both arms of select() are computed: shifts stay below the width, conversions within the range of their result.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace bitgate {

// The compiler's vector of N numbers.
template <class T, int N>
struct VectorOf {
  typedef T Type __attribute__((vector_size(N * sizeof(T))));
};

#define BITGATE_LANES [[gnu::always_inline]] friend constexpr

// Yes or no, one a lane.
template <int N>
struct Mask {
  using Native = typename VectorOf<std::int32_t, N>::Type;
  Native bits;

  Mask() = default;
  [[gnu::always_inline]] constexpr Mask(bool all) noexcept : bits(Native{} - (all ? 1 : 0)) {}
  [[gnu::always_inline]] explicit constexpr Mask(Native native) noexcept : bits(native) {}

  BITGATE_LANES Mask operator&&(Mask a, Mask b) noexcept { return Mask(a.bits & b.bits); }
  BITGATE_LANES Mask operator||(Mask a, Mask b) noexcept { return Mask(a.bits | b.bits); }
  BITGATE_LANES Mask operator!(Mask a) noexcept { return Mask(~a.bits); }
  BITGATE_LANES Mask operator!=(Mask a, Mask b) noexcept { return Mask(a.bits ^ b.bits); }
  BITGATE_LANES Mask operator==(Mask a, Mask b) noexcept { return Mask(~(a.bits ^ b.bits)); }
};

template <class T, int N>
struct Lanes {
  using Native = typename VectorOf<T, N>::Type;
  Native v;

  Lanes() = default;
  // One number in every lane.
  [[gnu::always_inline]] constexpr Lanes(T all) noexcept : v(repeated(all, std::make_integer_sequence<int, N>{})) {}
  [[gnu::always_inline]] explicit constexpr Lanes(Native native) noexcept : v(native) {}

  BITGATE_LANES Lanes operator+(Lanes a, Lanes b) noexcept { return Lanes(a.v + b.v); }
  BITGATE_LANES Lanes operator-(Lanes a, Lanes b) noexcept { return Lanes(a.v - b.v); }
  BITGATE_LANES Lanes operator*(Lanes a, Lanes b) noexcept { return Lanes(a.v * b.v); }
  BITGATE_LANES Lanes operator/(Lanes a, Lanes b) noexcept { return Lanes(a.v / b.v); }
  BITGATE_LANES Lanes operator-(Lanes a) noexcept { return Lanes(-a.v); }
  BITGATE_LANES Lanes operator~(Lanes a) noexcept { return Lanes(~a.v); }
  BITGATE_LANES Lanes operator&(Lanes a, Lanes b) noexcept { return Lanes(a.v & b.v); }
  BITGATE_LANES Lanes operator|(Lanes a, Lanes b) noexcept { return Lanes(a.v | b.v); }
  BITGATE_LANES Lanes operator^(Lanes a, Lanes b) noexcept { return Lanes(a.v ^ b.v); }
  // By a count a lane, or by one for all.
  BITGATE_LANES Lanes operator<<(Lanes a, Lanes n) noexcept { return Lanes(a.v << n.v); }
  BITGATE_LANES Lanes operator>>(Lanes a, Lanes n) noexcept { return Lanes(a.v >> n.v); }
  BITGATE_LANES Lanes operator<<(Lanes a, int n) noexcept { return Lanes(a.v << n); }
  BITGATE_LANES Lanes operator>>(Lanes a, int n) noexcept { return Lanes(a.v >> n); }
  BITGATE_LANES Mask<N> operator==(Lanes a, Lanes b) noexcept { return mask_of(a.v == b.v); }
  BITGATE_LANES Mask<N> operator!=(Lanes a, Lanes b) noexcept { return mask_of(a.v != b.v); }
  BITGATE_LANES Mask<N> operator<(Lanes a, Lanes b) noexcept { return mask_of(a.v < b.v); }
  BITGATE_LANES Mask<N> operator<=(Lanes a, Lanes b) noexcept { return mask_of(a.v <= b.v); }
  BITGATE_LANES Mask<N> operator>(Lanes a, Lanes b) noexcept { return mask_of(a.v > b.v); }
  BITGATE_LANES Mask<N> operator>=(Lanes a, Lanes b) noexcept { return mask_of(a.v >= b.v); }
  template <class U>
  [[gnu::always_inline]] constexpr Lanes& operator+=(U b) noexcept {
    return *this = *this + Lanes(b);
  }

  template <int... I>
  [[gnu::always_inline]] static constexpr Native repeated(T all, std::integer_sequence<int, I...>) noexcept {
    return Native{(static_cast<void>(I), all)...};
  }
  template <class Compared>
  [[gnu::always_inline]] static constexpr Mask<N> mask_of(Compared compared) noexcept {
    return Mask<N>(__builtin_convertvector(compared, typename Mask<N>::Native));
  }
};

#undef BITGATE_LANES

// --- the types that go with a number type ---

template <class F>
struct LaneTypes;
// Of single numbers.
template <class T>
requires std::is_arithmetic_v<T>
struct LaneTypes<T> {
  static constexpr int kLanes = 1;
  using Yes = bool;
  template <class To>
  using Of = To;
};
template <class T, int N>
struct LaneTypes<Lanes<T, N>> {
  static constexpr int kLanes = N;
  using Yes = Mask<N>;
  template <class To>
  using Of = Lanes<To, N>;
};
template <int N>
struct LaneTypes<Mask<N>> {
  static constexpr int kLanes = N;
  using Yes = Mask<N>;
  template <class To>
  using Of = Lanes<To, N>;
};

template <class F>
inline constexpr int kLanesOf = LaneTypes<F>::kLanes;
// bool or Mask; To in as many lanes as F has.
template <class F>
using YesOf = typename LaneTypes<F>::Yes;
template <class F, class To>
using LaneOf = typename LaneTypes<F>::template Of<To>;
template <class F>
using BitsOf = LaneOf<F, std::uint32_t>;
template <class F>
using IntOf = LaneOf<F, std::int32_t>;

// The type of lanes among those of an operation's operands, a single number standing for all lanes.
template <class A, class... Rest>
struct LanesAmong {
  using Type = std::conditional_t<(kLanesOf<A> > 1), A, typename LanesAmong<Rest...>::Type>;
};
template <class A>
struct LanesAmong<A> {
  using Type = A;
};
template <class... A>
using LanesOfAll = typename LanesAmong<A...>::Type;

// --- choice ---

template <class T>
requires std::is_arithmetic_v<T>
[[gnu::always_inline]] constexpr T select(bool yes, T a, std::type_identity_t<T> b) noexcept { return yes ? a : b; }
template <class T, int N>
[[gnu::always_inline]] constexpr Lanes<T, N> select(Mask<N> yes, Lanes<T, N> a,
                                                    std::type_identity_t<Lanes<T, N>> b) noexcept {
  if constexpr (sizeof(T) == 4) {
    return Lanes<T, N>(yes.bits ? a.v : b.v);
  } else {
    using Wide = typename VectorOf<std::int64_t, N>::Type;
    return Lanes<T, N>(__builtin_convertvector(yes.bits, Wide) ? a.v : b.v);
  }
}
template <class T, int N>
[[gnu::always_inline]] constexpr Lanes<T, N> select(Mask<N> yes, std::type_identity_t<T> a, Lanes<T, N> b) noexcept {
  return select(yes, Lanes<T, N>(a), b);
}

// select(a > b, a, b) and select(a < b, a, b): of a NaN the second. By the compilers' own choice of vectors, which they
// know as one instruction.
template <class T>
requires std::is_arithmetic_v<T>
[[gnu::always_inline]] constexpr T greater_of(T a, std::type_identity_t<T> b) noexcept { return a > b ? a : b; }
template <class T, int N>
[[gnu::always_inline]] constexpr Lanes<T, N> greater_of(Lanes<T, N> a, std::type_identity_t<Lanes<T, N>> b) noexcept {
  return Lanes<T, N>(a.v > b.v ? a.v : b.v);
}
template <class T>
requires std::is_arithmetic_v<T>
[[gnu::always_inline]] constexpr T lesser_of(T a, std::type_identity_t<T> b) noexcept { return a < b ? a : b; }
template <class T, int N>
[[gnu::always_inline]] constexpr Lanes<T, N> lesser_of(Lanes<T, N> a, std::type_identity_t<Lanes<T, N>> b) noexcept {
  return Lanes<T, N>(a.v < b.v ? a.v : b.v);
}

constexpr bool any(bool yes) noexcept { return yes; }
template <int N>
[[gnu::always_inline]] constexpr bool any(Mask<N> yes) noexcept {
  std::int32_t all = 0;
  for (int i = 0; i < N; ++i) all |= yes.bits[i];
  return all != 0;
}

// --- bits and conversions ---

// The same bits as another type of that size.
template <class To, class From>
requires(std::is_arithmetic_v<From>) [[gnu::always_inline]] constexpr To bits_as(From x) noexcept {
  return std::bit_cast<To>(x);
}
template <class To, class From, int N>
[[gnu::always_inline]] constexpr Lanes<To, N> bits_as(Lanes<From, N> x) noexcept {
  return Lanes<To, N>(std::bit_cast<typename Lanes<To, N>::Native>(x.v));
}
template <class F>
[[gnu::always_inline]] constexpr auto bits_of(F x) noexcept {
  return bits_as<std::uint32_t>(x);
}
template <class U>
[[gnu::always_inline]] constexpr auto float_of(U bits) noexcept {
  return bits_as<float>(bits);
}

// The same number as another type: C's conversion, so a float must lie within the integer's range.
template <class To, class From>
requires(std::is_arithmetic_v<From>) [[gnu::always_inline]] constexpr To number_as(From x) noexcept {
  return static_cast<To>(x);
}
template <class To, class From, int N>
[[gnu::always_inline]] constexpr Lanes<To, N> number_as(Lanes<From, N> x) noexcept {
  return Lanes<To, N>(__builtin_convertvector(x.v, typename Lanes<To, N>::Native));
}
// 1 for yes, 0 for no.
template <class To>
[[gnu::always_inline]] constexpr To one_if(bool yes) noexcept {
  return yes ? To{1} : To{0};
}
template <class To, int N>
[[gnu::always_inline]] constexpr Lanes<To, N> one_if(Mask<N> yes) noexcept {
  return select(yes, Lanes<To, N>(To{1}), To{0});
}

// --- single lanes ---

template <class T>
requires std::is_arithmetic_v<T>
[[gnu::always_inline]] constexpr T lane(T x, int) noexcept { return x; }
template <class T, int N>
[[gnu::always_inline]] constexpr T lane(Lanes<T, N> x, int i) noexcept {
  return x.v[i];
}
// `made(i)` in lane i.
template <class F, class Made>
[[gnu::always_inline]] constexpr F each_lane(Made made) noexcept {
  if constexpr (kLanesOf<F> == 1) {
    return made(0);
  } else {
    F all;
    for (int i = 0; i < kLanesOf<F>; ++i) all.v[i] = made(i);
    return all;
  }
}
// table[index], lane by lane.
template <class T, class U>
[[gnu::always_inline]] constexpr LaneOf<U, T> lookup(const T* table, U index) noexcept {
  return each_lane<LaneOf<U, T>>([&](int i) { return table[lane(index, i)]; });
}

// --- memory ---

namespace lanes_detail {

// Between one and four bytes the compilers convert well by way of two.
template <class To, class From>
[[gnu::always_inline]] inline auto resized(From from) noexcept {
  constexpr auto kLanes = static_cast<int>(sizeof(from) / sizeof(from[0]));
  using Halfway = typename VectorOf<std::uint16_t, kLanes>::Type;
  using Result = typename VectorOf<To, kLanes>::Type;
  constexpr bool kFar = (sizeof(from[0]) == 1 && sizeof(To) >= 4) || (sizeof(from[0]) >= 4 && sizeof(To) == 1);
  if constexpr (kFar)
    return __builtin_convertvector(__builtin_convertvector(from, Halfway), Result);
  else
    return __builtin_convertvector(from, Result);
}

}  // namespace lanes_detail

// Consecutive numbers of an unsigned type or F's own, widened.
template <class F, class T>
[[gnu::always_inline]] inline F load_lanes(const T* from) noexcept {
  if constexpr (kLanesOf<F> == 1) {
    return static_cast<F>(*from);
  } else {
    typename LaneOf<F, T>::Native x;
    std::memcpy(&x, from, sizeof x);
    // 16 bits without a sign to 32: one instruction, of which g++ 12 makes four.
#if defined(__AVX2__)
    if constexpr (std::is_same_v<T, std::uint16_t> && sizeof(F) == 32 && kLanesOf<F> == 8)
      return F(std::bit_cast<typename F::Native>(_mm256_cvtepu16_epi32(std::bit_cast<__m128i>(x))));
#endif
#if defined(__AVX512F__)
    if constexpr (std::is_same_v<T, std::uint16_t> && sizeof(F) == 64 && kLanesOf<F> == 16)
      return F(std::bit_cast<typename F::Native>(_mm512_maskz_cvtepu16_epi32(0xFFFF, std::bit_cast<__m256i>(x))));
#endif
    if constexpr (std::is_same_v<LaneOf<F, T>, F>)
      return F(x);
    else
      return F(lanes_detail::resized<std::remove_cvref_t<decltype(F{}.v[0])>>(x));
  }
}
// Cut to T.
template <class T, class F>
[[gnu::always_inline]] inline void store_lanes(T* to, F x) noexcept {
  if constexpr (kLanesOf<F> == 1) {
    *to = static_cast<T>(x);
  } else {
#if defined(__AVX512F__)
    // One instruction that g++ 12 does not find; the form without a mask draws a false warning from it.
    if constexpr (kLanesOf<F> == 16 && sizeof(x.v) == 64 && sizeof(T) == 1) {
      const __m128i bytes = _mm512_maskz_cvtepi32_epi8(0xFFFF, std::bit_cast<__m512i>(x.v));
      std::memcpy(to, &bytes, sizeof bytes);
      return;
    }
#endif
    const typename LaneOf<F, T>::Native narrow = [&] {
      if constexpr (std::is_same_v<LaneOf<F, T>, F>)
        return x.v;
      else
        return lanes_detail::resized<T>(x.v);
    }();
    std::memcpy(to, &narrow, sizeof narrow);
  }
}

}  // namespace bitgate
