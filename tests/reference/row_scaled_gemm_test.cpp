// TransformerEngine's row-scaled NVFP4 product from end to end: quantized by te/nvfp4-row, multiplied as Blackwell's
// matrix unit does, and what follows, against a second implementation stage by stage.
#include <gtest/gtest.h>

#include <bit>
#include <string>
#include <vector>

#include "bitgate/reference/gemm/epilogue.h"
#include "bitgate/reference/mma/product.h"
#include "bitgate/reference/recipe/recipe.h"
#include "bitgate/tests/support/row_scaled_oracle.h"
#include "bitgate/tests/support/splitmix.h"

namespace bitgate::oracle {
namespace {

using namespace reference;

constexpr std::int64_t kRows = 256, kCols = 256, kDepth = 512;

// bf16 of about a bell's shape; each row, and each block of a row, with a magnitude of its own.
std::vector<std::uint16_t> drawn(std::int64_t rows, std::int64_t cols, std::uint64_t seed) {
  SplitMix random(seed);
  std::vector<std::uint16_t> bits;
  float row_size = 1.0f, block_size = 1.0f;
  for (std::int64_t i = 0; i < rows * cols; ++i) {
    if (i % cols == 0) row_size = std::bit_cast<float>((117u + random.next32() % 21u) << 23);
    if (i % 16 == 0) block_size = std::bit_cast<float>((124u + random.next32() % 4u) << 23);
    int sum = 0;
    for (int part = 0; part < 4; ++part) sum += static_cast<int>(random.next32() % 4096u) - 2048;
    const float x = static_cast<float>(sum) * row_size * block_size / 2048.0f;
    bits.push_back(static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(x) >> 16));
  }
  return bits;
}

QuantizedTensor quantized(std::string_view recipe, const std::vector<std::uint16_t>& x, std::int64_t rows) {
  Request request;
  request.input = {InputType::kBf16, {rows, kDepth}, x.data()};
  return quantize(require_recipe(recipe), request);
}

std::vector<float> product(const QuantizedTensor& a, const QuantizedTensor& b) {
  const MmaSchedule schedule{&require_mma_instruction("sm_100a/tcgen05.mxf4nvf4.k64/nvfp4/f32"), 0};
  const std::vector<std::uint32_t> a_codes(a.codes.begin(), a.codes.end()), b_codes(b.codes.begin(), b.codes.end());
  const auto& a_scales = std::get<std::vector<std::uint8_t>>(a.scales);
  const auto& b_scales = std::get<std::vector<std::uint8_t>>(b.scales);
  std::vector<float> acc;
  for (const std::uint32_t bits :
       mma_product(schedule, {kE2m1, kRows, kDepth, a_codes, a_scales}, {kE2m1, kCols, kDepth, b_codes, b_scales}))
    acc.push_back(std::bit_cast<float>(bits));
  return acc;
}

std::vector<std::uint32_t> bits_of(const std::vector<float>& numbers) {
  std::vector<std::uint32_t> bits;
  for (const float x : numbers) bits.push_back(std::bit_cast<std::uint32_t>(x));
  return bits;
}

std::uint32_t stage(const std::vector<Stage>& stages, std::string_view name) {
  for (const Stage& each : stages)
    if (each.name == name) return each.bits;
  ADD_FAILURE() << "no stage " << name;
  return 0;
}

struct Product {
  std::vector<std::uint16_t> a, b, bias, old;
  QuantizedTensor a_quantized, b_quantized;
  RowScaledOperand a_other, b_other;
  std::vector<float> acc;

  explicit Product(bool weights_by_row)
      : a(drawn(kRows, kDepth, 1)),
        b(drawn(kCols, kDepth, 2)),
        bias(drawn(1, kCols, 3)),
        old(drawn(kRows, kCols, 4)),
        a_quantized(quantized("te/nvfp4-row", a, kRows)),
        b_quantized(quantized(weights_by_row ? "te/nvfp4-row" : "te/nvfp4", b, kCols)),
        a_other(row_scaled_operand(a, kRows, kDepth, true)),
        b_other(row_scaled_operand(b, kCols, kDepth, weights_by_row)),
        acc(product(a_quantized, b_quantized)) {}

