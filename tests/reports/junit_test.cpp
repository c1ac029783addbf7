#include "bitgate/reports/junit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitgate/reports/annotations.h"
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
  const std::string xml = junit_xml(results, verdict(results, {}, {0, {"dump"}}));
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
  EXPECT_THAT(junit_xml(results, verdict(results, {}, {})), HasSubstr("bell ?"));
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

TEST(Junit, SaysWhereResultsComeFromAndWhatEachCaseIs) {
  const Results results = mixed();
  const std::string xml = junit_xml(results, verdict(results, {}, {}));
  EXPECT_THAT(xml, HasSubstr("<property name=\"commit\" value=\"0123abc\"/>"));
  EXPECT_THAT(xml, HasSubstr("<property name=\"gpu\" value=\"NVIDIA H100\"/>"));
  EXPECT_THAT(xml, HasSubstr("<property name=\"recipe\" value=\"te/nvfp4\"/><property name=\"seed\" value=\"1\"/>"
                             "<property name=\"evidence\" value=\"captured\"/>"));
  EXPECT_THAT(xml, Not(HasSubstr("summarised")));
}

TEST(Junit, NamesAreUnique) {
  const Results results = mixed();
  Verdict v = verdict(results, {}, {});
  v.checks.push_back({"", "run", CheckResult::kCouldNotTell, "one"});
  v.checks.push_back({"", "run", CheckResult::kCouldNotTell, "another"});
  const std::string xml = junit_xml(results, v);
  EXPECT_THAT(xml, HasSubstr("name=\"run\""));
  EXPECT_THAT(xml, HasSubstr("name=\"run (2)\""));
}

TEST(Junit, StaysBelowItsSizeAndSaysWhatItLeftOut) {
  const Results results = mixed();
  Verdict v = verdict(results, {}, {});
  for (int i = 0; i < 500; ++i) v.checks.push_back({sample::case_of("te/nvfp4", "normal").name(), "x/y", {}, ""});
  for (int i = 0; i < 500; ++i)
    v.checks.push_back({sample::case_of("te/nvfp4", "gelu").name(), "x/y", CheckResult::kFailed, "no"});
  const std::size_t limit = 50'000;
  const std::string xml = junit_xml(results, v, limit);
  EXPECT_EQ(sample::xml_fault(xml), "");
  EXPECT_LT(xml.size(), limit);
  EXPECT_THAT(xml, HasSubstr("<property name=\"summarised\""));
  EXPECT_THAT(xml, HasSubstr("passed checks\"/>"));
  EXPECT_THAT(xml, HasSubstr("checks beyond the size of this file"));
  EXPECT_GT(sample::count_of(xml, "<failure "), 10u);
}

TEST(Markdown, StaysBelowTheLimitOfASummary) {
  Results results = sample::results();
  results.rows[0].subjects.assign(100'000, {"plugin:" + std::string(3000, 'x'), compare::Outcome::kEqual, "", {}});
  for (std::size_t i = 0; i < results.rows[0].subjects.size(); i += 50)
    results.rows[0].subjects[i].subject += std::to_string(i);
  Verdict v = verdict(results, {}, {});
  v.reasons.assign(200, std::string(100'000, 'y'));
  EXPECT_LT(markdown_summary(results, v).size(), kMarkdownBytes);
}

TEST(Annotations, GroupBySubjectAndEscapeTheirText) {
  Results results = mixed();
  sample::make_different(results.rows[1]);
  results.rows[0].subjects[0].note = "50 %\nof it";
  const std::string text = annotations(verdict(results, {}, {}));
  EXPECT_EQ(sample::count_of(text, "::error "), 1u);
  EXPECT_THAT(text, HasSubstr("50 %25%0Aof it"));
  EXPECT_THAT(text, HasSubstr("(and 1 more cases)"));
  EXPECT_THAT(text, HasSubstr("::notice title=bitgate cuda/te/nvfp4::"));
}

TEST(Annotations, AreAtMostTenAKindAndTheLastCountsTheRest) {
  Verdict v;
  for (int i = 0; i < 25; ++i) v.checks.push_back({"", "cpu/r" + std::to_string(i), CheckResult::kFailed, "no"});
  const std::string text = annotations(v);
  EXPECT_EQ(sample::count_of(text, "::error "), kAnnotationsPerKind);
  EXPECT_THAT(text, HasSubstr("and 16 more"));
}

}  // namespace
}  // namespace bitgate::reports
