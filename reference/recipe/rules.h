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
  kAvxTree,     // maxps over ggml's tree of 32: of a pair with a NaN the second is taken, whatever it is
  // TensorRT-LLM and FlashInfer, cuda_max of a pair: even and odd places apart, a NaN dropped unless a half is all NaN;
  // then (even > odd) ? even : odd, so that odd places of nothing but NaN give NaN.
  kOddHalfLast,
};

// How a quotient is formed.
enum class Divide : std::uint8_t {
  kIeee,                 // one correctly rounded division
  kTimesIeeeReciprocal,  // multiplied by the rounded reciprocal of the divisor
  kFull,                 // div.full.f32: Triton's and Inductor's "/"
  kApproxFtz,            // div.approx.ftz.f32: "/" under -use_fast_math (FlashInfer, SGLang's sm_90 library)
  // Multiplied by MUFU.RCP of the divisor: rcp.approx.ftz as written, and "/" under -use_fast_math.
  kTimesApproxReciprocal,
  kIeeeOrZero,  // IEEE, and 0 for a divisor of 0: vLLM's Python reciprocal
};

// Intermediates of the global and block scale are kept in binary32 or rounded to the input's type (eager bf16).
enum class Intermediate : std::uint8_t { kBinary32, kInputType };

enum class GlobalForm : std::uint8_t {
  kNone,
  kEncodeScale,  // S = target / amax, multiplies inputs; its reciprocal decodes (TransformerEngine)
  kDecodeScale,  // s = amax / target, multiplies codes (torchao)
  // The caller gives S, by convention target / amax, which nothing guards (FlashInfer, TensorRT-LLM, vLLM, CUTLASS).
  kGivenEncodeScale,
  // The caller gives g, amax / target: S = 1 / g, and its reciprocal is formed again (FlashInfer, inverted scale).
  kGivenInverse,
  // The caller gives g, amax / target, which meets the block scale itself; S = 1 / g (FlashInfer's KV cache).
  kGivenDecodeScale,
  // FlashInfer's per-token kernels, from a row's max|x| and the caller's factor of the whole tensor (given_inverse):
  // s = amax * inverse is stored, S = MUFU.RCP(s).
  kPerTokenFast,
  // S = (1 / inverse) / amax, s = 1 / S is stored.
  kPerTokenExact,
  // G = (1 / amax) * target, each rounded to the input's type, 1 where that is NaN or infinite; G is stored and divides
  // codes (compressed-tensors).
  kReciprocalTimesTarget,
};

// What becomes of an encode scale that came out useless.
enum class ZeroGlobal : std::uint8_t {
  kOneForZeroAmaxOrScale,  // amax == 0 or S == 0: S = 1 (TransformerEngine's kernels)
  kOneForZeroScale,        // S == 0: S = 1 (TransformerEngine's PyTorch reference)
  kOneUnlessPositive,      // S = 1 unless amax > 0; an infinite amax keeps S = 0 (fused RHT)
  kOneForTheCast,          // as kOneUnlessPositive, and where S is 0 the cast takes 1 (partial cast)
  kKeep,
  // Of kPerTokenExact: a row of zeros has S = FLT_MAX, an S of 0 is 1; under 4over6 both stay 0 and s is 0.
  kLargestForZeroAmax,
  kZeroForZeroAmax,
};

// The smaller of a number and a bound, where the number is NaN.
enum class MinNan : std::uint8_t {
  kDrop,  // fminf: the bound
  kKeep,  // PyTorch's min, min.NaN: the NaN
};

struct GlobalRule {
  GlobalForm form = GlobalForm::kNone;
  float target = 0.0f;  // 2688 = 6 * 448, or 448
  Divide divide = Divide::kIeee;
  AmaxNan amax_nan = AmaxNan::kIgnore;
  MinNan min_nan = MinNan::kDrop;  // of S and FLT_MAX, and of the element multiplier and its ceiling
  ZeroGlobal on_zero = ZeroGlobal::kKeep;
  Divide reciprocal = Divide::kIeee;   // of 1/s
  float floor = 0.0f, ceiling = 0.0f;  // clamp; both 0: none
  // globalScaleInv of the per-token kernels, which the caller gives: 1 / target.
  float given_inverse = 0.0f;
  friend constexpr bool operator==(const GlobalRule&, const GlobalRule&) = default;
};

