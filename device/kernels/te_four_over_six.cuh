// TransformerEngine's NVFP4 "4 over 6": each block is coded twice, its amax mapped to 4 and to 6, and the smaller error
// wins; a tie, and an error that is NaN, leave the 6.
//
// NVIDIA/TransformerEngine, commit d0067d0d, transformer_engine/common/cast/nvfp4/quantize_4over6_nvfp4.cuh: binary32,
// no flushing, correctly rounded division. An error is summed serially over 16 elements; in a square the 16 sums of its
// lines meet by halves (8, 4, 2, 1).
//
// What a code stands for depends on its magnitude, the scale and the global number alone, so a block has two tables of
// eight numbers in shared memory, one a candidate. A thread's lookup is one address and one load: words of different
// threads lie on different banks, and the two squares of a warp share 32 words. The sign of an element is that of its
// code, so that the difference is |x| against the table, whatever the sign.
#pragma once

#include "bitgate/device/kernels/te_block16.cuh"
#include "bitgate/device/kernels/te_four_over_six_codes.cuh"

namespace bitgate::device {

enum class BlockError { kAbsolute, kSquared };
enum class ErrorMath {
  kExact,  // the decoded value against x
  kFast,   // code times scale against x times the encode scale
};

// How a block's elements are coded under one scale.
struct ScaleCandidate {
  float scale;       // the E4M3 scale, with the sign of the multiplier: what a magnitude's code stands for has its sign
  float multiplier;  // of magnitudes: not negative
  bool minus;        // the multiplier is negative: that of an amax that is, given by a caller
};

template <BlockError kError, ErrorMath kMath, bool kSquare>
class FourOverSix {
 public:
  static constexpr bool kAmaxOfRow = true;

  // `scale_max`: 448 or 256.
  __device__ __forceinline__ explicit FourOverSix(std::int64_t scale_max)
      : target_(scale_max == 448 ? 2688.0f : 1536.0f), one_over_target_(rcp_rn(target_)) {
    __shared__ float tables[kSquare ? kThreads16 : 2 * 8 * kThreads16];
    const std::uint32_t start = static_cast<std::uint32_t>(__cvta_generic_to_shared(tables));
    const std::uint32_t warp = threadIdx.x / kWarpLanes;
    // A square's word: candidate, magnitude, square of the warp. A thread's: candidate, magnitude, thread.
    entry_ = kSquare ? start + warp * 128 + threadIdx.x / 16 % 2 * 4 : start + threadIdx.x * 4;
  }

  // amax 0 and infinity give encode scale 1; NaN and amax below about 7.9e-36 give the largest float.
  __device__ __forceinline__ void start(float amax) {
    amax_ = amax;
    const float ratio = min_number(div_rn(target_, amax), float_of(kLargestFloat));
    encode_scale_ = amax == 0.0f || ratio == 0.0f ? 1.0f : ratio;
    decode_scale_ = rcp_rn(encode_scale_);
    is_plain_ = kMath == ErrorMath::kFast || (amax >= 0x1p-60f && amax <= 0x1p60f);
  }

