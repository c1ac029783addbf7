#include "bitgate/reports/html.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitgate/reports/identify_page.h"
#include "bitgate/reports/svg_share.h"
#include "bitgate/reports/text.h"
#include "bitgate/tests/reports/sample_results.h"

namespace bitgate::reports {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string page_of(const Results& results) { return report_page(results, figures(results), verdict(results, {}, {})); }

TEST(ReportPage, NeedsNothingFromElsewhere) {
  const std::string page = page_of(sample::results());
  EXPECT_THAT(page, Not(HasSubstr("http")));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("<link")));
  EXPECT_THAT(page, Not(HasSubstr("url(")));
  EXPECT_THAT(page, Not(HasSubstr("src=")));
  EXPECT_EQ(sample::count_of(page, "<svg "), 1u);
}

TEST(ReportPage, FollowsLightDarkAndPrint) {
  const std::string page = page_of(sample::results());
  EXPECT_THAT(page, HasSubstr("prefers-color-scheme:dark"));
  EXPECT_THAT(page, HasSubstr("@media print"));
}

TEST(ReportPage, VerdictComesFirstWithItsReasons) {
  Results results = sample::results();
  sample::make_different(results.rows[0]);
  const std::string page = page_of(results);
  const std::size_t verdict_at = page.find("Verdict: fail: 3 of 4 cases passed");
  ASSERT_NE(verdict_at, std::string::npos);
  EXPECT_LT(verdict_at, page.find("<h2>"));
  EXPECT_THAT(page, HasSubstr("first (4, 17): expected 0x5 = 3, got 0x6 = 4; repeat with: bitgate verify --case "
                              "&#39;te/nvfp4/fp32/normal/16x64/s1&#39; --subject &#39;cpu/te/nvfp4&#39;"));
}

TEST(ReportPage, HoldsTheNumberOfEveryCell) {
  const Results results = sample::results();
  const std::string page = page_of(results);
  for (const RecipeFact& fact : results.recipes) {
    std::string line = "<tr><th>" + fact.name;
    for (const compare::Row& row : results.rows)
      if (row.id.recipe == fact.name) line += "<td>" + fixed(row.metrics.sqnr_db, 2);
    EXPECT_THAT(page, HasSubstr(line + "\n"));
  }
  EXPECT_THAT(page, HasSubstr("<td>21.38<td>22.50\n"));  // 21.375 and 22.5, by hand; ties to even
}

TEST(ReportPage, MarksDifferencesAndWhatDidNotRun) {
  Results results = sample::results();
  sample::make_different(results.rows[0]);
  results.rows.pop_back();
  const std::string page = page_of(results);
  EXPECT_THAT(page, HasSubstr("<td class=bad>21.38"));
  EXPECT_THAT(page, HasSubstr("<td class=no>n/r"));
}

TEST(ReportPage, SharesArePercentagesAndLeftOutWhereAllAreZero) {
  Results results = sample::results();
  results.rows[0].metrics.saturated_share = 0.125;
  const std::string page = page_of(results);
  EXPECT_THAT(page, HasSubstr("<h3>Saturated elements (%)</h3>"));
  EXPECT_THAT(page, HasSubstr("<td>12.50<td>0.00\n"));
  EXPECT_THAT(page, HasSubstr("Block scales at their floor (%): 0 in every cell."));
}

TEST(ReportPage, FooterHoldsTheProvenanceEscaped) {
  const std::string page = page_of(sample::results());
  const std::string footer = page.substr(page.find("<footer>"));
  for (const char* part : {"1.2.3", "0123abc", "g++ 12.2.0", "A CPU &lt;with&gt; &amp; signs", "2025-01-31T12:00:00Z",
                           "CUDA kernels built", "h100.json: NVIDIA H100", "4 cases held by source"})
    EXPECT_THAT(footer, HasSubstr(part));
}

TEST(ReportPage, ManyReasonsAreCounted) {
  const Results results = sample::results();
  Verdict v = verdict(results, {}, {});
  v.reasons.assign(kPageReasons + 3, "failed: x");
  const std::string page = report_page(results, figures(results), v);
  EXPECT_EQ(sample::count_of(page, "<li>failed: x"), kPageReasons);
  EXPECT_THAT(page, HasSubstr("<li>and 3 more"));
}

TEST(IdentifyBlock, IsLeftOutWithoutSets) { EXPECT_EQ(identify_block({}), ""); }

TEST(IdentifyBlock, CountsRecipesPairsAndRightNames) {
  const std::string block = identify_block({sample::identify_set()});
  EXPECT_THAT(block, HasSubstr("identify names the right recipe, alone or with its listed equals, for 5 of 5</p>"));
  // Row-wise 3 recipes make 3 pairs, column-wise 2 make 1.
  EXPECT_THAT(block, HasSubstr("<details><summary>nvfp4-bf16: 3 recipes; of 4 pairs 3 told apart, 1 listed equal; "
                               "right for 5 of 5</summary>"));
  EXPECT_THAT(block, HasSubstr("<tr><th>te/b<td><td class=me>&#9679;<td class=same>=\n"));
  EXPECT_THAT(block, HasSubstr("<tr><th>te/b, column-wise<td><td class=me>&#9679;<td>\n"));
}

