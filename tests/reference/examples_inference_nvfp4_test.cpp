// NVFP4 of FlashInfer, TensorRT-LLM, vLLM, SGLang and CUTLASS: the golden vectors and special cases of
// flashinfer-vllm-cutlass.md 3.3, 3.4, 11.1 and 13 of the notes.
#include <gtest/gtest.h>

#include <array>
#include <ostream>
#include <string>
#include <vector>

#include "bitgate/reference/arith/ieee.h"
#include "bitgate/tests/support/examples.h"

namespace bitgate {
namespace {

using oracle::from_bits;
using oracle::to_bits;

// One block: element 0 is the largest, element 1 is `x`, the rest +0.
TypedTensor block(std::uint32_t largest, std::uint32_t x) {
  std::vector<std::uint32_t> bits(16, 0);
  bits[0] = largest;
  bits[1] = x;
  return oracle::bf16_row(bits);
}

QuantizedTensor with_global(std::string_view recipe, const TypedTensor& input, float global) {
  const std::array given{global};
  return reference::quantize(reference::require_recipe(recipe), oracle::request_for(input, {}, given));
}

// Block scale and code of x, as the table of 11.1 writes them.
struct Cell {
  std::uint32_t scale, code;
};

struct Vector {
  std::uint32_t s, largest, x;
  Cell mufu, ieee, exact, cutlass, allreduce, cache;
};
void PrintTo(const Vector& v, std::ostream* out) { *out << std::hex << v.s << " " << v.largest << " " << v.x; }

constexpr Vector kVectors[] = {
    // clang-format off
    {0x436EEEEF, 0x4087, 0x3F4D, {0x72, 2}, {0x72, 2}, {0x72, 2}, {0x72, 2}, {0x72, 2}, {0x73, 2}},
    {0x44DB6DB7, 0x3F2F, 0x3E81, {0x75, 4}, {0x75, 4}, {0x75, 4}, {0x75, 4}, {0x75, 4}, {0x75, 4}},
    {0x43E00000, 0x3F90, 0x3EC8, {0x6A, 4}, {0x6A, 4}, {0x6B, 4}, {0x6B, 4}, {0x6A, 4}, {0x6A, 4}},
    {0x43400000, 0x40C8, 0x409C, {0x75, 6}, {0x75, 6}, {0x74, 6}, {0x74, 6}, {0x75, 6}, {0x75, 6}},
    {0x44EEEEEF, 0x3FB0, 0x3F96, {0x7E, 7}, {0x7E, 7}, {0x7E, 7}, {0x7E, 7}, {0x7E, 7}, {0x7E, 7}},
    {0x43BBCED0, 0x3FE9, 0x3E65, {0x6E, 1}, {0x6E, 1}, {0x6E, 1}, {0x6E, 2}, {0x6E, 2}, {0x6E, 1}},
    {0x446C4EC5, 0x3FDD, 0x3F25, {0x79, 4}, {0x79, 4}, {0x78, 4}, {0x78, 4}, {0x79, 4}, {0x78, 4}},
    {0x43AAAAAB, 0x3FFE, 0x3ED2, {0x6E, 2}, {0x6E, 2}, {0x6E, 2}, {0x6E, 3}, {0x6E, 3}, {0x6E, 2}},
    {0x432B58BC, 0x405D, 0x3F7B, {0x6C, 3}, {0x6C, 4}, {0x6C, 4}, {0x6C, 4}, {0x6C, 4}, {0x6C, 4}},
    {0x436C4EC5, 0x4126, 0x3FA9, {0x7D, 2}, {0x7D, 1}, {0x7D, 1}, {0x7D, 2}, {0x7D, 2}, {0x7D, 2}},
    {0x43914C1C, 0x40DE, 0x3F97, {0x7A, 2}, {0x7A, 2}, {0x7A, 2}, {0x7A, 2}, {0x7A, 2}, {0x7A, 2}},
    {0x4419999A, 0x3FD2, 0x3E35, {0x72, 1}, {0x72, 1}, {0x73, 1}, {0x73, 1}, {0x72, 1}, {0x72, 1}},
    // clang-format on
};

class InferenceNvfp4 : public testing::TestWithParam<Vector> {
 protected:
  void expect(std::string_view recipe, const Cell& cell, float global) const {
    SCOPED_TRACE(recipe);
    const QuantizedTensor answer = with_global(recipe, block(GetParam().largest, GetParam().x), global);
    EXPECT_EQ(scale_bits(answer.scales, 0), cell.scale);
    EXPECT_EQ(answer.codes[1], cell.code);
    for (std::size_t i = 2; i < 16; ++i) EXPECT_EQ(answer.codes[i], 0) << i;
  }
};
INSTANTIATE_TEST_SUITE_P(, InferenceNvfp4, testing::ValuesIn(kVectors));

TEST_P(InferenceNvfp4, GoldenVectorsAreMet) {
  const Vector& v = GetParam();
  const float s = from_bits(v.s);
  for (const char* recipe : {"flashinfer/nvfp4-fast", "flashinfer/nvfp4-fast-row", "flashinfer/nvfp4-cute-fast",
                             "flashinfer/nvfp4-moe-allreduce", "trtllm/nvfp4-2025", "trtllm/nvfp4-2025-rounded",
                             "vllm/nvfp4", "sglang/nvfp4"})
    expect(recipe, v.mufu, s);
  expect("vllm/nvfp4-pyref", v.ieee, s);
  for (const char* recipe : {"flashinfer/nvfp4-exact", "flashinfer/nvfp4-exact-row", "flashinfer/nvfp4-cute-exact",
                             "flashinfer/nvfp4-vecmax-exact"})
    expect(recipe, v.exact, s);
  for (const char* recipe : {"cutlass/nvfp4-epilogue", "cutlass/nvfp4-host"}) expect(recipe, v.cutlass, s);
  expect("flashinfer/nvfp4-allreduce", v.allreduce, s);
  expect("flashinfer/nvfp4-kv", v.cache, reference::div_rn(1.0f, s));
}

// The vectors' S are 2688 / amax for a bf16 amax in [1, 16): without S given, that is what an amax means.
TEST(InferenceNvfp4Global, IsDividedOnceFromAmax) {
  const QuantizedTensor answer =
      oracle::quantize("flashinfer/nvfp4-fast", block(0x3F80, 0x3F80), std::array{from_bits(0x41340000)});
  EXPECT_EQ(to_bits(answer.global.at(0)), 0x436EEEEFu);
  const QuantizedTensor inverse =
      oracle::quantize("flashinfer/nvfp4-kv", block(0x3F80, 0x3F80), std::array{from_bits(0x41340000)});
  EXPECT_EQ(to_bits(inverse.global.at(0)), to_bits(reference::div_rn(11.25f, 2688.0f)));
}

// T2: S * vm / 6 of at most 2^-10, vm not 0. Element 2 is a zero.
TEST(InferenceNvfp4Underflow, HasThreeOutcomes) {
  const TypedTensor input = block(0x3B80, 0xBB80);  // 2^-8 and -2^-8: 2^-8 / 6 is below 2^-10
  const auto codes = [&](std::string_view recipe) {
    const QuantizedTensor answer = with_global(recipe, input, 1.0f);
    EXPECT_EQ(scale_bits(answer.scales, 0), 0u) << recipe;
    return std::vector<int>{answer.codes[0], answer.codes[1], answer.codes[2]};
  };
  EXPECT_EQ(codes("flashinfer/nvfp4-fast"), (std::vector<int>{0x7, 0xF, 0x7}));  // 0 * Inf is NaN
  EXPECT_EQ(codes("trtllm/nvfp4-2025"), (std::vector<int>{0x7, 0xF, 0x7}));
  EXPECT_EQ(codes("flashinfer/nvfp4-kv"), (std::vector<int>{0x7, 0xF, 0x7}));
  for (const char* recipe :
       {"flashinfer/nvfp4-exact", "flashinfer/nvfp4-cute-exact", "cutlass/nvfp4-epilogue", "cutlass/nvfp4-host"})
    EXPECT_EQ(codes(recipe), (std::vector<int>{0x7, 0xF, 0x0})) << recipe;  // FLT_MAX
  for (const char* recipe : {"flashinfer/nvfp4-cute-fast", "vllm/nvfp4", "sglang/nvfp4", "flashinfer/nvfp4-allreduce",
                             "flashinfer/nvfp4-moe-allreduce", "trtllm/nvfp4-2025-rounded"})
    EXPECT_EQ(codes(recipe), (std::vector<int>{0x0, 0x8, 0x0})) << recipe;
  // Without the bound of FLT_MAX the reciprocal of 0 stays infinite.
  EXPECT_EQ(codes("flashinfer/nvfp4-vecmax-exact"), (std::vector<int>{0x7, 0xF, 0x7}));
}

TEST(InferenceNvfp4Global, OfZeroOrBeyond2To126GivesSixOrNan) {
  const TypedTensor input = block(0x3F80, 0xBF80);
  const QuantizedTensor zero = with_global("flashinfer/nvfp4-fast", input, 0.0f);
  EXPECT_EQ(scale_bits(zero.scales, 0), 0u);
  EXPECT_EQ(zero.codes, std::vector<std::uint8_t>(16, 7));  // 0 * Inf is NaN
  const QuantizedTensor large = with_global("flashinfer/nvfp4-fast", input, 0x1.8p126f);
  EXPECT_EQ(scale_bits(large.scales, 0), 0x7Eu);
  EXPECT_EQ(large.codes[0], 7);
  EXPECT_EQ(large.codes[1], 0xF);
  EXPECT_EQ(large.codes[2], 7);  // 0 * Inf
}

// 3.2: elements of odd places that are all NaN make the maximum a NaN, those of even places do not; vLLM, SGLang and
// the CuTe kernels want NaN everywhere for one.
TEST(InferenceNvfp4Maximum, LooksAtOddPlacesLast) {
  std::vector<std::uint32_t> odd(16, 0x40C0), even(16, 0x40C0);
  for (std::size_t i = 0; i < 16; ++i) (i % 2 == 0 ? even : odd)[i] = 0x7FC0;
  const auto scale = [](std::string_view recipe, const std::vector<std::uint32_t>& bits) {
    return scale_bits(with_global(recipe, oracle::bf16_row(bits), 1.0f).scales, 0);
  };
  for (const char* recipe : {"flashinfer/nvfp4-fast", "flashinfer/nvfp4-exact", "trtllm/nvfp4-2025"}) {
    EXPECT_EQ(scale(recipe, even), 0x38u) << recipe;
    EXPECT_EQ(scale(recipe, odd), 0x7Fu) << recipe;
  }
  for (const char* recipe : {"vllm/nvfp4", "sglang/nvfp4", "flashinfer/nvfp4-cute-fast"}) {
    EXPECT_EQ(scale(recipe, even), 0x38u) << recipe;
    EXPECT_EQ(scale(recipe, odd), 0x38u) << recipe;
  }
}

// An f16 subnormal is a normal binary32 number: FlashInfer's flushing does not meet it.
TEST(InferenceNvfp4Subnormal, OfF16IsNotFlushed) {
  const TypedTensor input{InputType::kF16, {1, 16}, std::vector<std::uint16_t>(16, 0x0001)};
  const QuantizedTensor answer = with_global("flashinfer/nvfp4-fast", input, 0x1p24f);
  EXPECT_EQ(scale_bits(answer.scales, 0), 0x23u);  // 1/6 is 11 / 64 rounded
  EXPECT_EQ(answer.codes[0], 7);
  const QuantizedTensor flushed = with_global("flashinfer/nvfp4-fast", block(0x0040, 0x8040), 0x1p100f);
  EXPECT_EQ(scale_bits(flushed.scales, 0), 0u);
  EXPECT_EQ(flushed.codes[0], 0);
  EXPECT_EQ(flushed.codes[1], 8);
}

TEST(InferenceNvfp4Stages, AreNamedInOrder) {
  const std::array global{from_bits(0x432B58BC)};
  const TypedTensor input = block(0x405D, 0x3F7B);
  const auto stages = [&](std::string_view recipe) {
    std::string names;
    for (const reference::Stage& each :
         reference::explain(reference::require_recipe(recipe), oracle::request_for(input, {}, global), 0, 1))
      names += (names.empty() ? "" : " ") + each.name;
    return names;
  };
  EXPECT_EQ(stages("flashinfer/nvfp4-fast"), "S 1/S M block_amax bs t scale_code multiplier x v code");
  EXPECT_EQ(stages("flashinfer/nvfp4-kv"), "g S 1/S M block_amax bs t scale_code multiplier x v code");
  EXPECT_EQ(stages("cutlass/nvfp4-epilogue"), "S 1/S M block_amax sd scale_code multiplier x v code");
}

// The blocks of CUTLASS's epilogue are as wide as its name says: one large number far off decides the scale.
TEST(CutlassWide, BlocksOf32And64ShareOneScale) {
  std::vector<float> x(64, 0.5f);
  x[63] = 6.0f;
  const TypedTensor input = oracle::f32_row(x);
  const std::array one{1.0f};
  const auto scales = [&](std::string_view recipe) {
    const QuantizedTensor answer =
        reference::quantize(reference::require_recipe(recipe), oracle::request_for(input, {}, one));
    return std::get<std::vector<std::uint8_t>>(answer.scales);
  };
  // 0.5 / 6 = 0.0833 -> 11 / 128 = 1B; 6 / 6 = 1 -> 38.
  EXPECT_EQ(scales("cutlass/nvfp4-epilogue"), (std::vector<std::uint8_t>{0x1B, 0x1B, 0x1B, 0x38}));
  EXPECT_EQ(scales("cutlass/nvfp4-epilogue-32"), (std::vector<std::uint8_t>{0x1B, 0x38}));
  EXPECT_EQ(scales("cutlass/nvfp4-epilogue-64"), (std::vector<std::uint8_t>{0x38}));
}

// A caller's S is a divisor: 6 under S = 2 and scale 2 stands for 6.
TEST(InferenceNvfp4Values, AreCodesTimesScaleOverS) {
  const QuantizedTensor answer = with_global("flashinfer/nvfp4-fast", block(0x40C0, 0xBFC0), 2.0f);
  EXPECT_EQ(scale_bits(answer.scales, 0), 0x40u);
  std::vector<double> values(16);
  reference::exact_row(answer, 0, values);
  EXPECT_EQ(values[0], 6.0);
  EXPECT_EQ(values[1], -1.5);
}

}  // namespace
}  // namespace bitgate
