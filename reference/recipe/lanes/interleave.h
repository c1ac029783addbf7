// Vectors of lanes turned into rows of memory and back: so that a lane holds a block, while a block is contiguous.
#pragma once

#include <utility>

#include "bitgate/reference/format/lanes.h"

namespace bitgate::reference {

namespace interleave_detail {

// a[0] b[0] a[1] b[1] ..., its lower and its upper half.
template <class T, int N, int... I>
[[gnu::always_inline]] inline void zip(Lanes<T, N>& a, Lanes<T, N>& b, std::integer_sequence<int, I...>) noexcept {
  const auto low = __builtin_shufflevector(a.v, b.v, (I % 2 == 0 ? I / 2 : N + I / 2)...);
  const auto high = __builtin_shufflevector(a.v, b.v, (N / 2 + (I % 2 == 0 ? I / 2 : N + I / 2))...);
  a = Lanes<T, N>(low);
  b = Lanes<T, N>(high);
}

// One step: the first half of the vectors zipped with the second. Unrolled, so that vectors stay in registers.
template <int kCount, class T, int N, int... I>
[[gnu::always_inline]] inline void zip_halves(const Lanes<T, N>* from, Lanes<T, N>* to,
                                              std::integer_sequence<int, I...>) noexcept {
  ((to[2 * I] = from[I], to[2 * I + 1] = from[I + kCount / 2],
    zip(to[2 * I], to[2 * I + 1], std::make_integer_sequence<int, N>{})),
   ...);
}
template <int kCount, int kSteps, class T, int N>
[[gnu::always_inline]] inline void zip_steps(Lanes<T, N>* v) noexcept {
  if constexpr (kSteps > 1) {
    Lanes<T, N> next[kCount];
    zip_halves<kCount>(v, next, std::make_integer_sequence<int, kCount / 2>{});
    zip_steps<kCount, kSteps / 2>(next);
    for (int i = 0; i < kCount; ++i) v[i] = next[i];
  }
}

}  // namespace interleave_detail

// v[0] .. v[kCount - 1], kCount a power of two: number i of memory becomes lane i / kCount of vector i % kCount. For
// kCount = N a transposition, its own inverse.
template <int kCount, class T, int N>
[[gnu::always_inline]] inline void interleave(Lanes<T, N>* v) noexcept {
  interleave_detail::zip_steps<kCount, kCount>(v);
}

}  // namespace bitgate::reference