TEST(IdentifyBlock, ANameTooManyOrMissingIsShownOpen) {
  IdentifySet set = sample::identify_set();
  set.rows[0].named = {"te/a", "te/c"};
  set.rows[3].named = {};
  const std::string block = identify_block({set});
  EXPECT_THAT(block, HasSubstr("<p class=\"bad\">identify names"));
  EXPECT_THAT(block, HasSubstr("for 3 of 5</p>"));
  EXPECT_THAT(block, HasSubstr("<details open>"));
  EXPECT_THAT(block, HasSubstr("<tr><th>te/a<td class=me>&#9679;<td><td class=other>!\n"));
  EXPECT_THAT(block, HasSubstr("<tr><th>te/b, column-wise<td><td class=other>?<td>\n"));
}

// Equal in one direction excuses nothing in the other.
TEST(IdentifyBlock, EqualsAreOfTheirDirection) {
  IdentifySet set = sample::identify_set();
  set.rows[3].named = {"te/b", "te/c"};
  EXPECT_FALSE(names_right(set, set.rows[3]));
  EXPECT_TRUE(names_right(set, set.rows[2]));
}

TEST(ReportPage, HoldsTheConfusionMatrix) {
  Results results = sample::results();
  EXPECT_THAT(page_of(results), Not(HasSubstr("id=\"identify\"")));
  results.identify.push_back(sample::identify_set());
  EXPECT_THAT(page_of(results), HasSubstr(identify_block(results.identify)));
}

TEST(ShareDrawings, GlyphsAndRunsAreKeptOnce) {
  const std::string symbol = R"(<symbol overflow="visible" id="f{0}glyph0-1"><path d="M0 0L1 1"/></symbol>)";
  const std::string run = R"(<g fill="#000000"><use href="#f{0}glyph0-1" x="{1}.5" y="7.25"/>)"
                          R"(<use href="#f{0}glyph0-1" x="{1}.75" y="7.25"/></g>)";
  const std::string page = fmt::format(fmt::runtime(symbol), 0) + fmt::format(fmt::runtime(run), 0, 3) +
                           fmt::format(fmt::runtime(symbol), 1) + fmt::format(fmt::runtime(run), 1, 40);
  EXPECT_EQ(share_drawings(page),
            R"(<symbol overflow="visible" id="s0"><path d="M0 0L1 1"/></symbol>)"
            R"(<defs><g id="t0"><use href="#s0"/><use href="#s0" x="0.25"/></g></defs>)"
            R"(<use href="#t0" x="3.5" y="7.25" fill="#000000"/><use href="#t0" x="40.5" y="7.25" fill="#000000"/>)");
}

TEST(ShareDrawings, WhatIsNoRunStaysAsItIs) {
  for (const std::string text :
       {"", "plain", "<g fill=\"#fff\"><path d=\"M0 0\"/></g>", "<g fill=\"#fff\">",
        "<g fill=\"#fff\"><use href=\"#a\" x=\"?\" y=\"1\"/></g>", "<symbol overflow=\"visible\" id=\"a"})
    EXPECT_EQ(share_drawings(text), text);
}

// Every reference of the page leads somewhere, and no id is given twice.
TEST(ShareDrawings, NoReferenceOfThePageIsLost) {
  const std::string page = page_of(sample::results());
  std::size_t references = 0;
  for (std::size_t at = page.find("href=\"#"); at != std::string::npos; at = page.find("href=\"#", at + 1)) {
    const std::string id = page.substr(at + 7, page.find('"', at + 7) - at - 7);
    ASSERT_EQ(sample::count_of(page, " id=\"" + id + "\""), 1u) << id;
    ++references;
  }
  EXPECT_GT(references, 20u);
}

// More cells than the default report: 100 recipes; 17 distributions in 3 types, 19 amplitudes twice, 10 ladders.
TEST(ReportPage, OfTheDefaultSizeStaysUnderFiveMegabytes) {
  Results results = sample::results();
  results.panels.clear();
  results.recipes.clear();
  results.rows.clear();
  for (int r = 0; r < 100; ++r)
    results.recipes.push_back({fmt::format("producer/a-recipe-of-length-{:02}", r), "captured", "source"});
  compare::Panel distribution{"distribution", {}, {InputType::kF32, InputType::kBf16, InputType::kF16}, {},
                              {16, 64},       1};
  for (int i = 0; i < 17; ++i) distribution.inputs.push_back({fmt::format("distribution_{:02}", i), 0});
  compare::Panel amplitude{"amplitude", {}, {InputType::kF32}, {}, {16, 64}, 1};
  for (const char* law : {"normal", "gelu"})
    for (int k = -24; k <= 12; k += 2) amplitude.inputs.push_back({law, k});
  compare::Panel row_range{"row_range", {}, {InputType::kF32}, {}, {16, 64}, 1};
  for (int k = 1; k <= 10; ++k) row_range.inputs.push_back({fmt::format("row_ladder_{}", k), 0});
  results.panels = {distribution, amplitude, row_range};
  for (const compare::Panel& panel : results.panels)
    for (const RecipeFact& fact : results.recipes)
      for (const InputType type : panel.types)
        for (const compare::Distribution& input : panel.inputs) {
          compare::Row row = sample::row_of({fact.name, type, input, panel.extent, panel.seed},
                                            10.0 + static_cast<double>(results.rows.size() % 40));
          row.metrics.saturated_share = row.metrics.underflow_share = row.metrics.floor_share = 0.123;
          results.rows.push_back(std::move(row));
        }
  const std::string page = page_of(results);
  EXPECT_EQ(sample::count_of(page, "<svg "), 6u);
  EXPECT_LT(page.size(), 5'000'000u);
}

}  // namespace
}  // namespace bitgate::reports
