// The half of operation.h that needs CUDA, in a build without kernels; run_operation.cpp takes its place in the other.
#include "bitgate/device/operation.h"

namespace bitgate::device {

std::vector<std::byte> run(const Operation& operation, const Extent& extent, InputType type, const OperationData& given,
                           const RunOptions&) {
  require_accepted(operation, extent, type, given);
  throw CannotServe(*why_no_gpu());
}

}  // namespace bitgate::device
