// Worked examples of te/nvfp4 and te/nvfp4-row: one block of 16 each, all stages in binary32. They were computed twice
// elsewhere, by a C++ program and by a Python program that shares nothing with it. Facts: NVIDIA/TransformerEngine
// d0067d0d, common/cast/nvfp4/core_nvfp4.cuh and dequantize_nvfp4.cuh.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/tests/support/examples.h"

namespace bitgate {
namespace {

using oracle::from_bits;
using oracle::hex_numbers;
using oracle::to_bits;

struct Example {
  const char* id;
  const char* recipe;
  std::uint32_t amax;
  const char* inputs;  // bf16, or binary32 (F1)
  const char* stages;  // S_enc S_dec M sd
  const char* scale;   // scale byte, element multiplier
  const char* packed;  // low nibble first
};

constexpr Example kExamples[] = {
    // clang-format off
    // Every value of the grid.
    {"E1", "te/nvfp4", 0x40c00000, "0000 3f00 3f80 3fc0 4000 4040 4080 40c0 bf00 bf80 bfc0 c000 c040 c080 c0c0 be80", "43e00000 3b124925 42955556 43e00001", "7e 3f800000", "10325476a9cbed8f"},
    // Every tie of E2M1.
    {"E2", "te/nvfp4", 0x40c00000, "3e80 3f40 3fa0 3fe0 4020 4060 40a0 40c0 be80 bf40 bfa0 bfe0 c020 c060 c0a0 c0c0", "43e00000 3b124925 42955556 43e00001", "7e 3f800000", "20426476a8caecfe"},
    // Zeros and -0, with and without a tensor amax.
    {"E3", "te/nvfp4", 0x40c00000, "0000 8000 0000 8000 0000 8000 0000 8000 0000 8000 0000 8000 0000 8000 0000 8000", "43e00000 3b124925 42955556 00000000", "00 7f7fffff", "8080808080808080"},
    {"E4", "te/nvfp4", 0x00000000, "0000 8000 0000 8000 0000 8000 0000 8000 0000 8000 0000 8000 0000 8000 0000 8000", "3f800000 3f800000 3e2aaaab 00000000", "00 7f7fffff", "8080808080808080"},
    // The scale underflows: +-6 under a zero scale.
    {"E5", "te/nvfp4", 0x42c80000, "0000 b580 3580 b580 3580 b580 3580 b580 3580 b580 3580 b580 3580 b580 3580 b580", "41d70a3d 3d186186 408f5c29 368f5c29", "00 7f7fffff", "f0f7f7f7f7f7f7f7"},
    // An infinite element; a NaN element; an infinite amax.
    {"E6", "te/nvfp4", 0x41000000, "3f80 c000 4040 7fc0 3f00 7f80 bf80 3e80 ff80 4000 0000 8000 3f80 3f80 3f80 3f80", "43a80000 3b430c31 42600000 7f7fffff", "7e 3f400000", "b274710a3f802222"},
    {"E7", "te/nvfp4", 0x41000000, "3f80 c000 4040 7fc0 3f00 4080 bf80 3e80 c040 4000 0000 8000 3f80 3f80 3f80 3f80", "43a80000 3b430c31 42600000 43600000", "76 3fc00000", "d376721b5e803333"},
    {"E7b", "te/nvfp4", 0x7f800000, "3f80 c000 4040 7fc0 3f00 4080 bf80 3e80 c040 4000 0000 8000 3f80 3f80 3f80 3f80", "3f800000 3f800000 3e2aaaab 3f2aaaab", "33 3fba2e8c", "d376711b5e803333"},
    // A block above the amax that the caller gives.
    {"E8", "te/nvfp4", 0x40c00000, "c200 c1e0 c1c0 c1a0 c180 c140 c100 c080 0000 4080 4100 4140 4180 41a0 41c0 41e0", "43e00000 3b124925 42955556 45155556", "7e 3f800000", "ffffffef60777777"},
    // S_enc is clamped, and S_dec is subnormal.
    {"E9", "te/nvfp4", 0x03000000, "8300 82e0 82c0 82a0 8280 8240 8200 8180 0000 0180 0200 0240 0280 02a0 02c0 02e0", "7f7fffff 00200000 7e2aaaaa 41aaaaaa", "5b 7d3a2e8c", "ffeecd9b10436576"},
    // Separates M = S * 1/6 from the older amax / 6 * S.
    {"E10", "te/nvfp4", 0x40440000, "3f54 3f9a bf9b bfcb 3f86 bf93 bfc8 3dc9 3eaf 3d5f 3de1 bd89 bf29 bf1c 3ecd 3ecd", "445b6db7 3a955555 43124925 43680001", "77 406a0ea1", "65fee61f0281cc33"},
    // Separates 1 / (s * 1/S) from S / s.
    {"E11", "te/nvfp4", 0x40540000, "3ead 3f3c 3f6d 3ed4 3f94 3fa3 bf67 3ea4 3f65 bfb6 3fbc 3f02 bf61 3f1d bf7b 3e5a", "444ade30 3aa18619 43073ecb 4346a43a", "74 40873eca", "5336763ef6475e2e"},
    // Separates the fast-math multiplier.
    {"E12", "te/nvfp4", 0x40510000, "beb0 bfc7 3da5 3db0 3efb be98 3e88 bf31 bfc9 3e65 3fb5 3fe8 bf9c 3fa7 3d5c 3e3c", "444dc7a8 3a9f3cf4 43092fc6 4378a697", "78 404dc7a8", "ea11a3c21f766e10"},
    // The tie of E4M3 between 0 and its smallest subnormal.
    {"B1", "te/nvfp4", 0x45280000, "3bc0 bb40 3a00 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000", "3f800000 3f800000 3e2aaaab 3a800000", "00 7f7fffff", "f707000000000000"},
    {"B2", "te/nvfp4", 0x45280000, "3bc1 bb40 3a00 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000", "3f800000 3f800000 3e2aaaab 3a80aaab", "01 44000000", "b500000000000000"},
    // fp32 input.
    {"F1", "te/nvfp4", 0x3fcccccd, "3dcccccd be4ccccd 3e99999a becccccd 3f000000 bf19999a 3f333333 bf4ccccd 3f666666 bf800000 3f8ccccd bf99999a 3fa66666 bfb33333 3fc00000 bfcccccd", "44d20000 3a1c09c1 438c0000 43e00000", "7e 406fffff", "91b2c4d5e5e6f6f7"},
    // Two rows of two blocks, row-scaled, and the second row under one amax for both.
    {"R00", "te/nvfp4-row", 0x40c00000, "c0c0 3f80 c0a0 4000 c080 4040 c040 4080 c000 40a0 bf80 40c0 0000 c0c0 3f80 c0a0", "43e00000 3b124925 42955556 43e00001", "7e 3f800000", "2f4e5e6d6c7af0e2"},
    {"R01", "te/nvfp4-row", 0x40c00000, "3f00 bf80 3f40 bf40 3f80 bf00 3fa0 be80 3fc0 0000 bfc0 3e80 bfa0 3f00 bf80 3f40", "43e00000 3b124925 42955556 42e00001", "6e 40800000", "e4d5c6a6072f4e5e"},
    {"R10", "te/nvfp4-row", 0x3d760000, "bd76 3c24 bd4d 3ca4 bd24 3cf6 bcf6 3d24 bca4 3d4d bc24 3d76 0000 bd76 3c24 bd4d", "472ed44b 37bb6db7 45e91b0f 43e00000", "7e 42c7ce0c", "2f4e5e6d6c7af0e2"},
    {"R11", "te/nvfp4-row", 0x3d760000, "3ba4 bc24 3bf6 bbf6 3c24 bba4 3c4d bb24 3c76 0000 bc76 3b24 bc4d 3ba4 bc24 3bf6", "472ed44b 37bb6db7 45e91b0f 42e00000", "6e 43c7ce0c", "e4d5c6a6072f4e5e"},
    {"R10t", "te/nvfp4", 0x40c00000, "bd76 3c24 bd4d 3ca4 bd24 3cf6 bcf6 3d24 bca4 3d4d bc24 3d76 0000 bd76 3c24 bd4d", "43e00000 3b124925 42955556 408f8001", "49 42c71c71", "2f4e5e6d6c7af0e2"},
    {"R11t", "te/nvfp4", 0x40c00000, "3ba4 bc24 3bf6 bbf6 3c24 bba4 3c4d bb24 3c76 0000 bc76 3b24 bc4d 3ba4 bc24 3bf6", "43e00000 3b124925 42955556 3f8f8001", "39 43c71c71", "e4d5c6a6072f4e5e"},
    // One block under three amax values; E15c is the amax of TransformerEngine's own C++ test.
    {"E15a", "te/nvfp4-row", 0x3fee0000, "bf97 bfd8 3f14 3feb bfb0 3eb4 bfb9 be1b 3fee bfa3 be50 3f65 be8f bf52 3f06 3e75", "44b4b4b5 3a355555 4370f0f2 43e00001", "7e 404e8562", "fe742e9ee759da23"},
    {"E15b", "te/nvfp4-row", 0x418c0000, "bf97 bfd8 3f14 3feb bfb0 3eb4 bfb9 be1b 3fee bfa3 be50 3f65 be8f bf52 3f06 3e75", "4319999a 3bd55555 41ccccce 423e6668", "64 404ccccd", "fe742e9ee759da23"},
    {"E15c", "te/nvfp4", 0x46a80000, "bf97 bfd8 3f14 3feb bfb0 3eb4 bfb9 be1b 3fee bfa3 be50 3f65 be8f bf52 3f06 3e75", "3e000000 41000000 3caaaaab 3d1eaaab", "12 404ccccd", "fe742e9ee759da23"},
    // clang-format on
};

TypedTensor input_of(const Example& example) {
  const std::vector<std::uint32_t> bits = hex_numbers(example.inputs);
  const bool binary32 = std::any_of(bits.begin(), bits.end(), [](std::uint32_t b) { return b > 0xFFFF; });
  return binary32 ? oracle::f32_row_of_bits(bits) : oracle::bf16_row(bits);
}

void PrintTo(const Example& example, std::ostream* out) { *out << example.id; }

class TeExample : public ::testing::TestWithParam<Example> {};
INSTANTIATE_TEST_SUITE_P(, TeExample, ::testing::ValuesIn(kExamples),
                         [](const auto& each) { return std::string(each.param.id); });

TEST_P(TeExample, HasTheseScalesAndCodes) {
  const std::array amax{from_bits(GetParam().amax)};
  const QuantizedTensor answer = oracle::quantize(GetParam().recipe, input_of(GetParam()), amax);
  EXPECT_EQ(scale_bits(answer.scales, 0), hex_numbers(GetParam().scale)[0]);
  EXPECT_EQ(oracle::packed_hex(answer), GetParam().packed);
  EXPECT_EQ(to_bits(answer.global.at(0)), GetParam().amax);
}

TEST_P(TeExample, HasTheseStages) {
  const std::array amax{from_bits(GetParam().amax)};
  const TypedTensor input = input_of(GetParam());
  const std::vector<std::uint32_t> expected = hex_numbers(GetParam().stages);
  constexpr std::array kNames{"S_enc", "S_dec", "M", "sd"};
  for (std::size_t i = 0; i < kNames.size(); ++i)
    EXPECT_EQ(oracle::stage(GetParam().recipe, input, amax, kNames[i]), expected[i]) << kNames[i];
  EXPECT_EQ(oracle::stage(GetParam().recipe, input, amax, "multiplier"), hex_numbers(GetParam().scale)[1]);
}

const Example& example(std::string_view id) {
  return *std::find_if(std::begin(kExamples), std::end(kExamples), [id](const Example& e) { return id == e.id; });
}

std::vector<std::uint32_t> joined(std::initializer_list<std::string_view> ids) {
  std::vector<std::uint32_t> bits;
  for (const std::string_view id : ids)
    for (const std::uint32_t pattern : hex_numbers(example(id).inputs)) bits.push_back(pattern);
  return bits;
}

TEST(TeRow, EachRowFollowsItsOwnAmaxAndTheTensorItsLargest) {
  const TypedTensor input = oracle::bf16_tensor({2, 32}, joined({"R00", "R01", "R10", "R11"}));
  const QuantizedTensor by_row = oracle::quantize("te/nvfp4-row", input);
  EXPECT_EQ(to_bits(by_row.global.at(0)), 0x40c00000u);
  EXPECT_EQ(to_bits(by_row.global.at(1)), 0x3d760000u);
  const QuantizedTensor whole = oracle::quantize("te/nvfp4", input);
  ASSERT_EQ(whole.global.size(), 1u);
  EXPECT_EQ(to_bits(whole.global[0]), 0x40c00000u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(scale_bits(by_row.scales, i), (std::array<std::uint32_t, 4>{0x7e, 0x6e, 0x7e, 0x6e}[i]));
    EXPECT_EQ(scale_bits(whole.scales, i), (std::array<std::uint32_t, 4>{0x7e, 0x6e, 0x49, 0x39}[i]));
  }
  EXPECT_EQ(oracle::packed_hex(by_row), "2f4e5e6d6c7af0e2e4d5c6a6072f4e5e2f4e5e6d6c7af0e2e4d5c6a6072f4e5e");
}

TEST(TeDequantize, MultipliesScaleAndAmaxFirst) {
  const TypedTensor input = input_of(example("E15b"));
  const std::array amax{17.5f};
  for (const char* recipe : {"te/nvfp4", "te/nvfp4-row"}) {
    const QuantizedTensor answer = oracle::quantize(recipe, input, amax);
    const std::vector<float> values = reference::dequantize(reference::require_recipe(recipe), answer, InputType::kF32);
    const std::vector<std::uint32_t> expected = hex_numbers(
        "bfa00000 bff00000 3f200000 3ff00000 bfa00000 3ea00000 bfa00000 be200000 "
        "3ff00000 bfa00000 be200000 3f700000 bea00000 bf700000 3ef00000 3ea00000");
    for (std::size_t i = 0; i < 16; ++i) EXPECT_EQ(to_bits(values[i]), expected[i]) << recipe << " " << i;
  }
}

// --- special values: te.md sections 1.1 to 1.4 in words, here as tests ---

TEST(TeSpecial, GlobalScaleOfUselessAmax) {
  struct Row {
    std::uint32_t amax, encode, decode, folded;
  };
  constexpr Row kRows[] = {{0x00000000, 0x3f800000, 0x3f800000, 0x3e2aaaab},
                           {0x7f800000, 0x3f800000, 0x3f800000, 0x3e2aaaab},
                           {0x7fc00000, 0x7f7fffff, 0x00200000, 0x7e2aaaaa},
                           {0x00000001, 0x7f7fffff, 0x00200000, 0x7e2aaaaa}};
  const TypedTensor input = oracle::f32_row(std::vector<float>(16, 1.0f));
  for (const Row& row : kRows) {
    const std::array amax{from_bits(row.amax)};
    EXPECT_EQ(oracle::stage("te/nvfp4", input, amax, "S_enc"), row.encode) << std::hex << row.amax;
    EXPECT_EQ(oracle::stage("te/nvfp4", input, amax, "S_dec"), row.decode) << std::hex << row.amax;
    EXPECT_EQ(oracle::stage("te/nvfp4", input, amax, "M"), row.folded) << std::hex << row.amax;
  }
}

TEST(TeSpecial, AmaxIgnoresNanAndKeepsInfinity) {
  const float nan = from_bits(0x7FC00000), inf = std::numeric_limits<float>::infinity();
  std::vector<float> values(16, 0.25f);
  values[3] = nan;
  values[9] = -2.0f;
  EXPECT_EQ(oracle::quantize("te/nvfp4", oracle::f32_row(values)).global.at(0), 2.0f);
  values[5] = -inf;
  EXPECT_EQ(oracle::quantize("te/nvfp4", oracle::f32_row(values)).global.at(0), inf);
}

TEST(TeSpecial, BlockOfNansHasScaleZeroAndCodesSeven) {
  const QuantizedTensor answer =
      oracle::quantize("te/nvfp4", oracle::f32_row(std::vector<float>(16, from_bits(0xFFC00000))));
  EXPECT_EQ(to_bits(answer.global.at(0)), 0u);
  EXPECT_EQ(scale_bits(answer.scales, 0), 0u);
  EXPECT_EQ(oracle::packed_hex(answer), "7777777777777777");
}

TEST(TeSpecial, ZeroRowOfARowScaledTensorHasScaleZero) {
  std::vector<float> values(32, 0.0f);
  values[16] = 1.0f;
  const QuantizedTensor answer = oracle::quantize("te/nvfp4-row", oracle::f32_tensor({2, 16}, values));
  EXPECT_EQ(to_bits(answer.global.at(0)), 0u);
  EXPECT_EQ(scale_bits(answer.scales, 0), 0x00u);
  EXPECT_EQ(scale_bits(answer.scales, 1), 0x7Eu);
}

TEST(TeSpecial, EmptyTensorHasNoCodes) {
  const QuantizedTensor answer = oracle::quantize("te/nvfp4", oracle::f32_tensor({0, 16}, {}));
  EXPECT_TRUE(answer.codes.empty());
  EXPECT_EQ(scale_count(answer.scales), 0u);
  EXPECT_EQ(to_bits(answer.global.at(0)), 0u);
}

TEST(TeSpecial, ColumnsThatAreNoMultipleOfSixteenAreRefused) {
  EXPECT_THROW(oracle::quantize("te/nvfp4", oracle::f32_row(std::vector<float>(17, 1.0f))), InputError);
}

// --- the PyTorch reference differs in three visible ways (te.md section 9) ---

TEST(TePyref, NegativeZeroIsCodeZeroButNegativeUnderflowKeepsItsSign) {
  const TypedTensor input = oracle::bf16_row(hex_numbers(example("E1").inputs));
  std::vector<std::uint32_t> bits = hex_numbers(example("E3").inputs);
  bits[0] = 0x40c0;
  const QuantizedTensor answer = oracle::quantize("te/nvfp4-pyref", oracle::bf16_row(bits));
  EXPECT_EQ(oracle::packed_hex(answer), "0700000000000000");
  EXPECT_EQ(oracle::packed_hex(oracle::quantize("te/nvfp4-pyref", input)), "10325476a9cbed8f");  // -0.25
}

TEST(TePyref, ZeroTensorHasTheLargestEncodeScale) {
  const TypedTensor zeros = oracle::f32_row(std::vector<float>(16, 0.0f));
  EXPECT_EQ(oracle::stage("te/nvfp4-pyref", zeros, {}, "S_enc"), 0x7f7fffffu);
  const QuantizedTensor answer = oracle::quantize("te/nvfp4-pyref", zeros);
  EXPECT_EQ(scale_bits(answer.scales, 0), 0u);
  EXPECT_EQ(oracle::packed_hex(answer), "0000000000000000");
}

}  // namespace
}  // namespace bitgate
