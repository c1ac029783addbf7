// Tables of pairs in results.json and on the page.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitgate/reports/html.h"
#include "bitgate/reports/json.h"
#include "bitgate/reports/pairs_page.h"
#include "bitgate/reports/text.h"
#include "bitgate/tests/reports/sample_results.h"
#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::reports {
namespace {

using compare::PairTable;
using compare::PairTally;
using compare::refusal;
using testing::HasSubstr;
using testing::Not;

// Three recipes: a and b equal, c apart from both, of other fields than b.
PairTable table_of(InputType type) {
  return {"nvfp4",
          type,
          {"te/a", "te/b", "te/<c>"},
          {{"te/sr", "draws random words"}, {"te/sr-2", "draws random words"}},
          {"normal, seed 1", "scale_ties of te/a, seed 1"},
          {{2000, 0, true}, {2000, 7, true}, {1000, 0, false}}};
}

Results with_pairs() {
  Results results = sample::results();
  results.pairs = {table_of(InputType::kF32), table_of(InputType::kBf16)};
  return results;
}

TEST(PairsJson, ReadsBackWhatWasWritten) {
  const sample::Folder folder;
  write_results(folder / "r.json", with_pairs());
  EXPECT_EQ(read_results(folder / "r.json").pairs, with_pairs().pairs);
}

TEST(PairsJson, IsLeftOutWithoutTables) {
  const sample::Folder folder;
  EXPECT_THAT(results_text(sample::results()), Not(HasSubstr("\"pairs\"")));
  write_results(folder / "r.json", sample::results());
  EXPECT_TRUE(read_results(folder / "r.json").pairs.empty());
}

TEST(PairsJson, WhatCannotBeIsRefusedWithItsPlace) {
  const sample::Folder folder;
  const auto refused = [&](const std::string& from, const std::string& to) {
    std::string text = results_text(with_pairs());
    text.replace(text.find(from), from.size(), to);
    write_text(folder / "r.json", text);
    return refusal([&] { read_results(folder / "r.json"); });
  };
  EXPECT_THAT(refused("[7,2000,1]", "[2001,2000,1]"), HasSubstr("/pairs/0/pairs/1/0"));
  EXPECT_THAT(refused("[7,2000,1],", ""), HasSubstr("3 recipes have 3 pairs, 2 found"));
  EXPECT_THAT(refused("[7,2000,1]", "[7,2000]"), HasSubstr("expected [different, bytes, same fields]"));
  EXPECT_THAT(refused("\"type\":\"bf16\",\"recipes\"", "\"type\":\"bf17\",\"recipes\""), HasSubstr("/pairs/1/type"));
  EXPECT_THAT(refused("[\"te/sr\",\"draws random words\"]", "[\"te/sr\"]"), HasSubstr("expected [recipe, why]"));
}

TEST(PairsPage, HasAHeatmapForEachTypeWithCountsAndWhatWasLeftOut) {
  const std::string block = pairs_block(with_pairs().pairs);
  EXPECT_EQ(sample::count_of(block, "<details>"), 2u);
  EXPECT_THAT(block, HasSubstr("nvfp4 from bf16: 3 recipes, 3 pairs on 2 tensors: 1 differ, 1 equal on all tried; 2 "
                               "left out"));
  EXPECT_THAT(block, HasSubstr("<tr><th>te/a<td class=no>-<td class=pe>=<td class=p4>3.5k\n"));
  EXPECT_THAT(block, HasSubstr("<tr><th>te/b<td class=pe>=<td class=no>-<td class=ps>~\n"));
  EXPECT_THAT(block, HasSubstr("<tr><th>te/&lt;c&gt;<td class=p4>3.5k<td class=ps>~<td class=no>-\n"));
  EXPECT_THAT(block, HasSubstr("Left out: te/sr, te/sr-2: draws random words"));
}

TEST(PairsPage, IsInTheReportOnlyWhereThereAreTables) {
  const auto page = [](const Results& results) {
    return report_page(results, figures(results), verdict(results, {}, {}));
  };
  EXPECT_THAT(page(with_pairs()), HasSubstr("<section id=\"pairs\">"));
  EXPECT_THAT(page(sample::results()), Not(HasSubstr("<section id=\"pairs\">")));
}

TEST(PairsPage, ACellIsPartsPerMillionInFewCharacters) {
  const auto text = [](std::int64_t different) { return pair_text({1'000'000, different, true}); };
  EXPECT_EQ(text(0), "=");
  EXPECT_EQ(pair_text({1'000'000, 0, false}), "~");
  EXPECT_EQ(pair_text({0, 0, true}), "");
  EXPECT_EQ(pair_text({10'000'000, 3, true}), "0.3");
  EXPECT_EQ(text(12), "12");
  EXPECT_EQ(text(999), "999");
  EXPECT_EQ(text(1000), "1.0k");
  EXPECT_EQ(text(9949), "9.9k");
  EXPECT_EQ(text(9951), "10k");
  EXPECT_EQ(text(310'400), "310k");
  EXPECT_EQ(text(999'600), "1M");
  // One byte of many is never shown as equal.
  EXPECT_EQ(pair_text({1'000'000'000, 1, true}), "<0.1");
}

}  // namespace
}  // namespace bitgate::reports
