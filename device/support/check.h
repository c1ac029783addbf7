// CUDA's status codes as exceptions.
#pragma once

#include <cuda_runtime_api.h>

#include <string>
#include <string_view>

#include "bitgate/device/error.h"

namespace bitgate::device {

// Throws DeviceError "CALL: DESCRIPTION (NAME)" unless `status` is success. CUDA then forgets the error, unless it
// stays until the process ends: the next call is not to answer for it. (The caller names the call: clang 14 has no
// std::source_location, and "cudaMalloc of codes" tells a user more than a line number.)
inline void check(cudaError_t status, std::string_view call) {
  if (status == cudaSuccess) return;
  cudaGetLastError();
  throw DeviceError(std::string(call) + ": " + cudaGetErrorString(status) + " (" + cudaGetErrorName(status) + ")");
}

}  // namespace bitgate::device
