// The random dot products: the same everywhere, and of the kinds that they claim.
#include <gtest/gtest.h>
#include <zlib.h>

#include <set>
#include <stdexcept>
#include <string>

#include "bitgate/compare/mma_codes.h"
#include "bitgate/compare/mma_stress.h"

namespace bitgate::compare {
namespace {

const MmaModel& model_of(std::string_view op) {
  const MmaModel* model = find_mma_model(op);
  if (model == nullptr) throw std::invalid_argument(std::string(op));
  return *model;
}

constexpr std::string_view kOfFp16 = "mma.sync.m16n8k16.f32.f16.f16.f32",
                           kOfBf16 = "mma.sync.m16n8k16.f32.bf16.bf16.f32",
                           kOfTf32 = "mma.sync.m16n8k8.f32.tf32.tf32.f32", kOfE4m3 = "wgmma.m64n64k32.f32.e4m3.e4m3";

bool finite_number(const Format& format, std::uint32_t code) {
  const std::uint32_t plain = code >> low_bits(format);
  return !is_nan(format, plain) && !is_infinity(format, plain);
}

template <class Take>
void each_operand(const MmaModel& model, const MmaTile& tile, Take take) {
  for (const std::uint32_t code : tile.a) take(model.a, code);
  for (const std::uint32_t code : tile.b) take(model.b, code);
}

TEST(MmaCodes, ANumberIsItsSignExponentAndFraction) {
  EXPECT_EQ(number(kFp16, false, 0, 0), 0x3C00u);
  EXPECT_EQ(number(kFp16, true, 15, 0xFFFFFFFF), 0xFBFFu);
  EXPECT_EQ(number(kFp16, false, -24, 0), 0x0001u);
  EXPECT_EQ(number(kFp16, false, -15, 0x80000000), 0x0300u);
  EXPECT_EQ(number(kFp16, false, -25, 0), 0x0000u);
  EXPECT_EQ(number(kFp16, false, 16, 0), 0x7BFFu);
  EXPECT_EQ(number(kE4m3, false, 8, 0xFFFFFFFF), 0x7Eu);  // all ones would be NaN
  EXPECT_EQ(number(kTf32, false, 0, 0x80000000), 0x3FC00000u);
  EXPECT_EQ(number(kTf32, false, 0, 0x80001235), 0x3FC01235u);  // what the unit drops is random
}

TEST(MmaCodes, WhatIsNotFiniteIsMadeSo) {
  EXPECT_EQ(finite(kFp16, 0x7C00), 0x7800u);
  EXPECT_EQ(finite(kE4m3, 0xFF), 0xFEu);
  EXPECT_EQ(finite(kTf32, 0x7F800001), 0x7F000001u);
  EXPECT_EQ(finite(kBf16, 0x12343F80), 0x3F80u);
}

TEST(MmaCodes, ADoubleIsCutTowardZero) {
  EXPECT_EQ(cut_to(kFp16, 1.0 + 0x1p-10 + 0x1p-11), 0x3C01u);
  EXPECT_EQ(cut_to(kFp16, -0x1.8p-25), 0x8000u);
  EXPECT_EQ(cut_to(kFp32, -0x1p-149), 0x80000001u);
  EXPECT_EQ(cut_to(kFp32, 1e300), 0x7F7FFFFFu);
}

TEST(MmaStress, ATileIsAFunctionOfSeedKindAndIndex) {
  const MmaModel& model = model_of(kOfFp16);
  const MmaTile tile = stress_tile(model, MmaMix::kWindow, 7, 3);
  EXPECT_EQ(stress_tile(model, MmaMix::kWindow, 7, 3).c, tile.c);
  EXPECT_NE(stress_tile(model, MmaMix::kWindow, 7, 4).c, tile.c);
  EXPECT_NE(stress_tile(model, MmaMix::kWindow, 8, 3).c, tile.c);
  EXPECT_NE(stress_tile(model, MmaMix::kPowers, 7, 3).a, tile.a);
}

TEST(MmaStress, TilesAreTheSameOnEveryMachine) {
  uLong crc = crc32_z(0, nullptr, 0);
  for (const MmaModel& model : mma_models())
    for (std::size_t mix = 0; mix < kMmaMixNames.size(); ++mix) {
      const MmaTile tile = stress_tile(model, static_cast<MmaMix>(mix), 1, 2);
      for (const auto* words : {&tile.a, &tile.b, &tile.c})
        crc = crc32_z(crc, reinterpret_cast<const Bytef*>(words->data()), words->size() * 4);
    }
  EXPECT_EQ(crc, 0x43669DADu);
}

TEST(MmaStress, OnlySpecialTilesHoldWhatIsNotFinite) {
  for (const MmaModel& model : mma_models())
    for (std::size_t mix = 0; mix < kMmaMixNames.size(); ++mix) {
      std::uint64_t not_finite = 0;
      for (std::uint64_t index = 0; index < 4; ++index) {
        const MmaTile tile = stress_tile(model, static_cast<MmaMix>(mix), 1, index);
        each_operand(model, tile,
                     [&](const Format& format, std::uint32_t code) { not_finite += !finite_number(format, code); });
        for (const std::uint32_t c : tile.c) not_finite += !finite_number(result_format(model), c);
      }
      EXPECT_EQ(not_finite != 0, static_cast<MmaMix>(mix) == MmaMix::kSpecial) << model.op << ' ' << kMmaMixNames[mix];
    }
}

TEST(MmaStress, PowersHaveNoFraction) {
  const MmaModel& model = model_of(kOfTf32);
  each_operand(model, stress_tile(model, MmaMix::kPowers, 1, 0),
               [](const Format& format, std::uint32_t code) { EXPECT_EQ(code & fraction_mask_of(format), 0u); });
}

TEST(MmaStress, CancellingTilesCancelForWhateverRowMeetsWhateverColumn) {
  // Most terms are in pairs: the sum is far below the largest product.
  const MmaModel& model = model_of(kOfBf16);
  std::uint64_t small = 0, all = 0;
  for (std::uint64_t index = 0; index < 8; ++index) {
    const MmaTile tile = stress_tile(model, MmaMix::kCancel, 1, index);
    for (std::size_t row = 0; row < kMmaRows; ++row) {
      double sum = 0, largest = 0;
      for (std::size_t i = 0; i < 16; ++i) {
        const double product = value(model.a, tile.a[row * 16 + i]) * value(model.b, tile.b[row * 16 + i]);
        sum += product;
        largest = std::max(largest, std::abs(product));
      }
      ++all;
      small += std::abs(sum) < largest * 0x1p-10;
    }
  }
  EXPECT_GE(small, all * 9 / 10);
}

TEST(MmaStress, SmallTilesReachSubnormalResults) {
  const MmaModel& model = model_of(kOfBf16);
  std::uint64_t subnormal = 0, zero = 0;
  for (std::uint64_t index = 0; index < 16; ++index) {
    const MmaTile tile = stress_tile(model, MmaMix::kSmall, 1, index);
    std::vector<std::uint32_t> d(kMmaDots);
    mma_expected(model, instruction_of(model), tile, d);
    for (const std::uint32_t bits : d) {
      subnormal += (bits & 0x7FFFFFFF) != 0 && (bits & 0x7F800000) == 0;
      zero += bits == 0;
    }
  }
  EXPECT_GE(subnormal, 16 * kMmaDots / 8);
  EXPECT_GE(zero, 16 * kMmaDots / 50);
}

TEST(MmaStress, LargeTilesOverflowAndDoNot) {
  const MmaModel& model = model_of(kOfBf16);
  std::set<bool> overflows;
  for (std::uint64_t index = 0; index < 8; ++index) {
    const MmaTile tile = stress_tile(model, MmaMix::kLarge, 1, index);
    std::vector<std::uint32_t> d(kMmaDots);
    mma_expected(model, instruction_of(model), tile, d);
    for (const std::uint32_t bits : d) overflows.insert((bits & 0x7FFFFFFF) == 0x7F800000);
  }
  EXPECT_EQ(overflows.size(), 2u);
}

TEST(MmaStress, OnlyWgmmaHasFlagsAndAllOfThem) {
  std::set<std::uint32_t> flags;
  for (std::uint64_t index = 0; index < 8; ++index) {
    EXPECT_EQ(stress_tile(model_of(kOfFp16), MmaMix::kUniform, 1, index).flags, 0u);
    flags.insert(stress_tile(model_of(kOfE4m3), MmaMix::kUniform, 1, index).flags);
  }
  EXPECT_EQ(flags.size(), 8u);
  EXPECT_EQ(flags.count(kMmaFromRegisters | kMmaMinusA | kMmaMinusB | kMmaWithoutC), 1u);
}

}  // namespace
}  // namespace bitgate::compare
