#include "bitgate/device/kernels/ggml_pack.cuh"

using namespace bitgate::device;

extern "C" __global__ void bitgate_ggml_pack_q8_1(const std::uint8_t* codes, const std::uint16_t* scales,
                                                  const std::uint16_t* sums, std::uint8_t* packed, std::int64_t rows,
                                                  std::int64_t cols, std::int64_t blocks, std::int64_t code_pitch,
                                                  std::int64_t scale_pitch, std::int64_t chunks) {
  pack_q8(codes, Q8_1Block{scales, sums}, packed, {rows, cols, blocks, code_pitch, scale_pitch}, chunks);
}
extern "C" __global__ void bitgate_ggml_pack_q8_0(const std::uint8_t* codes, const std::uint16_t* scales,
                                                  std::uint8_t* packed, std::int64_t rows, std::int64_t cols,
                                                  std::int64_t blocks, std::int64_t code_pitch,
                                                  std::int64_t scale_pitch, std::int64_t chunks) {
  pack_q8(codes, Q8_0Block{scales}, packed, {rows, cols, blocks, code_pitch, scale_pitch}, chunks);
}
extern "C" __global__ void bitgate_ggml_pack_mmq_d4(const std::uint8_t* codes, const std::uint32_t* scales,
                                                    std::uint8_t* packed, std::int64_t rows, std::int64_t cols,
                                                    std::int64_t blocks, std::int64_t code_pitch,
                                                    std::int64_t scale_pitch, std::int64_t chunks) {
  pack_mmq(codes, MmqD4{scales}, packed, {rows, cols, blocks, code_pitch, scale_pitch}, chunks);
}
extern "C" __global__ void bitgate_ggml_pack_mmq_ds4(const std::uint8_t* codes, const std::uint16_t* scales,
                                                     const std::uint16_t* sums, std::uint8_t* packed, std::int64_t rows,
                                                     std::int64_t cols, std::int64_t blocks, std::int64_t code_pitch,
                                                     std::int64_t scale_pitch, std::int64_t chunks) {
  pack_mmq(codes, MmqDs4{scales, sums}, packed, {rows, cols, blocks, code_pitch, scale_pitch}, chunks);
}
extern "C" __global__ void bitgate_ggml_pack_mmq_d2s6(const std::uint8_t* codes, const std::uint16_t* scales,
                                                      const std::uint16_t* sums, std::uint8_t* packed,
                                                      std::int64_t rows, std::int64_t cols, std::int64_t blocks,
                                                      std::int64_t code_pitch, std::int64_t scale_pitch,
                                                      std::int64_t chunks) {
  pack_mmq(codes, MmqD2s6{scales, sums}, packed, {rows, cols, blocks, code_pitch, scale_pitch}, chunks);
}
