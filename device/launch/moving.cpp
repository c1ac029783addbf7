// Swizzles: a thread block a band of 128 rows by 128 columns. Packing: a row, or a column of blocks, is one row of
// units.
#include <array>
#include <limits>

#include "bitgate/device/kernels/swizzle.h"
#include "bitgate/device/launch/families.h"
#include "bitgate/device/launch/operations.h"
#include "bitgate/device/launch/tiling.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::device {
namespace {

constexpr std::int64_t kActivationCols = 512;  // what rows of activations are padded to
constexpr std::int64_t kMmqCols = 128, kMmqBytes = 144, kMmqVectors = 9;
constexpr std::int64_t kQ8Cols = 32;

constexpr std::int64_t round_up(std::int64_t n, std::int64_t multiple) noexcept {
  return ceil_div(n, multiple) * multiple;
}

constexpr Buffer kScalesOnly[] = {Buffer::kScales};
constexpr Buffer kTilesOnly[] = {Buffer::kTiles};
constexpr Buffer kCodesAndScales[] = {Buffer::kCodes, Buffer::kScales};
constexpr Buffer kWithSums[] = {Buffer::kCodes, Buffer::kScales, Buffer::kExtras};

BufferBytes swizzle_bytes(const Operation&, const Extent& scales, InputType) {
  BufferBytes bytes{};
  set_bytes(bytes, Buffer::kScales, count(scales));
  set_bytes(bytes, Buffer::kTiles, round_up(scales.rows, kSwizzleRows) * round_up(scales.cols, kTileColumns));
  return bytes;
}

std::vector<Launch> plan_swizzle(const Operation& operation, const Extent& scales, InputType) {
  if (is_empty(scales)) return {};
  const std::int64_t bands = ceil_div(scales.rows, kSwizzleRows), chunks = ceil_div(scales.cols, kSwizzleCols);
  Launch launch;
  launch.unit = "swizzle";
  launch.kernel = "bitgate_" + std::string(operation.stem);
  launch.grid.x = grid_x(bands * chunks, scales);
  launch.block.x = kSwizzleThreads;
  launch.pointers = {operation.given.front(), operation.answer};
  launch.scalars = {{"rows", scales.rows}, {"cols", scales.cols}, {"chunks", chunks}};
  return {launch};
}

// Blocks of a row, padding included.
struct Blocks {
  std::int64_t in_row, bytes;
  bool mmq;
};
Blocks blocks_of(const Scheme& scheme, const Extent& extent) noexcept {
  if (scheme.id == SchemeId::kQ8_0) return {ceil_div(extent.cols, kQ8Cols), 34, false};
  const std::int64_t padded = round_up(extent.cols, kActivationCols);
  if (scheme.id == SchemeId::kQ8_1) return {padded / kQ8Cols, 36, false};
  return {padded / kMmqCols, kMmqBytes, true};
}

BufferBytes pack_bytes(const Operation& operation, const Extent& extent, InputType) {
  const Scheme& scheme = scheme_of(operation.scheme);
  const Blocks blocks = blocks_of(scheme, extent);
  BufferBytes bytes{};
  set_bytes(bytes, Buffer::kCodes, extent.rows * padded_cols(scheme, extent.cols));
  set_bytes(bytes, Buffer::kScales, count(scale_extent(scheme, extent)) * scheme.scale.bits / 8);
  set_bytes(bytes, Buffer::kExtras, extent.rows * extras_per_row(scheme, extent.cols) * scheme.extra.bits / 8);
  set_bytes(bytes, Buffer::kPacked, extent.rows * blocks.in_row * blocks.bytes);
  return bytes;
}

std::vector<Launch> plan_pack(const Operation& operation, const Extent& extent, InputType) {
  if (is_empty(extent)) return {};
  const Scheme& scheme = scheme_of(operation.scheme);
  const Blocks blocks = blocks_of(scheme, extent);
  const std::int64_t unit_bytes = scheme.id == SchemeId::kQ8_0 ? 2 : 4;
  if (!blocks.mmq && blocks.in_row * blocks.bytes / unit_bytes > std::numeric_limits<std::uint32_t>::max())
    throw InputError(std::string(operation.name) + " takes rows of less than 2^32 units, not of " +
                     std::to_string(extent.cols) + " columns");
  const Tiling tiling = blocks.mmq
                            ? tile_rows(blocks.in_row, extent.rows * kMmqVectors, kBlockUnitsPerThread)
                            : tile_rows(extent.rows, blocks.in_row * blocks.bytes / unit_bytes, kBlockUnitsPerThread);
  Launch launch;
  launch.unit = "ggml_pack";
  launch.kernel = "bitgate_" + std::string(operation.stem);
  launch.grid.x = tiling.grid;
  launch.block.x = tiling.threads;
  launch.pointers.assign(operation.given.begin(), operation.given.end());
  launch.pointers.push_back(operation.answer);
  launch.scalars = {{"rows", extent.rows},
                    {"cols", extent.cols},
                    {"blocks", blocks.in_row},
                    {"code_pitch", padded_cols(scheme, extent.cols)},
                    {"scale_pitch", blocks_per_row(scheme, extent.cols)},
                    {"chunks", tiling.chunks}};
  return {launch};
}

constexpr Operation swizzle(std::string_view name, std::string_view stem, std::span<const Buffer> given,
                            Buffer answer) noexcept {
  return {.name = name,
          .types = kF32Only,
          .given = given,
          .answer = answer,
          .stem = stem,
          .bytes = swizzle_bytes,
          .plan = plan_swizzle};
}
constexpr Operation pack(std::string_view name, SchemeId scheme, std::string_view stem,
                         std::span<const Buffer> given) noexcept {
  return {.name = name,
          .scheme = scheme,
          .types = kF32Only,
          .given = given,
          .answer = Buffer::kPacked,
          .stem = stem,
          .bytes = pack_bytes,
          .plan = plan_pack};
}

constexpr std::array kTable = {
    swizzle("swizzle/128x4", "swizzle_128x4", kScalesOnly, Buffer::kTiles),
    swizzle("unswizzle/128x4", "unswizzle_128x4", kTilesOnly, Buffer::kScales),
    pack("pack/q8_0", SchemeId::kQ8_0, "ggml_pack_q8_0", kCodesAndScales),
    pack("pack/q8_1", SchemeId::kQ8_1, "ggml_pack_q8_1", kWithSums),
    pack("pack/mmq-d4", SchemeId::kQ8_1MmqD4, "ggml_pack_mmq_d4", kCodesAndScales),
    pack("pack/mmq-ds4", SchemeId::kQ8_1MmqDs4, "ggml_pack_mmq_ds4", kWithSums),
    pack("pack/mmq-d2s6", SchemeId::kQ8_1MmqD2s6, "ggml_pack_mmq_d2s6", kWithSums),
};

}  // namespace

std::span<const Operation> moving_operations() noexcept { return kTable; }

}  // namespace bitgate::device
