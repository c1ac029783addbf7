// The rows: part 11 of spec/tensor-core.md, a line an instruction and result.
#include <algorithm>
#include <array>

#include "bitgate/reference/mma/instruction.h"

namespace bitgate::reference {
namespace {

using enum MmaInputs;
using enum MmaResult;
using enum MmaEvidence;

// Who found it, in short (instruction.h has the commits). DATA: outputs of the named GPUs in MATLAB-tensor-core.
constexpr std::string_view kVolta = "MATLAB-tensor-core: V100; MMA-Sim; Fasi et al. 2021";
constexpr std::string_view kTuring = "MMA-Sim";
constexpr std::string_view kAmpere = "MATLAB-tensor-core: A100, A2 (sm_86)";
constexpr std::string_view kAmpereHalves = "MATLAB-tensor-core: A100, A2 (sm_86); the order of the halves: MMA-Sim";
constexpr std::string_view kAda = "MATLAB-tensor-core: RTX 1000 Ada, L40S";
constexpr std::string_view kAdaHalves = "MATLAB-tensor-core: RTX 1000 Ada, L40S; the order of the halves: MMA-Sim";
constexpr std::string_view kHopper = "an H100, `bitgate mma`; MATLAB-tensor-core: H100, H200; MMA-Sim";
constexpr std::string_view kHopperTf32 =
    "an H100, `bitgate mma`; MATLAB-tensor-core: H100, H200 (4 products); 8 products: MMA-Sim";
constexpr std::string_view kHopperFp8 =
    "ptxas of CUDA 13.0; on sm_90 an H100, `bitgate mma`; MATLAB-tensor-core: H100, H200, B200";
constexpr std::string_view kWgmma = "an H100, `bitgate mma`; MMA-Sim";
constexpr std::string_view kWgmmaFp8 =
    "an H100, `bitgate mma`; MATLAB-tensor-core: H100, H200, with C = 0; C: MMA-Sim, emulation_sys, SageAttention "
    "issue 287";
constexpr std::string_view kBlackwell = "MATLAB-tensor-core: B200";
constexpr std::string_view kTcgen05 = "MMA-Sim";
constexpr std::string_view kTcgen05Fp8 = "MMA-Sim; DeepGEMM issue 176";
constexpr std::string_view kNarrow = "inferred from FP8 of the same kind; subnormal operands unknown";
constexpr std::string_view kMx = "MMA-Sim; FP6 and FP4 inferred";
constexpr std::string_view kFp4 = "MMA-Sim; nvfp_kernel on an RTX 5090, whose rule for empty groups this is";
constexpr std::string_view kGeforce = "MMA-Sim; emulation_sys";
constexpr std::string_view kGeforceNarrow = "e2m1: emulation_sys, MMA-Sim; FP6 inferred";
constexpr std::string_view kIntegers = "PTX ISA";

constexpr MmaInstruction chain(std::string_view name, MmaInputs inputs, MmaResult result, int k, int products,
                               int fraction_bits, int floor, MmaEvidence evidence, std::string_view source) {
  MmaInstruction row{name,
                     name.substr(0, name.find('/')),
                     inputs,
                     result,
                     MmaOrder::kChain,
                     static_cast<std::uint8_t>(k),
                     static_cast<std::uint8_t>(products),
                     static_cast<std::uint8_t>(fraction_bits),
                     static_cast<std::int16_t>(floor),
                     evidence,
                     source};
  row.reads_c = name.find("/mma.") != std::string_view::npos;
  return row;
}

// FP8 mma.sync that ptxas makes of two 16-bit instructions and an addition.
constexpr MmaInstruction ptxas_fp8(std::string_view name, MmaResult result, int k, MmaEvidence evidence = kReproduced) {
  const int floor = is_fp16(result) ? -21 : -133;
  MmaInstruction row = chain(name, kFp8, result, k, k / 2, 25, floor, evidence, kHopperFp8);
  row.order = MmaOrder::kPtxasFp8;
  return row;
}

constexpr MmaInstruction mx(std::string_view name, MmaEvidence evidence, std::string_view source) {
  MmaInstruction row = chain(name, kMxFp8Fp6Fp4, kFp32TowardZero, 32, 32, 25, -134, evidence, source);
  row.scale = kE8m0;
  row.scale_block = 32;
  return row;
}

constexpr MmaInstruction fp4(std::string_view name, const Format& scale, int block, MmaEvidence evidence) {
  const MmaInputs inputs = scale.has_zero ? kNvFp4 : kMxFp4;
  MmaInstruction row = chain(name, inputs, kFp32TowardZero, 64, 64, 35, -139, evidence, kFp4);
  row.order = MmaOrder::kScaleGroups;
  row.scale = scale;
  row.scale_block = static_cast<std::uint8_t>(block);
  return row;
}

constexpr MmaInstruction integers(std::string_view name, MmaResult result, int k, MmaEvidence evidence) {
  MmaInstruction row = chain(name, kInt8, result, k, k, 0, 0, evidence, kIntegers);
  row.order = MmaOrder::kExact;
  return row;
}

// exponent_floor: e_min of D less the carry bits of the widest step of that unit. Hopper's TF32 shares the unit of its
// 16-bit types.
constexpr std::array kRows{
    chain("sm_70/mma.m8n8k4/f16/f32", kFp16, kFp32TowardZero, 4, 4, 23, -131, kCaptured, kVolta),
    chain("sm_70/mma.m8n8k4/f16/f16", kFp16, kFp16NearestEven, 4, 4, 23, -19, kCaptured, kVolta),

    chain("sm_75/mma.m16n8k8/f16/f32", kFp16, kFp32TowardZero, 8, 8, 24, -132, kSource, kTuring),
    chain("sm_75/mma.m16n8k8/f16/f16", kFp16, kFp16NearestEven, 8, 8, 24, -20, kSource, kTuring),

    chain("sm_80/mma.m16n8k8/f16/f32", kFp16, kFp32TowardZero, 8, 8, 24, -132, kCaptured, kAmpere),
    chain("sm_80/mma.m16n8k8/f16/f16", kFp16, kFp16NearestEven, 8, 8, 24, -20, kCaptured, kAmpere),
    chain("sm_80/mma.m16n8k8/bf16/f32", kBf16, kFp32TowardZero, 8, 8, 24, -132, kCaptured, kAmpere),
    chain("sm_80/mma.m16n8k16/f16/f32", kFp16, kFp32TowardZero, 16, 8, 24, -132, kSource, kAmpereHalves),
    chain("sm_80/mma.m16n8k16/f16/f16", kFp16, kFp16NearestEven, 16, 8, 24, -20, kSource, kAmpereHalves),
    chain("sm_80/mma.m16n8k16/bf16/f32", kBf16, kFp32TowardZero, 16, 8, 24, -132, kSource, kAmpereHalves),
    chain("sm_80/mma.m16n8k4/tf32/f32", kTf32, kFp32TowardZero, 4, 4, 24, -132, kCaptured, kAmpere),
    chain("sm_80/mma.m16n8k8/tf32/f32", kTf32, kFp32TowardZero, 8, 4, 24, -132, kSource, kAmpereHalves),
    integers("sm_80/mma.m16n8k16/int8/s32", kInt32Wrap, 16, kSources),
    integers("sm_80/mma.m16n8k16/int8/s32.satfinite", kInt32Saturate, 16, kInferred),
    integers("sm_80/mma.m16n8k32/int8/s32", kInt32Wrap, 32, kSources),
    integers("sm_80/mma.m16n8k32/int8/s32.satfinite", kInt32Saturate, 32, kInferred),

    chain("sm_89/mma.m16n8k8/f16/f32", kFp16, kFp32TowardZero, 8, 8, 24, -132, kReproduced, kAda),
    chain("sm_89/mma.m16n8k8/f16/f16", kFp16, kFp16NearestEven, 8, 8, 24, -20, kReproduced, kAda),
    chain("sm_89/mma.m16n8k8/bf16/f32", kBf16, kFp32TowardZero, 8, 8, 24, -132, kReproduced, kAda),
    chain("sm_89/mma.m16n8k16/f16/f32", kFp16, kFp32TowardZero, 16, 8, 24, -132, kSource, kAdaHalves),
    chain("sm_89/mma.m16n8k16/f16/f16", kFp16, kFp16NearestEven, 16, 8, 24, -20, kSource, kAdaHalves),
    chain("sm_89/mma.m16n8k16/bf16/f32", kBf16, kFp32TowardZero, 16, 8, 24, -132, kSource, kAdaHalves),
    chain("sm_89/mma.m16n8k4/tf32/f32", kTf32, kFp32TowardZero, 4, 4, 24, -132, kReproduced, kAda),
    chain("sm_89/mma.m16n8k8/tf32/f32", kTf32, kFp32TowardZero, 8, 4, 24, -132, kSource, kAdaHalves),
    chain("sm_89/mma.m16n8k16/fp8/f32", kFp8, kE8m13TowardZero, 16, 16, 13, -133, kReproduced, kAda),
    chain("sm_89/mma.m16n8k16/fp8/f16", kFp8, kFp16NearestEven, 16, 16, 13, -21, kReproduced, kAda),
    chain("sm_89/mma.m16n8k32/fp8/f32", kFp8, kE8m13TowardZero, 32, 16, 13, -133, kReproduced, kAda),
    chain("sm_89/mma.m16n8k32/fp8/f16", kFp8, kFp16NearestEven, 32, 16, 13, -21, kReproduced, kAda),

    chain("sm_90/mma.m16n8k8/f16/f32", kFp16, kFp32TowardZero, 8, 16, 25, -133, kCaptured, kHopper),
    chain("sm_90/mma.m16n8k8/f16/f16", kFp16, kFp16NearestEven, 8, 16, 25, -21, kCaptured, kHopper),
    chain("sm_90/mma.m16n8k8/bf16/f32", kBf16, kFp32TowardZero, 8, 16, 25, -133, kCaptured, kHopper),
    chain("sm_90/mma.m16n8k16/f16/f32", kFp16, kFp32TowardZero, 16, 16, 25, -133, kCaptured, kHopper),
    chain("sm_90/mma.m16n8k16/f16/f16", kFp16, kFp16NearestEven, 16, 16, 25, -21, kCaptured, kHopper),
    chain("sm_90/mma.m16n8k16/bf16/f32", kBf16, kFp32TowardZero, 16, 16, 25, -133, kCaptured, kHopper),
    chain("sm_90/mma.m16n8k4/tf32/f32", kTf32, kFp32TowardZero, 4, 8, 25, -133, kCaptured, kHopperTf32),
    chain("sm_90/mma.m16n8k8/tf32/f32", kTf32, kFp32TowardZero, 8, 8, 25, -133, kCaptured, kHopperTf32),
    ptxas_fp8("sm_90/mma.m16n8k16/fp8/f32", kFp32TowardZero, 16, kCaptured),
    ptxas_fp8("sm_90/mma.m16n8k16/fp8/f16", kFp16NearestEven, 16, kCaptured),
    ptxas_fp8("sm_90/mma.m16n8k32/fp8/f32", kFp32TowardZero, 32, kCaptured),
    ptxas_fp8("sm_90/mma.m16n8k32/fp8/f16", kFp16NearestEven, 32, kCaptured),
    integers("sm_90/mma.m16n8k16/int8/s32", kInt32Wrap, 16, kSources),
    integers("sm_90/mma.m16n8k16/int8/s32.satfinite", kInt32Saturate, 16, kInferred),
    integers("sm_90/mma.m16n8k32/int8/s32", kInt32Wrap, 32, kSources),
    integers("sm_90/mma.m16n8k32/int8/s32.satfinite", kInt32Saturate, 32, kInferred),

    chain("sm_90a/wgmma.k16/f16/f32", kFp16, kFp32TowardZero, 16, 16, 25, -133, kCaptured, kWgmma),
    chain("sm_90a/wgmma.k16/f16/f16", kFp16, kFp16NearestEven, 16, 16, 25, -21, kCaptured, kWgmma),
    chain("sm_90a/wgmma.k16/bf16/f32", kBf16, kFp32TowardZero, 16, 16, 25, -133, kCaptured, kWgmma),
    chain("sm_90a/wgmma.k8/tf32/f32", kTf32, kFp32TowardZero, 8, 8, 25, -133, kCaptured, kWgmma),
    chain("sm_90a/wgmma.k32/fp8/f32", kFp8, kE8m13TowardZero, 32, 32, 13, -134, kCaptured, kWgmmaFp8),
    chain("sm_90a/wgmma.k32/fp8/f16", kFp8, kFp16NearestEven, 32, 32, 13, -22, kCaptured, kWgmma),
    integers("sm_90a/wgmma.k32/int8/s32", kInt32Wrap, 32, kSources),
    integers("sm_90a/wgmma.k32/int8/s32.satfinite", kInt32Saturate, 32, kInferred),

    chain("sm_100/mma.m16n8k8/f16/f32", kFp16, kFp32TowardZero, 8, 16, 25, -133, kReproduced, kBlackwell),
    chain("sm_100/mma.m16n8k8/f16/f16", kFp16, kFp16NearestEven, 8, 16, 25, -21, kReproduced, kBlackwell),
    chain("sm_100/mma.m16n8k8/bf16/f32", kBf16, kFp32TowardZero, 8, 16, 25, -133, kReproduced, kBlackwell),
    chain("sm_100/mma.m16n8k16/f16/f32", kFp16, kFp32TowardZero, 16, 16, 25, -133, kReproduced, kBlackwell),
    chain("sm_100/mma.m16n8k16/f16/f16", kFp16, kFp16NearestEven, 16, 16, 25, -21, kReproduced, kBlackwell),
    chain("sm_100/mma.m16n8k16/bf16/f32", kBf16, kFp32TowardZero, 16, 16, 25, -133, kReproduced, kBlackwell),
    chain("sm_100/mma.m16n8k4/tf32/f32", kTf32, kFp32TowardZero, 4, 8, 25, -133, kReproduced, kBlackwell),
    chain("sm_100/mma.m16n8k8/tf32/f32", kTf32, kFp32TowardZero, 8, 8, 25, -133, kReproduced, kBlackwell),
    ptxas_fp8("sm_100/mma.m16n8k16/fp8/f32", kFp32TowardZero, 16),
    ptxas_fp8("sm_100/mma.m16n8k16/fp8/f16", kFp16NearestEven, 16),
    ptxas_fp8("sm_100/mma.m16n8k32/fp8/f32", kFp32TowardZero, 32),
    ptxas_fp8("sm_100/mma.m16n8k32/fp8/f16", kFp16NearestEven, 32),

    chain("sm_100a/tcgen05.k16/f16/f32", kFp16, kFp32TowardZero, 16, 16, 25, -133, kSource, kTcgen05),
    chain("sm_100a/tcgen05.k16/f16/f16", kFp16, kFp16NearestEven, 16, 16, 25, -21, kSource, kTcgen05),
    chain("sm_100a/tcgen05.k16/bf16/f32", kBf16, kFp32TowardZero, 16, 16, 25, -133, kSource, kTcgen05),
    chain("sm_100a/tcgen05.k8/tf32/f32", kTf32, kFp32TowardZero, 8, 8, 25, -133, kSource, kTcgen05),
    chain("sm_100a/tcgen05.f8f6f4.k32/fp8/f32", kFp8, kFp32TowardZero, 32, 32, 25, -134, kSources, kTcgen05Fp8),
    chain("sm_100a/tcgen05.f8f6f4.k32/fp8/f16", kFp8, kFp16NearestEven, 32, 32, 25, -22, kSources, kTcgen05Fp8),
    chain("sm_100a/tcgen05.f8f6f4.k32/fp6fp4/f32", kFp6Fp4, kFp32TowardZero, 32, 32, 25, -134, kInferred, kNarrow),
    chain("sm_100a/tcgen05.f8f6f4.k32/fp6fp4/f16", kFp6Fp4, kFp16NearestEven, 32, 32, 25, -22, kInferred, kNarrow),
    mx("sm_100a/tcgen05.mxf8f6f4.k32/mxfp8/f32", kSource, kMx),
    fp4("sm_100a/tcgen05.mxf4.k64/mxfp4/f32", kE8m0, 32, kSource),
    fp4("sm_100a/tcgen05.mxf4nvf4.k64/mxfp4/f32", kE8m0, 16, kSource),
    fp4("sm_100a/tcgen05.mxf4nvf4.k64/nvfp4/f32", kUe4m3, 16, kSource),
    integers("sm_100a/tcgen05.i8.k32/int8/s32", kInt32Wrap, 32, kInferred),

    chain("sm_120/mma.m16n8k8/f16/f32", kFp16, kFp32TowardZero, 8, 16, 25, -133, kSources, kGeforce),
    chain("sm_120/mma.m16n8k8/f16/f16", kFp16, kFp16NearestEven, 8, 16, 25, -21, kSources, kGeforce),
    chain("sm_120/mma.m16n8k8/bf16/f32", kBf16, kFp32TowardZero, 8, 16, 25, -133, kSources, kGeforce),
    chain("sm_120/mma.m16n8k16/f16/f32", kFp16, kFp32TowardZero, 16, 16, 25, -133, kSources, kGeforce),
    chain("sm_120/mma.m16n8k16/f16/f16", kFp16, kFp16NearestEven, 16, 16, 25, -21, kSources, kGeforce),
    chain("sm_120/mma.m16n8k16/bf16/f32", kBf16, kFp32TowardZero, 16, 16, 25, -133, kSources, kGeforce),
    chain("sm_120/mma.m16n8k4/tf32/f32", kTf32, kFp32TowardZero, 4, 8, 25, -133, kSources, kGeforce),
    chain("sm_120/mma.m16n8k8/tf32/f32", kTf32, kFp32TowardZero, 8, 8, 25, -133, kSources, kGeforce),
    chain("sm_120/mma.m16n8k16/fp8/f32", kFp8, kFp32TowardZero, 16, 32, 25, -134, kSources, kGeforce),
    chain("sm_120/mma.m16n8k16/fp8/f16", kFp8, kFp16NearestEven, 16, 32, 25, -22, kSources, kGeforce),
    chain("sm_120/mma.m16n8k32/fp8/f32", kFp8, kFp32TowardZero, 32, 32, 25, -134, kSources, kGeforce),
    chain("sm_120/mma.m16n8k32/fp8/f16", kFp8, kFp16NearestEven, 32, 32, 25, -22, kSources, kGeforce),
    chain("sm_120a/mma.f8f6f4.m16n8k32/fp6fp4/f32", kFp6Fp4, kFp32TowardZero, 32, 32, 25, -134, kSources,
          kGeforceNarrow),
    chain("sm_120a/mma.f8f6f4.m16n8k32/fp6fp4/f16", kFp6Fp4, kFp16NearestEven, 32, 32, 25, -22, kSources,
          kGeforceNarrow),
    mx("sm_120a/mma.mxf8f6f4.m16n8k32/mxfp8/f32", kSources, kGeforceNarrow),
    fp4("sm_120a/mma.mxf4.m16n8k64/mxfp4/f32", kE8m0, 32, kSources),
    fp4("sm_120a/mma.mxf4nvf4.m16n8k64/mxfp4/f32", kE8m0, 16, kSources),
    fp4("sm_120a/mma.mxf4nvf4.m16n8k64/nvfp4/f32", kUe4m3, 16, kSources),
};

}  // namespace

std::span<const MmaInstruction> mma_instructions() noexcept { return kRows; }

std::string_view name_of(MmaEvidence evidence) noexcept {
  switch (evidence) {
    case kCaptured: return "captured";
    case kReproduced: return "reproduced";
    case kSources: return "several sources";
    case kSource: return "one source";
    case kInferred: return "inferred";
  }
  return "unknown";
}

const MmaInstruction* find_mma_instruction(std::string_view name) noexcept {
  const auto found = std::ranges::find(kRows, name, &MmaInstruction::name);
  return found == kRows.end() ? nullptr : &*found;
}

}  // namespace bitgate::reference
