#include "bitgate/compare/common_input.h"

#include <gtest/gtest.h>

#include "bitgate/compare/distribution.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

using reference::require_recipe;

TEST(CommonInput, Bf16IsTakenWhereAllTakeIt) {
  EXPECT_EQ(common_type({&require_recipe("te/nvfp4"), &require_recipe("torchao/nvfp4")}), InputType::kBf16);
  EXPECT_EQ(common_type({&require_recipe("ggml/q8_1"), &require_recipe("ggml/q8_1-cpu-ref")}), InputType::kF32);
}

TEST(CommonInput, NoTypeInCommonIsNone) {
  EXPECT_EQ(common_type({&require_recipe("te/nvfp4-fast"), &require_recipe("ggml/q8_1")}), std::nullopt);
}

TEST(CommonInput, RowwiseComesFirstAndColumnwiseWhereOneMakesNothingElse) {
  EXPECT_EQ(common_direction({&require_recipe("te/nvfp4")}, InputType::kBf16), Direction::kRowwise);
  EXPECT_EQ(common_direction({&require_recipe("te/nvfp4"), &require_recipe("te/nvfp4-rht")}, InputType::kBf16),
            Direction::kColumnwise);
}

TEST(CommonInput, TheExtentIsOneThatAllTake) {
  const RecipeList both{&require_recipe("torchao/mxfp4-floor"), &require_recipe("te/nvfp4")};
  EXPECT_EQ(common_extent(both, Direction::kRowwise), (Extent{1, 32}));
  for (const reference::Recipe& recipe : reference::catalog()) {
    const std::optional<InputType> type = common_type({&recipe});
    if (!runs(recipe) || !type) continue;
    const std::optional<Direction> direction = common_direction({&recipe}, *type);
    ASSERT_TRUE(direction.has_value()) << recipe.identity.name;
    const TypedTensor x = generate(recipe, {"normal"}, *type, common_extent({&recipe}, *direction), 1);
    EXPECT_NO_THROW(ask(recipe, x.view(), *direction)) << recipe.identity.name;
  }
}

TEST(CompareCommon, FieldsOfOtherFormatsAreLeftOut) {
  const TypedTensor x = generate(require_recipe("te/nvfp4"), {"normal"}, InputType::kF32, {2, 64}, 1);
  const QuantizedTensor amax = ask(require_recipe("te/nvfp4"), x.view(), Direction::kRowwise);
  const QuantizedTensor multiplier = ask(require_recipe("torchao/nvfp4-tensorwise"), x.view(), Direction::kRowwise);
  const Comparison comparison = compare_common(amax, multiplier);
  EXPECT_EQ(comparison.tally[static_cast<std::size_t>(Field::kGlobal)].total, 0);
  EXPECT_EQ(comparison.tally[static_cast<std::size_t>(Field::kScale)].total, 8);
  EXPECT_EQ(comparison.tally[static_cast<std::size_t>(Field::kElement)].total, 128);
}

TEST(CompareCommon, ADifferenceOfOneCodeCounts) {
  const TypedTensor x = generate(require_recipe("te/nvfp4"), {"normal"}, InputType::kF32, {2, 64}, 1);
  const QuantizedTensor right = ask(require_recipe("te/nvfp4"), x.view(), Direction::kRowwise);
  QuantizedTensor wrong = right;
  wrong.codes[5] ^= 1;
  wrong.global_number = GlobalNumber::kMultiplier;
  EXPECT_EQ(compare_common(right, wrong).different(), 1);
}

TEST(DirectedFor, NamesDistributionsThatExist) {
  for (const reference::Recipe& recipe : reference::catalog())
    for (const std::string& name : directed_for(recipe)) EXPECT_NE(find_distribution(name), nullptr) << name;
}

}  // namespace
}  // namespace bitgate::compare
