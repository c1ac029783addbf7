#include "bitgate/compare/identify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "bitgate/compare/distribution.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

using reference::Recipe;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const Recipe& te() { return reference::require_recipe("te/nvfp4"); }

TypedTensor input_for(const char* distribution, Extent extent, InputType type = InputType::kF32) {
  return generate(te(), {distribution}, type, extent, 3);
}

QuantizedTensor answer(const Recipe& recipe, const TypedTensor& x) {
  Request request;
  request.input = x.view();
  return reference::quantize(recipe, request);
}

Identification identify_plain(const TypedTensor& x, const QuantizedTensor& dump) {
  Request request;
  request.input = x.view();
  return identify(request, dump);
}

std::vector<std::string_view> names(const std::vector<Candidate>& candidates) {
  std::vector<std::string_view> list;
  for (const Candidate& candidate : candidates) list.push_back(candidate.recipe->identity.name);
  return list;
}

const Candidate* find(const std::vector<Candidate>& candidates, std::string_view name) {
  for (const Candidate& candidate : candidates)
    if (candidate.recipe->identity.name == name) return &candidate;
  return nullptr;
}

TEST(Identify, EveryRecipeIsAmongThoseThatExplainItsOwnAnswer) {
  for (const char* name : {"te/nvfp4", "te/nvfp4-row", "te/nvfp4-pyref", "torchao/nvfp4", "torchao/nvfp4-tensorwise",
                           "torchao/mxfp4-floor", "torchao/mxfp8e4m3-rceil", "ggml/q8_1", "ggml/q8_1-mmq-d2s6"}) {
    const Recipe& recipe = reference::require_recipe(name);
    const TypedTensor x = input_for("normal", {4, 256});
    EXPECT_THAT(names(identify_plain(x, answer(recipe, x)).exact), Contains(name));
  }
}

TEST(Identify, RecipesEqualOnThisInputAreListedTogether) {
  const TypedTensor x = input_for("uniform", {2, 32});
  const Identification found = identify_plain(x, answer(te(), x));
  EXPECT_THAT(names(found.exact), Contains("te/nvfp4"));
  EXPECT_THAT(names(found.exact), Contains("te/nvfp4-pyref"));
}

TEST(Identify, OthersSayWhereTheyPartAndWhy) {
  TypedTensor x = input_for("normal", {4, 64});
  std::get<0>(x.values)[70] = -0.0f;  // row 1, column 6: the kernel's code 8, the PyTorch reference's 0
  const Identification found = identify_plain(x, answer(te(), x));
  const Candidate* pyref = find(found.others, "te/nvfp4-pyref");
  ASSERT_NE(pyref, nullptr);
  EXPECT_EQ(pyref->different_bytes, 1);
  ASSERT_TRUE(pyref->parts.has_value());
  EXPECT_EQ(pyref->parts->field, Field::kElement);
  EXPECT_EQ(pyref->parts->row, 1);
  EXPECT_EQ(pyref->parts->col, 6);
  EXPECT_EQ(pyref->parts->expected, 0u);
  EXPECT_EQ(pyref->parts->actual, 8u);
  const auto is_encode = [](const AxisDifference& d) { return d.axis == "element: encode"; };
  EXPECT_TRUE(std::any_of(pyref->axes.begin(), pyref->axes.end(), is_encode));
  EXPECT_THAT(where_it_parts(*pyref), HasSubstr("element, first at (1, 6)"));
}

TEST(Identify, OthersComeNearestFirst) {
  const TypedTensor x = input_for("normal", {16, 256});
  const Identification found = identify_plain(x, answer(te(), x));
  EXPECT_TRUE(std::is_sorted(found.others.begin(), found.others.end(), [](const Candidate& a, const Candidate& b) {
    return a.different_bytes < b.different_bytes;
  }));
}

