// In a build without kernels; gpu_memory.cpp takes its place in the other.
#include "bitgate/device/memory.h"

namespace bitgate::device {

std::unique_ptr<Memory> gpu_memory() {
  throw CannotServe("bitgate was built without CUDA, so it has no memory of a GPU to give");
}

}  // namespace bitgate::device
