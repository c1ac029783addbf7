// Worked examples and the byte contract of torchao's MXFP4 and MXFP8. Facts: pytorch/ao 36027d82,
// torchao/prototype/mx_formats/{mx_tensor,kernels}.py and test/prototype/mx_formats.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "bitgate/tests/support/examples.h"

namespace bitgate {
namespace {

using oracle::from_bits;

const char* const kFloor = "torchao/mxfp8e4m3-floor";
const char* const kRceil = "torchao/mxfp8e4m3-rceil";
const char* const kFp4Floor = "torchao/mxfp4-floor";

// MXFP4 with the exponent rounded up: no recipe of its own here, yet the axes express it.
reference::Rules mxfp4_rceil() {
  reference::Rules rules = reference::require_recipe(kFp4Floor).rules;
  rules.block = reference::require_recipe(kRceil).rules.block;
  return rules;
}

std::uint32_t scale_of_amax(const reference::Rules& rules, std::uint32_t amax) {
  std::vector<float> values(32, 0.0f);
  values[7] = -from_bits(amax);
  return scale_bits(reference::quantize_with(rules, {}, oracle::request_for(oracle::f32_row(values))).scales, 0);
}

// --- scale bytes ---

struct ScaleRow {
  std::uint32_t amax, e4m3_floor, e4m3_rceil, e2m1_floor, e2m1_rceil;
};
constexpr ScaleRow kScaleTable[] = {{0x3F800000, 119, 119, 125, 125}, {0x3FC00000, 119, 119, 125, 125},
                                    {0x3FC00001, 119, 119, 125, 126}, {0x3FE00000, 119, 119, 125, 126},
                                    {0x3FE00001, 119, 120, 125, 126}, {0x3FF00000, 119, 120, 125, 126},
                                    {0x3FF80000, 119, 120, 125, 126}, {0x7F7FFFFF, 246, 247, 252, 253}};

TEST(MxScale, FollowsTheTableOfAmax) {
  for (const ScaleRow& row : kScaleTable) {
    EXPECT_EQ(scale_of_amax(reference::require_recipe(kFloor).rules, row.amax), row.e4m3_floor) << std::hex << row.amax;
    EXPECT_EQ(scale_of_amax(reference::require_recipe(kRceil).rules, row.amax), row.e4m3_rceil) << std::hex << row.amax;
    EXPECT_EQ(scale_of_amax(reference::require_recipe(kFp4Floor).rules, row.amax), row.e2m1_floor)
        << std::hex << row.amax;
    EXPECT_EQ(scale_of_amax(mxfp4_rceil(), row.amax), row.e2m1_rceil) << std::hex << row.amax;
  }
}

TEST(MxScale, W6AroundSixAndSeven) {
  for (const std::uint32_t amax : {0x40C00000u, 0x40C00001u, 0x40DFFFFFu, 0x40E00000u}) {
    EXPECT_EQ(scale_of_amax(reference::require_recipe(kFp4Floor).rules, amax), 127u);
    EXPECT_EQ(scale_of_amax(mxfp4_rceil(), amax), amax == 0x40C00000 ? 127u : 128u);
  }
}

// --- W6 and W7: codes ---

TEST(Mxfp4, W6CodesUnderFloorAndRoundUp) {
  std::vector<float> values{7.0f, -7.0f, 5.0f, 3.5f, 2.5f, 1.25f, 0.25f, -0.125f};
  values.resize(32, 0.0f);
  const TypedTensor input = oracle::f32_row(values);
  const QuantizedTensor floor = oracle::quantize(kFp4Floor, input);
  EXPECT_EQ(scale_bits(floor.scales, 0), 127u);
  EXPECT_EQ(oracle::packed_hex(floor).substr(0, 8), "f7662480");
  const QuantizedTensor up = reference::quantize_with(mxfp4_rceil(), {}, oracle::request_for(input));
  EXPECT_EQ(scale_bits(up.scales, 0), 128u);
  EXPECT_EQ(oracle::packed_hex(up).substr(0, 8), "e6441280");
}

TEST(Mxfp8, W7FirstVectorOfTorchaosOwnRoundUpTest) {
  std::vector<std::uint32_t> bits{6142315, 5096174, 3345704};
  bits.resize(32, 0);
  const QuantizedTensor answer = oracle::quantize(kRceil, oracle::f32_row_of_bits(bits));
  EXPECT_EQ(scale_bits(answer.scales, 0), 0u);
  EXPECT_EQ(answer.codes[0], 60);
  EXPECT_EQ(answer.codes[1], 58);
  EXPECT_EQ(answer.codes[2], 53);
}

// --- the byte contract: what eager and both kernels give for a block of 32 ---

// The first element's pattern and the others', in one input type; scale byte, the codes of the first element and of the
// others under FLOOR and under round-up. The sign of an element is the sign of its code.
struct ContractRow {
  const char* content;
  InputType type;
  std::uint32_t first, rest;
  std::uint32_t floor_scale, floor_first, floor_rest;
  std::uint32_t rceil_scale, rceil_first, rceil_rest;
};
constexpr InputType kF = InputType::kF32, kB = InputType::kBf16;
constexpr ContractRow kContract[] = {
    // clang-format off
    {"all +0",               kF, 0x00000000, 0x00000000, 0, 0x00, 0x00, 0, 0x00, 0x00},
    {"all +0",               kB, 0x0000, 0x0000, 0, 0x00, 0x00, 0, 0x00, 0x00},
    {"all 2^-126",           kF, 0x00800000, 0x00800000, 0, 0x40, 0x40, 0, 0x40, 0x40},
    {"all 2^-126",           kB, 0x0080, 0x0080, 0, 0x40, 0x40, 0, 0x40, 0x40},
    {"Inf, rest 1",          kF, 0x7F800000, 0x3F800000, 255, 0x7F, 0x7F, 255, 0x7F, 0x7F},
    {"Inf, rest 1",          kB, 0x7F80, 0x3F80, 255, 0x7F, 0x7F, 255, 0x7F, 0x7F},
    {"NaN, rest 1",          kF, 0x7FC00000, 0x3F800000, 255, 0x7F, 0x7F, 255, 0x7F, 0x7F},
    {"NaN, rest 1",          kB, 0x7FC0, 0x3F80, 255, 0x7F, 0x7F, 255, 0x7F, 0x7F},
    {"all 448",              kF, 0x43E00000, 0x43E00000, 127, 0x7E, 0x7E, 127, 0x7E, 0x7E},
    {"all 448",              kB, 0x43E0, 0x43E0, 127, 0x7E, 0x7E, 127, 0x7E, 0x7E},
    {"all the largest",      kF, 0x7F7FFFFF, 0x7F7FFFFF, 246, 0x7E, 0x7E, 247, 0x78, 0x78},
    {"all the largest",      kB, 0x7F7F, 0x7F7F, 246, 0x7E, 0x7E, 247, 0x78, 0x78},
    {"all the smallest",     kF, 0x00000001, 0x00000001, 0, 0x00, 0x00, 0, 0x00, 0x00},
    {"all the smallest",     kB, 0x0001, 0x0001, 0, 0x08, 0x08, 0, 0x08, 0x08},
    {"the smallest, rest 1", kF, 0x00000001, 0x3F800000, 119, 0x00, 0x78, 119, 0x00, 0x78},
    {"the smallest, rest 1", kB, 0x0001, 0x3F80, 119, 0x00, 0x78, 119, 0x00, 0x78},
    {"the largest, rest 1",  kF, 0x7F7FFFFF, 0x3F800000, 246, 0x7E, 0x00, 247, 0x78, 0x00},
    {"the largest, rest 1",  kB, 0x7F7F, 0x3F80, 246, 0x7E, 0x00, 247, 0x78, 0x00},
    {"all just above 3.5",   kF, 0x40600001, 0x40600001, 120, 0x7E, 0x7E, 121, 0x76, 0x76},
    {"all 3.5",              kB, 0x4060, 0x4060, 120, 0x7E, 0x7E, 120, 0x7E, 0x7E},
    {"all just below 512",   kF, 0x43FFFFFF, 0x43FFFFFF, 127, 0x7E, 0x7E, 128, 0x78, 0x78},
    {"all 512",              kB, 0x4400, 0x4400, 128, 0x78, 0x78, 128, 0x78, 0x78},
    {"all 480",              kF, 0x43F00000, 0x43F00000, 127, 0x7E, 0x7E, 128, 0x77, 0x77},
    {"all 480",              kB, 0x43F0, 0x43F0, 127, 0x7E, 0x7E, 128, 0x77, 0x77},
    // clang-format on
};

// Every other element negated, so that each row tests both signs.
TypedTensor contract_input(const ContractRow& row) {
  std::vector<std::uint32_t> bits(32, row.rest);
  bits[0] = row.first;
  const std::uint32_t sign = row.type == InputType::kF32 ? 0x80000000 : 0x8000;
  for (std::size_t i = 1; i < 32; i += 2) bits[i] |= sign;
  return row.type == InputType::kF32 ? oracle::f32_row_of_bits(bits) : oracle::bf16_row(bits);
}

void expect_contract(const ContractRow& row, const char* recipe, std::uint32_t scale, std::uint32_t first,
                     std::uint32_t rest) {
  const QuantizedTensor answer = oracle::quantize(recipe, contract_input(row));
  EXPECT_EQ(scale_bits(answer.scales, 0), scale) << recipe << ", " << row.content;
  for (std::size_t i = 0; i < 32; ++i) {
    const std::uint32_t magnitude = i == 0 ? first : rest;
    // The contract takes either NaN code; a NaN's sign is not the input's.
    const std::uint32_t mask = magnitude == 0x7F ? 0x7F : 0xFF;
    const std::uint32_t expected = magnitude == 0x7F ? 0x7F : magnitude | (i % 2 == 1 ? 0x80 : 0);
    EXPECT_EQ(answer.codes[i] & mask, expected) << recipe << ", " << row.content << ", element " << i;
  }
}

TEST(Mxfp8, ByteContractOfFloor) {
  for (const ContractRow& row : kContract)
    expect_contract(row, kFloor, row.floor_scale, row.floor_first, row.floor_rest);
}

TEST(Mxfp8, ByteContractOfRoundUp) {
  for (const ContractRow& row : kContract)
    expect_contract(row, kRceil, row.rceil_scale, row.rceil_first, row.rceil_rest);
}

TEST(Mx, DequantizesByAPowerOfTwo) {
  std::vector<float> values(32, 0.0f);
  values[0] = 7.0f;
  values[1] = -1.5f;
  const QuantizedTensor fp4 = oracle::quantize(kFp4Floor, oracle::f32_row(values));
  const std::vector<float> four = reference::dequantize(reference::require_recipe(kFp4Floor), fp4, InputType::kF32);
  EXPECT_EQ(four[0], 6.0f);
  EXPECT_EQ(four[1], -1.5f);
  const QuantizedTensor fp8 = oracle::quantize(kFloor, oracle::f32_row(values));
  const std::vector<float> eight = reference::dequantize(reference::require_recipe(kFloor), fp8, InputType::kF32);
  EXPECT_EQ(eight[0], 7.0f);
  EXPECT_EQ(eight[1], -1.5f);
}

TEST(Mx, ColumnsThatAreNoMultipleOfThirtyTwoAndHalfPrecisionAreRefused) {
  EXPECT_THROW(oracle::quantize(kFp4Floor, oracle::f32_row(std::vector<float>(33, 1.0f))), InputError);
  TypedTensor half{InputType::kF16, {1, 32}, std::vector<std::uint16_t>(32, 0x3C00)};
  EXPECT_THROW(oracle::quantize(kFloor, half), InputError);
}

}  // namespace
}  // namespace bitgate
