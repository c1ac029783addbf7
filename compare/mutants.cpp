#include "bitgate/compare/mutants.h"

#include <cmath>
#include <limits>
#include <set>

namespace bitgate::compare {
namespace {

using namespace reference;

// The last enumerator of each axis; of Rounding, Overflow and NanCode the last that recipes choose among, since what
// stands behind it belongs to named conversions (reference/format/conversion.h).
template <class E>
inline constexpr E kLast = E{};
template <>
inline constexpr Machine kLast<Machine> = Machine::kArm;
template <>
inline constexpr AmaxNan kLast<AmaxNan> = AmaxNan::kOddHalfLast;
template <>
inline constexpr Divide kLast<Divide> = Divide::kIeeeOrZero;
template <>
inline constexpr Intermediate kLast<Intermediate> = Intermediate::kInputType;
template <>
inline constexpr GlobalForm kLast<GlobalForm> = GlobalForm::kReciprocalTimesTarget;
template <>
inline constexpr ZeroGlobal kLast<ZeroGlobal> = ZeroGlobal::kZeroForZeroAmax;
template <>
inline constexpr MinNan kLast<MinNan> = MinNan::kKeep;
template <>
inline constexpr ScaleForm kLast<ScaleForm> = ScaleForm::kExponentCeilOfLog2;
template <>
inline constexpr ZeroBlockScale kLast<ZeroBlockScale> = ZeroBlockScale::kEighthOnceEncoded;
template <>
inline constexpr ScaleShape kLast<ScaleShape> = ScaleShape::kPowerCeilNormal;
template <>
inline constexpr InfiniteScale kLast<InfiniteScale> = InfiniteScale::kInputMax;
template <>
inline constexpr AmaxReach kLast<AmaxReach> = AmaxReach::kRowsOf32;
template <>
inline constexpr ZeroBlock kLast<ZeroBlock> = ZeroBlock::kZero;
template <>
inline constexpr BoundsNan kLast<BoundsNan> = BoundsNan::kCeiling;
template <>
inline constexpr Rounding kLast<Rounding> = Rounding::kUp;
template <>
inline constexpr Overflow kLast<Overflow> = Overflow::kInfinity;
template <>
inline constexpr NanCode kLast<NanCode> = NanCode::kZero;
template <>
inline constexpr MultiplierForm kLast<MultiplierForm> = MultiplierForm::kDivideByPower;
template <>
inline constexpr MultiplierType kLast<MultiplierType> = MultiplierType::kBf16;
template <>
inline constexpr ZeroScale kLast<ZeroScale> = ZeroScale::kZeroCode;
template <>
inline constexpr Product kLast<Product> = Product::kFusedAddZero;
template <>
inline constexpr ElementEncode kLast<ElementEncode> = ElementEncode::kTiesDownZeroNegative;
template <>
inline constexpr ExtraRule kLast<ExtraRule> = ExtraRule::kScaledWholeSum;
template <>
inline constexpr Fusion kLast<Fusion> = Fusion::kSiluRoundedFtz;
template <>
inline constexpr Transform kLast<Transform> = Transform::kHadamard16;
template <>
inline constexpr Special kLast<Special> = Special::kModeloptExtension;
template <>
inline constexpr BlockError kLast<BlockError> = BlockError::kMse;
template <>
inline constexpr ErrorMath kLast<ErrorMath> = ErrorMath::kHalf;
template <>
inline constexpr Contraction kLast<Contraction> = Contraction::kFused;
template <>
inline constexpr MxPath kLast<MxPath> = MxPath::kPython;
template <>
inline constexpr MxFlush kLast<MxFlush> = MxFlush::kFlush;
template <>
inline constexpr Quotients kLast<Quotients> = Quotients::kApprox;
template <>
inline constexpr ErrorThreads kLast<ErrorThreads> = ErrorThreads::kTwoOfEight;

std::int64_t elements_of_block(const Scheme& scheme) noexcept { return scheme.block.rows * scheme.block.cols; }

bool is_rms_norm(Fusion fusion) noexcept {
  return fusion == Fusion::kRmsNorm || fusion == Fusion::kRmsNormMul || fusion == Fusion::kRmsNormMulAdd;
}

bool f32_only(const Accepts& a) noexcept { return a.f32 && !a.bf16 && !a.f16; }

// Whether the scheme has a place for what the rules make.
bool fits(const Recipe& recipe, const Rules& rules) noexcept {
  const Scheme& scheme = scheme_of(rules.scheme);
  const Special kind = rules.special.kind;
  const std::int64_t elements = elements_of_block(scheme);
  const bool of_values = kind == Special::kMicroxcaling || kind == Special::kValuesOnly ||
                         kind == Special::kModeloptTriton || kind == Special::kModeloptExtension;
  if (of_values != is_values_only(scheme) && kind != Special::kNone) return false;
  if (is_values_only(scheme) && (kind == Special::kNone || scheme.element.bits == 0) &&
      kind != recipe.rules.special.kind)
    return false;
  if (kind == Special::kFlashinferFourOverSix && elements != 16) return false;
  if (kind == Special::kFourOverSix && elements != 16 && elements != 256) return false;
  if (rules.block.amax_nan == AmaxNan::kAvxTree && elements != 32) return false;
  const bool sums = rules.extra != ExtraRule::kNone;
  if (sums && scheme.extra_is != Extra::kSum) return false;
  if (rules.extra == ExtraRule::kWarpSum && elements != 32) return false;
  if (is_rms_norm(rules.fusion) && !f32_only(recipe.accepts)) return false;
  if (rules.fusion == Fusion::kRmsNormCute && recipe.accepts.f32) return false;
  return true;
}

class Walk {
 public:
  explicit Walk(const Recipe& recipe) : recipe_(recipe) {}

