// The CUDA half of kernel.h; run_without_cuda.cpp takes its place in a build without kernels.
#include <cuda_runtime_api.h>

#include <algorithm>
#include <fstream>

#include "bitgate/device/kernel.h"
#include "bitgate/device/launch/driver_version.h"
#include "bitgate/device/launch/launch.h"
#include "bitgate/device/launch/unpack.h"
#include "bitgate/device/support/buffer.h"

namespace bitgate::device {
namespace {

constexpr std::size_t kGuardBytes = 256;

std::string cuda_version(int number) {
  return std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10);
}

std::string driver_version() {
  std::ifstream file("/proc/driver/nvidia/version");
  std::string line;
  std::getline(file, line);
  return parse_driver_version(line);
}

// One output on the device with its guard zone.
class Output {
 public:
  Output(std::string_view name, std::int64_t bytes, std::uint8_t poison, cudaStream_t stream)
      : name_(name),
        poison_(std::byte{poison}),
        bytes_(static_cast<std::size_t>(bytes)),
        memory_(bytes_ + kGuardBytes) {
    check(cudaMemsetAsync(memory_.data(), poison, memory_.bytes(), stream), "poisoning " + name_);
  }

  void* data() const noexcept { return memory_.data(); }
  std::size_t bytes() const noexcept { return bytes_; }

  // After the stream is synchronised.
  std::vector<std::byte> read() const {
    std::vector<std::byte> bytes(memory_.bytes());
    check(cudaMemcpy(bytes.data(), memory_.data(), bytes.size(), cudaMemcpyDeviceToHost), "reading " + name_);
    for (std::size_t i = bytes_; i < bytes.size(); ++i)
      if (bytes[i] != poison_)
        throw DeviceError("the kernel wrote " + std::to_string(i - bytes_) + " bytes behind the end of " + name_);
    bytes.resize(bytes_);
    return bytes;
  }

 private:
  std::string name_;
  std::byte poison_;
  std::size_t bytes_;
  DeviceBuffer memory_;
};

void upload(void* to, const void* from, std::size_t bytes, cudaStream_t stream, std::string_view what) {
  if (bytes != 0) check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream), what);
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

QuantizedTensor run(const Kernel& kernel, const Request& request, const RunOptions& options) {
  require_accepted(kernel, request);
  if (const auto why = why_no_gpu()) throw DeviceError(*why);
  const Scheme& scheme = scheme_of(kernel.scheme);
  const Extent& extent = request.input.extent;
  const BufferBytes bytes = buffer_bytes(scheme, extent, request.input.type);
  const std::span<const float> amax = request.global.empty() ? request.amax : request.global;

  const Stream owner = make_stream();
  cudaStream_t stream = owner.get();
  const DeviceBuffer input(static_cast<std::size_t>(bytes.input));
  upload(input.data(), request.input.data, input.bytes(), stream, "copying the input");
  const Output global("amax", bytes.amax, options.poison, stream);
  const Output codes("codes", bytes.codes, options.poison, stream);
  const Output scales("scales", bytes.scales, options.poison, stream);
  const Output extras("extras", bytes.extras, options.poison, stream);
  // The amax kernels raise what is there.
  if (amax.empty())
    check(cudaMemsetAsync(global.data(), 0, global.bytes(), stream), "clearing amax");
  else
    upload(global.data(), amax.data(), global.bytes(), stream, "copying amax");

  const Addresses addresses{input.data(), global.data(), codes.data(), scales.data(), extras.data()};
  for (const Launch& launch : kernel.plan(extent, request.input.type, {.amax_given = !amax.empty()}))
    start(launch, addresses, stream);
  check(cudaGetLastError(), "launching " + key(kernel));
  check(cudaStreamSynchronize(stream), "running " + key(kernel));
  return unpack(scheme, kernel.global_number, extent, {global.read(), codes.read(), scales.read(), extras.read()});
}

}  // namespace bitgate::device
