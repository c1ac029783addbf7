#include "bitgate/compare/gemm_bound.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <string>

#include "bitgate/compare/gemm_truth.h"
#include "bitgate/tests/compare/gemm_draws.h"

namespace bitgate::compare {
namespace {

using draws::Kind;
using draws::product;
using draws::Side;
using reference::MmaInstruction;
using reference::MmaOrder;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Drawn {
  Side a, b;
};

Drawn draw(const MmaInstruction& instruction, Kind kind, int window, Extent extent, std::uint64_t seed) {
  oracle::SplitMix random(seed);
  const std::vector<Format> formats = draws::formats_of(instruction.inputs);
  const Format& of_a = formats[random.next32() % formats.size()];
  const Format& of_b = formats[random.next32() % formats.size()];
  Drawn drawn{draws::draw_side(instruction, of_a, extent, kind, window, random),
              draws::draw_side(instruction, of_b, extent, kind, window, random)};
  if (kind == Kind::kCancelling) draws::cancel_pairs(drawn.a, drawn.b);
  return drawn;
}

void require_exact(const GemmOperand& a, const GemmOperand& b, const std::vector<Bounded>& bounds) {
  const GemmTruth truth = gemm_truth(a.values, b.values, a.extent.cols, TruthMethod::kExact);
  for (std::size_t i = 0; i < bounds.size(); ++i)
    ASSERT_LE(std::fabs(truth.values[i] - bounds[i].exact), truth.errors[i] + 0x1p-40 * truth.magnitudes[i]);
}

struct Case {
  GemmOperand a, b;
  std::vector<double> computed;
  std::vector<Bounded> bounds;
};

Case run(const MmaInstruction& instruction, const Drawn& d, int promote_every = 0) {
  Case c{draws::operand_of(instruction, d.a),
         draws::operand_of(instruction, d.b),
         product(instruction, d.a, d.b, promote_every),
         {}};
  c.bounds = gemm_bounds(accumulator_of(instruction, promote_every), c.a, c.b);
  return c;
}

const MmaInstruction& row(std::string_view name) { return reference::require_mma_instruction(name); }

bool is_chain_of_numbers(const MmaInstruction& instruction) { return instruction.order != MmaOrder::kExact; }

// Every row, kind of data, window of exponents and length. The ends are attained: a bound that nothing could break
// would hold as well, so most rows come within 2 % of an end, and all that are cut at all within half of it.
TEST(GemmBound, HoldsForTheModelOfEveryInstruction) {
  int attained = 0, rounding = 0;
  for (const MmaInstruction& instruction : reference::mma_instructions()) {
    if (!is_chain_of_numbers(instruction)) continue;
    double largest = 0;
    std::uint64_t seed = 1;
    for (const Kind kind : {Kind::kWindow, Kind::kPositive, Kind::kCancelling, Kind::kAnyCode})
      for (const int window : {0, 2, 5})
        for (const std::int64_t k : {instruction.k / 2, 3 * instruction.k, 256}) {
          const Case c = run(instruction, draw(instruction, kind, window, {3, k}, seed++));
          const BoundReport report = hold(c.computed, c.bounds);
          EXPECT_EQ(report.exceeded, 0) << instruction.name << " kind " << static_cast<int>(kind) << " window "
                                        << window << " K " << k << " ratio " << report.max_ratio;
          largest = std::max(largest, report.max_ratio);
          require_exact(c.a, c.b, c.bounds);
        }
    if (largest == 0) continue;  // E2M1 and FP6 of these lengths are exact, and bounded by 0
    ++rounding;
    EXPECT_GT(largest, 0.5) << instruction.name;
    if (largest > 0.98) ++attained;
  }
  EXPECT_GT(rounding, 60);
  EXPECT_GT(10 * attained, 9 * rounding);
}

// C of any size beside the products, of 23 (or 10) bits: FP8 units cut it to 13.
TEST(GemmBound, HoldsWithC) {
  for (const MmaInstruction& instruction : reference::mma_instructions()) {
    if (!is_chain_of_numbers(instruction)) continue;
    double largest = 0;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
      const Drawn d =
          draw(instruction, seed % 2 == 0 ? Kind::kWindow : Kind::kCancelling, 3, {3, 2 * instruction.k}, seed);
      oracle::SplitMix random(seed + 100);
      std::vector<std::uint32_t> bits;
      std::vector<double> c;
      const bool fp16 = reference::is_fp16(instruction.result);
      for (int i = 0; i < 9; ++i) {
        const std::uint32_t mantissa = random.next32() & (fp16 ? 0x83FFu : 0x807FFFFFu);
        const std::uint32_t exponent = random.next32() % (fp16 ? 16 : 40);
        bits.push_back(mantissa | (fp16 ? (exponent + 8) << 10 : (exponent + 107) << 23));
        c.push_back(draws::number_of(instruction, bits.back()));
      }
      const GemmOperand a = draws::operand_of(instruction, d.a), b = draws::operand_of(instruction, d.b);
      const std::vector<Bounded> bounds = gemm_bounds(accumulator_of(instruction), a, b, c);
      const BoundReport report = hold(product(instruction, d.a, d.b, 0, bits), bounds);
      EXPECT_TRUE(report.holds()) << instruction.name << " seed " << seed << " ratio " << report.max_ratio;
      largest = std::max(largest, report.max_ratio);
    }
    EXPECT_GT(largest, 0.3) << instruction.name;
  }
}

TEST(GemmBound, HoldsForPromotedChains) {
  const MmaInstruction& wgmma = row("sm_90a/wgmma.k32/fp8/f32");
  double promoted = 0, never = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Drawn d = draw(wgmma, Kind::kPositive, 3, {2, 1024}, seed);
    for (const int every : {32, 128, 512}) {
      const BoundReport report = hold(run(wgmma, d, every).computed, run(wgmma, d, every).bounds);
      EXPECT_TRUE(report.holds()) << every << " ratio " << report.max_ratio;
      EXPECT_GT(report.max_ratio, 0.02);
    }
    promoted += run(wgmma, d, 128).bounds[0].below;
    never += run(wgmma, d).bounds[0].below;
  }
  EXPECT_LT(promoted, never / 4);
}

