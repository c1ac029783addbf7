// ModelOpt, compressed-tensors and gfloat: worked examples, first probes, special values.
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

constexpr const char* kW1 = "0000 8000 3D00 BDCD 3E80 BEC0 3F00 3F30 BF50 3F80 BF98 3FB8 3FE0 C010 4040 C04E";
constexpr const char* kModelOpt[] = {"modelopt/nvfp4", "modelopt/nvfp4-cpu"};
constexpr const char* kCompressed[] = {"compressed-tensors/nvfp4-bf16", "compressed-tensors/nvfp4-fp32",
                                       "compressed-tensors/nvfp4-fp32-cpu"};

bool takes_fp32(std::string_view recipe) { return recipe.find("fp32") != std::string_view::npos; }

// bfloat16 numbers in the type that the recipe takes.
TypedTensor in_type_of(std::string_view recipe, Words bf16) {
  if (takes_fp32(recipe))
    for (std::uint32_t& bits : bf16) bits *= 0x10000u;
  return tensor(takes_fp32(recipe) ? InputType::kF32 : InputType::kBf16, 1, bf16);
}

// The scale byte of a block whose maximum is `block_amax`, of a tensor whose maximum is `amax`; both bfloat16.
int scale_of(std::string_view recipe, std::uint32_t amax, std::uint32_t block_amax) {
  Words x(16, 0);
  x[0] = block_amax;
  return scale_bytes(run(recipe, in_type_of(recipe, x), {std::bit_cast<float>(amax * 0x10000u)}))[0];
}

TypedTensor row_of(const std::vector<float>& first, std::size_t cols, InputType type = InputType::kF32) {
  std::vector<float> x = first;
  x.resize(cols, 0.0f);
  Words bits = bits_of(x);
  if (type == InputType::kBf16)
    for (std::uint32_t& each : bits) each >>= 16;
  return tensor(type, 1, bits);
}

TEST(CpuModelOpt, ExampleW2) {
  for (const char* recipe : {"modelopt/nvfp4", "compressed-tensors/nvfp4-bf16"}) {
    const QuantizedTensor t = run_bf16(recipe, kW1, 0x40A60000);
    EXPECT_THAT(scale_bytes(t), ElementsAre(0x79)) << recipe;
    EXPECT_THAT(t.codes, ElementsAreArray(low_first("00 80 91 22 4B 5C E5 F7"))) << recipe;
  }
  const QuantizedTensor modelopt = run_bf16("modelopt/nvfp4", kW1, 0x40A60000);
  EXPECT_EQ(bits_of(modelopt.global), Words{0x3AFCF3D0});
  EXPECT_EQ(modelopt.global_number, GlobalNumber::kMultiplier);
  EXPECT_EQ(bits_of(run_bf16("modelopt/nvfp4-cpu", kW1, 0x40A60000).global), Words{0x3AFCF3CF});
  const QuantizedTensor compressed = run_bf16("compressed-tensors/nvfp4-bf16", kW1, 0x40A60000);
  EXPECT_EQ(bits_of(compressed.global), Words{0x44010000});
  EXPECT_EQ(compressed.global_number, GlobalNumber::kDivisor);
}

TEST(CpuModelOpt, ExampleW3) {
  for (const char* recipe : kModelOpt) EXPECT_EQ(scale_of(recipe, 0x3F8C, 0x3C87), 0x4E) << recipe;
  for (const char* recipe : kCompressed) EXPECT_EQ(scale_of(recipe, 0x3F8C, 0x3C87), 0x4E) << recipe;
  const TypedTensor input = row_of({1.09375f}, 16);
  EXPECT_EQ(bits_of(run("compressed-tensors/nvfp4-fp32", input).global), Words{0x4519999A});
  EXPECT_EQ(bits_of(run("compressed-tensors/nvfp4-bf16", row_of({1.09375f}, 16, InputType::kBf16)).global),
            Words{0x451A0000});
}

