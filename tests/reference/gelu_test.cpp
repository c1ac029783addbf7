// TransformerEngine's GELU: special values, the accuracy that CUDA promises, the contractions, what is stored in 16
// bits, and the quantizers behind it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>
#include <string>
#include <vector>

#include "bitgate/reference/arith/ieee.h"
#include "bitgate/reference/fused/gelu.h"
#include "bitgate/reference/recipe/recipe.h"
#include "bitgate/tests/support/examples.h"

namespace bitgate {
namespace {

using oracle::from_bits;
using oracle::to_bits;
using reference::Recipe;
using reference::require_recipe;

std::uint32_t gelu_bits(std::uint32_t x) { return to_bits(reference::gelu(from_bits(x))); }

TEST(Gelu, NanAndMinusInfinityGiveTheGpusNan) {
  for (const std::uint32_t x : {0x7FC00000u, 0xFFC00001u, 0x7F800001u, 0xFF800000u})
    EXPECT_EQ(gelu_bits(x), 0x7FFFFFFFu) << std::hex << x;
}

TEST(Gelu, InfinityAndTheLargestNumberStay) {
  EXPECT_EQ(gelu_bits(0x7F800000), 0x7F800000u);
  EXPECT_EQ(gelu_bits(0x7F7FFFFF), 0x7F7FFFFFu);
}

TEST(Gelu, ZerosKeepTheirSignAndLargeNegativesGiveMinusZero) {
  EXPECT_EQ(gelu_bits(0x00000000), 0x00000000u);
  EXPECT_EQ(gelu_bits(0x80000000), 0x80000000u);
  EXPECT_EQ(gelu_bits(0xC1200000), 0x80000000u);  // -10
  EXPECT_EQ(gelu_bits(0xFF7FFFFF), 0x80000000u);
}

TEST(Gelu, SubnormalsAreHalvedToEven) {
  EXPECT_EQ(gelu_bits(0x00000001), 0x00000000u);
  EXPECT_EQ(gelu_bits(0x80000001), 0x80000000u);
  EXPECT_EQ(gelu_bits(0x00000003), 0x00000002u);
  EXPECT_EQ(gelu_bits(0x80400000), 0x80200000u);
}

TEST(Gelu, TanhOfSpecialValues) {
  const auto tanh_bits = [](std::uint32_t t) { return to_bits(reference::tanh_of_cuda(from_bits(t))); };
  EXPECT_EQ(tanh_bits(0x80000000), 0x80000000u);
  EXPECT_EQ(tanh_bits(0x00000000), 0x00000000u);
  EXPECT_EQ(tanh_bits(0x80000007), 0x80000007u);
  EXPECT_EQ(tanh_bits(0xFF800000), 0xBF800000u);
  EXPECT_EQ(tanh_bits(0x7F800000), 0x3F800000u);
  EXPECT_EQ(tanh_bits(0xFFC00000), 0x7FFFFFFFu);
}

// NVIDIA's programming guide: at most 2 ulp. The library's binary64 tanh is nearly exact beside that.
TEST(Gelu, TanhIsOddAndWithinTwoUlp) {
  for (std::uint32_t bits = 0x30000000; bits < 0x41200000; bits += 997) {
    const float t = from_bits(bits), y = reference::tanh_of_cuda(t);
    EXPECT_EQ(to_bits(reference::tanh_of_cuda(-t)), to_bits(-y));
    const double exact = std::tanh(static_cast<double>(t));
    const double ulp = std::ldexp(1.0, std::ilogb(exact) - 23);
    ASSERT_LE(std::fabs(static_cast<double>(y) - exact), 2 * ulp) << std::hexfloat << t;
  }
}

// The expression with each product and sum rounded. (0.5 tanh is exact, so of the two contractions only the inner
// shows.)
float gelu_without_contraction(float x) {
  using namespace reference;
  const float cube = mul_rn(mul_rn(0.03567741f, x), x);
  const float t = mul_rn(x, add_rn(0.79788456f, cube));
  const float half = mul_rn(0.5f, tanh_of_cuda(t));
  return mul_rn(x, add_rn(0.5f, half));
}

TEST(Gelu, TheContractionShows) {
  int different = 0;
  for (std::uint32_t bits = 0xBD000000; bits < 0xC1000000; bits += 1009) {
    const float x = from_bits(bits);
    different += to_bits(reference::gelu(x)) != to_bits(gelu_without_contraction(x)) ? 1 : 0;
  }
  EXPECT_GT(different, 200);
}

// CRC-32 of the stored results of all patterns in order, little-endian.
std::uint32_t checksum(InputType type) {
  std::vector<std::uint16_t> patterns(65536);
  for (std::uint32_t i = 0; i < 65536; ++i) patterns[i] = static_cast<std::uint16_t>(i);
  const TypedTensor y = reference::gelu(TypedView{type, {256, 256}, patterns.data()});
  const auto& bits = std::get<std::vector<std::uint16_t>>(y.values);
  return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bits.data()), bits.size() * 2));
}

