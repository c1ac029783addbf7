// Worked examples of NVFP4 by torchao's and MSLK's Triton kernels; special values are by reading.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
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

constexpr const char* kInference[] = {"torchao/nvfp4-mslk", "torchao/nvfp4-mslk-pre486", "torchao/nvfp4-triton-2025"};
constexpr const char* kTraining[] = {"torchao/nvfp4-train", "torchao/nvfp4-train-2d"};

TypedTensor block_of(std::uint32_t first, std::uint32_t second = 0) {
  Words x(16, 0);
  x[0] = first;
  x[1] = second;
  return tensor(InputType::kF32, 1, x);
}

TEST(CpuTorchaoKernels, ExampleW2) {
  for (const char* recipe : kInference) {
    const QuantizedTensor t = run_bf16(recipe, kW1, 0x40A60000);
    EXPECT_EQ(bits_of(t.global), Words{0x3AFCF3D0}) << recipe;
    EXPECT_EQ(t.global_number, GlobalNumber::kMultiplier) << recipe;
    EXPECT_THAT(scale_bytes(t), ElementsAre(0x79)) << recipe;
    EXPECT_THAT(t.codes, ElementsAreArray(low_first("80 80 91 22 4B 5C E5 F7"))) << recipe;
  }
}

TEST(CpuTorchaoKernels, ExampleW2ElementOfTheTrainingPath) {
  const QuantizedTensor t = run("torchao/nvfp4-train", block_of(0x3DD40000, 0x3D000000), {1.0f});
  EXPECT_EQ(t.codes[1], 3);
  EXPECT_EQ(bits_of(t.global), Words{0x3F800000});
  EXPECT_EQ(t.global_number, GlobalNumber::kAmax);
}

TEST(CpuTorchaoKernels, ExampleW3PartsMslkFromTraining) {
  const float amax = std::bit_cast<float>(0x3F8C0000u);
  EXPECT_THAT(scale_bytes(run("torchao/nvfp4-mslk", block_of(0x3C870000), {amax})), ElementsAre(0x4D));
  EXPECT_THAT(scale_bytes(run("torchao/nvfp4-train", block_of(0x3C870000), {amax})), ElementsAre(0x4E));
}

// Pairs that the note's table of first probes lists: (3F8C, 3C9B) parts eager from MSLK, 50 from 4F.
TEST(CpuTorchaoKernels, ProbePartsMslkFromEager) {
  const float amax = std::bit_cast<float>(0x3F8C0000u);
  EXPECT_THAT(scale_bytes(run("torchao/nvfp4-tensorwise", block_of(0x3C9B0000), {amax})), ElementsAre(0x50));
  EXPECT_THAT(scale_bytes(run("torchao/nvfp4-mslk", block_of(0x3C9B0000), {amax})), ElementsAre(0x4F));
}

TEST(CpuTorchaoKernels, TritonSlashMovesAScaleAcrossATie) {
  const float amax = std::bit_cast<float>(0x3F9A0000u);
  EXPECT_THAT(scale_bytes(run("torchao/nvfp4-triton-2025", block_of(0x3CBB0000), {amax})), ElementsAre(0x51));
  EXPECT_THAT(scale_bytes(run("torchao/nvfp4-div", block_of(0x3CBB0000), {amax})), ElementsAre(0x50));
}

TEST(CpuTorchaoKernels, ExampleW5ZeroBlockBesideAnother) {
  Words x(32, 0);
  x[16] = 0x3F800000;
  x[1] = kMinusZero;
  const TypedTensor input = tensor(InputType::kF32, 1, x);
  const struct {
    const char* recipe;
    int scale, plus, minus;
  } lines[] = {{"torchao/nvfp4-mslk", 0x01, 0, 8},
               {"torchao/nvfp4-mslk-pre486", 0x00, 7, 7},
               {"torchao/nvfp4-triton-2025", 0x00, 7, 7},
               {"torchao/nvfp4-train", 0x00, 0, 8},
               {"torchao/nvfp4-train-2d", 0x00, 0, 8}};
  for (const auto& line : lines) {
    const QuantizedTensor t = run(line.recipe, input);
    EXPECT_EQ(scale_bytes(t)[0], line.scale) << line.recipe;
    EXPECT_EQ(t.codes[0], line.plus) << line.recipe;
    EXPECT_EQ(t.codes[1], line.minus) << line.recipe;
  }
}

