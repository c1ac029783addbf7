// NVFP4 of inference libraries by the second implementation: the vectors of the note that part the recipes, and what
// each does with zeros, underflow, infinities, NaN and extreme global scales.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
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
using Names = std::vector<std::string>;

float float_of(std::uint32_t bits) { return std::bit_cast<float>(bits); }

// One block that begins with the given elements, +0 after them, under the given global number.
QuantizedTensor block(const std::string& recipe, InputType type, const std::string& elements, float global) {
  Words x = words(elements);
  const bool is_wide = recipe.ends_with("-64") || recipe.ends_with("-32");
  x.resize(is_wide ? 64 : 16, 0);
  return run(recipe, tensor(type, 1, x), {}, {global});
}

// Section 11.1 of the note: block maximum and one element more, "SF/code" in eight columns.
struct Vector {
  std::uint32_t encode_scale;
  const char* elements;
  const char* cells;
};
constexpr Vector kVectors[] = {
    {0x436EEEEF, "4087 3F4D", "72/2 72/2 72/2 72/2 72/2 73/2 72/2 72/2"},
    {0x44DB6DB7, "3F2F 3E81", "75/4 75/4 75/4 75/4 75/4 75/4 74/4 74/4"},
    {0x43E00000, "3F90 3EC8", "6A/4 6A/4 6B/4 6B/4 6A/4 6A/4 6A/4 6A/4"},
    {0x43400000, "40C8 409C", "75/6 75/6 74/6 74/6 75/6 75/6 74/6 74/6"},
    {0x44EEEEEF, "3FB0 3F96", "7E/7 7E/7 7E/7 7E/7 7E/7 7E/7 7E/7 7E/6"},
    {0x43BBCED0, "3FE9 3E65", "6E/1 6E/1 6E/1 6E/2 6E/2 6E/1 6E/2 6E/2"},
    {0x446C4EC5, "3FDD 3F25", "79/4 79/4 78/4 78/4 79/4 78/4 78/4 78/4"},
    {0x43AAAAAB, "3FFE 3ED2", "6E/2 6E/2 6E/2 6E/3 6E/3 6E/2 6E/3 6E/2"},
    {0x432B58BC, "405D 3F7B", "6C/3 6C/4 6C/4 6C/4 6C/4 6C/4 6C/4 6C/4"},
    {0x436C4EC5, "4126 3FA9", "7D/2 7D/1 7D/1 7D/2 7D/2 7D/2 7D/2 7D/2"},
    {0x43914C1C, "40DE 3F97", "7A/2 7A/2 7A/2 7A/2 7A/2 7A/2 7B/2 7A/2"},
    {0x4419999A, "3FD2 3E35", "72/1 72/1 73/1 73/1 72/1 72/1 73/1 72/1"},
};

// A, A', B, C, D, E, G; the last column, plain PyTorch, is no recipe of these producers.
const std::vector<Names> kColumns = {
    {"flashinfer/nvfp4-fast", "flashinfer/nvfp4-fast-row", "flashinfer/nvfp4-moe-allreduce",
     "flashinfer/nvfp4-cute-fast", "trtllm/nvfp4-2025", "trtllm/nvfp4-2025-rounded", "vllm/nvfp4", "sglang/nvfp4"},
    {"vllm/nvfp4-pyref"},
    {"flashinfer/nvfp4-exact", "flashinfer/nvfp4-exact-row", "flashinfer/nvfp4-vecmax-exact",
     "flashinfer/nvfp4-cute-exact"},
    {"cutlass/nvfp4-epilogue", "cutlass/nvfp4-host", "cutlass/nvfp4-epilogue-32", "cutlass/nvfp4-epilogue-64"},
    {"flashinfer/nvfp4-allreduce"},
    {"flashinfer/nvfp4-kv"},
    {"flashinfer/nvfp4-cute-rmsnorm"},
};

TEST(CpuInferenceNvfp4, VectorsThatPartTheRecipes) {
  for (const Vector& vector : kVectors)
    for (std::size_t column = 0; column < kColumns.size(); ++column) {
      const std::string cell(vector.cells + 5 * column, 4);
      for (const std::string& recipe : kColumns[column]) {
        const float encode_scale = float_of(vector.encode_scale);
        const bool takes_inverse = recipe == "flashinfer/nvfp4-kv";
        const QuantizedTensor t =
            block(recipe, InputType::kBf16, vector.elements, takes_inverse ? 1.0f / encode_scale : encode_scale);
        EXPECT_EQ(scale_bytes(t)[0], std::stoi(cell.substr(0, 2), nullptr, 16)) << recipe << ' ' << vector.elements;
        EXPECT_EQ(t.codes[1], std::stoi(cell.substr(3), nullptr, 16)) << recipe << ' ' << vector.elements;
      }
    }
}

