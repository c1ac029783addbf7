// One mma.sync of a warp, by PTX: D = A B + C, of 16 rows and 8 columns. C goes in where D comes out.
#pragma once

#include "bitgate/device/kernels/mma.cuh"

namespace bitgate::device::mma {

// Text of an instruction must be a literal: macros, where functions cannot be.
#define BITGATE_MMA_F32(instruction)                                                                              \
  asm volatile("mma.sync.aligned." instruction " {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};" \
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])                                                   \
               : "r"(a.word[0]), "r"(a.word[1]), "r"(a.word[2]), "r"(a.word[3]), "r"(b.word[0]), "r"(b.word[1]))
#define BITGATE_MMA_HALF_K_F32(instruction)                                                           \
  asm volatile("mma.sync.aligned." instruction " {%0, %1, %2, %3}, {%4, %5}, {%6}, {%0, %1, %2, %3};" \
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])                                       \
               : "r"(a.word[0]), "r"(a.word[1]), "r"(b.word[0]))
#define BITGATE_MMA_F16(instruction)                                                              \
  asm volatile("mma.sync.aligned." instruction " {%0, %1}, {%2, %3, %4, %5}, {%6, %7}, {%0, %1};" \
               : "+r"(d[0]), "+r"(d[1])                                                           \
               : "r"(a.word[0]), "r"(a.word[1]), "r"(a.word[2]), "r"(a.word[3]), "r"(b.word[0]), "r"(b.word[1]))
#define BITGATE_MMA_HALF_K_F16(instruction)                                           \
  asm volatile("mma.sync.aligned." instruction " {%0, %1}, {%2, %3}, {%4}, {%0, %1};" \
               : "+r"(d[0]), "+r"(d[1])                                               \
               : "r"(a.word[0]), "r"(a.word[1]), "r"(b.word[0]))

// The same `op` in every thread. False: it has no FP32 result.
__device__ __forceinline__ bool sync_f32(MmaOp op, const FragmentA& a, const FragmentB& b, float (&d)[4]) {
  switch (op) {
    case MmaOp::kSyncK16F32Fp16: BITGATE_MMA_F32("m16n8k16.row.col.f32.f16.f16.f32"); return true;
    case MmaOp::kSyncK16F32Bf16: BITGATE_MMA_F32("m16n8k16.row.col.f32.bf16.bf16.f32"); return true;
    case MmaOp::kSyncK8F32Fp16: BITGATE_MMA_HALF_K_F32("m16n8k8.row.col.f32.f16.f16.f32"); return true;
    case MmaOp::kSyncK8F32Bf16: BITGATE_MMA_HALF_K_F32("m16n8k8.row.col.f32.bf16.bf16.f32"); return true;
    case MmaOp::kSyncK8F32Tf32: BITGATE_MMA_F32("m16n8k8.row.col.f32.tf32.tf32.f32"); return true;
    case MmaOp::kSyncK4F32Tf32: BITGATE_MMA_HALF_K_F32("m16n8k4.row.col.f32.tf32.tf32.f32"); return true;
    case MmaOp::kSyncK32F32E4m3E4m3: BITGATE_MMA_F32("m16n8k32.row.col.f32.e4m3.e4m3.f32"); return true;
    case MmaOp::kSyncK32F32E4m3E5m2: BITGATE_MMA_F32("m16n8k32.row.col.f32.e4m3.e5m2.f32"); return true;
    case MmaOp::kSyncK32F32E5m2E4m3: BITGATE_MMA_F32("m16n8k32.row.col.f32.e5m2.e4m3.f32"); return true;
    case MmaOp::kSyncK32F32E5m2E5m2: BITGATE_MMA_F32("m16n8k32.row.col.f32.e5m2.e5m2.f32"); return true;
    case MmaOp::kSyncK16F32E4m3E4m3: BITGATE_MMA_HALF_K_F32("m16n8k16.row.col.f32.e4m3.e4m3.f32"); return true;
    case MmaOp::kSyncK16F32E4m3E5m2: BITGATE_MMA_HALF_K_F32("m16n8k16.row.col.f32.e4m3.e5m2.f32"); return true;
    case MmaOp::kSyncK16F32E5m2E4m3: BITGATE_MMA_HALF_K_F32("m16n8k16.row.col.f32.e5m2.e4m3.f32"); return true;
    case MmaOp::kSyncK16F32E5m2E5m2: BITGATE_MMA_HALF_K_F32("m16n8k16.row.col.f32.e5m2.e5m2.f32"); return true;
    default: return false;
  }
}

__device__ __forceinline__ void sync_f16(MmaOp op, const FragmentA& a, const FragmentB& b, std::uint32_t (&d)[2]) {
  switch (op) {
    case MmaOp::kSyncK16F16Fp16: BITGATE_MMA_F16("m16n8k16.row.col.f16.f16.f16.f16"); return;
    case MmaOp::kSyncK8F16Fp16: BITGATE_MMA_HALF_K_F16("m16n8k8.row.col.f16.f16.f16.f16"); return;
    case MmaOp::kSyncK32F16E4m3E4m3: BITGATE_MMA_F16("m16n8k32.row.col.f16.e4m3.e4m3.f16"); return;
    case MmaOp::kSyncK32F16E4m3E5m2: BITGATE_MMA_F16("m16n8k32.row.col.f16.e4m3.e5m2.f16"); return;
    case MmaOp::kSyncK32F16E5m2E4m3: BITGATE_MMA_F16("m16n8k32.row.col.f16.e5m2.e4m3.f16"); return;
    case MmaOp::kSyncK32F16E5m2E5m2: BITGATE_MMA_F16("m16n8k32.row.col.f16.e5m2.e5m2.f16"); return;
    case MmaOp::kSyncK16F16E4m3E4m3: BITGATE_MMA_HALF_K_F16("m16n8k16.row.col.f16.e4m3.e4m3.f16"); return;
    case MmaOp::kSyncK16F16E4m3E5m2: BITGATE_MMA_HALF_K_F16("m16n8k16.row.col.f16.e4m3.e5m2.f16"); return;
    case MmaOp::kSyncK16F16E5m2E4m3: BITGATE_MMA_HALF_K_F16("m16n8k16.row.col.f16.e5m2.e4m3.f16"); return;
    case MmaOp::kSyncK16F16E5m2E5m2: BITGATE_MMA_HALF_K_F16("m16n8k16.row.col.f16.e5m2.e5m2.f16"); return;
    default: return;
  }
}

#undef BITGATE_MMA_F32
#undef BITGATE_MMA_HALF_K_F32
#undef BITGATE_MMA_F16
#undef BITGATE_MMA_HALF_K_F16

}  // namespace bitgate::device::mma
