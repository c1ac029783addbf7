// From a Launch to the device: finds the kernel in the embedded cubin, and starts it.
#pragma once

#include <cuda_runtime_api.h>

#include <array>

#include "bitgate/device/launch/plan.h"
#include "bitgate/device/support/embedded.h"

namespace bitgate::device {

// Of the current device. By attributes: cudaGetDeviceProperties takes milliseconds, and every run asks.
struct Capability {
  int major = 0, minor = 0;
};
Capability current_capability();
const Architecture* architecture_of(const Capability& capability) noexcept;  // null: no kernel is compiled for it

// Device addresses by Buffer; null where there is none.
using Addresses = std::array<void*, kBufferCount>;

// The function of a launch in the cubin of the current device's architecture. Cubins are loaded once and stay. Throws
// DeviceError when there is none.
cudaKernel_t load_kernel(const Launch& launch);

// Starts the kernel on `stream`; returns before it is done. Throws DeviceError when the launch is refused.
void start(const Launch& launch, const Addresses& addresses, cudaStream_t stream);

}  // namespace bitgate::device
