// MX by FlashInfer, TensorRT-LLM, vLLM and CUTLASS: what sets them apart at zeros, infinities, NaN, small
// blocks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "bitgate/device/cpu/subject.h"
#include "bitgate/tests/device/cpu_examples.h"

namespace bitgate::device {
namespace {

constexpr std::uint32_t kBf16Inf = 0x7F80, kBf16MinusInf = 0xFF80, kBf16MinusNan = 0xFFC0, kBf16MinusZero = 0x8000;

// The first elements of a block of 32 bfloat16; the rest is +0.
TypedTensor block_of(const Words& first) {
  Words x = first;
  x.resize(32, 0);
  return tensor(InputType::kBf16, 1, x);
}

struct Line {
  const char* recipe;
  int scale;
  std::vector<int> codes;  // of the first elements
};

// The same numbers as binary32, which is all that CUTLASS's epilogues and the host function take.
TypedTensor as_taken_by(std::string_view recipe, const TypedTensor& bf16) {
  if (!recipe.starts_with("cutlass/") && !recipe.ends_with("-host")) return bf16;
  Words wide;
  for (const std::uint32_t bits : std::get<1>(bf16.values)) wide.push_back(bits << 16);
  return tensor(InputType::kF32, bf16.extent.rows, wide);
}

void expect_lines(const TypedTensor& input, const std::vector<Line>& lines) {
  for (const Line& line : lines) {
    const QuantizedTensor t = run(line.recipe, as_taken_by(line.recipe, input));
    EXPECT_EQ(scale_bytes(t)[0], line.scale) << line.recipe;
    const std::vector<int> codes(t.codes.begin(), t.codes.begin() + static_cast<std::ptrdiff_t>(line.codes.size()));
    EXPECT_EQ(codes, line.codes) << line.recipe;
  }
}

TEST(CpuServingMx, SixIsTheLargestOfScaleOne) {
  expect_lines(block_of({0x40C0, 0xBF80, 0x40A0}), {{"flashinfer/mxfp4", 127, {7, 0xA, 6}},
                                                    {"flashinfer/mxfp4-cute", 127, {7, 0xA, 6}},
                                                    {"trtllm/mxfp4", 127, {7, 0xA, 6}},
                                                    {"trtllm/mxfp4-2025", 127, {7, 0xA, 6}},
                                                    {"vllm/mxfp4-old", 127, {7, 0xA, 6}},
                                                    {"vllm/mxfp4-new", 127, {7, 0xA, 6}},
                                                    {"cutlass/mxfp4-epilogue", 127, {7, 0xA, 6}}});
}

// 2^-127 by ex2.approx.f32 is 0x003FFFFF: three quarters of it fall short of the tie.
TEST(CpuServingMx, PowerOfTheLargestScaleIsALittleTooSmall) {
  expect_lines(block_of({0x7F80, 0xFEC0}), {{"trtllm/mxfp4", 254, {7, 9}}});
}

TEST(CpuServingMx, LargestElementOfEachFormatHasScaleOne) {
  for (const char* recipe : {"flashinfer/mxfp8", "flashinfer/mxfp8-cute", "flashinfer/mxfp8-host", "trtllm/mxfp8",
                             "trtllm/mxfp8-2025", "cutlass/mxfp8e4m3-epilogue"})
    expect_lines(block_of({0x43E0, 0xC3E0, 0x3F80}), {{recipe, 127, {0x7E, 0xFE, 0x38}}});
  expect_lines(block_of({0x40F0, 0xBF80}), {{"cutlass/mxfp6e2m3-epilogue", 127, {0x1F, 0x28}}});
  expect_lines(block_of({0x41E0, 0xBF80}), {{"cutlass/mxfp6e3m2-epilogue", 127, {0x1F, 0x2C}}});
  expect_lines(block_of({0x4760, 0xBF80}), {{"cutlass/mxfp8e5m2-epilogue", 127, {0x7B, 0xBC}}});
}

// Of 128 significands of bfloat16, cutting off disagrees with rounding up 127 times, rounding at 7/4 31 times.
TEST(CpuServingMx, SignificandsWhoseScalesDisagree) {
  Words x;
  for (std::uint32_t significand = 0; significand < 128; ++significand) {
    x.push_back(0x40C0 + significand);  // 6 to just below 24, a binade of amax / 6 and more
    x.resize(x.size() + 31, 0);
  }
  const TypedTensor input = tensor(InputType::kBf16, 128, x);
  const Bytes up = scale_bytes(run("flashinfer/mxfp4", input));
  const std::vector<std::pair<const char*, int>> others = {{"flashinfer/mxfp4-cute", 0},
                                                           {"trtllm/mxfp4", 0},
                                                           {"trtllm/mxfp4-2025", 0},
                                                           {"vllm/mxfp4-new", 31},
                                                           {"vllm/mxfp4-old", 127}};
  for (const auto& [recipe, wanted] : others) {
    const Bytes scales = scale_bytes(run(recipe, input));
    int different = 0;
    for (std::size_t i = 0; i < up.size(); ++i) different += up[i] != scales[i] ? 1 : 0;
    EXPECT_EQ(different, wanted) << recipe;
  }
}

// Scale 0 is 2^-127: zero under .ftz; elsewhere its reciprocal is infinite.
TEST(CpuServingMx, ZeroBlock) {
  expect_lines(block_of({0, kBf16MinusZero}), {{"flashinfer/mxfp4", 0, {0, 8}},
                                               {"flashinfer/mxfp4-cute", 0, {0, 8}},
                                               {"trtllm/mxfp4", 0, {0, 8}},
                                               {"trtllm/mxfp4-2025", 0, {0, 8}},
                                               {"vllm/mxfp4-old", 0, {0, 8}},
                                               {"vllm/mxfp4-new", 0, {0, 8}},
                                               {"cutlass/mxfp4-epilogue", 0, {0, 8}},
                                               {"flashinfer/mxfp8", 0, {0, 0x80}},
                                               {"flashinfer/mxfp8-cute", 0, {0, 0x80}},
                                               {"flashinfer/mxfp8-host", 0, {0, 0x80}},
                                               {"trtllm/mxfp8", 0, {0, 0x80}},
                                               {"trtllm/mxfp8-2025", 0, {0, 0x80}},
                                               {"cutlass/mxfp8e4m3-epilogue", 0, {0, 0x80}}});
}

TEST(CpuServingMx, Infinity) {
  expect_lines(block_of({kBf16Inf, kBf16MinusInf, 0xBF80}), {{"flashinfer/mxfp4", 254, {7, 7, 8}},
                                                             {"flashinfer/mxfp4-cute", 254, {7, 7, 8}},
                                                             {"trtllm/mxfp4", 254, {7, 0xF, 8}},
                                                             {"trtllm/mxfp4-2025", 254, {7, 7, 8}},
                                                             {"vllm/mxfp4-old", 255, {7, 7, 8}},
                                                             {"vllm/mxfp4-new", 253, {7, 0xF, 8}},
                                                             {"cutlass/mxfp4-epilogue", 254, {7, 0xF, 8}},
                                                             {"flashinfer/mxfp8", 254, {0x7E, 0x7E, 0x80}},
                                                             {"flashinfer/mxfp8-cute", 254, {0x7E, 0x7E, 0x80}},
                                                             {"trtllm/mxfp8-2025", 254, {0x7F, 0x7F, 0x80}},
                                                             {"cutlass/mxfp8e4m3-epilogue", 254, {0x7E, 0xFE, 0x80}}});
}

TEST(CpuServingMx, NanElementLosesItsSignAndOnlyCutlassSpoilsTheBlock) {
  expect_lines(block_of({0x40C0, kBf16MinusNan, 0xBF80}), {{"flashinfer/mxfp4", 127, {7, 7, 0xA}},
                                                           {"flashinfer/mxfp4-cute", 127, {7, 7, 0xA}},
                                                           {"trtllm/mxfp4", 127, {7, 7, 0xA}},
                                                           {"trtllm/mxfp4-2025", 127, {7, 7, 0xA}},
                                                           {"vllm/mxfp4-old", 127, {7, 7, 0xA}},
                                                           {"vllm/mxfp4-new", 127, {7, 7, 0xA}},
                                                           {"cutlass/mxfp4-epilogue", 255, {7, 7, 7}},
                                                           {"cutlass/mxfp6e2m3-epilogue", 255, {0x1F, 0x1F, 0x1F}},
                                                           {"cutlass/mxfp6e3m2-epilogue", 255, {0x1F, 0x1F, 0x1F}},
                                                           {"cutlass/mxfp8e5m2-epilogue", 255, {0x7F, 0x7F, 0x7F}}});
  expect_lines(block_of({0x43E0, kBf16MinusNan, 0xBF80}), {{"flashinfer/mxfp8", 127, {0x7E, 0x7E, 0xB8}},
                                                           {"flashinfer/mxfp8-cute", 127, {0x7E, 0x7E, 0xB8}},
                                                           {"trtllm/mxfp8", 127, {0x7E, 0x7F, 0xB8}},
                                                           {"trtllm/mxfp8-2025", 127, {0x7E, 0x7F, 0xB8}},
                                                           {"cutlass/mxfp8e4m3-epilogue", 255, {0x7F, 0x7F, 0x7F}}});
}

// The last comparison of FlashInfer's CUDA kernels returns its second operand, the odd maximum, if either is NaN.
TEST(CpuServingMx, NansOfOneParity) {
  Words even(32, 0x40C0), odd(32, 0x40C0);
  for (std::size_t i = 0; i < 32; i += 2) even[i] = odd[i + 1] = 0x7FC0;
  expect_lines(block_of(even), {{"flashinfer/mxfp4", 127, {7, 7}}, {"flashinfer/mxfp4-cute", 127, {7, 7}}});
  expect_lines(block_of(odd), {{"flashinfer/mxfp4", 255, {0, 7}}, {"flashinfer/mxfp4-cute", 127, {7, 7}}});
  const TypedTensor all = block_of(Words(32, 0x7FC0));
  expect_lines(all, {{"flashinfer/mxfp4-cute", 254, {7}}, {"vllm/mxfp4-new", 0, {7}}});
}

// amax 2^-124: a sixth is 4/3 * 2^-127, which FlashInfer's CUDA kernels flush.
TEST(CpuServingMx, SubnormalQuotient) {
  expect_lines(block_of({0x0180, 0x8180, 0}), {{"flashinfer/mxfp4", 0, {0, 8, 0}},
                                               {"flashinfer/mxfp4-cute", 1, {6, 0xE, 0}},
                                               {"trtllm/mxfp4", 1, {6, 0xE, 0}}});
}

// amax 2^-126: the quotient is below 2^-127 but not zero.
TEST(CpuServingMx, QuotientBelowTheSmallestScale) {
  expect_lines(block_of({0x0080, 0x8080, 0}), {{"flashinfer/mxfp4", 0, {0, 8, 0}},
                                               {"flashinfer/mxfp4-cute", 0, {0, 8, 0}},
                                               {"trtllm/mxfp4", 0, {0, 8, 0}},
                                               {"trtllm/mxfp4-2025", 0, {7, 0xF, 7}},
                                               {"vllm/mxfp4-old", 0, {0, 8, 0}},
                                               {"cutlass/mxfp4-epilogue", 0, {4, 0xC, 0}},
                                               {"flashinfer/mxfp8", 0, {0, 0x80, 0}},
                                               {"trtllm/mxfp8", 0, {0x7E, 0xFE, 0x7F}},
                                               {"trtllm/mxfp8-2025", 0, {0x7E, 0xFE, 0x7F}}});
}

}  // namespace
}  // namespace bitgate::device
