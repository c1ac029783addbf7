#include "bitgate/compare/distribution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>
#include <map>
#include <numbers>
#include <set>

#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

const reference::Recipe& any_recipe() { return reference::require_recipe("te/nvfp4"); }

TypedTensor make(std::string name, InputType type, Extent extent, std::uint64_t seed = 1, int log2_amplitude = 0) {
  return generate(any_recipe(), {std::move(name), log2_amplitude}, type, extent, seed);
}
std::vector<float> f32(std::string name, Extent extent, std::uint64_t seed = 1, int log2_amplitude = 0) {
  return std::get<0>(make(std::move(name), InputType::kF32, extent, seed, log2_amplitude).values);
}
std::vector<std::uint16_t> bits16(std::string name, InputType type, Extent extent, int log2_amplitude = 0) {
  return std::get<1>(make(std::move(name), type, extent, 1, log2_amplitude).values);
}

// CRC-32 of the little-endian binary32 of 256 x 256, seed 1. A changed value needs a new name, not a new number here.
TEST(Distribution, FirstValuesAreFixed) {
  const std::map<std::string_view, unsigned long> golden{
      {"normal", 0x0B2C9ADE},        {"uniform", 0x0F11C909},       {"laplace", 0x20D2EBD1},
      {"student_t3", 0xE6F54501},    {"student_t5", 0x60DB79FA},    {"lognormal", 0xDFB1DA70},
      {"gelu", 0x413E9C10},          {"swiglu", 0x9D953A09},        {"outlier_channel", 0xB4FCF9D9},
      {"sparse_blocks", 0xB3A61683}, {"pow2_edges", 0xC1894ED6},    {"row_ladder", 0xE187413B},
      {"row_ladder_1", 0x0B2C9ADE},  {"row_ladder_2", 0x1547CC0C},  {"row_ladder_4", 0x14042DF9},
      {"row_ladder_8", 0xE347E2DE},  {"row_ladder_12", 0x51AE8B58}, {"row_ladder_16", 0xE858D91A},
      {"row_ladder_20", 0x2D2D8E7A}, {"row_ladder_28", 0xA5AFE5F5}, {"row_ladder_32", 0x620D1804},
      {"row_lognormal", 0x494138E3}, {"one_hot_row", 0xC97D45AD},
  };
  for (const DistributionInfo& info : distributions()) {
    if (follows_recipe(info.family)) continue;
    const std::vector<float> x = f32(std::string(info.name), {256, 256});
    const unsigned long crc = crc32(0, reinterpret_cast<const Bytef*>(x.data()), static_cast<uInt>(x.size() * 4));
    ASSERT_TRUE(golden.contains(info.name)) << info.name << ": " << std::hex << crc;
    EXPECT_EQ(crc, golden.at(info.name)) << info.name << ": " << std::hex << crc;
  }
}

constexpr Extent kSample{1024, 1024};

// E x, E x^2 and E x^4 (by hand, or by quadrature for gelu and swiglu); 0 where the sample's own error has no finite
// expectation. The standard error of each mean is the sample's.
TEST(Distribution, MomentsAreWithinSixSigma) {
  struct Moments {
    const char* name;
    double first, second, fourth;
  };
  const Moments table[] = {
      {"normal", 0, 1, 3},
      {"uniform", 0, 1.0 / 3, 1.0 / 5},
      {"laplace", 0, 2, 24},
      {"student_t5", 0, 5.0 / 3, 0},
      {"gelu", 0.28209479177387814, 0.42522148257029867, 1.3046790972171321},
      {"swiglu", 0, 0.35577551981735216, 2.7574932337675642},
      {"outlier_channel", 0, (63 + 4096) / 64.0, 3 * (63 + 16777216) / 64.0},
      {"sparse_blocks", 0, 3.0 / 8, 9.0 / 8},
  };
  for (const Moments& want : table) {
    std::array<double, 3> sum{}, square{};
    const std::vector<float> values = f32(want.name, kSample);
    for (const float value : values) {
      const double x = value;
      const std::array<double, 3> powers{x, x * x, x * x * x * x};
      for (std::size_t k = 0; k < 3; ++k) {
        sum[k] += powers[k];
        square[k] += powers[k] * powers[k];
      }
    }
    const auto n = static_cast<double>(values.size());
    const std::array<double, 3> expected{want.first, want.second, want.fourth};
    for (std::size_t k = 0; k < 3; ++k) {
      if (k == 2 && want.fourth == 0) continue;
      const double mean = sum[k] / n, error = std::sqrt((square[k] / n - mean * mean) / n);
      EXPECT_NEAR(mean, expected[k], 6 * error) << want.name << ", power " << (k == 2 ? 4 : k + 1);
    }
  }
}

