// What every recipe takes and refuses, and that the three ways into the reference agree: specialised, with run-time
// Rules, and one block alone. One test a behaviour, which walks the catalog. Directions are in directions_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/tests/support/examples.h"
#include "bitgate/tests/support/recipe_samples.h"

namespace bitgate {
namespace {

using oracle::first_difference;
using oracle::give_amax;
using oracle::RecipeSample;
using oracle::refusal_of;
using oracle::runnable_recipes;
using oracle::sample_of;
using oracle::sample_type;
using reference::Recipe;
using ::testing::HasSubstr;

const Scheme& scheme(const Recipe& recipe) { return scheme_of(recipe.rules.scheme); }

// What the amax of a request is counted on.
TypedTensor sample_operand(const Recipe& recipe, const RecipeSample& sample) {
  return reference::operand(recipe, sample.request(), sample.direction);
}

TEST(EveryRecipe, IsTheSameSpecialisedAndWithRunTimeRules) {
  for (const Recipe* recipe : runnable_recipes()) {
    const RecipeSample sample = sample_of(*recipe, 1);
    const QuantizedTensor fast = reference::quantize(*recipe, sample.request());
    const QuantizedTensor walked = reference::quantize_with(recipe->rules, recipe->storage, sample.request());
    EXPECT_EQ(first_difference(fast, walked), "") << recipe->identity.name;
  }
}

TEST(EveryRecipe, AnswersTheSameTwice) {
  for (const Recipe* recipe : runnable_recipes()) {
    const RecipeSample sample = sample_of(*recipe, 2);
    EXPECT_EQ(first_difference(reference::quantize(*recipe, sample.request()),
                               reference::quantize(*recipe, sample.request())),
              "")
        << recipe->identity.name;
  }
}

// Where one block lies in one row, and no random words and no amax of other rows enter it.
bool stands_alone(const Recipe& recipe) {
  const Scheme& s = scheme(recipe);
  return s.block.rows == 1 && s.block.cols > 0 && s.block.cols <= 128 && !is_values_only(s) &&
         recipe.storage.random == reference::RandomOrder::kNone;
}

TEST(EveryRecipe, GivesABlockTheSameAnswerAloneAndInItsTensor) {
  int recipes = 0;
  for (const Recipe* recipe : runnable_recipes()) {
    if (!stands_alone(*recipe)) continue;
    SCOPED_TRACE(recipe->identity.name);
    ++recipes;
    const RecipeSample sample = sample_of(*recipe, 3);
    const QuantizedTensor whole = reference::quantize(*recipe, sample.request());
    const TypedTensor operand = sample_operand(*recipe, sample);
    const std::vector<float> amax = reference::amax_of(recipe->rules, operand.view());
    const std::int64_t width = scheme(*recipe).block.cols, cols = whole.extent.cols, row = 1;
    for (std::int64_t b = 0; b < cols / width; ++b) {
      std::vector<float> block;
      for (std::int64_t i = 0; i < width; ++i) block.push_back(element(operand.view(), row * cols + b * width + i));
      const float of_row = amax.empty() ? 0.0f : amax[amax.size() == 1 ? 0 : static_cast<std::size_t>(row)];
      const auto alone = reference::quantize_one_block(recipe->rules, operand.type, block, of_row);
      ASSERT_EQ(alone.scale_bits, scale_bits(whole.scales, scale_index(scheme(*recipe), cols, row, b * width))) << b;
      for (std::int64_t i = 0; i < width; ++i)
        ASSERT_EQ(alone.codes[static_cast<std::size_t>(i)],
                  whole.codes[static_cast<std::size_t>(row * cols + b * width + i)])
            << b << " " << i;
    }
  }
  EXPECT_GE(recipes, 100);
}

TEST(EveryRecipe, TakesItsOwnAmaxAndGlobalAsGiven) {
  for (const Recipe* recipe : runnable_recipes()) {
    const RecipeSample sample = sample_of(*recipe, 4);
    const QuantizedTensor computed = reference::quantize(*recipe, sample.request());
    const std::vector<float> amax = reference::amax_of(recipe->rules, sample_operand(*recipe, sample).view());
    Request request = sample.request();
    give_amax(*recipe, request, amax);
    EXPECT_EQ(first_difference(reference::quantize(*recipe, request), computed), "") << recipe->identity.name;
    request = sample.request();
    request.global = computed.global;
    EXPECT_EQ(first_difference(reference::quantize(*recipe, request), computed), "") << recipe->identity.name;
  }
}

TEST(EveryRecipe, AGivenGlobalOutranksAGivenAmax) {
  for (const Recipe* recipe : runnable_recipes()) {
    const RecipeSample sample = sample_of(*recipe, 5);
    const std::size_t wanted = reference::quantize(*recipe, sample.request()).global.size();
    if (wanted == 0) continue;
    const std::vector<float> amax(wanted, 1.0f), global(wanted, 3.0f);
    Request request = sample.request();
    give_amax(*recipe, request, amax);
    request.global = global;
    EXPECT_EQ(reference::quantize(*recipe, request).global, global) << recipe->identity.name;
  }
}

TEST(EveryRecipe, TakesItsOwnScalesAsGiven) {
  for (const Recipe* recipe : runnable_recipes()) {
    const RecipeSample sample = sample_of(*recipe, 6);
    const QuantizedTensor computed = reference::quantize(*recipe, sample.request());
    if (is_values_only(computed.scheme) || recipe->rules.special.kind == reference::Special::kFourOverSix) continue;
    Request request = sample.request();
    request.scales = &computed.scales;
    const QuantizedTensor given = reference::quantize(*recipe, request);
    EXPECT_EQ(scale_count(given.scales), scale_count(computed.scales)) << recipe->identity.name;
    for (std::size_t i = 0; i < scale_count(given.scales); ++i)
      ASSERT_EQ(scale_bits(given.scales, i), scale_bits(computed.scales, i)) << recipe->identity.name << " " << i;
  }
}

TEST(EveryRecipe, RefusesAWrongCountOfGivenNumbers) {
  for (const Recipe* recipe : runnable_recipes()) {
    SCOPED_TRACE(recipe->identity.name);
    const RecipeSample sample = sample_of(*recipe, 7);
    const std::vector<float> two(2, 1.0f);
    Request request = sample.request();
    request.amax = two;
    EXPECT_THAT(refusal_of(*recipe, request), HasSubstr(": 2 amax values given, "));
    request = sample.request();
    request.global = two;
    EXPECT_THAT(refusal_of(*recipe, request), HasSubstr(": 2 global numbers given, "));
    request = sample.request();
    request.amax_columnwise = two;
    EXPECT_THAT(refusal_of(*recipe, request), HasSubstr(": 2 column-wise amax values given, "));
    const Scales scales = std::vector<std::uint8_t>(5);
    request = sample.request();
    request.scales = &scales;
    EXPECT_THAT(refusal_of(*recipe, request), HasSubstr(": 5 block scales given, "));
  }
}

TEST(EveryRecipe, RefusesRandomWordsUnlessItRoundsStochastically) {
  for (const Recipe* recipe : runnable_recipes()) {
    SCOPED_TRACE(recipe->identity.name);
    const RecipeSample sample = sample_of(*recipe, 8);
    const std::vector<std::uint32_t> words(static_cast<std::size_t>(count(sample.input.extent) / 4), 0x80808080);
    const std::vector<std::uint32_t> few(3, 0);
    Request request = sample.request();
    request.random_bits = words;
    if (recipe->storage.random == reference::RandomOrder::kNone)
      EXPECT_THAT(refusal_of(*recipe, request), HasSubstr("this recipe rounds to nearest"));
    else
      EXPECT_EQ(refusal_of(*recipe, request), "");
    request.random_bits = few;
    EXPECT_THAT(refusal_of(*recipe, request), HasSubstr(": 3 random words given, "));
  }
}

TEST(EveryRecipe, StochasticCodesFollowFromTheWordsAndTheSeed) {
  int recipes = 0;
  for (const Recipe* recipe : runnable_recipes()) {
    if (recipe->storage.random == reference::RandomOrder::kNone) continue;
    ++recipes;
    const RecipeSample sample =
        sample_of(*recipe, oracle::ordinary_numbers(InputType::kBf16, oracle::kSampleExtent, 9));
    Request other = sample.request();
    other.philox.seed = 124;
    const QuantizedTensor first = reference::quantize(*recipe, sample.request());
    const QuantizedTensor second = reference::quantize(*recipe, other);
    EXPECT_NE(first.codes, second.codes) << recipe->identity.name;
    EXPECT_EQ(oracle::bits_of(first.global), oracle::bits_of(second.global)) << recipe->identity.name;
  }
  EXPECT_EQ(recipes, 8);
}

TEST(EveryRecipe, RefusesTypesThatItDoesNotTakeByName) {
  for (const Recipe* recipe : runnable_recipes())
    for (const InputType type : kInputTypes) {
      const RecipeSample sample = sample_of(*recipe, oracle::all_equal(type, oracle::kSampleExtent, 1.0f));
      const std::string message = refusal_of(*recipe, sample.request());
      if (accepts(recipe->accepts, type))
        EXPECT_EQ(message, "");
      else
        EXPECT_THAT(message, HasSubstr(std::string("input type ") + std::string(name_of(type)) + " is not taken"));
    }
}

TEST(EveryRecipe, TakesAtLeastOneType) {
  for (const Recipe& recipe : reference::catalog())
    EXPECT_TRUE(accepts(recipe.accepts, sample_type(recipe))) << recipe.identity.name;
}

TEST(EveryRecipe, RefusesANegativeSide) {
  for (const Recipe* recipe : runnable_recipes()) {
    Request request;
    request.direction = reference::default_direction(*recipe);
    request.input = {sample_type(*recipe), {-1, 128}, nullptr};
    EXPECT_THAT(refusal_of(*recipe, request), HasSubstr("shape -1x128 has a negative side")) << recipe->identity.name;
  }
}

TEST(EveryRecipe, NeedsItsWeightAndResidualAndRefusesOthers) {
  const std::vector<float> one = {1.0f};
  for (const Recipe* recipe : runnable_recipes()) {
    SCOPED_TRACE(recipe->identity.name);
    const RecipeSample sample = sample_of(*recipe, 10);
    Request request = sample.request();
    request.fused.weight = sample.weight.empty() ? std::span<const float>(one) : std::span<const float>();
    EXPECT_THAT(refusal_of(*recipe, request),
                HasSubstr(sample.weight.empty() ? "this recipe multiplies by none" : "a weight is needed"));
    request = sample.request();
    request.fused.residual = sample.residual.empty() ? std::span<const float>(one) : std::span<const float>();
    EXPECT_THAT(refusal_of(*recipe, request),
                HasSubstr(sample.residual.empty() ? "this recipe adds none" : "a residual is needed"));
  }
}

TEST(EveryRecipe, GivesAnEmptyAnswerToAnEmptyTensorOrRefusesIt) {
  for (const Recipe* recipe : runnable_recipes())
    for (const Extent extent : {Extent{0, 128}, Extent{128, 0}}) {
      SCOPED_TRACE(recipe->identity.name);
      const RecipeSample sample = sample_of(*recipe, oracle::all_equal(sample_type(*recipe), extent, 1.0f));
      if (!recipe->accepts.empty) {
        EXPECT_THAT(refusal_of(*recipe, sample.request()), HasSubstr("an empty tensor"));
        continue;
      }
      const QuantizedTensor answer = reference::quantize(*recipe, sample.request());
      EXPECT_TRUE(answer.codes.empty());
      EXPECT_TRUE(answer.values.empty());
      EXPECT_EQ(scale_count(answer.scales), 0u);
      EXPECT_TRUE(answer.extras.empty());
      // Of an amax of 0: amax itself, or the S that a caller makes of it.
      const float global = reference::stored_global(recipe->rules, sample_type(*recipe), 0.0f);
      for (const float number : answer.global) EXPECT_EQ(oracle::to_bits(number), oracle::to_bits(global));
    }
}

// Two columns (of the operand) more than a block: padded with +0, or refused. A block of two numbers equal to 1.
TEST(EveryRecipe, PadsARaggedRowWithZerosOrRefusesIt) {
  for (const Recipe* recipe : runnable_recipes()) {
    SCOPED_TRACE(recipe->identity.name);
    const std::int64_t width = scheme(*recipe).block.cols;
    if (width == 0 || !scheme(*recipe).block.rows) continue;  // one block an axis: never ragged
    const Extent rowwise{128, width + 2};
    const bool turned = reference::default_direction(*recipe) == Direction::kColumnwise;
    const Extent extent = turned ? Extent{rowwise.cols, rowwise.rows} : rowwise;
    const RecipeSample sample = sample_of(*recipe, oracle::all_equal(sample_type(*recipe), extent, 1.0f));
    if (recipe->accepts.col_multiple > 2) {
      EXPECT_THAT(refusal_of(*recipe, sample.request()),
                  HasSubstr(turned ? " rows given, a multiple of " : " columns given, a multiple of "));
      continue;
    }
    if (recipe->rules.fusion != reference::Fusion::kNone) continue;  // the weights differ from column to column
    const QuantizedTensor answer = reference::quantize(*recipe, sample.request());
    ASSERT_EQ(answer.extent, rowwise);
    if (!is_values_only(answer.scheme)) {
      const std::size_t blocks = static_cast<std::size_t>(blocks_per_row(answer.scheme, answer.extent.cols));
      ASSERT_EQ(blocks, 2u);
      EXPECT_EQ(scale_bits(answer.scales, 1), scale_bits(answer.scales, 0));
    }
    for (const std::uint8_t code : answer.codes) ASSERT_EQ(code, answer.codes[0]);
    for (const float value : answer.values) ASSERT_EQ(value, 1.0f);
  }
}

TEST(OpenRecipes, AreListedAndRefuseWithTheirQuestion) {
  const auto open = oracle::open_recipes();
  EXPECT_EQ(open.size(), 4u);
  for (const Recipe* recipe : open) {
    EXPECT_EQ(reference::name_of(recipe->identity.evidence), "open") << recipe->identity.name;
    EXPECT_THAT(refusal_of(*recipe, sample_of(*recipe, 11).request()),
                HasSubstr("not run, a question is open: " + std::string(recipe->open_question)));
    EXPECT_THROW(reference::explain(*recipe, sample_of(*recipe, 11).request(), 0, 0), InputError);
  }
}

TEST(Ragged, LastSumsHoldThePadding) {
  // 127 in every column; the last block's sum is 2 * 127 = 254, in half precision 5BF0.
  const auto extras = [](const char* recipe, std::size_t cols) {
    return oracle::quantize(recipe, oracle::f32_row(std::vector<float>(cols, 127.0f))).extras;
  };
  EXPECT_EQ(extras("ggml/q8_1", 34).back(), 0x5BF0);
  EXPECT_EQ(extras("ggml/q8_1-mmq-ds4", 34).back(), 0x5BF0);
  // D2S6: 16 * 127 = 2032 = 67F0 four times, then columns 64 and 65, then none.
  EXPECT_EQ(extras("ggml/q8_1-mmq-d2s6", 66),
            (std::vector<std::uint16_t>{0x67F0, 0x67F0, 0x67F0, 0x67F0, 0x5BF0, 0x0000}));
}

TEST(Ragged, AnOddRowOfThePyTorchReferenceIsRefused) {
  const TypedTensor input = oracle::f32_row(std::vector<float>(17, 1.0f));
  EXPECT_THAT(refusal_of(reference::require_recipe("te/nvfp4-pyref"), oracle::request_for(input)),
              HasSubstr("te/nvfp4-pyref: 17 columns given, a multiple of 2 expected"));
}

TEST(Refusal, NamesThePlaceAndTheReasonOfANan) {
  std::vector<float> values(32, 1.0f);
  values[18] = oracle::from_bits(0x7FC00000);
  const TypedTensor input = oracle::f32_tensor({2, 16}, values);
  const std::string message = refusal_of(reference::require_recipe("torchao/nvfp4-cpu"), oracle::request_for(input));
  EXPECT_THAT(message, HasSubstr("torchao/nvfp4-cpu: NaN at (1, 2): on the CPU the payload"));
}

// The storage held another recipe's answer, of another shape: nothing of it is left.
TEST(EveryRecipe, AnswersTheSameIntoUsedStorage) {
  QuantizedTensor out;
  for (const Recipe* recipe : runnable_recipes()) {
    const RecipeSample sample = sample_of(*recipe);
    reference::quantize_into(*recipe, sample.request(), out);
    EXPECT_EQ(first_difference(reference::quantize(*recipe, sample.request()), out), "") << recipe->identity.name;
  }
}

TEST(Catalog, UnknownNamesAreNullOrNameTheNearest) {
  EXPECT_EQ(reference::find_recipe("te/nvfp5"), nullptr);
  try {
    reference::require_recipe("te/nvfp4-rwo");
    FAIL() << "an unknown recipe was found";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "unknown recipe 'te/nvfp4-rwo'; `bitgate list recipes` names them");
  }
}

TEST(Catalog, NamesAreUniqueAndEveryEntrySaysWhereItComesFrom) {
  for (const Recipe& recipe : reference::catalog()) {
    EXPECT_EQ(reference::find_recipe(recipe.identity.name), &recipe);
    EXPECT_FALSE(recipe.identity.source.empty());
    EXPECT_FALSE(recipe.identity.evidence_note.empty());
    const bool refuses =
        !recipe.accepts.nan || !recipe.accepts.nan_columnwise || !recipe.accepts.infinity || !recipe.accepts.empty;
    EXPECT_EQ(recipe.accepts.refusal.empty(), !refuses) << recipe.identity.name;
    const bool has_global = scheme(recipe).global != GlobalAxis::kNone;
    EXPECT_EQ(recipe.storage.global_number != GlobalNumber::kNone, has_global) << recipe.identity.name;
  }
}

}  // namespace
}  // namespace bitgate
