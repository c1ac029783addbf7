// torchao/nvfp4-train-2d: one scale for 16 x 16 elements, stored in each of its rows. A thread holds a vector of all 16
// rows, so a block lies in a few neighbouring lanes.
#pragma once

#include "bitgate/device/kernels/torchao_nvfp4_triton.cuh"

namespace bitgate::device {

inline constexpr int kSquareRows = 16;

template <class Rule, class T>
__device__ __forceinline__ void careful_square(const Rule& rule, const T* input, std::uint8_t* codes,
                                               std::uint8_t* scales, std::int64_t row, std::int64_t v,
                                               std::int64_t vectors) {
  float amax = float_of(Rule::kFirstAmaxBits);
#pragma unroll 1
  for (int r = 0; r < kSquareRows; ++r)
    amax = Rule::larger(amax, careful_amax<Rule>(load_vector(input, row + r, v, vectors)));
  const typename Rule::Scale scale = rule.careful_scale(amax);
#pragma unroll 1
  for (int r = 0; r < kSquareRows; ++r) {
    const std::uint64_t packed = careful_codes(rule, load_vector(input, row + r, v, vectors), scale);
    if (v < vectors) store_vector<Rule, T>(codes, scales, (row + r) * vectors + v, packed, scale.code);
  }
}

// `cols` is a multiple of 16, and so are the rows; blockIdx.x counts `chunks` thread blocks for each 16 rows.
template <class MakeRule, class T>
__device__ __forceinline__ void quantize_squares(const MakeRule& make_rule, const T* input, std::uint8_t* codes,
                                                 std::uint8_t* scales, std::int64_t cols, std::int64_t chunks) {
  using Rule = decltype(make_rule());
  constexpr int kLanes = Rule::kBlock / kPerVector<T>;
  const std::int64_t vectors = cols / kPerVector<T>;
  const RowTile tile = row_tile<1>(chunks);
  const std::int64_t row = tile.row * kSquareRows;
  Vector<T> x[kSquareRows];
#pragma unroll
  for (int r = 0; r < kSquareRows; ++r) x[r] = load_vector(input, row + r, tile.first, vectors);

  const Rule rule = make_rule();
  std::uint32_t amax_bits = 0;
#pragma unroll
  for (int r = 0; r < kSquareRows; ++r) amax_bits = max(amax_bits, amax_bits_of(x[r]));
  amax_bits = largest_of_lanes<kLanes>(amax_bits);
  const typename Rule::Scale scale = rule.near_scale(float_of(amax_bits));
  const bool near = rule.is_near() && amax_bits <= Rule::kLargestNear && rule.near_takes(scale);
  if (!__all_sync(kAllLanes, near)) {
    careful_square(rule, input, codes, scales, row, tile.first, vectors);
    return;
  }
#pragma unroll
  for (int r = 0; r < kSquareRows; ++r) {
    const std::uint64_t packed = near_codes(rule, x[r], scale);
    if (tile.first < vectors)
      store_vector<Rule, T>(codes, scales, (row + r) * vectors + tile.first, packed, scale.code);
  }
}

}  // namespace bitgate::device
