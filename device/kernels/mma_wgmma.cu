#include "bitgate/device/kernels/mma_wgmma.cuh"

using namespace bitgate::device;

#ifdef __CUDA_ARCH_FEAT_SM90_ALL
namespace {

// By the tile's flags. True: the result is FP32.
__device__ bool group_of(std::uint32_t flags, MmaOp op, const mma::FragmentA& a, std::uint64_t shared_a,
                         std::uint64_t shared_b, mma::Accumulator& d) {
  const std::uint32_t with_c = (flags & kMmaNoC) == 0;
  switch (flags & (kMmaRegisters | kMmaNegateA | kMmaNegateB)) {
    case 0: return mma::group<false, 1, 1>(op, a, shared_a, shared_b, with_c, d);
    case kMmaRegisters: return mma::group<true, 1, 1>(op, a, shared_a, shared_b, with_c, d);
    case kMmaNegateA: return mma::group<false, -1, 1>(op, a, shared_a, shared_b, with_c, d);
    case kMmaNegateA | kMmaRegisters: return mma::group<true, -1, 1>(op, a, shared_a, shared_b, with_c, d);
    case kMmaNegateB: return mma::group<false, 1, -1>(op, a, shared_a, shared_b, with_c, d);
    case kMmaNegateB | kMmaRegisters: return mma::group<true, 1, -1>(op, a, shared_a, shared_b, with_c, d);
    case kMmaNegateA | kMmaNegateB: return mma::group<false, -1, -1>(op, a, shared_a, shared_b, with_c, d);
    default: return mma::group<true, -1, -1>(op, a, shared_a, shared_b, with_c, d);
  }
}

}  // namespace
#endif

// Blocks of one warpgroup, a tile at a time. On another architecture it does nothing: MmaRun::has() is false there.
extern "C" __global__ void __launch_bounds__(128) bitgate_mma_wgmma(MmaOp op, MmaOperands operands) {
#ifdef __CUDA_ARCH_FEAT_SM90_ALL
  __shared__ alignas(128) std::uint32_t shared_a[kMmaTile * kMmaWords], shared_b[kMmaTile * kMmaWords];
  const mma::Lane lane = mma::lane();
  for (std::uint32_t tile = blockIdx.x; tile < operands.tiles; tile += gridDim.x) {
    const std::uint32_t* a = operands.a + std::size_t{tile} * kMmaTile * kMmaWords;
    const std::uint32_t* b = operands.b + std::size_t{tile} * kMmaTile * kMmaWords;
    const std::uint32_t* c = operands.c + std::size_t{tile} * kMmaTile * kMmaTile;
    std::uint32_t* d = operands.d + std::size_t{tile} * kMmaTile * kMmaTile;
    for (std::uint32_t i = threadIdx.x; i < kMmaTile * kMmaWords; i += blockDim.x) {
      shared_a[mma::core_place(i / kMmaWords, i % kMmaWords)] = a[i];
      shared_b[mma::core_place(i / kMmaWords, i % kMmaWords)] = b[i];
    }
    mma::shared_fence();
    __syncthreads();
    mma::Accumulator sum;
    for (std::uint32_t i = 0; i < 32; ++i) sum.wide[i] = __uint_as_float(c[mma::place(lane, i / 4, i % 4)]);
    for (int i = 0; i < 16; ++i)
      sum.pairs[i] = __float_as_uint(sum.wide[2 * i]) & 0xFFFF | __float_as_uint(sum.wide[2 * i + 1]) << 16;
    const bool wide = group_of(operands.flags[tile], op, mma::load_a(a, lane), mma::descriptor(shared_a),
                               mma::descriptor(shared_b), sum);
    for (std::uint32_t i = 0; i < 32; ++i)
      d[mma::place(lane, i / 4, i % 4)] =
          wide ? __float_as_uint(sum.wide[i]) : sum.pairs[i / 2] >> (i % 2 * 16) & 0xFFFF;
    __syncthreads();
  }
#endif
}
