// What one call of ggml's MMVQ does to a thread's partial sum, one struct a type of weights: `after` is given a block
// of weights, the blocks of Q8_1 under it, the number of the call in the block and the partial sum. Codes are
// multiplied four at a time (dp4a), in words: word w of a block of Q8_1 holds its codes 4w .. 4w + 3. Source:
// ggml-org/llama.cpp 027ef876, ggml/src/ggml-cuda/vecdotq.cuh; which products and sums are one FFMA: the machine code
// that nvcc 13.0 makes of it with -use_fast_math.
#pragma once

#include "bitgate/device/kernels/ggml_mmvq.h"
#include "bitgate/device/kernels/machine.cuh"

namespace bitgate::device {

// Four int8 products onto a sum of int32.
__device__ __forceinline__ std::int32_t dp4a(std::uint32_t a, std::uint32_t b, std::int32_t sum) {
  std::int32_t result;
  asm("dp4a.s32.s32 %0, %1, %2, %3;" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
  return result;
}
// Of two FP16 in a word each, rounded to FP16: subnormals kept, overflow gives infinity.
__device__ __forceinline__ std::uint32_t mul_rn_f16x2(std::uint32_t a, std::uint32_t b) {
  std::uint32_t result;
  asm("mul.rn.f16x2 %0, %1, %2;" : "=r"(result) : "r"(a), "r"(b));
  return result;
}
// Exact: no sum here has more than 24 bits.
__device__ __forceinline__ float whole(std::int32_t number) { return __int2float_rn(number); }

// 32 bits from an address that is a multiple of `align` bytes.
template <int align>
__device__ __forceinline__ std::uint32_t word_from(const std::uint8_t* at) {
  if constexpr (align == 4) return *reinterpret_cast<const std::uint32_t*>(at);
  if constexpr (align == 2) {
    const auto* const halves = reinterpret_cast<const std::uint16_t*>(at);
    return halves[0] | std::uint32_t{halves[1]} << 16;
  }
  return at[0] | std::uint32_t{at[1]} << 8 | std::uint32_t{at[2]} << 16 | std::uint32_t{at[3]} << 24;
}
__device__ __forceinline__ std::uint16_t half_from(const std::uint8_t* at) {
  return *reinterpret_cast<const std::uint16_t*>(at);
}

// Block `i` of Q8_1: half d, half s, 32 codes.
struct Q8_1 {
  const std::uint8_t* bytes;
  __device__ __forceinline__ Q8_1(const std::uint8_t* first, int i) : bytes(first + i * kQ8_1Bytes) {}
  __device__ __forceinline__ std::uint32_t d_and_s() const { return word_from<4>(bytes); }
  __device__ __forceinline__ float d() const { return widen_fp16(half_from(bytes)); }
  __device__ __forceinline__ float s() const { return widen_fp16(half_from(bytes + 2)); }
  __device__ __forceinline__ std::uint32_t word(int w) const { return word_from<4>(bytes + 4 + 4 * w); }
};

__device__ __forceinline__ std::uint32_t low_nibbles(std::uint32_t word) { return word & 0x0F0F0F0Fu; }
__device__ __forceinline__ std::uint32_t high_nibbles(std::uint32_t word) { return word >> 4 & 0x0F0F0F0Fu; }

// Bits 0 .. 3 to bit 4 of a byte each.
__device__ __forceinline__ std::uint32_t fifth_bits(std::uint32_t bits) {
  return (bits & 1u) << 4 | (bits & 2u) << 11 | (bits & 4u) << 18 | (bits & 8u) << 25;
}

// Twice the number of each E2M1 code, one in the low nibble of each byte.
__device__ __forceinline__ std::uint32_t twice_e2m1(std::uint32_t codes) {
  const std::uint32_t sizes = codes & 0x07070707u;
  const std::uint32_t order = (sizes & 0xFu) | (sizes >> 4 & 0xF0u) | (sizes >> 8 & 0xF00u) | (sizes >> 12 & 0xF000u);
  const std::uint32_t numbers = __byte_perm(0x03020100u, 0x0C080604u, order);
  const std::uint32_t minus = (codes >> 3 & 0x01010101u) * 0xFFu;
  return __vsub4(numbers ^ minus, minus);
}

// Sum of the 16 products of words w and w + 1 of a block of nibbles, the high ones of values 16 further on.
template <int align, bool fifth>
__device__ __forceinline__ std::int32_t nibble_sum(const std::uint8_t* nibbles, std::uint32_t upper, const Q8_1& q8,
                                                   int first) {
  std::int32_t sum = 0;
#pragma unroll
  for (int w = first; w < first + 2; ++w) {
    const std::uint32_t word = word_from<align>(nibbles + 4 * w);
    std::uint32_t low = low_nibbles(word), high = high_nibbles(word);
    if constexpr (fifth) {
      low |= fifth_bits(upper >> 4 * w);
      high |= fifth_bits(upper >> (16 + 4 * w));
    }
    sum = dp4a(low, q8.word(w), sum);
    sum = dp4a(high, q8.word(w + 4), sum);
  }
  return sum;
}

// d (d8 sum - zero s8): the zero point comes out of the sum of the activations, a part of it in each call.
__device__ __forceinline__ float after_zero_point(std::uint16_t d, const Q8_1& q8, std::int32_t sum, float minus_zero,
                                                  float partial) {
  const float zero = mul_rn_ftz(q8.s(), minus_zero);
  const float inner = fma_rn_ftz(q8.d(), whole(sum), zero);
  return fma_rn_ftz(widen_fp16(d), inner, partial);
}

// d d8 sum + m s8 / 2, with d d8 and m s8 in FP16: two calls share a minimum.
__device__ __forceinline__ float after_minimum(std::uint32_t d_and_m, const Q8_1& q8, std::int32_t sum, float partial) {
  const std::uint32_t products = mul_rn_f16x2(d_and_m, q8.d_and_s());
  const float scale = widen_fp16(static_cast<std::uint16_t>(products));
  const float minimum = mul_rn_ftz(widen_fp16(static_cast<std::uint16_t>(products >> 16)), 0.5f);
  return add_rn_ftz(fma_rn_ftz(whole(sum), scale, minimum), partial);
}

struct MmvqQ4_0 {
  static constexpr MmvqShape kShape = kMmvqQ4_0;
  static __device__ __forceinline__ float after(const std::uint8_t* block, const std::uint8_t* activations, int call,
                                                float partial) {
    const Q8_1 q8(activations, 0);
    const std::int32_t sum = nibble_sum<2, false>(block + 2, 0, q8, 2 * call);
    return after_zero_point(half_from(block), q8, sum, -4.0f, partial);
  }
};

struct MmvqQ5_0 {
  static constexpr MmvqShape kShape = kMmvqQ5_0;
  static __device__ __forceinline__ float after(const std::uint8_t* block, const std::uint8_t* activations, int call,
                                                float partial) {
    const Q8_1 q8(activations, 0);
    const std::int32_t sum = nibble_sum<2, true>(block + 6, word_from<2>(block + 2), q8, 2 * call);
    return after_zero_point(half_from(block), q8, sum, -8.0f, partial);
  }
};

struct MmvqQ4_1 {
  static constexpr MmvqShape kShape = kMmvqQ4_1;
  static __device__ __forceinline__ float after(const std::uint8_t* block, const std::uint8_t* activations, int call,
                                                float partial) {
    const Q8_1 q8(activations, 0);
    return after_minimum(word_from<4>(block), q8, nibble_sum<4, false>(block + 4, 0, q8, 2 * call), partial);
  }
};

struct MmvqQ5_1 {
  static constexpr MmvqShape kShape = kMmvqQ5_1;
  static __device__ __forceinline__ float after(const std::uint8_t* block, const std::uint8_t* activations, int call,
                                                float partial) {
    const Q8_1 q8(activations, 0);
    const std::int32_t sum = nibble_sum<4, true>(block + 8, word_from<4>(block + 4), q8, 2 * call);
    return after_minimum(word_from<4>(block), q8, sum, partial);
  }
};

struct MmvqQ8_0 {
  static constexpr MmvqShape kShape = kMmvqQ8_0;
  static __device__ __forceinline__ float after(const std::uint8_t* block, const std::uint8_t* activations, int call,
                                                float partial) {
    const Q8_1 q8(activations, 0);
    const std::int32_t first = dp4a(word_from<2>(block + 2 + 8 * call), q8.word(2 * call), 0);
    const std::int32_t sum = dp4a(word_from<2>(block + 6 + 8 * call), q8.word(2 * call + 1), first);
    return fma_rn_ftz(mul_rn_ftz(widen_fp16(half_from(block)), q8.d()), whole(sum), partial);
  }
};

struct MmvqMxfp4 {
  static constexpr MmvqShape kShape = kMmvqMxfp4;
  // 2^(code - 127); 0 is subnormal and counts as zero, 255 is NaN.
  static __device__ __forceinline__ float scale_of(std::uint32_t code) {
    return float_of(code == 0 ? 0x00400000u : code == 255 ? 0x7FFFFFFFu : code << 23);
  }
  static __device__ __forceinline__ float after(const std::uint8_t* block, const std::uint8_t* activations, int call,
                                                float partial) {
    const Q8_1 q8(activations, 0);
    std::int32_t sum = 0;
#pragma unroll
    for (int w = 2 * call; w < 2 * call + 2; ++w) {
      const std::uint32_t word = word_from<1>(block + 1 + 4 * w);
      sum = dp4a(twice_e2m1(low_nibbles(word)), q8.word(w), sum);
      sum = dp4a(twice_e2m1(high_nibbles(word)), q8.word(w + 4), sum);
    }
    const float scale = mul_rn_ftz(mul_rn_ftz(scale_of(block[0]), 0.5f), q8.d());
    return fma_rn_ftz(scale, whole(sum), partial);
  }
};

struct MmvqNvfp4 {
  static constexpr MmvqShape kShape = kMmvqNvfp4;
  // Half the number of an E4M3 code, of a NaN 0.
  static __device__ __forceinline__ float half_scale(std::uint32_t code) {
    const std::uint32_t size = code & 0x7Fu, sign = (code & 0x80u) << 24;
    if (size == 0x7Fu) return 0.0f;
    if (size < 8u) return float_of(bits_of(mul_rn_ftz(whole(static_cast<std::int32_t>(size)), 0x1p-10f)) | sign);
    return float_of(((size >> 3) + 119u) << 23 | (size & 7u) << 20 | sign);
  }
  static __device__ __forceinline__ float after(const std::uint8_t* block, const std::uint8_t* activations, int call,
                                                float partial) {
    const Q8_1 q8(activations, call);
    float both = 0.0f;
#pragma unroll
    for (int part = 0; part < 2; ++part) {
      const std::uint8_t* const nibbles = block + 4 + 16 * call + 8 * part;
      std::int32_t sum = 0;
#pragma unroll
      for (int w = 0; w < 2; ++w) {
        const std::uint32_t word = word_from<4>(nibbles + 4 * w);
        sum = dp4a(twice_e2m1(low_nibbles(word)), q8.word(4 * part + w), sum);
        sum = dp4a(twice_e2m1(high_nibbles(word)), q8.word(4 * part + w + 2), sum);
      }
      both = fma_rn_ftz(mul_rn_ftz(half_scale(block[2 * call + part]), q8.d()), whole(sum), both);
    }
    return add_rn_ftz(both, partial);
  }
};

// Calls 4g .. 4g + 3 take blocks 2g and 2g + 1 of 32 values: word `call % 4` of each half of each.
struct MmvqQ4_K {
  static constexpr MmvqShape kShape = kMmvqQ4_K;
  // Bytes 0 .. 3 hold six bits of scales 0 .. 3 and two of scales 4 .. 7, bytes 4 .. 7 the same of minimums; 8 .. 11
  // four bits of scale and minimum 4 .. 7.
  static __device__ __forceinline__ std::int32_t packed(const std::uint8_t* bytes, int i, int kind) {
    if (i < 4) return bytes[i + 4 * kind] & 0x3F;
    return (bytes[i + 4] >> 4 * kind & 0xF) | (bytes[i - 4 + 4 * kind] >> 6) << 4;
  }
  static __device__ __forceinline__ float after(const std::uint8_t* block, const std::uint8_t* activations, int call,
                                                float partial) {
    const int group = call / 4, word = call % 4;
    const std::uint8_t* const nibbles = block + 16 + 32 * group + 4 * word;
    const std::uint32_t weights[2] = {word_from<4>(nibbles), word_from<4>(nibbles + 16)};
    float scaled = 0.0f, minimums = 0.0f;
#pragma unroll
    for (int i = 0; i < 2; ++i) {
      const int at = 2 * group + i;
      const Q8_1 q8(activations, at);
      const std::uint32_t codes[2] = {q8.word(word), q8.word(word + 4)};
      std::int32_t sum = dp4a(low_nibbles(weights[0] >> 4 * i), codes[0], 0);
      sum = dp4a(low_nibbles(weights[1] >> 4 * i), codes[1], sum);
      const std::int32_t ones = dp4a(0x01010101u, codes[1], dp4a(0x01010101u, codes[0], 0));
      scaled = fma_rn_ftz(q8.d(), whole(sum * packed(block + 4, at, 0)), scaled);
      minimums = fma_rn_ftz(q8.d(), whole(ones * packed(block + 4, at, 1)), minimums);
    }
    const float taken = mul_rn_ftz(minimums, widen_fp16(half_from(block + 2)));
    return add_rn_ftz(fma_rn_ftz(widen_fp16(half_from(block)), scaled, -taken), partial);
  }
};

// Calls 16h .. 16h + 15 take half h of the values: four of its first 64, and the four 64 further on.
struct MmvqQ6_K {
  static constexpr MmvqShape kShape = kMmvqQ6_K;
  static __device__ __forceinline__ float after(const std::uint8_t* block, const std::uint8_t* activations, int call,
                                                float partial) {
    const int half = call / 16, in_half = call % 16;
    const std::uint32_t low = word_from<2>(block + 4 * call);
    const std::uint32_t upper = word_from<2>(block + 128 + 32 * half + 4 * (call % 8)) >> 2 * (in_half / 8);
    float scaled = 0.0f;
#pragma unroll
    for (int i = 0; i < 2; ++i) {
      const std::uint32_t codes = low_nibbles(low >> 4 * i) | (upper >> 4 * i & 0x03030303u) << 4;
      const Q8_1 q8(activations, 4 * half + in_half / 8 + 2 * i);
      const std::int32_t sum = dp4a(__vsub4(codes, 0x20202020u), q8.word(call % 8), 0);
      const std::int32_t scale = static_cast<std::int8_t>(block[192 + 8 * half + in_half / 4 + 4 * i]);
      scaled = fma_rn_ftz(q8.d(), whole(sum * scale), scaled);
    }
    return fma_rn_ftz(widen_fp16(half_from(block + 208)), scaled, partial);
  }
};

}  // namespace bitgate::device
