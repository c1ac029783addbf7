#include "bitgate/device/launch/te_nvfp4_tiles.h"

#include <string>

#include "bitgate/device/kernels/te_nvfp4_tile.h"

namespace bitgate::device {
namespace {

struct Cover {
  std::int64_t across = 0;
  std::uint32_t grid = 0;
};
Cover cover_with(const Extent& piece, const Extent& extent) {
  const std::int64_t across = ceil_div(extent.cols, piece.cols);
  return {across, grid_x(across * ceil_div(extent.rows, piece.rows), extent)};
}

std::string_view suffix_of(Direction direction) noexcept {
  switch (direction) {
    case Direction::kRowwise: return "_rows";
    case Direction::kColumnwise: return "_columns";
    case Direction::kBoth: return "_both";
  }
  return "";
}

}  // namespace

Launch tile_launch(std::string_view unit, std::string_view stem, const Extent& extent, InputType type,
                   Direction direction) {
  const Cover cover = cover_with({kTileRows, kTileBytes / input_bytes(type)}, extent);
  std::vector<Buffer> pointers{Buffer::kInput};
  if (has_rows(direction)) pointers.insert(pointers.end(), {Buffer::kAmax, Buffer::kCodes, Buffer::kScales});
  if (has_columns(direction))
    pointers.insert(pointers.end(), {Buffer::kAmaxColumnwise, Buffer::kCodesColumnwise, Buffer::kScalesColumnwise});
  return {unit,
          symbol_of(std::string(stem).append(suffix_of(direction)), type),
          {cover.grid, 1, 1},
          {kTileThreads, 1, 1},
          0,
          pointers,
          {{"rows", extent.rows}, {"cols", extent.cols}, {"tiles", cover.across}}};
}

Launch strip_launch(std::string_view unit, std::string_view stem, const Extent& extent, InputType type,
                    std::vector<Buffer> pointers) {
  const Cover cover = cover_with({kColumnAmaxRows, kColumnAmaxBytes / input_bytes(type)}, extent);
  return {unit,
          symbol_of(stem, type),
          {cover.grid, 1, 1},
          {kTileThreads, 1, 1},
          0,
          std::move(pointers),
          {{"rows", extent.rows}, {"cols", extent.cols}, {"strips", cover.across}}};
}

std::vector<Launch> line_amax_launches(const Extent& extent, InputType type, const PlanOptions& options) {
  std::vector<Launch> launches;
  const bool rows = has_rows(options.direction);
  if (rows && !options.amax_given) launches.push_back(amax_launch(extent, type));
  // Of the column-wise side alone `amax` may give them.
  const bool given = options.amax_columnwise_given || (!rows && options.amax_given);
  if (has_columns(options.direction) && !given)
    launches.push_back(strip_launch("amax", "amax_columns", extent, type, {Buffer::kInput, Buffer::kAmaxColumnwise}));
  return launches;
}

std::vector<Launch> plan_tiles(std::string_view unit, std::string_view stem, AmaxOf amax, const Extent& extent,
                               InputType type, const PlanOptions& options) {
  if (is_empty(extent)) return {};
  std::vector<Launch> launches =
      amax == AmaxOf::kTensor ? tensor_amax_launches(extent, type, options) : line_amax_launches(extent, type, options);
  launches.push_back(tile_launch(unit, stem, extent, type, options.direction));
  return launches;
}

}  // namespace bitgate::device
