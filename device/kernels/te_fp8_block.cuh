// te/fp8-block1x128-* and te/fp8-block128x128-*: FP8 codes, one binary32 scale for 128 columns of a row or for a
// square, a power of two or not. Arithmetic of NVIDIA/TransformerEngine,
// transformer_engine/common/transpose/quantize_transpose_{vector,square}_blockwise.cu, commit d0067d0d.
#pragma once

#include "bitgate/device/kernels/fp8_rows.cuh"
#include "bitgate/device/kernels/fp8_squares.cuh"

namespace bitgate::device {

// `scale_mask` keeps all bits of an encode scale, or sign and exponent alone.
template <class Element, class T>
__device__ __forceinline__ void te_fp8_block1x128(const T* input, std::uint8_t* codes, float* scales, std::int64_t cols,
                                                  std::int64_t chunks, std::int64_t scale_mask) {
  const Fp8BlockScheme<Element, T, false> scheme{static_cast<std::uint32_t>(scale_mask)};
  fp8_rows(input, codes, scales, cols, chunks, scheme);
}

template <class Element, bool kRows, class T>
__device__ __forceinline__ void te_fp8_block1x128_columns(const T* input, std::uint8_t* codes, float* scales,
                                                          std::uint8_t* codes_columnwise, float* scales_columnwise,
                                                          const Fp8Extent& extent, std::int64_t tiles,
                                                          std::int64_t scale_mask) {
  const Fp8BlockScheme<Element, T, false> scheme{static_cast<std::uint32_t>(scale_mask)};
  fp8_lines<kRows>(input, codes, scales, codes_columnwise, scales_columnwise, extent, tiles, scheme);
}

template <class Element, bool kRows, bool kColumns, class T>
__device__ __forceinline__ void te_fp8_block128x128(const T* input, std::uint8_t* codes, float* scales,
                                                    std::uint8_t* codes_columnwise, float* scales_columnwise,
                                                    const Fp8Extent& extent, std::int64_t tiles,
                                                    std::int64_t scale_mask) {
  const Fp8BlockScheme<Element, T, true> scheme{static_cast<std::uint32_t>(scale_mask)};
  fp8_squares<kRows, kColumns>(input, codes, scales, codes_columnwise, scales_columnwise, extent, tiles, scheme);
}

}  // namespace bitgate::device
