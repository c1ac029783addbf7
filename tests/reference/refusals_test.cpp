// Every row of the table of refusals is met by a request, and the message holds the producer's rule. One test a row.
#include "bitgate/reference/recipe/refusals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "bitgate/tests/reference/resolve_words.h"
#include "bitgate/tests/support/captures.h"
#include "bitgate/tests/support/recipe_samples.h"

namespace bitgate::reference {

void PrintTo(const Refusal& row, std::ostream* out) { *out << row.id; }

namespace {

using oracle::RecipeSample;
using oracle::refusal_of;
using testing::HasSubstr;
using enum RefusalKind;

// Whole blocks of 16 that are not blocks of 32.
constexpr Extent kSixteens{144, 272};
constexpr Extent kOdd{129, 257};

// The recipes that a row speaks for.
std::vector<const Recipe*> recipes_of(const Refusal& row) {
  std::vector<const Recipe*> recipes;
  for (const Recipe& recipe : catalog())
    if (find_refusal(recipe.identity.name, row.kind) == &row) recipes.push_back(&recipe);
  return recipes;
}

RecipeSample ones(const Recipe& recipe, Extent extent, Direction direction, InputType type) {
  RecipeSample sample = oracle::sample_of(recipe, oracle::all_equal(type, extent, 1.0f));
  sample.direction = direction;
  return sample;
}

RecipeSample with_first(const Recipe& recipe, float value) {
  const InputType type = oracle::sample_type(recipe);
  RecipeSample sample = ones(recipe, oracle::kSampleExtent, default_direction(recipe), type);
  if (type == InputType::kF32)
    std::get<0>(sample.input.values)[0] = value;
  else
    std::get<1>(sample.input.values)[0] = static_cast<std::uint16_t>(encode(format_of(type), value, kCvtRnInf));
  return sample;
}

std::string dequantize_message(const Recipe& recipe, Direction direction) {
  const InputType type = recipe.accepts.bf16 ? InputType::kBf16 : InputType::kF32;
  const RecipeSample sample = ones(recipe, oracle::kSampleExtent, direction, type);
  return compare::refusal([&] { dequantize(recipe, quantize(recipe, sample.request()), type); });
}

// Requests of this kind that the recipe does not take, and what it says; nothing where it takes them all.
std::vector<std::string> messages(const Recipe& recipe, RefusalKind kind) {
  const Accepts& a = recipe.accepts;
  const InputType own = oracle::sample_type(recipe);
  const Direction usual = default_direction(recipe);
  const Direction with_columns = a.directions.columnwise ? Direction::kColumnwise : Direction::kBoth;
  std::vector<std::string> all;
  const auto ask = [&](const RecipeSample& sample) { all.push_back(refusal_of(recipe, sample.request())); };
  const auto ask_ones = [&](Extent extent, Direction direction, InputType type) {
    ask(ones(recipe, extent, direction, type));
  };
  const bool bf16 = a.bf16;
  switch (kind) {
    case kRowwise: ask_ones(oracle::kSampleExtent, Direction::kRowwise, own); break;
    case kColumnwise: ask_ones(oracle::kSampleExtent, Direction::kColumnwise, own); break;
    case kBoth: ask_ones(oracle::kSampleExtent, Direction::kBoth, own); break;
    case kType:
      for (const InputType type : kInputTypes)
        if (!accepts(a, type)) ask_ones(oracle::kSampleExtent, usual, type);
      break;
    case kColumnwiseType:
      for (const InputType type : {InputType::kF32, InputType::kF16})
        for (const Direction direction : {Direction::kColumnwise, Direction::kBoth})
          ask_ones(oracle::kSampleExtent, direction, type);
      break;
    case kMultiple: ask_ones(kOdd, usual, own); break;
    case kColumnwiseMultiple:
      // The fused transform: rows are in order, columns are not.
      ask_ones(a.columnwise_cols > 1     ? Extent{128, 192}
               : a.directions.columnwise ? kSixteens
                                         : Extent{144, 256},
               with_columns, bf16 ? InputType::kBf16 : own);
      break;
    case kNan: ask(with_first(recipe, std::numeric_limits<float>::quiet_NaN())); break;
    case kInfinity: ask(with_first(recipe, std::numeric_limits<float>::infinity())); break;
    case kEmpty: ask_ones({0, 128}, usual, own); break;
    case kOpen: ask_ones(oracle::kSampleExtent, usual, own); break;
    case kDequantize: all.push_back(dequantize_message(recipe, usual)); break;
    case kDequantizeColumnwise: all.push_back(dequantize_message(recipe, Direction::kColumnwise)); break;
    case kCombination: break;
  }
  return all;
}

// What the recipe itself says of this kind: a row that speaks for it too widely must not be met.
bool refuses(const Recipe& recipe, RefusalKind kind) {
  const Accepts& a = recipe.accepts;
  switch (kind) {
    case kRowwise: return !a.directions.rowwise;
    case kColumnwise: return !a.directions.columnwise;
    case kBoth: return !a.directions.both;
    case kType: return !a.f32 || !a.bf16 || !a.f16;
    case kColumnwiseType: return a.bf16_only_columnwise;
    case kMultiple: return a.col_multiple > 1 || a.row_multiple > 1;
    case kColumnwiseMultiple: return a.columnwise_multiple > 1 || a.columnwise_cols > 1;
    case kNan: return !a.nan;
    case kInfinity: return !a.infinity;
    case kEmpty: return !a.empty;
    case kOpen: return !runs(recipe);
    case kDequantize: return recipe.dequantize == DequantizeOrder::kNotStated;
    case kDequantizeColumnwise:
      return recipe.dequantize == DequantizeOrder::kScaleAmaxConstant && a.directions.columnwise;
    case kCombination: break;
  }
  return false;
}

class Refusals : public testing::TestWithParam<Refusal> {};
INSTANTIATE_TEST_SUITE_P(, Refusals, testing::ValuesIn(refusals().begin(), refusals().end()),
                         [](const auto& each) { return oracle::test_name(each.param.id); });

TEST_P(Refusals, RowIsMetAndItsRuleIsInTheMessage) {
  const Refusal& row =
      *std::find_if(refusals().begin(), refusals().end(), [](const Refusal& each) { return each.id == GetParam().id; });
  if (row.kind == kCombination) {
    std::string words(row.asked);
    for (const auto& [name, value] : {std::pair{"arch", "sm_100a"}, {"dtype", "bf16"}, {"shape", "128x256"}})
      if (words.find(std::string(name) + "=") == std::string::npos) words += std::string(" ") + name + "=" + value;
    EXPECT_THAT(why_not(row.recipes, words), HasSubstr(std::string(row.rule)));
    return;
  }
  int met = 0;
  for (const Recipe* recipe : recipes_of(row)) {
    const bool open = !runs(*recipe) && row.kind != kOpen;
    if (open || !refuses(*recipe, row.kind)) continue;
    SCOPED_TRACE(recipe->identity.name);
    for (const std::string& message : messages(*recipe, row.kind)) {
      EXPECT_THAT(message, HasSubstr(std::string(row.rule)));
      ++met;
    }
  }
  EXPECT_GT(met, 0) << "no recipe meets this row";
}

TEST(RefusalTable, SpeaksForEveryRecipeThatRefuses) {
  for (const Recipe* recipe : oracle::runnable_recipes())
    for (const RefusalKind kind : {kRowwise, kColumnwise, kBoth, kType, kColumnwiseType, kMultiple, kColumnwiseMultiple,
                                   kNan, kInfinity, kEmpty, kDequantizeColumnwise})
      if (refuses(*recipe, kind)) {
        EXPECT_NE(find_refusal(recipe->identity.name, kind), nullptr) << recipe->identity.name << " " << name_of(kind);
      }
}

TEST(RefusalTable, HasUniqueNamesAndSources) {
  std::set<std::string_view> ids;
  for (const Refusal& row : refusals()) {
    EXPECT_TRUE(ids.insert(row.id).second) << row.id;
    EXPECT_FALSE(row.rule.empty() || row.source.empty() || row.asked.empty() || row.recipes.empty()) << row.id;
    EXPECT_THAT(std::string(row.source), testing::ContainsRegex("[.]md [0-9]")) << row.id;
  }
}

TEST(RefusalTable, FindsNothingForOthers) {
  EXPECT_EQ(find_refusal("te/nvfp4", kRowwise), nullptr);
  EXPECT_EQ(find_refusal("nobody/nothing", kType), nullptr);
  EXPECT_EQ(find_refusal("te", kCombination), nullptr);
}

}  // namespace
}  // namespace bitgate::reference
