// Launches of the kernels that also quantize column-wise (device/kernels/te_nvfp4_tile.h).
#pragma once

#include <string_view>

#include "bitgate/device/directions.h"
#include "bitgate/device/launch/tiling.h"

namespace bitgate::device {

// bitgate_STEM_{rows,columns,both}_TYPE of a unit, over tiles; its scalars are rows, cols and the tiles of a row.
Launch tile_launch(std::string_view unit, std::string_view stem, const Extent& extent, InputType type,
                   Direction direction);

// bitgate_STEM_TYPE of a unit, over strips of columns; its scalars are rows, cols and the strips of a row.
Launch strip_launch(std::string_view unit, std::string_view stem, const Extent& extent, InputType type,
                    std::vector<Buffer> pointers);

// What computes amax where it is not given: one number a row on one side, one a column on the other.
std::vector<Launch> line_amax_launches(const Extent& extent, InputType type, const PlanOptions& options);

// That amax, then a kernel over tiles.
enum class AmaxOf { kTensor, kLine };
std::vector<Launch> plan_tiles(std::string_view unit, std::string_view stem, AmaxOf amax, const Extent& extent,
                               InputType type, const PlanOptions& options);

}  // namespace bitgate::device
