// What other families borrow from ggml's INT8 quantizers.
#pragma once

#include "bitgate/device/launch/plan.h"

namespace bitgate::device {

// ggml/q8_1 of a tensor that is not empty and lies in buffer `from`.
Launch ggml_q8_1_launch(Buffer from, const Extent& extent, InputType type);

}  // namespace bitgate::device
