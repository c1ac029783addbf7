#include "bitgate/compare/nvfp4_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace bitgate::compare {
namespace {

using Question = Nvfp4Question;

const Nvfp4Survey& survey() {
  static const Nvfp4Survey once = survey_nvfp4();
  return once;
}

const Nvfp4Answer& answer(std::string_view recipe, Question question) {
  const auto at = std::find_if(survey().facts.begin(), survey().facts.end(),
                               [&](const Nvfp4Facts& f) { return f.recipe->identity.name == recipe; });
  return at->answers[static_cast<std::size_t>(question)];
}

void expect(std::string_view recipe, Question question, std::uint32_t scale, std::uint32_t special,
            std::uint32_t rest) {
  const Nvfp4Answer& a = answer(recipe, question);
  EXPECT_EQ(a.why_not, "") << recipe;
  EXPECT_EQ(a.scale_code, scale) << recipe << " " << static_cast<int>(question);
  EXPECT_EQ(a.special, special) << recipe << " " << static_cast<int>(question);
  EXPECT_EQ(a.rest, rest) << recipe << " " << static_cast<int>(question);
}

TEST(Nvfp4Facts, OrdinaryNumbersAreOnesBlockOfScaleOne) {
  for (const char* recipe : {"te/nvfp4", "te/nvfp4-v1", "te/nvfp4-row", "torchao/nvfp4-tensorwise"})
    expect(recipe, Question::kMinusZero, 0x38, 0x8, 0xD);
  expect("te/nvfp4-fast", Question::kMinusZero, 0x38, 0x0, 0xD);   // a fused +0 makes it +0
  expect("te/nvfp4-pyref", Question::kMinusZero, 0x38, 0x0, 0xD);  // compares, and takes -0 for 0
}

// By hand. te: amax 6 * 2^-12 gives 2^-12, below half of E4M3's smallest; 1 / 0 is then cut to FLT_MAX. torchao's scale
// is at least 2^-6, and 2^-12 * 2^6 is 0. MSLK's is at least 2^-9, and 6 * 2^-12 * 2^9 is 0.75, a tie to even: 1.
TEST(Nvfp4Facts, AScaleThatUnderflows) {
  expect("te/nvfp4", Question::kScaleUnderflows, 0x00, 0x7, 0xF);
  expect("torchao/nvfp4-tensorwise", Question::kScaleUnderflows, 0x08, 0x0, 0x8);
  expect("torchao/nvfp4-mslk", Question::kScaleUnderflows, 0x01, 0x2, 0x9);
}

TEST(Nvfp4Facts, ZeroBlocksAreZeroWhateverTheScale) {
  expect("te/nvfp4", Question::kZeroBlock, 0x00, 0x8, 0x0);
  expect("torchao/nvfp4-tensorwise", Question::kZeroBlock, 0x08, 0x8, 0x0);
  expect("te/nvfp4", Question::kZeroTensor, 0x00, 0x8, 0x0);
  EXPECT_EQ(answer("te/nvfp4", Question::kZeroTensor).global, 0.0f);
}

TEST(Nvfp4Facts, EveryNvfp4RecipeIsThereOnce) {
  std::size_t recipes = 0;
  for (const reference::Recipe& recipe : reference::catalog()) recipes += is_nvfp4(recipe);
  EXPECT_EQ(survey().facts.size(), recipes);
  EXPECT_GT(recipes, 60u);
}

bool share_a_group(std::string_view a, std::string_view b, InputType type) {
  const auto has = [](const Nvfp4Group& group, std::string_view name) {
    return std::any_of(group.recipes.begin(), group.recipes.end(),
                       [&](const reference::Recipe* r) { return r->identity.name == name; });
  };
  return std::any_of(survey().groups.begin(), survey().groups.end(),
                     [&](const Nvfp4Group& g) { return g.type == type && has(g, a) && has(g, b); });
}

TEST(Nvfp4Facts, GroupsHoldWhatIsEqualAndNothingElse) {
  EXPECT_TRUE(share_a_group("te/nvfp4", "torchao/nvfp4-train", InputType::kBf16));
  EXPECT_FALSE(share_a_group("te/nvfp4", "te/nvfp4-v1", InputType::kBf16));
  EXPECT_FALSE(share_a_group("te/nvfp4", "te/nvfp4-fast", InputType::kBf16));
  EXPECT_FALSE(share_a_group("te/nvfp4", "torchao/nvfp4-tensorwise", InputType::kBf16));
  for (const Nvfp4Group& group : survey().groups) EXPECT_GT(group.recipes.size(), 1u);
}

TEST(Nvfp4Facts, TheMatrixOfCodesIsSymmetricAndHasAnEmptyDiagonal) {
  const Nvfp4Codes& codes = survey().codes;
  const std::size_t n = codes.recipes.size();
  ASSERT_EQ(codes.ppm.size(), n * n);
  ASSERT_EQ(codes.kinds.size(), n);
  EXPECT_GE(n, 4u);
  for (std::size_t a = 0; a < n; ++a)
    for (std::size_t b = 0; b < n; ++b) {
      EXPECT_EQ(codes.ppm[a * n + b], codes.ppm[b * n + a]);
      EXPECT_TRUE(a != b || codes.ppm[a * n + b] == 0) << codes.recipes[a];
    }
}

}  // namespace
}  // namespace bitgate::compare
