#include "bitgate/device/kernels/hardware.cuh"

using namespace bitgate::device;

extern "C" __global__ void bitgate_hardware(HardwareOp op, HardwareWords a, HardwareWords b, HardwareWords c,
                                            std::uint32_t* results, std::uint32_t count) {
  const std::uint32_t threads = gridDim.x * blockDim.x;
  for (std::uint32_t i = blockIdx.x * blockDim.x + threadIdx.x; i < count; i += threads)
    results[i] = hardware::result_of(op, hardware::word(a, i), hardware::word(b, i), hardware::word(c, i));
}