// Blocks of 128 with FP32 scales on both sides: their product rounded, then one fused multiply-add an interval.
TEST(GemmBound, HoldsForScaledIntervals) {
  const MmaInstruction& wgmma = row("sm_90a/wgmma.k32/fp8/f32");
  double largest = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const Drawn d = draw(wgmma, seed % 2 == 0 ? Kind::kWindow : Kind::kPositive, 2, {1, 320}, seed);
    oracle::SplitMix random(seed);
    float main = 0;
    std::vector<IntervalScale> scales;
    for (std::int64_t first = 0; first < 320; first += 128) {
      const std::int64_t n = std::min<std::int64_t>(128, 320 - first);
      const auto slice = [&](const Side& side) {
        return Side{side.format, {1, n}, {side.codes.begin() + first, side.codes.begin() + first + n}, {}};
      };
      const auto of_a = static_cast<float>(random.next32() >> 8) * 0x1p-24f + 0.5f;
      const auto of_b = static_cast<float>(random.next32() >> 8) * -0x1p-22f;
      scales.push_back({of_a * of_b, static_cast<double>(of_a) * static_cast<double>(of_b)});
      main = std::fma(static_cast<float>(product(wgmma, slice(d.a), slice(d.b))[0]), scales.back().scale, main);
    }
    const GemmOperand a = draws::operand_of(wgmma, d.a), b = draws::operand_of(wgmma, d.b);
    const Bounded bound = gemm_bound_scaled(accumulator_of(wgmma, 128), a, b, 0, 0, scales);
    const BoundReport report = hold(std::vector<double>{main}, std::vector{bound});
    EXPECT_TRUE(report.holds()) << report.max_ratio;
    largest = std::max(largest, report.max_ratio);
    // A scale of the wrong block is no rounding.
    std::swap(scales[0], scales[1]);
    const Bounded swapped = gemm_bound_scaled(accumulator_of(wgmma, 128), a, b, 0, 0, scales);
    EXPECT_FALSE(hold(std::vector<double>{main}, std::vector{swapped}).holds());
  }
  EXPECT_GT(largest, 0.05);
  const GemmOperand none{{1, 320}, std::vector<double>(320), std::vector<std::int16_t>(320), 3};
  EXPECT_THROW(gemm_bound_scaled(accumulator_of(wgmma), none, none, 0, 0, {}), std::invalid_argument);
}

