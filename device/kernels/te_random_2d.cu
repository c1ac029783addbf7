#include "bitgate/device/kernels/te_random.cuh"

using namespace bitgate::device;

namespace {

template <StochasticRule kRule, bool kColumnwise, class Words, class T>
__device__ __forceinline__ void squares(const Words& words, const T* input, const float* amax, std::uint8_t* codes,
                                        std::uint8_t* scales, std::int64_t rows, std::int64_t cols,
                                        std::int64_t strips_across) {
  Stochastic<kRule, Words, true> quantizer(words);
  quantize_squares_16<kColumnwise>(quantizer, input, amax, codes, scales, rows, cols, strips_across);
}

}  // namespace

extern "C" __global__ void bitgate_te_random_soft_given_2d_bf16(const Bf16Bits* input, const float* amax,
                                                                const uint4* words, std::uint8_t* codes,
                                                                std::uint8_t* scales, std::int64_t rows,
                                                                std::int64_t cols, std::int64_t strips_across) {
  const GivenWords given{words, cols / 16};
  squares<StochasticRule::kSoftware, false>(given, input, amax, codes, scales, rows, cols, strips_across);
}
extern "C" __global__ void bitgate_te_random_soft_drawn_2d_bf16(const Bf16Bits* input, const float* amax,
                                                                std::uint8_t* codes, std::uint8_t* scales,
                                                                std::int64_t rows, std::int64_t cols,
                                                                std::int64_t strips_across, std::int64_t seed,
                                                                std::int64_t offset) {
  const DrawnWords<false> drawn = drawn_words<false>(TeDrawOrder::kTwoD, seed, offset, cols);
  squares<StochasticRule::kSoftware, false>(drawn, input, amax, codes, scales, rows, cols, strips_across);
}
extern "C" __global__ void bitgate_te_random_hw_given_2d_bf16(const Bf16Bits* input, const float* amax,
                                                              const uint4* words, std::uint8_t* codes,
                                                              std::uint8_t* scales, std::int64_t rows,
                                                              std::int64_t cols, std::int64_t strips_across) {
  const GivenWords given{words, cols / 16};
  squares<StochasticRule::kHardware, false>(given, input, amax, codes, scales, rows, cols, strips_across);
}
extern "C" __global__ void bitgate_te_random_hw_drawn_2d_bf16(const Bf16Bits* input, const float* amax,
                                                              std::uint8_t* codes, std::uint8_t* scales,
                                                              std::int64_t rows, std::int64_t cols,
                                                              std::int64_t strips_across, std::int64_t seed,
                                                              std::int64_t offset) {
  const DrawnWords<false> drawn = drawn_words<false>(TeDrawOrder::kTwoD, seed, offset, cols);
  squares<StochasticRule::kHardware, false>(drawn, input, amax, codes, scales, rows, cols, strips_across);
}
extern "C" __global__ void bitgate_te_random_soft_given_2d_columnwise_bf16(const Bf16Bits* input, const float* amax,
                                                                           const uint4* words, std::uint8_t* codes,
                                                                           std::uint8_t* scales, std::int64_t rows,
                                                                           std::int64_t cols,
                                                                           std::int64_t strips_across) {
  const GivenWords given{words, rows / 16};
  squares<StochasticRule::kSoftware, true>(given, input, amax, codes, scales, rows, cols, strips_across);
}
extern "C" __global__ void bitgate_te_random_soft_drawn_2d_columnwise_bf16(const Bf16Bits* input, const float* amax,
                                                                           std::uint8_t* codes, std::uint8_t* scales,
                                                                           std::int64_t rows, std::int64_t cols,
                                                                           std::int64_t strips_across,
                                                                           std::int64_t seed, std::int64_t offset) {
  const DrawnWords<true> drawn = drawn_words<true>(TeDrawOrder::kTwoD, seed, offset, cols);
  squares<StochasticRule::kSoftware, true>(drawn, input, amax, codes, scales, rows, cols, strips_across);
}
extern "C" __global__ void bitgate_te_random_hw_given_2d_columnwise_bf16(const Bf16Bits* input, const float* amax,
                                                                         const uint4* words, std::uint8_t* codes,
                                                                         std::uint8_t* scales, std::int64_t rows,
                                                                         std::int64_t cols,
                                                                         std::int64_t strips_across) {
  const GivenWords given{words, rows / 16};
  squares<StochasticRule::kHardware, true>(given, input, amax, codes, scales, rows, cols, strips_across);
}
extern "C" __global__ void bitgate_te_random_hw_drawn_2d_columnwise_bf16(const Bf16Bits* input, const float* amax,
                                                                         std::uint8_t* codes, std::uint8_t* scales,
                                                                         std::int64_t rows, std::int64_t cols,
                                                                         std::int64_t strips_across, std::int64_t seed,
                                                                         std::int64_t offset) {
  const DrawnWords<true> drawn = drawn_words<true>(TeDrawOrder::kTwoD, seed, offset, cols);
  squares<StochasticRule::kHardware, true>(drawn, input, amax, codes, scales, rows, cols, strips_across);
}
