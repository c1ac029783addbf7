// The matrix instructions by name, in the order of MmaOp.
#include <algorithm>
#include <array>

#include "bitgate/device/mma.h"
#include "bitgate/device/support/cubin.h"
#include "bitgate/device/support/embedded.h"
#include "bitgate/device/support/sha256.h"

namespace bitgate::device {
namespace {

using enum MmaOp;

constexpr std::array kOps{
    MmaOpInfo{kSyncK16F32Fp16, "mma.sync.m16n8k16.f32.f16.f16.f32", 16, 16},
    MmaOpInfo{kSyncK16F16Fp16, "mma.sync.m16n8k16.f16.f16.f16.f16", 16, 16},
    MmaOpInfo{kSyncK16F32Bf16, "mma.sync.m16n8k16.f32.bf16.bf16.f32", 16, 16},
    MmaOpInfo{kSyncK8F32Fp16, "mma.sync.m16n8k8.f32.f16.f16.f32", 8, 16},
    MmaOpInfo{kSyncK8F16Fp16, "mma.sync.m16n8k8.f16.f16.f16.f16", 8, 16},
    MmaOpInfo{kSyncK8F32Bf16, "mma.sync.m16n8k8.f32.bf16.bf16.f32", 8, 16},
    MmaOpInfo{kSyncK8F32Tf32, "mma.sync.m16n8k8.f32.tf32.tf32.f32", 8, 32},
    MmaOpInfo{kSyncK4F32Tf32, "mma.sync.m16n8k4.f32.tf32.tf32.f32", 4, 32},
    MmaOpInfo{kSyncK32F32E4m3E4m3, "mma.sync.m16n8k32.f32.e4m3.e4m3.f32", 32, 8},
    MmaOpInfo{kSyncK32F32E4m3E5m2, "mma.sync.m16n8k32.f32.e4m3.e5m2.f32", 32, 8},
    MmaOpInfo{kSyncK32F32E5m2E4m3, "mma.sync.m16n8k32.f32.e5m2.e4m3.f32", 32, 8},
    MmaOpInfo{kSyncK32F32E5m2E5m2, "mma.sync.m16n8k32.f32.e5m2.e5m2.f32", 32, 8},
    MmaOpInfo{kSyncK32F16E4m3E4m3, "mma.sync.m16n8k32.f16.e4m3.e4m3.f16", 32, 8},
    MmaOpInfo{kSyncK32F16E4m3E5m2, "mma.sync.m16n8k32.f16.e4m3.e5m2.f16", 32, 8},
    MmaOpInfo{kSyncK32F16E5m2E4m3, "mma.sync.m16n8k32.f16.e5m2.e4m3.f16", 32, 8},
    MmaOpInfo{kSyncK32F16E5m2E5m2, "mma.sync.m16n8k32.f16.e5m2.e5m2.f16", 32, 8},
    MmaOpInfo{kSyncK16F32E4m3E4m3, "mma.sync.m16n8k16.f32.e4m3.e4m3.f32", 16, 8},
    MmaOpInfo{kSyncK16F32E4m3E5m2, "mma.sync.m16n8k16.f32.e4m3.e5m2.f32", 16, 8},
    MmaOpInfo{kSyncK16F32E5m2E4m3, "mma.sync.m16n8k16.f32.e5m2.e4m3.f32", 16, 8},
    MmaOpInfo{kSyncK16F32E5m2E5m2, "mma.sync.m16n8k16.f32.e5m2.e5m2.f32", 16, 8},
    MmaOpInfo{kSyncK16F16E4m3E4m3, "mma.sync.m16n8k16.f16.e4m3.e4m3.f16", 16, 8},
    MmaOpInfo{kSyncK16F16E4m3E5m2, "mma.sync.m16n8k16.f16.e4m3.e5m2.f16", 16, 8},
    MmaOpInfo{kSyncK16F16E5m2E4m3, "mma.sync.m16n8k16.f16.e5m2.e4m3.f16", 16, 8},
    MmaOpInfo{kSyncK16F16E5m2E5m2, "mma.sync.m16n8k16.f16.e5m2.e5m2.f16", 16, 8},
    MmaOpInfo{kGroupF32Fp16, "wgmma.m64n64k16.f32.f16.f16", 16, 16, true},
    MmaOpInfo{kGroupF16Fp16, "wgmma.m64n64k16.f16.f16.f16", 16, 16, true},
    MmaOpInfo{kGroupF32Bf16, "wgmma.m64n64k16.f32.bf16.bf16", 16, 16, true},
    MmaOpInfo{kGroupF32Tf32, "wgmma.m64n64k8.f32.tf32.tf32", 8, 32, true},
    MmaOpInfo{kGroupF32E4m3E4m3, "wgmma.m64n64k32.f32.e4m3.e4m3", 32, 8, true},
    MmaOpInfo{kGroupF32E4m3E5m2, "wgmma.m64n64k32.f32.e4m3.e5m2", 32, 8, true},
    MmaOpInfo{kGroupF32E5m2E4m3, "wgmma.m64n64k32.f32.e5m2.e4m3", 32, 8, true},
    MmaOpInfo{kGroupF32E5m2E5m2, "wgmma.m64n64k32.f32.e5m2.e5m2", 32, 8, true},
    MmaOpInfo{kGroupF16E4m3E4m3, "wgmma.m64n64k32.f16.e4m3.e4m3", 32, 8, true},
    MmaOpInfo{kGroupF16E4m3E5m2, "wgmma.m64n64k32.f16.e4m3.e5m2", 32, 8, true},
    MmaOpInfo{kGroupF16E5m2E4m3, "wgmma.m64n64k32.f16.e5m2.e4m3", 32, 8, true},
    MmaOpInfo{kGroupF16E5m2E5m2, "wgmma.m64n64k32.f16.e5m2.e5m2", 32, 8, true},
};

constexpr std::string_view unit_of(const MmaOpInfo& op) noexcept { return op.needs_sm_90a ? "mma_wgmma" : "mma_sync"; }

constexpr bool in_order() {
  for (std::size_t i = 0; i < kOps.size(); ++i) {
    const int bits = kOps[i].k * kOps[i].element_bits;
    const bool fits = bits == 32 * static_cast<int>(kMmaWords) || bits == 16 * static_cast<int>(kMmaWords);
    if (kOps[i].op != static_cast<MmaOp>(i) || !fits) return false;
  }
  return kOps.back().op == kGroupF16E5m2E5m2;
}
static_assert(in_order());

}  // namespace

std::span<const MmaOpInfo> mma_ops() noexcept { return kOps; }

const MmaOpInfo* find_mma_op(std::string_view name) noexcept {
  const auto found = std::find_if(kOps.begin(), kOps.end(), [&](const MmaOpInfo& op) { return op.name == name; });
  return found == kOps.end() ? nullptr : &*found;
}

std::string_view mma_source_digest(const MmaOpInfo& op) noexcept { return unit_source_digest(unit_of(op)); }

std::optional<std::string> mma_code_digest(const MmaOpInfo& op, std::string_view architecture) {
  const std::string unit(unit_of(op)), symbol = "bitgate_" + unit;
  const std::span<const std::byte> cubin = embedded_cubin(unit, architecture);
  if (cubin.empty()) return std::nullopt;
  const auto text = text_of(cubin, symbol);
  if (!text) throw DeviceError("the " + std::string(architecture) + " cubin has no kernel " + symbol);
  return sha256_hex(sha256_hex(*text) + "  " + symbol + "\n");
}

}  // namespace bitgate::device