// A chain of fused multiply-adds on the host.
TEST(GemmBound, HoldsForFusedMultiplyAdds) {
  oracle::SplitMix random(3);
  GemmOperand a{{1, 300}, {}, {}, 23}, b = a;
  for (GemmOperand* side : {&a, &b})
    for (int i = 0; i < 300; ++i) {
      const float x = std::ldexp(static_cast<float>(random.next32() >> 8) - 0x1p23f, -23);
      side->values.push_back(x);
      side->exponents.push_back(static_cast<std::int16_t>(x == 0 ? -126 : std::ilogb(x)));
    }
  float sum = 0;
  for (std::size_t i = 0; i < 300; ++i)
    sum = std::fma(static_cast<float>(a.values[i]), static_cast<float>(b.values[i]), sum);
  const Bounded bound = gemm_bound(kFp32FusedMultiplyAdd, a, b, 0, 0);
  const BoundReport report = hold(std::vector<double>{sum}, std::vector{bound});
  EXPECT_TRUE(report.holds()) << report.max_ratio;
  EXPECT_GT(report.max_ratio, 0.02);
}

TEST(GemmBound, FewBitsAreBoundedByNothing) {
  for (const char* name : {"sm_100a/tcgen05.mxf4.k64/mxfp4/f32", "sm_90a/wgmma.k32/fp8/f32"}) {
    // E4M3 of one exponent makes 4-bit numbers: 8 products of 8 bits have 11, which 13 + 1 bits hold.
    const Case c = run(row(name), draw(row(name), Kind::kWindow, 0, {2, 8}, 5));
    for (const Bounded& bound : c.bounds) EXPECT_EQ(std::max(bound.below, bound.above), 0.0) << name;
    EXPECT_TRUE(hold(c.computed, c.bounds).holds());
  }
}

// The unit's first example that loses anything (wgmma, e4m3): 256 + 31 * 2^-6, of which 13 bits below 2^8 hold nothing.
TEST(GemmBound, WorkedByHand) {
  Side a{kE4m3, {1, 32}, std::vector<std::uint32_t>(32, 0x20), {}}, b = a;
  a.codes[0] = b.codes[0] = 0x58;  // 16 * 16; the others 0.125 * 0.125
  const MmaInstruction& wgmma = row("sm_90a/wgmma.k32/fp8/f32");
  const Case c = run(wgmma, {a, b});
  EXPECT_EQ(c.computed[0], 256.0);
  EXPECT_EQ(c.bounds[0].exact, 256.0 + 31 * 0x1p-6);
  // Each of the 31 has a grid of 2^-12 and may lose 2^-5 - 2^-12, but is 2^-6; the sum, 256.48, then may lose 2^-5 less
  // the grid.
  EXPECT_DOUBLE_EQ(c.bounds[0].below, (31 * 0x1p-6 + 0x1p-5 - 0x1p-12) * (1 + 40 * 0x1p-49));
  EXPECT_EQ(c.bounds[0].above, 0.0);
}

TEST(GemmBound, NothingIsKnownOfNanAndInfinity) {
  const MmaInstruction& instruction = row("sm_90a/wgmma.k32/fp8/f32");
  for (const std::uint32_t code : {0x7Fu, 0x7Cu}) {
    const Format& format = code == 0x7F ? kE4m3 : kE5m2;
    Side a{format, {1, 64}, std::vector<std::uint32_t>(64, 0x38), {}};
    const Side b = a;
    a.codes[40] = code;
    const BoundReport report = hold(product(instruction, a, b), run(instruction, {a, b}).bounds);
    EXPECT_EQ(report.unbounded, 1);
    EXPECT_FALSE(report.holds());
  }
}

TEST(GemmBound, OverflowIsBoundedByNothingKnown) {
  const MmaInstruction& instruction = row("sm_90/mma.m16n8k16/f16/f16");
  const Side big{kFp16, {1, 16}, std::vector<std::uint32_t>(16, 0x5C00), {}};  // 256 each: 2^20 in all
  const Case c = run(instruction, {big, big});
  const BoundReport report = hold(c.computed, c.bounds);
  EXPECT_EQ(report.unbounded, 1);
  EXPECT_FALSE(report.holds());
}

