#include "bitgate/device/kernels/te_random.cuh"

using namespace bitgate::device;

namespace {

template <StochasticRule kRule, class Words, class T>
__device__ __forceinline__ void rows(const Words& words, const T* input, const float* amax, std::uint8_t* codes,
                                     std::uint8_t* scales, std::int64_t cols, std::int64_t chunks) {
  Stochastic<kRule, Words, false> quantizer(words);
  quantize_rows_16(quantizer, input, amax, codes, scales, cols, chunks);
}

}  // namespace

extern "C" __global__ void bitgate_te_random_soft_given_fp32(const float* input, const float* amax, const uint4* words,
                                                             std::uint8_t* codes, std::uint8_t* scales,
                                                             std::int64_t cols, std::int64_t chunks) {
  const GivenWords given{words, cols / 16};
  rows<StochasticRule::kSoftware>(given, input, amax, codes, scales, cols, chunks);
}
extern "C" __global__ void bitgate_te_random_soft_drawn_fp32(const float* input, const float* amax, std::uint8_t* codes,
                                                             std::uint8_t* scales, std::int64_t cols,
                                                             std::int64_t chunks, std::int64_t seed,
                                                             std::int64_t offset, std::int64_t order) {
  const DrawnWords<false> drawn = drawn_words<false>(static_cast<TeDrawOrder>(order), seed, offset, cols);
  rows<StochasticRule::kSoftware>(drawn, input, amax, codes, scales, cols, chunks);
}
extern "C" __global__ void bitgate_te_random_hw_given_fp32(const float* input, const float* amax, const uint4* words,
                                                           std::uint8_t* codes, std::uint8_t* scales, std::int64_t cols,
                                                           std::int64_t chunks) {
  const GivenWords given{words, cols / 16};
  rows<StochasticRule::kHardware>(given, input, amax, codes, scales, cols, chunks);
}
extern "C" __global__ void bitgate_te_random_hw_drawn_fp32(const float* input, const float* amax, std::uint8_t* codes,
                                                           std::uint8_t* scales, std::int64_t cols, std::int64_t chunks,
                                                           std::int64_t seed, std::int64_t offset, std::int64_t order) {
  const DrawnWords<false> drawn = drawn_words<false>(static_cast<TeDrawOrder>(order), seed, offset, cols);
  rows<StochasticRule::kHardware>(drawn, input, amax, codes, scales, cols, chunks);
}
extern "C" __global__ void bitgate_te_random_soft_given_bf16(const Bf16Bits* input, const float* amax,
                                                             const uint4* words, std::uint8_t* codes,
                                                             std::uint8_t* scales, std::int64_t cols,
                                                             std::int64_t chunks) {
  const GivenWords given{words, cols / 16};
  rows<StochasticRule::kSoftware>(given, input, amax, codes, scales, cols, chunks);
}
extern "C" __global__ void bitgate_te_random_soft_drawn_bf16(const Bf16Bits* input, const float* amax,
                                                             std::uint8_t* codes, std::uint8_t* scales,
                                                             std::int64_t cols, std::int64_t chunks, std::int64_t seed,
                                                             std::int64_t offset, std::int64_t order) {
  const DrawnWords<false> drawn = drawn_words<false>(static_cast<TeDrawOrder>(order), seed, offset, cols);
  rows<StochasticRule::kSoftware>(drawn, input, amax, codes, scales, cols, chunks);
}
extern "C" __global__ void bitgate_te_random_hw_given_bf16(const Bf16Bits* input, const float* amax, const uint4* words,
                                                           std::uint8_t* codes, std::uint8_t* scales, std::int64_t cols,
                                                           std::int64_t chunks) {
  const GivenWords given{words, cols / 16};
  rows<StochasticRule::kHardware>(given, input, amax, codes, scales, cols, chunks);
}
extern "C" __global__ void bitgate_te_random_hw_drawn_bf16(const Bf16Bits* input, const float* amax,
                                                           std::uint8_t* codes, std::uint8_t* scales, std::int64_t cols,
                                                           std::int64_t chunks, std::int64_t seed, std::int64_t offset,
                                                           std::int64_t order) {
  const DrawnWords<false> drawn = drawn_words<false>(static_cast<TeDrawOrder>(order), seed, offset, cols);
  rows<StochasticRule::kHardware>(drawn, input, amax, codes, scales, cols, chunks);
}
extern "C" __global__ void bitgate_te_random_soft_given_f16(const Fp16Bits* input, const float* amax,
                                                            const uint4* words, std::uint8_t* codes,
                                                            std::uint8_t* scales, std::int64_t cols,
                                                            std::int64_t chunks) {
  const GivenWords given{words, cols / 16};
  rows<StochasticRule::kSoftware>(given, input, amax, codes, scales, cols, chunks);
}
extern "C" __global__ void bitgate_te_random_soft_drawn_f16(const Fp16Bits* input, const float* amax,
                                                            std::uint8_t* codes, std::uint8_t* scales,
                                                            std::int64_t cols, std::int64_t chunks, std::int64_t seed,
                                                            std::int64_t offset, std::int64_t order) {
  const DrawnWords<false> drawn = drawn_words<false>(static_cast<TeDrawOrder>(order), seed, offset, cols);
  rows<StochasticRule::kSoftware>(drawn, input, amax, codes, scales, cols, chunks);
}
extern "C" __global__ void bitgate_te_random_hw_given_f16(const Fp16Bits* input, const float* amax, const uint4* words,
                                                          std::uint8_t* codes, std::uint8_t* scales, std::int64_t cols,
                                                          std::int64_t chunks) {
  const GivenWords given{words, cols / 16};
  rows<StochasticRule::kHardware>(given, input, amax, codes, scales, cols, chunks);
}
extern "C" __global__ void bitgate_te_random_hw_drawn_f16(const Fp16Bits* input, const float* amax, std::uint8_t* codes,
                                                          std::uint8_t* scales, std::int64_t cols, std::int64_t chunks,
                                                          std::int64_t seed, std::int64_t offset, std::int64_t order) {
  const DrawnWords<false> drawn = drawn_words<false>(static_cast<TeDrawOrder>(order), seed, offset, cols);
  rows<StochasticRule::kHardware>(drawn, input, amax, codes, scales, cols, chunks);
}
