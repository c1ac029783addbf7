// One call of a plugin's kernel in the worker: its memory, the launch, and what the memory must look like after.
#pragma once

#include <span>

#include "bitgate/device/memory.h"
#include "bitgate/device/plugin.h"
#include "bitgate/reports/program/plugin_frames.h"

namespace bitgate::program {

// The answer's frame. `given`: what follows the PluginCall. Throws KernelFault and DeviceError for what the kernel did
// wrong, CannotServe for what the machine lacks.
Frame call_kernel(device::Memory& memory, const bitgate_kernel& kernel, const PluginCall& call,
                  std::span<const std::byte> given);

}  // namespace bitgate::program
