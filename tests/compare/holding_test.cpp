// Each way in which a recording holds, is stale or differs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitgate/tests/compare/recording_samples.h"

namespace bitgate::compare {
namespace {

using testing::HasSubstr;

// What is here: the recorded kernel unless `change` says otherwise.
Holding holding_with(const std::function<void(PresentKernel&)>& change, std::string& why,
                     const std::string& plan = recorded_case().plan) {
  PresentKernel kernel{kCodeDigest, "13.0.48", kSourceDigest, "sm_90a", {}, {}, false};
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
  const auto other = [](PresentKernel& k) { k.compiler = "12.8.61", k.code_sha256 = kOtherDigest; };
  EXPECT_EQ(holding_with(other, why), Holding::kBySource);
  EXPECT_EQ(why, "compiler recorded \"13.0.48\", here \"12.8.61\"");
  const auto none = [](PresentKernel& k) { k.compiler = "", k.code_sha256.reset(); };
  EXPECT_EQ(holding_with(none, why), Holding::kBySource);
  EXPECT_EQ(why, "compiler recorded \"13.0.48\", here none");
}

TEST(Holding, ChangedCodeUnderTheSameNvccIsStaleEvenWithEqualSources) {
  std::string why;
  EXPECT_EQ(holding_with([](PresentKernel& k) { k.code_sha256 = kOtherDigest; }, why), Holding::kStale);
  EXPECT_THAT(why, HasSubstr("the machine code of \"cuda/te/nvfp4\" changed"));
}

TEST(Holding, ChangedSourceUnderAnotherNvccIsStale) {
  std::string why;
  const auto change = [](PresentKernel& k) { k.compiler = "12.8.61", k.source_sha256 = kOtherDigest; };
  EXPECT_EQ(holding_with(change, why), Holding::kStale);
  EXPECT_THAT(why, HasSubstr("sources or flags of \"cuda/te/nvfp4\" changed"));
}

TEST(Holding, ChangedPlanIsStaleAndShowsBoth) {
  std::string why;
  EXPECT_EQ(holding_with([](PresentKernel&) {}, why, "quantize_nvfp4 grid 32x1x1"), Holding::kStale);
  EXPECT_THAT(why, testing::AllOf(HasSubstr("grid 64x1x1"), HasSubstr("now quantize_nvfp4 grid 32x1x1")));
}

// The same of a plugin, whose digest covers all that is loaded.
Holding plugin_holding_with(const std::function<void(PresentKernel&)>& change, std::string& why) {
  const Recording recorded = plugin_recording();
  const RecordedKernel& then = recorded.kernels.at(kKernel);
  PresentKernel kernel{then.code_sha256, then.compiler, then.source_sha256, then.architecture, then.code,
                       then.sources,     true};
  change(kernel);
  Present present;
  present.kernel = [kernel](const std::string&) { return std::optional(kernel); };
  present.plan = [](const std::string&, const Case&) { return recorded_case().plan; };
  return holding_of(recorded, recorded_case(), present, why);
}

void change_code(PresentKernel& k) {
  k.code[0] = kOtherText;
  k.code_sha256 = digest_of_lines(k.code);
}

TEST(PluginHolding, EqualCodeHoldsUnderAnyNameOfTheCompiler) {
  std::string why;
  EXPECT_EQ(plugin_holding_with([](PresentKernel& k) { k.compiler = "other"; }, why), Holding::kByMachineCode);
}

TEST(PluginHolding, ChangedCodeNamesItsSectionsWhateverTheSourcesSay) {
  std::string why;
  EXPECT_EQ(plugin_holding_with(change_code, why), Holding::kStale);
  EXPECT_EQ(why, "the machine code of \"cuda/te/nvfp4\" changed (.text), under the same compiler 13.0.48");
}

TEST(KernelHolding, OtherCodeOfTheSourcesThatTheBuildDigestedHoldsBySource) {
  std::string why;
  const auto other_code = [](PresentKernel& k) { change_code(k), k.made_of_sources = true; };
  EXPECT_EQ(plugin_holding_with(other_code, why), Holding::kBySource);
  EXPECT_EQ(why, "the compiler 13.0.48 made other machine code of the same sources");
  const auto other_sources = [](PresentKernel& k) {
    change_code(k), k.made_of_sources = true, k.source_sha256 = std::string(64, '0');
  };
  EXPECT_EQ(plugin_holding_with(other_sources, why), Holding::kStale);
}

TEST(PluginHolding, OfAnotherCompilerOrArchitectureEqualSourcesHold) {
  std::string why;
  const auto compiler = [](PresentKernel& k) { change_code(k), k.compiler = "other"; };
  EXPECT_EQ(plugin_holding_with(compiler, why), Holding::kBySource);
  const auto architecture = [](PresentKernel& k) { change_code(k), k.architecture = "aarch64"; };
  EXPECT_EQ(plugin_holding_with(architecture, why), Holding::kBySource);
}

TEST(PluginHolding, SourcesAloneHoldAndChangedOnesAreNamed) {
  std::string why;
  EXPECT_EQ(plugin_holding_with([](PresentKernel& k) { k.code_sha256.reset(), k.compiler = ""; }, why),
            Holding::kBySource);
  const auto changed_source = [](PresentKernel& k) {
    k.code_sha256.reset(), k.compiler = "";
    k.sources[0][0] = '5';
    k.source_sha256 = digest_of_lines(k.sources);
  };
  EXPECT_EQ(plugin_holding_with(changed_source, why), Holding::kStale);
  EXPECT_THAT(why, HasSubstr("the sources or flags of \"cuda/te/nvfp4\" changed (mine.cpp; compiler"));
}

TEST(PluginHolding, WithNothingHereItIsStale) {
  std::string why;
  const auto nothing = [](PresentKernel& k) { k = PresentKernel{}; };
  EXPECT_EQ(plugin_holding_with(nothing, why), Holding::kStale);
  EXPECT_EQ(why, "neither the library of \"cuda/te/nvfp4\" nor its sources are here");
}

TEST(PluginHolding, OtherCodeOfAnotherCompilerWithoutSourcesIsStale) {
  std::string why;
  const auto other = [](PresentKernel& k) { change_code(k), k.compiler = "other", k.source_sha256 = ""; };
  EXPECT_EQ(plugin_holding_with(other, why), Holding::kStale);
  EXPECT_THAT(why, HasSubstr("is another and its sources are not here"));
}

TEST(PluginHolding, NoSourcesThenAndNoSourcesNowAreNotEqualSources) {
  Recording recorded = plugin_recording();
  recorded.kernels[kKernel].source_sha256.clear();
  PresentKernel kernel{kOtherDigest, "other", "", "sm_90a", {}, {}, true};
  Present present;
  present.kernel = [&kernel](const std::string&) { return std::optional(kernel); };
  present.plan = [](const std::string&, const Case&) { return recorded_case().plan; };
  std::string why;
  EXPECT_EQ(holding_of(recorded, recorded_case(), present, why), Holding::kStale);
  EXPECT_THAT(why, HasSubstr("was recorded without sources"));
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