  __device__ __forceinline__ CodedBlock operator()(const float (&x)[16], const BlockPlace&) const {
    const float amax_or_nan = amax_or_nan_16(x);
    const bool has_nan = !(amax_or_nan == amax_or_nan);
    float block_amax = has_nan ? amax_16(x) : amax_or_nan;
    if constexpr (kSquare) block_amax = amax_of_square(block_amax);
    const float sixth = div_rn(block_amax, 6.0f);
    const float base = mul_rn(sixth, encode_scale_);
    // 448 also where scales are meant to stay below 256; a NaN, of 0 times an infinite scale, becomes 448 too.
    const float bounded_four = min_number(mul_rn(base, 1.5f), 448.0f);
    const float bounded_six = min_number(base, 448.0f);
    const std::uint16_t scale_codes = e4m3_pair_rn(bounded_four, bounded_six);
    const std::uint32_t scales = widen_e4m3_pair(scale_codes);
    const ScaleCandidate four = candidate(widen_fp16(static_cast<std::uint16_t>(scales)));
    const ScaleCandidate six = candidate(widen_fp16(static_cast<std::uint16_t>(scales >> 16)));
    fill_tables(four, six);
    // No product with a multiplier is larger than that of the amax.
    const bool within =
        !has_nan && mul_rn(block_amax, four.multiplier) < kFourLimit && mul_rn(block_amax, six.multiplier) < kSixLimit;
    // A vote keeps a warp on one path. The lanes of squares must not part, since they meet in shuffles.
    if (__all_sync(kSquare ? kAllLanes : __activemask(), within)) return better_of<true>(x, four, six, scale_codes);
    return better_of<false>(x, four, six, scale_codes);
  }

 private:
  static constexpr int kShift = kSquare ? 3 : 10;  // log2 of the bytes between a table's entries
  static constexpr int kSecondTable = 8 << kShift;
  static_assert(kSquare || 4 * kThreads16 == 1 << kShift);

  __device__ __forceinline__ ScaleCandidate candidate(float scale) const {
    const float product = mul_rn(scale, decode_scale_);
    const float multiplier = min_number(rcp_rn(product), float_of(kLargestFloat));
    const std::uint32_t sign = bits_of(multiplier) & 0x80000000u;
    return {float_of(bits_of(scale) ^ sign), magnitude(multiplier), sign != 0};
  }

  // What `value`, an E2M1 magnitude, stands for. Code times scale is exact, also in binary16, which has the producer's
  // fast form of it.
  __device__ __forceinline__ float decoded(float value, float scale) const {
    const float product = mul_rn(value, scale);
    if constexpr (kMath == ErrorMath::kFast) return product;
    return div_rn(mul_rn(product, amax_), target_);
  }

  // The same where all products and the quotient are normal numbers (or 0): the remainder corrects the quotient by a
  // rounded reciprocal to the nearest number, for both targets and every significand.
  __device__ __forceinline__ float decoded_plain(float product) const {
    if constexpr (kMath == ErrorMath::kFast) return product;
    const float dividend = mul_rn(product, amax_);
    const float quotient = mul_rn(dividend, one_over_target_);
    const float remainder = fma_rn(-target_, quotient, dividend);
    return fma_rn(remainder, one_over_target_, quotient);
  }

  __device__ __forceinline__ void put(int table, int code, float value) const {
    store_shared(entry_ + table * kSecondTable + (code << kShift), value);
  }

  __device__ __forceinline__ void fill_tables(const ScaleCandidate& four, const ScaleCandidate& six) const {
    if constexpr (kSquare) {
      fill_square(four, six);
    } else {
      fill_own(0, four.scale);
      fill_own(1, six.scale);
    }
  }

  __device__ __forceinline__ void fill_own(int table, float scale) const {
    if (is_plain_) {
      // Doubling is exact: two numbers give them all.
      const float one = decoded_plain(scale), three_halves = decoded_plain(mul_rn(1.5f, scale));
      put(table, 0, 0.0f);
      put(table, 1, mul_rn(one, 0.5f));
      put(table, 2, one);
      put(table, 3, three_halves);
      put(table, 4, mul_rn(one, 2.0f));
      put(table, 5, mul_rn(three_halves, 2.0f));
      put(table, 6, mul_rn(one, 4.0f));
      put(table, 7, mul_rn(three_halves, 4.0f));
      return;
    }
#pragma unroll 1
    for (int code = 0; code < 8; ++code) put(table, code, decoded(e2m1_value(code), scale));
  }

