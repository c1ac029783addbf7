// `bitgate check`: a verdict on a kernel in one command, and what is printed of the first failure.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "bitgate/tests/reports/shell.h"
#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::reports {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

Outcome check(const std::string& options) {
  return shell("BITGATE_PLUGIN_SECONDS=1 " BITGATE_PROGRAM " check " + options + " 2>&1");
}
std::string kernel(const std::string& name) { return "--subject plugin:" BITGATE_CHECK_PLUGIN ":" + name; }

TEST(CheckProgram, ARightKernelPassesTheQuickSuites) {
  const Outcome outcome = check(kernel("good"));
  EXPECT_EQ(outcome.status, 0) << outcome.text;
  for (const char* suite : {"directed ", "special ", "layout ", "pass: nothing differs"})
    EXPECT_THAT(outcome.text, HasSubstr(suite));
  EXPECT_THAT(outcome.text, Not(HasSubstr("metamorphic")));
}

TEST(CheckProgram, ARightKernelPassesTheFullSuites) {
  const Outcome outcome = check(kernel("good") + " --suite full");
  EXPECT_EQ(outcome.status, 0) << outcome.text;
  for (const char* suite : {"poison ", "metamorphic ", "random "}) EXPECT_THAT(outcome.text, HasSubstr(suite));
}

TEST(CheckProgram, APlantedRoundingFaultIsFoundAndTheCommandItPrintsRepeatsIt) {
  const Outcome outcome = check(kernel("ties-away"));
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.text, ContainsRegex("first: .*elements differ; first .*expected 0x"));
  const std::size_t at = outcome.text.find("again:   bitgate ");
  ASSERT_NE(at, std::string::npos) << outcome.text;
  const std::size_t start = at + 17;
  const std::string again = outcome.text.substr(start, outcome.text.find('\n', at) - start);
  EXPECT_THAT(again, HasSubstr("verify --case 'torchao/mxfp4-floor/fp32/"));
  EXPECT_EQ(shell(BITGATE_PROGRAM " " + again + " 2>&1").status, 1) << again;
}

TEST(CheckProgram, ACrashFailsItsSuiteAndTheOthersAreAskedStill) {
  const Outcome outcome = check(kernel("aborts-on-nan") + " --suite special --suite layout");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.text, HasSubstr("it crashed (Aborted)"));
  EXPECT_THAT(outcome.text, ContainsRegex("layout +[0-9]+ asked +0 failed"));
}

TEST(CheckProgram, AHangFailsItsSuiteAndTheOthersAreAskedStill) {
  const Outcome outcome = check(kernel("hangs-on-nan") + " --suite special --suite metamorphic");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.text, HasSubstr("no answer within 1 s"));
  EXPECT_THAT(outcome.text, ContainsRegex("metamorphic +[0-9]+ asked +0 failed"));
}

TEST(CheckProgram, ASuiteOfACrashingKernelBreaksOffAndSaysWhatWasNotAsked) {
  const Outcome outcome = check("--subject plugin:" BITGATE_TEST_PLUGIN ":crash --suite directed --suite layout");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.text, ContainsRegex("directed +16 asked +16 failed.*it broke off, [0-9]+ were not asked"));
  EXPECT_THAT(outcome.text, HasSubstr("layout "));
}

TEST(CheckProgram, WithoutARecipeLawsAloneAreAskedAndItIsSaid) {
  const Outcome away = check(kernel("ties-away") + " --no-recipe");
  EXPECT_EQ(away.status, 0) << away.text;
  EXPECT_THAT(away.text, HasSubstr("without a recipe (torchao/mxfp4-floor says the scheme)"));
  EXPECT_THAT(away.text, Not(HasSubstr("directed")));
  const Outcome floored = check(kernel("scale-floor") + " --no-recipe");
  EXPECT_EQ(floored.status, 1);
  EXPECT_THAT(floored.text, HasSubstr("power-of-two fp32: "));
  EXPECT_THAT(floored.text, HasSubstr("--no-recipe --suite metamorphic"));
  EXPECT_EQ(check(kernel("good") + " --no-recipe --suite directed").status, 3);
}

TEST(CheckProgram, AnAnswerThatFollowsTheCallBeforeIsFound) {
  const Outcome outcome = check(kernel("remembers") + " --no-recipe --suite poison");
  EXPECT_EQ(outcome.status, 1) << outcome.text;
}

TEST(CheckProgram, AnotherRecipeOfTheSchemeCanBeHeldAgainst) {
  EXPECT_EQ(check(kernel("good") + " --recipe torchao/mxfp4-ceil --suite special").status, 1);
  const Outcome other = check(kernel("good") + " --recipe te/nvfp4");
  EXPECT_EQ(other.status, 3);
  EXPECT_THAT(other.text, HasSubstr("they cannot be compared"));
}

TEST(CheckProgram, JsonHoldsEverySuiteAndTheStatus) {
  const Outcome outcome = check(kernel("ties-away") + " --json --suite directed --suite metamorphic");
  EXPECT_EQ(outcome.status, 1);
  const nlohmann::json json = nlohmann::json::parse(outcome.text);
  EXPECT_EQ(json["recipe"], "torchao/mxfp4-floor");
  EXPECT_EQ(json["status"], 1);
  ASSERT_EQ(json["suites"].size(), 2u);
  EXPECT_GT(json["suites"][0]["failed"], 0);
  EXPECT_TRUE(json["suites"][0].contains("first"));
  EXPECT_EQ(json["suites"][1]["failed"], 0);
}

