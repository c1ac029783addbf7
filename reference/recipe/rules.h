// The axes along which producers differ. Rules holds enumerated choices and floats only, so that it is a template
// argument, can be diffed field by field, and can be walked. Every axis says which producer's line it comes from.
#pragma once

#include <cstdint>

#include "bitgate/reference/arith/machine.h"
#include "bitgate/reference/format/scheme.h"

namespace bitgate::reference {

// How a maximum treats a NaN element.
enum class AmaxNan : std::uint8_t {
  kIgnore,      // fmaxf, max.f32: NaN is dropped; all-NaN gives 0 in a running maximum that starts at 0
  kKeepAllNan,  // as kIgnore, but all-NaN gives NaN (ggml's warp tree, which starts from an element)
  kPropagate,   // torch.amax; torch.min with FLT_MAX, where the scale has one, keeps a NaN too
  kRestart,     // ggml's host macro (a > b ? a : b): a NaN replaces the maximum, the next value replaces the NaN
};

// How a quotient is formed.
enum class Divide : std::uint8_t {
  kIeee,                   // one correctly rounded division
  kTimesIeeeReciprocal,    // multiplied by the rounded reciprocal of the divisor
  kTimesApproxReciprocal,  // multiplied by MUFU.RCP of the divisor
};

// Intermediates of the global and block scale are kept in binary32 or rounded to the input's type (eager bf16).
enum class Intermediate : std::uint8_t { kBinary32, kInputType };

enum class GlobalForm : std::uint8_t {
  kNone,
  kEncodeScale,  // S = target / amax, multiplies inputs; its reciprocal decodes (TransformerEngine)
  kDecodeScale,  // s = amax / target, multiplies codes (torchao)
};

// What becomes of an encode scale that came out useless.
enum class ZeroGlobal : std::uint8_t {
  kOneForZeroAmaxOrScale,  // amax == 0 or S == 0: S = 1 (TransformerEngine's kernels)
  kOneForZeroScale,        // S == 0: S = 1 (TransformerEngine's PyTorch reference)
  kKeep,
};

struct GlobalRule {
  GlobalForm form = GlobalForm::kNone;
  float target = 0.0f;  // 2688 = 6 * 448, or 448
  Divide divide = Divide::kIeee;
  AmaxNan amax_nan = AmaxNan::kIgnore;
  ZeroGlobal on_zero = ZeroGlobal::kKeep;
  float floor = 0.0f, ceiling = 0.0f;  // clamp; both 0: none
  friend constexpr bool operator==(const GlobalRule&, const GlobalRule&) = default;
};

enum class ScaleForm : std::uint8_t {
  kAmaxTimesFoldedGlobal,         // amax * (S * 1/6): the product of S and 1/6 is rounded first
  kAmaxOverElementMax,            // amax / 6
  kAmaxOverElementMaxThenGlobal,  // (amax / 6) / s
  kExponentFloor,                 // exponent of amax minus the exponent of the largest element
  kExponentRoundUp,               // amax * (1 / element max), exponent rounded up
  kAmaxOver127,                   // d = amax / 127
  kReciprocalOfMultiplier,        // d = 1 / (127 / amax), both by MUFU
};

struct BlockRule {
  ScaleForm form = ScaleForm::kAmaxOverElementMax;
  Divide divide = Divide::kIeee;
  Intermediate intermediate = Intermediate::kBinary32;
  AmaxNan amax_nan = AmaxNan::kIgnore;
  float floor = 0.0f, ceiling = 0.0f;  // clamp before the scale is encoded; a zero bound is none
  EncodeRule encode{};
  friend constexpr bool operator==(const BlockRule&, const BlockRule&) = default;
};

// Where the number that scales elements comes from.
enum class MultiplierForm : std::uint8_t {
  kReciprocalOfProduct,        // min(1 / (scale * 1/S), FLT_MAX), multiplies
  kReciprocalOfScale,          // 1 / scale, multiplies
  kGlobalReciprocalOverScale,  // (1 / s) / scale, multiplies
  kDivideByProduct,            // scale * s, divides
  kExponentNegated,            // 2^(127 - scale code), multiplies
  kApproxReciprocalOfScale,    // MUFU.RCP(d before it is stored), multiplies; amax 0 gives all-zero codes
  kHostReciprocalOfScale,      // d before it is stored: d != 0 ? 1 / d : 0, multiplies
  k127OverAmax,                // MUFU.RCP(amax) * 127, multiplies; no zero test
};

enum class ElementEncode : std::uint8_t {
  kCvt,               // cvt.rn.satfinite: E2M1 NaN gives +6
  kComparisons,       // TransformerEngine's PyTorch reference: -0 and NaN give code 0
  kFloatBits,         // torchao's integer rounding: a NaN's payload decides the code
  kTorchCast,         // PyTorch eager cast (E4M3)
  kRoundAwayLowByte,  // ggml: half away from zero, saturating convert, the low byte is stored
};

struct ElementRule {
  MultiplierForm multiplier = MultiplierForm::kReciprocalOfProduct;
  float clamp = 0.0f;  // of the scaled element, NaN passes; 0: none
  ElementEncode encode = ElementEncode::kCvt;
  friend constexpr bool operator==(const ElementRule&, const ElementRule&) = default;
};

enum class ExtraRule : std::uint8_t {
  kNone,
  kWarpSum,        // sum of inputs: xor tree 16-8-4-2-1 over 32
  kQuadThenTree,   // sum of inputs: four in a row serially, then an xor tree over the quads
  kScaledCodeSum,  // d times the integer sum of the codes
};

struct Rules {
  SchemeId scheme = SchemeId::kNvfp4;
  Machine machine = Machine::kGpu;
  GlobalRule global{};
  BlockRule block{};
  ElementRule element{};
  ExtraRule extra = ExtraRule::kNone;
  friend constexpr bool operator==(const Rules&, const Rules&) = default;
};

}  // namespace bitgate::reference
