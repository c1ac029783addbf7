// Which single operation a thread of bitgate_hardware does, and the operands that it takes. Seen by host and device.
#pragma once

#include <cstdint>

namespace bitgate::device {

// In the order of device/launch/hardware_ops.cpp, which names each as PTX does.
enum class HardwareOp : std::int32_t {
  kRcpApproxFtz,
  kRsqrtApproxFtz,
  kEx2ApproxFtz,
  kLg2ApproxFtz,
  kRcpApprox,
  kRsqrtApprox,
  kEx2Approx,
  kLg2Approx,
  kDivApproxFtz,
  kDivApprox,
  kDivFullFtz,
  kDivFull,
  kAddRn,
  kMulRn,
  kFmaRn,
  kDivRn,
  kRcpRn,
  kSqrtRn,
  kAddRnFtz,
  kMulRnFtz,
  kFmaRnFtz,
  kDivRnFtz,
  kAddRzFtz,
  kFmaRz,
  kFmaRp,
  kMulRnBf16x2,
  kFmaRnBf16x2,
  kMin,
  kMax,
  kMinFtz,
  kMaxFtz,
  kMinNan,
  kMaxNan,
  kMinXorsignAbs,
  kE4m3x2,
  kE5m2x2,
  kFp16,
  kBf16,
  kFp16x2,
  kBf16x2,
  kE2m1x2,
  kE2m3x2,
  kE3m2x2,
  kE8m0x2Up,
  kE8m0x2TowardZero,
  kWidenFp16,
  kWidenBf16,
  kWidenE4m3x2,
  kWidenE5m2x2,
  kWidenE2m1x2,
  kWidenE8m0x2,
  kIntegerTowardZero,
  kIntegerTowardZeroFtz,
  kIntegerNearest,
  kRoundNearest,
  kFromInteger,
  kTanh,
  kGelu,
  kOurE2m1x2,
  kHeaderE2m1x2,
  kOurE2m3x2,
  kHeaderE2m3x2,
  kOurE3m2x2,
  kHeaderE3m2x2,
};

// Word i is words[i], or first + i * step modulo 2^32 where `words` is null.
struct HardwareWords {
  const std::uint32_t* words = nullptr;
  std::uint32_t first = 0, step = 0;
};

}  // namespace bitgate::device
