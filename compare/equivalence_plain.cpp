// Proofs for scales without a global: bounds that nothing reaches, scales that are stored whole, blocks of NaN alone,
// and fake quantizers.
#include "bitgate/compare/choices.h"
#include "bitgate/compare/equivalence_facts.h"
#include "bitgate/reference/recipe/element.h"

namespace bitgate::compare::axes {
namespace {

BlockScale scale_of(const Rules& r, InputType type, float amax) noexcept {
  NoTrace trace;
  return derive_block_scale(r, type, GlobalScale{}, amax, trace);
}

// A scale comes from a magnitude.
std::string_view why_negative_bounds_show_nothing(const Recipe& recipe, const Rules& b) {
  const Rules& a = recipe.rules;
  if (a.block.floor != b.block.floor && a.block.floor <= 0.0f && b.block.floor <= 0.0f && is_bounded(a.block.form) &&
      a.block.bounds_nan != BoundsNan::kFloor)
    return "no scale is negative";
  return "";
}

// Up to the larger floor of the amax both give the scale that the largest of those amaxes gives: its own lower bound.
std::string_view why_floors_of_amax_are_equal(const Recipe& recipe, const Rules& b) {
  const Rules& a = recipe.rules;
  const bool changes = a.block.amax_floor != b.block.amax_floor || a.block.amax_floor_type != b.block.amax_floor_type;
  if (!changes || has_global(a) || searches(a) || !is_monotone(a) || reads_amax(a)) return "";
  if (a.element.zero_scale == ZeroScale::kZeroAmax || a.extra != ExtraRule::kNone) return "";
  for (const InputType type : kInputTypes) {
    if (!accepts(recipe.accepts, type)) continue;
    Rules bare = a;
    bare.block.amax_floor = 0.0f;
    const float of_a = floored_amax(a.block, type, 0.0f), of_b = floored_amax(b.block, type, 0.0f);
    const BlockScale zero = scale_of(bare, type, 0.0f), floor = scale_of(bare, type, of_a < of_b ? of_b : of_a);
    if (zero.bits != floor.bits || zero.decode_scale != floor.decode_scale) return "";
  }
  return "an amax at its floor has the scale that zero has: the scale's own lower bound";
}

// A number that is too small for a code and a zero of its sign have one code.
bool converts_signed_zeros(ElementEncode encode) noexcept {
  return encode == ElementEncode::kCvt || encode == ElementEncode::kTorchCast || encode == ElementEncode::kFloatBits ||
         encode == ElementEncode::kCvtThroughBf16 || encode == ElementEncode::kCvtNanSign;
}

// The scale is stored as it was formed, in binary32; a NaN's payload is lost by the quotients of a GPU.
std::string_view why_whole_scales_are_equal(const Recipe& recipe, const Rules& b) {
  const Rules& a = recipe.rules;
  if (has_global(a) || searches(a) || !is_stored_whole(a) || a.machine != Machine::kGpu) return "";
  const MultiplierForm of_a = a.element.multiplier, of_b = b.element.multiplier;
  if (of_a == MultiplierForm::kReciprocalOfScale && of_b == MultiplierForm::kGlobalOverUnroundedScale &&
      rounds_reciprocal(a.element.divide))
    return "the scale is stored as it was formed";
  // From here on the scale lies between its bound and infinity.
  const bool numbers = no_nan_reaches_the_scale(a) && floor_is_a_scale(a) && a.block.floor >= 0x1p-20f;
  if (!numbers || a.element.product != Product::kRounded) return "";
  const auto powers = [](MultiplierForm form) {
    return form == MultiplierForm::kDivideByNormalPower || form == MultiplierForm::kDivideByPower;
  };
  if (of_a == MultiplierForm::kDivideByScale && powers(of_b)) return "no stored scale is subnormal or NaN";
  const auto ieee = [](Divide divide) { return divide == Divide::kIeee || divide == Divide::kIeeeOrZero; };
  if (a.element.divide != b.element.divide && ieee(a.element.divide) && ieee(b.element.divide))
    return "no stored scale is zero";
  const bool flushes = b.machine == Machine::kGpuFtz && of_a == MultiplierForm::kDivideByScale &&
                       a.element.divide == Divide::kIeee && a.block.divide == Divide::kIeee &&
                       a.block.form == ScaleForm::kAmaxOverElementMax && a.extra == ExtraRule::kNone &&
                       !reads_unrounded_scale(a) && converts_signed_zeros(a.element.encode);
  if (flushes) return "the scale's bound is far above the subnormals: an element that is flushed has a zero code";
  return "";
}

// A block of nothing but NaN, whose amax is one or 0.
std::string_view why_blocks_of_nan_are_equal(const Recipe& recipe, const Rules& b) {
  const Rules& a = recipe.rules;
  const auto all_nan = [](AmaxNan rule) { return rule == AmaxNan::kIgnore || rule == AmaxNan::kKeepAllNan; };
  const bool of_bits = a.block.form == ScaleForm::kExponentEvenOfBits && scheme_of(a.scheme).scale.bits == 8;
  if (a.block.amax_nan == b.block.amax_nan || !all_nan(a.block.amax_nan) || !all_nan(b.block.amax_nan)) return "";
  if (of_bits && !searches(a) && !has_global(a) && !takes_amax_of_scale(a) && !reads_unrounded_scale(a) &&
      !reads_amax(a) && a.element.zero_scale != ZeroScale::kZeroAmax && a.extra == ExtraRule::kNone &&
      a.block.amax_floor == 0.0f)
    return "an amax of NaN has code 0, as one of zero has";
  return "";
}

// FlashInfer's CuTe norm to MXFP4. amax / 6 is less than 2^126, so that no code is more than 253, and a NaN's is 127:
// each has a power of two that bf16 holds, code 0 has 0.
std::string_view why_logarithms_are_equal(const Recipe& recipe, const Rules& b) {
  const Rules& a = recipe.rules;
  if (a.block.form != ScaleForm::kApproxLog2Ceil || searches(a) || has_global(a) ||
      a.element.multiplier != MultiplierForm::kExponentNegatedOrZero || !multiplies_as_formed(a) ||
      max_finite(scheme_of(a.scheme).element) < 4.0)
    return "";
  if (b.element.multiplier_type != a.element.multiplier_type) return "every multiplier is a power of two";
  const float ceiling = b.element.multiplier_ceiling;
  if (ceiling != 0.0f && ceiling >= 0x1p127f) return "no multiplier is larger";
  switch (b.element.zero_scale) {
    case ZeroScale::kAsComputed: return "";
    case ZeroScale::kZero:
    case ZeroScale::kFloat32Max: return "no stored scale is zero or NaN";
    case ZeroScale::kZeroUnrounded:
    case ZeroScale::kZeroAmax:
    case ZeroScale::kZeroCode: return "zero has code 0, whose multiplier is 0 as it is";
  }
  return "";
}

// ModelOpt's Triton kernel takes 1 for a scale below 1e-5. Only an s or an amax of a block far below that can be
// subnormal, and under a scale of 1 such elements are zeros.
std::string_view why_fake_scales_are_equal(const Recipe& recipe, const Rules& b) {
  const Rules& a = recipe.rules;
  if (a.special.kind == Special::kModeloptTriton && a.machine != b.machine && !recipe.accepts.nan &&
      !recipe.accepts.infinity && a.global.form == GlobalForm::kDecodeScale && a.global.target >= 1.0f &&
      a.global.target <= 0x1p20f)
    return "no NaN is made, and where amax or s is subnormal the scale is 1";
  return "";
}

}  // namespace

std::string_view why_plain_scales_are_equal(const Recipe& recipe, const Mutant& mutant) {
  for (const auto why : {why_negative_bounds_show_nothing, why_floors_of_amax_are_equal, why_whole_scales_are_equal,
                         why_blocks_of_nan_are_equal, why_logarithms_are_equal, why_fake_scales_are_equal})
    if (const std::string_view reason = why(recipe, mutant.rules); !reason.empty()) return reason;
  return "";
}

}  // namespace bitgate::compare::axes
