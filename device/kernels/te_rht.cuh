// The random Hadamard transform of 16 down the columns, stored in bf16, and NVFP4 of it: the column-wise side, alone or
// with the plain row-wise one at one reading of the input.
//
// y_j = sum over i of x_i * sgn_i * (-1)^popcount(i & j) / 4, summed in binary32 from i = 0 on: the order that
// te.md 4.3 of the notes states for NVIDIA/TransformerEngine d0067d0d, common/hadamard_transform.
#pragma once

#include "bitgate/device/kernels/te_nvfp4_transpose.cuh"

namespace bitgate::device {

inline constexpr std::uint32_t kHadamardSigns = 0xD7E8;  // bit i: input i changes its sign
inline constexpr std::uint32_t kNoSigns = 0;

// Products with 1/4 are exact, so an fma rounds as product and sum do. Before input 2^n only the low n bits of j tell
// sums apart: the others are the same sum until then.
template <std::uint32_t kSigns, class Block>
__device__ __forceinline__ RowBlock<Bf16Bits> hadamard_16(const Block& x) {
  float sum[16] = {};
#pragma unroll
  for (int i = 0; i < 16; ++i) {
    const int told_apart = i < 1 ? 1 : i < 2 ? 2 : i < 4 ? 4 : i < 8 ? 8 : 16;
    const float value = x.value_at(i);
    if (2 * i == told_apart) {
#pragma unroll
      for (int j = 0; j < i; ++j) sum[i + j] = sum[j];
    }
#pragma unroll
    for (int j = 0; j < told_apart; ++j) {
      const bool minus = ((kSigns >> i & 1) + static_cast<std::uint32_t>(__builtin_popcount(i & j))) % 2 != 0;
      sum[j] = fma_rn(value, minus ? -0.25f : 0.25f, sum[j]);
    }
  }
  RowBlock<Bf16Bits> y;
#pragma unroll
  for (int j = 0; j < 16; j += 2) y.words[j / 2] = bf16_pair_rn(sum[j], sum[j + 1]);
  return y;
}

template <std::uint32_t kSigns, class Rules>
__device__ __forceinline__ void quantize_transformed_columns(const SharedTile& tile,
                                                             const Globals<Rules, AmaxOf::kTensor>& globals,
                                                             const TileSide& side) {
#pragma unroll 1
  for (int i = 0; i < kColumnUnitsPerThread; ++i) {
    const ColumnUnit unit = column_unit(i);
    if (!side.holds(2 * unit.word, unit.block)) continue;
    const ColumnWords words = load_column_words(tile, unit);
    for_each_column<Bf16Bits>(words, [&](const auto& block, int k) {
      const unsigned line = 2 * unit.word + static_cast<unsigned>(k);
      if (!side.holds(line, unit.block)) return;
      const RowBlock<Bf16Bits> y = hadamard_16<kSigns>(block);
      const float amax = y.template amax<NanInAmax::kKept>();
      side.store(line, unit.block, quantized<Rules>(y, amax, globals.of(line)));
    });
  }
}

// Rows are a multiple of 16; columns too where rows are quantized.
template <class Rules, std::uint32_t kSigns, Sides kSides>
__device__ __forceinline__ void te_rht(const Bf16Bits* input, const Nvfp4Side& rowwise, const Nvfp4Side& columnwise,
                                       std::int64_t rows, std::int64_t cols, std::int64_t tiles_across) {
  constexpr bool kRows = kSides == Sides::kBoth;
  __shared__ SharedTile tile;
  __shared__ Globals<Nvfp4Rule, AmaxOf::kTensor> row_globals;
  __shared__ Globals<Rules, AmaxOf::kTensor> column_globals;
  const TilePlace place = tile_place<Bf16Bits>(tiles_across);
  const TileRows<Bf16Bits> x = load_tile_rows<!kRows>(input, place, rows, cols);
  if constexpr (kRows) row_globals.form(rowwise.amax, place.row, rows, 0);
  column_globals.form(columnwise.amax, place.col, cols, kColumnThreads);
  store_tile_rows(tile, x);
  __syncthreads();
  if constexpr (kRows) quantize_rows<Bf16Bits>(tile, row_globals, row_side(rowwise, place, rows, cols));
  quantize_transformed_columns<kSigns>(tile, column_globals, column_side(columnwise, place, rows, cols));
}

// max|y| over the thread block's part, to `amax`, which must be 0 before the launch. NaN is dropped.
__device__ __forceinline__ void raise_amax(float amax, unsigned& shared_amax, float* to) {
  if (threadIdx.x == 0) shared_amax = 0;
  __syncthreads();
  const unsigned warp_amax = __reduce_max_sync(kAllLanes, bits_of(amax));
  if (threadIdx.x % kWarpLanes == 0) atomicMax(&shared_amax, warp_amax);
  __syncthreads();
  if (threadIdx.x == 0) atomicMax(reinterpret_cast<unsigned*>(to), shared_amax);
}

// The amax of the transformed columns and, unless `amax` is null, of the input. A thread block takes kColumnAmaxRows
// rows of a warp's width of words; `across` such widths make a row.
template <std::uint32_t kSigns, Sides kSides>
__device__ __forceinline__ void te_rht_amax(const Bf16Bits* input, float* amax, float* amax_columnwise,
                                            std::int64_t rows, std::int64_t cols, std::int64_t across) {
  __shared__ unsigned shared_amax[2];
  const ColumnStrip strip = column_strip<Bf16Bits>(across);
  float largest = 0.0f;
  std::uint32_t largest_input = 0;
#pragma unroll 1
  for (int i = 0; i < kColumnAmaxRows; i += kColumnStripRows) {
    const ColumnWords words = load_column_words(input, strip.row + i, strip.col, rows, cols);
    for_each_column<Bf16Bits>(words, [&](const auto& block, int) {
      largest = max_number(largest, hadamard_16<kSigns>(block).template amax<NanInAmax::kDropped>());
    });
    if constexpr (kSides == Sides::kBoth)
      largest_input = amax_of_words<Bf16Bits, NanInAmax::kDropped>(
          largest_input, amax_of_words<Bf16Bits, NanInAmax::kDropped>(words.words));
  }
  raise_amax(largest, shared_amax[0], amax_columnwise);
  if constexpr (kSides == Sides::kBoth)
    raise_amax(amax_of_word<Bf16Bits, NanInAmax::kDropped>(largest_input), shared_amax[1], amax);
}

}  // namespace bitgate::device
