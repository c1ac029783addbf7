// One wgmma of a warpgroup, by PTX: D = +-A +-B + C, of 64 rows and 64 columns, A from shared memory or registers. Only
// sm_90a has it.
//
// Shared memory is not swizzled: core matrices of eight rows of 16 bytes, the two of a row group 128 bytes apart, row
// groups 256 bytes apart (PTX ISA, matrix descriptor).
#pragma once

#include "bitgate/device/kernels/mma.cuh"

namespace bitgate::device::mma {

constexpr std::uint32_t kCoreBytes = 128, kRowGroupBytes = 2 * kCoreBytes;

// Word `word` of a row of A or a column of B, in words from the start.
__device__ __forceinline__ std::uint32_t core_place(std::uint32_t row, std::uint32_t word) {
  return (row / 8 * kRowGroupBytes + word / 4 * kCoreBytes + row % 8 * 16) / 4 + word % 4;
}

__device__ __forceinline__ std::uint64_t descriptor(const std::uint32_t* shared) {
  const auto address = static_cast<std::uint64_t>(__cvta_generic_to_shared(shared));
  return (address >> 4 & 0x3FFF) | std::uint64_t{kCoreBytes >> 4} << 16 | std::uint64_t{kRowGroupBytes >> 4} << 32;
}

// What was written to shared memory is seen by the matrix unit.
__device__ __forceinline__ void shared_fence() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

// Text of an instruction and lists of operands must be literal: macros, where functions cannot be.
#define BITGATE_EIGHT(type, d, i)                                                                             \
  type(d[i]), type(d[i + 1]), type(d[i + 2]), type(d[i + 3]), type(d[i + 4]), type(d[i + 5]), type(d[i + 6]), \
      type(d[i + 7])
#define BITGATE_16_NAMES "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15}"
#define BITGATE_32_NAMES                                                                                            \
  "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, " \
  "%24, %25, %26, %27, %28, %29, %30, %31}"
#define BITGATE_WGMMA_END "; wgmma.commit_group.sync.aligned; wgmma.wait_group.sync.aligned 0; }"
#define BITGATE_WGMMA_BEGIN(condition, instruction) \
  "{ .reg .pred p; setp.ne.b32 p, " condition       \
  ", 0; wgmma.fence.sync.aligned; wgmma.mma_async.sync.aligned." instruction " "

// `tail` is "" or ", 0, 0": 16-bit operands could be transposed. With A in registers only B could.
#define BITGATE_WGMMA_F32(instruction, tail, register_tail)                                                            \
  if constexpr (kRegisters)                                                                                            \
    asm volatile(                                                                                                      \
        BITGATE_WGMMA_BEGIN("%37", instruction) BITGATE_32_NAMES                                                       \
        ", {%32, %33, %34, %35}, %36, p, %38, %39" register_tail BITGATE_WGMMA_END                                     \
        : BITGATE_EIGHT("+f", d, 0), BITGATE_EIGHT("+f", d, 8), BITGATE_EIGHT("+f", d, 16), BITGATE_EIGHT("+f", d, 24) \
        : "r"(a.word[0]), "r"(a.word[1]), "r"(a.word[2]), "r"(a.word[3]), "l"(shared_b), "r"(with_c), "n"(kScaleA),    \
          "n"(kScaleB));                                                                                               \
  else                                                                                                                 \
    asm volatile(                                                                                                      \
        BITGATE_WGMMA_BEGIN("%34", instruction) BITGATE_32_NAMES ", %32, %33, p, %35, %36" tail BITGATE_WGMMA_END      \
        : BITGATE_EIGHT("+f", d, 0), BITGATE_EIGHT("+f", d, 8), BITGATE_EIGHT("+f", d, 16), BITGATE_EIGHT("+f", d, 24) \
        : "l"(shared_a), "l"(shared_b), "r"(with_c), "n"(kScaleA), "n"(kScaleB))
#define BITGATE_WGMMA_F16(instruction, tail, register_tail)                                                    \
  if constexpr (kRegisters)                                                                                    \
    asm volatile(BITGATE_WGMMA_BEGIN("%21", instruction) BITGATE_16_NAMES                                      \
                 ", {%16, %17, %18, %19}, %20, p, %22, %23" register_tail BITGATE_WGMMA_END                    \
                 : BITGATE_EIGHT("+r", d, 0), BITGATE_EIGHT("+r", d, 8)                                        \
                 : "r"(a.word[0]), "r"(a.word[1]), "r"(a.word[2]), "r"(a.word[3]), "l"(shared_b), "r"(with_c), \
                   "n"(kScaleA), "n"(kScaleB));                                                                \
  else                                                                                                         \
    asm volatile(BITGATE_WGMMA_BEGIN("%18", instruction) BITGATE_16_NAMES                                      \
                 ", %16, %17, p, %19, %20" tail BITGATE_WGMMA_END                                              \
                 : BITGATE_EIGHT("+r", d, 0), BITGATE_EIGHT("+r", d, 8)                                        \
                 : "l"(shared_a), "l"(shared_b), "r"(with_c), "n"(kScaleA), "n"(kScaleB))

// The same arguments in every thread. False: the result is not FP32.
template <bool kRegisters, int kScaleA, int kScaleB>
__device__ __forceinline__ bool group_f32(MmaOp op, const FragmentA& a, std::uint64_t shared_a, std::uint64_t shared_b,
                                          std::uint32_t with_c, float (&d)[32]) {
  switch (op) {
    case MmaOp::kGroupF32Fp16: BITGATE_WGMMA_F32("m64n64k16.f32.f16.f16", ", 0, 0", ", 0"); return true;
    case MmaOp::kGroupF32Bf16: BITGATE_WGMMA_F32("m64n64k16.f32.bf16.bf16", ", 0, 0", ", 0"); return true;
    case MmaOp::kGroupF32Tf32: BITGATE_WGMMA_F32("m64n64k8.f32.tf32.tf32", "", ""); return true;
    case MmaOp::kGroupF32E4m3E4m3: BITGATE_WGMMA_F32("m64n64k32.f32.e4m3.e4m3", "", ""); return true;
    case MmaOp::kGroupF32E4m3E5m2: BITGATE_WGMMA_F32("m64n64k32.f32.e4m3.e5m2", "", ""); return true;
    case MmaOp::kGroupF32E5m2E4m3: BITGATE_WGMMA_F32("m64n64k32.f32.e5m2.e4m3", "", ""); return true;
    case MmaOp::kGroupF32E5m2E5m2: BITGATE_WGMMA_F32("m64n64k32.f32.e5m2.e5m2", "", ""); return true;
    default: return false;
  }
}

template <bool kRegisters, int kScaleA, int kScaleB>
__device__ __forceinline__ void group_f16(MmaOp op, const FragmentA& a, std::uint64_t shared_a, std::uint64_t shared_b,
                                          std::uint32_t with_c, std::uint32_t (&d)[16]) {
  switch (op) {
    case MmaOp::kGroupF16Fp16: BITGATE_WGMMA_F16("m64n64k16.f16.f16.f16", ", 0, 0", ", 0"); return;
    case MmaOp::kGroupF16E4m3E4m3: BITGATE_WGMMA_F16("m64n64k32.f16.e4m3.e4m3", "", ""); return;
    case MmaOp::kGroupF16E4m3E5m2: BITGATE_WGMMA_F16("m64n64k32.f16.e4m3.e5m2", "", ""); return;
    case MmaOp::kGroupF16E5m2E4m3: BITGATE_WGMMA_F16("m64n64k32.f16.e5m2.e4m3", "", ""); return;
    case MmaOp::kGroupF16E5m2E5m2: BITGATE_WGMMA_F16("m64n64k32.f16.e5m2.e5m2", "", ""); return;
    default: return;
  }
}

#undef BITGATE_WGMMA_F16
#undef BITGATE_WGMMA_F32
#undef BITGATE_WGMMA_BEGIN
#undef BITGATE_WGMMA_END
#undef BITGATE_32_NAMES
#undef BITGATE_16_NAMES
#undef BITGATE_EIGHT

// D of this thread, C before: FP32, or pairs of FP16.
struct Accumulator {
  float wide[32];
  std::uint32_t pairs[16];
};

template <bool kRegisters, int kScaleA, int kScaleB>
__device__ __forceinline__ bool group(MmaOp op, const FragmentA& a, std::uint64_t shared_a, std::uint64_t shared_b,
                                      std::uint32_t with_c, Accumulator& d) {
  const bool wide = group_f32<kRegisters, kScaleA, kScaleB>(op, a, shared_a, shared_b, with_c, d.wide);
  if (!wide) group_f16<kRegisters, kScaleA, kScaleB>(op, a, shared_a, shared_b, with_c, d.pairs);
  return wide;
}

}  // namespace bitgate::device::mma
