// Bytes read back from the device to a QuantizedTensor in logical order.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "bitgate/device/launch/plan.h"
#include "bitgate/reference/format/tensor.h"

namespace bitgate::device {

// The output buffers of one run, by Buffer, in the sizes of buffer_bytes(); empty where there is none.
using RawOutputs = std::array<std::vector<std::byte>, kBufferCount>;

// 4-bit codes leave their bytes low nibble first, the padding of ragged rows is dropped. Little-endian hosts. `extent`:
// of the input.
QuantizedTensor unpack(const Scheme& scheme, GlobalNumber number, const Extent& extent, Direction direction,
                       const RawOutputs& raw);

}  // namespace bitgate::device
