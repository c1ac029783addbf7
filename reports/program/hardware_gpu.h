// The GPU here as what compare asks.
#pragma once

#include <memory>

#include "bitgate/compare/hardware_check.h"

namespace bitgate::program {

// Throws DeviceError, one sentence, when nothing can run here.
std::unique_ptr<compare::HardwareSubject> gpu_subject();

}  // namespace bitgate::program
