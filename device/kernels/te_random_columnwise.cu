#include "bitgate/device/kernels/te_random.cuh"

using namespace bitgate::device;

namespace {

template <StochasticRule kRule, class Words, class T>
__device__ __forceinline__ void columns(const Words& words, const T* input, const float* amax, std::uint8_t* codes,
                                        std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                        std::int64_t strips_across) {
  Stochastic<kRule, Words, false> quantizer(words);
  quantize_columns_16(quantizer, input, amax, codes, scales, rows, cols, strips_across);
}

}  // namespace

extern "C" __global__ void bitgate_te_random_soft_given_columnwise_fp32(const float* input, const float* amax,
                                                                        const uint4* words, std::uint8_t* codes,
                                                                        std::uint8_t* scales, std::int64_t rows,
                                                                        std::int64_t cols, std::int64_t strips_across) {
  const GivenWords given{words, rows / 16};
  columns<StochasticRule::kSoftware>(given, input, amax, codes, scales, rows, cols, strips_across);
}
extern "C" __global__ void bitgate_te_random_soft_drawn_columnwise_fp32(const float* input, const float* amax,
                                                                        std::uint8_t* codes, std::uint8_t* scales,
                                                                        std::int64_t rows, std::int64_t cols,
                                                                        std::int64_t strips_across, std::int64_t seed,
                                                                        std::int64_t offset, std::int64_t order) {
  const DrawnWords<true> drawn = drawn_words<true>(static_cast<TeDrawOrder>(order), seed, offset, cols);
  columns<StochasticRule::kSoftware>(drawn, input, amax, codes, scales, rows, cols, strips_across);
}
extern "C" __global__ void bitgate_te_random_hw_given_columnwise_fp32(const float* input, const float* amax,
                                                                      const uint4* words, std::uint8_t* codes,
                                                                      std::uint8_t* scales, std::int64_t rows,
                                                                      std::int64_t cols, std::int64_t strips_across) {
  const GivenWords given{words, rows / 16};
  columns<StochasticRule::kHardware>(given, input, amax, codes, scales, rows, cols, strips_across);
}
extern "C" __global__ void bitgate_te_random_hw_drawn_columnwise_fp32(const float* input, const float* amax,
                                                                      std::uint8_t* codes, std::uint8_t* scales,
                                                                      std::int64_t rows, std::int64_t cols,
                                                                      std::int64_t strips_across, std::int64_t seed,
                                                                      std::int64_t offset, std::int64_t order) {
  const DrawnWords<true> drawn = drawn_words<true>(static_cast<TeDrawOrder>(order), seed, offset, cols);
  columns<StochasticRule::kHardware>(drawn, input, amax, codes, scales, rows, cols, strips_across);
}
extern "C" __global__ void bitgate_te_random_soft_given_columnwise_bf16(const Bf16Bits* input, const float* amax,
                                                                        const uint4* words, std::uint8_t* codes,
                                                                        std::uint8_t* scales, std::int64_t rows,
                                                                        std::int64_t cols, std::int64_t strips_across) {
  const GivenWords given{words, rows / 16};
  columns<StochasticRule::kSoftware>(given, input, amax, codes, scales, rows, cols, strips_across);
}
extern "C" __global__ void bitgate_te_random_soft_drawn_columnwise_bf16(const Bf16Bits* input, const float* amax,
                                                                        std::uint8_t* codes, std::uint8_t* scales,
                                                                        std::int64_t rows, std::int64_t cols,
                                                                        std::int64_t strips_across, std::int64_t seed,
                                                                        std::int64_t offset, std::int64_t order) {
  const DrawnWords<true> drawn = drawn_words<true>(static_cast<TeDrawOrder>(order), seed, offset, cols);
  columns<StochasticRule::kSoftware>(drawn, input, amax, codes, scales, rows, cols, strips_across);
}
extern "C" __global__ void bitgate_te_random_hw_given_columnwise_bf16(const Bf16Bits* input, const float* amax,
                                                                      const uint4* words, std::uint8_t* codes,
                                                                      std::uint8_t* scales, std::int64_t rows,
                                                                      std::int64_t cols, std::int64_t strips_across) {
  const GivenWords given{words, rows / 16};
  columns<StochasticRule::kHardware>(given, input, amax, codes, scales, rows, cols, strips_across);
}
extern "C" __global__ void bitgate_te_random_hw_drawn_columnwise_bf16(const Bf16Bits* input, const float* amax,
                                                                      std::uint8_t* codes, std::uint8_t* scales,
                                                                      std::int64_t rows, std::int64_t cols,
                                                                      std::int64_t strips_across, std::int64_t seed,
                                                                      std::int64_t offset, std::int64_t order) {
  const DrawnWords<true> drawn = drawn_words<true>(static_cast<TeDrawOrder>(order), seed, offset, cols);
  columns<StochasticRule::kHardware>(drawn, input, amax, codes, scales, rows, cols, strips_across);
}
extern "C" __global__ void bitgate_te_random_soft_given_columnwise_f16(const Fp16Bits* input, const float* amax,
                                                                       const uint4* words, std::uint8_t* codes,
                                                                       std::uint8_t* scales, std::int64_t rows,
                                                                       std::int64_t cols, std::int64_t strips_across) {
  const GivenWords given{words, rows / 16};
  columns<StochasticRule::kSoftware>(given, input, amax, codes, scales, rows, cols, strips_across);
}
extern "C" __global__ void bitgate_te_random_soft_drawn_columnwise_f16(const Fp16Bits* input, const float* amax,
                                                                       std::uint8_t* codes, std::uint8_t* scales,
                                                                       std::int64_t rows, std::int64_t cols,
                                                                       std::int64_t strips_across, std::int64_t seed,
                                                                       std::int64_t offset, std::int64_t order) {
  const DrawnWords<true> drawn = drawn_words<true>(static_cast<TeDrawOrder>(order), seed, offset, cols);
  columns<StochasticRule::kSoftware>(drawn, input, amax, codes, scales, rows, cols, strips_across);
}
extern "C" __global__ void bitgate_te_random_hw_given_columnwise_f16(const Fp16Bits* input, const float* amax,
                                                                     const uint4* words, std::uint8_t* codes,
                                                                     std::uint8_t* scales, std::int64_t rows,
                                                                     std::int64_t cols, std::int64_t strips_across) {
  const GivenWords given{words, rows / 16};
  columns<StochasticRule::kHardware>(given, input, amax, codes, scales, rows, cols, strips_across);
}
extern "C" __global__ void bitgate_te_random_hw_drawn_columnwise_f16(const Fp16Bits* input, const float* amax,
                                                                     std::uint8_t* codes, std::uint8_t* scales,
                                                                     std::int64_t rows, std::int64_t cols,
                                                                     std::int64_t strips_across, std::int64_t seed,
                                                                     std::int64_t offset, std::int64_t order) {
  const DrawnWords<true> drawn = drawn_words<true>(static_cast<TeDrawOrder>(order), seed, offset, cols);
  columns<StochasticRule::kHardware>(drawn, input, amax, codes, scales, rows, cols, strips_across);
}
