// ggml's RMS_NORM under -use_fast_math, alone and fused with a multiplication and an addition (ggml-org/ggml,
// src/ggml-cuda/norm.cu, commit d99724f2). One thread block a row (ggml_rms_norm.h); a sink takes what becomes of each
// vector: it stores values, or quantizes them.
#pragma once

#include "bitgate/device/kernels/ggml_q8.cuh"
#include "bitgate/device/kernels/ggml_rms_norm.h"

namespace bitgate::device {

inline constexpr int kNormMaxWarps = 32;  // of the producer

// x[k] of a vector squared onto the sum of the producer's thread that has column k.
__device__ __forceinline__ void add_squares(float (&sums)[4], const Vector<float>& x) {
#pragma unroll
  for (int k = 0; k < 4; ++k) sums[k] = fma_rn_ftz(x.values[k], x.values[k], sums[k]);
}

// The producer's block_reduce: the lanes of each of its warps (8 threads here), then its warps.
__device__ __forceinline__ float reduce_as_producer(const float (&sums)[4]) {
  __shared__ float warp_sums[kNormMaxWarps];
  constexpr unsigned kThreadsOfWarp = kWarpLanes / kNormColsPerThread;
  const float of_warp = sum_by_ones<GgmlFastMath>(sums);
  if (threadIdx.x % kThreadsOfWarp == 0) warp_sums[threadIdx.x / kThreadsOfWarp] = of_warp;
  __syncthreads();
  const unsigned lane = threadIdx.x % kWarpLanes;
  float sum = lane < blockDim.x / kThreadsOfWarp ? warp_sums[lane] : 0.0f;
#pragma unroll
  for (int mask = kWarpLanes / 2; mask > 0; mask /= 2) sum = add_rn_ftz(sum, from_lane_xor(sum, mask));
  return sum;
}

// sum / n + epsilon is one FFMA in the producer's machine code: ptxas contracts the product inside the division.
__device__ __forceinline__ float norm_scale(float sum, std::int64_t cols, std::int64_t epsilon_bits) {
  const float reciprocal = rcp_approx_ftz(__ll2float_rn(cols));
  const float mean = fma_rn_ftz(sum, reciprocal, float_of(static_cast<std::uint32_t>(epsilon_bits)));
  return rsqrt_approx_ftz(mean);
}

// Four numbers of a fused operand from index `at` on, each taken modulo the count. In aligned rows an operand of as
// many numbers as columns, or more, is read as vectors.
template <Rows rows>
__device__ __forceinline__ Vector<float> load_repeated(const float* operand, std::int64_t at, std::int64_t count) {
  if constexpr (rows == Rows::kAligned) {
    return load_vector(operand, 0, at / 4, count / 4);
  } else {
    Vector<float> x;
#pragma unroll
    for (int k = 0; k < 4; ++k) x.values[k] = __ldg(operand + (at + k < count ? at + k : (at + k) % count));
    return x;
  }
}

// Which operands follow the norm.
enum class NormTail {
  kNone,
  kMul,
  kMulAdd,
};

struct NormOperands {
  const float* weight;
  const float* residual;
  std::int64_t weights, residuals;
};

// Whether everything can be read as vectors of aligned rows.
__device__ __forceinline__ bool reads_vectors(const NormOperands& operands, NormTail tail, std::int64_t cols) {
  const auto lies_under_a_row = [cols](std::int64_t numbers) { return numbers >= cols && numbers % 4 == 0; };
  return cols % 4 == 0 && (tail == NormTail::kNone || lies_under_a_row(operands.weights)) &&
         (tail != NormTail::kMulAdd || lies_under_a_row(operands.residuals));
}

// The operands of four columns.
struct NormFactors {
  Vector<float> weight, residual;
};
template <Rows rows, NormTail tail>
__device__ __forceinline__ NormFactors load_factors(const NormOperands& operands, std::int64_t col, std::int64_t cols) {
  NormFactors factors{};
  if (col >= cols) return factors;
  if constexpr (tail != NormTail::kNone) factors.weight = load_repeated<rows>(operands.weight, col, operands.weights);
  if constexpr (tail == NormTail::kMulAdd) {
    const bool one_an_element = operands.residuals == std::int64_t{gridDim.x} * cols;
    factors.residual = one_an_element ? load_four<rows>(operands.residual, blockIdx.x, col, cols)
                                      : load_repeated<rows>(operands.residual, col, operands.residuals);
  }
  return factors;
}

// What becomes of four values. The second product and the sum are one FFMA.
template <NormTail tail>
__device__ __forceinline__ void apply(float (&y)[4], const Vector<float>& x, float scale, const NormFactors& factors) {
#pragma unroll
  for (int k = 0; k < 4; ++k) {
    const float normed = mul_rn_ftz(scale, x.values[k]);
    if constexpr (tail == NormTail::kNone) y[k] = normed;
    if constexpr (tail == NormTail::kMul) y[k] = mul_rn_ftz(normed, factors.weight.values[k]);
    if constexpr (tail == NormTail::kMulAdd)
      y[k] = fma_rn_ftz(normed, factors.weight.values[k], factors.residual.values[k]);
  }
}

// The rounds of a row: vectors follow each other at a distance of blockDim.x, a round after the other. Past the row's
// end lies +0, of which a square changes no sum.
template <Rows rows>
struct NormRounds {
  const float* input;
  std::int64_t cols;
  __device__ __forceinline__ std::int64_t col(std::int64_t round) const {
    return (round * blockDim.x + threadIdx.x) * kNormColsPerThread;
  }
  __device__ __forceinline__ std::int64_t count() const {
    const std::int64_t cols_a_round = std::int64_t{blockDim.x} * kNormColsPerThread;
    return (cols + cols_a_round - 1) / cols_a_round;
  }
  template <int number>
  __device__ __forceinline__ void load(Vector<float> (&x)[number], std::int64_t from) const {
#pragma unroll
    for (int i = 0; i < number; ++i) x[i] = load_four<rows>(input, blockIdx.x, col(from + i), cols);
  }
};

template <int number>
__device__ __forceinline__ void add_squares(float (&sums)[4], const Vector<float> (&x)[number]) {
#pragma unroll
  for (int i = 0; i < number; ++i) add_squares(sums, x[i]);
}

// A row by one thread block. The first `held` rounds stay in registers, later ones are read again. All lanes of a warp
// call the sink, those past the row's end too.
template <Rows rows, int held, NormTail tail, class Sink>
__device__ __forceinline__ void norm_whole_row(const float* input, const NormOperands& operands, const Sink& sink,
                                               std::int64_t cols, std::int64_t epsilon_bits) {
  constexpr int kAtOnce = rows == Rows::kAligned ? kNormRoundsAtOnce : 1;
  const NormRounds<rows> rounds{input, cols};
  float sums[4] = {0.0f, 0.0f, 0.0f, 0.0f};
  Vector<float> x[held], more[kAtOnce];
  rounds.load(x, 0);
  add_squares(sums, x);
  for (std::int64_t round = held; round < rounds.count(); round += kAtOnce) {
    rounds.load(more, round);
    add_squares(sums, more);
  }
  const float scale = norm_scale(reduce_as_producer(sums), cols, epsilon_bits);
  const auto finish = [&](const Vector<float>& values, std::int64_t round) {
    const std::int64_t col = rounds.col(round);
    float y[4];
    apply<tail>(y, values, scale, load_factors<rows, tail>(operands, col, cols));
    sink(y, std::int64_t{blockIdx.x}, col, cols);
  };
#pragma unroll
  for (int i = 0; i < held; ++i) finish(x[i], i);
#pragma unroll 1
  for (std::int64_t round = held; round < rounds.count(); round += kAtOnce) {
    rounds.load(more, round);
#pragma unroll
    for (int i = 0; i < kAtOnce; ++i) finish(more[i], round + i);
  }
}

// A row by as many thread blocks as it has rounds: each adds up the whole row, which the chip's second cache then
// holds, and finishes one round. For few rows, which leave most of the chip idle.
template <Rows rows, NormTail tail, class Sink>
__device__ __forceinline__ void norm_one_round(const float* input, const NormOperands& operands, const Sink& sink,
                                               std::int64_t cols, std::int64_t epsilon_bits) {
  const NormRounds<rows> rounds{input, cols};
  Vector<float> own[1], more[kNormHeldRounds];
  rounds.load(own, blockIdx.y);
  const std::int64_t col = rounds.col(blockIdx.y);
  const NormFactors factors = load_factors<rows, tail>(operands, col, cols);
  float sums[4] = {0.0f, 0.0f, 0.0f, 0.0f};
  for (std::int64_t round = 0; round < rounds.count(); round += kNormHeldRounds) {
    rounds.load(more, round);
    add_squares(sums, more);
  }
  const float scale = norm_scale(reduce_as_producer(sums), cols, epsilon_bits);
  float y[4];
  apply<tail>(y, own[0], scale, factors);
  sink(y, std::int64_t{blockIdx.x}, col, cols);
}

// Any `cols` from 1 on; a grid of rows by 1, or by the rounds of a row.
template <NormTail tail, class Sink>
__device__ __forceinline__ void rms_norm(const float* input, const NormOperands& operands, const Sink& sink,
                                         std::int64_t cols, std::int64_t epsilon_bits) {
  const bool vectors = reads_vectors(operands, tail, cols);
  const std::int64_t rounds = NormRounds<Rows::kAligned>{input, cols}.count();
  if (gridDim.y > 1 && vectors)
    norm_one_round<Rows::kAligned, tail>(input, operands, sink, cols, epsilon_bits);
  else if (gridDim.y > 1)
    norm_one_round<Rows::kRagged, tail>(input, operands, sink, cols, epsilon_bits);
  else if (!vectors)
    norm_whole_row<Rows::kRagged, 1, tail>(input, operands, sink, cols, epsilon_bits);
  else if (rounds <= kNormHeldRounds / 4)
    norm_whole_row<Rows::kAligned, kNormHeldRounds / 4, tail>(input, operands, sink, cols, epsilon_bits);
  else if (rounds <= kNormHeldRounds / 2)
    norm_whole_row<Rows::kAligned, kNormHeldRounds / 2, tail>(input, operands, sink, cols, epsilon_bits);
  else
    norm_whole_row<Rows::kAligned, kNormHeldRounds, tail>(input, operands, sink, cols, epsilon_bits);
}

// values [rows, cols] binary32.
struct NormValues {
  float* values;
  __device__ __forceinline__ void operator()(const float (&y)[4], std::int64_t row, std::int64_t col,
                                             std::int64_t cols) const {
    float* const to = values + row * cols + col;
    if (cols % 4 == 0) {
      if (col < cols) *reinterpret_cast<float4*>(to) = make_float4(y[0], y[1], y[2], y[3]);
      return;
    }
#pragma unroll
    for (int k = 0; k < 4; ++k)
      if (col + k < cols) to[k] = y[k];
  }
};

// ggml/q8_1 of the product, which is rounded first, as if it had been stored. Columns past the end count as +0.
struct NormQ8_1 {
  Q8Writer<AsFp16, Q8Sum::kByOnes> writer;
  __device__ __forceinline__ void operator()(float (&y)[4], std::int64_t row, std::int64_t col,
                                             std::int64_t cols) const {
#pragma unroll
    for (int k = 0; k < 4; ++k)
      if (col + k >= cols) y[k] = 0.0f;
    const std::int64_t vectors = (cols + kQ8Block - 1) / kQ8Block * (kQ8Block / 4);
    quantize_q8_vector<MmvqRule<GgmlFastMath>>(y, writer, {row, col / 4, vectors, cols});
  }
};

}  // namespace bitgate::device
