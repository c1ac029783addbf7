#include "bitgate/compare/separator.h"

#include <gtest/gtest.h>

#include <bit>

#include "bitgate/compare/choices.h"

namespace bitgate::compare {
namespace {

using reference::Recipe;
using reference::require_recipe;

Comparison compare_on(const Recipe& a, const Recipe& b, const TypedTensor& x) {
  return compare_common(ask(a, x.view(), Direction::kRowwise), ask(b, x.view(), Direction::kRowwise));
}

TEST(Separator, TellsTheTwoApartAndIsSmall) {
  const Recipe &a = require_recipe("torchao/mxfp8e4m3-floor"), &b = require_recipe("torchao/mxfp8e4m3-rceil");
  const std::optional<Separator> found = find_separator(a, b, InputType::kBf16);
  ASSERT_TRUE(found.has_value());
  EXPECT_FALSE(compare_on(a, b, found->input).bit_exact());
  EXPECT_EQ(found->input.extent, (Extent{1, 32}));
  // One element with an amax past 448 * 2^k: the two round its exponent differently.
  EXPECT_EQ(nonzero_elements(found->input).size(), 1u);
  EXPECT_EQ(found->first.field, Field::kScale);
}

// Only zeros' signs (and NaN, which the reference refuses) part them: one block and at most two elements are enough.
TEST(Separator, FindsTheSignOfZero) {
  const Recipe &a = require_recipe("te/nvfp4"), &b = require_recipe("te/nvfp4-pyref");
  const std::optional<Separator> found = find_separator(a, b, InputType::kBf16);
  ASSERT_TRUE(found.has_value());
  EXPECT_FALSE(compare_on(a, b, found->input).bit_exact());
  EXPECT_LE(nonzero_elements(found->input).size(), 3u);
}

// A multiply and an add that round once instead of twice: random blocks hardly ever show it.
TEST(Separator, FindsOneRoundingMoreAtTheEdgeOfACode) {
  const Recipe &a = require_recipe("ggml/q4_1-cpu-ref"), &b = require_recipe("ggml/q4_1-cpu-fma");
  SearchEffort effort;
  effort.seeds = 1;
  effort.large = false;
  const std::optional<Separator> found = find_separator(a, b, InputType::kF32, effort);
  ASSERT_TRUE(found.has_value());
  EXPECT_FALSE(compare_on(a, b, found->input).bit_exact());
}

TEST(Separator, OfAColumnwisePairIsColumnwise) {
  const Recipe &a = require_recipe("te/nvfp4"), &b = require_recipe("te/nvfp4-pyref");
  const std::optional<Separator> found = find_separator(a, b, InputType::kBf16, {}, Direction::kColumnwise);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->direction, Direction::kColumnwise);
  EXPECT_FALSE(compare_common(ask(a, found->input.view(), Direction::kColumnwise),
                              ask(b, found->input.view(), Direction::kColumnwise))
                   .bit_exact());
}

TEST(Separator, NoneForARecipeAndItself) {
  const Recipe& recipe = require_recipe("te/nvfp4");
  SearchEffort little;
  little.seeds = 1;
  little.boundaries = 2;
  little.large = false;
  EXPECT_FALSE(find_separator(recipe, recipe, InputType::kBf16, little).has_value());
}

TEST(Separator, NoneForATypeThatOneDoesNotTake) {
  EXPECT_FALSE(find_separator(require_recipe("ggml/q8_1"), require_recipe("ggml/q8_1-cpu-ref"), InputType::kBf16));
}

TEST(Shrink, KeepsWhatSeparatesAndClearsTheRest) {
  const Recipe &a = require_recipe("te/nvfp4"), &b = require_recipe("te/nvfp4-pyref");
  TypedTensor x = generate(a, {"uniform"}, InputType::kBf16, {8, 128}, 1);
  put(x, 5 * 128 + 77, 0x8000);  // -0: the kernel's code is 8, the reference's 0
  ASSERT_FALSE(compare_on(a, b, x).bit_exact());
  const TypedTensor small = shrink(a, b, x, Direction::kRowwise);
  EXPECT_FALSE(compare_on(a, b, small).bit_exact());
  EXPECT_EQ(small.extent, (Extent{1, 16}));
  const std::vector<NonzeroElement> elements = nonzero_elements(small);
  ASSERT_EQ(elements.size(), 1u);
  EXPECT_EQ(elements[0].bits, 0x8000u);
  EXPECT_EQ(elements[0].col, 77 % 16);
}

TEST(Shrink, FewestSignificantBits) {
  const Recipe &a = require_recipe("torchao/mxfp8e4m3-floor"), &b = require_recipe("torchao/mxfp8e4m3-rceil");
  TypedTensor x = make_input(InputType::kF32, {1, 32});
  put(x, 3, std::bit_cast<std::uint32_t>(-500.123f));
  ASSERT_FALSE(compare_on(a, b, x).bit_exact());
  const std::vector<NonzeroElement> elements = nonzero_elements(shrink(a, b, x, Direction::kRowwise));
  ASSERT_EQ(elements.size(), 1u);
  EXPECT_EQ(elements[0].value, 480.0f);  // 1.111b * 2^8: three bits of mantissa are the fewest past 448 = 1.11b * 2^8
}

}  // namespace
}  // namespace bitgate::compare
