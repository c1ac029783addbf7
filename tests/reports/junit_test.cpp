#include "bitgate/reports/junit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitgate/reports/markdown.h"
#include "bitgate/tests/reports/sample_results.h"
#include "bitgate/tests/reports/simple_xml.h"

namespace bitgate::reports {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// One of each: passed, failed, could not tell, not run.
Results mixed() {
  Results results = sample::results();
  sample::make_different(results.rows[0]);
  results.rows[0].subjects[0].note = "a < b & \"c\"";
  results.rows[1].subjects.push_back({"cuda/te/nvfp4", compare::Outcome::kNotRun, "no GPU", {}});
  return results;
}

TEST(Junit, CountsAndNestsEachKindOfCheck) {
  const Results results = mixed();
  const std::string xml = junit_xml(verdict(results, {}, {0, {"dump"}}));
  EXPECT_EQ(sample::xml_fault(xml), "");
  EXPECT_THAT(xml, HasSubstr("tests=\"6\" failures=\"1\" errors=\"1\" skipped=\"1\""));
  EXPECT_EQ(sample::count_of(xml, "<testcase "), 6u);
  EXPECT_EQ(sample::count_of(xml, "<failure "), 1u);
  EXPECT_EQ(sample::count_of(xml, "<error "), 1u);
  EXPECT_EQ(sample::count_of(xml, "<skipped "), 1u);
  EXPECT_THAT(xml, HasSubstr("message=\"a &lt; b &amp; &quot;c&quot;\""));
  EXPECT_THAT(xml, HasSubstr("repeat with: bitgate verify --case &#39;te/nvfp4/fp32/normal/16x64/s1&#39;"));
}

TEST(Junit, ControlCharactersOfNotesDoNotBreakIt) {
  Results results = mixed();
  results.rows[0].subjects[0].note = "bell \a";
  EXPECT_THAT(junit_xml(verdict(results, {}, {})), HasSubstr("bell ?"));
}

TEST(Markdown, SaysVerdictCountsAndReasons) {
  const Results results = mixed();
  const std::string text = markdown_summary(results, verdict(results, {}, {}));
  EXPECT_THAT(text, HasSubstr("## bitgate: fail: 3 of 4 cases passed"));
  EXPECT_THAT(text, HasSubstr("| cpu/te/nvfp4 | 1 | 1 | 0 |"));
  EXPECT_THAT(text, HasSubstr("| cuda/te/nvfp4 | 0 | 0 | 1 |"));
  EXPECT_THAT(text, HasSubstr("- failed: te/nvfp4/fp32/normal/16x64/s1"));
}

TEST(Markdown, ListsAtMostItsNumberOfReasons) {
  Results results = sample::results();
  Verdict v = verdict(results, {}, {});
  v.reasons.assign(kMarkdownReasons + 7, "failed: x");
  const std::string text = markdown_summary(results, v);
  EXPECT_EQ(sample::count_of(text, "- failed: x"), kMarkdownReasons);
  EXPECT_THAT(text, HasSubstr("- and 7 more"));
}

}  // namespace
}  // namespace bitgate::reports
