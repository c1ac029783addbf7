// What a CUDA kernel launches for a case, as recordings hold it.
#pragma once

#include <string>

#include "bitgate/compare/case.h"
#include "bitgate/device/kernel.h"

namespace bitgate::program {

// Amax is not given; direction, operands and random state are those of the case.
std::string cuda_plan(const device::Kernel& kernel, const compare::Case& c);

}  // namespace bitgate::program
