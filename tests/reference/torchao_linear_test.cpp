// torchao's NVFP4 linear from end to end: weights by the eager recipe, activations by MSLK's kernel, Blackwell's matrix
// unit, and four roundings to bf16; weight-only: weights dequantized to bf16 and multiplied as such.
#include <gtest/gtest.h>

#include <bit>
#include <string>
#include <vector>

#include "bitgate/reference/format/encode.h"
#include "bitgate/reference/gemm/epilogue.h"
#include "bitgate/reference/mma/product.h"
#include "bitgate/reference/recipe/recipe.h"
#include "bitgate/tests/support/exact_arithmetic.h"
#include "bitgate/tests/support/splitmix.h"

namespace bitgate::oracle {
namespace {

using namespace reference;

constexpr std::int64_t kSide = 32, kDepth = 256;

std::vector<std::uint16_t> drawn(std::int64_t n, std::uint64_t seed) {
  SplitMix random(seed);
  std::vector<std::uint16_t> bits;
  for (std::int64_t i = 0; i < n; ++i) {
    const float x = (static_cast<float>(random.next32() >> 8) - 0x1p23f) * 0x1p-22f;
    bits.push_back(static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(x) >> 16));
  }
  return bits;
}
QuantizedTensor quantized(std::string_view recipe, const std::vector<std::uint16_t>& x) {
  Request request;
  request.input = {InputType::kBf16, {kSide, kDepth}, x.data()};
  return quantize(require_recipe(recipe), request);
}
std::vector<float> floats(const std::vector<std::uint32_t>& bits) {
  std::vector<float> numbers;
  for (const std::uint32_t each : bits) numbers.push_back(std::bit_cast<float>(each));
  return numbers;
}
std::vector<float> product(const QuantizedTensor& a, const QuantizedTensor& b) {
  const MmaSchedule schedule{&require_mma_instruction("sm_100a/tcgen05.mxf4nvf4.k64/nvfp4/f32"), 0};
  const std::vector<std::uint32_t> a_codes(a.codes.begin(), a.codes.end()), b_codes(b.codes.begin(), b.codes.end());
  return floats(mma_product(schedule, {kE2m1, kSide, kDepth, a_codes, std::get<std::vector<std::uint8_t>>(a.scales)},
                            {kE2m1, kSide, kDepth, b_codes, std::get<std::vector<std::uint8_t>>(b.scales)}));
}

struct Linear {
  std::vector<float> acc;
  QuantizedTensor a, b;
  std::vector<std::uint16_t> bias = drawn(kSide, 3);