TEST(CheckProgram, UnknownNamesAreBadInput) {
  const Outcome suite = check("--subject cpu/te/nvfp4 --suite fast");
  EXPECT_EQ(suite.status, 3);
  EXPECT_THAT(suite.text, HasSubstr("unknown suite 'fast': expected one of directed, special"));
  EXPECT_EQ(check("--subject cpu/te/nvfp5").status, 3);
}

TEST(CheckProgram, SeveralSubjectsAreAskedAtOnceAndTheWorstVerdictStands) {
  const Outcome outcome = check(kernel("good") + " " + kernel("ties-away") + " --subject cpu/ggml/q8_1");
  EXPECT_EQ(outcome.status, 1) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("3 subjects: 2 pass, 1 fail, 0 could not be told"));
  for (const char* part : {":good against", ":ties-away against", "cpu/ggml/q8_1 against", " s; 3 of 3 have ended"})
    EXPECT_THAT(outcome.text, HasSubstr(part));
  const Outcome json = check(kernel("good") + " --subject cpu/ggml/q8_1 --json");
  const nlohmann::json document = nlohmann::json::parse(json.text);
  EXPECT_EQ(document["status"], 0);
  ASSERT_EQ(document["subjects"].size(), 2u);
  EXPECT_EQ(document["subjects"][1]["subject"], "cpu/ggml/q8_1");
}

TEST(CheckProgram, AmongSeveralAnUnknownNameOrOneGivenTwiceIsToldBeforeAnyIsAsked) {
  const Outcome unknown = check("--subject cpu/ggml/q8_1 cpu/ggml/q8_9");
  EXPECT_EQ(unknown.status, 3);
  EXPECT_THAT(unknown.text, HasSubstr("unknown subject 'cpu/ggml/q8_9'"));
  EXPECT_THAT(unknown.text, Not(HasSubstr("asked")));
  const Outcome twice = check("--subject cpu/ggml/q8_1 cpu/ggml/q8_1");
  EXPECT_EQ(twice.status, 3);
  EXPECT_THAT(twice.text, HasSubstr("cpu/ggml/q8_1 is given twice"));
}

nlohmann::json document_at(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return nlohmann::json::parse(stream, nullptr, false);
}

TEST(CheckProgram, TheFileHoldsWhatIsPrintedOfOneAndOfSeveral) {
  const compare::TemporaryDirectory scratch;
  const std::string file = (scratch / "check.json").string();
  const Outcome one = check(kernel("ties-away") + " --suite directed --json --out " + file);
  EXPECT_EQ(one.status, 1);
  EXPECT_EQ(document_at(file), nlohmann::json::parse(one.text));
  const Outcome several = check(kernel("good") + " cpu/ggml/q8_1 --suite special --json --jobs 1 --out " + file);
  EXPECT_EQ(several.status, 0) << several.text;
  EXPECT_EQ(document_at(file), nlohmann::json::parse(several.text));
  EXPECT_EQ(check(kernel("good") + " --out /no/such/folder/check.json").status, 3);
}

// The second hangs for longer than its process may take.
TEST(CheckProgram, ASubjectThatTakesTooLongIsKilledAndWhatItWasNotAskedIsSaid) {
  const compare::TemporaryDirectory scratch;
  const std::string file = (scratch / "check.json").string();
  const Outcome outcome =
      shell("BITGATE_PLUGIN_SECONDS=1000 " BITGATE_PROGRAM " check --subject cpu/ggml/q8_1 plugin:" +
            std::string(BITGATE_CHECK_PLUGIN) + ":hangs-on-nan --suite special --seconds 10 --out " + file + " 2>&1");
  EXPECT_EQ(outcome.status, 1) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("it had not ended after 10 s; it was killed"));
  const nlohmann::json document = document_at(file);
  ASSERT_EQ(document["subjects"].size(), 2u);
  EXPECT_EQ(document["subjects"][0]["status"], 0);
  const nlohmann::json& killed = document["subjects"][1];
  EXPECT_EQ(killed["status"], 1);
  EXPECT_EQ(killed["suites"].size(), 0u);
  EXPECT_EQ(killed["not_ended"], nlohmann::json::array({"special"}));
}

TEST(CheckProgram, ADifferenceOutranksAKernelThatHasNoGpu) {
  const Outcome outcome = check(kernel("ties-away") + " --subject cuda/te/nvfp4 --suite directed");
  EXPECT_EQ(outcome.status, 1) << outcome.text;
  EXPECT_THAT(outcome.text, ContainsRegex("2 subjects: [01] pass, 1 fail, "));
}

TEST(CheckProgram, ASubjectThatHangsLosesNothingOfTheOthers) {
  const Outcome outcome = check(kernel("hangs-on-nan") + " " + kernel("good") + " --suite special");
  EXPECT_EQ(outcome.status, 1) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("2 subjects: 1 pass, 1 fail"));
}

}  // namespace
}  // namespace bitgate::reports
