// The gate of a request as kernels take it.
#pragma once

#include <cstdint>
#include <vector>

#include "bitgate/reference/format/tensor.h"

namespace bitgate::device {

// The bits of each number of FusedOperands.gate in the input's type, bf16 or f16; none for no gate. -0 stays, and every
// NaN becomes 0x7FFF, whose payload and sign no kernel sees. Throws InputError, naming the first number that the type
// does not hold, or when the input is binary32.
std::vector<std::uint16_t> gate_bits(const Request& request);

}  // namespace bitgate::device