// One wrong global is not counted again in scales and codes.
TEST(Identify, AWrongGlobalCountsOnce) {
  const TypedTensor x = input_for("normal", {4, 64});
  Request request;
  request.input = x.view();
  const std::vector<float> wrong{answer(te(), x).global[0] * 1.5f};
  request.global = wrong;
  const QuantizedTensor dump = reference::quantize(te(), request);
  const Identification found = identify_plain(x, dump);
  const Candidate* own = find(found.others, "te/nvfp4");
  ASSERT_NE(own, nullptr);
  EXPECT_EQ(own->different_bytes, 4);
  EXPECT_EQ(own->parts->field, Field::kGlobal);
  EXPECT_THAT(names(identify(request, dump).exact), Contains("te/nvfp4"));  // the global was given
}

TEST(Identify, OnlyRecipesWithTheSameKindOfGlobalAreAsked) {
  const TypedTensor x = input_for("normal", {4, 64});
  const Identification found = identify_plain(x, answer(te(), x));
  EXPECT_EQ(find(found.others, "torchao/nvfp4-tensorwise"), nullptr);
  EXPECT_THAT(found.notes, Contains(HasSubstr("another kind of global number")));
}

TEST(Identify, WhatAProducerRefusesIsListedWithItsReason) {
  TypedTensor x = input_for("normal", {4, 64});
  std::get<0>(x.values)[0] = std::numeric_limits<float>::quiet_NaN();
  const Identification found = identify_plain(x, answer(te(), x));
  const auto refused = std::find_if(found.refused.begin(), found.refused.end(),
                                    [](const Refusal& r) { return r.recipe->identity.name == "te/nvfp4-pyref"; });
  ASSERT_NE(refused, found.refused.end());
  EXPECT_THAT(refused->why, HasSubstr("NaN"));
}

TEST(Identify, OneRowDoesNotTellTensorFromRowScaling) {
  const TypedTensor x = input_for("normal", {1, 256});
  const Identification found = identify_plain(x, answer(te(), x));
  EXPECT_THAT(names(found.exact), Contains("te/nvfp4"));
  EXPECT_THAT(names(found.exact), Contains("te/nvfp4-row"));
  EXPECT_THAT(found.notes, Contains(HasSubstr("cannot be told apart")));
}

TEST(Identify, TwoRowsDo) {
  const TypedTensor x = input_for("normal", {2, 256});
  const Identification found = identify_plain(x, answer(te(), x));
  EXPECT_THAT(names(found.exact), Not(Contains("te/nvfp4-row")));
  EXPECT_THAT(found.notes, Not(Contains(HasSubstr("cannot be told apart"))));
}

TEST(Identify, NothingExactGivesNoneAndTheMistakeThatExplains) {
  const TypedTensor x = input_for("normal", {4, 64});
  QuantizedTensor dump = answer(te(), x);
  for (std::size_t i = 0; i < dump.codes.size(); i += 2) std::swap(dump.codes[i], dump.codes[i + 1]);
  const Identification found = identify_plain(x, dump);
  EXPECT_THAT(found.exact, IsEmpty());
  ASSERT_THAT(found.mistakes, Not(IsEmpty()));
  EXPECT_EQ(found.mistakes.front().mistake.name, "swapped-nibbles");
  EXPECT_EQ(found.mistakes.front().different_bytes, 0);
}

TEST(Identify, WithAnExactMatchNoMistakeIsTold) {
  const TypedTensor x = input_for("normal", {4, 64});
  EXPECT_THAT(identify_plain(x, answer(te(), x)).mistakes, IsEmpty());
}

TEST(Identify, NoiseIsNoMistake) {
  const TypedTensor x = input_for("normal", {4, 64});
  QuantizedTensor dump = answer(te(), x);
  for (std::size_t i = 0; i < dump.codes.size(); ++i) dump.codes[i] = static_cast<std::uint8_t>(i * 7 % 16);
  EXPECT_THAT(identify_plain(x, dump).mistakes, IsEmpty());
}

TEST(Combine, ARecipeHasToExplainEveryDump) {
  const TypedTensor alike = input_for("uniform", {2, 32});
  TypedTensor parts = input_for("normal", {2, 32});
  std::get<0>(parts.values)[1] = -0.0f;
  const std::vector<Identification> both{identify_plain(alike, answer(te(), alike)),
                                         identify_plain(parts, answer(te(), parts))};
  ASSERT_THAT(names(both[0].exact), Contains("te/nvfp4-pyref"));
  const Identification found = combine(both);
  EXPECT_THAT(names(found.exact), Contains("te/nvfp4"));
  EXPECT_THAT(names(found.exact), Not(Contains("te/nvfp4-pyref")));
  EXPECT_NE(find(found.others, "te/nvfp4-pyref"), nullptr);
}

