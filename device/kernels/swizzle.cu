#include "bitgate/device/kernels/swizzle.cuh"

using namespace bitgate::device;

extern "C" __global__ void bitgate_swizzle_128x4(const std::uint8_t* scales, std::uint8_t* tiles, std::int64_t rows,
                                                 std::int64_t cols, std::int64_t chunks) {
  swizzle_scales(scales, tiles, rows, cols, chunks);
}
extern "C" __global__ void bitgate_unswizzle_128x4(const std::uint8_t* tiles, std::uint8_t* scales, std::int64_t rows,
                                                   std::int64_t cols, std::int64_t chunks) {
  unswizzle_scales(tiles, scales, rows, cols, chunks);
}
