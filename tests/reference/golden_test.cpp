// The reference against the committed excerpts of captured bytes (tests/golden/README.md), a recipe at a time, and
// encode() against the casts of ml_dtypes and PyTorch. A failing golden file means ask, not regenerate.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "bitgate/compare/npz.h"
#include "bitgate/reference/recipe/recipe.h"
#include "bitgate/tests/support/captures.h"

#ifndef BITGATE_GOLDEN_DIR
#error "BITGATE_GOLDEN_DIR: the folder tests/golden, as a string; the build sets it"
#endif

namespace bitgate {
namespace {

const std::filesystem::path kGolden{BITGATE_GOLDEN_DIR};

// Bytes that the committed files hold of each recipe: less means that a comparison was lost.
const std::vector<oracle::ExpectedBytes> kExpected = oracle::expected_bytes(kGolden / "bytes.txt");

class Golden : public ::testing::TestWithParam<oracle::ExpectedBytes> {};
INSTANTIATE_TEST_SUITE_P(, Golden, ::testing::ValuesIn(kExpected),
                         [](const auto& each) { return oracle::test_name(each.param.recipe); });

TEST_P(Golden, HasNoDifferingByte) {
  const auto all_of = [](std::initializer_list<const char*> names) {
    oracle::ArraySource all = oracle::no_source();
    for (const char* name : names) all = oracle::first_of(std::move(all), oracle::npz_source(kGolden / name));
    return all;
  };
  static const oracle::Captures excerpts{
      all_of({"te-kernel.npz", "te-kernel2.npz"}),
      all_of({"torch.npz", "te-pyref.npz", "te-pyref2.npz", "torchao-mx.npz", "torchao-0.12.npz", "torchao-old.npz",
              "microxcaling.npz", "torch-cpu.npz"}),
      all_of({"torch-compile.npz", "torch.npz"}),
      all_of({"ggml.npz", "ggml-norm.npz", "ggml-host.npz", "ggml-host2.npz"}),
      all_of({"ggml-fp4.npz"}),
      all_of({"flashinfer.npz"})};
  const oracle::CaptureTally tally = oracle::compare_with_captures(GetParam().recipe, excerpts);
  EXPECT_EQ(tally.compared, GetParam().bytes);
  EXPECT_EQ(tally.different, 0);
  for (const std::string& difference : tally.first) ADD_FAILURE() << difference;
}

TEST(GoldenFiles, CoverEveryRecipeWhoseEvidenceIsBytes) {
  for (const reference::Recipe& recipe : reference::catalog()) {
    const reference::Evidence evidence = recipe.identity.evidence;
    if (evidence != reference::Evidence::kCaptured && evidence != reference::Evidence::kReference) continue;
    EXPECT_TRUE(std::any_of(kExpected.begin(), kExpected.end(),
                            [&](const oracle::ExpectedBytes& each) { return each.recipe == recipe.identity.name; }))
        << recipe.identity.name << " claims captured bytes, yet no golden file holds any";
  }
}

TEST(GoldenFiles, AreSmall) {
  std::uintmax_t bytes = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(kGolden)) {
    if (!file.is_regular_file()) continue;
    const bool recording = file.path().parent_path().filename() == "recordings";
    if (recording) {
      EXPECT_LT(file.file_size(), std::uintmax_t{16} << 20) << file.path();
    } else {
      bytes += file.file_size();
    }
  }
  EXPECT_LE(bytes, 12'000'000u);
}

// --- casts ---

enum class NanInputs { kCompare, kLeaveOut };

void expect_casts(const std::string& producer, const Format& format, const EncodeRule& rule, NanInputs nans) {
  const compare::NpzFile casts(kGolden / "casts.npz");
  std::vector<std::uint32_t> every_bf16(65536);
  for (std::uint32_t i = 0; i < 65536; ++i) every_bf16[i] = i << 16;
  const auto patterns = [&](const char* key) { return compare::values_of<std::uint32_t>(casts.array(key).data); };
  std::size_t compared = 0;
  for (const auto& [key, inputs] : {std::pair{"/bf16", every_bf16}, std::pair{"/f32", patterns("in_f32")},
                                    std::pair{"/ties", patterns("in_ties")}}) {
    const auto codes = compare::values_of<std::uint8_t>(casts.array(producer + key).data);
    ASSERT_EQ(codes.size(), inputs.size());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const bool nan = (inputs[i] & 0x7FFFFFFF) > 0x7F800000;
      if (nan && nans == NanInputs::kLeaveOut) continue;
      ++compared;
      ASSERT_EQ(encode(format, std::bit_cast<float>(inputs[i]), rule), codes[i])
          << producer << key << std::hex << ": " << inputs[i];
    }
  }
  EXPECT_GE(compared, 80000u);
}

TEST(GoldenCasts, E2m1IsMlDtypesForEveryNumber) {
  // ml_dtypes has no NaN in E2M1 either, but gives -0 or +0 where the hardware gives +6.
  expect_casts("float4_e2m1fn", kE2m1, kCvtRnSatfinite, NanInputs::kLeaveOut);
}
TEST(GoldenCasts, E2m3AndE3m2AreMlDtypesForEveryNumber) {
  expect_casts("float6_e2m3fn", kE2m3, kCvtRnSatfinite, NanInputs::kLeaveOut);
  expect_casts("float6_e3m2fn", kE3m2, kCvtRnSatfinite, NanInputs::kLeaveOut);
}
TEST(GoldenCasts, E5m2IsPyTorchsCastOnBothDevices) {
  expect_casts("torch_e5m2/cpu", kE5m2, kTorchCastInf, NanInputs::kCompare);
  expect_casts("torch_e5m2/cuda", kE5m2, kTorchCastInf, NanInputs::kCompare);
}
TEST(GoldenCasts, E4m3IsMlDtypesDefaultCast) { expect_casts("float8_e4m3fn", kE4m3, kTorchCast, NanInputs::kCompare); }
TEST(GoldenCasts, E4m3IsPyTorchsCastOnBothDevices) {
  expect_casts("torch_e4m3fn/cpu", kE4m3, kTorchCast, NanInputs::kCompare);
  expect_casts("torch_e4m3fn/cuda", kE4m3, kTorchCast, NanInputs::kCompare);
}
TEST(GoldenCasts, E8m0IsPyTorchsCastOnBothDevices) {
  // Not ml_dtypes, whose zero gives NaN.
  expect_casts("torch_e8m0fnu/cpu", kE8m0, kTorchCast, NanInputs::kCompare);
  expect_casts("torch_e8m0fnu/cuda", kE8m0, kTorchCast, NanInputs::kCompare);
}

}  // namespace
}  // namespace bitgate