TEST(Distribution, SharesUnderAThresholdAreWithinSixSigma) {
  const double e = std::numbers::e, root3 = std::sqrt(3.0), root5 = std::sqrt(5.0);
  struct Share {
    const char* name;
    double threshold, below;  // P(|x| <= threshold); P(x <= threshold) for gelu, which is monotone from 0 on
  };
  const Share table[] = {
      {"normal", 1, 0.68268949213708590},
      {"normal", 3, 0.99730020393673981},
      {"uniform", 0.25, 0.25},
      {"laplace", std::log(2.0), 0.5},
      {"laplace", std::log(1000.0), 0.999},
      // F(t) = 1/2 + (u / (1 + u^2) + atan u) / pi, u = t / sqrt(3)
      {"student_t3", root3, 0.5 + 1 / std::numbers::pi},
      {"student_t3", 10 * root3, 0.99958062576934646},
      {"student_t5", root5, 0.5 + 4 / (3 * std::numbers::pi)},
      {"student_t5", 4 * root5, 0.99970885774806094},
      {"lognormal", 1, 0.5},
      {"lognormal", e, 0.84134474606854295},
      {"lognormal", e * e, 0.97724986805182079},
      {"gelu", 0.84134474606854295, 0.84134474606854295},  // gelu(1) = Phi(1)
  };
  for (const Share& want : table) {
    const std::vector<float> values = f32(want.name, kSample);
    double below = 0;
    for (const float x : values) below += (want.name[0] == 'g' ? x : std::fabs(x)) <= want.threshold ? 1 : 0;
    const auto n = static_cast<double>(values.size());
    EXPECT_NEAR(below / n, want.below, 6 * std::sqrt(want.below * (1 - want.below) / n))
        << want.name << " at " << want.threshold;
  }
}

TEST(Distribution, BothSignsAreEquallyLikely) {
  for (const char* name :
       {"normal", "uniform", "laplace", "student_t3", "student_t5", "lognormal", "swiglu", "pow2_edges"}) {
    double negative = 0;
    for (const float x : f32(name, kSample)) negative += std::signbit(x) ? 1 : 0;
    EXPECT_NEAR(negative / 0x1p20, 0.5, 6 * 0.5 / 0x1p10) << name;
  }
}

TEST(Distribution, NeighboursInABatchAreUncorrelated) {
  for (const char* name : {"normal", "student_t3", "swiglu", "lognormal"}) {
    const std::vector<float> x = f32(name, kSample);
    for (std::size_t lag = 1; lag <= 4; ++lag) {
      double together = 0;  // signs agree half of the time
      for (std::size_t i = lag; i < x.size(); ++i) together += std::signbit(x[i]) == std::signbit(x[i - lag]) ? 1 : 0;
      EXPECT_NEAR(together / 0x1p20, 0.5, 6 * 0.5 / 0x1p10) << name << ", lag " << lag;
    }
  }
}

TEST(Distribution, PlainValuesDependOnTheIndexAlone) {
  EXPECT_EQ(f32("normal", {4, 512}), f32("normal", {1, 2048}));
  const std::vector<float> part = f32("gelu", {1, 515}), whole = f32("gelu", {1, 2048});
  EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin()));
}

TEST(Distribution, SeedsDiffer) { EXPECT_NE(f32("normal", {1, 16}, 1), f32("normal", {1, 16}, 2)); }

TEST(Distribution, SixteenBitTypesRoundTheSameValues) {
  const std::vector<float> x = f32("normal", {64, 64});
  const std::vector<std::uint16_t> bf16 = bits16("normal", InputType::kBf16, {64, 64});
  const std::vector<std::uint16_t> f16 = bits16("normal", InputType::kF16, {64, 64});
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_LE(std::fabs(widen_bf16(bf16[i]) - x[i]), std::fabs(x[i]) * 0x1.01p-8f);
    EXPECT_LE(std::fabs(widen_f16(f16[i]) - x[i]), std::fabs(x[i]) * 0x1.01p-11f + 0x1p-25f);
  }
}