enum class ScaleForm : std::uint8_t {
  kAmaxTimesFoldedGlobal,          // amax * (S * 1/6): the product of S and 1/6 is rounded first
  kAmaxOverElementMax,             // amax / 6
  kAmaxOverElementMaxThenGlobal,   // (amax / 6) / s
  kAmaxOverElementMaxTimesGlobal,  // (amax / 6) * S, S or 1/s rounded first
  kExponentFloor,                  // exponent of amax minus the exponent of the largest element
  kExponentCeil,                   // as kExponentFloor, plus one unless amax is a power of two
  kExponentEven,                   // as kExponentFloor of amax rounded to the element's mantissa, half up
  kExponentFloorOfFinite,          // as kExponentFloor, but infinity has an exponent too (torchao before #4725)
  kExponentRoundUp,                // amax * (1 / element max), exponent rounded up
  kAmaxOver127,                    // d = amax / 127
  kReciprocalOfMultiplier,         // d = 1 / (127 / amax), both by MUFU, or both divided
  kFp8,                            // encode scale = element max / amax; 1 for 0, Inf and NaN; its reciprocal is stored
  // FlashInfer's per-token kernel of fp32: 1 / (s * m), m = 6 * (1 / amax) or 0, which multiplies the elements.
  kPerTokenF32,
  // FlashInfer's CuTe rmsnorm: (S * amax) * 1/6, at most 448; and of its MXFP4 ceil(MUFU.LG2(amax * 1/6)).
  kGlobalTimesAmaxFirst,
  kApproxLog2Ceil,
  // vLLM's MXFP4 since 20b4ad8e: as kExponentEven, of infinity too; the carry out of a NaN's field is lost: field 0.
  kExponentEvenOfBits,
  kReciprocalOfEncodeScale,  // encode scale = element max / amax; 1 for 0; its reciprocal is stored (TensorRT-LLM)
  // amax / (6 * s): the divisor is rounded first (ModelOpt's NVFP4QTensor).
  kAmaxOverScaledElementMax,
  // As kExponentFloor of amax plus a quarter of its binade, whatever the element (compressed-tensors' MXFP4, MXFP8).
  kExponentQuarter,
  // ceil(log2(amax / element max)), the logarithm rounded to binary32 first (ModelOpt's MXFP4QTensor).
  kExponentCeilOfLog2,
};

// What becomes of a block scale that is zero.
enum class ZeroBlockScale : std::uint8_t {
  kKeep,
  kOneBeforeEncoding,  // exactly zero before it is encoded: 1 (ModelOpt)
  kEighthOnceEncoded,  // zero as encoded: 0.125, PyTorch's eps of E4M3 (compressed-tensors)
};

// What an encode scale of kFp8, or a decode scale that is amax over the largest element, becomes.
enum class ScaleShape : std::uint8_t {
  kAny,
  kPowerOfTwo,       // its mantissa is cut off
  kPowerCeil,        // a decode scale: one is added to the exponent field unless the mantissa is 0, which is cut off
  kPowerCeilNormal,  // likewise, the field held in 1 .. 254, of infinity and NaN too (DeepGEMM's ceil_to_ue8m0)
};

// What an infinite encode scale of kFp8 becomes.
enum class InfiniteScale : std::uint8_t { kFloat32Max, kInputMax };

// What the block scale becomes where the block's amax is zero.
enum class ZeroBlock : std::uint8_t {
  kAsComputed,
  kZero,  // FlashInfer's exact build: 0 before it is encoded, whatever S is
};

// Which of the two bounds a NaN before the encoding becomes.
enum class BoundsNan : std::uint8_t {
  kPasses,   // torch.clamp; comparisons
  kFloor,    // Triton's clamp, by reading
  kCeiling,  // fminf
};

// Which elements of a tile its amax looks at.
enum class AmaxReach : std::uint8_t {
  kWhole,
  kRowsOf32,  // row r of the tile, 32 lanes wide, as far as first column + 32 r + lane is a column of the tensor
};

