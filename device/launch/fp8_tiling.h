// Launches of the FP8 families: rows of blocks, and tiles where the transposed operand or square blocks are wanted.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bitgate/device/directions.h"
#include "bitgate/device/kernels/fp8_tile.h"
#include "bitgate/device/launch/tiling.h"

namespace bitgate::device {

// "", "_columnwise" or "_both": how the symbols of the three directions differ.
constexpr std::string_view direction_suffix(Direction direction) noexcept {
  if (direction == Direction::kRowwise) return "";
  return direction == Direction::kColumnwise ? "_columnwise" : "_both";
}

// The output buffers of the sides asked for, row-wise first.
inline void append_outputs(std::vector<Buffer>& pointers, Direction direction) {
  if (has_rows(direction)) pointers.insert(pointers.end(), {Buffer::kCodes, Buffer::kScales});
  if (has_columns(direction)) pointers.insert(pointers.end(), {Buffer::kCodesColumnwise, Buffer::kScalesColumnwise});
}

// One thread block a tile; `pointers` are those before the outputs, the scalars rows, cols and tiles.
inline Launch fp8_tile_launch(std::string_view unit, std::string_view stem, int tile_rows, std::vector<Buffer> pointers,
                              const Extent& extent, InputType type, Direction direction) {
  const std::int64_t tiles = ceil_div(extent.cols, kFp8TileCols);
  append_outputs(pointers, direction);
  return {unit,
          symbol_of(std::string(stem).append(direction_suffix(direction)), type),
          {grid_x(ceil_div(extent.rows, tile_rows) * tiles, extent), 1, 1},
          {static_cast<std::uint32_t>(tile_rows * kFp8ThreadsPerRow), 1, 1},
          0,
          std::move(pointers),
          {{"rows", extent.rows}, {"cols", extent.cols}, {"tiles", tiles}}};
}

// The row-wise side alone, of blocks inside rows: rows of whole blocks lie in a line, others end with a ragged block.
inline Launch fp8_rows_launch(std::string_view unit, std::string_view stem, const Scheme& scheme, const Extent& extent,
                              InputType type) {
  const Extent rows = extent.cols % scheme.block.cols == 0 ? as_one_row(extent) : extent;
  const KernelShape shape{unit, stem, kVectorsPerThread, {Buffer::kInput, Buffer::kCodes, Buffer::kScales}};
  const std::int64_t blocks = ceil_div(rows.cols, scheme.block.cols);
  return launch_of(shape, rows, blocks * (scheme.block.cols / per_vector(type)), type);
}

// GELU to the workspace, which then stands for the input of `launches`. Whole vectors, then what is left over.
inline std::vector<Launch> after_gelu(std::vector<Launch> launches, const Extent& extent, InputType type) {
  const Extent line = as_one_row(extent);
  const std::vector<Buffer> pointers{Buffer::kInput, Buffer::kWorkspace};
  std::vector<Launch> all{launch_of({"te_gelu", "te_gelu", kVectorsPerThread, pointers}, line,
                                    std::max<std::int64_t>(line.cols / per_vector(type), 1), type)};
  if (line.cols % per_vector(type) != 0)
    all.push_back(launch_of({"te_gelu_tail", "te_gelu_tail", 1, pointers}, line, 1, type));
  for (Launch& launch : launches) {
    std::replace(launch.pointers.begin(), launch.pointers.end(), Buffer::kInput, Buffer::kWorkspace);
    all.push_back(std::move(launch));
  }
  return all;
}
inline std::int64_t activated_bytes(const Extent& extent, InputType type) { return count(extent) * input_bytes(type); }

}  // namespace bitgate::device