  // get(Rules&) -> an enumeration.
  template <class Get>
  void every(Get get) {
    using E = std::remove_reference_t<decltype(get(std::declval<Rules&>()))>;
    for (unsigned value = 0; value <= static_cast<unsigned>(kLast<E>); ++value) {
      Rules rules = recipe_.rules;
      get(rules) = static_cast<E>(value);
      keep(rules);
    }
  }

  // get(Rules&) -> a number: those of other recipes.
  template <class Get>
  void numbers(Get get, bool neighbours = false) {
    std::set<float> values;
    for (const Recipe& other : catalog()) {
      Rules of_other = other.rules;
      values.insert(get(of_other));
    }
    Rules own = recipe_.rules;
    const float number = get(own);
    if (neighbours && number != 0.0f) {
      values.insert(std::nextafter(number, 0.0f));
      values.insert(std::nextafter(number, std::numeric_limits<float>::infinity()));
    }
    for (const float value : values) {
      Rules rules = recipe_.rules;
      get(rules) = value;
      if (std::isfinite(value)) keep(rules);
    }
  }

  void keep(const Rules& rules) {
    if (rules == recipe_.rules || !fits(recipe_, rules)) return;
    keep(rules, recipe_.storage);
  }

  void keep(const Rules& rules, const Storage& storage) {
    Recipe changed = recipe_;
    changed.rules = rules;
    changed.storage = storage;
    const std::vector<AxisDifference> change = axes_between(recipe_, changed);
    if (change.size() == 1) mutants.push_back({rules, storage, change.front()});
  }

  std::vector<Mutant> mutants;