TEST(CpuTorchaoKernels, ZeroTensorTakesTheFloorAndMakesNans) {
  const TypedTensor zeros = tensor(InputType::kF32, 1, Words(16, 0));
  for (const char* recipe : kInference) EXPECT_THAT(run(recipe, zeros).codes, Each(7)) << recipe;
  EXPECT_THAT(scale_bytes(run("torchao/nvfp4-mslk", zeros)), ElementsAre(0x01));
  EXPECT_THAT(scale_bytes(run("torchao/nvfp4-mslk-pre486", zeros)), ElementsAre(0x00));
  EXPECT_THAT(scale_bytes(run("torchao/nvfp4-triton-2025", zeros)), ElementsAre(0x00));
  for (const char* recipe : kTraining) {
    EXPECT_THAT(run(recipe, zeros).codes, Each(0)) << recipe;
    EXPECT_THAT(scale_bytes(run(recipe, zeros)), ElementsAre(0x00)) << recipe;
  }
}

TEST(CpuTorchaoKernels, NanElementLeavesItsBlockAlone) {
  Words x(16, 0x3F800000);
  x[3] = 0xFFC00000;
  const TypedTensor input = tensor(InputType::kF32, 1, x);
  for (const char* recipe : {"torchao/nvfp4-mslk", "torchao/nvfp4-triton-2025", "torchao/nvfp4-train"}) {
    const QuantizedTensor t = run(recipe, input, {1.0f});
    EXPECT_THAT(scale_bytes(t), ElementsAre(0x7E)) << recipe;
    EXPECT_THAT(t.codes, Each(7)) << recipe;  // the NaN is +6, the ones are 1 / (448 / 2688)
  }
}

// Triton's maximum of nothing but NaNs is NaN; a minimum or clamp then takes its bound.
TEST(CpuTorchaoKernels, BlockOfNansTakesTheBoundOfTheScale) {
  const TypedTensor input = tensor(InputType::kF32, 1, Words(16, kNan));
  EXPECT_THAT(scale_bytes(run("torchao/nvfp4-mslk", input, {1.0f})), ElementsAre(0x01));
  EXPECT_THAT(scale_bytes(run("torchao/nvfp4-train", input, {1.0f})), ElementsAre(0x7E));
  EXPECT_THAT(run("torchao/nvfp4-train", input, {1.0f}).codes, Each(7));
}

// PyTorch finds the amax of the inference kernels and a NaN wins there; the training path's own kernel passes over it.
TEST(CpuTorchaoKernels, NanSpoilsTheTensorScaleOfInferenceOnly) {
  Words x(32, 0x3F800000);
  x[3] = kNan;
  const TypedTensor input = tensor(InputType::kF32, 1, x);
  const QuantizedTensor mslk = run("torchao/nvfp4-mslk", input);
  EXPECT_EQ(bits_of(mslk.global), Words{0x7FFFFFFF});
  EXPECT_THAT(scale_bytes(mslk), Each(0x01));
  EXPECT_THAT(mslk.codes, Each(7));
  EXPECT_EQ(bits_of(run("torchao/nvfp4-train", input).global), Words{0x3F800000});
}

TEST(CpuTorchaoKernels, InfinityTakesTheEncodeScaleWithIt) {
  Words x(32, 0x3F800000);
  x[3] = kInf;
  const TypedTensor input = tensor(InputType::kF32, 1, x);
  const QuantizedTensor mslk = run("torchao/nvfp4-mslk", input);
  EXPECT_THAT(scale_bytes(mslk), Each(0x01));
  EXPECT_EQ(mslk.codes[3], 7);
  EXPECT_EQ(mslk.codes[4], 0);
  const QuantizedTensor train = run("torchao/nvfp4-train", input);  // encode scale 0 counts as 1
  EXPECT_THAT(scale_bytes(train), ElementsAre(0x7E, 0x23));
  EXPECT_EQ(train.codes[3], 7);
  EXPECT_EQ(train.codes[16], 7);  // 1 / 0.171875 is 5.82
}

TEST(CpuTorchaoKernels, SquareBlocksShareAScaleThatEveryRowStores) {
  std::vector<float> x(20 * 32, 0.5f);
  x[15 * 32 + 1] = 4.0f;   // block (0, 0)
  x[16 * 32 + 31] = 2.0f;  // block (1, 1), of four rows
  const QuantizedTensor t = run("torchao/nvfp4-train-2d", tensor(InputType::kF32, 20, bits_of(x)), {4.0f});
  EXPECT_EQ(t.scheme.id, SchemeId::kNvfp4TwoD);
  Bytes expected;
  for (int r = 0; r < 16; ++r) expected.insert(expected.end(), {0x7E, 0x66});   // 448, 56
  for (int r = 16; r < 20; ++r) expected.insert(expected.end(), {0x66, 0x76});  // 56, 224
  EXPECT_THAT(scale_bytes(t), ElementsAreArray(expected));
  EXPECT_EQ(t.codes[0], 2);   // 0.5 * 6 / 4 = 0.75, a tie: to 1
  EXPECT_EQ(t.codes[16], 7);  // the amax of its block
  EXPECT_EQ(t.codes[15 * 32 + 1], 7);
}

}  // namespace
}  // namespace bitgate::device
