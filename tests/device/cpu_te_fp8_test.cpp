// TransformerEngine MXFP8 and FP8: worked examples, and the scale of every kind of amax.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitgate/device/cpu/te_math.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/tests/device/cpu_te_examples.h"

namespace bitgate::device {
namespace {

using testing::Each;
using testing::ElementsAre;

TEST(CpuTeFp8, E5m2RoundsToEvenAndSaturates) {
  const auto code = [](std::uint32_t bits) { return cpu::e5m2_saturating(cpu::from_bits(bits)); };
  EXPECT_EQ(code(0x3f800000), 0x3C);  // 1
  EXPECT_EQ(code(0x3f900000), 0x3C);  // 1.125, a tie
  EXPECT_EQ(code(0x3fb00000), 0x3E);  // 1.375, a tie
  EXPECT_EQ(code(0xbf900001), 0xBD);
  EXPECT_EQ(code(0x37800000), 0x01);  // 2^-16
  EXPECT_EQ(code(0x37000000), 0x00);  // 2^-17, a tie
  EXPECT_EQ(code(0xb7000000), 0x80);
  EXPECT_EQ(code(0x38700000), 0x04);  // 1.875 * 2^-15: 2^-14, the first normal
  EXPECT_EQ(code(0x47600000), 0x7B);  // 57344
  EXPECT_EQ(code(0x7f7fffff), 0x7B);
  EXPECT_EQ(code(0xff800000), 0xFB);
  EXPECT_EQ(code(kNan), 0x7F);
}

TEST(CpuTeFp8, E8m0RoundsUp) {
  const auto code = [](std::uint32_t bits) { return cpu::e8m0_up(cpu::from_bits(bits)); };
  EXPECT_EQ(code(0), 0);
  EXPECT_EQ(code(0x00400000), 0);
  EXPECT_EQ(code(0x00400001), 1);
  EXPECT_EQ(code(0x3f800000), 0x7F);
  EXPECT_EQ(code(0x3f800001), 0x80);
  EXPECT_EQ(code(0x7f000001), 0xFE);
  EXPECT_EQ(code(kInf), 0xFE);
  EXPECT_EQ(code(kNan), 0xFF);
  EXPECT_EQ(code(0xbf800000), 0x7F);
}

// A block of 32 that begins with these bf16 bits.
QuantizedTensor block_of_32(const char* recipe, const std::string& first) {
  Words x = words(first);
  x.resize(32, 0);
  return run(recipe, tensor(InputType::kBf16, 1, x));
}

TEST(CpuTeFp8, Mxfp8Examples) {
  const QuantizedTensor exact = block_of_32("te/mxfp8-e4m3", "43e0 3f80 be9a 0000");
  EXPECT_THAT(scale_bytes(exact), ElementsAre(0x7f));
  EXPECT_THAT(first_codes(exact, 4), ElementsAre(0x7e, 0x38, 0xaa, 0x00));
  const QuantizedTensor above = block_of_32("te/mxfp8-e4m3", "43e1 3f80 be9a 8000");
  EXPECT_THAT(scale_bytes(above), ElementsAre(0x80));
  EXPECT_THAT(first_codes(above, 4), ElementsAre(0x76, 0x30, 0xa2, 0x80));
  EXPECT_THAT(first_codes(block_of_32("te/mxfp8-e4m3-spec", "43e1 3f80 be9a 8000"), 4),
              ElementsAre(0x76, 0x30, 0xa2, 0x00));
  EXPECT_THAT(scale_bytes(block_of_32("te/mxfp8-e4m3", "3fe0")), ElementsAre(0x77));
  EXPECT_EQ(block_of_32("te/mxfp8-e4m3", "3fe0").codes[0], 0x7e);
  EXPECT_THAT(scale_bytes(block_of_32("te/mxfp8-e4m3", "3fe1")), ElementsAre(0x78));
  EXPECT_EQ(block_of_32("te/mxfp8-e4m3", "3fe1").codes[0], 0x76);
}

TEST(CpuTeFp8, Mxfp8Specials) {
  const QuantizedTensor zeros = block_of_32("te/mxfp8-e5m2", "0000 8000");
  EXPECT_THAT(scale_bytes(zeros), ElementsAre(0));
  EXPECT_THAT(first_codes(zeros, 2), ElementsAre(0, 0x80));
  const QuantizedTensor infinite = block_of_32("te/mxfp8-e5m2", "ff80 7fc0 3f80");
  EXPECT_THAT(scale_bytes(infinite), ElementsAre(0xFE));
  EXPECT_THAT(first_codes(infinite, 3), ElementsAre(0xFB, 0x7F, 0));
  EXPECT_THAT(scale_bytes(block_of_32("te/mxfp8-e4m3", "7fc0 43e0")), ElementsAre(0x7f));
}

TEST(CpuTeFp8, Mxfp8SquareSharesItsExponentInBothDirections) {
  Words x(32 * 64, 0);
  x[31 * 64 + 3] = 0x43e0;
  const QuantizedTensor t = run_in(Direction::kBoth, "te/mxfp8-e4m3-2d", tensor(InputType::kBf16, 32, x));
  for (std::size_t r = 0; r < 32; ++r) {
    EXPECT_EQ(scale_bytes(t)[2 * r], 0x7f) << r;
    EXPECT_EQ(scale_bytes(t)[2 * r + 1], 0) << r;
    EXPECT_EQ(scale_bytes(t.columnwise.at(0))[r], 0x7f) << r;
    EXPECT_EQ(scale_bytes(t.columnwise.at(0))[r + 32], 0) << r;
  }
  EXPECT_EQ(t.columnwise.at(0).codes[3 * 32 + 31], 0x7e);
}

Words float_scales(const QuantizedTensor& t) { return bits_of(std::get<std::vector<float>>(t.scales)); }

TEST(CpuTeFp8, CurrentScalingStoresTheInverse) {
  const QuantizedTensor t = run("te/fp8-current-e4m3", {3.5f, 1.0f, -0.0f, -3.5f});
  EXPECT_EQ(float_scales(t), words("3c000000"));  // 448 / 3.5 = 128
  EXPECT_THAT(t.codes, ElementsAre(0x7e, 0x70, 0x80, 0xfe));
  EXPECT_EQ(float_scales(run("te/fp8-current-e4m3", {3.0f})), words("3bdb6db7"));
  EXPECT_EQ(float_scales(run("te/fp8-current-e4m3-pow2", {3.0f})), words("3c000000"));
  EXPECT_EQ(float_scales(run("te/fp8-current-e5m2", {3.5f})), words("38800000"));  // 57344 / 3.5 = 2^14
}

TEST(CpuTeFp8, CurrentScalingOfNothingUsefulIsOne) {
  for (const std::uint32_t bits : {0u, kNan, kInf}) {
    const QuantizedTensor t = run("te/fp8-current-e4m3", tensor(InputType::kF32, 1, {bits, 0}));
    EXPECT_EQ(float_scales(t), words("3f800000")) << std::hex << bits;
  }
  EXPECT_EQ(float_scales(run("te/fp8-current-e4m3", tensor(InputType::kF32, 1, {1}))), words("00200000"));
  EXPECT_EQ(float_scales(run("te/fp8-current-e4m3-pow2", tensor(InputType::kF32, 1, {1}))), words("00400000"));
}

TEST(CpuTeFp8, DelayedScalingTakesTheGivenAmaxOrKeepsOne) {
  const auto scale_for = [](std::uint32_t amax) {
    return float_scales(run("te/fp8-delayed-e4m3", tensor(InputType::kF32, 1, {0x3f800000}), {cpu::from_bits(amax)}));
  };
  EXPECT_EQ(scale_for(0x40e00000), words("3c800000"));  // 448 / 7 = 64
  EXPECT_EQ(scale_for(0), words("3f800000"));
  EXPECT_EQ(scale_for(kInf), words("3f800000"));
  EXPECT_EQ(scale_for(kNan), words("3f800000"));
  EXPECT_EQ(scale_for(1), words("00200000"));
}

TEST(CpuTeFp8, BlockScalesAreCutToPowersOfTwo) {
  std::vector<float> row(130, 0.0f);
  row[0] = 3.0f, row[129] = 7.0f;
  EXPECT_EQ(float_scales(run("te/fp8-block1x128-e4m3", row)), words("3c000000 3c800000"));
  EXPECT_EQ(float_scales(run("te/fp8-block1x128-e4m3-fp32", row)), words("3bdb6db7 3c800000"));
}

// bf16 2^-133: 448 / amax is infinite, the largest bf16 stands in, and for powers of two 2^127.
TEST(CpuTeFp8, InfiniteBlockScaleBecomesTheLargestOfTheInputType) {
  const TypedTensor tiny = tensor(InputType::kBf16, 1, {1});
  const QuantizedTensor cut = run("te/fp8-block128x128-e4m3", tiny);
  EXPECT_EQ(float_scales(cut), words("00400000"));
  EXPECT_THAT(cut.codes, ElementsAre(0x08));  // 2^-6
  const QuantizedTensor whole = run("te/fp8-block128x128-e4m3-fp32", tiny);
  EXPECT_EQ(float_scales(whole), bits_of({cpu::div_rn<cpu::Gpu>(1.0f, cpu::kBf16Max)}));
  EXPECT_THAT(whole.codes, ElementsAre(0x10));
}

TEST(CpuTeFp8, RaggedShapesHaveACellMore) {
  const TypedTensor x = tensor(InputType::kBf16, 130, Words(130 * 3, 0x3f80));
  const QuantizedTensor square = run_in(Direction::kBoth, "te/fp8-block128x128-e5m2", x);
  EXPECT_EQ(float_scales(square).size(), 2u);
  EXPECT_EQ(float_scales(square.columnwise.at(0)).size(), 2u);
  const QuantizedTensor line = run_in(Direction::kBoth, "te/fp8-block1x128-e5m2", x);
  EXPECT_EQ(float_scales(line).size(), 130u);
  EXPECT_EQ(float_scales(line.columnwise.at(0)).size(), 6u);
  EXPECT_EQ(line.columnwise.at(0).extent, (Extent{3, 130}));
  EXPECT_THAT(line.codes, Each(0x78));  // 1 * 2^15
}

TEST(CpuTeFp8, BlockRecipesTakeNoAmaxAndNoneTakesAGlobal) {
  const TypedTensor x = tensor(InputType::kF32, 1, Words(32, 0));
  EXPECT_THROW(run("te/mxfp8-e4m3", x, {1.0f}), InputError);
  EXPECT_THROW(run("te/fp8-block1x128-e4m3", x, {1.0f}), InputError);
  EXPECT_THROW(run("te/fp8-current-e4m3", x, {}, {1.0f}), InputError);
  EXPECT_THROW(run("te/mxfp8-e4m3-spec", x), InputError);  // fp32
}

}  // namespace
}  // namespace bitgate::device
