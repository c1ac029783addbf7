// Which vectors of which row this thread works on (see tile.h), and how a vector of input becomes floats.
#pragma once

#include "bitgate/device/kernels/machine.cuh"

namespace bitgate::device {

// 16-bit inputs travel as bit patterns; the type says which.
struct Bf16Bits {
  std::uint16_t bits;
};
struct Fp16Bits {
  std::uint16_t bits;
};

__device__ __forceinline__ float widen(float value) { return value; }
__device__ __forceinline__ float widen(Bf16Bits value) { return float_of(std::uint32_t{value.bits} << 16); }
__device__ __forceinline__ float widen(Fp16Bits value) { return widen_fp16(value.bits); }

template <class T>
inline constexpr int kPerVector = kVectorBytes / static_cast<int>(sizeof(T));

template <class T>
struct alignas(kVectorBytes) Vector {
  T values[kPerVector<T>];
};

// The first vector of this thread in its row; the next ones follow at a distance of blockDim.x.
struct RowTile {
  std::int64_t row, first;
};

template <int kVectors>
__device__ __forceinline__ RowTile row_tile(std::int64_t chunks) {
  const unsigned row = blockIdx.x / static_cast<unsigned>(chunks);
  const unsigned chunk = blockIdx.x - row * static_cast<unsigned>(chunks);
  return {row, std::int64_t{chunk} * (kVectors * blockDim.x) + threadIdx.x};
}

// Vector v of a row of `vectors`; +0 everywhere past its end, so that every lane can take part in shuffles.
template <class T>
__device__ __forceinline__ Vector<T> load_vector(const T* input, std::int64_t row, std::int64_t v,
                                                 std::int64_t vectors) {
  static_assert(sizeof(Vector<T>) == sizeof(uint4));
  uint4 raw{0, 0, 0, 0};
  if (v < vectors) raw = __ldg(reinterpret_cast<const uint4*>(input) + row * vectors + v);
  Vector<T> values;
  memcpy(&values, &raw, sizeof values);
  return values;
}

// The low kBits bits of `packed` in one store: vector v's codes, in a buffer of such units.
template <int kBits>
__device__ __forceinline__ void store_codes(std::uint8_t* codes, std::int64_t v, std::uint64_t packed) {
  static_assert(kBits == 16 || kBits == 32 || kBits == 64);
  if constexpr (kBits == 16)
    reinterpret_cast<std::uint16_t*>(codes)[v] = static_cast<std::uint16_t>(packed);
  else if constexpr (kBits == 32)
    reinterpret_cast<std::uint32_t*>(codes)[v] = static_cast<std::uint32_t>(packed);
  else
    reinterpret_cast<std::uint64_t*>(codes)[v] = packed;
}

}  // namespace bitgate::device
