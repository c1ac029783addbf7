#include "bitgate/compare/recording.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>

#include "bitgate/reference/format/error.h"
#include "bitgate/tests/compare/recording_samples.h"
#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::compare {
namespace {

using testing::HasSubstr;

std::filesystem::path temporary_file() {
  static const TemporaryDirectory folder;
  return folder / "bitgate_recording_test.json";
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::string refusal_of(const std::string& text) {
  std::ofstream(temporary_file(), std::ios::binary) << text;
  try {
    read_recording(temporary_file());
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

// The text of a good recording with one place changed.
std::string changed(const std::string& from, const std::string& to) {
  write_recording(temporary_file(), recording());
  std::string text = text_of(temporary_file());
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Recording, SurvivesWritingAndReading) {
  write_recording(temporary_file(), recording());
  const Recording back = read_recording(temporary_file());
  EXPECT_EQ(back.version, kRecordingVersion);
  EXPECT_EQ(back.machine.gpu, "H100 \"80GB\"");
  EXPECT_EQ(back.machine.commit, "0123abc");
  ASSERT_EQ(back.kernels.count(kKernel), 1u);
  EXPECT_EQ(back.kernels.at(kKernel).variant, "fast-math");
  EXPECT_EQ(back.kernels.at(kKernel).source_sha256, kSourceDigest);
  ASSERT_EQ(back.cases.size(), 1u);
  EXPECT_EQ(back.cases[0].id, recorded_case().id);
  EXPECT_EQ(back.cases[0].plan, recorded_case().plan);
  EXPECT_EQ(back.cases[0].sqnr_db, 20.4375);
  ASSERT_EQ(back.cases[0].fields.size(), 3u);
  EXPECT_EQ(back.cases[0].fields.at("codes").bytes, 65536);
  EXPECT_EQ(back.cases[0].fields.at("codes").tiles, recorded_case().fields.at("codes").tiles);
  EXPECT_EQ(back.cases[0].fields.at("global").sha256, recorded_case().fields.at("global").sha256);
}

TEST(Recording, KeepsSqnrThatIsNotFinite) {
  Recording r = recording();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  r.cases = {recorded_case(1), recorded_case(2), recorded_case(3)};
  r.cases[0].sqnr_db = kInfinity;
  r.cases[1].sqnr_db = -kInfinity;
  r.cases[2].sqnr_db = std::numeric_limits<double>::quiet_NaN();
  write_recording(temporary_file(), r);
  const Recording back = read_recording(temporary_file());
  EXPECT_EQ(back.cases[0].sqnr_db, kInfinity);
  EXPECT_EQ(back.cases[1].sqnr_db, -kInfinity);
  EXPECT_TRUE(std::isnan(back.cases[2].sqnr_db));
}

TEST(Recording, TakesOneLineACaseAndUnderFourMegabytesForTwoThousand) {
  Recording r = recording();
  r.cases.clear();
  for (std::uint64_t seed = 0; seed < 2000; ++seed) r.cases.push_back(recorded_case(seed));
  write_recording(temporary_file(), r);
  const std::string text = text_of(temporary_file());
  EXPECT_LT(text.size(), std::size_t{4} << 20);
  // version, machine, kernels with one line each and a closing line, cases' opening line, the last line
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2000 + 7);
}

TEST(Recording, TextThatIsNotUtf8IsReplacedNotRefused) {
  Recording r = recording();
  r.machine.gpu = "H100 \xff";
  write_recording(temporary_file(), r);
  EXPECT_EQ(read_recording(temporary_file()).machine.gpu, "H100 \xEF\xBF\xBD");
}

TEST(Recording, OmitsFieldsWithoutBytes) {
  const QuantizedTensor empty = make_quantized(scheme_of(SchemeId::kMxfp4), GlobalNumber::kNone, {0, 32});
  EXPECT_TRUE(record_fields(empty).empty());
}

TEST(Recording, UnwritableFileIsRefusedAndLeavesNothing) {
  EXPECT_THROW(write_recording("no/such/folder/r.json", recording()), InputError);
  EXPECT_FALSE(std::filesystem::exists("no/such/folder"));
}

TEST(RecordingFile, RefusalsNameFileAndPlace) {
  EXPECT_THAT(refusal_of("{\"version\": 2"), HasSubstr("bitgate_recording_test.json: byte"));
  EXPECT_THAT(refusal_of(changed("\"version\": 2", "\"version\": 3")),
              HasSubstr("/version: this recording is of version 3, this program reads up to 2"));
  EXPECT_THAT(refusal_of(changed("\"version\": 2", "\"version\": 0")), HasSubstr("/version: expected an integer"));
  EXPECT_THAT(refusal_of(changed("\"driver\"", "\"drover\"")), HasSubstr("/machine: no \"driver\""));
  EXPECT_THAT(refusal_of(changed(kCodeDigest, std::string(63, 'a'))),
              HasSubstr("/kernels/cuda~1te~1nvfp4/code_sha256: expected 64"));
  EXPECT_THAT(refusal_of(changed(kCodeDigest, std::string(64, 'A'))), HasSubstr("lower-case"));
  EXPECT_THAT(refusal_of(changed("\"kernel\":\"cuda", "\"kernel\":\"cudb")),
              HasSubstr("/cases/0/kernel: \"cudb/te/nvfp4\""));
  EXPECT_THAT(refusal_of(changed("normal@2^-4", "normal@2^-")), HasSubstr("/cases/0/case: "));
  EXPECT_THAT(refusal_of(changed("20.4375", "\"good\"")), HasSubstr("/cases/0/sqnr_db: expected a number"));
  EXPECT_THAT(refusal_of(changed("\"codes\":", "\"nodes\":")), HasSubstr("/cases/0/fields/nodes: unknown field"));
  EXPECT_THAT(refusal_of(changed("\"bytes\":65536", "\"bytes\":-1")),
              HasSubstr("/fields/codes/bytes: expected an integer"));
  EXPECT_THAT(refusal_of(changed("\"bytes\":65536", "\"bytes\":20")),
              HasSubstr("/fields/codes/tiles: expected 20 checksums"));
  EXPECT_THAT(refusal_of(changed("\"bytes\":65536", "\"bytes\":1e300")), HasSubstr("expected an integer"));
  EXPECT_THAT(refusal_of(changed("\"cases\": [", "\"cases\": [[],")), HasSubstr("/cases/0: expected an object"));
  EXPECT_THAT(refusal_of(std::string(100'000, '[')), HasSubstr("not JSON"));
  EXPECT_THAT(refusal_of(""), HasSubstr("not JSON"));
}

TEST(RecordingFile, ARepeatedCaseIsRefused) {
  Recording r = recording();
  r.cases.push_back(r.cases[0]);
  write_recording(temporary_file(), r);
  EXPECT_THAT(refusal_of(text_of(temporary_file())), HasSubstr("/cases/1: case te/nvfp4/bf16/normal@2^-4/64x1024/s1"));
}

TEST(RecordingFile, ANewerVersionIsRefusedBeforeItsOtherKeysAre) {
  EXPECT_THAT(refusal_of("{\"version\": 9, \"cases_by_kernel\": []}"), HasSubstr("this recording is of version 9"));
}

TEST(RecordingFile, ACaseOfTheSameNameOfAnotherKernelIsTaken) {
  Recording r = recording();
  r.kernels["cpu/te/nvfp4"] = r.kernels[kKernel];
  r.cases.push_back(r.cases[0]);
  r.cases[1].kernel = "cpu/te/nvfp4";
  write_recording(temporary_file(), r);
  EXPECT_EQ(read_recording(temporary_file()).cases.size(), 2u);
}

// A file of version 1 has one compiler for all.
TEST(RecordingFile, VersionOneIsReadWithItsNvccAsTheCompiler) {
  std::string text = changed("\"version\": 2", "\"version\": 1");
  const std::string compiler = ",\"compiler\":\"13.0.48\"";
  ASSERT_NE(text.find(compiler), std::string::npos);
  text.erase(text.find(compiler), compiler.size());
  EXPECT_EQ(refusal_of(text), "accepted");
  EXPECT_EQ(read_recording(temporary_file()).kernels.at(kKernel).compiler, "13.0.48");
}

TEST(RecordingFile, LinesOfADigestSurviveAndMustHaveIt) {
  write_recording(temporary_file(), plugin_recording());
  const Recording back = read_recording(temporary_file());
  EXPECT_EQ(back.kernels.at(kKernel).code, (std::vector{kText, kConstants}));
  EXPECT_EQ(back.kernels.at(kKernel).sources, std::vector{kMine});
  Recording tampered = plugin_recording();
  tampered.kernels[kKernel].code[0] = kOtherText;
  write_recording(temporary_file(), tampered);
  EXPECT_THAT(refusal_of(text_of(temporary_file())), HasSubstr("/code: its digest is not the one recorded"));
}

TEST(RecordingFile, SourcesThatWereNotGivenAreAnEmptyDigest) {
  Recording r = recording();
  r.kernels[kKernel].source_sha256.clear();
  write_recording(temporary_file(), r);
  EXPECT_EQ(read_recording(temporary_file()).kernels.at(kKernel).source_sha256, "");
  EXPECT_THAT(refusal_of(changed(kSourceDigest, "abc")), HasSubstr("/source_sha256: expected 64"));
}

TEST(Lines, OnlyChangedNamesAreTold) {
  EXPECT_EQ(changed_lines({kText, kConstants}, {kOtherText, kConstants}), ".text");
  EXPECT_EQ(changed_lines({kText}, {kOtherText, kConstants}), ".text, .rodata");
  EXPECT_EQ(changed_lines({kText}, {kText}), "");
  EXPECT_EQ(changed_lines({}, {kText}), "");
  EXPECT_EQ(changed_lines({"short"}, {"other"}), "");
}

}  // namespace
}  // namespace bitgate::compare
