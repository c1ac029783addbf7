#include "bitgate/reports/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

#include "bitgate/reference/format/error.h"
#include "bitgate/reports/json.h"
#include "bitgate/reports/text.h"
#include "bitgate/tests/reports/sample_results.h"
#include "bitgate/tests/reports/simple_xml.h"

namespace bitgate::reports {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::set<std::string> names_in(const fs::path& directory) {
  std::set<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory))
    names.insert(entry.path().filename().string());
  return names;
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void write(const fs::path& directory, const Results& results = sample::results()) {
  write_report(directory, results, verdict(results, {}, {}));
}

std::string error_of_writing(const fs::path& directory) {
  try {
    write(directory);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Report, WritesThePageTheDataAndEachFigure) {
  const sample::Folder folder;
  write(folder / "out");
  EXPECT_THAT(names_in(folder / "out"), ElementsAre("distribution-fp32.png", "distribution-fp32.svg", "index.html",
                                                    "results.csv", "results.json"));
  EXPECT_THAT(names_in(folder.path()), ElementsAre("out"));
  EXPECT_EQ(results_text(read_results(folder / "out/results.json")), results_text(sample::results()));
  EXPECT_EQ(sample::xml_fault(text_of(folder / "out/distribution-fp32.svg")), "");
  EXPECT_EQ(text_of(folder / "out/distribution-fp32.png").substr(1, 3), "PNG");
}

TEST(Report, NumbersOfThePageAreThoseOfTheJson) {
  const sample::Folder folder;
  write(folder / "out");
  const std::string page = text_of(folder / "out/index.html");
  for (const compare::Row& row : read_results(folder / "out/results.json").rows)
    EXPECT_THAT(page, HasSubstr("<td>" + fixed(row.metrics.sqnr_db, 2)));
}

TEST(Report, ReplacesAReportWithoutTrace) {
  const sample::Folder folder;
  write(folder / "out");
  write_text(folder / "out/old-figure.svg", "<svg/>");
  Results results = sample::results();
  results.rows.pop_back();
  write(folder / "out/", results);
  EXPECT_EQ(read_results(folder / "out/results.json").rows.size(), 3u);
  EXPECT_FALSE(fs::exists(folder / "out/old-figure.svg"));
  EXPECT_THAT(names_in(folder.path()), ElementsAre("out"));
}

TEST(Report, FillsAnEmptyDirectory) {
  const sample::Folder folder;
  fs::create_directory(folder / "out");
  write(folder / "out");
  EXPECT_TRUE(fs::exists(folder / "out/index.html"));
}

TEST(Report, LeavesADirectoryThatIsNoReportAlone) {
  const sample::Folder folder;
  fs::create_directory(folder / "out");
  write_text(folder / "out/notes.md", "mine");
  EXPECT_THAT(error_of_writing(folder / "out"), HasSubstr("results.json"));
  write_text(folder / "out/results.json", "{\"schema\": {\"name\": \"other\", \"version\": 1}}");
  EXPECT_THAT(error_of_writing(folder / "out"), HasSubstr("results.json"));
  EXPECT_EQ(names_in(folder / "out").size(), 2u);
  EXPECT_THAT(names_in(folder.path()), ElementsAre("out"));
}

TEST(Report, LeavesAReportThatHoldsOtherThingsAlone) {
  const sample::Folder folder;
  write(folder / "out");
  fs::create_directory(folder / "out/src");
  EXPECT_THAT(error_of_writing(folder / "out"), HasSubstr("src"));
  EXPECT_TRUE(fs::exists(folder / "out/src"));
}

TEST(Report, RefusesAFileAMissingParentAndAnEmptyName) {
  const sample::Folder folder;
  write_text(folder / "file", "mine");
  EXPECT_THAT(error_of_writing(folder / "file"), HasSubstr("file"));
  EXPECT_THAT(error_of_writing(folder / "file/out"), HasSubstr("file/out"));
  EXPECT_THAT(error_of_writing(folder / "no/such/out"), HasSubstr("parent"));
  EXPECT_THAT(error_of_writing(""), HasSubstr("name of a directory"));
  EXPECT_EQ(text_of(folder / "file"), "mine");
  EXPECT_THAT(names_in(folder.path()), ElementsAre("file"));
}

// procfs refuses new entries to everyone, root too.
TEST(Report, UnwritableFileSystemIsRefused) {
  if (!fs::exists("/proc/self")) GTEST_SKIP() << "no procfs";
  EXPECT_THAT(error_of_writing("/proc/out"), HasSubstr("/proc/out"));
}

TEST(Report, FailureHalfWayLeavesTheOldReportAndNothingElse) {
  const sample::Folder folder;
  write(folder / "out");
  const std::string before = text_of(folder / "out/results.json");
  Results broken = sample::results();
  broken.recipes[0].name = broken.rows[0].id.recipe = broken.rows[1].id.recipe = "te/\xFF";  // Cairo refuses the label
  EXPECT_THROW(write(folder / "out", broken), InputError);
  EXPECT_EQ(text_of(folder / "out/results.json"), before);
  EXPECT_THAT(names_in(folder.path()), ElementsAre("out"));
}

TEST(Report, FollowsALinkToItsDirectory) {
  const sample::Folder folder;
  fs::create_directory(folder / "real");
  fs::create_directory_symlink(folder / "real", folder / "link");
  write(folder / "link");
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_TRUE(fs::exists(folder / "real/index.html"));
}

TEST(ProvenanceHere, KnowsCompilerAndDate) {
  ASSERT_EQ(setenv("SOURCE_DATE_EPOCH", "86400", 1), 0);
  const Provenance here = provenance_here();
  unsetenv("SOURCE_DATE_EPOCH");
  EXPECT_EQ(here.date_utc, "1970-01-02T00:00:00Z");
  EXPECT_THAT(here.compiler, ::testing::AnyOf(HasSubstr("g++ "), HasSubstr("clang++ ")));
  EXPECT_FALSE(here.cpu.empty());
}

}  // namespace
}  // namespace bitgate::reports
