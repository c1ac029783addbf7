// D = A B^T of FP8 codes by wgmma.m64n64k32, FP32 results: one chain over ascending k, or partial sums of `promotion` k
// that start from nothing (scale-d 0) and are added to a main accumulator by FADD.RN. Only sm_90a has the instruction.
#include "bitgate/device/kernels/gemm_op.h"
#include "bitgate/device/kernels/mma_wgmma.cuh"

using namespace bitgate::device;

#ifdef __CUDA_ARCH_FEAT_SM90_ALL
namespace {

constexpr std::uint32_t kStepBytes = kGemmStep, kTileRows = kGemmTile;

// Four codes of a row from `at` on; what lies beyond the matrix is +0.
__device__ __forceinline__ std::uint32_t word_of(const std::uint8_t* codes, std::int32_t rows, std::int32_t k,
                                                 std::int32_t row, std::int32_t at) {
  std::uint32_t word = 0;
  for (std::int32_t i = 0; i < 4; ++i)
    if (row < rows && at + i < k) word |= std::uint32_t{codes[std::int64_t{row} * k + at + i]} << (8 * i);
  return word;
}

// 64 rows of 32 k as the matrix unit wants them.
__device__ __forceinline__ void fill(std::uint32_t* shared, const std::uint8_t* codes, std::int32_t rows,
                                     std::int32_t k, std::int32_t first_row, std::int32_t at) {
  constexpr std::uint32_t kWords = kStepBytes / 4;
  for (std::uint32_t i = threadIdx.x; i < kTileRows * kWords; i += blockDim.x)
    shared[mma::core_place(i / kWords, i % kWords)] =
        word_of(codes, rows, k, first_row + static_cast<std::int32_t>(i / kWords),
                at + static_cast<std::int32_t>(i % kWords * 4));
}

}  // namespace
#endif

// A block of one warpgroup for each 64 x 64 of D. On another architecture it does nothing: the host refuses it there.
extern "C" __global__ void __launch_bounds__(128) bitgate_gemm_wgmma(MmaOp op, GemmOperands operands) {
#ifdef __CUDA_ARCH_FEAT_SM90_ALL
  __shared__ alignas(128) std::uint32_t shared_a[kTileRows * kStepBytes / 4], shared_b[kTileRows * kStepBytes / 4];
  const auto first_row = static_cast<std::int32_t>(blockIdx.y) * kGemmTile;
  const auto first_column = static_cast<std::int32_t>(blockIdx.x) * kGemmTile;
  float sum[32], main[32];
  for (int i = 0; i < 32; ++i) sum[i] = main[i] = 0;
  std::uint32_t with_c = 0;
  for (std::int32_t at = 0; at < operands.k; at += kGemmStep) {
    fill(shared_a, operands.a, operands.m, operands.k, first_row, at);
    fill(shared_b, operands.b, operands.n, operands.k, first_column, at);
    mma::shared_fence();
    __syncthreads();
    mma::group_f32<false, 1, 1>(op, {}, mma::descriptor(shared_a), mma::descriptor(shared_b), with_c, sum);
    with_c = 1;
    __syncthreads();
    if (operands.promotion == 0 || (at + kGemmStep) % operands.promotion != 0) continue;
    for (int i = 0; i < 32; ++i) main[i] = __fadd_rn(main[i], sum[i]);
    with_c = 0;
  }
  const bool promotes = operands.promotion != 0;
  const mma::Lane lane = mma::lane();
  for (std::uint32_t i = 0; i < 32; ++i) {
    const std::uint32_t place = mma::place(lane, i / 4, i % 4);
    const std::int32_t row = first_row + static_cast<std::int32_t>(place / kMmaTile);
    const std::int32_t column = first_column + static_cast<std::int32_t>(place % kMmaTile);
    const float rest = promotes && with_c != 0 ? __fadd_rn(main[i], sum[i]) : main[i];
    if (row < operands.m && column < operands.n)
      operands.d[std::int64_t{row} * operands.n + column] = __float_as_uint(promotes ? rest : sum[i]);
  }
#endif
}
