// The reference against the committed excerpts of captured bytes (tests/golden/README.md), a recipe at a time. A
// failing golden file means ask, not regenerate. The casts: casts_test.cpp.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

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
  EXPECT_LE(bytes, 16'000'000u);
}

}  // namespace
}  // namespace bitgate
