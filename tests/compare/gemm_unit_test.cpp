#include "bitgate/compare/gemm_unit.h"

#include <gtest/gtest.h>

#include <limits>

#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

UnitCase unit(const std::string& product, const std::string& instruction, int promote_every = 0) {
  return {parse_gemm_case(product), instruction, promote_every};
}

UnitRow run(const UnitCase& c) { return run_units({c}).front(); }

// The whole default table: nothing beyond its bound, and what each unit adds is what its bits say.
TEST(GemmUnit, DefaultTableStaysWithinItsBounds) {
  for (const UnitRow& row : run_units(default_unit_cases())) {
    EXPECT_EQ(row.exceeded, 0) << row.id.name();
    EXPECT_EQ(row.unbounded, 0) << row.id.name();
    EXPECT_EQ(row.elements, 32 * 32);
    EXPECT_GE(row.a_priori_share * (1 + 0x1p-28), row.bound_share) << row.id.name();
    const bool fp4 = row.id.instruction.find("fp4/f32") != std::string::npos;
    const bool wgmma = row.id.instruction.find("wgmma") != std::string::npos;
    EXPECT_EQ(row.sqnr_db == kInfinity, fp4) << row.id.name();  // these sums of FP4 fit into FP32 to the bit
    if (fp4) continue;
    EXPECT_EQ(row.sqnr_db < 80, wgmma) << row.id.name();
    EXPECT_GT(row.max_ratio, 1.0 / 50) << row.id.name();
  }
}

// 13 bits of a chain of 4096 against sums promoted every 128.
TEST(GemmUnit, PromotionIsWorthItsDecibels) {
  const std::string product = "te/fp8-current-e4m3+te/fp8-current-e4m3/fp32/normal+linear/16x16x4096/s4";
  const UnitRow never = run(unit(product, "sm_90a/wgmma.k32/fp8/f32"));
  const UnitRow promoted = run(unit(product, "sm_90a/wgmma.k32/fp8/f32", 128));
  EXPECT_GT(promoted.sqnr_db - never.sqnr_db, 10);
  EXPECT_LT(promoted.bound_share, never.bound_share / 10);
  EXPECT_EQ(promoted.id.name(), product + " by sm_90a/wgmma.k32/fp8/f32 promoted 128");
}

TEST(GemmUnit, RefusesWhatTheInstructionDoesNotTake) {
  const auto refused = [](const std::string& recipe, const std::string& instruction) {
    try {
      run(unit(recipe + "+" + recipe + "/fp32/normal+normal/16x16x64/s4", instruction));
    } catch (const InputError& reason) {
      return std::string(reason.what());
    }
    return std::string("accepted");
  };
  EXPECT_EQ(refused("te/fp8-current-e4m3", "sm_90a/wgmma.k32/fp8/f32"), "accepted");
  EXPECT_NE(refused("te/mxfp8-e4m3", "sm_90a/wgmma.k32/fp8/f32").find("32 elements to a block scale"),
            std::string::npos);
  EXPECT_NE(refused("te/nvfp4", "sm_90a/wgmma.k32/fp8/f32"), "accepted");
  EXPECT_NE(refused("te/fp8-current-e4m3", "sm_90/mma.m16n8k16/f16/f32"), "accepted");
  EXPECT_NE(refused("te/fp8-current-e4m3", "sm_90/no-such"), "accepted");
}

}  // namespace
}  // namespace bitgate::compare
