// What one matrix instruction computes for one element of D: exact products and C aligned to the largest exponent, each
// cut toward zero, added as integers, rounded once. One row of data an instruction and type; one algorithm for all of
// them.
//
// Sources: north-numerical-computing/MATLAB-tensor-core b12b5a70 (what V100, A100, Ada, H100, H200, B200 returned);
// microsoft/MMA-Sim c7851383; huweim/nvfp_kernel 19ab4540 (FP4); ptxas of CUDA 13.0 (what FP8 mma.sync expands to).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "bitgate/reference/format/format.h"
#include "bitgate/reference/mma/rules.h"

namespace bitgate::reference {

enum class MmaInputs : std::uint8_t { kFp16, kBf16, kTf32, kFp8, kFp6Fp4, kMxFp8Fp6Fp4, kMxFp4, kNvFp4, kInt8 };

// Of INT8: bytes without a sign.
inline constexpr Format kUint8{"uint8", 8, 0, 8, 0, false, true, TopCodes::kFinite};

// How well a row is known.
enum class MmaEvidence : std::uint8_t {
  kReproduced,  // outputs of the GPU agree with the row; they are not in this repository
  kSources,     // several independent sources say so
  kSource,      // one does
  kInferred,
  kCaptured,  // outputs of the GPU agree, and tests/golden holds them
};
std::string_view name_of(MmaEvidence evidence) noexcept;  // "reproduced", ...

enum class MmaResult : std::uint8_t {
  kFp32TowardZero,   // 23 fraction bits, cut
  kE8m13TowardZero,  // 13 fraction bits, cut, stored as FP32
  kFp16NearestEven,  // 10 fraction bits, straight from the exact sum of the cut terms
  kInt32Wrap,        // modulo 2^32
  kInt32Saturate,    // .satfinite: clamped once, after the whole instruction
};

enum class MmaOrder : std::uint8_t {
  kChain,     // steps of ascending k; C joins the first step, each step's result the next
  kPtxasFp8,  // FP8 mma.sync of sm_90 and sm_100: k mod 4 in {0, 1}, then in {2, 3}, from zero; C by one IEEE addition,
              // nearest even
  kScaleGroups,  // FP4 with k 64: exact sums of 16, each a term at the exponent of its scales; one step
  kExact,        // integers
};

struct MmaInstruction {
  std::string_view
      name;  // "sm_90/mma.m16n8k16/f16/f32", "sm_90a/wgmma.k32/fp8/f32": architecture, instruction, inputs, D
  std::string_view architecture;  // "sm_90"
  MmaInputs inputs;
  MmaResult result;
  MmaOrder order;
  std::uint8_t k;               // of the instruction
  std::uint8_t products;        // of one fused step, G
  std::uint8_t fraction_bits;   // kept below the largest exponent, F
  std::int16_t exponent_floor;  // the largest exponent is at least this
  MmaEvidence evidence;
  std::string_view source;
  Format scale = kNoFormat;      // of the block scales, if the instruction takes them
  std::uint8_t scale_block = 0;  // k of one scale
  bool reads_c = true;           // no: C may be absent (wgmma, tcgen05); else an absent C is +0
  MmaRules rules = {};
};

// True of FP16 results; else D has 32 bits.
[[gnu::always_inline]] constexpr bool is_fp16(MmaResult result) noexcept {
  return result == MmaResult::kFp16NearestEven;
}

std::span<const MmaInstruction> mma_instructions() noexcept;
const MmaInstruction* find_mma_instruction(std::string_view name) noexcept;  // null: unknown

// Instructions that there are and that the model does not cover, with the reason.
struct MmaRefusal {
  std::string_view name, reason;
};
std::span<const MmaRefusal> mma_refusals() noexcept;
// The instruction, or InputError with one sentence: it is unknown, or listed as refused, and why.
const MmaInstruction& require_mma_instruction(std::string_view name);

// Operands of one element of D. `a` and `b` hold codes in their formats' low bits, TF32 whole FP32 registers (the unit
// drops 13 bits); fewer than k: the rest is absent. Scales only where the instruction takes them, one for each 32 (or
// 16) k.
struct MmaDot {
  Format a_format, b_format;
  std::span<const std::uint32_t> a, b;
  std::span<const std::uint8_t> a_scales, b_scales;
  std::optional<std::uint32_t> c;  // bits of D's type; none: not read (wgmma with scale-d = 0)
};

// Why the model does not cover these operands; empty: it does.
std::string_view why_not_modelled(const MmaInstruction& instruction, const Format& a, const Format& b) noexcept;

// Bits of D: of FP32, or of FP16 in the low half. Operands that why_not_modelled names, or of a wrong size, throw
// std::invalid_argument.
std::uint32_t multiply_accumulate(const MmaInstruction& instruction, const MmaDot& dot);

}  // namespace bitgate::reference