// The note's pairs of a tensor's and a block's maximum that tell two recipes apart.
TEST(CpuModelOpt, FirstProbes) {
  const struct {
    const char *one, *other;
    std::uint32_t amax, block_amax;
    int scale_of_one, scale_of_other;
  } probes[] = {
      {"torchao/nvfp4-tensorwise", "torchao/nvfp4-tensorwise-cpu", 0x3F8C, 0x3C87, 0x4D, 0x4E},
      {"torchao/nvfp4-tensorwise", "torchao/nvfp4-mslk", 0x3F8C, 0x3C9B, 0x50, 0x4F},
      {"torchao/nvfp4-tensorwise", "modelopt/nvfp4", 0x3F8C, 0x3C87, 0x4D, 0x4E},
      {"torchao/nvfp4-tensorwise-cpu", "modelopt/nvfp4-cpu", 0x3F8C, 0x3CFA, 0x55, 0x54},
      {"modelopt/nvfp4", "modelopt/nvfp4-cpu", 0x3F9C, 0x3CEA, 0x52, 0x53},
      {"modelopt/nvfp4", "torchao/nvfp4-train", 0x3F82, 0x3CC3, 0x52, 0x53},
      {"modelopt/nvfp4-cpu", "compressed-tensors/nvfp4-bf16", 0x3F81, 0x3CC1, 0x52, 0x53},
      {"compressed-tensors/nvfp4-fp32", "modelopt/nvfp4", 0x3F8A, 0x3CCF, 0x53, 0x52},
      {"compressed-tensors/nvfp4-fp32", "torchao/nvfp4-mslk", 0x3F8A, 0x3CCF, 0x53, 0x52},
  };
  for (const auto& probe : probes) {
    EXPECT_EQ(scale_of(probe.one, probe.amax, probe.block_amax), probe.scale_of_one) << probe.one;
    EXPECT_EQ(scale_of(probe.other, probe.amax, probe.block_amax), probe.scale_of_other) << probe.other;
  }
}

// Pairs of bfloat16, A in [1, 2) and a from 2^-6 A's binade to A, whose scale bytes differ.
TEST(CpuModelOpt, RecipesDifferOnAsManyPairsAsTheNoteCounts) {
  const struct {
    const char *one, *other;
    int pairs;
  } lines[] = {{"torchao/nvfp4-tensorwise", "modelopt/nvfp4", 34},
               {"torchao/nvfp4-tensorwise-cpu", "modelopt/nvfp4-cpu", 70},
               {"modelopt/nvfp4", "modelopt/nvfp4-cpu", 53},
               {"modelopt/nvfp4", "torchao/nvfp4-train", 177},
               {"modelopt/nvfp4", "compressed-tensors/nvfp4-bf16", 2970},
               {"modelopt/nvfp4", "compressed-tensors/nvfp4-fp32", 148},
               {"modelopt/nvfp4-cpu", "compressed-tensors/nvfp4-fp32", 135},
               {"compressed-tensors/nvfp4-bf16", "compressed-tensors/nvfp4-fp32", 2968}};
  for (const auto& line : lines) {
    int total = 0, different = 0;
    for (std::uint32_t amax = 0x3F80; amax < 0x4000; ++amax) {
      Words x;
      for (std::uint32_t block_amax = 0x3F80 - 6 * 0x80; block_amax <= amax; ++block_amax) {
        x.push_back(block_amax);
        x.resize(x.size() + 15, 0);
      }
      const std::vector<float> given = {std::bit_cast<float>(amax * 0x10000u)};
      const Bytes one = scale_bytes(run(line.one, in_type_of(line.one, x), given));
      const Bytes other = scale_bytes(run(line.other, in_type_of(line.other, x), given));
      total += static_cast<int>(one.size());
      for (std::size_t i = 0; i < one.size(); ++i) different += one[i] != other[i] ? 1 : 0;
    }
    EXPECT_EQ(total, 106560);
    EXPECT_EQ(different, line.pairs) << line.one << " " << line.other;
  }
}