TEST(GemmBound, APrioriIsNeverSharperThanTheWalk) {
  double loosest = 0;
  for (const MmaInstruction& instruction : reference::mma_instructions()) {
    if (!is_chain_of_numbers(instruction)) continue;
    std::uint64_t seed = 1;
    for (const Kind kind : {Kind::kWindow, Kind::kPositive, Kind::kCancelling, Kind::kAnyCode})
      for (const std::int64_t k : {8, 64, 512})
        for (const int every : {0, 64}) {
          const Drawn d = draw(instruction, kind, 3, {1, k}, seed++);
          const GemmOperand a = draws::operand_of(instruction, d.a), b = draws::operand_of(instruction, d.b);
          const GemmAccumulator accumulator = accumulator_of(instruction, every);
          const Bounded walk = gemm_bound(accumulator, a, b, 0, 0);
          const double form = gemm_bound_a_priori(accumulator, k, gemm_magnitudes(a, b, 0, 0));
          const double end = std::max(walk.below, walk.above);
          if (std::isinf(form)) continue;
          EXPECT_GE(form * (1 + 0x1p-28), end) << instruction.name << " K " << k << " promoted " << every;
          if (end > 0) loosest = std::max(loosest, form / end);
        }
  }
  EXPECT_GT(loosest, 2);
}

// A product left out of the chain. The smallest of a window of two binades is still seen by every FP32 register.
TEST(GemmBound, ADroppedProductExceedsIt) {
  for (const char* name : {"sm_80/mma.m16n8k16/bf16/f32", "sm_90/mma.m16n8k16/f16/f32", "sm_90/mma.m16n8k32/fp8/f32",
                           "sm_100a/tcgen05.mxf4nvf4.k64/nvfp4/f32", "sm_100a/tcgen05.mxf8f6f4.k32/mxfp8/f32"}) {
    const MmaInstruction& instruction = row(name);
    const Drawn d = draw(instruction, Kind::kWindow, 1, {1, 1024}, 11);
    const std::vector<Bounded> bounds = run(instruction, d).bounds;
    int seen = 0, dropped = 0;
    for (std::size_t k = 0; k < 1024; k += 93) {
      Drawn fault = d;
      if (decode(fault.a.format, fault.a.codes[k]) == 0 || decode(fault.b.format, fault.b.codes[k]) == 0) continue;
      fault.a.codes[k] = 0;
      ++dropped;
      seen += hold(product(instruction, fault.a, fault.b), bounds).exceeded != 0 ? 1 : 0;
    }
    EXPECT_EQ(seen, dropped) << name;
    EXPECT_GT(dropped, 5) << name;
  }
}

// wgmma FP8 keeps 13 bits: a chain of 1024 hides a typical product, one promoted every 128 does not hide a large one.
TEST(GemmBound, WgmmaFp8HidesWhatItsBitsHide) {
  const MmaInstruction& wgmma = row("sm_90a/wgmma.k32/fp8/f32");
  Drawn d = draw(wgmma, Kind::kWindow, 1, {1, 1024}, 11);
  d.a.codes[500] = d.b.codes[500] = 0x58;  // 16 * 16, the others at most 3.75 * 3.75
  Drawn fault = d;
  fault.a.codes[500] = 0;
  EXPECT_FALSE(hold(product(wgmma, fault.a, fault.b), run(wgmma, d).bounds).holds());
  EXPECT_FALSE(hold(product(wgmma, fault.a, fault.b, 128), run(wgmma, d, 128).bounds).holds());
}

TEST(GemmBound, AWrongBlockScaleExceedsIt) {
  for (const char* name : {"sm_100a/tcgen05.mxf4nvf4.k64/nvfp4/f32", "sm_100a/tcgen05.mxf8f6f4.k32/mxfp8/f32",
                           "sm_120a/mma.mxf4.m16n8k64/mxfp4/f32"}) {
    const MmaInstruction& instruction = row(name);
    const Drawn d = draw(instruction, Kind::kPositive, 2, {1, 512}, 21);
    const std::vector<Bounded> bounds = run(instruction, d).bounds;
    for (std::size_t block = 0; block < d.a.scales.size(); ++block) {
      Drawn fault = d;
      fault.a.scales[block] = static_cast<std::uint8_t>(fault.a.scales[block] + 1);
      EXPECT_FALSE(hold(product(instruction, fault.a, fault.b), bounds).holds()) << name << " block " << block;
    }
  }
}

