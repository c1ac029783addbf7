// Whole products under check: the second implementation gives the emulation's bytes, and each planted fault is named.
#include "bitgate/compare/gemm_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "bitgate/device/cpu/gemm.h"

namespace bitgate::compare {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

device::GemmCodes codes_of(const Format& format) {
  if (format.name == kE5m2.name) return device::GemmCodes::kE5m2;
  return format.name == kE2m1.name ? device::GemmCodes::kE2m1 : device::GemmCodes::kE4m3;
}

const device::CpuGemm& cpu(std::string_view name) {
  const device::CpuGemm* found = device::find_cpu_gemm(name);
  EXPECT_NE(found, nullptr) << name;
  return *found;
}

GemmSubject second(const device::CpuGemm& gemm) {
  return [run = gemm.run](const GemmInput& input) {
    const std::vector<std::uint8_t> a(input.a.begin(), input.a.end()), b(input.b.begin(), input.b.end());
    return run({input.m, input.n, input.k, codes_of(input.a_format), codes_of(input.b_format), a, b, input.a_scales,
                input.b_scales, input.c});
  };
}

CheckedGemm claim(const device::CpuGemm& gemm) {
  const bool fp8 = gemm.codes != device::GemmCodes::kE2m1;
  return {std::string(gemm.name),
          {&reference::require_mma_instruction(gemm.instruction), gemm.promotion},
          fp8 ? std::vector<Format>{kE4m3, kE5m2} : std::vector<Format>{kE2m1}};
}

SuiteResult result_of(std::string_view suite, const CheckedGemm& checked, const GemmSubject& subject) {
  return run_suite(std::string(suite), gemm_probes(suite, checked, subject), {}, {});
}

TEST(GemmCheck, TheSecondImplementationGivesTheEmulationsBytes) {
  for (const device::CpuGemm& gemm : device::cpu_gemms())
    for (const char* suite : {"directed", "special", "layout", "poison"}) {
      const SuiteResult result = result_of(suite, claim(gemm), second(gemm));
      EXPECT_GT(result.asked, 0) << gemm.name;
      EXPECT_EQ(result.asked, result.probes) << gemm.name << " " << suite << ": " << result.refusal;
      EXPECT_EQ(result.failed, 0) << gemm.name << " " << suite << ": "
                                  << (result.first ? result.first->name + ": " + result.first->what : "");
    }
}

TEST(GemmCheck, ItLiesWithinTheBoundOfItsSchedule) {
  for (const device::CpuGemm& gemm : device::cpu_gemms()) {
    CheckedGemm checked = claim(gemm);
    checked.held = GemmHeld::kBound;
    for (const char* suite : {"special", "layout"}) {
      const SuiteResult result = result_of(suite, checked, second(gemm));
      EXPECT_GT(result.asked, 0) << gemm.name;
      EXPECT_EQ(result.failed, 0) << gemm.name << " " << suite << ": " << (result.first ? result.first->what : "");
    }
  }
}

TEST(GemmCheck, AnotherPromotionIsSeenAndNamed) {
  CheckedGemm checked = claim(cpu("wgmma-fp8/promote-128"));
  checked.schedule.promotion = 256;
  const GemmInput t2 = promotion_questions()[1].input;
  EXPECT_THAT(gemm_difference(checked, t2, second(cpu("wgmma-fp8/promote-128"))(t2)),
              AllOf(HasSubstr("expected 0x44C12800"), HasSubstr("got 0x44C19800"),
                    HasSubstr("all are those of promotion every 128")));
  EXPECT_GT(result_of("directed", checked, second(cpu("wgmma-fp8/promote-128"))).failed, 0);
}

TEST(GemmCheck, TheTVectorsReadTheInterval) {
  const auto& instruction = reference::require_mma_instruction("sm_90a/wgmma.k32/fp8/f32");
  const GemmInput t2 = promotion_questions()[1].input;
  for (const std::int64_t promotion : {0, 32, 64, 128, 256}) {
    const auto answer = emulated({&instruction, promotion}, t2);
    EXPECT_THAT(promotions_of(instruction, t2, answer), ElementsAre(promotion));
  }
  // From half of its k on, T2 is cut once wherever that is.
  EXPECT_THAT(promotions_of(instruction, t2, emulated({&instruction, 512}, t2)), Contains(512));
}

TEST(GemmCheck, OneWrongBitOrAnAnswerOfAnotherSizeIsSeen) {
  const device::CpuGemm& gemm = cpu("tcgen05-nvfp4");
  const SuiteResult wrong = result_of("layout", claim(gemm), [&](const GemmInput& input) {
    auto answer = second(gemm)(input);
    if (!answer.empty()) answer.back() ^= 1;
    return answer;
  });
  EXPECT_GT(wrong.failed, 0);
  ASSERT_TRUE(wrong.first);
  EXPECT_THAT(wrong.first->what, HasSubstr("1 of "));
  const GemmInput t1 = promotion_questions()[0].input;
  EXPECT_THAT(gemm_difference(claim(cpu("wgmma-fp8/fast")), t1, {}), HasSubstr("1 elements were expected, 0 came"));
}

TEST(GemmCheck, BeyondTheBoundIsSeen) {
  CheckedGemm checked = claim(cpu("wgmma-fp8/promote-128"));
  checked.held = GemmHeld::kBound;
  const GemmInput t1 = promotion_questions()[0].input;  // 1296
  EXPECT_THAT(gemm_difference(checked, t1, {0x44A20000}), IsEmpty());
  EXPECT_THAT(gemm_difference(checked, t1, {0x44A40000}), HasSubstr("beyond the bound"));
  EXPECT_THAT(gemm_difference(checked, t1, {0x7FFFFFFF}), HasSubstr("beyond the bound"));
}

TEST(GemmCheck, TransposedOperandsAndAForgottenAddendAreSeen) {
  const device::CpuGemm& gemm = cpu("wgmma-fp8/fast");
  const SuiteResult swapped = result_of("directed", claim(gemm), [&](const GemmInput& input) {
    auto answer = second(gemm)(input);
    std::reverse(answer.begin(), answer.end());
    return answer;
  });
  EXPECT_GT(swapped.failed, 0);
  const SuiteResult forgotten = result_of("directed", claim(gemm), [&](GemmInput input) {
    input.c.clear();
    return second(gemm)(input);
  });
  EXPECT_EQ(forgotten.failed, 4);  // each pair of formats has one question with C
}

}  // namespace
}  // namespace bitgate::compare
