// What the current device is, and why none can be used. With run.cpp the half of kernel.h that needs CUDA;
// run_without_cuda.cpp takes their place in a build without kernels.
#include <cuda_runtime_api.h>

#include <fstream>

#include "bitgate/device/kernel.h"
#include "bitgate/device/launch/driver_version.h"
#include "bitgate/device/launch/launch.h"
#include "bitgate/device/support/check.h"

namespace bitgate::device {
namespace {

std::string cuda_version(int number) {
  return std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10);
}

std::string driver_version() {
  std::ifstream file("/proc/driver/nvidia/version");
  std::string line;
  std::getline(file, line);
  return parse_driver_version(line);
}

std::string current_name() {
  int device = 0;
  cudaDeviceProp properties{};
  check(cudaGetDevice(&device), "cudaGetDevice");
  check(cudaGetDeviceProperties(&properties, device), "cudaGetDeviceProperties");
  return properties.name;
}

std::string text_of(const Capability& capability) {
  return std::to_string(capability.major) + "." + std::to_string(capability.minor);
}

}  // namespace

std::optional<std::string> why_no_gpu() {
  int devices = 0;
  const cudaError_t status = cudaGetDeviceCount(&devices);
  if (status == cudaErrorInsufficientDriver) {
    int runtime = 0;
    cudaRuntimeGetVersion(&runtime);
    return "no NVIDIA driver for CUDA " + cuda_version(runtime) + " or newer is loaded";
  }
  if (status == cudaErrorNoDevice || (status == cudaSuccess && devices == 0)) return "no CUDA device is visible";
  if (status != cudaSuccess) return std::string("the CUDA devices cannot be counted: ") + cudaGetErrorString(status);
  try {
    const Capability capability = current_capability();
    if (architecture_of(capability) != nullptr) return std::nullopt;
    std::string built;
    for (const Architecture& architecture : architectures())
      built.append(built.empty() ? "" : ", ").append(architecture.name);
    return current_name() + " has compute capability " + text_of(capability) + "; kernels are compiled for " + built;
  } catch (const DeviceError& error) {
    return std::string("the CUDA device cannot be used: ") + error.what();
  }
}

DeviceFacts device_facts() {
  if (const auto why = why_no_gpu()) throw DeviceError(*why);
  const Capability capability = current_capability();
  int driver = 0, runtime = 0;
  check(cudaDriverGetVersion(&driver), "cudaDriverGetVersion");
  check(cudaRuntimeGetVersion(&runtime), "cudaRuntimeGetVersion");
  return {current_name(),
          text_of(capability),
          std::string(architecture_of(capability)->name),
          driver_version(),
          cuda_version(driver),
          cuda_version(runtime),
          std::string(nvcc_version())};
}

}  // namespace bitgate::device
