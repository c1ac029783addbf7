#include "bitgate/device/launch/tiling.h"

#include <algorithm>
#include <limits>

#include "bitgate/device/directions.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::device {
namespace {

constexpr std::int64_t kMaxGridX = std::numeric_limits<std::int32_t>::max();

}  // namespace

std::string symbol_of(std::string_view stem, InputType type) {
  std::string symbol = "bitgate_";
  symbol.append(stem).append("_").append(name_of(type));
  return symbol;
}

std::uint32_t grid_x(std::int64_t blocks, const Extent& extent) {
  if (blocks > kMaxGridX)
    throw InputError("a tensor of " + std::to_string(extent.rows) + " rows of " + std::to_string(extent.cols) +
                     " columns needs more thread blocks than the " + std::to_string(kMaxGridX) + " of a grid");
  return static_cast<std::uint32_t>(blocks);
}

Tiling tile_rows(std::int64_t rows, std::int64_t vectors, int vectors_per_thread) {
  const std::int64_t threads_wanted = ceil_div(vectors, vectors_per_thread);
  const std::int64_t whole_warps = ceil_div(threads_wanted, kWarpLanes) * kWarpLanes;
  const std::int64_t threads = std::min<std::int64_t>(whole_warps, kMaxThreads);
  const std::int64_t chunks = ceil_div(vectors, threads * vectors_per_thread);
  if (rows > kMaxGridX / chunks)
    throw InputError("a tensor of " + std::to_string(rows) + " rows of " + std::to_string(vectors) +
                     " 16-byte vectors needs more thread blocks than the " + std::to_string(kMaxGridX) + " of a grid");
  return {static_cast<std::uint32_t>(rows * chunks), static_cast<std::uint32_t>(threads), chunks};
}

Launch launch_of(const KernelShape& shape, const Extent& extent, std::int64_t vectors, InputType type) {
  const Tiling tiling = tile_rows(extent.rows, vectors, shape.vectors_per_thread);
  return {shape.unit,
          symbol_of(shape.stem, type),
          {tiling.grid, 1, 1},
          {tiling.threads, 1, 1},
          0,
          shape.pointers,
          {{"cols", extent.cols}, {"chunks", tiling.chunks}}};
}

Launch amax_launch(const Extent& extent, InputType type, Buffer to) {
  const KernelShape amax{"amax", "amax", kAmaxVectorsPerThread, {Buffer::kInput, to}};
  return launch_of(amax, extent, extent.cols / per_vector(type), type);
}

std::vector<Launch> tensor_amax_launches(const Extent& extent, InputType type, const PlanOptions& options) {
  const bool rows = has_rows(options.direction);
  if (rows ? options.amax_given : options.amax_columnwise_given) return {};
  return {amax_launch(as_one_row(extent), type, rows ? Buffer::kAmax : Buffer::kAmaxColumnwise)};
}

}  // namespace bitgate::device
