// FlashInfer's CuTe-DSL RMS norm with NVFP4: quantization from the row statistic on.
#pragma once

#include <span>

#include "bitgate/device/cpu/request.h"

namespace bitgate::device::cpu {

// `rstd`: 1 / sqrt(mean square + epsilon) as the kernel has it, one a row; empty: 1. The order in which the kernel sums
// squares is not known, so it is not computed here. Request.fused.weight (numbers of the input's type) multiplies
// first, rounded to that type; empty: 1.
QuantizedTensor quantize_cute_rmsnorm(const Request& request, std::span<const float> rstd);

}  // namespace bitgate::device::cpu
