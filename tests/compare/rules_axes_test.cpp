#include "bitgate/compare/rules_axes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace bitgate::compare {
namespace {

using namespace reference;

std::string value_of(const std::vector<AxisValue>& axes, std::string_view name) {
  const auto found = std::find_if(axes.begin(), axes.end(), [&](const AxisValue& axis) { return axis.axis == name; });
  return found == axes.end() ? "" : found->value;
}

TEST(RulesAxes, EveryRecipesValuesHaveNames) {
  for (const Recipe& recipe : catalog())
    for (const AxisValue& axis : axes_of(recipe)) {
      EXPECT_NE(axis.value, "?") << recipe.identity.name << ", " << axis.axis;
      EXPECT_FALSE(axis.value.empty()) << recipe.identity.name << ", " << axis.axis;
    }
}

TEST(RulesAxes, AxesStandInTheSamePlacesForAll) {
  const std::vector<AxisValue> first = axes_of(catalog().front());
  std::set<std::string_view> names;
  for (const AxisValue& axis : first) names.insert(axis.axis);
  EXPECT_EQ(names.size(), first.size());
  for (const Recipe& recipe : catalog()) {
    const std::vector<AxisValue> axes = axes_of(recipe);
    ASSERT_EQ(axes.size(), first.size());
    for (std::size_t i = 0; i < axes.size(); ++i) EXPECT_EQ(axes[i].axis, first[i].axis);
  }
}

// A field of Rules that no axis tells would make two recipes differ in "none".
TEST(RulesAxes, EveryFieldOfRulesIsAnAxis) {
  const Rules plain;
  using Change = void (*)(Rules&);
  const Change changes[] = {
      [](Rules& r) { r.scheme = SchemeId::kMxfp4; },
      [](Rules& r) { r.machine = Machine::kX86; },
      [](Rules& r) { r.global.form = GlobalForm::kDecodeScale; },
      [](Rules& r) { r.global.target = 1.0f; },
      [](Rules& r) { r.global.divide = Divide::kFull; },
      [](Rules& r) { r.global.amax_nan = AmaxNan::kPropagate; },
      [](Rules& r) { r.global.min_nan = MinNan::kKeep; },
      [](Rules& r) { r.global.on_zero = ZeroGlobal::kOneForZeroScale; },
      [](Rules& r) { r.global.reciprocal = Divide::kFull; },
      [](Rules& r) { r.global.floor = 1.0f; },
      [](Rules& r) { r.global.ceiling = 1.0f; },
      [](Rules& r) { r.global.given_inverse = 1.0f; },
      [](Rules& r) { r.block.form = ScaleForm::kFp8; },
      [](Rules& r) { r.block.divide = Divide::kFull; },
      [](Rules& r) { r.block.global_divide = Divide::kFull; },
      [](Rules& r) { r.block.intermediate = Intermediate::kInputType; },
      [](Rules& r) { r.block.amax_nan = AmaxNan::kRestart; },
      [](Rules& r) { r.block.floor = 1.0f; },
      [](Rules& r) { r.block.ceiling = 1.0f; },
      [](Rules& r) { r.block.bounds_nan = BoundsNan::kFloor; },
      [](Rules& r) { r.block.encode.rounding = Rounding::kUp; },
      [](Rules& r) { r.block.encode.overflow = Overflow::kNan; },
      [](Rules& r) { r.block.encode.nan = NanCode::kSignedQuiet; },
      [](Rules& r) { r.block.shape = ScaleShape::kPowerOfTwo; },
      [](Rules& r) { r.block.infinite = InfiniteScale::kInputMax; },
      [](Rules& r) { r.block.amax_floor = 1.0f; },
      [](Rules& r) { r.block.amax_floor_type = Intermediate::kInputType; },
      [](Rules& r) { r.block.reach = AmaxReach::kRowsOf32; },
      [](Rules& r) { r.block.zero = ZeroBlock::kZero; },
      [](Rules& r) { r.block.on_zero = ZeroBlockScale::kOneBeforeEncoding; },
      [](Rules& r) { r.element.multiplier = MultiplierForm::kDivideByProduct; },
      [](Rules& r) { r.element.divide = Divide::kFull; },
      [](Rules& r) { r.element.multiplier_ceiling = 1.0f; },
      [](Rules& r) { r.element.multiplier_type = MultiplierType::kBf16; },
      [](Rules& r) { r.element.zero_scale = ZeroScale::kZero; },
      [](Rules& r) { r.element.product = Product::kFusedAddZero; },
      [](Rules& r) { r.element.clamp = 1.0f; },
      [](Rules& r) { r.element.encode = ElementEncode::kComparisons; },
      [](Rules& r) { r.element.clamp_nan = BoundsNan::kFloor; },
      [](Rules& r) { r.element.scaled = Intermediate::kInputType; },
      [](Rules& r) { r.extra = ExtraRule::kWarpSum; },
      [](Rules& r) { r.fusion = Fusion::kRmsNorm; },
      [](Rules& r) { r.transform = Transform::kHadamard16; },
      [](Rules& r) { r.special.kind = Special::kFourOverSix; },
      [](Rules& r) { r.special.error = BlockError::kMse; },
      [](Rules& r) { r.special.math = ErrorMath::kHalf; },
      [](Rules& r) { r.special.contraction = Contraction::kFused; },
      [](Rules& r) { r.special.path = MxPath::kPython; },
      [](Rules& r) { r.special.flush = MxFlush::kFlush; },
      [](Rules& r) { r.special.rounding = Rounding::kUp; },
      [](Rules& r) { r.special.quotients = Quotients::kApprox; },
      [](Rules& r) { r.special.threads = ErrorThreads::kTwoOfEight; },
  };
  EXPECT_EQ(std::size(changes), axes_of(plain).size());
  for (std::size_t i = 0; i < std::size(changes); ++i) {
    Rules changed = plain;
    changes[i](changed);
    EXPECT_NE(changed, plain) << i;
    const std::vector<AxisValue> before = axes_of(plain), after = axes_of(changed);
    for (std::size_t axis = 0; axis < before.size(); ++axis)
      EXPECT_EQ(before[axis] != after[axis], axis == i) << before[axis].axis << ", change " << i;
  }
}

TEST(RulesAxes, TwoRecipesWithOtherRulesDifferInSomeAxis) {
  for (const Recipe& a : catalog())
    for (const Recipe& b : catalog())
      EXPECT_TRUE(a.rules == b.rules || !axes_between(a, b).empty()) << a.identity.name << ", " << b.identity.name;
}

TEST(RulesAxes, ABoundOfZeroIsNone) {
  Rules rules;
  EXPECT_EQ(value_of(axes_of(rules), "element: clamp"), "none");
  rules.element.clamp = 6.0f;
  EXPECT_EQ(value_of(axes_of(rules), "element: clamp"), "6");
}

TEST(RulesAxes, DescribedInOneLine) {
  EXPECT_EQ(describe({{"element: clamp", "6", "none"}}, "te/a", "te/b"), "element: clamp: 6 in te/a, none in te/b");
  EXPECT_EQ(describe({}, "te/a", "te/b"), "none");
}

}  // namespace
}  // namespace bitgate::compare