TEST(Distribution, AmplitudeIsAPowerOfTwoBeforeRounding) {
  const std::vector<float> x = f32("normal", {16, 64}), small = f32("normal", {16, 64}, 1, -24);
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_EQ(small[i], x[i] * 0x1p-24f);
  const std::vector<std::uint16_t> f16 = bits16("normal", InputType::kF16, {16, 64}, -24);
  // Units of 2^-24 are the subnormal steps of fp16: each value is the rounded normal itself, a tie aside.
  for (std::size_t i = 0; i < x.size(); ++i)
    EXPECT_EQ(f16[i] & 0x7FFF, static_cast<int>(std::nearbyint(std::fabs(x[i])))) << x[i];
}

TEST(Distribution, Fp16OverflowBecomesInfinity) {
  const std::vector<float> x = f32("normal", {64, 64}, 1, 15);
  const std::vector<std::uint16_t> f16 = bits16("normal", InputType::kF16, {64, 64}, 15);
  int infinite = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_EQ((f16[i] & 0x7FFF) == 0x7C00, std::fabs(x[i]) >= 65520.0f) << x[i];
    infinite += (f16[i] & 0x7FFF) == 0x7C00 ? 1 : 0;
  }
  EXPECT_GT(infinite, 0);
}

TEST(OutlierChannel, EverySixtyFourthColumnIsSixtyFourTimesTheNormal) {
  const Extent extent{5, 130};
  const std::vector<float> x = f32("normal", extent), y = f32("outlier_channel", extent);
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_EQ(y[i], x[i] * (i % 130 % 64 == 0 ? 64.0f : 1.0f));
}

TEST(SparseBlocks, OneGroupInFourIsZeroAndHalfOfTheRest) {
  const std::vector<float> x = f32("sparse_blocks", {1024, 1024});
  double empty = 0, zeros = 0, negative_zeros = 0;
  for (std::size_t group = 0; group < x.size(); group += 32) {
    int nonzero = 0;
    for (std::size_t i = group; i < group + 32; ++i) nonzero += x[i] != 0 ? 1 : 0;
    empty += nonzero == 0 ? 1 : 0;
    if (nonzero == 0) continue;
    for (std::size_t i = group; i < group + 32; ++i) {
      zeros += x[i] == 0 ? 1 : 0;
      negative_zeros += x[i] == 0 && std::signbit(x[i]) ? 1 : 0;
    }
  }
  const double groups = 0x1p15, rest = (groups - empty) * 32;
  EXPECT_NEAR(empty / groups, 0.25, 6 * std::sqrt(0.25 * 0.75 / groups));
  EXPECT_NEAR(zeros / rest, 0.5, 6 * 0.5 / std::sqrt(rest));
  EXPECT_NEAR(negative_zeros / zeros, 0.5, 6 * 0.5 / std::sqrt(zeros));
}

TEST(SparseBlocks, GroupsStartWithEachRow) {
  const std::vector<float> x = f32("sparse_blocks", {4096, 40});
  int empty_tails = 0;  // the last 8 columns are a group of their own
  for (std::size_t row = 0; row < 4096; ++row) {
    bool empty = true;
    for (std::size_t col = 32; col < 40; ++col) empty = empty && x[row * 40 + col] == 0;
    empty_tails += empty ? 1 : 0;
  }
  const double share = 0.25 + 0.75 / 256;
  EXPECT_NEAR(empty_tails / 4096.0, share, 6 * std::sqrt(share * (1 - share) / 4096));
}

TEST(Pow2Edges, EveryPowerOccursWithBothNeighboursInTheInputType) {
  for (const InputType type : kInputTypes) {
    const Format& format = format_of(type);
    const TypedTensor tensor = make("pow2_edges", type, {64, 256});
    std::set<std::uint32_t> seen;
    for (std::int64_t i = 0; i < count(tensor.extent); ++i) {
      const std::uint32_t bits = type == InputType::kF32
                                     ? std::bit_cast<std::uint32_t>(tensor.view().f32()[static_cast<std::size_t>(i)])
                                     : tensor.view().bits16()[static_cast<std::size_t>(i)];
      seen.insert(bits & magnitude_mask(format));
    }
    std::set<std::uint32_t> want;
    for (int k = -8; k <= 8; ++k) {
      const auto power = static_cast<std::uint32_t>(k + format.bias) << format.mantissa_bits;
      want.insert({power - 1, power, power + 1});
    }
    EXPECT_EQ(seen, want) << name_of(type);
  }
}

