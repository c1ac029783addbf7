// The second implementation of TransformerEngine's GELU: MUFU.EX2 against an H100, special values, and the recipes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>

#include "bitgate/device/cpu/mufu_ex2.h"
#include "bitgate/device/cpu/te_gelu.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/tests/device/cpu_te_examples.h"

namespace bitgate::device {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::uint32_t ex2(std::uint32_t x) { return cpu::to_bits(cpu::ex2_approx_ftz(cpu::from_bits(x))); }
std::uint32_t gelu(std::uint32_t x) { return cpu::to_bits(cpu::te_gelu(cpu::from_bits(x))); }

TEST(CpuTeGelu, Ex2HasTheCheckValuesOfTheHardware) {
  constexpr std::uint32_t kRows[][2] = {
      {0x3f800000, 0x40000000}, {0x3f800001, 0x40000001}, {0x3fc00000, 0x403504f3}, {0x40400000, 0x41000000},
      {0x40c00000, 0x42800000}, {0x3dcccccd, 0x3f892fdf}, {0x42fe0000, 0x7f000000}, {0x00800000, 0x3f800000},
      {0x7f7fffff, 0x7f800000}, {0x7e800000, 0x7f800000}, {0x00000001, 0x3f800000}, {0x80000000, 0x3f800000},
      {0x7f800000, 0x7f800000}, {0x7fc12345, 0x7fffffff}, {0xc0400000, 0x3e000000}, {0x358637bd, 0x3f800006},
  };
  for (const auto& [x, result] : kRows) EXPECT_EQ(ex2(x), result) << std::hex << x;
  EXPECT_EQ(ex2(0xff800000), 0u);
  EXPECT_EQ(ex2(0xc2fc0000), 0x00800000u);  // -126
  EXPECT_EQ(ex2(0xc2fe0000), 0u);           // -127
}

// CRC-32 of the little-endian results for the 2^23 inputs from 1 on, as an H100 gave them.
TEST(CpuTeGelu, Ex2OfAWholeBinadeHasTheRecordedChecksum) {
  Words results(1u << 23);
  for (std::uint32_t i = 0; i < results.size(); ++i) results[i] = ex2(0x3f800000 + i);
  EXPECT_EQ(crc32_z(0, reinterpret_cast<const Bytef*>(results.data()), results.size() * 4), 0x676486cdu);
}

TEST(CpuTeGelu, SpecialValues) {
  EXPECT_EQ(gelu(kNan), 0x7FFFFFFFu);
  EXPECT_EQ(gelu(0xFF800001), 0x7FFFFFFFu);
  EXPECT_EQ(gelu(0xFF800000), 0x7FFFFFFFu);  // tanh is -1, and -Inf * 0 no number
  EXPECT_EQ(gelu(kInf), kInf);
  EXPECT_EQ(gelu(kMinusZero), kMinusZero);
  EXPECT_EQ(gelu(0xC1200000), kMinusZero);  // -10
  EXPECT_EQ(gelu(0x00000003), 0x00000002u);
  EXPECT_EQ(gelu(0x7F7FFFFF), 0x7F7FFFFFu);
}

TEST(CpuTeGelu, TanhIsWithinTwoUlpOfTheLibrary) {
  for (std::uint32_t bits = 0x38000000; bits < 0x41200000; bits += 1009) {
    const float t = cpu::from_bits(bits);
    const double exact = std::tanh(static_cast<double>(t));
    const double ulp = std::ldexp(1.0, std::ilogb(exact) - 23);
    ASSERT_LE(std::fabs(static_cast<double>(cpu::cuda_tanh(t)) - exact), 2 * ulp) << std::hexfloat << t;
    ASSERT_EQ(cpu::cuda_tanh(-t), -cpu::cuda_tanh(t));
  }
}

std::uint32_t checksum(InputType type) {
  Words patterns(65536);
  for (std::uint32_t i = 0; i < 65536; ++i) patterns[i] = i;
  const TypedTensor y = cpu::te_gelu_of(tensor(type, 256, patterns).view());
  const auto& bits = std::get<1>(y.values);
  return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bits.data()), bits.size() * 2));
}

TEST(CpuTeGelu, EveryPatternOf16BitsHasTheRecordedChecksum) {
  EXPECT_EQ(checksum(InputType::kBf16), 0x92628751u);
  EXPECT_EQ(checksum(InputType::kF16), 0x649BEB67u);
}

TypedTensor input() {
  Words bits;
  for (std::uint32_t i = 0; i < 32 * 32; ++i) bits.push_back(0x3E00 + i * 37 % 0x300 + (i % 3 == 0 ? 0x8000 : 0));
  return tensor(InputType::kBf16, 32, bits);
}

TEST(CpuTeGelu, RecipesQuantizeTheStoredResult) {
  const TypedTensor x = input(), activated = cpu::te_gelu_of(x.view());
  for (const std::string plain :
       {"te/mxfp8-e4m3", "te/mxfp8-e5m2", "te/fp8-current-e4m3", "te/fp8-current-e5m2", "te/nvfp4"}) {
    SCOPED_TRACE(plain);
    const QuantizedTensor expected = run_in(Direction::kBoth, plain, activated);
    const QuantizedTensor answer = run_in(Direction::kBoth, plain + "-gelu", x);
    EXPECT_EQ(answer.codes, expected.codes);
    EXPECT_EQ(answer.scales, expected.scales);
    EXPECT_EQ(answer.global, expected.global);
    EXPECT_EQ(answer.columnwise.at(0).codes, expected.columnwise.at(0).codes);
    EXPECT_NE(answer.codes, run_in(Direction::kBoth, plain, x).codes);
  }
}

// gelu(1) = 0.8412 is stored as 3F57 = 1.6797 / 2: MXFP8's scale is 2^-9, and 430 is rounded to 416.
TEST(CpuTeGelu, OneInMxfp8) {
  Words x(32, 0);
  x[0] = 0x3f80;
  const QuantizedTensor t = run_in(Direction::kRowwise, "te/mxfp8-e4m3-gelu", tensor(InputType::kBf16, 1, x));
  EXPECT_THAT(scale_bytes(t), ElementsAre(0x76));
  EXPECT_THAT(first_codes(t, 2), ElementsAre(0x7d, 0x00));
}

TEST(CpuTeGelu, RefusalsNameTheRecipe) {
  const TypedTensor narrow = tensor(InputType::kBf16, 1, Words(8, 0x3f80));
  try {
    run_in(Direction::kRowwise, "te/nvfp4-gelu", narrow);
    FAIL() << "8 columns were taken";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("cpu/te/nvfp4-gelu: "));
  }
}

}  // namespace
}  // namespace bitgate::device