struct BlockRule {
  ScaleForm form = ScaleForm::kAmaxOverElementMax;
  Divide divide = Divide::kIeee;
  Divide global_divide = Divide::kIeee;  // of kAmaxOverElementMaxThenGlobal's second division
  Intermediate intermediate = Intermediate::kBinary32;
  AmaxNan amax_nan = AmaxNan::kIgnore;
  float floor = 0.0f, ceiling = 0.0f;  // clamp before the scale is encoded; a zero bound is none
  BoundsNan bounds_nan = BoundsNan::kPasses;
  EncodeRule encode{};
  ScaleShape shape = ScaleShape::kAny;
  InfiniteScale infinite = InfiniteScale::kFloat32Max;
  float amax_floor = 0.0f;  // amax is at least this; a NaN that got so far passes
  Intermediate amax_floor_type = Intermediate::kBinary32;
  AmaxReach reach = AmaxReach::kWhole;
  ZeroBlock zero = ZeroBlock::kAsComputed;
  ZeroBlockScale on_zero = ZeroBlockScale::kKeep;
  friend constexpr bool operator==(const BlockRule&, const BlockRule&) = default;
};

// Where the number that scales elements comes from.
enum class MultiplierForm : std::uint8_t {
  kReciprocalOfProduct,        // 1 / (scale * 1/S), multiplies
  kReciprocalOfScale,          // 1 / scale, multiplies
  kGlobalReciprocalOverScale,  // S / scale, or (1 / s) / scale; multiplies
  kGlobalOverUnroundedScale,   // S / scale before it was encoded, multiplies
  kDivideByProduct,            // scale * s, divides
  kExponentNegated,            // 2^(127 - scale code), multiplies
  kApproxReciprocalOfScale,    // MUFU.RCP(d before it is stored), multiplies; amax 0 gives all-zero codes
  kApproxReciprocalOrZero,     // d before it is stored, flushed: d != 0 ? MUFU.RCP(d) : 0, multiplies
  kHostReciprocalOfScale,      // d before it is stored: d != 0 ? 1 / d : 0, multiplies
  k127OverAmax,                // 127 / amax as block.divide says, multiplies; no zero test
  kHost127OverAmax,            // amax != 0 ? 127 / amax : 0, multiplies
  kDivideByUnroundedScale,     // d before it is stored, divides; amax 0 gives all-zero codes
  kDivideByNormalPower,        // 2^(scale code - 127), at least 2^-126, divides
  kEncodeScale,                // the encode scale of kFp8 or kReciprocalOfEncodeScale, multiplies
  // FlashInfer's CuTe rmsnorm: (scale code != 0 ? 1 / scale : 0) * S, where codes below 8 are taken for 2^-7 (1 + code
  // / 8); of its MXFP4 2^(127 - scale code), 0 for code 0.
  kScaleReciprocalTimesGlobal,
  kExponentNegatedOrZero,
  kElementMaxOverAmax,  // largest element / amax, multiplies; the stored scale is another division's
  kDivideByScale,       // scale, divides
  // 2^(127 - scale code) by MUFU.EX2, or a host's exp2f, and 1 for code 0; multiplies (TensorRT-LLM's exp2f_rcp).
  kApproxPowerNegated,
  kApproxReciprocalOfStored,  // MUFU.RCP(scale), multiplies
  // MUFU.RCP of the binary32 whose exponent field is the scale code, multiplies: 255 is infinity (vLLM's old MXFP4).
  kApproxReciprocalOfField,
  kReciprocalOfField,  // 1 / the binary32 whose exponent field is the scale code, multiplies (vLLM)
  kNegatedField,       // the binary32 of exponent field 254 - scale code, wrapping: 255 gives -Inf (DeepEP, CuTe)
  // scale / G, divides (compressed-tensors).
  kDivideByScaleOverGlobal,
  // 2^(scale code - 127), of which code 255 makes infinity; divides (compressed-tensors).
  kDivideByPower,
};

// What the multiplier becomes under a stored scale of zero.
enum class ZeroScale : std::uint8_t {
  kAsComputed,
  kZero,           // TransformerEngine's C++ test; under .ftz an E8M0 code 0, 2^-127, is zero too
  kZeroUnrounded,  // its old one: where the scale before it was encoded is zero
  kFloat32Max,     // its partial cast, unless the scale is positive
  kZeroAmax,       // 0 under an amax of zero, as the machine reads it (TensorRT-LLM: vecMax != 0)
  kZeroCode,       // 0 under scale code 0 (vLLM's MXFP4, whose field 0 is a zero; FlashInfer's CuTe kernels)
};

