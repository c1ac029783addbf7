// ModelOpt's fake quantization: numbers out, no codes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <vector>

#include "bitgate/device/cpu/subject.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/tests/device/cpu_examples.h"

namespace bitgate::device {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::ElementsAreArray;

TypedTensor row_of(const std::vector<float>& first, std::size_t cols) {
  std::vector<float> x = first;
  x.resize(cols, 0.0f);
  return tensor(InputType::kF32, 1, bits_of(x));
}

TEST(CpuModelOptFake, ExampleW9OfInt8) {
  const QuantizedTensor t =
      run("modelopt/mxint8-fake-ext", row_of({1.9921875f, .0078125f, .0234375f, -.0078125f, 1.0f, -1.984375f}, 32));
  EXPECT_THAT(bits_of(std::vector<float>(t.values.begin(), t.values.begin() + 6)),
              ElementsAreArray(bits_of({2.0f, 0.0f, 0.03125f, -0.0f, 1.0f, -2.0f})));
}

TEST(CpuModelOptFake, ExtensionRoundsToEvenAndSaturatesInfinity) {
  const float infinity = std::bit_cast<float>(kInf);
  const QuantizedTensor fp8 = run("modelopt/mxfp8e4m3-fake-ext", row_of({448.0f, 400.0f, -400.0f}, 32));
  EXPECT_THAT(std::vector<float>(fp8.values.begin(), fp8.values.begin() + 3), ElementsAre(448.0f, 384.0f, -384.0f));
  const QuantizedTensor fp4 = run("modelopt/mxfp4-fake-ext", row_of({6.0f, 0.75f, 2.5f, -5.0f, 0.25f}, 32));
  EXPECT_THAT(std::vector<float>(fp4.values.begin(), fp4.values.begin() + 5),
              ElementsAre(6.0f, 1.0f, 2.0f, -4.0f, 0.0f));
  const QuantizedTensor nvfp4 = run("modelopt/nvfp4-fake-ext", row_of({6.0f, 0.75f, 2.5f, -5.0f, 0.25f}, 16));
  EXPECT_EQ(nvfp4.values, std::vector<float>(fp4.values.begin(), fp4.values.begin() + 16));
  // FLT_MAX / 57344 is above 2^112, so its power is 2^113 and the infinity becomes 57344 * 2^113, beyond binary32.
  EXPECT_EQ(run("modelopt/mxfp8e5m2-fake-ext", row_of({infinity}, 32)).values[0], infinity);
  EXPECT_THROW(run("modelopt/mxfp4-fake-ext", row_of({std::bit_cast<float>(kNan)}, 32)), InputError);
}

// Below 2^-126 the quotient is flushed, and so is the power of two that the codes are multiplied by.
TEST(CpuModelOptFake, ExtensionLosesTheSmallestBlocks) {
  EXPECT_THAT(run("modelopt/mxfp4-fake-ext", row_of({0x1p-125f}, 32)).values, Each(0.0f));
  EXPECT_EQ(run("modelopt/mxfp4-fake-ext", row_of({0x1.8p-124f}, 32)).values[0], 0x1.8p-124f);
}

TEST(CpuModelOptFake, TritonKernel) {
  const QuantizedTensor t = run("modelopt/nvfp4-fake-triton", row_of({2688.0f, 1344.0f, -448.0f, -0.0f, -1.0f}, 16));
  EXPECT_THAT(bits_of(std::vector<float>(t.values.begin(), t.values.begin() + 5)),
              ElementsAreArray(bits_of({2688.0f, 1344.0f, -448.0f, 0.0f, -0.0f})));
  EXPECT_THAT(run("modelopt/nvfp4-fake-triton", row_of({5e-5f, 1e-5f}, 16)).values, Each(0.0f));
}

}  // namespace
}  // namespace bitgate::device
