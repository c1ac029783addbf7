#include "bitgate/device/launch/te_block16.h"

#include "bitgate/device/directions.h"
#include "bitgate/device/kernels/te_block16.h"
#include "bitgate/device/launch/tiling.h"

namespace bitgate::device {
namespace {

std::vector<Buffer> pointers_of(const Block16Kernel& kernel, Direction side) {
  const bool rows = side == Direction::kRowwise;
  std::vector<Buffer> pointers{Buffer::kInput, rows ? Buffer::kAmax : Buffer::kAmaxColumnwise};
  for (const Buffer input : kernel.inputs) pointers.push_back(input);
  pointers.push_back(rows ? Buffer::kCodes : Buffer::kCodesColumnwise);
  pointers.push_back(rows ? Buffer::kScales : Buffer::kScalesColumnwise);
  return pointers;
}

void append(std::vector<Scalar>& to, const std::vector<Scalar>& more) { to.insert(to.end(), more.begin(), more.end()); }

// Strips of kTiles16 tiles of the input, across and then down.
Launch tiled_launch(const Block16Kernel& kernel, const Extent& extent, InputType type, Direction side,
                    const Extent& tile) {
  const std::int64_t across = ceil_div(extent.cols, kTiles16 * tile.cols);
  Launch launch{kernel.unit,
                symbol_of(kernel.stem, type),
                {grid_x(ceil_div(extent.rows, tile.rows) * across, extent), 1, 1},
                {kThreads16, 1, 1},
                0,
                pointers_of(kernel, side),
                {{"rows", extent.rows}, {"cols", extent.cols}, {"strips_across", across}}};
  append(launch.scalars, kernel.scalars);
  return launch;
}

}  // namespace

Launch rows_launch(const Block16Kernel& kernel, const Extent& extent, InputType type) {
  const KernelShape shape{kernel.unit, kernel.stem, kBlocks16PerThread, pointers_of(kernel, Direction::kRowwise)};
  Launch launch = launch_of(shape, extent, extent.cols / 16, type);
  append(launch.scalars, kernel.scalars);
  return launch;
}

Launch columns_launch(const Block16Kernel& kernel, const Extent& extent, InputType type) {
  return tiled_launch(kernel, extent, type, Direction::kColumnwise, {16 * kColumns16Blocks, kColumns16Cols});
}

Launch squares_launch(const Block16Kernel& kernel, const Extent& extent, InputType type, Direction side) {
  return tiled_launch(kernel, extent, type, side, {kSquares16Side, kSquares16Side});
}

}  // namespace bitgate::device