QuantizedTensor swapped(QuantizedTensor dump) {
  for (std::size_t i = 0; i + 1 < dump.codes.size(); i += 2) std::swap(dump.codes[i], dump.codes[i + 1]);
  return dump;
}

QuantizedTensor random_codes(QuantizedTensor dump) {
  for (std::size_t i = 0; i < dump.codes.size(); ++i) dump.codes[i] = static_cast<std::uint8_t>(i * 7 % 16);
  return dump;
}

TEST(Combine, AMistakeOfOneDumpIsNotToldOfAll) {
  const TypedTensor x = input_for("normal", {4, 64}), y = input_for("uniform", {2, 128});
  const Identification wrong = identify_plain(x, swapped(answer(te(), x)));
  ASSERT_THAT(wrong.mistakes, Not(IsEmpty()));
  const Identification is_right = identify_plain(y, answer(te(), y));
  const Identification random = identify_plain(y, random_codes(answer(te(), y)));
  EXPECT_THAT(combine({is_right, wrong}).mistakes, IsEmpty());
  EXPECT_THAT(combine({wrong, is_right}).mistakes, IsEmpty());
  EXPECT_THAT(combine({wrong, random}).mistakes, IsEmpty());
  EXPECT_THAT(combine({random, wrong}).mistakes, IsEmpty());
}

TEST(Combine, AMistakeOfEveryDumpIsToldOnceWithItsBytesSummed) {
  const TypedTensor x = input_for("normal", {4, 64}), y = input_for("uniform", {2, 128});
  QuantizedTensor dump = swapped(answer(te(), y));
  dump.codes[5] ^= 1;
  const Identification found = combine({identify_plain(x, swapped(answer(te(), x))), identify_plain(y, dump)});
  ASSERT_EQ(found.mistakes.size(), 1u);
  EXPECT_EQ(found.mistakes.front().mistake.name, "swapped-nibbles");
  EXPECT_EQ(found.mistakes.front().different_bytes, 1);
}

TEST(Identify, AnEmptyDumpComparesNothing) {
  const TypedTensor none = input_for("normal", {0, 256}), some = input_for("normal", {1, 256});
  EXPECT_TRUE(nothing_compared(identify_plain(none, answer(te(), none))));
  EXPECT_FALSE(nothing_compared(identify_plain(some, answer(te(), some))));
}

TEST(Identify, ADifferenceOfTheTwinSaysSoAndMistakesAreNotTriedThere) {
  const TypedTensor x = input_for("normal", {32, 64}, InputType::kBf16);
  Request request;
  request.input = x.view();
  request.direction = Direction::kBoth;
  QuantizedTensor dump = reference::quantize(te(), request);
  std::get<0>(dump.columnwise.at(0).scales)[3] ^= 1;
  const Identification found = identify(request, dump);
  const Candidate* own = find(found.others, "te/nvfp4");
  ASSERT_NE(own, nullptr);
  EXPECT_THAT(where_it_parts(*own), HasSubstr("column-wise scale, first at (1, 1)"));
  EXPECT_THAT(found.notes, Contains(HasSubstr("usual mistakes are tried on dumps of one direction only")));
}

TEST(Combine, ARecipeThatRefusesOneInputIsNotNamed) {
  const TypedTensor alike = input_for("uniform", {2, 32});
  TypedTensor with_nan = input_for("uniform", {2, 32});
  std::get<0>(with_nan.values)[1] = std::numeric_limits<float>::quiet_NaN();
  const Identification found =
      combine({identify_plain(alike, answer(te(), alike)), identify_plain(with_nan, answer(te(), with_nan))});
  EXPECT_THAT(names(found.exact), Contains("te/nvfp4"));
  EXPECT_THAT(names(found.exact), Not(Contains("te/nvfp4-pyref")));
}

}  // namespace
}  // namespace bitgate::compare
