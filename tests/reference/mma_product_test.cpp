// Whole products are chains of one instruction, element by element, whatever level of lanes and number of threads runs
// them, wherever special values stand, and with any K.
#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <bit>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <vector>

#include "bitgate/reference/arith/level.h"
#include "bitgate/reference/mma/product.h"
#include "bitgate/tests/support/exact_arithmetic.h"
#include "bitgate/tests/support/mma_draws.h"

namespace bitgate::oracle {
namespace {

using namespace reference;

// Two matrices with what they stand in.
struct Operands {
  Format format;
  std::int64_t m, n, k, block;
  std::vector<std::uint32_t> a, b, c;
  std::vector<std::uint8_t> a_scales, b_scales;

  MmaMatrix a_matrix() const { return {format, m, k, a, a_scales}; }
  MmaMatrix b_matrix() const { return {format, n, k, b, b_scales}; }
};

// Rows of one draw each, so that special values, zeros and cancelling rows stand beside ordinary ones.
Operands drawn(const MmaInstruction& of, std::int64_t m, std::int64_t n, std::int64_t k, std::uint64_t seed) {
  SplitMix random(seed);
  MmaInstruction one = of;
  const Format format = operand_formats(of)[random.next32() % operand_formats(of).size()];
  Operands made{format, m, n, k, of.scale_block, {}, {}, {}, {}, {}};
  const auto fill = [&](std::int64_t rows, std::vector<std::uint32_t>& codes, std::vector<std::uint8_t>& scales) {
    for (std::int64_t row = 0; row < rows; ++row) {
      const bool ordinary = row % 3 != 0;
      const Draw draw = ordinary ? Draw::kWindow : static_cast<Draw>(random.next32() % kDraws);
      DrawnDot dot = draw_dot(one, static_cast<int>(k), draw, random);
      while (dot.a_format.name != format.name) dot = draw_dot(one, static_cast<int>(k), draw, random);
      codes.insert(codes.end(), dot.a.begin(), dot.a.end());
      scales.insert(scales.end(), dot.a_scales.begin(), dot.a_scales.end());
    }
  };
  fill(m, made.a, made.a_scales);
  fill(n, made.b, made.b_scales);
  for (std::int64_t i = 0; i < m * n; ++i) {
    const bool special = random.next32() % 50 == 0;
    const DrawnDot dot = draw_dot(one, 1, special ? Draw::kSpecial : Draw::kWindow, random);
    made.c.push_back(dot.c.value_or(0));
  }
  return made;
}

// One element by multiply_accumulate and exact additions.
std::uint32_t element(const MmaSchedule& schedule, const Operands& x, std::int64_t row, std::int64_t column,
                      bool has_c) {
  const MmaInstruction& of = *schedule.instruction;
  std::optional<std::uint32_t> acc;
  std::uint32_t main = has_c ? x.c[row * x.n + column] : 0;
  if (has_c && schedule.promotion == 0) acc = main;
  for (std::int64_t k = 0; k < x.k; k += of.k) {
    if (schedule.promotion != 0 && k % schedule.promotion == 0) {
      if (k != 0) main = exact_add(main, *acc);
      acc.reset();
    }
    const auto count = static_cast<std::size_t>(std::min<std::int64_t>(of.k, x.k - k));
    MmaDot dot{x.format,
               x.format,
               std::span(x.a).subspan(row * x.k + k, count),
               std::span(x.b).subspan(column * x.k + k, count),
               {},
               {},
               acc};
    if (x.block != 0) {
      const std::size_t blocks = (x.k + x.block - 1) / x.block, some = (count + x.block - 1) / x.block;
      dot.a_scales = std::span(x.a_scales).subspan(row * blocks + k / x.block, some);
      dot.b_scales = std::span(x.b_scales).subspan(column * blocks + k / x.block, some);
    }
    acc = multiply_accumulate(of, dot);
  }
  return schedule.promotion != 0 ? exact_add(main, *acc) : acc.value_or(main);
}

std::int64_t differing(const MmaSchedule& schedule, const Operands& x, bool has_c) {
  const auto d = mma_product(schedule, x.a_matrix(), x.b_matrix(),
                             has_c ? std::span<const std::uint32_t>(x.c) : std::span<const std::uint32_t>{});
  std::int64_t count = 0;
  for (std::int64_t row = 0; row < x.m; ++row)
    for (std::int64_t column = 0; column < x.n; ++column)
      if (d[row * x.n + column] != element(schedule, x, row, column, has_c)) ++count;
  return count;
}

TEST(MmaProduct, IsAChainOfEveryInstruction) {
  std::uint64_t seed = 0;
  for (const MmaInstruction& each : mma_instructions()) {
    // Three whole instructions and a part of one; columns that do not fill the lanes.
    const Operands x = drawn(each, 7, 21, 3 * each.k + each.k / 2 + 1, ++seed);
    EXPECT_EQ(differing({&each}, x, false), 0) << each.name;
    EXPECT_EQ(differing({&each}, x, true), 0) << each.name;
  }
}

// 1 - 1 in each lane but one.
TEST(MmaProduct, RowsThatCancelAreZero) {
  for (const char* name : {"sm_90a/wgmma.k32/fp8/f32", "sm_90/mma.m16n8k32/fp8/f16", "sm_120/mma.m16n8k32/fp8/f32"}) {
    const MmaInstruction& of = require_mma_instruction(name);
    std::vector<std::uint32_t> a(64, 0), b(64 * 9, 0);
    a[0] = a[33] = 0x38;
    for (std::size_t row = 0; row < 9; ++row) {
      b[64 * row] = 0x38;
      b[64 * row + 33] = row == 4 ? 0x38 : 0xB8;
    }
    std::vector<std::uint32_t> expected(9, 0);
    expected[4] = is_fp16(of.result) ? 0x4000 : 0x40000000;
    EXPECT_EQ(mma_product({&of}, {kE4m3, 1, 64, a, {}}, {kE4m3, 9, 64, b, {}}), expected) << name;
  }
}

// Rules that lanes know and rules that they leave to single elements.
TEST(MmaProduct, IsAChainUnderOtherRules) {
  std::uint64_t seed = 500;
  for (const MmaInstruction& each : mma_instructions()) {
    MmaInstruction other = each;
    other.rules.zero_c = MmaZero::kNominal;
    other.rules.zero_operand = MmaZero::kNominal;
    other.rules.zero_sign = MmaZeroSign::kMinusIfAllAre;
    other.rules.underflow = MmaUnderflow::kMinusZero;
    other.rules.overflow = MmaOverflow::kLargest;
    other.rules.cut = MmaCut::kFloor;
    const Operands x = drawn(other, 6, 18, 2 * each.k + 3, ++seed);
    EXPECT_EQ(differing({&other}, x, true), 0) << each.name;
    other.rules.addend = MmaAddend::kAfterwards;
    EXPECT_EQ(differing({&other}, x, true), 0) << each.name;
  }
}

TEST(MmaProduct, PromotesPartialSumsByIeeeAdditions) {
  for (const char* name : {"sm_90a/wgmma.k32/fp8/f32", "sm_89/mma.m16n8k32/fp8/f32", "sm_90/mma.m16n8k16/bf16/f32",
                           "sm_100a/tcgen05.mxf4nvf4.k64/nvfp4/f32"}) {
    const MmaInstruction& of = require_mma_instruction(name);
    // 128 and a remainder of one instruction and a part.
    const Operands x = drawn(of, 9, 20, 2 * 128 + of.k + 5, 77);
    EXPECT_EQ(differing({&of, 128}, x, false), 0) << name;
    EXPECT_EQ(differing({&of, 128}, x, true), 0) << name;
    // 32 products of 1.125 and 32 more do not show the difference; random rows do.
    EXPECT_NE(mma_product({&of, 128}, x.a_matrix(), x.b_matrix()), mma_product({&of}, x.a_matrix(), x.b_matrix()))
        << name;
  }
}

TEST(MmaProduct, EveryLevelOfLanesGivesTheSameBits) {
  const char* chosen = std::getenv("BITGATE_LEVEL");
  const std::string before = chosen == nullptr ? "" : chosen;
  for (const char* name : {"sm_90a/wgmma.k32/fp8/f32", "sm_90/mma.m16n8k16/f16/f16", "sm_90/mma.m16n8k32/fp8/f16"}) {
    const MmaInstruction& of = require_mma_instruction(name);
    const Operands x = drawn(of, 10, 37, 4 * of.k, 88);
    std::vector<std::uint32_t> first;
    for (const Level level : levels_here()) {
      setenv("BITGATE_LEVEL", std::string(name_of(level)).c_str(), 1);
      const auto d = mma_product({&of}, x.a_matrix(), x.b_matrix(), x.c);
      if (first.empty()) first = d;
      EXPECT_EQ(d, first) << name << " " << name_of(level);
    }
  }
  before.empty() ? unsetenv("BITGATE_LEVEL") : setenv("BITGATE_LEVEL", before.c_str(), 1);
}

TEST(MmaProduct, AnyNumberOfThreadsGivesTheSameBits) {
  const MmaInstruction& of = require_mma_instruction("sm_90a/wgmma.k32/fp8/f32");
  const Operands x = drawn(of, 130, 70, 96, 99);
  std::vector<std::uint32_t> first;
  for (const std::size_t threads : {1u, 2u, 5u}) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    const auto d = mma_product({&of}, x.a_matrix(), x.b_matrix());
    if (first.empty()) first = d;
    EXPECT_EQ(d, first) << threads;
  }
}

TEST(MmaProduct, NothingToAddIsCOrZero) {
  const MmaInstruction& of = require_mma_instruction("sm_90a/wgmma.k32/fp8/f32");
  const MmaMatrix a{kE4m3, 2, 0, {}, {}}, b{kE4m3, 1, 0, {}, {}};
  const std::vector<std::uint32_t> c{0x3f9d70a4, 0xbf800000};
  EXPECT_EQ(mma_product({&of}, a, b), (std::vector<std::uint32_t>{0, 0}));
  EXPECT_EQ(mma_product({&of}, a, b, c), c);
  EXPECT_EQ(mma_product({&of, 128}, a, b, c), c);
  const MmaMatrix none{kE4m3, 0, 32, {}, {}};
  EXPECT_TRUE(mma_product({&of}, none, none).empty());
}

TEST(MmaProduct, MatricesAndSchedulesThatDoNotFitAreRefused) {
  const MmaInstruction& of = require_mma_instruction("sm_90a/wgmma.k32/fp8/f32");
  const std::vector<std::uint32_t> codes(64, 0x38);
  const MmaMatrix right{kE4m3, 2, 32, codes, {}}, short_of_codes{kE4m3, 3, 32, codes, {}};
  const MmaMatrix other_k{kE4m3, 1, 64, codes, {}}, other_format{kFp16, 2, 32, codes, {}};
  const std::vector<std::uint8_t> scales(2, 0x7F);
  const MmaMatrix scaled{kE4m3, 2, 32, codes, scales}, negative{kE4m3, -2, -32, codes, {}};
  for (const MmaMatrix& wrong : {short_of_codes, other_k, other_format, scaled, negative}) {
    EXPECT_THROW(mma_product({&of}, right, wrong), std::invalid_argument);
    EXPECT_THROW(mma_product({&of}, wrong, right), std::invalid_argument);
  }
  EXPECT_THROW(mma_product({&of}, right, right, codes), std::invalid_argument);
  EXPECT_THROW(mma_product({nullptr}, right, right), std::invalid_argument);
  EXPECT_THROW(mma_product({&of, 48}, right, right), std::invalid_argument);
  EXPECT_THROW(mma_product({&of, -32}, right, right), std::invalid_argument);
  const MmaInstruction& half = require_mma_instruction("sm_90a/wgmma.k32/fp8/f16");
  EXPECT_THROW(mma_product({&half, 128}, right, right), std::invalid_argument);
  const MmaInstruction& mx = require_mma_instruction("sm_100a/tcgen05.mxf8f6f4.k32/mxfp8/f32");
  EXPECT_THROW(mma_product({&mx}, right, right), std::invalid_argument);
  EXPECT_EQ(mma_product({&mx}, scaled, scaled), std::vector<std::uint32_t>(4, 0x42000000));
}

}  // namespace
}  // namespace bitgate::oracle
