// One name for each enumerator. The switches have no default, so that the compiler asks for the name of a new one.
#include "bitgate/compare/rules_axes.h"

#include <fmt/format.h>

#include "bitgate/compare/tensor_description.h"
#include "bitgate/reference/format/conversion.h"

namespace bitgate::compare {
namespace {

using namespace reference;

std::string_view name_of(Machine machine) noexcept {
  switch (machine) {
    case Machine::kGpu: return "gpu, subnormals kept";
    case Machine::kGpuFtz: return "gpu, subnormals flushed";
    case Machine::kX86: return "x86";
    case Machine::kArm: return "arm";
  }
  return "?";
}
std::string_view name_of(AmaxNan rule) noexcept {
  switch (rule) {
    case AmaxNan::kIgnore: return "ignored";
    case AmaxNan::kKeepAllNan: return "ignored unless all are NaN";
    case AmaxNan::kPropagate: return "propagates";
    case AmaxNan::kRestart: return "restarts the maximum";
    case AmaxNan::kAvxTree: return "as AVX's max, by lanes";
    case AmaxNan::kOddHalfLast: return "ignored unless all odd places are NaN";
  }
  return "?";
}
std::string_view name_of(Divide divide) noexcept {
  switch (divide) {
    case Divide::kIeee: return "IEEE division";
    case Divide::kTimesIeeeReciprocal: return "times the rounded reciprocal";
    case Divide::kFull: return "div.full";
    case Divide::kApproxFtz: return "div.approx.ftz";
    case Divide::kTimesApproxReciprocal: return "times MUFU.RCP";
    case Divide::kIeeeOrZero: return "IEEE division, 0 by a divisor of 0";
  }
  return "?";
}
std::string_view name_of(Intermediate kept) noexcept {
  switch (kept) {
    case Intermediate::kBinary32: return "binary32";
    case Intermediate::kInputType: return "the input's type";
  }
  return "?";
}
std::string_view name_of(GlobalForm form) noexcept {
  switch (form) {
    case GlobalForm::kNone: return "none";
    case GlobalForm::kEncodeScale: return "S = target / amax";
    case GlobalForm::kDecodeScale: return "s = amax / target";
    case GlobalForm::kGivenEncodeScale: return "S, given";
    case GlobalForm::kGivenInverse: return "g = 1 / S, given and inverted";
    case GlobalForm::kGivenDecodeScale: return "g = 1 / S, given";
    case GlobalForm::kPerTokenFast: return "s = row amax * inverse, S = MUFU.RCP(s)";
    case GlobalForm::kPerTokenExact: return "S = (1 / inverse) / row amax, s = 1 / S";
    case GlobalForm::kReciprocalTimesTarget: return "G = (1 / amax) * target";
  }
  return "?";
}
std::string_view name_of(ZeroGlobal rule) noexcept {
  switch (rule) {
    case ZeroGlobal::kOneForZeroAmaxOrScale: return "1 where amax or S is 0";
    case ZeroGlobal::kOneForZeroScale: return "1 where S is 0";
    case ZeroGlobal::kOneUnlessPositive: return "1 unless amax > 0";
    case ZeroGlobal::kOneForTheCast: return "1 unless amax > 0, and for the cast where S is 0";
    case ZeroGlobal::kKeep: return "as computed";
    case ZeroGlobal::kLargestForZeroAmax: return "FLT_MAX where amax is 0, 1 where S is";
    case ZeroGlobal::kZeroForZeroAmax: return "0 where amax is 0";
  }
  return "?";
}
std::string_view name_of(MinNan rule) noexcept {
  switch (rule) {
    case MinNan::kDrop: return "becomes the bound";
    case MinNan::kKeep: return "is kept";
  }
  return "?";
}
std::string_view name_of(ScaleForm form) noexcept {
  switch (form) {
    case ScaleForm::kAmaxTimesFoldedGlobal: return "amax * (S * 1/max)";
    case ScaleForm::kAmaxOverElementMax: return "amax / max";
    case ScaleForm::kAmaxOverElementMaxThenGlobal: return "(amax / max) / s";
    case ScaleForm::kAmaxOverElementMaxTimesGlobal: return "(amax / max) * S";
    case ScaleForm::kExponentFloor: return "exponent of amax, floor";
    case ScaleForm::kExponentCeil: return "exponent of amax, ceiling";
    case ScaleForm::kExponentEven: return "exponent of amax rounded to the element's mantissa";
    case ScaleForm::kExponentFloorOfFinite: return "exponent of amax, floor, of infinity too";
    case ScaleForm::kExponentRoundUp: return "exponent of amax / max, rounded up";
    case ScaleForm::kAmaxOver127: return "amax / 127";
    case ScaleForm::kReciprocalOfMultiplier: return "1 / (127 / amax)";
    case ScaleForm::kFp8: return "1 / (max / amax)";
    case ScaleForm::kPerTokenF32: return "MUFU.RCP(s * (max * MUFU.RCP(amax)))";
    case ScaleForm::kGlobalTimesAmaxFirst: return "(S * amax) * 1/max";
    case ScaleForm::kApproxLog2Ceil: return "ceiling of MUFU.LG2(amax * 1/max)";
    case ScaleForm::kExponentEvenOfBits: return "exponent of amax rounded to the element's mantissa, as bits";
    case ScaleForm::kReciprocalOfEncodeScale: return "1 / (max / amax), 1 for amax 0 alone";
    case ScaleForm::kAmaxOverScaledElementMax: return "amax / (max * s)";
    case ScaleForm::kExponentQuarter: return "exponent of amax plus a quarter of its binade";
    case ScaleForm::kExponentCeilOfLog2: return "ceil(log2(amax / max)), the logarithm rounded";
  }
  return "?";
}
std::string_view name_of(ZeroBlockScale rule) noexcept {
  switch (rule) {
    case ZeroBlockScale::kKeep: return "as computed";
    case ZeroBlockScale::kOneBeforeEncoding: return "1, before encoding";
    case ZeroBlockScale::kEighthOnceEncoded: return "0.125, once encoded";
  }
  return "?";
}
std::string_view name_of(ScaleShape shape) noexcept {
  switch (shape) {
    case ScaleShape::kAny: return "any";
    case ScaleShape::kPowerOfTwo: return "power of two";
    case ScaleShape::kPowerCeil: return "power of two, rounded up";
    case ScaleShape::kPowerCeilNormal: return "power of two, rounded up, a normal number";
  }
  return "?";
}
std::string_view name_of(InfiniteScale rule) noexcept {
  switch (rule) {
    case InfiniteScale::kFloat32Max: return "FLT_MAX";
    case InfiniteScale::kInputMax: return "the input type's largest number";
  }
  return "?";
}
std::string_view name_of(AmaxReach reach) noexcept {
  switch (reach) {
    case AmaxReach::kWhole: return "the whole tile";
    case AmaxReach::kRowsOf32: return "rows as far as 32 columns each reach";
  }
  return "?";
}
std::string_view name_of(ZeroBlock rule) noexcept {
  switch (rule) {
    case ZeroBlock::kAsComputed: return "as computed";
    case ZeroBlock::kZero: return "0";
  }
  return "?";
}
std::string_view name_of(BoundsNan rule) noexcept {
  switch (rule) {
    case BoundsNan::kPasses: return "passes";
    case BoundsNan::kFloor: return "becomes the lower bound";
    case BoundsNan::kCeiling: return "becomes the upper bound";
  }
  return "?";
}
std::string_view name_of(MultiplierForm form) noexcept {
  switch (form) {
    case MultiplierForm::kReciprocalOfProduct: return "x * (1 / (scale * 1/S))";
    case MultiplierForm::kReciprocalOfScale: return "x * (1 / scale)";
    case MultiplierForm::kGlobalReciprocalOverScale: return "x * (S / scale)";
    case MultiplierForm::kGlobalOverUnroundedScale: return "x * (S / scale before encoding)";
    case MultiplierForm::kDivideByProduct: return "x / (scale * s)";
    case MultiplierForm::kExponentNegated: return "x * 2^-exponent";
    case MultiplierForm::kApproxReciprocalOfScale: return "x * MUFU.RCP(d before storing)";
    case MultiplierForm::kApproxReciprocalOrZero: return "x * MUFU.RCP(d before storing), 0 for d 0";
    case MultiplierForm::kHostReciprocalOfScale: return "x * (1 / d before storing)";
    case MultiplierForm::k127OverAmax: return "x * (127 / amax)";
    case MultiplierForm::kHost127OverAmax: return "x * (127 / amax), 0 for amax 0";
    case MultiplierForm::kDivideByUnroundedScale: return "x / d before storing";
    case MultiplierForm::kDivideByNormalPower: return "x / 2^exponent, at least 2^-126";
    case MultiplierForm::kEncodeScale: return "x * (max / amax)";
    case MultiplierForm::kScaleReciprocalTimesGlobal: return "x * ((1 / scale) * S), a leading one in every scale";
    case MultiplierForm::kExponentNegatedOrZero: return "x * 2^-exponent, 0 for code 0";
    case MultiplierForm::kApproxPowerNegated: return "x * 2^-exponent by MUFU.EX2, 1 for code 0";
    case MultiplierForm::kApproxReciprocalOfStored: return "x * MUFU.RCP(scale)";
    case MultiplierForm::kApproxReciprocalOfField: return "x * MUFU.RCP(2^exponent, 0 for code 0)";
    case MultiplierForm::kElementMaxOverAmax: return "x * (max / amax), a division of its own";
    case MultiplierForm::kDivideByScale: return "x / scale";
    case MultiplierForm::kReciprocalOfField: return "x * (1 / 2^exponent), infinite for code 255";
    case MultiplierForm::kNegatedField: return "x * 2^-exponent, by the exponent's bits";
    case MultiplierForm::kDivideByScaleOverGlobal: return "x / (scale / G)";
    case MultiplierForm::kDivideByPower: return "x / 2^exponent, infinity for NaN";
  }
  return "?";
}
std::string_view name_of(MultiplierType type) noexcept {
  switch (type) {
    case MultiplierType::kBinary32: return "binary32";
    case MultiplierType::kBf16: return "bf16";
  }
  return "?";
}
std::string_view name_of(ZeroScale rule) noexcept {
  switch (rule) {
    case ZeroScale::kAsComputed: return "as computed";
    case ZeroScale::kZero: return "0";
    case ZeroScale::kZeroUnrounded: return "0, where it was zero before encoding";
    case ZeroScale::kFloat32Max: return "FLT_MAX";
    case ZeroScale::kZeroAmax: return "0, where amax is zero";
    case ZeroScale::kZeroCode: return "0, where its code is 0";
  }
  return "?";
}
std::string_view name_of(Product product) noexcept {
  switch (product) {
    case Product::kRounded: return "rounded";
    case Product::kFusedAddZero: return "fma with +0";
  }
  return "?";
}
std::string_view name_of(ElementEncode encode) noexcept {
  switch (encode) {
    case ElementEncode::kCvt: return "cvt.rn.satfinite";
    case ElementEncode::kComparisons: return "comparisons, -0 and NaN give 0";
    case ElementEncode::kFloatBits: return "integer rounding of the float's bits";
    case ElementEncode::kTorchCast: return "PyTorch's cast";
    case ElementEncode::kRoundAwayLowByte: return "half away from zero, low byte";
    case ElementEncode::kRoundEvenLowByte: return "half to even, low byte";
    case ElementEncode::kRoundEvenPacked: return "half to even, packed with saturation";
    case ElementEncode::kStochasticSoft: return "stochastic, software rule";
    case ElementEncode::kStochasticHw: return "stochastic, cvt.rs";
    case ElementEncode::kCvtThroughBf16: return "cvt.rn.satfinite of the value in bf16";
    case ElementEncode::kLowerOfTie: return "nearest, ties to the lower code";
    case ElementEncode::kCvtNanSign: return "cvt.rn.satfinite, a NaN keeps its sign";
    case ElementEncode::kTableSearch: return "search of midpoints, -0 gives 0";
    case ElementEncode::kTiesDownZeroNegative: return "ties toward zero, zeros are negative";
  }
  return "?";
}
std::string_view name_of(ExtraRule rule) noexcept {
  switch (rule) {
    case ExtraRule::kNone: return "none";
    case ExtraRule::kWarpSum: return "sum of inputs, tree over 32";
    case ExtraRule::kQuadThenTree: return "sum of inputs, quads then tree";
    case ExtraRule::kScaledWholeSum: return "d times the whole sum of codes";
    case ExtraRule::kScaledCodeSum: return "d times the sum of codes";
  }
  return "?";
}
std::string_view name_of(Fusion fusion) noexcept {
  switch (fusion) {
    case Fusion::kNone: return "none";
    case Fusion::kRmsNorm: return "RMS norm";
    case Fusion::kRmsNormMul: return "RMS norm, multiply";
    case Fusion::kRmsNormMulAdd: return "RMS norm, multiply, add";
    case Fusion::kGelu: return "GELU";
    case Fusion::kRmsNormCute: return "weight and row factor of a norm";
    case Fusion::kSiluFtz: return "SiLU times input, fast math";
    case Fusion::kSiluApprox: return "SiLU times input, approximate division";
    case Fusion::kSiluIeee: return "SiLU times input, IEEE division";
    case Fusion::kSiluRoundedFtz: return "SiLU, rounded, times input, fast math";
  }
  return "?";
}
std::string_view name_of(Transform transform) noexcept {
  switch (transform) {
    case Transform::kNone: return "none";
    case Transform::kHadamard16Signed: return "Hadamard 16 with signs";
    case Transform::kHadamard16: return "Hadamard 16";
  }
  return "?";
}
std::string_view name_of(Special kind) noexcept {
  switch (kind) {
    case Special::kNone: return "none";
    case Special::kFourOverSix: return "4over6";
    case Special::kGgmlMxfp4Host: return "ggml MXFP4, host";
    case Special::kGgmlMxfp4Mmq: return "ggml MXFP4, MMQ";
    case Special::kGgmlNvfp4Host: return "ggml NVFP4, host";
    case Special::kGgmlNvfp4MmqV1: return "ggml NVFP4, MMQ v1";
    case Special::kGgmlNvfp4MmqV2: return "ggml NVFP4, MMQ v2";
    case Special::kGgmlLegacy: return "ggml Q4 and Q5";
    case Special::kMicroxcaling: return "microxcaling";
    case Special::kValuesOnly: return "the operand itself";
    case Special::kFlashinferFourOverSix: return "4over6 by FlashInfer";
    case Special::kModeloptTriton: return "ModelOpt fake, Triton";
    case Special::kModeloptExtension: return "ModelOpt fake, extension";
  }
  return "?";
}
std::string_view name_of(BlockError error) noexcept { return error == BlockError::kMae ? "MAE" : "MSE"; }
std::string_view name_of(ErrorMath math) noexcept { return math == ErrorMath::kExact ? "binary32" : "binary16"; }
std::string_view name_of(Contraction rule) noexcept { return rule == Contraction::kNone ? "none" : "fma"; }
std::string_view name_of(MxPath path) noexcept { return path == MxPath::kExtension ? "extension" : "Python"; }
std::string_view name_of(MxFlush flush) noexcept { return flush == MxFlush::kKeep ? "kept" : "flushed"; }

std::string_view name_of(Quotients rule) noexcept { return rule == Quotients::kIeee ? "IEEE" : "MUFU.RCP"; }
std::string_view name_of(ErrorThreads threads) noexcept {
  return threads == ErrorThreads::kOneOfSixteen ? "one thread of 16" : "two threads of 8";
}

std::string_view name_of(RawBlocks blocks) noexcept {
  constexpr std::string_view kNames[] = {"none", "Q8_1", "MMQ D4", "MMQ DS4", "MMQ D2S6", "Q8_0",       "Q4_0",
                                         "Q4_1", "Q5_0", "Q5_1",   "MXFP4",   "NVFP4",    "FP4 MMQ MX", "FP4 MMQ NV"};
  const auto at = static_cast<std::size_t>(blocks);
  return at < std::size(kNames) ? kNames[at] : "?";
}
std::string_view name_of(RandomOrder order) noexcept {
  switch (order) {
    case RandomOrder::kNone: return "none";
    case RandomOrder::kTeTuned: return "TransformerEngine, tuned kernel";
    case RandomOrder::kTeTunedTransposed: return "TransformerEngine, tuned kernel with transpose";
    case RandomOrder::kTeTwoD: return "TransformerEngine, 2D kernel";
    case RandomOrder::kTeFallback: return "TransformerEngine, fallback kernel";
  }
  return "?";
}

template <class Enum>
AxisValue named(std::string_view axis, Enum value) {
  return {axis, std::string(name_of(value))};
}
AxisValue bound(std::string_view axis, float value) {
  return {axis, value == 0.0f ? "none" : fmt::format("{}", value)};
}

// Each struct is taken apart into as many names as it has members: a new one does not compile until it has its axis.
void add_global(const GlobalRule& rule, std::vector<AxisValue>& axes) {
  const auto& [form, target, divide, amax_nan, min_nan, on_zero, reciprocal, floor, ceiling, inverse] = rule;
  axes.insert(axes.end(),
              {named("global: form", form), bound("global: target", target), named("global: division", divide),
               named("global: NaN in amax", amax_nan), named("global: NaN against a bound", min_nan),
               named("global: useless S", on_zero), named("global: division of 1/s", reciprocal),
               bound("global: at least", floor), bound("global: at most", ceiling), bound("global: inverse", inverse)});
}

void add_block(const BlockRule& rule, std::vector<AxisValue>& axes) {
  const auto& [form, divide, global_divide, kept, amax_nan, floor, ceiling, bounds_nan, encode, shape, infinite,
               amax_floor, amax_floor_type, reach, zero, on_zero] = rule;
  const auto& [rounding, overflow, nan] = encode;
  axes.insert(axes.end(),
              {named("block scale: form", form), named("block scale: division", divide),
               named("block scale: division by the global", global_divide), named("block scale: intermediates", kept),
               named("block scale: NaN in amax", amax_nan), bound("block scale: at least", floor),
               bound("block scale: at most", ceiling), named("block scale: NaN against a bound", bounds_nan),
               named("block scale: rounding", rounding), named("block scale: overflow", overflow),
               named("block scale: NaN code", nan), named("block scale: shape", shape),
               named("block scale: infinite", infinite), bound("block scale: amax at least", amax_floor),
               named("block scale: amax at least, in", amax_floor_type), named("block scale: amax of", reach),
               named("block scale: of a zero block", zero), named("block scale: zero", on_zero)});
}

void add_element(const ElementRule& rule, std::vector<AxisValue>& axes) {
  const auto& [multiplier, divide, ceiling, type, zero_scale, product, clamp, encode, clamp_nan, scaled] = rule;
  axes.insert(axes.end(),
              {named("element: scaling", multiplier), named("element: division", divide),
               bound("element: multiplier at most", ceiling), named("element: multiplier's type", type),
               named("element: under a zero scale", zero_scale), named("element: product", product),
               bound("element: clamp", clamp), named("element: encode", encode),
               named("element: NaN against the clamp", clamp_nan), named("element: rounded before the code", scaled)});
}

void add_special(const SpecialRule& rule, std::vector<AxisValue>& axes) {
  const auto& [kind, error, math, contraction, path, flush, rounding, quotients, threads] = rule;
  axes.insert(axes.end(),
              {named("special: search", kind), named("special: error", error), named("special: error in", math),
               named("special: contraction", contraction), named("special: path", path),
               named("special: subnormal blocks", flush), named("special: rounding", rounding),
               named("special: quotients", quotients), named("special: threads", threads)});
}

}  // namespace

std::vector<AxisValue> axes_of(const Rules& rules) {
  const auto& [scheme, machine, global, block, element, extra, fusion, transform, special] = rules;
  std::vector<AxisValue> axes{{"scheme", std::string(scheme_of(scheme).name)}, named("machine", machine)};
  add_global(global, axes);
  add_block(block, axes);
  add_element(element, axes);
  axes.insert(axes.end(), {named("extra", extra), named("fused in front", fusion), named("transform", transform)});
  add_special(special, axes);
  return axes;
}

std::vector<AxisValue> axes_of(const Recipe& recipe) {
  std::vector<AxisValue> axes = axes_of(recipe.rules);
  axes.push_back({"stored: global number", std::string(compare::name_of(recipe.storage.global_number))});
  axes.push_back({"stored: nibble order", std::string(compare::name_of(recipe.storage.nibbles))});
  axes.push_back(named("stored: raw blocks", recipe.storage.blocks));
  axes.push_back(named("random words", recipe.storage.random));
  return axes;
}

std::vector<AxisDifference> axes_between(const Recipe& a, const Recipe& b) {
  const std::vector<AxisValue> of_a = axes_of(a), of_b = axes_of(b);
  std::vector<AxisDifference> differences;
  for (std::size_t i = 0; i < of_a.size(); ++i)
    if (of_a[i] != of_b[i]) differences.push_back({of_a[i].axis, of_a[i].value, of_b[i].value});
  return differences;
}

std::string describe(const std::vector<AxisDifference>& differences, std::string_view a, std::string_view b) {
  if (differences.empty()) return "none";
  std::string text;
  for (const AxisDifference& d : differences)
    text += fmt::format("{}{}: {} in {}, {} in {}", text.empty() ? "" : "; ", d.axis, d.a, a, d.b, b);
  return text;
}

}  // namespace bitgate::compare
