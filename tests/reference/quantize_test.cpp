// What every recipe takes and refuses, and that the three ways into the reference agree: specialised, with run-time
// Rules, and one block alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/tests/support/captures.h"
#include "bitgate/tests/support/examples.h"
#include "bitgate/tests/support/splitmix.h"

namespace bitgate {
namespace {

using reference::Recipe;
using ::testing::HasSubstr;

std::int64_t block_cols(const Recipe& recipe) { return scheme_of(recipe.rules.scheme).block.cols; }

// Numbers of all magnitudes: random bit patterns, NaN and infinity replaced.
TypedTensor random_bits(Extent extent, std::uint64_t seed) {
  oracle::SplitMix random(seed);
  std::vector<float> values;
  for (std::int64_t i = 0; i < count(extent); ++i) {
    const std::uint32_t bits = random.next32();
    const bool finite = (bits & 0x7F800000) != 0x7F800000;
    values.push_back(finite ? oracle::from_bits(bits) : -1.0f);
  }
  return oracle::f32_tensor(extent, std::move(values));
}

std::string refusal(const Recipe& recipe, const Request& request) {
  try {
    reference::quantize(recipe, request);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

std::vector<std::uint32_t> bits_of(const std::vector<float>& values) {
  std::vector<std::uint32_t> bits;
  for (const float value : values) bits.push_back(oracle::to_bits(value));
  return bits;
}

class EveryRecipe : public ::testing::TestWithParam<Recipe> {};
INSTANTIATE_TEST_SUITE_P(, EveryRecipe, ::testing::ValuesIn(reference::catalog()),
                         [](const auto& each) { return oracle::test_name(each.param.identity.name); });

TEST_P(EveryRecipe, IsTheSameSpecialisedAndWithRunTimeRules) {
  const TypedTensor input = random_bits({4, 256}, 1);
  const Request request = oracle::request_for(input);
  const QuantizedTensor fast = reference::quantize(GetParam(), request);
  const QuantizedTensor walked = reference::quantize_with(GetParam().rules, GetParam().storage, request);
  EXPECT_EQ(fast.codes, walked.codes);
  EXPECT_EQ(fast.extras, walked.extras);
  EXPECT_EQ(bits_of(fast.global), bits_of(walked.global));
  ASSERT_EQ(scale_count(fast.scales), scale_count(walked.scales));
  for (std::size_t i = 0; i < scale_count(fast.scales); ++i)
    EXPECT_EQ(scale_bits(fast.scales, i), scale_bits(walked.scales, i)) << i;
}

TEST_P(EveryRecipe, GivesABlockTheSameAnswerAloneAndInItsTensor) {
  const std::int64_t width = block_cols(GetParam());
  const TypedTensor input = random_bits({1, 4 * width}, 2);
  const QuantizedTensor whole = reference::quantize(GetParam(), oracle::request_for(input));
  const std::vector<float> amax = reference::amax_of(GetParam().rules, input.view());
  const auto& values = std::get<std::vector<float>>(input.values);
  for (std::int64_t b = 0; b < 4; ++b) {
    const auto first = static_cast<std::size_t>(b * width);
    const std::span<const float> block(values.data() + first, static_cast<std::size_t>(width));
    const auto alone =
        reference::quantize_one_block(GetParam().rules, InputType::kF32, block, amax.empty() ? 0.0f : amax[0]);
    EXPECT_EQ(alone.scale_bits, scale_bits(whole.scales, static_cast<std::size_t>(b)));
    for (std::size_t i = 0; i < block.size(); ++i) EXPECT_EQ(alone.codes[i], whole.codes[first + i]) << b << " " << i;
  }
}

TEST_P(EveryRecipe, TakesItsOwnAmaxAndGlobalAsGiven) {
  const TypedTensor input = random_bits({2, 128}, 3);
  const QuantizedTensor computed = reference::quantize(GetParam(), oracle::request_for(input));
  const std::vector<float> amax = reference::amax_of(GetParam().rules, input.view());
  const QuantizedTensor by_amax = reference::quantize(GetParam(), oracle::request_for(input, amax));
  EXPECT_EQ(bits_of(by_amax.global), bits_of(computed.global));
  EXPECT_EQ(by_amax.codes, computed.codes);
  const QuantizedTensor by_global = reference::quantize(GetParam(), oracle::request_for(input, {}, computed.global));
  EXPECT_EQ(bits_of(by_global.global), bits_of(computed.global));
  EXPECT_EQ(by_global.codes, computed.codes);
}

TEST_P(EveryRecipe, AGivenGlobalOutranksAGivenAmax) {
  const std::size_t wanted = static_cast<std::size_t>(global_count(scheme_of(GetParam().rules.scheme), {2, 128}));
  if (wanted == 0) return;
  const TypedTensor input = random_bits({2, 128}, 4);
  const std::vector<float> amax(wanted, 1.0f), global(wanted, 3.0f);
  EXPECT_EQ(reference::quantize(GetParam(), oracle::request_for(input, amax, global)).global, global);
}

TEST_P(EveryRecipe, RefusesADirectionOtherThanRowwise) {
  const TypedTensor input = random_bits({1, 128}, 5);
  for (const Direction direction : {Direction::kColumnwise, Direction::kBoth}) {
    Request request = oracle::request_for(input);
    request.direction = direction;
    EXPECT_THAT(refusal(GetParam(), request), HasSubstr("only row-wise"));
  }
}

TEST_P(EveryRecipe, RefusesAWrongCountOfGivenNumbers) {
  const TypedTensor input = random_bits({3, 128}, 6);
  const std::vector<float> two(2, 1.0f);
  EXPECT_THAT(refusal(GetParam(), oracle::request_for(input, two)), HasSubstr(": 2 amax values given, "));
  EXPECT_THAT(refusal(GetParam(), oracle::request_for(input, {}, two)), HasSubstr(": 2 global numbers given, "));
  const Scales scales = std::vector<std::uint8_t>(5);
  Request request = oracle::request_for(input);
  request.scales = &scales;
  EXPECT_THAT(refusal(GetParam(), request), HasSubstr(": 5 block scales given, "));
}

TEST_P(EveryRecipe, RefusesTypesThatItDoesNotTakeByName) {
  const std::vector<std::uint16_t> ones(128, 0x3C00);
  for (const InputType type : {InputType::kBf16, InputType::kF16}) {
    const TypedTensor input{type, {1, 128}, ones};
    const std::string message = refusal(GetParam(), oracle::request_for(input));
    if (accepts(GetParam().accepts, type))
      EXPECT_EQ(message, "");
    else
      EXPECT_THAT(message, HasSubstr(std::string("input type ") + std::string(name_of(type)) + " is not taken"));
  }
}

TEST_P(EveryRecipe, RefusesANegativeSide) {
  Request request;
  request.input = {InputType::kF32, {-1, 128}, nullptr};
  EXPECT_THAT(refusal(GetParam(), request), HasSubstr("shape -1x128 has a negative side"));
}

TEST_P(EveryRecipe, GivesAnEmptyAnswerToAnEmptyTensorOrRefusesIt) {
  for (const Extent extent : {Extent{0, 128}, Extent{2, 0}}) {
    const TypedTensor input = oracle::f32_tensor(extent, {});
    const Request request = oracle::request_for(input);
    if (!GetParam().accepts.empty) {
      EXPECT_THAT(refusal(GetParam(), request), HasSubstr("an empty tensor"));
      continue;
    }
    const QuantizedTensor answer = reference::quantize(GetParam(), request);
    EXPECT_TRUE(answer.codes.empty());
    EXPECT_EQ(scale_count(answer.scales), 0u);
    EXPECT_TRUE(answer.extras.empty());
    for (const float amax : answer.global) EXPECT_EQ(oracle::to_bits(amax), 0u);
  }
}

// Two columns more than a block: padded with +0, or refused. A block of two numbers equal to 1.
TEST_P(EveryRecipe, PadsARaggedRowWithZerosOrRefusesIt) {
  const std::int64_t width = block_cols(GetParam());
  const TypedTensor input = oracle::f32_row(std::vector<float>(static_cast<std::size_t>(width + 2), 1.0f));
  const Request request = oracle::request_for(input);
  if (GetParam().accepts.col_multiple > 2) {
    EXPECT_THAT(refusal(GetParam(), request), HasSubstr(" columns given, a multiple of "));
    return;
  }
  const QuantizedTensor answer = reference::quantize(GetParam(), request);
  ASSERT_EQ(scale_count(answer.scales), 2u);
  EXPECT_EQ(scale_bits(answer.scales, 1), scale_bits(answer.scales, 0));
  ASSERT_EQ(answer.codes.size(), static_cast<std::size_t>(width + 2));
  for (const std::uint8_t code : answer.codes) EXPECT_EQ(code, answer.codes[0]);
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
  EXPECT_EQ(refusal(reference::require_recipe("te/nvfp4-pyref"), oracle::request_for(input)),
            "te/nvfp4-pyref: 17 columns given, a multiple of 2 expected");
}

TEST(Refusal, NamesThePlaceAndTheReasonOfANan) {
  std::vector<float> values(32, 1.0f);
  values[18] = oracle::from_bits(0x7FC00000);
  const TypedTensor input = oracle::f32_tensor({2, 16}, values);
  const std::string message = refusal(reference::require_recipe("torchao/nvfp4-cpu"), oracle::request_for(input));
  EXPECT_THAT(message, HasSubstr("torchao/nvfp4-cpu: NaN at (1, 2): on the CPU the payload"));
}

TEST(Catalog, UnknownNamesAreNullOrNameTheNearest) {
  EXPECT_EQ(reference::find_recipe("te/nvfp5"), nullptr);
  try {
    reference::require_recipe("te/nvfp4-rwo");
    FAIL() << "an unknown recipe was found";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "unknown recipe 'te/nvfp4-rwo'; the nearest name is 'te/nvfp4-row'");
  }
}

TEST(Catalog, NamesAreUniqueAndEveryEntrySaysWhereItComesFrom) {
  for (const Recipe& recipe : reference::catalog()) {
    EXPECT_EQ(reference::find_recipe(recipe.identity.name), &recipe);
    EXPECT_FALSE(recipe.identity.source.empty());
    EXPECT_FALSE(recipe.identity.evidence_note.empty());
    const bool refuses = !recipe.accepts.nan || !recipe.accepts.infinity || !recipe.accepts.empty;
    EXPECT_EQ(recipe.accepts.refusal.empty(), !refuses) << recipe.identity.name;
    const bool has_global = scheme_of(recipe.rules.scheme).global != GlobalAxis::kNone;
    EXPECT_EQ(recipe.storage.global_number != GlobalNumber::kNone, has_global) << recipe.identity.name;
  }
}

}  // namespace
}  // namespace bitgate
