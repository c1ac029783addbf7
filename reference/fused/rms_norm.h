// ggml's RMS_NORM on CUDA, alone and with the MUL and ADD that it fuses, in the order of the machine code.
//
// Every operation flushes subnormals (-use_fast_math). One CUDA block a row: 256 threads below 1024 columns, else 1024.
// mean + eps is one fma of the sum, MUFU.RCP(columns) and eps: ptxas contracts the division. The product (scale * x) *
// weight is rounded before anything else reads it; with ADD it is not: one fma.
// Source: ggml.md 3 (ggml-org/ggml d99724f2, src/ggml-cuda/norm.cu; machine code of nvcc 13.0 for sm_75 to sm_120a).
#pragma once

#include "bitgate/reference/arith/ieee.h"
#include "bitgate/reference/format/tensor.h"
#include "bitgate/reference/recipe/rules.h"

namespace bitgate::reference {

constexpr std::size_t rms_norm_threads(std::int64_t cols) noexcept { return cols < 1024 ? 256 : 1024; }

inline constexpr int kWarp = 32;
// 32 lanes add the lane 16, 8, 4, 2, 1 away; addition commutes, so all end with the same bits. F is float or lanes of
// it (reference/format/lanes.h): several warps at once.
template <class F>
[[gnu::always_inline]] constexpr F warp_sum(F (&of_lane)[kWarp]) noexcept {
  for (int offset = kWarp / 2; offset > 0; offset /= 2)
    for (int i = 0; i < offset; ++i) of_lane[i] = add_rn_ftz(of_lane[i], of_lane[i + offset]);
  return of_lane[0];
}

// The sum of squares of a row as the block of threads forms it.
float rms_norm_sum(std::span<const float> row);
// MUFU.RSQ of the fused mean of squares plus eps.
float rms_norm_scale(std::span<const float> row, float epsilon);

// fp32 in, fp32 out, same extent. Weight and residual are taken modulo their counts along a row; a residual of one
// number an element is taken element by element.
TypedTensor rms_norm(const TypedView& input, Fusion fusion, const FusedOperands& operands);

}  // namespace bitgate::reference
