#include "bitgate/compare/explained.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitgate/compare/case_operands.h"
#include "bitgate/compare/distribution.h"
#include "bitgate/compare/sweep.h"

namespace bitgate::compare {
namespace {

using reference::Recipe;
using reference::require_recipe;

// A case of a recipe with everything it points to.
struct Asked {
  explicit Asked(const std::string& name)
      : recipe(require_recipe(name.substr(0, name.find('/', name.find('/') + 1)))),
        id(parse_case(name)),
        input(generate(id)),
        operands(operands_of(recipe, id)),
        request(request_of(recipe, input, operands)) {}
  const Recipe& recipe;
  Case id;
  TypedTensor input;
  CaseOperands operands;
  Request request;
};

constexpr const char* kCase = "te/nvfp4/fp32/normal/64x256/s1";

TEST(Explained, AnEqualSubjectHasNothingToExplain) {
  const Asked asked(kCase);
  const auto e = best_explanation(asked.recipe, asked.request, reference::quantize(asked.recipe, asked.request));
  ASSERT_TRUE(e);
  EXPECT_EQ(e->element_ties + e->scale_ties + e->selections + e->unexplained, 0);
  EXPECT_EQ(e->total, 64 * 256);
  EXPECT_EQ(e->ppm(), 0);
}

TEST(Explained, EveryRecipeOfASchemeIsExplainedByItself) {
  const Asked asked("te/nvfp4/fp32/normal/128x256/s1");
  int seen = 0;
  for (const Recipe& other : reference::catalog()) {
    if (other.rules.scheme != asked.recipe.rules.scheme || !reference::runs(other)) continue;
    if (other.storage.global_number != asked.recipe.storage.global_number) continue;
    if (!reference::accepts(other.accepts, InputType::kF32) || !other.accepts.directions.rowwise) continue;
    const QuantizedTensor theirs = reference::quantize(other, asked.request);
    const auto e = explained_by(asked.recipe, other, asked.request, theirs);
    ASSERT_TRUE(e) << other.identity.name;
    EXPECT_EQ(e->scale_ties + e->selections + e->element_ties + e->unexplained > 0 || theirs.codes.empty(),
              !compare(reference::quantize(asked.recipe, asked.request), theirs).bit_exact())
        << other.identity.name;
    ++seen;
  }
  EXPECT_GT(seen, 1);
}

TEST(Explained, ACodeOfNoRecipeIsUnexplained) {
  const Asked asked(kCase);
  QuantizedTensor subject = reference::quantize(asked.recipe, asked.request);
  subject.codes[17] ^= 0x8;
  const auto e = best_explanation(asked.recipe, asked.request, subject);
  ASSERT_TRUE(e);
  EXPECT_EQ(e->unexplained, 1);
  EXPECT_FALSE(e->all_explained());
}

TEST(Explained, AScaleOfNoRecipeIsUnexplainedOnceWhateverItsCodes) {
  const Asked asked(kCase);
  QuantizedTensor subject = reference::quantize(asked.recipe, asked.request);
  set_scale_bits(subject.scales, 3, scale_bits(subject.scales, 3) ^ 0x20u);
  Request given = asked.request;
  given.scales = &subject.scales;
  given.global = subject.global;
  subject.codes = reference::quantize(asked.recipe, given).codes;
  const auto e = best_explanation(asked.recipe, asked.request, subject);
  ASSERT_TRUE(e);
  EXPECT_EQ(e->unexplained, 1);
}

TEST(Explained, AGlobalOfNoRecipeIsUnexplained) {
  const Asked asked(kCase);
  QuantizedTensor subject = reference::quantize(asked.recipe, asked.request);
  ASSERT_EQ(subject.global.size(), 1u);
  subject.global[0] *= 2;
  const auto e = best_explanation(asked.recipe, asked.request, subject);
  ASSERT_TRUE(e);
  EXPECT_GE(e->unexplained, 1);
}

TEST(Explained, ABlockOfASearchIsJudgedAsAWhole) {
  const Recipe* search = nullptr;
  for (const Recipe& recipe : reference::catalog())
    if (recipe.rules.special.kind == reference::Special::kFourOverSix && reference::runs(recipe) &&
        recipe.accepts.directions.rowwise && recipe.accepts.bf16)
      search = search == nullptr ? &recipe : search;
  ASSERT_NE(search, nullptr);
  const Asked asked(std::string(search->identity.name) + "/bf16/normal/64x256/s1");
  QuantizedTensor subject = reference::quantize(asked.recipe, asked.request);
  subject.codes[0] ^= 0x8;
  subject.codes[1] ^= 0x8;
  const auto e = best_explanation(asked.recipe, asked.request, subject);
  ASSERT_TRUE(e);
  EXPECT_EQ(e->unexplained, 1);  // both codes stand in one block
  EXPECT_EQ(e->element_ties, 0);
}

TEST(Explained, PpmCountsExplainedEntriesInAMillionElements) {
  const Explained e{"te/x", 2, 1, 1, 9, 1000000};
  EXPECT_EQ(e.ppm(), 4);
}

TEST(Adjacent, FollowsTheOrderOfValues) {
  EXPECT_TRUE(adjacent(kE2m1, 0x3, 0x4));
  EXPECT_FALSE(adjacent(kE2m1, 0x3, 0x5));
  EXPECT_TRUE(adjacent(kE2m1, 0x0, 0x8));   // +0, -0
  EXPECT_TRUE(adjacent(kE2m1, 0x1, 0x8));   // 0.5, -0
  EXPECT_FALSE(adjacent(kE2m1, 0x1, 0x9));  // 0.5, -0.5
  EXPECT_FALSE(adjacent(kE2m1, 0x3, 0xB));
  EXPECT_TRUE(adjacent(kInt8, 0x00, 0xFF));   // 0, -1
  EXPECT_FALSE(adjacent(kInt8, 0x7F, 0x80));  // 127, -128
}

TEST(SweepExplains, OnlySubjectsThatDiffer) {
  const SubjectSource equal{"good", [](const std::string& name) -> Subject {
                              const Recipe& recipe = require_recipe(name);
                              return [&recipe](const Request& r) { return reference::quantize(recipe, r); };
                            }};
  const SubjectSource flipped{"bad", [](const std::string& name) -> Subject {
                                const Recipe& recipe = require_recipe(name);
                                return [&recipe](const Request& r) {
                                  QuantizedTensor t = reference::quantize(recipe, r);
                                  t.codes[0] ^= 0x8;
                                  return t;
                                };
                              }};
  const std::vector<Row> rows = run_sweep({parse_case(kCase)}, {equal, flipped}, {});
  ASSERT_EQ(rows[0].subjects.size(), 2u);
  EXPECT_FALSE(rows[0].subjects[0].explained);
  EXPECT_FALSE(rows[0].subjects[0].sqnr_db);
  ASSERT_TRUE(rows[0].subjects[1].explained);
  EXPECT_EQ(rows[0].subjects[1].explained->unexplained, 1);
  ASSERT_TRUE(rows[0].subjects[1].sqnr_db);
  EXPECT_LT(*rows[0].subjects[1].sqnr_db, rows[0].metrics.sqnr_db);
}

TEST(Panels, SeedsCountOnFromTheFirst) {
  Panel panel{"p", {"te/nvfp4"}, {InputType::kF32}, {{"normal", 0}}, {16, 64}, 5};
  panel.seeds = 3;
  const std::vector<Case> cases = expand({panel});
  ASSERT_EQ(cases.size(), 3u);
  EXPECT_EQ(cases[0].seed, 5u);
  EXPECT_EQ(cases[2].name(), "te/nvfp4/fp32/normal/16x64/s7");
}

}  // namespace
}  // namespace bitgate::compare