enum class MultiplierType : std::uint8_t { kBinary32, kBf16 };

enum class Product : std::uint8_t {
  kRounded,       // x * m
  kFusedAddZero,  // fma(x, m, +0): a product of -0 becomes +0
};

enum class ElementEncode : std::uint8_t {
  kCvt,               // cvt.rn.satfinite: E2M1 NaN gives +6
  kComparisons,       // TransformerEngine's PyTorch reference: -0 and NaN give code 0
  kFloatBits,         // torchao's integer rounding: a NaN's payload decides the code
  kTorchCast,         // PyTorch eager cast (E4M3)
  kRoundAwayLowByte,  // ggml: half away from zero, saturating convert, the low byte is stored
  kRoundEvenPacked,   // ggml AVX: half to even, packed with saturation from x86's convert
  kRoundEvenLowByte,  // ggml NEON: half to even, saturating convert, the low byte is stored
  kStochasticSoft,    // TransformerEngine's software rule; byte i of a word serves element i of four
  kStochasticHw,      // cvt.rs.satfinite.e2m1x4; bytes 0, 2, 1, 3 serve elements 0 .. 3 (assumed, not measured)
  kCvtThroughBf16,    // as kCvt, of the value rounded to bf16 first (TensorRT-LLM's cudaTypeUtils.cuh)
  kLowerOfTie,        // E2M1 by torch.bucketize: a tie goes to the lower code, NaN is 6, a zero has no sign (DeepGEMM)
  kCvtNanSign,        // CUTLASS's host converter: as kCvt, but a NaN keeps its sign
  // ModelOpt's table search for E2M1: NaN is +6, a zero has no sign.
  kTableSearch,
  // ModelOpt's MXFP4QTensor: ties toward zero; every zero is 8, for the sign bit is 0 of positive numbers alone.
  kTiesDownZeroNegative,
};

struct ElementRule {
  MultiplierForm multiplier = MultiplierForm::kReciprocalOfProduct;
  Divide divide = Divide::kIeee;    // of the multiplier's own quotient; where it divides, of the element by it
  float multiplier_ceiling = 0.0f;  // 0: none
  MultiplierType multiplier_type = MultiplierType::kBinary32;
  ZeroScale zero_scale = ZeroScale::kAsComputed;
  Product product = Product::kRounded;
  float clamp = 0.0f;  // of the scaled element; 0: none
  ElementEncode encode = ElementEncode::kCvt;
  BoundsNan clamp_nan = BoundsNan::kPasses;       // max(min(x, c), -c) gives the ceiling, min(max(x, -c), c) the floor
  Intermediate scaled = Intermediate::kBinary32;  // what the scaled element is rounded to before clamp and code
  friend constexpr bool operator==(const ElementRule&, const ElementRule&) = default;
};

enum class ExtraRule : std::uint8_t {
  kNone,
  kWarpSum,         // sum of inputs: xor tree 16-8-4-2-1 over 32
  kQuadThenTree,    // sum of inputs: four in a row serially, then an xor tree over the quads
  kScaledCodeSum,   // d times the integer sum of the codes
  kScaledWholeSum,  // d times the int32 sum, which wraps, of the whole numbers before they are packed
};

// Before the blocks: what is done to the groups of 16 of the column-wise side.
enum class Transform : std::uint8_t {
  kNone,
  kHadamard16Signed,  // diag(sgn) * H16 / 4, sgn by mask 0xD7E8
  kHadamard16,        // H16 / 4: TransformerEngine's option without random signs
};