  // The lane's number is its entry: candidate, magnitude, square of the warp.
  __device__ __forceinline__ void fill_square(const ScaleCandidate& four, const ScaleCandidate& six) const {
    const int lane = static_cast<int>(threadIdx.x) % kWarpLanes;
    const int of_square = lane % 2 * 16;
    const float four_scale = __shfl_sync(kAllLanes, four.scale, of_square);
    const float six_scale = __shfl_sync(kAllLanes, six.scale, of_square);
    const float value = decoded(e2m1_value(lane / 2 % 8), lane < 16 ? four_scale : six_scale);
    store_shared(entry_ - threadIdx.x / 16 % 2 * 4 + lane * 4, value);
    __syncwarp();
  }

  // E2M1 is binary32 with a bias smaller by 126: exact.
  static __device__ __forceinline__ float e2m1_value(int code) {
    return mul_rn(float_of(static_cast<std::uint32_t>(code) << 22), 0x1p126f);
  }

  static __device__ __forceinline__ float added(float sum, float difference) {
    return add_rn(sum, kError == BlockError::kSquared ? mul_rn(difference, difference) : absolute(difference));
  }

  template <bool kWithin>
  __device__ __forceinline__ CodedBlock better_of(const float (&x)[16], const ScaleCandidate& four,
                                                  const ScaleCandidate& six, std::uint16_t scale_codes) const {
    const std::uint32_t table = entry_ - (kWholeMagicBits << kShift);
    std::uint32_t signs[2] = {signs_of_8(x), signs_of_8(x + 8)};
    asm volatile("" : "+r"(signs[0]), "+r"(signs[1]));  // now, while x is in registers
    float error_four = 0.0f, error_six = 0.0f;
    std::uint32_t codes_four[2] = {0, 0}, codes_six[2] = {0, 0};
#pragma unroll
    for (int k = 0; k < 16; ++k) {
      const float size = absolute(x[k]);
      const float wanted = kMath == ErrorMath::kFast ? mul_rn(size, encode_scale_) : size;
      const std::uint32_t four_code = four_magnitude<kWithin>(mul_rn(size, four.multiplier));
      const std::uint32_t six_code = six_magnitude<kWithin>(mul_rn(size, six.multiplier));
      const float four_value = load_shared<0>(table + (four_code << kShift));
      const float six_value = load_shared<kSecondTable>(table + (six_code << kShift));
      error_four = added(error_four, add_rn(four_value, -wanted));
      error_six = added(error_six, add_rn(six_value, -wanted));
      codes_four[k / 8] += (four_code - kWholeMagicBits) << (4 * (k % 8));
      codes_six[k / 8] += (six_code - kWholeMagicBits) << (4 * (k % 8));
    }
    if constexpr (kSquare) {
      error_four = sum_of_lines(error_four);
      error_six = sum_of_lines(error_six);
    }
    const bool is_four = error_four < error_six;
    const ScaleCandidate best = is_four ? four : six;
    const std::uint32_t flip = best.minus ? 0x88888888u : 0u;
    signs[0] ^= flip;
    signs[1] ^= flip;
    if (!(error_six == error_six) || best.multiplier > float_of(kLargestFloat)) {
      signs[0] &= numbers_of_8(x, best.multiplier);
      signs[1] &= numbers_of_8(x + 8, best.multiplier);
    }
    const std::uint32_t low = is_four ? codes_four[0] : codes_six[0];
    const std::uint32_t high = is_four ? codes_four[1] : codes_six[1];
    return {low | signs[0], high | signs[1], (is_four ? scale_codes : scale_codes >> 8) & 0xFFu};
  }

  static __device__ __forceinline__ float sum_of_lines(float sum) {
#pragma unroll
    for (int mask = 8; mask > 0; mask /= 2) sum = add_rn(sum, from_lane_xor(sum, mask));
    return sum;
  }

  float target_, one_over_target_;
  float amax_ = 0.0f, encode_scale_ = 1.0f, decode_scale_ = 1.0f;
  bool is_plain_ = false;
  std::uint32_t entry_;
};

}  // namespace bitgate::device
