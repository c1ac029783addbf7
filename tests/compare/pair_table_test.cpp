#include "bitgate/compare/pair_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "bitgate/compare/distribution.h"

namespace bitgate::compare {
namespace {

using testing::Contains;
using testing::HasSubstr;

// One table for all tests: it is the most expensive part.
const PairTable& table() {
  static const PairTable of_bf16 = nvfp4_pairs(InputType::kBf16);
  return of_bf16;
}

std::size_t index_of(const std::string& name) {
  const auto at = std::find(table().recipes.begin(), table().recipes.end(), name);
  EXPECT_NE(at, table().recipes.end()) << name;
  return static_cast<std::size_t>(at - table().recipes.begin());
}

const PairTally& pair(const std::string& a, const std::string& b) { return table().at(index_of(a), index_of(b)); }

TEST(PairTable, HasEveryRecipeOfTheFamilyOrSaysWhyNot) {
  std::set<std::string> listed(table().recipes.begin(), table().recipes.end());
  for (const LeftOut& left : table().left_out) {
    EXPECT_FALSE(left.why.empty());
    EXPECT_TRUE(listed.insert(left.recipe).second) << left.recipe;
  }
  for (const reference::Recipe& recipe : reference::catalog()) {
    const bool of_family = scheme_of(recipe.rules.scheme).name.starts_with("nvfp4");
    EXPECT_EQ(listed.contains(std::string(recipe.identity.name)), of_family) << recipe.identity.name;
  }
  EXPECT_EQ(table().pairs.size(), pair_count(table().recipes.size()));
}

TEST(PairTable, WhatNeedsWordsOrAFusedOperationIsLeftOut) {
  EXPECT_THAT(table().left_out, Contains(LeftOut{"te/nvfp4-sr-soft-tuned", "draws random words"}));
  EXPECT_THAT(table().left_out, Contains(LeftOut{"te/nvfp4-gelu", "quantizes the answer of a fused operation"}));
}

TEST(PairTable, TellsTheKnownNeighboursApart) {
  for (const char* other : {"te/nvfp4-fast", "te/nvfp4-v1", "te/nvfp4-v1div"}) {
    const PairTally& tally = pair("te/nvfp4", other);
    EXPECT_TRUE(tally.same_fields) << other;
    EXPECT_GT(tally.different, 0) << other;
    EXPECT_LT(tally.different, tally.bytes) << other;
  }
}

TEST(PairTable, BothOrdersOfAPairAreOne) {
  const std::size_t a = index_of("te/nvfp4"), b = index_of("torchao/nvfp4");
  EXPECT_EQ(&table().at(a, b), &table().at(b, a));
  EXPECT_NE(&table().at(a, b), &table().at(a, b + 1));
}

TEST(PairTable, OtherFieldsAreNotCalledEqual) {
  const PairTally& tally = pair("te/nvfp4", "te/nvfp4-row");
  EXPECT_FALSE(tally.same_fields);
  EXPECT_GT(tally.bytes, 0);
}

TEST(PairTable, AnswersOfOneTensorAreThoseOfCompare) {
  const reference::Recipe &a = reference::require_recipe("te/nvfp4"), &b = reference::require_recipe("te/nvfp4-fast");
  const TypedTensor input = generate(a, {"normal"}, InputType::kBf16, {128, 256}, 77);
  const std::vector<Probe> more{{input, "one more"}};
  const PairTable with = nvfp4_pairs(InputType::kBf16, more);
  EXPECT_EQ(with.tensors.back(), "one more");
  std::int64_t different = 0;
  for (const Direction direction : {Direction::kRowwise, Direction::kColumnwise})
    different += compare(ask(a, input.view(), direction), ask(b, input.view(), direction)).different();
  EXPECT_GT(different, 0);
  const PairTally &before = pair("te/nvfp4", "te/nvfp4-fast"),
                  &after = with.at(index_of("te/nvfp4"), index_of("te/nvfp4-fast"));
  EXPECT_EQ(after.different - before.different, different);
  EXPECT_EQ(after.bytes - before.bytes, 2 * (128 * 256 + 128 * 16 + 4));
}

TEST(PairTable, ARecipeThatDoesNotTakeTheTypeIsListed) {
  const PairTable f16 = nvfp4_pairs(InputType::kF16);
  EXPECT_THAT(f16.left_out, Contains(LeftOut{"torchao/nvfp4", "does not take f16"}));
  EXPECT_FALSE(f16.recipes.empty());
}

}  // namespace
}  // namespace bitgate::compare