  EpilogueOperands operands(const std::vector<float>& a_amax, const std::vector<float>& b_amax, InputType type) const {
    EpilogueOperands made;
    made.rows = kRows;
    made.cols = kCols;
    made.accumulator = acc;
    made.a_amax = a_amax;
    made.b_amax = b_amax;
    made.bias = {InputType::kBf16, {1, kCols}, bias.data()};
    made.output = type;
    if (type == InputType::kBf16) {
      made.c = {type, {kRows, kCols}, old.data()};
      made.accumulate = true;
    }
    return made;
  }
};

// FP32 with a bias, and bf16 with a bias and accumulation, element by element with their stages.
void expect_the_second_implementations(const Product& p, std::int64_t stages_every) {
  ASSERT_EQ(p.a_quantized.codes, p.a_other.codes);
  ASSERT_EQ(p.b_quantized.codes, p.b_other.codes);
  ASSERT_EQ(std::get<std::vector<std::uint8_t>>(p.a_quantized.scales), p.a_other.scales);
  ASSERT_EQ(std::get<std::vector<std::uint8_t>>(p.b_quantized.scales), p.b_other.scales);
  ASSERT_EQ(bits_of(p.a_quantized.global), p.a_other.amax);
  ASSERT_EQ(bits_of(p.b_quantized.global), p.b_other.amax);
  const Epilogue& row_scaled = require_epilogue("te/gemm-nvfp4-row");
  const EpilogueOperands wide = p.operands(p.a_quantized.global, p.b_quantized.global, InputType::kF32);
  const EpilogueOperands narrow = p.operands(p.a_quantized.global, p.b_quantized.global, InputType::kBf16);
  const TypedTensor d = apply_epilogue(row_scaled, wide), d16 = apply_epilogue(row_scaled, narrow);
  std::int64_t different = 0, explained = 0, cast_matters = 0;
  for (std::int64_t i = 0; i < kRows * kCols; ++i) {
    const std::int64_t row = i / kCols, col = i % kCols;
    const auto at = static_cast<std::size_t>(i);
    const RowScaledStages other =
        row_scaled_element(p.a_other, p.b_other, row, col, p.bias[static_cast<std::size_t>(col)], p.old[at]);
    different += std::bit_cast<std::uint32_t>(p.acc[at]) != other.acc ? 1 : 0;
    different += std::bit_cast<std::uint32_t>(std::get<0>(d.values)[at]) != other.biased ? 1 : 0;
    different += std::get<1>(d16.values)[at] != other.accumulated ? 1 : 0;
    cast_matters += other.stored != other.accumulated ? 1 : 0;
    if (i % stages_every != 0 && different == 0) continue;
    const std::vector<Stage> stages = explain_epilogue(row_scaled, narrow, row, col);
    EXPECT_EQ(stage(stages, "acc"), other.acc);
    EXPECT_EQ(stage(stages, "product"), other.neutral);
    EXPECT_EQ(stage(stages, other.folded != 0 ? "a*b" : "*A"), other.folded != 0 ? other.folded : other.once);
    EXPECT_EQ(stage(stages, "rescaled"), other.rescaled);
    EXPECT_EQ(stage(stages, "+bias"), other.biased);
    EXPECT_EQ(stage(stages, "D"), other.stored);
    EXPECT_EQ(stage(stages, "D+old"), other.accumulated);
    ASSERT_EQ(different, 0) << "element (" << row << ", " << col << ")";
    ++explained;
  }
  EXPECT_EQ(different, 0);
  EXPECT_GT(explained, 0);
  EXPECT_GT(cast_matters, 0);
}

TEST(RowScaledGemm, BothSidesByRowAreThoseOfASecondImplementation) {
  expect_the_second_implementations(Product(true), 97);
}

TEST(RowScaledGemm, AScalarSideIsFoldedAsInASecondImplementation) {
  expect_the_second_implementations(Product(false), 97);
}

// Each of the steps that may be done otherwise shows on this data.
TEST(RowScaledGemm, OtherOrdersGiveOtherBytes) {
  const Product p(true);
  const EpilogueOperands operands = p.operands(p.a_quantized.global, p.b_quantized.global, InputType::kF32);
  const Epilogue& row_scaled = require_epilogue("te/gemm-nvfp4-row");
  const auto differing = [&](const EpilogueRules& rules, const EpilogueOperands& of) {
    const TypedTensor right = apply_epilogue(row_scaled, operands), other = apply_rules(rules, of);
    std::int64_t n = 0;
    for (std::size_t i = 0; i < p.acc.size(); ++i)
      n += std::bit_cast<std::uint32_t>(std::get<0>(right.values)[i]) !=
                   std::bit_cast<std::uint32_t>(std::get<0>(other.values)[i])
               ? 1
               : 0;
    return n;
  };
  EXPECT_EQ(differing(row_scaled.rules, operands), 0);
  for (const EpilogueReading& reading : one_step_away(row_scaled.rules)) {
    const bool silent = reading.rules.rescale == Rescale::kAmaxAThenB ||        // as it is done for two vectors
                        reading.rules.accumulate == Accumulate::kBeforeCast ||  // nothing is accumulated here
                        reading.rules.bias == Bias::kOutputType;                // nothing is cast
    if (silent)
      EXPECT_EQ(differing(reading.rules, operands), 0) << reading.words;
    else
      EXPECT_GT(differing(reading.rules, operands), 1000) << reading.words;
  }
}

}  // namespace
}  // namespace bitgate::oracle
