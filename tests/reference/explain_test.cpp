// explain() tells what quantize() did: its scale and code are those of the answer, for every recipe.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "bitgate/tests/support/recipe_samples.h"

namespace bitgate {
namespace {

using oracle::RecipeSample;
using oracle::runnable_recipes;
using oracle::sample_of;
using reference::Recipe;
using reference::Stage;

const Stage* stage_of(const std::vector<Stage>& stages, std::string_view name) {
  for (const Stage& each : stages)
    if (each.name == name) return &each;
  return nullptr;
}

// Zeros of both signs in the first 64 columns, numbers near 1 in the others, and one infinity where it is taken.
RecipeSample sample_with_infinity(const Recipe& recipe) {
  const InputType type = oracle::sample_type(recipe);
  RecipeSample sample = sample_of(recipe, oracle::ordinary_numbers(type, oracle::kSampleExtent, 1));
  constexpr std::size_t kAt = 5 * 256 + 90;
  if (!recipe.accepts.infinity) return sample;
  if (type == InputType::kF32)
    std::get<0>(sample.input.values)[kAt] = -std::numeric_limits<float>::infinity();
  else
    std::get<1>(sample.input.values)[kAt] = type == InputType::kBf16 ? 0xFF80 : 0xFC00;
  return sample;
}

// Elements of the operand: corners, zeros, neighbours of the infinity, and a few between.
constexpr std::pair<std::int64_t, std::int64_t> kPlaces[] = {{0, 0},  {0, 1},   {1, 63},  {1, 70},   {5, 96},   {5, 97},
                                                             {5, 80}, {40, 90}, {63, 64}, {127, 99}, {127, 127}};

void expect_explained(const Recipe& recipe, const RecipeSample& sample, const QuantizedTensor& answer, std::int64_t row,
                      std::int64_t col) {
  const std::vector<Stage> stages = reference::explain(recipe, sample.request(), row, col);
  const TypedTensor operand = reference::operand(recipe, sample.request(), sample.direction);
  const std::int64_t at = row * answer.extent.cols + col;
  ASSERT_FALSE(stages.empty());
  const Stage* x = stage_of(stages, "x");
  ASSERT_NE(x, nullptr);
  EXPECT_EQ(x->bits, std::bit_cast<std::uint32_t>(element(operand.view(), at)));
  if (is_values_only(answer.scheme)) {
    EXPECT_EQ(stages.back().name, "value");
    EXPECT_EQ(stages.back().bits, std::bit_cast<std::uint32_t>(answer.values[static_cast<std::size_t>(at)]));
    return;
  }
  EXPECT_EQ(stages.back().name, "code");
  EXPECT_EQ(stages.back().bits, answer.codes[static_cast<std::size_t>(at)]);
  const Stage* scale = stage_of(stages, "scale_code");
  ASSERT_NE(scale, nullptr);
  EXPECT_EQ(scale->bits, scale_bits(answer.scales, scale_index(answer.scheme, answer.extent.cols, row, col)));
}

TEST(Explain, EndsWithTheScaleAndCodeOfTheAnswer) {
  for (const Recipe* recipe : runnable_recipes()) {
    const RecipeSample sample = sample_with_infinity(*recipe);
    const QuantizedTensor answer = reference::quantize(*recipe, sample.request());
    for (const auto& [row, col] : kPlaces) {
      SCOPED_TRACE(testing::Message() << recipe->identity.name << " " << row << " " << col);
      expect_explained(*recipe, sample, answer, row, col);
    }
  }
}

// Where the codes follow from a scale at all.
bool takes_a_scale(const Recipe& recipe) {
  const Scheme& s = scheme_of(recipe.rules.scheme);
  return !is_values_only(s) && recipe.rules.special.kind == reference::Special::kNone;
}

TEST(Explain, FollowsAGivenScale) {
  int recipes = 0;
  for (const Recipe* recipe : runnable_recipes()) {
    if (!takes_a_scale(*recipe)) continue;
    SCOPED_TRACE(recipe->identity.name);
    ++recipes;
    const RecipeSample sample = sample_with_infinity(*recipe);
    Request request = sample.request();
    const Scales computed = reference::quantize(*recipe, request).scales;
    Scales scales = computed;
    for (std::size_t i = 0; i < scale_count(scales); ++i) {
      const std::uint32_t bits = scale_bits(computed, i);
      set_scale_bits(scales, i, bits == 0 ? 1 : bits - 1);
    }
    request.scales = &scales;
    const QuantizedTensor answer = reference::quantize(*recipe, request);
    const std::vector<Stage> stages = reference::explain(*recipe, request, 5, 90);
    const Stage* given = stage_of(stages, "given scale");
    ASSERT_NE(given, nullptr);
    EXPECT_EQ(given->bits, scale_bits(scales, scale_index(answer.scheme, answer.extent.cols, 5, 90)));
    EXPECT_EQ(stages.back().bits, answer.codes[static_cast<std::size_t>(5 * answer.extent.cols + 90)]);
  }
  EXPECT_GE(recipes, 80);
}

TEST(Explain, RefusesAnElementOutsideTheTensor) {
  for (const Recipe* recipe : runnable_recipes()) {
    const RecipeSample sample = sample_of(*recipe);
    for (const auto& [row, col] : {std::pair{256, 0}, {0, 256}, {-1, 0}, {0, -1}})
      EXPECT_THROW(reference::explain(*recipe, sample.request(), row, col), InputError)
          << recipe->identity.name << " " << row << " " << col;
  }
}

}  // namespace
}  // namespace bitgate
