// The extra fields of Q8_1: sums of a block. Sum orders are part of the recipe: three different trees exist.
// Source: ggml.md 2.2 to 2.4 of the notes (ggml-org/ggml d99724f2, quantize.cu and ggml-quants.c).
#pragma once

#include <array>
#include <span>

#include "bitgate/reference/arith/arithmetic.h"
#include "bitgate/reference/recipe/rules.h"

namespace bitgate::reference {

// A warp's threads add the number of the thread `offset` away, offset halving: all end with the same bits, since
// addition commutes. The threads' numbers are as the machine reads them.
template <class F>
constexpr F butterfly_sum(const Arithmetic& on, std::span<F> threads) noexcept {
  for (std::size_t offset = threads.size() / 2; offset > 0; offset /= 2)
    for (std::size_t i = 0; i < offset; ++i) threads[i] = on.add_read(threads[i], threads[i + offset]);
  return threads[0];
}

// quantize_q8_1: one thread a value, 32 threads.
template <class F>
constexpr F warp_sum(const Arithmetic& on, std::span<const F> x) noexcept {
  std::array<F, 32> threads{};
  for (std::size_t i = 0; i < 32; ++i) threads[i] = on.read(x[i]);
  return butterfly_sum(on, std::span<F>(threads));
}

// quantize_mmq_q8_1: a thread adds its four values in order, then the threads meet. 32 or 16 values.
template <class F>
constexpr F quad_sum(const Arithmetic& on, std::span<const F> x) noexcept {
  std::array<F, 8> threads{};
  const std::size_t count = x.size() / 4;
  for (std::size_t i = 0; i < count; ++i) {
    const F first = on.add_read(on.read(x[4 * i]), on.read(x[4 * i + 1]));
    const F second = on.add_read(first, on.read(x[4 * i + 2]));
    threads[i] = on.add_read(second, on.read(x[4 * i + 3]));
  }
  return butterfly_sum(on, std::span<F>(threads).first(count));
}

}  // namespace bitgate::reference
