#include "bitgate/device/kernels/te_rht.cuh"

using namespace bitgate::device;

extern "C" __global__ void __launch_bounds__(kTileThreads, 4)
    bitgate_te_rht_columns_bf16(const Bf16Bits* input, const float* amax_columnwise, std::uint8_t* codes_columnwise,
                                std::uint8_t* scales_columnwise, std::int64_t rows, std::int64_t cols,
                                std::int64_t tiles) {
  te_rht<Nvfp4Rule, kHadamardSigns, Sides::kColumns>(input, {}, {amax_columnwise, codes_columnwise, scales_columnwise},
                                                     rows, cols, tiles);
}
extern "C" __global__ void __launch_bounds__(kTileThreads, 4)
    bitgate_te_rht_both_bf16(const Bf16Bits* input, const float* amax, std::uint8_t* codes, std::uint8_t* scales,
                             const float* amax_columnwise, std::uint8_t* codes_columnwise,
                             std::uint8_t* scales_columnwise, std::int64_t rows, std::int64_t cols,
                             std::int64_t tiles) {
  te_rht<Nvfp4Rule, kHadamardSigns, Sides::kBoth>(
      input, {amax, codes, scales}, {amax_columnwise, codes_columnwise, scales_columnwise}, rows, cols, tiles);
}
extern "C" __global__ void __launch_bounds__(kTileThreads, 4)
    bitgate_te_rht_nosign_columns_bf16(const Bf16Bits* input, const float* amax_columnwise,
                                       std::uint8_t* codes_columnwise, std::uint8_t* scales_columnwise,
                                       std::int64_t rows, std::int64_t cols, std::int64_t tiles) {
  te_rht<Nvfp4Rule, kNoSigns, Sides::kColumns>(input, {}, {amax_columnwise, codes_columnwise, scales_columnwise}, rows,
                                               cols, tiles);
}
extern "C" __global__ void __launch_bounds__(kTileThreads, 4)
    bitgate_te_rht_nosign_both_bf16(const Bf16Bits* input, const float* amax, std::uint8_t* codes, std::uint8_t* scales,
                                    const float* amax_columnwise, std::uint8_t* codes_columnwise,
                                    std::uint8_t* scales_columnwise, std::int64_t rows, std::int64_t cols,
                                    std::int64_t tiles) {
  te_rht<Nvfp4Rule, kNoSigns, Sides::kBoth>(input, {amax, codes, scales},
                                            {amax_columnwise, codes_columnwise, scales_columnwise}, rows, cols, tiles);
}
extern "C" __global__ void __launch_bounds__(kTileThreads, 4)
    bitgate_te_rht_fused_columns_bf16(const Bf16Bits* input, const float* amax_columnwise,
                                      std::uint8_t* codes_columnwise, std::uint8_t* scales_columnwise,
                                      std::int64_t rows, std::int64_t cols, std::int64_t tiles) {
  te_rht<Nvfp4FusedRule, kHadamardSigns, Sides::kColumns>(
      input, {}, {amax_columnwise, codes_columnwise, scales_columnwise}, rows, cols, tiles);
}
extern "C" __global__ void __launch_bounds__(kTileThreads, 4)
    bitgate_te_rht_amax_columns_bf16(const Bf16Bits* input, float* amax_columnwise, std::int64_t rows,
                                     std::int64_t cols, std::int64_t across) {
  te_rht_amax<kHadamardSigns, Sides::kColumns>(input, nullptr, amax_columnwise, rows, cols, across);
}
extern "C" __global__ void __launch_bounds__(kTileThreads, 4)
    bitgate_te_rht_amax_both_bf16(const Bf16Bits* input, float* amax, float* amax_columnwise, std::int64_t rows,
                                  std::int64_t cols, std::int64_t across) {
  te_rht_amax<kHadamardSigns, Sides::kBoth>(input, amax, amax_columnwise, rows, cols, across);
}
extern "C" __global__ void __launch_bounds__(kTileThreads, 4)
    bitgate_te_rht_nosign_amax_columns_bf16(const Bf16Bits* input, float* amax_columnwise, std::int64_t rows,
                                            std::int64_t cols, std::int64_t across) {
  te_rht_amax<kNoSigns, Sides::kColumns>(input, nullptr, amax_columnwise, rows, cols, across);
}
extern "C" __global__ void __launch_bounds__(kTileThreads, 4)
    bitgate_te_rht_nosign_amax_both_bf16(const Bf16Bits* input, float* amax, float* amax_columnwise, std::int64_t rows,
                                         std::int64_t cols, std::int64_t across) {
  te_rht_amax<kNoSigns, Sides::kBoth>(input, amax, amax_columnwise, rows, cols, across);
}
