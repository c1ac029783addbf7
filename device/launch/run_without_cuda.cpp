// The half of kernel.h that needs CUDA, in a build without kernels; run.cpp takes its place in the other.
#include "bitgate/device/kernel.h"

namespace bitgate::device {

std::optional<std::string> why_no_gpu() { return "bitgate was built without CUDA, so it has no kernels to run"; }

DeviceFacts device_facts() { throw CannotServe(*why_no_gpu()); }

QuantizedTensor run(const Kernel& kernel, const Request& request, const RunOptions&) {
  require_accepted(kernel, request);
  throw CannotServe(*why_no_gpu());
}

}  // namespace bitgate::device
