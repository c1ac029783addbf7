// Worked examples of torchao NVFP4, and what its CPU and CUDA paths do with NaN and infinity.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <vector>

#include "bitgate/device/cpu/subject.h"
#include "bitgate/tests/device/cpu_examples.h"

namespace bitgate::device {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::ElementsAreArray;

constexpr const char* kW1 = "0000 8000 3D00 BDCD 3E80 BEC0 3F00 3F30 BF50 3F80 BF98 3FB8 3FE0 C010 4040 C04E";

TEST(CpuTorchaoNvfp4, ExampleW1) {
  for (const char* recipe : {"torchao/nvfp4", "torchao/nvfp4-cpu"}) {
    const QuantizedTensor t = run(recipe, tensor(InputType::kBf16, 1, words(kW1)));
    EXPECT_THAT(scale_bytes(t), ElementsAre(0x31)) << recipe;
    EXPECT_THAT(t.codes, ElementsAreArray(low_first("80 80 91 22 4B 5C E5 F7"))) << recipe;
    EXPECT_EQ(t.scheme.id, SchemeId::kNvfp4Single) << recipe;
  }
}

TEST(CpuTorchaoNvfp4, ExampleW2HasTwoLevels) {
  const QuantizedTensor cuda = run_bf16("torchao/nvfp4-tensorwise", kW1, 0x40A60000);
  EXPECT_EQ(bits_of(cuda.global), Words{0x3AFCF3D0});
  EXPECT_THAT(scale_bytes(cuda), ElementsAre(0x79));
  EXPECT_THAT(cuda.codes, ElementsAreArray(low_first("80 80 91 22 4B 5C E5 F7")));
  EXPECT_EQ(cuda.global_number, GlobalNumber::kMultiplier);
  const QuantizedTensor x86 = run_bf16("torchao/nvfp4-tensorwise-cpu", kW1, 0x40A60000);
  EXPECT_EQ(bits_of(x86.global), Words{0x3AFCF3CF});
  EXPECT_THAT(scale_bytes(x86), ElementsAre(0x79));
}

// The note prints the bytes high nibble first, as the producer packed them then; in logical order they are W1's codes.
TEST(CpuTorchaoNvfp4, ExampleW2OfPr2408) {
  const QuantizedTensor t = run_bf16("torchao/nvfp4-pr2408", kW1, 0x40A60000);
  EXPECT_EQ(bits_of(t.global), Words{0x3C800000});
  EXPECT_THAT(scale_bytes(t), ElementsAre(0x61));
  EXPECT_THAT(t.codes, ElementsAreArray(low_first("80 80 91 22 4B 5C E5 F7")));
}

// amax 100: times R(1/448) it is 0x3E64924A (the quotient would be 0x3E649249), which bf16 rounds to 0x3E65.
TEST(CpuTorchaoNvfp4, Pr2408RoundsTheGlobalToTheInputType) {
  EXPECT_EQ(bits_of(run_bf16("torchao/nvfp4-pr2408", kW1, 0x42C80000).global), Words{0x3E650000});
  const TypedTensor x = tensor(InputType::kF32, 1, Words(16, 0x3F800000));
  EXPECT_EQ(bits_of(run("torchao/nvfp4-pr2408", x, {100.0f}).global), Words{0x3E64924A});
  EXPECT_EQ(bits_of(run("torchao/nvfp4-pr2408", x, {1e9f}).global), Words{0x43E00000});
}

TEST(CpuTorchaoNvfp4, ElementIsAReciprocalProductNotAQuotient) {
  Words x(16, 0);
  x[0] = 0x3DD40000;
  x[1] = 0x3D000000;
  const QuantizedTensor t = run("torchao/nvfp4-tensorwise", tensor(InputType::kF32, 1, x), {1.0f});
  EXPECT_EQ(bits_of(t.global), Words{0x39C30C31});
  EXPECT_THAT(scale_bytes(t), ElementsAre(0x64));
  EXPECT_EQ(t.codes[1], 4);
}

TEST(CpuTorchaoNvfp4, ExamplesW3AndW4PartCudaFromCpu) {
  Words x(16, 0);
  x[0] = 0x3C870000;
  const TypedTensor w3 = tensor(InputType::kF32, 1, x);
  const float amax = std::bit_cast<float>(0x3F8C0000u);
  EXPECT_THAT(scale_bytes(run("torchao/nvfp4-tensorwise", w3, {amax})), ElementsAre(0x4D));
  EXPECT_THAT(scale_bytes(run("torchao/nvfp4-tensorwise-cpu", w3, {amax})), ElementsAre(0x4E));
  x[0] = 0x40E3FFFF;
  const TypedTensor w4 = tensor(InputType::kF32, 1, x);
  EXPECT_THAT(scale_bytes(run("torchao/nvfp4", w4)), ElementsAre(0x3A));
  EXPECT_THAT(scale_bytes(run("torchao/nvfp4-cpu", w4)), ElementsAre(0x39));
}

TEST(CpuTorchaoNvfp4, ExampleW5ZeroBlockHasTheFloorScale) {
  Words x(32, 0);
  x[16] = 0x3F800000;
  x[1] = kMinusZero;
  for (const char* recipe :
       {"torchao/nvfp4", "torchao/nvfp4-cpu", "torchao/nvfp4-tensorwise", "torchao/nvfp4-pr2408"}) {
    const QuantizedTensor t = run(recipe, tensor(InputType::kF32, 1, x));
    EXPECT_EQ(scale_bytes(t)[0], 0x08) << recipe;
    EXPECT_EQ(t.codes[0], 0) << recipe;
    EXPECT_EQ(t.codes[1], 8) << recipe;
  }
}

TEST(CpuTorchaoNvfp4, ZeroTensorMakesANanOfTheMachinesSign) {
  const TypedTensor zeros = tensor(InputType::kF32, 1, Words(16, 0));
  const QuantizedTensor cuda = run("torchao/nvfp4-tensorwise", zeros);
  EXPECT_THAT(scale_bytes(cuda), ElementsAre(0x7F));
  EXPECT_THAT(cuda.codes, Each(4));
  const QuantizedTensor x86 = run("torchao/nvfp4-tensorwise-cpu", zeros);
  EXPECT_THAT(scale_bytes(x86), ElementsAre(0xFF));
  EXPECT_THAT(x86.codes, Each(0xC));
}

// Seen with PyTorch 2.11.0 on CPU and H100.
TEST(CpuTorchaoNvfp4, NanElementSpoilsItsBlockOrItsTensor) {
  Words x(32, 0x3F800000);
  x[3] = kNan;
  const TypedTensor input = tensor(InputType::kF32, 1, x);
  for (const char* recipe : {"torchao/nvfp4", "torchao/nvfp4-cpu"}) {
    const QuantizedTensor t = run(recipe, input);
    EXPECT_THAT(scale_bytes(t), ElementsAre(0x7F, 0x23)) << recipe;
    EXPECT_THAT(std::vector(t.codes.begin(), t.codes.begin() + 16), Each(4)) << recipe;
    EXPECT_THAT(std::vector(t.codes.begin() + 16, t.codes.end()), Each(7)) << recipe;
  }
  const QuantizedTensor cuda = run("torchao/nvfp4-tensorwise", input);
  EXPECT_THAT(scale_bytes(cuda), ElementsAre(0x7F, 0x7F));
  EXPECT_THAT(cuda.codes, Each(4));
  const QuantizedTensor x86 = run("torchao/nvfp4-tensorwise-cpu", input);
  EXPECT_THAT(scale_bytes(x86), ElementsAre(0x7F, 0xFF));
  EXPECT_THAT(x86.codes, Each(0xC));
}

TEST(CpuTorchaoNvfp4, InfiniteElementSaturatesOrTakesTheGlobalWithIt) {
  Words x(32, 0x3F800000);
  x[3] = kInf;
  const TypedTensor input = tensor(InputType::kF32, 1, x);
  const QuantizedTensor single = run("torchao/nvfp4", input);
  EXPECT_THAT(scale_bytes(single), ElementsAre(0x7E, 0x23));
  EXPECT_EQ(single.codes[3], 7);
  EXPECT_EQ(single.codes[4], 0);
  const QuantizedTensor cuda = run("torchao/nvfp4-tensorwise", input);
  EXPECT_THAT(scale_bytes(cuda), ElementsAre(0x7F, 0x08));
  EXPECT_EQ(cuda.codes[3], 4);
  EXPECT_EQ(cuda.codes[16], 0);
  const QuantizedTensor x86 = run("torchao/nvfp4-tensorwise-cpu", input);
  EXPECT_THAT(scale_bytes(x86), ElementsAre(0xFF, 0x08));
  EXPECT_EQ(x86.codes[3], 0xC);
}

// W2: times the rounded reciprocal the element is a tie; the quotient lies just below it.
TEST(CpuTorchaoNvfp4, EarlierVersionsDividedByTheProductOfTheScales) {
  Words x(16, 0);
  x[0] = 0x3DD40000;
  x[1] = 0x3D000000;
  for (const char* recipe : {"torchao/nvfp4-div", "torchao/nvfp4-div-high"}) {
    const QuantizedTensor t = run(recipe, tensor(InputType::kF32, 1, x), {1.0f});
    EXPECT_EQ(bits_of(t.global), Words{0x39C30C31}) << recipe;
    EXPECT_THAT(scale_bytes(t), ElementsAre(0x64)) << recipe;
    EXPECT_EQ(t.codes[1], 3) << recipe;
    EXPECT_EQ(t.global_number, GlobalNumber::kMultiplier) << recipe;
  }
}

TEST(CpuTorchaoNvfp4, DividedZeroTensorIsNanToo) {
  const QuantizedTensor t = run("torchao/nvfp4-div", tensor(InputType::kF32, 1, Words(16, 0)));
  EXPECT_THAT(scale_bytes(t), ElementsAre(0x7F));
  EXPECT_THAT(t.codes, Each(4));
}

// A block that PyTorch 2.11.0 on an H100 gave: torch.compile with Inductor moves one element across a tie.
TEST(CpuTorchaoNvfp4, InductorDividesApproximately) {
  const TypedTensor x = tensor(
      InputType::kBf16, 1, words("42B4 4070 C196 C196 C1D2 4216 4252 C196 4216 42B4 4216 C252 C216 C252 4134 4134"));
  const float decode = std::bit_cast<float>(0x3D092492u);
  const QuantizedTensor eager = run("torchao/nvfp4-tensorwise", x, {}, {decode});
  EXPECT_THAT(scale_bytes(eager), ElementsAre(0x7E));
  EXPECT_THAT(eager.codes, ElementsAreArray(low_first("07 BB 5C B6 75 E5 ED 22")));
  const QuantizedTensor compiled = run("torchao/nvfp4-tensorwise-inductor", x, {}, {decode});
  EXPECT_THAT(scale_bytes(compiled), ElementsAre(0x7E));
  EXPECT_THAT(compiled.codes, ElementsAreArray(low_first("17 BB 5C B6 75 E5 ED 22")));
}

}  // namespace
}  // namespace bitgate::device
