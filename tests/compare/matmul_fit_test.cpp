// What explains the bits of an FP8 product: a planted interval, order or rounding is named, and nothing else.
#include "bitgate/compare/matmul_fit.h"

#include <gtest/gtest.h>

#include <bit>
#include <string>
#include <vector>

#include "bitgate/compare/matmul_data.h"

namespace bitgate::compare {
namespace {

struct Product {
  std::int64_t m, n, k;
  std::vector<std::uint8_t> a, b;
  Product(std::int64_t rows, std::int64_t columns, std::int64_t depth, MatmulDraw draw, std::uint64_t seed)
      : m(rows),
        n(columns),
        k(depth),
        a(draw_codes(kE4m3, draw, rows, depth, seed)),
        b(draw_codes(kE4m3, draw, columns, depth, seed + 1)) {}
  MatmulOperands operands() const { return {m, n, k, kE4m3, kE4m3, a, b}; }
};

TEST(MatmulFit, APlantedSumIsNamedAndNoOtherExplainsIt) {
  const Product product(16, 16, 512, MatmulDraw::kWide, 1);
  for (const SumModel& planted : {SumModel{SumKind::kWgmma, 0},
                                  {SumKind::kWgmma, 64},
                                  {SumKind::kWgmma, 128},
                                  {SumKind::kWgmma, 256},
                                  {SumKind::kWgmmaFromEnd, 0},
                                  {SumKind::kMmaSync, 0},
                                  {SumKind::kExact, 0}}) {
    const std::vector<SumFit> fits = fit_sum(product.operands(), sum_of(planted, product.operands()));
    EXPECT_EQ(fits.front(), (SumFit{planted, 0})) << name_of(planted) << ", not " << name_of(fits.front().model);
    EXPECT_GT(fits[1].different, 0) << name_of(planted) << " and " << name_of(fits[1].model);
  }
}

// Its sums of 14 bits are added without much rounding: the order of the blocks may stay open.
TEST(MatmulFit, PromotionAtEveryInstructionIsNamed) {
  const Product product(16, 16, 512, MatmulDraw::kWide, 1);
  for (const SumFit& fit : fit_sum(product.operands(), sum_of({SumKind::kWgmma, 32}, product.operands())))
    EXPECT_EQ(fit.different == 0, fit.model.promotion == 32) << name_of(fit.model);
}

TEST(MatmulFit, AChangedBitIsLeftUnexplained) {
  const Product product(8, 8, 256, MatmulDraw::kGelu, 5);
  std::vector<std::uint32_t> d = sum_of({SumKind::kWgmma, 128}, product.operands());
  d[11] ^= 1;
  const std::vector<SumFit> fits = fit_sum(product.operands(), d);
  EXPECT_EQ(fits.front().different, 1);
  EXPECT_EQ(fits.front().model, (SumModel{SumKind::kWgmma, 128}));
}

TEST(MatmulFit, AnIntervalOfAllOfKIsOneChain) {
  const Product product(4, 4, 128, MatmulDraw::kWide, 9);
  EXPECT_EQ(sum_of({SumKind::kWgmma, 128}, product.operands()), sum_of({SumKind::kWgmma, 0}, product.operands()));
  for (const SumModel& model : sum_models(128)) EXPECT_LT(model.promotion, 128);
}

// The bits that docs of the instruction give for these rows, by interval: 32, 64, 128, 256, 512, never.
TEST(MatmulFit, TheIntervalReadersReadWhatTheyShould) {
  constexpr std::int64_t kIntervals[] = {32, 64, 128, 256, 512, 0};
  constexpr std::uint32_t kBits[][6] = {{0x44A20000, 0x44A20000, 0x44A20000, 0x44A1C000, 0x44A0E000, 0x44A07000},
                                        {0x44C1C800, 0x44C1B800, 0x44C19800, 0x44C12800, 0x44C04800, 0x44BFD800},
                                        {0x494497E0, 0x49448DC0, 0x49447980, 0x494450E0, 0x49440000, 0x49440000}};
  for (std::size_t reader = 0; reader < 3; ++reader)
    for (std::size_t i = 0; i < 6; ++i) {
      const IntervalReader& of = kIntervalReaders[reader];
      const std::vector<std::uint8_t> row = codes_of(of, 1);
      const auto d = sum_of({SumKind::kWgmma, kIntervals[i]}, {1, 1, of.k, kE4m3, kE4m3, row, row});
      EXPECT_EQ(d.front(), kBits[reader][i]) << of.name << " every " << kIntervals[i];
    }
}

TEST(MatmulFit, CancellingRowsSumToZero) {
  const std::vector<std::uint8_t> a = draw_codes(kE4m3, MatmulDraw::kCancelling, 2, 256, 3);
  const std::vector<std::uint8_t> b = draw_codes(kE4m3, MatmulDraw::kRepeating, 2, 256, 4);
  for (const std::uint32_t bits : sum_of({SumKind::kExact, 0}, {2, 2, 256, kE4m3, kE4m3, a, b})) EXPECT_EQ(bits, 0u);
}

TEST(MatmulData, DrawsAreFiniteAndDifferBySeed) {
  for (const Format& format : {kE4m3, kE5m2})
    for (const MatmulDraw draw : kMatmulDraws) {
      const std::vector<std::uint8_t> codes = draw_codes(format, draw, 4, 256, 7);
      for (const std::uint8_t code : codes)
        EXPECT_FALSE(is_nan(format, code) || is_infinity(format, code)) << name_of(draw) << ' ' << int{code};
      EXPECT_NE(codes, draw_codes(format, draw, 4, 256, 8)) << name_of(draw);
    }
}

// Numbers of random fractions as the sum.
std::vector<std::uint32_t> sums(std::size_t count, std::uint32_t seed) {
  std::vector<std::uint32_t> bits;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t word = (i + seed) * 2654435761u ^ (i + seed) << 7;
    bits.push_back((word & 0x80000000) | (126 + word % 3) << 23 | (word >> 3 & 0x7FFFFF));
  }
  return bits;
}

TEST(EpilogueFit, EveryOrderOfMultipliesIsToldFromTheOthers) {
  const MatmulFactors factors{0.1f, 1.27f, 0.85f, 0};
  const std::vector<std::uint32_t> sum = sums(4096, 1);
  for (const Epilogue& planted : epilogues()) {
    const EpilogueModel model{&planted, Addition::kFmaOfC, Narrowing::kNone};
    std::vector<std::uint32_t> d;
    for (const std::uint32_t bits : sum) d.push_back(finish(model, factors, bits, 0, false));
    const std::vector<EpilogueFit> fits = fit_epilogue(sum, factors, {}, false, d);
    ASSERT_EQ(fits.size(), epilogues().size());
    EXPECT_EQ(fits.front().model.epilogue, &planted) << planted.name;
    EXPECT_EQ(fits.front().different, 0) << planted.name;
    EXPECT_GT(fits[1].different, 0) << planted.name << " and " << fits[1].model.epilogue->name;
  }
}

TEST(EpilogueFit, HowCIsAddedAndHowBf16IsRoundedAreNamed) {
  const MatmulFactors factors{0.1f, 1.27f, 0.85f, 0.3f};
  const std::vector<std::uint32_t> sum = sums(65536, 3);
  for (const bool bf16 : {false, true}) {
    std::vector<std::uint32_t> c = sums(sum.size(), 77);
    if (bf16)
      for (std::uint32_t& bits : c) bits >>= 16;
    for (const Addition addition : {Addition::kFmaOfC, Addition::kFmaOfProduct, Addition::kTwoRoundings}) {
      const Narrowing narrowing = bf16 ? Narrowing::kBf16TowardZero : Narrowing::kNone;
      const EpilogueModel model{epilogues().data(), addition, narrowing};
      std::vector<std::uint32_t> d;
      for (std::size_t i = 0; i < sum.size(); ++i) d.push_back(finish(model, factors, sum[i], c[i], true));
      const std::vector<EpilogueFit> fits = fit_epilogue(sum, factors, c, bf16, d);
      EXPECT_EQ(fits.front().different, 0);
      for (const EpilogueFit& fit : fits) {
        // Eight bits seldom show whether C was added with one rounding or two.
        if (fit.different == 0) {
          EXPECT_EQ(fit.model.narrowing, narrowing) << name_of(fit.model, factors);
        }
        const bool planted = name_of(fit.model, factors) == name_of(model, factors);
        if (planted || !bf16) {
          EXPECT_EQ(fit.different == 0, planted) << name_of(fit.model, factors);
        }
      }
    }
  }
}

TEST(EpilogueFit, Bf16RoundsTiesToEven) {
  const EpilogueModel model{epilogues().data(), Addition::kFmaOfC, Narrowing::kBf16NearestEven};
  const MatmulFactors one;
  EXPECT_EQ(finish(model, one, 0x3F808000, 0, false), 0x3F80u);
  EXPECT_EQ(finish(model, one, 0x3F818000, 0, false), 0x3F82u);
  EXPECT_EQ(finish(model, one, 0x3F808001, 0, false), 0x3F81u);
  EXPECT_EQ(finish(model, one, 0x7FC00000, 0, false), 0x7FFFu);
}

}  // namespace
}  // namespace bitgate::compare