// A block of bf16 and the scale byte and first four codes that a group of recipes makes of it.
struct Special {
  std::uint32_t encode_scale;
  const char* elements;
  int scale;
  std::vector<int> codes;
  Names recipes;
};

const Names kFastLike = {"flashinfer/nvfp4-fast", "flashinfer/nvfp4-fast-row"};
const Names kExactLike = {"flashinfer/nvfp4-exact", "flashinfer/nvfp4-exact-row", "flashinfer/nvfp4-cute-exact"};
const Names kTestsScale = {"flashinfer/nvfp4-cute-fast", "flashinfer/nvfp4-moe-allreduce", "vllm/nvfp4", "sglang/nvfp4",
                           "trtllm/nvfp4-2025-rounded"};
const Names kCutlass = {"cutlass/nvfp4-epilogue", "cutlass/nvfp4-epilogue-32", "cutlass/nvfp4-epilogue-64",
                        "cutlass/nvfp4-host"};
const Names kVecmax = {"flashinfer/nvfp4-vecmax-exact"}, kAllreduce = {"flashinfer/nvfp4-allreduce"},
            kTrtllm = {"trtllm/nvfp4-2025"}, kPyref = {"vllm/nvfp4-pyref"},
            kRmsnorm = {"flashinfer/nvfp4-cute-rmsnorm"};

Names together(const std::vector<Names>& groups) {
  Names all;
  for (const Names& group : groups) all.insert(all.end(), group.begin(), group.end());
  return all;
}
const Names kAll =
    together({kFastLike, kExactLike, kTestsScale, kCutlass, kVecmax, kAllreduce, kTrtllm, kPyref, kRmsnorm});

void expect_all(const std::vector<Special>& specials) {
  for (const Special& special : specials)
    for (const std::string& recipe : special.recipes) {
      const QuantizedTensor t = block(recipe, InputType::kBf16, special.elements, float_of(special.encode_scale));
      EXPECT_EQ(scale_bytes(t)[0], special.scale) << recipe;
      const std::vector<int> codes(t.codes.begin(), t.codes.begin() + 4);
      EXPECT_EQ(codes, special.codes) << recipe;
    }
}

constexpr std::uint32_t kOne = 0x3F800000;

TEST(CpuInferenceNvfp4, ZeroBlockKeepsItsSigns) { expect_all({{kOne, "0000 8000", 0x00, {0, 8, 0, 0}, kAll}}); }

// A tensor of zeros has S = +Inf.
TEST(CpuInferenceNvfp4, ZeroTensor) {
  const std::vector<int> zeros = {0, 8, 0, 0}, sixes = {7, 7, 7, 7};
  expect_all({{kInf, "0000 8000", 0x7F, zeros, kFastLike},
              {kInf, "0000 8000", 0x00, zeros, together({kExactLike, kVecmax})},
              {kInf, "0000 8000", 0x7F, sixes, together({kTestsScale, kTrtllm, kAllreduce, kCutlass})}});
  const TypedTensor input = tensor(InputType::kBf16, 1, Words(16, 0));
  EXPECT_EQ(bits_of(run("flashinfer/nvfp4-fast", input).global), Words{kInf});
  EXPECT_EQ(bits_of(run("flashinfer/nvfp4-kv", input).global), Words{0});
  EXPECT_THAT(scale_bytes(run("flashinfer/nvfp4-kv", input)), ElementsAre(0x7F));
  EXPECT_THAT(run("flashinfer/nvfp4-kv", input).codes, Each(0));
}

// vm / 6 is 2^-10, the tie below the smallest scale.
TEST(CpuInferenceNvfp4, UnderflowOfTheScale) {
  const char* elements = "3BC0 BB80 8000 0000";
  expect_all({{kOne, elements, 0x00, {7, 15, 7, 7}, together({kFastLike, kVecmax, kTrtllm})},
              {kOne, elements, 0x00, {7, 15, 8, 0}, together({kExactLike, kCutlass})},
              {kOne, elements, 0x00, {0, 8, 8, 0}, together({kTestsScale, kAllreduce, kPyref, kRmsnorm})}});
}