  explicit Linear(std::string_view activations)
      : a(quantized(activations, drawn(kSide * kDepth, 1))),
        b(quantized("torchao/nvfp4-tensorwise", drawn(kSide * kDepth, 2))) {
    acc = product(a, b);
  }
  EpilogueOperands operands() const {
    EpilogueOperands of;
    of.rows = of.cols = kSide;
    of.accumulator = acc;
    of.a_scale = a.global;
    of.b_scale = b.global;
    of.bias = {InputType::kBf16, {1, kSide}, bias.data()};
    of.output = InputType::kBf16;
    return of;
  }
  std::vector<std::uint16_t> output() const {
    return std::get<1>(apply_epilogue(require_epilogue("torchao/linear-nvfp4-dynamic"), operands()).values);
  }
};

// Rounded to bf16 and widened again, by bits; ties to even.
std::uint32_t rounded(std::uint32_t bits) { return (bits + 0x7fffu + (bits >> 16 & 1)) & 0xffff0000u; }
std::uint32_t bits_of(float x) { return std::bit_cast<std::uint32_t>(x); }

TEST(TorchaoLinear, EachOfItsFourRoundingsIsThatOfExactArithmetic) {
  const Linear linear("torchao/nvfp4-mslk");
  const std::vector<std::uint16_t> d = linear.output();
  const std::uint32_t scale = rounded(exact_mul(bits_of(linear.a.global[0]), bits_of(linear.b.global[0])));
  for (std::size_t i = 0; i < d.size(); ++i) {
    const std::uint32_t scaled = rounded(exact_mul(rounded(bits_of(linear.acc[i])), scale));
    const std::uint32_t bias = std::uint32_t(linear.bias[i % kSide]) << 16;
    EXPECT_EQ(d[i], rounded(exact_add(scaled, bias)) >> 16) << i;
  }
}

TEST(TorchaoLinear, TheScaleMultipliedInFp32GivesOtherBytes) {
  const Linear linear("torchao/nvfp4-mslk");
  EpilogueRules rules = require_epilogue("torchao/linear-nvfp4-dynamic").rules;
  rules.rescale = Rescale::kScalesFp32;
  EXPECT_NE(std::get<1>(apply_rules(rules, linear.operands()).values), linear.output());
}

// On ordinary rows the two kernels give the same codes. In a row far below the tensor's amax block scales come to their
// floors, 2^-6 of the eager recipe and 2^-9 of MSLK's: row 0 is scaled by 2^-16.
TEST(TorchaoLinear, ActivationsByTheEagerRecipeGiveOtherBytesInSmallRows) {
  const auto output = [](std::string_view recipe) {
    Linear linear(recipe);
    std::vector<std::uint16_t> x = drawn(kSide * kDepth, 1);
    for (std::size_t i = 0; i < kDepth; ++i) x[i] = static_cast<std::uint16_t>(x[i] - (16 << 7));
    linear.a = quantized(recipe, x);
    linear.acc = product(linear.a, linear.b);
    EpilogueOperands operands = linear.operands();
    operands.bias = {};
    return std::get<1>(apply_epilogue(require_epilogue("torchao/linear-nvfp4-dynamic"), operands).values);
  };
  const std::vector<std::uint16_t> mixed = output("torchao/nvfp4-mslk"), eager = output("torchao/nvfp4-tensorwise");
  const auto row = [](const std::vector<std::uint16_t>& d, std::size_t first, std::size_t last) {
    return std::vector<std::uint16_t>(d.begin() + static_cast<std::ptrdiff_t>(first * kSide),
                                      d.begin() + static_cast<std::ptrdiff_t>(last * kSide));
  };
  EXPECT_NE(row(mixed, 0, 1), row(eager, 0, 1));
  EXPECT_EQ(row(mixed, 1, kSide), row(eager, 1, kSide));
}

TEST(TorchaoLinear, WeightOnlyMultipliesWeightsDequantizedToTheInputsType) {
  const std::vector<std::uint16_t> x = drawn(kSide * kDepth, 1);
  const Recipe& recipe = require_recipe("torchao/nvfp4-tensorwise");
  const QuantizedTensor b = quantized("torchao/nvfp4-tensorwise", drawn(kSide * kDepth, 2));
  const std::vector<std::uint32_t> a_codes(x.begin(), x.end());
  std::vector<std::uint32_t> b_codes;
  for (const float weight : dequantize(recipe, b, InputType::kBf16)) {
    EXPECT_EQ(bits_of(weight) & 0xffffu, 0u);
    b_codes.push_back(bits_of(weight) >> 16);
  }
  const MmaSchedule schedule{&require_mma_instruction("sm_90/mma.m16n8k16/bf16/f32"), 0};
  const std::vector<float> acc =
      floats(mma_product(schedule, {kBf16, kSide, kDepth, a_codes, {}}, {kBf16, kSide, kDepth, b_codes, {}}));
  EpilogueOperands operands;
  operands.rows = operands.cols = kSide;
  operands.accumulator = acc;
  operands.output = InputType::kBf16;
  const TypedTensor d = apply_epilogue(require_epilogue("torchao/linear-nvfp4-weight-only"), operands);
  for (std::size_t i = 0; i < acc.size(); ++i) EXPECT_EQ(std::get<1>(d.values)[i], rounded(bits_of(acc[i])) >> 16) << i;
}

}  // namespace
}  // namespace bitgate::oracle