TEST(RowLadder, RowsAreTheNormalTimesTheirRung) {
  const Extent extent{50, 33};
  const std::vector<float> x = f32("normal", extent);
  for (const auto& [name, period] : std::map<std::string, int>{{"row_ladder", 24},
                                                               {"row_ladder_1", 1},
                                                               {"row_ladder_2", 2},
                                                               {"row_ladder_4", 4},
                                                               {"row_ladder_8", 8},
                                                               {"row_ladder_12", 12},
                                                               {"row_ladder_16", 16},
                                                               {"row_ladder_20", 20},
                                                               {"row_ladder_28", 28},
                                                               {"row_ladder_32", 32}}) {
    const std::vector<float> y = f32(name, extent);
    for (std::size_t i = 0; i < x.size(); ++i)
      ASSERT_EQ(y[i], std::ldexp(x[i], -static_cast<int>(i / 33) % period)) << name << ", element " << i;
  }
}

TEST(RowLognormal, RowScalesAreLognormalOfSigmaTwo) {
  const Extent extent{4096, 4};
  const std::vector<float> x = f32("normal", extent), y = f32("row_lognormal", extent);
  double sum = 0, square = 0;
  for (std::size_t row = 0; row < 4096; ++row) {
    const double scale = y[row * 4] / x[row * 4];
    for (std::size_t col = 1; col < 4; ++col) EXPECT_NEAR(y[row * 4 + col] / x[row * 4 + col] / scale, 1, 1e-6);
    sum += std::log(scale);
    square += std::log(scale) * std::log(scale);
  }
  EXPECT_NEAR(sum / 4096, 0, 6 * 2 / 64.0);
  EXPECT_NEAR(square / 4096, 4, 6 * 4 * std::sqrt(2.0) / 64.0);
}

TEST(OneHotRow, OnlyRowZeroIsLarge) {
  const Extent extent{3, 20};
  const std::vector<float> x = f32("normal", extent), y = f32("one_hot_row", extent);
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_EQ(y[i], x[i] * (i < 20 ? 0x1p10f : 0x1p-6f));
}

TEST(Generate, EmptyExtentsGiveEmptyTensors) {
  for (const DistributionInfo& info : distributions()) {
    for (const Extent extent : {Extent{0, 0}, Extent{0, 16}, Extent{3, 0}}) {
      const TypedTensor tensor = make(std::string(info.name), InputType::kBf16, extent);
      EXPECT_EQ(tensor.extent, extent);
      EXPECT_TRUE(std::get<1>(tensor.values).empty()) << info.name;
    }
  }
}

TEST(Generate, CaseNamesItsRecipe) {
  const Case c{"te/nvfp4", InputType::kBf16, {"laplace", 3}, {2, 16}, 5};
  EXPECT_EQ(std::get<1>(generate(c).values), std::get<1>(make("laplace", InputType::kBf16, {2, 16}, 5, 3).values));
  EXPECT_THROW(generate(Case{"te/nvfp5", InputType::kBf16, {"laplace", 0}, {2, 16}, 5}), InputError);
}

void expect_refused(const Distribution& distribution, Extent extent, const char* part) {
  try {
    generate(any_recipe(), distribution, InputType::kF32, extent, 1);
    ADD_FAILURE() << "accepted";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr(part));
  }
}

TEST(Generate, BadInputIsNamed) {
  expect_refused({"norml", 0}, {1, 16}, "unknown distribution \"norml\"");
  expect_refused({"normal", 0}, {-1, 16}, "extent -1x16");
  expect_refused({"normal", 0}, {1, -16}, "extent 1x-16");
  expect_refused({"normal", 0}, {0, -16}, "extent 0x-16");
  expect_refused({"normal", 0}, {2, kMaxElements}, "2^40");
  expect_refused({"normal", 128}, {1, 16}, "amplitude 2^128");
  expect_refused({"special", 1}, {1, 16}, "special@2^1");
}

TEST(Distributions, NamesAreFoundAndUnique) {
  std::set<std::string_view> names;
  for (const DistributionInfo& info : distributions()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_EQ(find_distribution(info.name), &info);
    EXPECT_FALSE(info.description.empty());
  }
  EXPECT_EQ(find_distribution("row_ladder_24"), nullptr);
}

}  // namespace
}  // namespace bitgate::compare