TEST(CpuInferenceNvfp4, InfinityTakesTheLargestScale) {
  expect_all({{kOne, "7F80 C3E0 8000 0000", 0x7E, {7, 10, 8, 0}, kAll},
              {kOne, "C3E0 FF80 8000 0000", 0x7E, {10, 15, 8, 0}, kAll}});
}

TEST(CpuInferenceNvfp4, NanIsPassedOverButNotByCutlassAndPyTorch) {
  const char* elements = "FFC0 C0C0 8000 0000";
  expect_all({{kOne,
               elements,
               0x38,
               {7, 15, 8, 0},
               together({kFastLike, kExactLike, kTestsScale, kVecmax, kAllreduce, kTrtllm, kRmsnorm})},
              {kOne, elements, 0x7F, {7, 7, 7, 7}, kPyref},
              {kOne, elements, 0x7F, {7, 7, 7, 7}, {"cutlass/nvfp4-epilogue", "cutlass/nvfp4-epilogue-64"}},
              {kOne, elements, 0x7F, {15, 7, 7, 7}, {"cutlass/nvfp4-host"}}});
}

// The last of FlashInfer's maxima compares even with odd places, so only NaNs at all odd ones win.
TEST(CpuInferenceNvfp4, NansAtEveryOtherPlace) {
  Words odd(16, 0x40C0), even(16, 0x40C0);
  for (std::size_t i = 0; i < 16; i += 2) {
    even[i] = 0x7FC0;
    odd[i + 1] = 0x7FC0;
  }
  for (const char* recipe : {"flashinfer/nvfp4-fast", "trtllm/nvfp4-2025", "vllm/nvfp4", "flashinfer/nvfp4-cute-fast"})
    EXPECT_THAT(scale_bytes(run(recipe, tensor(InputType::kBf16, 1, even), {}, {1.0f})), ElementsAre(0x38)) << recipe;
  for (const char* recipe : {"flashinfer/nvfp4-fast", "flashinfer/nvfp4-exact", "trtllm/nvfp4-2025"}) {
    const QuantizedTensor t = run(recipe, tensor(InputType::kBf16, 1, odd), {}, {1.0f});
    EXPECT_THAT(scale_bytes(t), ElementsAre(0x7F)) << recipe;
    EXPECT_THAT(t.codes, Each(7)) << recipe;
  }
  for (const char* recipe : {"vllm/nvfp4", "flashinfer/nvfp4-cute-fast"})
    EXPECT_THAT(scale_bytes(run(recipe, tensor(InputType::kBf16, 1, odd), {}, {1.0f})), ElementsAre(0x38)) << recipe;
}

// 0 * Inf is x86's NaN on CUTLASS's host: negative, and its converter keeps the sign.
TEST(CpuInferenceNvfp4, GlobalScaleOfZero) {
  const char* elements = "40C0 C0C0 8000 0000";
  expect_all({{0, elements, 0x00, {7, 7, 7, 7}, together({kFastLike, kVecmax})},
              {0, elements, 0x00, {7, 7, 7, 7}, {"cutlass/nvfp4-epilogue", "cutlass/nvfp4-epilogue-32"}},
              {0, elements, 0x00, {15, 15, 15, 15}, {"cutlass/nvfp4-host"}},
              {0, elements, 0x00, {7, 15, 8, 0}, kExactLike},
              {0, elements, 0x00, {0, 8, 8, 0}, together({kTestsScale, kAllreduce, kTrtllm, kPyref, kRmsnorm})}});
}

// MUFU's reciprocal of a number above 2^126 is zero, and __fdiv_rn flushes in FlashInfer's build.
TEST(CpuInferenceNvfp4, GlobalScaleAbove2To126) {
  const char* elements = "3F80 BF80 8000 0000";
  expect_all(
      {{0x7E800001, elements, 0x7E, {7, 15, 7, 7}, together({kFastLike, kTestsScale, kTrtllm, kVecmax})},
       {0x7E800001, elements, 0x7E, {7, 15, 8, 0}, together({kExactLike, kAllreduce, kCutlass, kPyref, kRmsnorm})}});
}