 private:
  const Recipe& recipe_;
};

void walk_global(Walk& walk) {
  walk.every([](Rules& r) -> GlobalForm& { return r.global.form; });
  walk.numbers([](Rules& r) -> float& { return r.global.target; }, true);
  walk.every([](Rules& r) -> Divide& { return r.global.divide; });
  walk.every([](Rules& r) -> AmaxNan& { return r.global.amax_nan; });
  walk.every([](Rules& r) -> MinNan& { return r.global.min_nan; });
  walk.every([](Rules& r) -> ZeroGlobal& { return r.global.on_zero; });
  walk.every([](Rules& r) -> Divide& { return r.global.reciprocal; });
  walk.numbers([](Rules& r) -> float& { return r.global.floor; });
  walk.numbers([](Rules& r) -> float& { return r.global.ceiling; });
  walk.numbers([](Rules& r) -> float& { return r.global.given_inverse; }, true);
}

void walk_block(Walk& walk) {
  walk.every([](Rules& r) -> ScaleForm& { return r.block.form; });
  walk.every([](Rules& r) -> Divide& { return r.block.divide; });
  walk.every([](Rules& r) -> Divide& { return r.block.global_divide; });
  walk.every([](Rules& r) -> Intermediate& { return r.block.intermediate; });
  walk.every([](Rules& r) -> AmaxNan& { return r.block.amax_nan; });
  walk.numbers([](Rules& r) -> float& { return r.block.floor; });
  walk.numbers([](Rules& r) -> float& { return r.block.ceiling; });
  walk.every([](Rules& r) -> BoundsNan& { return r.block.bounds_nan; });
  walk.every([](Rules& r) -> Rounding& { return r.block.encode.rounding; });
  walk.every([](Rules& r) -> Overflow& { return r.block.encode.overflow; });
  walk.every([](Rules& r) -> NanCode& { return r.block.encode.nan; });
  walk.every([](Rules& r) -> ScaleShape& { return r.block.shape; });
  walk.every([](Rules& r) -> InfiniteScale& { return r.block.infinite; });
  walk.numbers([](Rules& r) -> float& { return r.block.amax_floor; });
  walk.every([](Rules& r) -> Intermediate& { return r.block.amax_floor_type; });
  walk.every([](Rules& r) -> AmaxReach& { return r.block.reach; });
  walk.every([](Rules& r) -> ZeroBlock& { return r.block.zero; });
  walk.every([](Rules& r) -> ZeroBlockScale& { return r.block.on_zero; });
}

void walk_element(Walk& walk) {
  walk.every([](Rules& r) -> MultiplierForm& { return r.element.multiplier; });
  walk.every([](Rules& r) -> Divide& { return r.element.divide; });
  walk.numbers([](Rules& r) -> float& { return r.element.multiplier_ceiling; });
  walk.every([](Rules& r) -> MultiplierType& { return r.element.multiplier_type; });
  walk.every([](Rules& r) -> ZeroScale& { return r.element.zero_scale; });
  walk.every([](Rules& r) -> Product& { return r.element.product; });
  walk.numbers([](Rules& r) -> float& { return r.element.clamp; });
  walk.every([](Rules& r) -> ElementEncode& { return r.element.encode; });
  walk.every([](Rules& r) -> BoundsNan& { return r.element.clamp_nan; });
  walk.every([](Rules& r) -> Intermediate& { return r.element.scaled; });
}

void walk_special(Walk& walk) {
  walk.every([](Rules& r) -> Special& { return r.special.kind; });
  walk.every([](Rules& r) -> BlockError& { return r.special.error; });
  walk.every([](Rules& r) -> ErrorMath& { return r.special.math; });
  walk.every([](Rules& r) -> Contraction& { return r.special.contraction; });
  walk.every([](Rules& r) -> MxPath& { return r.special.path; });
  walk.every([](Rules& r) -> MxFlush& { return r.special.flush; });
  walk.every([](Rules& r) -> Rounding& { return r.special.rounding; });
  walk.every([](Rules& r) -> Quotients& { return r.special.quotients; });
  walk.every([](Rules& r) -> ErrorThreads& { return r.special.threads; });
}

void walk_storage(const Recipe& recipe, Walk& walk) {
  const Scheme& scheme = scheme_of(recipe.rules.scheme);
  Storage storage = recipe.storage;
  if (scheme.element.bits == 4 && !is_values_only(scheme) && storage.blocks == RawBlocks::kNone) {
    storage.nibbles = storage.nibbles == NibbleOrder::kLowFirst ? NibbleOrder::kHighFirst : NibbleOrder::kLowFirst;
    walk.keep(recipe.rules, storage);
  }
  if (recipe.storage.random == RandomOrder::kNone) return;
  for (const RandomOrder order : {RandomOrder::kNone, RandomOrder::kTeTuned, RandomOrder::kTeTunedTransposed,
                                  RandomOrder::kTeTwoD, RandomOrder::kTeFallback}) {
    storage = recipe.storage;
    storage.random = order;
    if (order != recipe.storage.random) walk.keep(recipe.rules, storage);
  }
}

}  // namespace

std::vector<Mutant> mutants_of(const Recipe& recipe) {
  Walk walk(recipe);
  walk.every([](Rules& r) -> Machine& { return r.machine; });
  walk_global(walk);
  walk_block(walk);
  walk_element(walk);
  walk.every([](Rules& r) -> ExtraRule& { return r.extra; });
  walk.every([](Rules& r) -> Fusion& { return r.fusion; });
  walk.every([](Rules& r) -> Transform& { return r.transform; });
  walk_special(walk);
  walk_storage(recipe, walk);
  return std::move(walk.mutants);
}

}  // namespace bitgate::compare
