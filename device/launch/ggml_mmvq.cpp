// MMVQ: one thread block an output, x over rows and y over columns; an operation a type of weights and number of
// columns.
#include <array>

#include "bitgate/device/kernels/ggml_mmvq.h"
#include "bitgate/device/kernels/tile.h"
#include "bitgate/device/launch/families.h"
#include "bitgate/device/launch/operations.h"
#include "bitgate/device/launch/tiling.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::device {
namespace {

constexpr std::int64_t kActivationCols = 512;  // what rows of activations are padded to

struct WeightRow {
  std::string_view name, stem;
  MmvqShape shape;
};
constexpr std::array<WeightRow, 9> kWeightRows{{{"q4_0", "ggml_mmvq_q4_0", kMmvqQ4_0},
                                                {"q4_1", "ggml_mmvq_q4_1", kMmvqQ4_1},
                                                {"q5_0", "ggml_mmvq_q5_0", kMmvqQ5_0},
                                                {"q5_1", "ggml_mmvq_q5_1", kMmvqQ5_1},
                                                {"q8_0", "ggml_mmvq_q8_0", kMmvqQ8_0},
                                                {"mxfp4", "ggml_mmvq_mxfp4", kMmvqMxfp4},
                                                {"nvfp4", "ggml_mmvq_nvfp4", kMmvqNvfp4},
                                                {"q4_k", "ggml_mmvq_q4_k", kMmvqQ4_K},
                                                {"q6_k", "ggml_mmvq_q6_k", kMmvqQ6_K}}};
constexpr Buffer kGiven[] = {Buffer::kPacked, Buffer::kInput};

const MmvqShape& shape_of(const Operation& operation) noexcept {
  std::size_t at = 0;
  while (kWeightRows[at].stem != operation.stem) ++at;
  return kWeightRows[at].shape;
}

// Blocks in a row of weights.
std::int64_t blocks_of(const Operation& operation, const Extent& extent) {
  const std::int64_t cols = shape_of(operation).cols;
  if (extent.cols == 0 || extent.cols % cols != 0)
    throw InputError(std::string(operation.name) + " takes columns in multiples of " + std::to_string(cols) + ", not " +
                     std::to_string(extent.cols));
  return extent.cols / cols;
}

// Blocks of Q8_1 in a column of activations, padding included.
std::int64_t pitch_of(const Extent& extent) noexcept {
  return ceil_div(extent.cols, kActivationCols) * kActivationCols / kQ8_1Cols;
}

BufferBytes bytes_of(const Operation& operation, const Extent& extent, InputType) {
  BufferBytes bytes{};
  set_bytes(bytes, Buffer::kPacked, extent.rows * blocks_of(operation, extent) * shape_of(operation).bytes);
  set_bytes(bytes, Buffer::kInput, operation.columns * pitch_of(extent) * kQ8_1Bytes);
  set_bytes(bytes, Buffer::kValues, operation.columns * extent.rows * 4);
  return bytes;
}

std::vector<Launch> plan(const Operation& operation, const Extent& extent, InputType) {
  if (is_empty(extent)) return {};
  const auto columns = static_cast<std::uint32_t>(operation.columns);
  Launch launch;
  launch.unit = "ggml_mmvq";
  launch.kernel = "bitgate_" + std::string(operation.stem);
  launch.grid = {grid_x(extent.rows, extent), columns, 1};
  launch.block.x = static_cast<std::uint32_t>(mmvq_warps(static_cast<int>(columns)) * kWarpLanes);
  launch.pointers = {Buffer::kPacked, Buffer::kInput, Buffer::kValues};
  launch.scalars = {{"rows", extent.rows}, {"blocks", blocks_of(operation, extent)}, {"pitch", pitch_of(extent)}};
  return {launch};
}

// Names as they are kept: "mmvq/q4_0/1".
using Names = std::array<std::string, kWeightRows.size() * kMmvqMostColumns>;
const Names& names() {
  static const Names all = [] {
    Names made;
    for (std::size_t i = 0; i < made.size(); ++i)
      made[i] = "mmvq/" + std::string(kWeightRows[i / kMmvqMostColumns].name) + "/" +
                std::to_string(i % kMmvqMostColumns + 1);
    return made;
  }();
  return all;
}

std::vector<Operation> table() {
  std::vector<Operation> all;
  for (std::size_t i = 0; i < names().size(); ++i)
    all.push_back({.name = names()[i],
                   .types = kF32Only,
                   .given = kGiven,
                   .answer = Buffer::kValues,
                   .stem = kWeightRows[i / kMmvqMostColumns].stem,
                   .bytes = bytes_of,
                   .plan = plan,
                   .columns = static_cast<std::int64_t>(i % kMmvqMostColumns + 1)});
  return all;
}

}  // namespace

std::span<const Operation> mmvq_operations() noexcept {
  static const std::vector<Operation> all = table();
  return all;
}

}  // namespace bitgate::device