// 2^-127 times 2^125 / 6: FlashInfer's CUDA build flushes the maximum, the others keep it until MUFU flushes d / S.
TEST(CpuInferenceNvfp4, SubnormalMaximum) {
  const char* elements = "0040 8040 8000 0000";
  expect_all({{0x7E000000, elements, 0x00, {0, 8, 8, 0}, together({kFastLike, kVecmax, kAllreduce})},
              {0x7E000000, elements, 0x00, {0, 8, 8, 0}, {"flashinfer/nvfp4-exact", "flashinfer/nvfp4-moe-allreduce"}},
              {0x7E000000, elements, 0x13, {7, 15, 7, 7}, {"vllm/nvfp4", "flashinfer/nvfp4-cute-fast"}},
              {0x7E000000, elements, 0x13, {7, 15, 7, 7}, kTrtllm}});
}

TEST(CpuInferenceNvfp4, HalfSubnormalIsAnOrdinaryNumber) {
  const QuantizedTensor t = block("flashinfer/nvfp4-fast", InputType::kF16, "0001 8001", 0x1p24f);
  EXPECT_EQ(scale_bytes(t)[0], 0x23);  // 1 / 6 is nearest to 0.171875
  EXPECT_THAT(std::vector<int>(t.codes.begin(), t.codes.begin() + 3), ElementsAre(7, 15, 0));
}

TEST(CpuInferenceNvfp4, GlobalNumberIsTheGivenOneOrFollowsFromAmax) {
  Words x(32, 0x3F80);
  x[20] = 0xC0C0;  // -6
  x[21] = 0x7FC0;
  const TypedTensor input = tensor(InputType::kBf16, 2, x);
  const QuantizedTensor t = run("flashinfer/nvfp4-fast", input);
  EXPECT_EQ(t.global, std::vector<float>{448.0f});
  EXPECT_EQ(t.global_number, GlobalNumber::kDivisor);
  EXPECT_EQ(run("vllm/nvfp4", input, {12.0f}).global, std::vector<float>{224.0f});
  EXPECT_EQ(run("vllm/nvfp4", input, {12.0f}, {3.0f}).global, std::vector<float>{3.0f});
  EXPECT_EQ(run("flashinfer/nvfp4-fast-row", input).global, (std::vector<float>{2688.0f, 448.0f}));
  for (const char* recipe :
       {"flashinfer/nvfp4-fast-inverse", "flashinfer/nvfp4-exact-inverse", "flashinfer/nvfp4-kv"}) {
    const QuantizedTensor inverse = run(recipe, input);
    EXPECT_EQ(bits_of(inverse.global), Words{0x3B124925}) << recipe;  // 6 / 2688
    EXPECT_EQ(inverse.global_number, GlobalNumber::kMultiplier) << recipe;
  }
}

TEST(CpuInferenceNvfp4, InverseIsTakenBack) {
  for (const std::string recipe : {"flashinfer/nvfp4-fast", "flashinfer/nvfp4-exact"}) {
    const QuantizedTensor t = block(recipe + "-inverse", InputType::kBf16, "40C0 C080", 0.5f);
    EXPECT_THAT(scale_bytes(t), ElementsAre(0x40)) << recipe;  // 6 / 6 * 2
    EXPECT_EQ(t.codes, block(recipe, InputType::kBf16, "40C0 C080", 2.0f).codes) << recipe;
  }
}

TEST(CpuInferenceNvfp4, WideBlocksShareOneScale) {
  Words x(128, 0x3F800000);
  x[40] = 0xC1400000;  // -12
  x[70] = kNan;
  const TypedTensor input = tensor(InputType::kF32, 1, x);
  EXPECT_THAT(scale_bytes(run("cutlass/nvfp4-epilogue-64", input, {}, {1.0f})), ElementsAre(0x40, 0x7F));
  // 1 / 6 rounds to 0.171875, 12 / 6 is 2.
  EXPECT_THAT(scale_bytes(run("cutlass/nvfp4-epilogue-32", input, {}, {1.0f})), ElementsAre(0x23, 0x40, 0x7F, 0x23));
  EXPECT_EQ(run("cutlass/nvfp4-epilogue-64", input, {}, {1.0f}).scheme.id, SchemeId::kNvfp4V64);
}

TEST(CpuInferenceNvfp4, KernelsOf16BitInputRefuseBinary32) {
  const TypedTensor input = tensor(InputType::kF32, 1, Words(16, 0));
  for (const char* recipe : {"flashinfer/nvfp4-fast", "trtllm/nvfp4-2025", "vllm/nvfp4", "sglang/nvfp4"}) try {
      run(recipe, input);
      ADD_FAILURE() << recipe;
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), HasSubstr("the input is fp32, expected one of: bf16, f16"));
    }
}

}  // namespace
}  // namespace bitgate::device
