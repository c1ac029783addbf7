#include "bitgate/reports/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "bitgate/reference/format/error.h"
#include "bitgate/reports/text.h"
#include "bitgate/tests/reports/sample_results.h"

namespace bitgate::reports {
namespace {

using sample::kInf;
using sample::kNan;
using ::testing::AllOf;
using ::testing::HasSubstr;

std::string error_of_reading(const std::filesystem::path& file) {
  try {
    read_results(file);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

Results read_back(const Results& results) {
  const sample::Folder folder;
  write_results(folder / "results.json", results);
  return read_results(folder / "results.json");
}

TEST(ResultsJson, ReadsBackWhatWasWritten) {
  Results written = sample::results();
  sample::make_different(written.rows[1]);
  written.panels[0].inputs.push_back({"normal", -24});
  written.panels[0].recipes = {"te/nvfp4"};
  const Results read = read_back(written);
  EXPECT_EQ(results_text(read), results_text(written));
  ASSERT_EQ(read.rows.size(), 4u);
  EXPECT_EQ(read.rows[1].id, written.rows[1].id);
  EXPECT_EQ(read.rows[1].subjects[0].note, written.rows[1].subjects[0].note);
  EXPECT_EQ(read.rows[1].subjects[0].outcome, compare::Outcome::kDifferent);
  EXPECT_EQ(read.rows[1].subjects[0].tally[2].different, written.rows[1].subjects[0].tally[2].different);
  EXPECT_EQ(read.rows[0].digests, written.rows[0].digests);
  EXPECT_EQ(read.panels[0].inputs, written.panels[0].inputs);
  EXPECT_EQ(read.provenance.recordings[0].gpu, "NVIDIA H100");
  EXPECT_TRUE(read.provenance.cuda_built);
}

TEST(ResultsJson, PeersAndIdentifyAreReadBack) {
  Results written = sample::results();
  written.rows[0].peers = {18.125, 0.5, 0.25};
  written.identify.push_back(sample::identify_set());
  const Results read = read_back(written);
  EXPECT_EQ(results_text(read), results_text(written));
  EXPECT_EQ(read.rows[0].peers.torchao_db, 18.125);
  EXPECT_TRUE(std::isnan(read.rows[1].peers.ggml_nmse));
  ASSERT_EQ(read.identify.size(), 1u);
  EXPECT_EQ(read.identify[0].rows[3].direction, Direction::kColumnwise);
  EXPECT_EQ(read.identify[0].rows[2].named, (std::vector<std::string>{"te/b", "te/c"}));
  EXPECT_EQ(read.identify[0].equal, written.identify[0].equal);
}

// Files of before have neither.
TEST(ResultsJson, IdentifyMayBeMissing) {
  const sample::Folder folder;
  std::string text = results_text(sample::results());
  const std::size_t at = text.find(",\n\"identify\"");
  ASSERT_NE(at, std::string::npos);
  write_text(folder / "r.json", text.substr(0, at) + "}");
  EXPECT_TRUE(read_results(folder / "r.json").identify.empty());
}

TEST(ResultsJson, DirectionsOtherThanRowAndColumnAreRefused) {
  const sample::Folder folder;
  Results results = sample::results();
  results.identify.push_back(sample::identify_set());
  std::string text = results_text(results);
  const std::size_t at = text.find("\"column\"");
  ASSERT_NE(at, std::string::npos);
  text.replace(at, 8, "\"across\"");
  write_text(folder / "r.json", text);
  EXPECT_THAT(error_of_reading(folder / "r.json"), HasSubstr("/identify/0/rows/1/direction"));
}

TEST(ResultsJson, DoublesKeepEveryBit) {
  Results results = sample::results();
  const double values[] = {0.1, 1.0 / 3, 5e-324, 1.7976931348623157e308, -0.0};
  for (const double value : values) {
    results.rows[0].metrics.nmse = value;
    const double read = read_back(results).rows[0].metrics.nmse;
    EXPECT_EQ(read, value);
    EXPECT_EQ(std::signbit(read), std::signbit(value));
  }
  results.rows[0].metrics.nmse = 0.1;
  EXPECT_THAT(results_text(results), HasSubstr("\"nmse\":0.1,"));
}

TEST(ResultsJson, InfinitiesAndNanAreStrings) {
  Results results = sample::results();
  results.rows[0].metrics.sqnr_db = kInf;
  results.rows[0].metrics.row_sqnr_db.min = -kInf;
  results.rows[0].metrics.nmse = kNan;
  const std::string text = results_text(results);
  EXPECT_THAT(text, HasSubstr("\"sqnr_db\":\"inf\""));
  EXPECT_THAT(text, HasSubstr("\"min\":\"-inf\""));
  EXPECT_THAT(text, HasSubstr("\"nmse\":\"nan\""));
  const compare::Metrics read = read_back(results).rows[0].metrics;
  EXPECT_EQ(read.sqnr_db, kInf);
  EXPECT_EQ(read.row_sqnr_db.min, -kInf);
  EXPECT_TRUE(std::isnan(read.nmse));
}

TEST(ResultsJson, NotesThatAreNotUtf8AreWritten) {
  Results results = sample::results();
  results.rows[0].subjects[0].note = "file \xFF.npy";
  EXPECT_THAT(read_back(results).rows[0].subjects[0].note, HasSubstr("file "));
}

TEST(ResultsJson, KnowsItsOwnFiles) {
  const sample::Folder folder;
  write_results(folder / "results.json", sample::results());
  write_text(folder / "other.json", "{\"schema\": {\"name\": \"something\", \"version\": 1}}");
  write_text(folder / "broken.json", "{");
  EXPECT_TRUE(is_results_file(folder / "results.json"));
  EXPECT_FALSE(is_results_file(folder / "other.json"));
  EXPECT_FALSE(is_results_file(folder / "broken.json"));
  EXPECT_FALSE(is_results_file(folder / "missing.json"));
}

TEST(ResultsJson, MissingAndTruncatedFilesAreRefused) {
  const sample::Folder folder;
  EXPECT_THAT(error_of_reading(folder / "missing.json"), HasSubstr("missing.json"));
  const std::string text = results_text(sample::results());
  write_text(folder / "cut.json", text.substr(0, text.size() / 2));
  EXPECT_THAT(error_of_reading(folder / "cut.json"), AllOf(HasSubstr("cut.json"), HasSubstr("byte")));
}

TEST(ResultsJson, UnwritablePlaceIsRefused) {
  const sample::Folder folder;
  EXPECT_THROW(write_results(folder / "no/such/results.json", sample::results()), InputError);
  EXPECT_TRUE(folder.empty());
}

struct Breakage {
  const char* from;
  const char* to;
  const char* complaint;
};

class BrokenResults : public ::testing::TestWithParam<Breakage> {};

TEST_P(BrokenResults, AreRefusedWithTheirPlace) {
  const sample::Folder folder;
  std::string text = results_text(sample::results());
  const std::size_t at = text.find(GetParam().from);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, std::string(GetParam().from).size(), GetParam().to);
  write_text(folder / "r.json", text);
  EXPECT_THAT(error_of_reading(folder / "r.json"), AllOf(HasSubstr("r.json"), HasSubstr(GetParam().complaint)));
}

INSTANTIATE_TEST_SUITE_P(
    All, BrokenResults,
    ::testing::Values(Breakage{"bitgate-results", "bitgate-thresholds", "/schema/name"},
                      Breakage{"\"version\":1}", "\"version\":9}", "/schema/version"},
                      Breakage{"\"cuda\":\"built\"", "\"cuda\":\"maybe\"", "/provenance/cuda"},
                      Breakage{"\"types\":[\"fp32\"]", "\"types\":[\"fp8\"]", "/panels/0/types/0"},
                      Breakage{"\"evidence\":\"captured\"", "\"evidence\":\"sure\"", "/recipes/0/evidence"},
                      Breakage{"te/nvfp4/fp32/gelu/16x64/s1", "te/nvfp4/fp32/gelu/16x64", "/rows/1/case"},
                      Breakage{"te/nvfp4/fp32/gelu/16x64/s1", "te/nvfp4/fp32/normal/16x64/s1", "has a row already"},
                      Breakage{"te/nvfp4/fp32/gelu/16x64/s1", "te/other/fp32/gelu/16x64/s1", "te/other"},
                      Breakage{"\"nmse\":0.1", "\"nmse\":\"big\"", "/rows/0/metrics/nmse"},
                      Breakage{"\"rows_counted\":16", "\"rows_counted\":-16", "/rows/0/metrics/rows_counted"},
                      Breakage{"\"outcome\":\"equal\"", "\"outcome\":\"fine\"", "/rows/0/subjects/0/outcome"},
                      Breakage{"[1024,0]", "[1024,1]", "/rows/0/subjects/0"},
                      Breakage{"[1024,0]", "[1024,1025]", "tally"},
                      Breakage{"\"codes\":\"aa", "\"codes\":\"zz", "/rows/0/digests/codes"},
                      Breakage{"\"subjects\":", "\"topics\":", "/rows/0: no \"subjects\""}));

}  // namespace
}  // namespace bitgate::reports
