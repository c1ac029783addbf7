// Row-wise, column-wise, both: which of them each recipe takes, how its column-wise answer follows from the transposed
// input, and the sizes of every answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "bitgate/tests/support/recipe_samples.h"

namespace bitgate {
namespace {

using oracle::first_difference;
using oracle::RecipeSample;
using oracle::refusal_of;
using oracle::runnable_recipes;
using oracle::sample_of;
using reference::Recipe;
using ::testing::AnyOf;
using ::testing::HasSubstr;

// bf16 where the recipe takes it: some producers make the column-wise side of bf16 alone.
RecipeSample sample_for_columns(const Recipe& recipe, std::uint64_t seed) {
  const InputType type = recipe.accepts.bf16 ? InputType::kBf16 : oracle::sample_type(recipe);
  return sample_of(recipe, oracle::any_numbers(type, oracle::kSampleExtent, seed));
}

QuantizedTensor answer_in(const Recipe& recipe, RecipeSample sample, Direction direction) {
  sample.direction = direction;
  return reference::quantize(recipe, sample.request());
}

TEST(EveryRecipe, TakesTheDirectionsThatItNamesAndRefusesTheRest) {
  for (const Recipe* recipe : runnable_recipes()) {
    SCOPED_TRACE(recipe->identity.name);
    const auto& taken = recipe->accepts.directions;
    EXPECT_TRUE(taken.rowwise || taken.columnwise);
    RecipeSample sample = sample_for_columns(*recipe, 1);
    const auto message = [&](Direction direction) {
      sample.direction = direction;
      return refusal_of(*recipe, sample.request());
    };
    const auto refused_with = [](bool is_taken, const std::string& sentence) {
      return is_taken ? testing::Matcher<const std::string&>(testing::IsEmpty()) : HasSubstr(sentence);
    };
    EXPECT_THAT(message(Direction::kRowwise), refused_with(taken.rowwise, "the column-wise side alone"));
    EXPECT_THAT(message(Direction::kColumnwise), refused_with(taken.columnwise, "makes no column-wise side"));
    EXPECT_THAT(message(Direction::kBoth), refused_with(taken.both, "does not make both directions at once"));
  }
}

// The column-wise answer is the row-wise text on the transposed operand. Not so where the side is transformed, where
// random words are drawn in another order, and where the sum of a square block's errors runs down the other axis.
bool follows_from_the_transpose(const Recipe& recipe) {
  const bool square_search =
      recipe.rules.special.kind == reference::Special::kFourOverSix && scheme_of(recipe.rules.scheme).block.rows != 1;
  return recipe.accepts.directions.rowwise && recipe.accepts.directions.columnwise &&
         recipe.rules.transform == reference::Transform::kNone &&
         recipe.storage.random == reference::RandomOrder::kNone && !square_search;
}

TEST(EveryRecipe, AnswersColumnwiseAsRowwiseOfTheTransposedInput) {
  int recipes = 0;
  for (const Recipe* recipe : runnable_recipes()) {
    if (!follows_from_the_transpose(*recipe)) continue;
    ++recipes;
    const RecipeSample sample = sample_for_columns(*recipe, 2);
    QuantizedTensor columns = answer_in(*recipe, sample, Direction::kColumnwise);
    EXPECT_EQ(columns.direction, Direction::kColumnwise) << recipe->identity.name;
    columns.direction = Direction::kRowwise;
    const RecipeSample turned = sample_of(*recipe, oracle::transposed(sample.input));
    EXPECT_EQ(first_difference(columns, answer_in(*recipe, turned, Direction::kRowwise)), "") << recipe->identity.name;
  }
  EXPECT_GE(recipes, 40);
}

TEST(EveryRecipe, HasTheColumnwiseAnswerForATwinAndTheRowwiseOneBesideIt) {
  int recipes = 0;
  for (const Recipe* recipe : runnable_recipes()) {
    if (!recipe->accepts.directions.both) continue;
    SCOPED_TRACE(recipe->identity.name);
    ++recipes;
    const RecipeSample sample = sample_for_columns(*recipe, 3);
    QuantizedTensor both = answer_in(*recipe, sample, Direction::kBoth);
    ASSERT_EQ(both.columnwise.size(), 1u);
    EXPECT_EQ(both.direction, Direction::kRowwise);
    EXPECT_EQ(both.extent, sample.input.extent);
    const QuantizedTensor twin = both.columnwise[0];
    EXPECT_TRUE(twin.columnwise.empty());
    if (recipe->accepts.directions.columnwise) {
      EXPECT_EQ(first_difference(twin, answer_in(*recipe, sample, Direction::kColumnwise)), "");
    }
    both.columnwise.clear();
    if (recipe->accepts.directions.rowwise) {
      EXPECT_EQ(first_difference(both, answer_in(*recipe, sample, Direction::kRowwise)), "");
    }
  }
  EXPECT_GE(recipes, 60);
}

// The row-wise half that comes with a transformed column-wise one is te/nvfp4's.
TEST(Transformed, RowwiseHalfIsTheUntransformedRecipes) {
  for (const auto& [name, plain] : {std::pair{"te/nvfp4-rht", "te/nvfp4"},
                                    {"te/nvfp4-rht-nosign", "te/nvfp4"},
                                    {"te/nvfp4-pyref-rht", "te/nvfp4-pyref"}}) {
    const Recipe& recipe = reference::require_recipe(name);
    const RecipeSample sample = sample_for_columns(recipe, 4);
    QuantizedTensor both = answer_in(recipe, sample, Direction::kBoth);
    ASSERT_EQ(both.columnwise.size(), 1u);
    both.columnwise.clear();
    const QuantizedTensor rows = answer_in(reference::require_recipe(plain), sample, Direction::kRowwise);
    EXPECT_EQ(first_difference(both, rows), "") << name;
  }
}

void expect_sizes(const QuantizedTensor& t, Extent extent) {
  const Scheme& s = t.scheme;
  EXPECT_EQ(t.extent, extent);
  const auto elements = static_cast<std::size_t>(count(extent));
  EXPECT_EQ(t.codes.size(), is_values_only(s) ? 0u : elements);
  EXPECT_EQ(t.values.size(), is_values_only(s) ? elements : 0u);
  EXPECT_EQ(scale_count(t.scales), static_cast<std::size_t>(count(scale_extent(s, extent))));
  EXPECT_EQ(t.extras.size(), static_cast<std::size_t>(extent.rows * extras_per_row(s, extent.cols)));
  EXPECT_EQ(t.global.size(), static_cast<std::size_t>(global_count(s, extent)));
}

TEST(EveryRecipe, AnswersInTheSizesOfItsScheme) {
  for (const Recipe* recipe : runnable_recipes()) {
    SCOPED_TRACE(recipe->identity.name);
    const RecipeSample sample = sample_for_columns(*recipe, 5);
    const Extent rows = sample.input.extent, columns{rows.cols, rows.rows};
    const auto& taken = recipe->accepts.directions;
    if (taken.rowwise) expect_sizes(answer_in(*recipe, sample, Direction::kRowwise), rows);
    if (taken.columnwise) expect_sizes(answer_in(*recipe, sample, Direction::kColumnwise), columns);
    if (!taken.both) continue;
    const QuantizedTensor both = answer_in(*recipe, sample, Direction::kBoth);
    expect_sizes(both, rows);
    expect_sizes(both.columnwise.at(0), columns);
  }
}

// The numbers themselves, of 128 x 256: the sizes above come from the functions that the answers were made by.
TEST(Sizes, OfSchemesWhoseScaleIsNoRowOfAMatrix) {
  const auto scales_of = [](const char* name) {
    const Recipe& recipe = reference::require_recipe(name);
    return scale_count(reference::quantize(recipe, sample_of(recipe, 6).request()).scales);
  };
  EXPECT_EQ(scales_of("te/nvfp4"), 128u * 16);
  EXPECT_EQ(scales_of("te/nvfp4-2d"), 128u * 16);  // replicated to every row of the square
  EXPECT_EQ(scales_of("te/mxfp8-e4m3-2d"), 128u * 8);
  EXPECT_EQ(scales_of("te/fp8-current-e4m3"), 1u);
  EXPECT_EQ(scales_of("te/fp8-block1x128-e4m3"), 128u * 2);
  EXPECT_EQ(scales_of("te/fp8-block128x128-e5m2"), 2u);
  EXPECT_EQ(scales_of("ggml/q8_1-mmq-d2s6"), 128u * 4);
  EXPECT_EQ(scales_of("mx/mxint8-even-ext"), 0u);
  EXPECT_EQ(scales_of("ggml/rms_norm"), 0u);
}

// One scale of a square of 16 stands for all of its rows.
TEST(Sizes, ASquaresScaleIsTheSameInEachOfItsRows) {
  for (const Recipe* recipe : runnable_recipes()) {
    const Scheme& s = scheme_of(recipe->rules.scheme);
    if (s.block.rows < 2 || s.cell.rows != 1) continue;
    const QuantizedTensor t = reference::quantize(*recipe, sample_of(*recipe, 7).request());
    for (std::int64_t row = 0; row < t.extent.rows; ++row)
      for (std::int64_t col = 0; col < t.extent.cols; col += s.cell.cols)
        ASSERT_EQ(scale_bits(t.scales, scale_index(s, t.extent.cols, row, col)),
                  scale_bits(t.scales, scale_index(s, t.extent.cols, row - row % s.block.rows, col)))
            << recipe->identity.name << " " << row << " " << col;
  }
}

}  // namespace
}  // namespace bitgate
