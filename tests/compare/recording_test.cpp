#include "bitgate/compare/recording.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>

#include "bitgate/reference/format/error.h"
#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::compare {
namespace {

using testing::HasSubstr;

const std::string kKernel = "cuda/te/nvfp4";
const std::string kCodeDigest(64, 'a'), kSourceDigest(64, 'b'), kOtherDigest(64, 'c');

// 64 x 1024 elements: 65536 code bytes, so 32 tiles of 2048; 4096 scales, so 32 tiles of 128; a global of 4 bytes.
QuantizedTensor answer() {
  QuantizedTensor t = make_quantized(scheme_of(SchemeId::kNvfp4), GlobalNumber::kAmax, {64, 1024});
  for (std::size_t i = 0; i < t.codes.size(); ++i) t.codes[i] = static_cast<std::uint8_t>(i * 7 % 16);
  t.global[0] = 3.5f;
  return t;
}

RecordedCase recorded_case(std::uint64_t seed = 1) {
  RecordedCase c;
  c.id = {"te/nvfp4", InputType::kBf16, {"normal", -4}, {64, 1024}, seed};
  c.kernel = kKernel;
  c.plan = "quantize_nvfp4 grid 64x1x1 block 128x1x1 shared 0 args 64,1024";
  c.fields = record_fields(answer());
  c.sqnr_db = 20.4375;
  return c;
}

Recording recording() {
  Recording r;
  r.machine = {"H100 \"80GB\"", "580.1", "13.0", "13.0.48", "2026-01-02", "0123abc"};
  r.kernels[kKernel] = {"cuda/te/nvfp4", "fast-math", kCodeDigest, kSourceDigest, "sm_90a"};
  r.cases = {recorded_case()};
  return r;
}

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
  EXPECT_EQ(back.version, 1);
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
  EXPECT_THAT(refusal_of("{\"version\": 1"), HasSubstr("bitgate_recording_test.json: byte"));
  EXPECT_THAT(refusal_of(changed("\"version\": 1", "\"version\": 2")), HasSubstr("/version: expected an integer"));
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

// What is here: the recorded kernel unless `change` says otherwise.
Holding holding_with(const std::function<void(PresentKernel&)>& change, std::string& why,
                     const std::string& plan = recorded_case().plan) {
  PresentKernel kernel{kCodeDigest, "13.0.48", kSourceDigest};
  change(kernel);
  Present present;
  present.kernel = [kernel](const std::string&) { return std::optional(kernel); };
  present.plan = [plan](const std::string&, const Case&) { return plan; };
  return holding_of(recording(), recorded_case(), present, why);
}

TEST(Holding, EqualCodeAndPlanHoldByMachineCode) {
  std::string why = "left over";
  EXPECT_EQ(holding_with([](PresentKernel&) {}, why), Holding::kByMachineCode);
  EXPECT_EQ(why, "");
}

TEST(Holding, ChangedCommentHoldsByMachineCode) {
  std::string why;
  EXPECT_EQ(holding_with([](PresentKernel& k) { k.source_sha256 = kOtherDigest; }, why), Holding::kByMachineCode);
}

TEST(Holding, OtherNvccWithEqualSourcesHoldsBySource) {
  std::string why;
  const auto other = [](PresentKernel& k) { k.nvcc = "12.8.61", k.code_sha256 = kOtherDigest; };
  EXPECT_EQ(holding_with(other, why), Holding::kBySource);
  EXPECT_EQ(why, "nvcc recorded \"13.0.48\", here \"12.8.61\"");
  const auto none = [](PresentKernel& k) { k.nvcc = "", k.code_sha256.reset(); };
  EXPECT_EQ(holding_with(none, why), Holding::kBySource);
  EXPECT_EQ(why, "nvcc recorded \"13.0.48\", here none");
}

TEST(Holding, ChangedCodeUnderTheSameNvccIsStaleEvenWithEqualSources) {
  std::string why;
  EXPECT_EQ(holding_with([](PresentKernel& k) { k.code_sha256 = kOtherDigest; }, why), Holding::kStale);
  EXPECT_THAT(why, HasSubstr("the machine code of \"cuda/te/nvfp4\" changed"));
}

TEST(Holding, ChangedSourceUnderAnotherNvccIsStale) {
  std::string why;
  const auto change = [](PresentKernel& k) { k.nvcc = "12.8.61", k.source_sha256 = kOtherDigest; };
  EXPECT_EQ(holding_with(change, why), Holding::kStale);
  EXPECT_THAT(why, HasSubstr("sources or flags of \"cuda/te/nvfp4\" changed"));
}

TEST(Holding, ChangedPlanIsStaleAndShowsBoth) {
  std::string why;
  EXPECT_EQ(holding_with([](PresentKernel&) {}, why, "quantize_nvfp4 grid 32x1x1"), Holding::kStale);
  EXPECT_THAT(why, testing::AllOf(HasSubstr("grid 64x1x1"), HasSubstr("now quantize_nvfp4 grid 32x1x1")));
}

TEST(Holding, KernelThatIsGoneIsStale) {
  Present present;
  present.kernel = [](const std::string&) { return std::optional<PresentKernel>(); };
  present.plan = [](const std::string&, const Case&) { return recorded_case().plan; };
  std::string why;
  EXPECT_EQ(holding_of(recording(), recorded_case(), present, why), Holding::kStale);
  EXPECT_THAT(why, HasSubstr("not in this program"));
}

TEST(Difference, EqualBytesGiveNothing) { EXPECT_EQ(difference(recorded_case(), answer()), ""); }

TEST(Difference, OneFlippedBitNamesItsTile) {
  QuantizedTensor flipped = answer();
  flipped.codes[6144 + 2047] ^= 1;
  EXPECT_EQ(difference(recorded_case(), flipped), "codes: tile 3 of 32 (bytes 6144 to 8191) differs");
  flipped = answer();
  set_scale_bits(flipped.scales, 4095, 1);
  EXPECT_EQ(difference(recorded_case(), flipped), "scales: tile 31 of 32 (bytes 3968 to 4095) differs");
}

TEST(Difference, SignOfZeroInTheGlobalIsSeenFirst) {
  QuantizedTensor flipped = answer();
  flipped.codes[0] ^= 1;
  flipped.global[0] = -flipped.global[0];  // little-endian: the sign is in byte 3, the last of four tiles of one byte
  EXPECT_EQ(difference(recorded_case(), flipped), "global: tile 3 of 4 (bytes 3 to 3) differs");
}

TEST(Difference, OtherSizesAreSaid) {
  QuantizedTensor other = answer();
  other.codes.pop_back();
  EXPECT_EQ(difference(recorded_case(), other), "codes: 65536 bytes recorded, the answer has 65535");
  other = answer();
  other.global.clear();
  EXPECT_EQ(difference(recorded_case(), other), "global: 4 bytes recorded, the answer has none");
  other = answer();
  other.extras.resize(2);
  EXPECT_EQ(difference(recorded_case(), other), "extras: not recorded, the answer has 4 bytes");
}

}  // namespace
}  // namespace bitgate::compare
