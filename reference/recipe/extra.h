// The extra fields of Q8_1: sums of a block. Sum orders are part of the recipe: three different trees exist.
// Source: ggml.md 2.2 to 2.4 of the notes (ggml-org/ggml d99724f2, quantize.cu and ggml-quants.c).
#pragma once

#include <array>
#include <span>

#include "bitgate/reference/arith/arithmetic.h"
#include "bitgate/reference/recipe/rules.h"

namespace bitgate::reference {

// Lanes add the lane `offset` away, offset halving: every lane ends with the same bits, since addition commutes.
constexpr float butterfly_sum(const Arithmetic& on, std::span<float> lanes) noexcept {
  for (std::size_t offset = lanes.size() / 2; offset > 0; offset /= 2)
    for (std::size_t i = 0; i < offset; ++i) lanes[i] = on.add_rn(lanes[i], lanes[i + offset]);
  return lanes[0];
}

// quantize_q8_1: one lane a value, 32 lanes.
constexpr float warp_sum(const Arithmetic& on, std::span<const float, 32> x) noexcept {
  std::array<float, 32> lanes{};
  for (std::size_t i = 0; i < 32; ++i) lanes[i] = x[i];
  return butterfly_sum(on, lanes);
}

// quantize_mmq_q8_1: a lane adds its four values in order, then the lanes meet. 32 or 16 values.
template <std::size_t kValues>
constexpr float quad_sum(const Arithmetic& on, std::span<const float, kValues> x) noexcept {
  std::array<float, kValues / 4> lanes{};
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    const float first = on.add_rn(x[4 * i], x[4 * i + 1]);
    const float second = on.add_rn(first, x[4 * i + 2]);
    lanes[i] = on.add_rn(second, x[4 * i + 3]);
  }
  return butterfly_sum(on, lanes);
}

}  // namespace bitgate::reference