TEST(CpuModelOpt, ExampleW5ZeroBlockBesideAnother) {
  Words x(32, 0);
  x[16] = 0x3F80;
  x[1] = 0x8000;
  for (const char* recipe : {"modelopt/nvfp4", "modelopt/nvfp4-cpu", kCompressed[0], kCompressed[1], kCompressed[2]}) {
    const QuantizedTensor t = run(recipe, in_type_of(recipe, x));
    EXPECT_EQ(scale_bytes(t)[0], std::string_view(recipe).starts_with("modelopt") ? 0x38 : 0x20) << recipe;
    EXPECT_EQ(t.codes[0], 0) << recipe;
    EXPECT_EQ(t.codes[1], 0) << recipe;
  }
  const QuantizedTensor mx = run("modelopt/mxfp4", row_of({0.0f, -0.0f}, 32));
  EXPECT_THAT(scale_bytes(mx), ElementsAre(0));
  EXPECT_THAT(mx.codes, Each(8));
}

TEST(CpuModelOpt, TensorOfZeros) {
  const TypedTensor zeros = row_of({}, 16);
  EXPECT_THAT(scale_bytes(run("modelopt/nvfp4", zeros)), ElementsAre(0x7F));
  EXPECT_THAT(run("modelopt/nvfp4", zeros).codes, Each(7));
  EXPECT_EQ(bits_of(run("compressed-tensors/nvfp4-fp32", zeros).global), Words{0x3F800000});
  EXPECT_THAT(scale_bytes(run("compressed-tensors/nvfp4-fp32", zeros)), ElementsAre(0x20));
}

// A quotient of at most 2^-10 is not zero but its scale is: division by zero.
TEST(CpuModelOpt, ScaleThatUnderflows) {
  const TypedTensor input = row_of({0x1p-20f, -0x1p-20f, 0.0f}, 16);
  const QuantizedTensor t = run("modelopt/nvfp4", input, {2688.0f});
  EXPECT_THAT(scale_bytes(t), ElementsAre(0));
  EXPECT_EQ(t.codes[0], 7);
  EXPECT_EQ(t.codes[1], 0xF);
  EXPECT_EQ(t.codes[2], 7);
}

TEST(CpuModelOpt, SmallNegativesKeepTheirSignZerosDoNot) {
  const std::vector<float> x = {6.0f, -0.1f, -0.0f};
  for (const char* recipe : {"modelopt/nvfp4", "compressed-tensors/nvfp4-fp32"})
    EXPECT_THAT(run(recipe, row_of(x, 16), {2688.0f}, {1.0f}).codes[1], 8) << recipe;
  EXPECT_EQ(run("modelopt/nvfp4", row_of(x, 16), {}, {1.0f}).codes[2], 0);
}

TEST(CpuModelOpt, ExampleW11) {
  const std::vector<float> x = {0.0f, 0.75f, -0.75f, 1.75f, 5.0f, 2.5f, 6.0f, -0.0f};
  for (const InputType type : {InputType::kF32, InputType::kBf16}) {
    const QuantizedTensor t = run("modelopt/mxfp4", row_of(x, 32, type));
    EXPECT_THAT(scale_bytes(t), ElementsAre(127));
    EXPECT_THAT(Bytes(t.codes.begin(), t.codes.begin() + 8), ElementsAre(8, 1, 9, 3, 6, 4, 7, 8));
  }
}

