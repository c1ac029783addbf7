// Which matrix instruction a block of bitgate_mma_sync or bitgate_mma_wgmma does, and how its operands lie in memory.
// Seen by host and device.
#pragma once

#include <cstdint>

namespace bitgate::device {

// In the order of device/launch/mma_ops.cpp, which names each as PTX does.
enum class MmaOp : std::int32_t {
  kSyncK16F32Fp16,
  kSyncK16F16Fp16,
  kSyncK16F32Bf16,
  kSyncK8F32Fp16,
  kSyncK8F16Fp16,
  kSyncK8F32Bf16,
  kSyncK8F32Tf32,
  kSyncK4F32Tf32,
  kSyncK32F32E4m3E4m3,
  kSyncK32F32E4m3E5m2,
  kSyncK32F32E5m2E4m3,
  kSyncK32F32E5m2E5m2,
  kSyncK32F16E4m3E4m3,
  kSyncK32F16E4m3E5m2,
  kSyncK32F16E5m2E4m3,
  kSyncK32F16E5m2E5m2,
  kSyncK16F32E4m3E4m3,
  kSyncK16F32E4m3E5m2,
  kSyncK16F32E5m2E4m3,
  kSyncK16F32E5m2E5m2,
  kSyncK16F16E4m3E4m3,
  kSyncK16F16E4m3E5m2,
  kSyncK16F16E5m2E4m3,
  kSyncK16F16E5m2E5m2,
  kGroupF32Fp16,
  kGroupF16Fp16,
  kGroupF32Bf16,
  kGroupF32Tf32,
  kGroupF32E4m3E4m3,
  kGroupF32E4m3E5m2,
  kGroupF32E5m2E4m3,
  kGroupF32E5m2E5m2,
  kGroupF16E4m3E4m3,
  kGroupF16E4m3E5m2,
  kGroupF16E5m2E4m3,
  kGroupF16E5m2E5m2,
};

// A tile is 64 rows of A against 64 columns of B: 4,096 dot products. A row of A and a column of B are eight words, k
// ascending from the low bits of the first; an instruction of half the k takes four of them. C and D are a word each,
// row-major; an FP16 one lies in the low half.
inline constexpr std::uint32_t kMmaTile = 64, kMmaWords = 8;

// Of a tile; wgmma only, without meaning for mma.sync.
inline constexpr std::uint32_t kMmaRegisters = 1;  // A comes from registers instead of shared memory
inline constexpr std::uint32_t kMmaNoC = 2;        // scale-d is 0
inline constexpr std::uint32_t kMmaNegateA = 4;    // imm-scale-a is -1
inline constexpr std::uint32_t kMmaNegateB = 8;    // imm-scale-b is -1

struct MmaOperands {
  const std::uint32_t *a, *b, *c, *flags;
  std::uint32_t* d;
  std::uint32_t tiles;
};

}  // namespace bitgate::device
