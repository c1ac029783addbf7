#include "bitgate/device/launch/launch.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "bitgate/device/support/check.h"

namespace bitgate::device {
namespace {

cudaLibrary_t load_library(std::string_view unit, std::string_view architecture) {
  const std::span<const std::byte> cubin = embedded_cubin(unit, architecture);
  const std::string what = std::string(unit) + " for " + std::string(architecture);
  if (cubin.empty()) throw DeviceError("no cubin of " + what + " was built in");
  cudaLibrary_t library = nullptr;
  check(cudaLibraryLoadData(&library, cubin.data(), nullptr, nullptr, 0, nullptr, nullptr, 0),
        "cudaLibraryLoadData of " + what);
  return library;
}

}  // namespace

Capability current_capability() {
  int device = 0;
  Capability capability;
  check(cudaGetDevice(&device), "cudaGetDevice");
  check(cudaDeviceGetAttribute(&capability.major, cudaDevAttrComputeCapabilityMajor, device), "cudaDeviceGetAttribute");
  check(cudaDeviceGetAttribute(&capability.minor, cudaDevAttrComputeCapabilityMinor, device), "cudaDeviceGetAttribute");
  return capability;
}

const Architecture* architecture_of(const Capability& capability) noexcept {
  const auto all = architectures();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Architecture& architecture) {
    return architecture.major == capability.major && architecture.minor == capability.minor;
  });
  return found == all.end() ? nullptr : &*found;
}

cudaKernel_t load_kernel(const Launch& launch) {
  // Libraries belong to the process, not to a device, and are never unloaded: at exit the driver may be gone first.
  static std::mutex mutex;
  static std::map<std::pair<std::string_view, std::string_view>, cudaLibrary_t> libraries;
  const Capability capability = current_capability();
  const Architecture* architecture = architecture_of(capability);
  if (architecture == nullptr)
    throw DeviceError("no kernel was compiled for compute capability " + std::to_string(capability.major) + "." +
                      std::to_string(capability.minor));
  const std::lock_guard lock(mutex);
  cudaLibrary_t& library = libraries[{launch.unit, architecture->name}];
  if (library == nullptr) library = load_library(launch.unit, architecture->name);
  cudaKernel_t kernel = nullptr;
  check(cudaLibraryGetKernel(&kernel, library, launch.kernel.c_str()), "cudaLibraryGetKernel of " + launch.kernel);
  return kernel;
}

void start(const Launch& launch, const Addresses& addresses, cudaStream_t stream) {
  const cudaKernel_t kernel = load_kernel(launch);
  std::vector<void*> pointers;
  for (const Buffer buffer : launch.pointers) pointers.push_back(addresses[static_cast<std::size_t>(buffer)]);
  std::vector<std::int64_t> scalars;
  for (const Scalar& scalar : launch.scalars) scalars.push_back(scalar.value);
  std::vector<void*> arguments;
  for (void*& pointer : pointers) arguments.push_back(&pointer);
  for (std::int64_t& scalar : scalars) arguments.push_back(&scalar);
  check(cudaLaunchKernel(reinterpret_cast<const void*>(kernel), dim3{launch.grid.x, launch.grid.y, launch.grid.z},
                         dim3{launch.block.x, launch.block.y, launch.block.z}, arguments.data(), launch.shared_bytes,
                         stream),
        "launch of " + launch.kernel);
}

}  // namespace bitgate::device
