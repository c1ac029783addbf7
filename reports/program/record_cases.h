// Which cases a recording of a kernel holds.
#pragma once

#include <vector>

#include "bitgate/compare/case.h"
#include "bitgate/device/kernel.h"

namespace bitgate::program {

// Every case of the default report; every distribution again with other seeds (directed ones with four), the amplitude
// ladder of `normal`, and shapes from one block to 8192 x 8192, ragged ones where the kernel takes them; for each of
// its input types.
std::vector<compare::Case> record_cases(const device::Kernel& kernel);

}  // namespace bitgate::program
