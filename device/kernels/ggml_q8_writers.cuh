// Where the fields of ggml's INT8 blocks go: here to a buffer a field, in logical order. A writer says how many columns
// share a scale (kBlock), to how many a row is padded (kStructure) and which sum is wanted; its functions are called by
// the lane of each vector, by the first lane of each scale and by the first lane of each sum.
#pragma once

#include "bitgate/device/kernels/ggml_arithmetic.cuh"

namespace bitgate::device {

inline constexpr int kQ8Block = 32;

// Vector v of the `vectors` in row `row`, each of four columns; `cols` are those before padding.
struct Q8Place {
  std::int64_t row, v, vectors, cols;
  __device__ __forceinline__ std::int64_t index() const { return row * vectors + v; }
};

enum class Q8Sum {
  kNone,
  kByOnes,
  kByFours,
};

// Half the bits of a float, as a scale or a sum is stored.
struct AsFp16 {
  static __device__ __forceinline__ std::uint16_t bits(float x) { return fp16_rn(x); }
};
// Nearest bf16, ties to even, NaN 0x7FFF: in integers, for chips that convert to FP16 alone.
struct AsBf16 {
  static __device__ __forceinline__ std::uint16_t bits(float x) {
    const std::uint32_t whole = bits_of(x), odd = whole >> 16 & 1;
    const bool nan = (whole & 0x7FFFFFFFu) > 0x7F800000u;
    return static_cast<std::uint16_t>(nan ? 0x7FFFu : (whole + 0x7FFFu + odd) >> 16);
  }
};

// codes [rows, padded cols] bytes; scales and sums, one for 32 columns.
template <class Half, Q8Sum sum>
struct Q8Writer {
  static constexpr int kBlock = kQ8Block, kStructure = kQ8Block, kSumCols = kQ8Block;
  static constexpr Q8Sum kSum = sum;
  static constexpr int kLanes = kBlock / 4;
  std::uint8_t* codes_at;
  std::uint16_t* scales_at;
  std::uint16_t* sums_at;
  __device__ __forceinline__ void codes(const Q8Place& at, std::uint32_t packed) const {
    store_codes<32>(codes_at, at.index(), packed);
  }
  __device__ __forceinline__ void scale(const Q8Place& at, float decode) const {
    scales_at[at.index() / kLanes] = Half::bits(decode);
  }
  __device__ __forceinline__ void sums(const Q8Place& at, float sum_of_values) const {
    sums_at[at.index() / kLanes] = Half::bits(sum_of_values);
  }
};

// Float32 scales and no sum.
struct Q8D4Writer {
  static constexpr int kBlock = kQ8Block, kStructure = kQ8Block, kSumCols = kQ8Block;
  static constexpr Q8Sum kSum = Q8Sum::kNone;
  std::uint8_t* codes_at;
  float* scales_at;
  __device__ __forceinline__ void codes(const Q8Place& at, std::uint32_t packed) const {
    store_codes<32>(codes_at, at.index(), packed);
  }
  __device__ __forceinline__ void scale(const Q8Place& at, float decode) const {
    scales_at[at.index() / (kBlock / 4)] = decode;
  }
  __device__ __forceinline__ void sums(const Q8Place&, float) const {}
};

// A scale for 64 columns, sums of 16 for the first 96 of each 128. Rows of codes and scales are padded to 64 columns,
// those of sums to 128.
struct Q8D2s6Writer {
  static constexpr int kBlock = 64, kStructure = 128, kSumCols = 16;
  static constexpr Q8Sum kSum = Q8Sum::kByFours;
  static constexpr int kLanes = kBlock / 4, kSumLanes = kSumCols / 4, kStructureLanes = kStructure / 4;
  static constexpr int kSums = 6;
  std::uint8_t* codes_at;
  std::uint16_t* scales_at;
  std::uint16_t* sums_at;
  static __device__ __forceinline__ std::int64_t blocks(const Q8Place& at) { return (at.cols + kBlock - 1) / kBlock; }
  __device__ __forceinline__ void codes(const Q8Place& at, std::uint32_t packed) const {
    const std::int64_t pitch = blocks(at) * kLanes;
    if (at.v < pitch) store_codes<32>(codes_at, at.row * pitch + at.v, packed);
  }
  __device__ __forceinline__ void scale(const Q8Place& at, float decode) const {
    const std::int64_t block = at.v / kLanes;
    if (block < blocks(at)) scales_at[at.row * blocks(at) + block] = fp16_rn(decode);
  }
  __device__ __forceinline__ void sums(const Q8Place& at, float sum_of_values) const {
    const std::int64_t structure = at.index() / kStructureLanes, number = at.v % kStructureLanes / kSumLanes;
    if (number < kSums) sums_at[structure * kSums + number] = fp16_rn(sum_of_values);
  }
};

}  // namespace bitgate::device
