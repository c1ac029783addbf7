// The GPU here as what compare asks for matrix products.
#pragma once

#include <memory>

#include "bitgate/compare/mma_check.h"

namespace bitgate::program {

// Throws DeviceError, one sentence, when nothing can run here.
std::unique_ptr<compare::MmaSubject> mma_gpu_subject();

}  // namespace bitgate::program