TEST(Gelu, EveryPatternOf16BitsHasTheRecordedChecksum) {
  EXPECT_EQ(checksum(InputType::kBf16), 0x92628751u);
  EXPECT_EQ(checksum(InputType::kF16), 0x649BEB67u);
}

TEST(Gelu, ResultsAreStoredToNearestEvenAndNanAsTheGpus) {
  const std::vector<std::uint16_t> x{0x3F80, 0xFFC1, 0xFF80, 0x8000};
  const TypedTensor y = reference::gelu(TypedView{InputType::kBf16, {1, 4}, x.data()});
  // gelu(1) = 0.8412 = 3F57.55..
  EXPECT_THAT(std::get<1>(y.values), ::testing::ElementsAre(0x3F57, 0x7FFF, 0x7FFF, 0x8000));
}

constexpr const char* kPlain[] = {"te/mxfp8-e4m3", "te/mxfp8-e5m2", "te/fp8-current-e4m3", "te/fp8-current-e5m2",
                                  "te/nvfp4"};

TypedTensor bf16_input() {
  std::vector<std::uint16_t> x(64 * 64);
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = static_cast<std::uint16_t>(0x3E00 + i * 37 % 0x300 + (i % 3 == 0 ? 0x8000 : 0));
  return {InputType::kBf16, {64, 64}, std::move(x)};
}

Request both_sides_of(const TypedTensor& input) {
  Request request;
  request.input = input.view();
  request.direction = Direction::kBoth;
  return request;
}

void expect_equal(const QuantizedTensor& a, const QuantizedTensor& b) {
  EXPECT_EQ(a.codes, b.codes);
  EXPECT_EQ(a.scales, b.scales);
  EXPECT_EQ(a.global, b.global);
}

TEST(Gelu, AQuantizerBehindItSeesTheStoredResult) {
  const TypedTensor input = bf16_input(), activated = reference::gelu(input.view());
  for (const std::string plain : kPlain) {
    SCOPED_TRACE(plain);
    const QuantizedTensor expected = quantize(require_recipe(plain), both_sides_of(activated));
    const QuantizedTensor answer = quantize(require_recipe(plain + "-gelu"), both_sides_of(input));
    expect_equal(answer, expected);
    expect_equal(answer.columnwise.at(0), expected.columnwise.at(0));
    EXPECT_NE(answer.codes, quantize(require_recipe(plain), both_sides_of(input)).codes);
  }
}

TEST(Gelu, AGivenAmaxIsThatOfTheResult) {
  const TypedTensor input = bf16_input();
  Request request = both_sides_of(input);
  const std::vector<float> amax{8.0f};
  request.amax = amax;
  EXPECT_EQ(quantize(require_recipe("te/nvfp4-gelu"), request).global, amax);
  const QuantizedTensor e4m3 = quantize(require_recipe("te/fp8-current-e4m3-gelu"), request);
  EXPECT_EQ(scale_bits(e4m3.scales, 0), to_bits(reference::div_rn(1.0f, 56.0f)));
}

TEST(Gelu, WeightsAndResidualsAreRefused) {
  const TypedTensor input = bf16_input();
  const std::vector<float> weight(64, 1.0f);
  Request request = both_sides_of(input);
  request.fused.weight = weight;
  EXPECT_THROW(quantize(require_recipe("te/mxfp8-e4m3-gelu"), request), InputError);
}

}  // namespace
}  // namespace bitgate
