// FlashInfer's RMS norm with NVFP4 and MXFP4 by the second implementation, from the row statistic on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "bitgate/device/cpu/subject.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/tests/device/cpu_examples.h"

namespace bitgate::device {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kNvfp4 = "flashinfer/nvfp4-cute-rmsnorm";
constexpr const char* kMxfp4 = "flashinfer/rmsnorm-mxfp4-cute";

// `weight` of every column; `global` is empty or one number.
QuantizedTensor norm(const char* recipe, const TypedTensor& input, float weight, const std::vector<float>& row_factor,
                     const std::vector<float>& global = {}) {
  const std::vector<float> weights(static_cast<std::size_t>(input.extent.cols), weight);
  Request request;
  request.input = input.view();
  request.global = global;
  request.fused.weight = weights;
  request.fused.row_factor = row_factor;
  return find_cpu_subject(recipe)(request);
}

// 32 columns of bf16 that begin with the given elements, +0 after them.
TypedTensor row_of(const std::string& elements) {
  Words x = words(elements);
  x.resize(32, 0);
  return tensor(InputType::kBf16, 1, x);
}

TypedTensor two_rows() {
  Words x(32, 0);
  x[0] = x[16] = 0x4140;  // 12
  x[1] = x[17] = 0xC0C0;  // -6
  return tensor(InputType::kBf16, 2, x);
}

TEST(CpuFlashinferRmsnorm, RowStatisticScalesElementsAndMaximum) {
  const QuantizedTensor t = norm(kNvfp4, two_rows(), 1.0f, {0.5f, 1.0f}, {1.0f});
  EXPECT_THAT(scale_bytes(t), ElementsAre(0x38, 0x40));  // 6 / 6, 12 / 6
  EXPECT_EQ(t.codes[1], 8 + 5);                          // -3 of 6
  EXPECT_EQ(t.codes[17], 8 + 5);
}

// S follows from the normalized rows: 2688 / 12.
TEST(CpuFlashinferRmsnorm, GlobalNumberIsThatOfTheNormalizedRows) {
  EXPECT_EQ(norm(kNvfp4, two_rows(), 1.0f, {0.5f, 1.0f}).global, std::vector<float>{224.0f});
}

// 129/128 squared is 1.01568604, in bf16 130/128: with S = 6.2768 the scale before rounding is 1.06248, below the tie
// of 1.0625; of the product itself it would be 1.06254, above.
TEST(CpuFlashinferRmsnorm, WeightMultipliesIn16Bits) {
  Words x(16, 0);
  x[0] = 0x3F81;
  const TypedTensor input = tensor(InputType::kBf16, 1, x);
  EXPECT_THAT(scale_bytes(norm(kNvfp4, input, 1.0078125f, {1.0f}, {6.2768f})), ElementsAre(0x38));
}

// Scale 2^-9 has code 1, which the kernel's decoder takes for 2^-7 * 1.125: 2^-7 * 1.5 becomes 1.333.
TEST(CpuFlashinferRmsnorm, SmallestScalesHaveALeadingOne) {
  Words x(16, 0);
  x[0] = 0x3C40;
  const QuantizedTensor t = norm(kNvfp4, tensor(InputType::kBf16, 1, x), 1.0f, {1.0f}, {1.0f});
  EXPECT_THAT(scale_bytes(t), ElementsAre(0x01));
  EXPECT_EQ(t.codes[0], 3);
}

// 12288 / 6 is 2^11, code 138. One binary32 step above, MUFU's logarithm is 11 still; one bf16 step above it is not.
TEST(CpuFlashinferRmsnorm, Mxfp4RoundsAnApproximateLogarithmUp) {
  const float step = 0x1.000002p+0f;
  EXPECT_THAT(scale_bytes(norm(kMxfp4, row_of("4640"), 1.0f, {1.0f})), ElementsAre(138));
  EXPECT_THAT(scale_bytes(norm(kMxfp4, row_of("4640"), 1.0f, {step})), ElementsAre(138));
  const QuantizedTensor above = norm(kMxfp4, row_of("4641 C640"), 1.0f, {1.0f});
  EXPECT_THAT(scale_bytes(above), ElementsAre(139));
  EXPECT_EQ(above.codes[0], 5);
  EXPECT_EQ(above.codes[1], 8 + 5);
  EXPECT_TRUE(above.global.empty());
}

// The integer of a NaN is 0, that of infinity wraps below it; zero has code 0, and so has what is below 2^-127.
TEST(CpuFlashinferRmsnorm, Mxfp4OfSpecialValues) {
  const QuantizedTensor nan = norm(kMxfp4, tensor(InputType::kBf16, 1, Words(32, 0xFFC0)), 1.0f, {1.0f});
  EXPECT_THAT(scale_bytes(nan), ElementsAre(127));
  EXPECT_THAT(nan.codes, Each(7));
  const QuantizedTensor infinity = norm(kMxfp4, row_of("FF80 C0C0 40C0"), 1.0f, {1.0f});
  EXPECT_THAT(scale_bytes(infinity), ElementsAre(0));
  EXPECT_THAT(std::vector<int>(infinity.codes.begin(), infinity.codes.begin() + 3), ElementsAre(7, 8, 0));
  for (const char* elements : {"8000", "8001 0040"}) {
    const QuantizedTensor small = norm(kMxfp4, row_of(elements), 1.0f, {1.0f});
    EXPECT_THAT(scale_bytes(small), ElementsAre(0)) << elements;
    EXPECT_THAT(std::vector<int>(small.codes.begin(), small.codes.begin() + 2), ElementsAre(8, 0)) << elements;
  }
}

TEST(CpuFlashinferRmsnorm, RefusesOtherCountsAndFactorsThatAreNoScale) {
  const auto refusal = [](const std::vector<float>& row_factor) -> std::string {
    try {
      norm(kNvfp4, two_rows(), 1.0f, row_factor);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(refusal({1.0f}), HasSubstr("1 factors of rows were given, expected 2"));
  EXPECT_THAT(refusal({1.0f, 0.0f}), HasSubstr("not a positive finite number"));
  EXPECT_THAT(refusal({1.0f, std::bit_cast<float>(kNan)}), HasSubstr("not a positive finite number"));
  EXPECT_EQ(refusal({1.0f, 1.0f}), "");
}

}  // namespace
}  // namespace bitgate::device
