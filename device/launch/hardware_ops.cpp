// The operations by name, in the order of HardwareOp.
#include <algorithm>
#include <array>

#include "bitgate/device/hardware.h"

namespace bitgate::device {
namespace {

using enum HardwareOp;

constexpr std::array kOps{
    HardwareOpInfo{kRcpApproxFtz, "rcp.approx.ftz.f32", 1},
    HardwareOpInfo{kRsqrtApproxFtz, "rsqrt.approx.ftz.f32", 1},
    HardwareOpInfo{kEx2ApproxFtz, "ex2.approx.ftz.f32", 1},
    HardwareOpInfo{kLg2ApproxFtz, "lg2.approx.ftz.f32", 1},
    HardwareOpInfo{kRcpApprox, "rcp.approx.f32", 1},
    HardwareOpInfo{kRsqrtApprox, "rsqrt.approx.f32", 1},
    HardwareOpInfo{kEx2Approx, "ex2.approx.f32", 1},
    HardwareOpInfo{kLg2Approx, "lg2.approx.f32", 1},
    HardwareOpInfo{kDivApproxFtz, "div.approx.ftz.f32", 2},
    HardwareOpInfo{kDivApprox, "div.approx.f32", 2},
    HardwareOpInfo{kDivFullFtz, "div.full.ftz.f32", 2},
    HardwareOpInfo{kDivFull, "div.full.f32", 2},
    HardwareOpInfo{kAddRn, "add.rn.f32", 2},
    HardwareOpInfo{kMulRn, "mul.rn.f32", 2},
    HardwareOpInfo{kFmaRn, "fma.rn.f32", 3},
    HardwareOpInfo{kDivRn, "div.rn.f32", 2},
    HardwareOpInfo{kRcpRn, "rcp.rn.f32", 1},
    HardwareOpInfo{kSqrtRn, "sqrt.rn.f32", 1},
    HardwareOpInfo{kAddRnFtz, "add.rn.ftz.f32", 2},
    HardwareOpInfo{kMulRnFtz, "mul.rn.ftz.f32", 2},
    HardwareOpInfo{kFmaRnFtz, "fma.rn.ftz.f32", 3},
    HardwareOpInfo{kDivRnFtz, "div.rn.ftz.f32", 2},
    HardwareOpInfo{kAddRzFtz, "add.rz.ftz.f32", 2},
    HardwareOpInfo{kFmaRz, "fma.rz.f32", 3},
    HardwareOpInfo{kFmaRp, "fma.rp.f32", 3},
    HardwareOpInfo{kMulRnBf16x2, "mul.rn.bf16x2", 2},
    HardwareOpInfo{kFmaRnBf16x2, "fma.rn.bf16x2", 3},
    HardwareOpInfo{kMin, "min.f32", 2},
    HardwareOpInfo{kMax, "max.f32", 2},
    HardwareOpInfo{kMinFtz, "min.ftz.f32", 2},
    HardwareOpInfo{kMaxFtz, "max.ftz.f32", 2},
    HardwareOpInfo{kMinNan, "min.NaN.f32", 2},
    HardwareOpInfo{kMaxNan, "max.NaN.f32", 2},
    HardwareOpInfo{kMinXorsignAbs, "min.xorsign.abs.f32", 2},
    HardwareOpInfo{kE4m3x2, "cvt.rn.satfinite.e4m3x2.f32", 2},
    HardwareOpInfo{kE5m2x2, "cvt.rn.satfinite.e5m2x2.f32", 2},
    HardwareOpInfo{kFp16, "cvt.rn.f16.f32", 1},
    HardwareOpInfo{kBf16, "cvt.rn.bf16.f32", 1},
    HardwareOpInfo{kFp16x2, "cvt.rn.f16x2.f32", 2},
    HardwareOpInfo{kBf16x2, "cvt.rn.bf16x2.f32", 2},
    HardwareOpInfo{kE2m1x2, "cvt.rn.satfinite.e2m1x2.f32", 2, true},
    HardwareOpInfo{kE2m3x2, "cvt.rn.satfinite.e2m3x2.f32", 2, true},
    HardwareOpInfo{kE3m2x2, "cvt.rn.satfinite.e3m2x2.f32", 2, true},
    HardwareOpInfo{kE8m0x2Up, "cvt.rp.satfinite.ue8m0x2.f32", 2, true},
    HardwareOpInfo{kE8m0x2TowardZero, "cvt.rz.satfinite.ue8m0x2.f32", 2, true},
    HardwareOpInfo{kWidenFp16, "cvt.f32.f16", 1},
    HardwareOpInfo{kWidenBf16, "cvt.f32.bf16", 1},
    HardwareOpInfo{kWidenE4m3x2, "cvt.rn.f16x2.e4m3x2", 1},
    HardwareOpInfo{kWidenE5m2x2, "cvt.rn.f16x2.e5m2x2", 1},
    HardwareOpInfo{kWidenE2m1x2, "cvt.rn.f16x2.e2m1x2", 1, true},
    HardwareOpInfo{kWidenE8m0x2, "cvt.rn.bf16x2.ue8m0x2", 1, true},
    HardwareOpInfo{kIntegerTowardZero, "cvt.rzi.s32.f32", 1},
    HardwareOpInfo{kIntegerTowardZeroFtz, "cvt.rzi.ftz.s32.f32", 1},
    HardwareOpInfo{kIntegerNearest, "cvt.rni.s32.f32", 1},
    HardwareOpInfo{kRoundNearest, "cvt.rni.f32.f32", 1},
    HardwareOpInfo{kFromInteger, "cvt.rn.f32.s32", 1},
    HardwareOpInfo{kTanh, "tanhf", 1},
    HardwareOpInfo{kGelu, "gelu", 1},
    HardwareOpInfo{kOurE2m1x2, "bitgate-e2m1x2", 2},
    HardwareOpInfo{kHeaderE2m1x2, "cuda_fp4.h-e2m1x2", 2},
    HardwareOpInfo{kOurE2m3x2, "bitgate-e2m3x2", 2},
    HardwareOpInfo{kHeaderE2m3x2, "cuda_fp6.h-e2m3x2", 2},
    HardwareOpInfo{kOurE3m2x2, "bitgate-e3m2x2", 2},
    HardwareOpInfo{kHeaderE3m2x2, "cuda_fp6.h-e3m2x2", 2},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kOps.size(); ++i)
    if (kOps[i].op != static_cast<HardwareOp>(i)) return false;
  return kOps.back().op == kHeaderE3m2x2;
}
static_assert(in_order());

}  // namespace

std::span<const HardwareOpInfo> hardware_ops() noexcept { return kOps; }

const HardwareOpInfo* find_hardware_op(std::string_view name) noexcept {
  const auto found = std::find_if(kOps.begin(), kOps.end(), [&](const HardwareOpInfo& op) { return op.name == name; });
  return found == kOps.end() ? nullptr : &*found;
}

}  // namespace bitgate::device