// The logarithm rounds down to a whole number just above a power of two: at 2^16 for 5 units in the last place of
// amax / 6, which here lands within two units of the number asked for. In bfloat16 it does so for a wide stretch.
TEST(CpuModelOpt, CeilingOfARoundedLogarithm) {
  const auto scale = [](float sixth) {
    return static_cast<int>(scale_bytes(run("modelopt/mxfp4", row_of({sixth * 6.0f}, 32)))[0]);
  };
  EXPECT_EQ(scale(0x1p16f), 143);
  EXPECT_EQ(scale(0x1.000006p16f), 143);
  EXPECT_EQ(scale(0x1.00001p16f), 144);
  const auto scale_bf16 = [](std::uint32_t amax) {
    Words x(32, 0);
    x[0] = amax;
    return static_cast<int>(scale_bytes(run("modelopt/mxfp4", tensor(InputType::kBf16, 1, x)))[0]);
  };
  // 0x48C0 is 6 * 2^16. Above 16 bfloat16 has steps of 1/8: up to 2^(1/16) = 1.044 times the power is lost.
  EXPECT_EQ(scale_bf16(0x48C0), 143);
  EXPECT_EQ(scale_bf16(0x48C7), 144);  // 1.0365, in binary32
  EXPECT_EQ(scale_bf16(0x48CA), 144);  // 1.0521
}

TEST(CpuCompressedTensors, ExampleW6) {
  const auto scale = [](const char* recipe, std::uint32_t amax) {
    Words x(32, 0);
    x[0] = amax;
    return static_cast<int>(scale_bytes(run(recipe, tensor(InputType::kF32, 1, x)))[0]);
  };
  EXPECT_EQ(scale("compressed-tensors/mxfp8", 0x43E00000), 128);
  EXPECT_EQ(scale("compressed-tensors/mxfp8", 0x43DFFFFF), 127);
  EXPECT_EQ(scale("compressed-tensors/mxfp4", 0x40E00000), 128);
  EXPECT_EQ(scale("compressed-tensors/mxfp4", 0x40DFFFFF), 127);
  EXPECT_EQ(scale("compressed-tensors/mxfp4", 0), 0);
  EXPECT_EQ(scale("compressed-tensors/mxfp4", 0x7F600000), 255);
  EXPECT_EQ(run("compressed-tensors/mxfp8", row_of({448.0f}, 32)).codes[0], 0x76);
}

TEST(CpuCompressedTensors, NoNumbersAreRefused) {
  for (const char* recipe : kCompressed)
    for (const std::uint32_t bits : {0x7FC0u, 0x7F80u}) {
      Words x(16, 0x3F80);
      x[3] = bits;
      EXPECT_THROW(run(recipe, in_type_of(recipe, x)), InputError) << recipe;
    }
}

TEST(CpuGfloat, ExampleW6) {
  const QuantizedTensor t = run("gfloat/mxfp4", row_of({7, -7, 5, 3.5f, 2.5f, 1.25f, 0.25f, -0.125f}, 32));
  EXPECT_THAT(scale_bytes(t), ElementsAre(127));
  EXPECT_THAT(Bytes(t.codes.begin(), t.codes.begin() + 8), ElementsAre(7, 0xF, 6, 6, 4, 2, 0, 8));
}

TEST(CpuGfloat, ScalesAreFloorsOfLogarithms) {
  const struct {
    const char* recipe;
    float amax;
    int scale, code;
  } lines[] = {{"gfloat/mxfp8e4m3", 0x1.fffffep8f, 127, 0x7E},
               {"gfloat/mxfp8e5m2", 0x1.fffffep15f, 127, 0x7B},
               {"gfloat/mxfp6e2m3", 7.5f, 127, 0x1F},
               {"gfloat/mxfp6e3m2", 28.0f, 127, 0x1F},
               {"gfloat/mxfp8e4m3", 0x1p-149f, 0, 0x00},
               {"gfloat/mxfp8e5m2", 0x1p-126f, 0, 0x40},
               {"gfloat/mxfp4", 0.0f, 0, 0x00},
               {"gfloat/mxfp4", 0x1.fffffep127f, 252, 7}};
  for (const auto& line : lines) {
    const QuantizedTensor t = run(line.recipe, row_of({line.amax}, 32));
    EXPECT_THAT(scale_bytes(t), ElementsAre(line.scale)) << line.recipe;
    EXPECT_EQ(t.codes[0], line.code) << line.recipe;
  }
}

}  // namespace
}  // namespace bitgate::device
