// The half of mma.h that needs CUDA, in a build without kernels; mma.cpp takes its place in the other.
#include "bitgate/device/kernel.h"
#include "bitgate/device/mma.h"

namespace bitgate::device {

struct MmaRun::State {};

MmaRun::MmaRun() { throw DeviceError(*why_no_gpu()); }
MmaRun::~MmaRun() = default;

bool MmaRun::has(const MmaOpInfo&) const noexcept { return false; }

void MmaRun::start(const MmaOpInfo&, const MmaTiles&) { throw DeviceError(*why_no_gpu()); }

std::span<const std::uint32_t> MmaRun::finish() { throw DeviceError(*why_no_gpu()); }

}  // namespace bitgate::device
