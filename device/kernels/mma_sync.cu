#include "bitgate/device/kernels/mma_sync.cuh"

using namespace bitgate::device;

// Blocks of four warps, a tile at a time: a warp has 16 rows, and does its eight blocks of columns one by one.
extern "C" __global__ void bitgate_mma_sync(MmaOp op, MmaOperands operands) {
  const mma::Lane lane = mma::lane();
  for (std::uint32_t tile = blockIdx.x; tile < operands.tiles; tile += gridDim.x) {
    const std::uint32_t* c = operands.c + std::size_t{tile} * kMmaTile * kMmaTile;
    std::uint32_t* d = operands.d + std::size_t{tile} * kMmaTile * kMmaTile;
    const mma::FragmentA a = mma::load_a(operands.a + std::size_t{tile} * kMmaTile * kMmaWords, lane);
    for (std::uint32_t block = 0; block < kMmaTile / 8; ++block) {
      const mma::FragmentB b = mma::load_b(operands.b + std::size_t{tile} * kMmaTile * kMmaWords, lane, block);
      std::uint32_t word[4];
      for (std::uint32_t i = 0; i < 4; ++i) word[i] = c[mma::place(lane, block, i)];
      float wide[4];
      for (int i = 0; i < 4; ++i) wide[i] = __uint_as_float(word[i]);
      std::uint32_t pairs[2] = {word[0] | word[1] << 16, word[2] | word[3] << 16};
      if (mma::sync_f32(op, a, b, wide)) {
        for (int i = 0; i < 4; ++i) word[i] = __float_as_uint(wide[i]);
      } else {
        mma::sync_f16(op, a, b, pairs);
        for (int i = 0; i < 4; ++i) word[i] = pairs[i / 2] >> (i % 2 * 16) & 0xFFFF;
      }
      for (std::uint32_t i = 0; i < 4; ++i) d[mma::place(lane, block, i)] = word[i];
    }
  }
}