// A unit that is not the one it is taken for. One bit more does no harm to a bound: that is for comparing bits.
TEST(GemmBound, AnotherUnitExceedsIt) {
  const auto exceeds = [](const MmaInstruction& taken_for, const MmaInstruction& is) {
    std::int64_t exceeded = 0;
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
      const Kind kind = seed % 2 == 0 ? Kind::kPositive : Kind::kWindow;
      Drawn d = draw(taken_for, kind, static_cast<int>(seed % 6), {4, 64}, seed);
      // Negative products alone: an arithmetic shift then moves all of them away from zero.
      if (seed % 4 == 0)
        for (std::uint32_t& code : d.b.codes) code |= sign_mask(d.b.format);
      exceeded += hold(product(is, d.a, d.b), run(taken_for, d).bounds).exceeded;
    }
    return exceeded;
  };
  for (const char* name : {"sm_90/mma.m16n8k16/f16/f32", "sm_90a/wgmma.k32/fp8/f32", "sm_80/mma.m16n8k8/tf32/f32"}) {
    const MmaInstruction& instruction = row(name);
    EXPECT_EQ(exceeds(instruction, instruction), 0) << name;
    MmaInstruction fewer_bits = instruction, floor = instruction, nearest = instruction;
    fewer_bits.fraction_bits = static_cast<std::uint8_t>(instruction.fraction_bits - 3);
    floor.rules.cut = reference::MmaCut::kFloor;
    nearest.rules.rounding = reference::MmaRounding::kNearestEven;
    EXPECT_GT(exceeds(instruction, fewer_bits), 0) << name;
    EXPECT_GT(exceeds(instruction, floor), 0) << name;
    EXPECT_GT(exceeds(instruction, nearest), 0) << name;
  }
}

TEST(GemmBound, RowsWithOtherRulesAreRefused) {
  MmaInstruction instruction = row("sm_90/mma.m16n8k16/f16/f32");
  instruction.rules.cut = reference::MmaCut::kFloor;
  EXPECT_THROW(accumulator_of(instruction), std::invalid_argument);
}

TEST(GemmBound, IntegersAreExact) {
  const MmaInstruction& instruction = row("sm_90/mma.m16n8k32/int8/s32");
  const Side a{kInt8, {1, 64}, std::vector<std::uint32_t>(64, 0x80), {}};  // -128 each
  const GemmOperand side = draws::operand_of(instruction, a);
  const Bounded bound = gemm_bound(accumulator_of(instruction), side, side, 0, 0);
  EXPECT_EQ(bound.exact, 64 * 128 * 128);
  EXPECT_EQ(bound.above, 0);
}

// The epilogue of a per-tensor scaled product: alpha * acc in FP32, + bias in FP32, then BF16.
TEST(GemmBound, HoldsThroughAnEpilogue) {
  const MmaInstruction& instruction = row("sm_90/mma.m16n8k16/bf16/f32");
  double largest = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Case c = run(instruction, draw(instruction, Kind::kWindow, 3, {4, 64}, seed));
    const float alpha = seed % 2 == 0 ? 0.1f : -3.7f, bias = 0.33f;
    for (std::size_t i = 0; i < c.computed.size(); ++i) {
      const float scaled = alpha * static_cast<float>(c.computed[i]);
      const float sum = scaled + bias;
      const auto bits = std::bit_cast<std::uint32_t>(sum);
      const std::uint32_t bf16 = (bits + 0x7FFFu + (bits >> 16 & 1)) >> 16;
      c.computed[i] = decode(kBf16, bf16);
      c.bounds[i] = rounded(plus(multiplied(c.bounds[i], alpha, kFp32), bias, kFp32), kBf16);
    }
    const BoundReport report = hold(c.computed, c.bounds);
    EXPECT_TRUE(report.holds()) << report.max_ratio;
    largest = std::max(largest, report.max_ratio);
  }
  EXPECT_GT(largest, 0.9);
}

TEST(GemmBound, HoldCountsEverySide) {
  const std::vector<Bounded> bounds{{1, 0.5, 0.25}, {1, 0.5, 0.25}, {1, 0, 0}, {1, kInfinity, kInfinity}, {1, 1, 1}};
  BoundReport report = hold(std::vector<double>{0.5, 1.25, 1.0, 7.0, 1.5}, bounds);
  EXPECT_EQ(report.exceeded, 0);
  EXPECT_EQ(report.unbounded, 1);
  EXPECT_EQ(report.max_ratio, 1.0);
  EXPECT_EQ(report.median_ratio, 0.5);
  report = hold(std::vector<double>{0.49, 1.26, 1.0 + 0x1p-52, 7.0, std::nan("")}, bounds);
  EXPECT_EQ(report.exceeded, 4);
  EXPECT_EQ(report.max_ratio, kInfinity);
  EXPECT_EQ(report.worst, 2);
}

}  // namespace
}  // namespace bitgate::compare