// What stands in front of the quantizer: its result, as stored, is what the blocks are made of.
enum class Fusion : std::uint8_t {
  kNone,
  kRmsNorm,        // ggml: x * scale
  kRmsNormMul,     // (scale * x) * weight
  kRmsNormMulAdd,  // fma(scale * x, weight, residual)
  kGelu,           // TransformerEngine: by tanhf, rounded to the input's type
  // FlashInfer's CuTe rmsnorm: x * weight in the input's type, then in binary32 the row's factor, which is given.
  kRmsNormCute,
  // SiLU(gate) * input in binary32, rounded to the input's type (fused/silu.h); which instructions divide and
  // exponentiate:
  kSiluFtz,         // FlashInfer, -use_fast_math: ex2.approx.ftz, div.approx.ftz
  kSiluApprox,      // vLLM's __expf and __fdividef: ex2.approx, div.approx
  kSiluIeee,        // FlashInfer's CuTe kernels: ex2.approx.ftz, div.rn
  kSiluRoundedFtz,  // SGLang's sm_90 library: as kSiluFtz, but SiLU is rounded to the input's type before the product
};

// Rules that search or that no axes express: one file each in special/.
enum class Special : std::uint8_t {
  kNone,
  kFourOverSix,     // two candidates a block, the smaller error wins (TransformerEngine)
  kGgmlMxfp4Host,   // floor(log2f(amax)) - 2, nearest table entry
  kGgmlMxfp4Mmq,    // MUFU.LG2 to nearest, cvt.e2m1
  kGgmlNvfp4Host,   // UE4M3 by ggml's own rounding, nearest table entry
  kGgmlNvfp4MmqV1,  // five scale codes tried, software e2m1
  kGgmlNvfp4MmqV2,  // one amax a row; five scale codes tried, stored by another rounding path
  kGgmlLegacy,      // Q4_0, Q4_1, Q5_0, Q5_1
  kMicroxcaling,    // values only
  kValuesOnly,      // the operand itself is the answer (RMS_NORM alone)
  // Two candidates a block by FlashInfer's lines.
  kFlashinferFourOverSix,
  // ModelOpt's fake quantizers, values only: the Triton kernel of NVFP4, and the CUDA extension of NVFP4 and MX.
  kModeloptTriton,
  kModeloptExtension,
};

enum class BlockError : std::uint8_t { kMae, kMse };
enum class ErrorMath : std::uint8_t {
  kExact,  // binary32: ((code * scale) * amax) / (6 E) - x
  kHalf,   // binary16 product code * scale against x * S
};

// Whether a multiply and a following add become one fma: ggml's Q4 and Q5 quantizers where the compiler has FMA.
enum class Contraction : std::uint8_t { kNone, kFused };

// microxcaling: which of its two implementations, how elements round, what becomes of subnormal blocks.
enum class MxPath : std::uint8_t { kExtension, kPython };
enum class MxFlush : std::uint8_t { kKeep, kFlush };

// FlashInfer's two builds of kFlashinferFourOverSix: how block_amax / 6, 1/S and 1 / (scale / S) are formed.
enum class Quotients : std::uint8_t {
  kIeee,    // div.rn; the last one is at most FLT_MAX
  kApprox,  // MUFU.RCP
};

// Over how many threads its sum of errors runs (CVT_FP16_TO_FP4_ELTS_PER_THREAD).
enum class ErrorThreads : std::uint8_t {
  kOneOfSixteen,  // nvcc 12.9 and later for sm_100 and up; the per-token kernels
  kTwoOfEight,
};

struct SpecialRule {
  Special kind = Special::kNone;
  BlockError error = BlockError::kMae;
  ErrorMath math = ErrorMath::kExact;
  Contraction contraction = Contraction::kNone;
  MxPath path = MxPath::kExtension;
  MxFlush flush = MxFlush::kKeep;
  Rounding rounding = Rounding::kNearestEven;
  Quotients quotients = Quotients::kIeee;
  ErrorThreads threads = ErrorThreads::kOneOfSixteen;
  friend constexpr bool operator==(const SpecialRule&, const SpecialRule&) = default;
};

struct Rules {
  SchemeId scheme = SchemeId::kNvfp4;
  Machine machine = Machine::kGpu;
  GlobalRule global{};
  BlockRule block{};
  ElementRule element{};
  ExtraRule extra = ExtraRule::kNone;
  Fusion fusion = Fusion::kNone;
  Transform transform = Transform::kNone;
  SpecialRule special{};
  friend constexpr bool operator==(const Rules&, const Rules&) = default;
};

}  // namespace bitgate::reference
