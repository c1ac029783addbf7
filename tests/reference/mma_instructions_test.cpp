// The table of matrix instructions: its names, what it refuses, and what it is given wrongly.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "bitgate/reference/format/error.h"
#include "bitgate/reference/mma/instruction.h"
#include "bitgate/tests/support/mma_dots.h"
#include "bitgate/tests/support/mma_draws.h"

namespace bitgate::oracle {
namespace {

using reference::mma_instructions;
using reference::MmaInstruction;

TEST(MmaInstructions, EachIsFoundByItsName) {
  std::set<std::string_view> names;
  for (const MmaInstruction& each : mma_instructions()) {
    EXPECT_TRUE(names.insert(each.name).second) << each.name;
    EXPECT_EQ(reference::find_mma_instruction(each.name), &each);
    EXPECT_TRUE(each.name.starts_with(std::string(each.architecture) + "/")) << each.name;
    EXPECT_FALSE(each.source.empty()) << each.name;
    EXPECT_FALSE(operand_formats(each).empty()) << each.name;
  }
  EXPECT_EQ(reference::find_mma_instruction("sm_90/mma.m16n8k16/f16"), nullptr);
}

// exponent_floor = e_min of D less ceil(log2(4 G + 2)), but for rows narrower than their unit (Ampere's and Hopper's
// TF32, the 8 products of FP8 mma.sync's k16).
TEST(MmaInstructions, FloorsFollowOneLaw) {
  for (const MmaInstruction& each : mma_instructions()) {
    if (each.order == reference::MmaOrder::kExact || each.order == reference::MmaOrder::kScaleGroups) continue;
    const bool narrow = each.inputs == reference::MmaInputs::kTf32 || each.order == reference::MmaOrder::kPtxasFp8;
    const int products = narrow && each.fraction_bits == 25 ? 16 : narrow ? 8 : each.products;
    const int carries = std::bit_width(4u * static_cast<unsigned>(products) + 1u);
    EXPECT_EQ(each.exponent_floor, (is_fp16(each.result) ? -14 : -126) - carries) << each.name;
  }
}

TEST(MmaInstructions, ARefusalNamesItsReason) {
  for (const reference::MmaRefusal& each : reference::mma_refusals()) {
    EXPECT_FALSE(each.reason.empty()) << each.name;
    EXPECT_EQ(reference::find_mma_instruction(each.name), nullptr) << each.name;
    const auto refused = [&](const MmaInstruction& known) {
      return each.name.ends_with('*') && known.name.starts_with(each.name.substr(0, each.name.size() - 1));
    };
    EXPECT_TRUE(std::ranges::none_of(mma_instructions(), refused)) << each.name;
  }
  const auto message = [](std::string_view name) -> std::string {
    try {
      reference::require_mma_instruction(name);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message("sm_90a/wgmma.sp.k32/f16/f32"),
            "the matrix instruction sm_90a/wgmma.sp.k32/f16/f32 is not modelled: no model of sparse instructions is "
            "published");
  EXPECT_EQ(
      message("sm_103a/tcgen05.mxf4nvf4.k96/nvfp4/f32"),
      "the matrix instruction sm_103a/tcgen05.mxf4nvf4.k96/nvfp4/f32 is not modelled: no public source says what it "
      "computes");
  EXPECT_EQ(message("sm_90/mma.m16n8k16/f64/f64").find("not modelled") != std::string::npos, true);
  EXPECT_EQ(message("nothing").find("there is no matrix instruction nothing") != std::string::npos, true);
}

TEST(MmaInstructions, OperandsOfAnotherFormatAreNotModelled) {
  const MmaInstruction wgmma = instruction("sm_90a/wgmma.k32/fp8/f32");
  EXPECT_EQ(why_not_modelled(wgmma, kE4m3, kE5m2), "");
  EXPECT_EQ(why_not_modelled(wgmma, kE4m3, kE2m1), "its operands are e4m3 or e5m2");
  EXPECT_EQ(why_not_modelled(instruction("sm_90/mma.m16n8k16/f16/f32"), kBf16, kFp16), "its operands are fp16");
  EXPECT_THROW(dot(wgmma, kFp16, "3c00", "3c00"), std::invalid_argument);
}

TEST(MmaInstructions, OperandsOfAWrongSizeAreRefused) {
  const MmaInstruction wgmma = instruction("sm_90a/wgmma.k32/fp8/f32");
  EXPECT_THROW(dot(wgmma, kE4m3, "38 38", "38"), std::invalid_argument);
  EXPECT_THROW(dot(wgmma, kE4m3, "38*33", "38*33"), std::invalid_argument);
  EXPECT_THROW(scaled_dot(wgmma, kE4m3, {0x38}, {0x38}, {0x7F}, {0x7F}), std::invalid_argument);
  const MmaInstruction nvfp4 = instruction("sm_100a/tcgen05.mxf4nvf4.k64/nvfp4/f32");
  const std::vector<std::uint32_t> ones(64, 2);
  EXPECT_THROW(scaled_dot(nvfp4, kE2m1, ones, ones, {0x38}, {0x38}), std::invalid_argument);
  EXPECT_THROW(scaled_dot(nvfp4, kE2m1, ones, ones, {0x38, 0x38, 0x38, 0x38}, {0x38}), std::invalid_argument);
}

TEST(MmaInstructions, NoProductsAtAllAreC) {
  EXPECT_EQ(dot(instruction("sm_90/mma.m16n8k16/f16/f32"), kFp16, "", "", 0x3f9d70a4), 0x3f9d70a4u);
  EXPECT_EQ(dot(instruction("sm_90a/wgmma.k32/fp8/f32"), kE4m3, "", "", 0x3f9d70a4), 0x3f9d7000u);
}

// 1 + 2^-11 in the low half of k and 2^-12 in the high one: Ampere rounds to 1 in between, Hopper adds them at once.
TEST(MmaInstructions, AmpereRoundsBetweenItsHalves) {
  const char *a = "3c00 1000 0*6 0c00", *b = "3c00 3c00 0*6 3c00";
  EXPECT_EQ(dot(instruction("sm_80/mma.m16n8k16/f16/f16"), kFp16, a, b), 0x3c00u);
  EXPECT_EQ(dot(instruction("sm_90/mma.m16n8k16/f16/f16"), kFp16, a, b), 0x3c01u);
}

}  // namespace
}  // namespace bitgate::oracle
