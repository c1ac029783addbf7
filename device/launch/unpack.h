// Bytes read back from the device to a QuantizedTensor in logical order.
#pragma once

#include <cstddef>
#include <vector>

#include "bitgate/device/launch/plan.h"
#include "bitgate/reference/format/tensor.h"

namespace bitgate::device {

// The output buffers of one run, in the sizes of buffer_bytes().
struct RawOutputs {
  std::vector<std::byte> amax, codes, scales, extras;
};

// 4-bit codes leave their bytes low nibble first, the padding of ragged rows is dropped. Little-endian hosts.
QuantizedTensor unpack(const Scheme& scheme, GlobalNumber number, const Extent& extent, const RawOutputs& raw);

}  // namespace bitgate::device
