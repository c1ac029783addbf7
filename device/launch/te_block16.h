// Launches of the kernels whose threads hold a block of 16 each (device/kernels/te_block16.h), for tensors with E2M1
// codes, E4M3 scales and one amax.
#pragma once

#include "bitgate/device/launch/plan.h"

namespace bitgate::device {

// What tells such a launch from another: the unit, the symbol without its type, what follows amax among the pointers,
// and what follows the shape among the scalars.
struct Block16Kernel {
  std::string_view unit, stem;
  std::vector<Buffer> inputs = {};
  std::vector<Scalar> scalars = {};
};

// One thread block works inside a row; scalars cols, chunks.
Launch rows_launch(const Block16Kernel& kernel, const Extent& extent, InputType type);
// The column-wise side; scalars rows, cols, strips_across.
Launch columns_launch(const Block16Kernel& kernel, const Extent& extent, InputType type);
// Either side, of squares of 16 x 16; scalars rows, cols, strips_across.
Launch squares_launch(const Block16Kernel& kernel, const Extent& extent, InputType type, Direction side);

}  // namespace bitgate::device
