// The half of hardware.h that needs CUDA, in a build without kernels; hardware.cpp takes its place in the other.
#include "bitgate/device/hardware.h"
#include "bitgate/device/kernel.h"

namespace bitgate::device {

struct HardwareRun::State {};

HardwareRun::HardwareRun() { throw DeviceError(*why_no_gpu()); }
HardwareRun::~HardwareRun() = default;

bool HardwareRun::has(const HardwareOpInfo&) const noexcept { return false; }

void HardwareRun::start(const HardwareOpInfo&, std::span<const HardwareOperand>, std::uint32_t) {
  throw DeviceError(*why_no_gpu());
}

std::span<const std::uint32_t> HardwareRun::finish() { throw DeviceError(*why_no_gpu()); }

}  // namespace bitgate::device
