// What follows a matrix product: the worked examples of the notes, special values, which inputs tell epilogues and
// their readings apart, and what producers refuse.
#include "bitgate/reference/gemm/epilogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "bitgate/reference/format/encode.h"
#include "bitgate/tests/support/splitmix.h"

namespace bitgate::reference {
namespace {

using oracle::SplitMix;
using testing::HasSubstr;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

float f32(std::uint32_t bits) { return std::bit_cast<float>(bits); }
std::uint32_t bits_at(const TypedTensor& d, std::size_t i) {
  if (d.type == InputType::kF32) return std::bit_cast<std::uint32_t>(std::get<0>(d.values)[i]);
  return std::get<1>(d.values)[i];
}

// Operands that own what they view.
struct Given {
  std::vector<float> acc{}, a_amax{}, b_amax{}, a_scale{}, b_scale{}, c{}, bias{};
  std::vector<std::uint16_t> c16{}, bias16{};
  EpilogueOperands operands{};

  const EpilogueOperands& view(std::int64_t rows, std::int64_t cols, InputType output = InputType::kF32) {
    operands.rows = rows;
    operands.cols = cols;
    operands.output = output;
    operands.accumulator = acc;
    operands.a_amax = a_amax;
    operands.b_amax = b_amax;
    operands.a_scale = a_scale;
    operands.b_scale = b_scale;
    if (!c.empty()) operands.c = {InputType::kF32, {rows, cols}, c.data()};
    if (!c16.empty()) operands.c = {output, {rows, cols}, c16.data()};
    if (!bias.empty()) operands.bias = {InputType::kF32, {1, cols}, bias.data()};
    if (!bias16.empty()) operands.bias = {output, {1, cols}, bias16.data()};
    return operands;
  }
};

std::uint32_t stage_bits(const std::vector<Stage>& stages, std::string_view name) {
  for (const Stage& stage : stages)
    if (stage.name == name) return stage.bits;
  ADD_FAILURE() << "no stage " << name;
  return 0;
}

std::string refusal(std::string_view name, const EpilogueOperands& operands) {
  try {
    apply_epilogue(require_epilogue(name), operands);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

// Everything that any epilogue reads, of numbers without pattern.
Given drawn(std::int64_t rows, std::int64_t cols, SplitMix& random, InputType output) {
  const auto number = [&] { return f32((random.next32() & 0x807FFFFFu) | ((120u + random.next32() % 15u) << 23)); };
  const auto numbers = [&](std::int64_t n, bool positive) {
    std::vector<float> made;
    for (std::int64_t i = 0; i < n; ++i) made.push_back(positive ? std::fabs(number()) : number());
    return made;
  };
  Given given;
  given.acc = numbers(rows * cols, false);
  given.a_amax = numbers(rows, true);
  given.b_amax = numbers(cols, true);
  given.a_scale = numbers(rows, true);
  given.b_scale = numbers(cols, true);
  given.operands.alpha = number();
  given.operands.beta = number();
  given.operands.beta_given = true;
  const auto typed = [&](std::int64_t n, std::vector<float>& wide, std::vector<std::uint16_t>& narrow) {
    wide = numbers(n, false);
    if (output == InputType::kF32) return;
    for (const float x : wide) narrow.push_back(static_cast<std::uint16_t>(encode(format_of(output), x, kCvtRnInf)));
    wide.clear();
  };
  typed(rows * cols, given.c, given.c16);
  typed(cols, given.bias, given.bias16);
  return given;
}

TEST(Epilogue, AlphaOfTransformerEngineIsThatOfTheNotes) {
  Given given{.acc = {1.0f}, .a_amax = {17.5f}, .b_amax = {3.25f}};
  const Epilogue& te = require_epilogue("te/gemm-nvfp4");
  auto stages = explain_epilogue(te, given.view(1, 1), 0, 0);
  EXPECT_EQ(stage_bits(stages, "f"), 0x34149b93u);
  EXPECT_EQ(stage_bits(stages, "alpha'"), 0x37041041u);
  given.b_amax = {f32(0x40490fdb)};
  given.a_amax = {f32(0x3c4a4588)};
  stages = explain_epilogue(te, given.view(1, 1), 0, 0);
  EXPECT_EQ(stage_bits(stages, "alpha'"), 0x31b870c2u);
  const Epilogue& small = require_epilogue("te/gemm-nvfp4-256");
  EXPECT_EQ(stage_bits(explain_epilogue(small, given.view(1, 1), 0, 0), "f"), 0x34e38e39u);
}

// ((alpha * amax B) * amax A) * f, since TransformerEngine's A is our B.
TEST(Epilogue, AlphaMeetsTheAmaxOfTheWeightsFirst) {
  SplitMix random(3);
  int apart = 0;
  for (int i = 0; i < 1000; ++i) {
    Given given = drawn(1, 1, random, InputType::kF32);
    given.c.clear();
    given.bias.clear();
    given.a_scale.clear();
    given.b_scale.clear();
    given.operands.beta_given = false;
    const float alpha = given.operands.alpha, a = given.a_amax[0], b = given.b_amax[0];
    const float right = ((alpha * b) * a) * f32(0x34149b93);
    const float wrong = ((alpha * a) * b) * f32(0x34149b93);
    const auto stages = explain_epilogue(require_epilogue("te/gemm-nvfp4"), given.view(1, 1), 0, 0);
    EXPECT_EQ(stage_bits(stages, "alpha'"), std::bit_cast<std::uint32_t>(right));
    apart += right != wrong ? 1 : 0;
  }
  EXPECT_GT(apart, 100);
}

TEST(Epilogue, RowScaledProductsAreNeutralisedAndRescaledByTheFactorOfTheNotes) {
  Given given{.acc = {3.0f}, .a_amax = {17.5f}, .b_amax = {3.25f}};
  const auto stages = explain_epilogue(require_epilogue("te/gemm-nvfp4-row"), given.view(1, 1), 0, 0);
  EXPECT_EQ(stage_bits(stages, "alpha'"), 0x34149b93u);
  EXPECT_EQ(stage_bits(stages, "a*b"), 0x42638000u);
  EXPECT_EQ(stage_bits(stages, "D"), std::bit_cast<std::uint32_t>((3.0f * f32(0x34149b93)) * 56.875f));
}

TEST(Epilogue, AScalarSideIsFoldedAndTwoVectorsMultiplyOneAfterTheOther) {
  SplitMix random(5);
  const Epilogue& row = require_epilogue("te/gemm-nvfp4-row");
  int apart = 0;
  for (int i = 0; i < 200; ++i) {
    Given given = drawn(2, 2, random, InputType::kF32);
    given = Given{.acc = given.acc, .a_amax = given.a_amax, .b_amax = {given.b_amax[0]}};
    const float product = given.acc[2] * f32(0x34149b93), a = given.a_amax[1], b = given.b_amax[0];
    const std::uint32_t folded = bits_at(apply_epilogue(row, given.view(2, 2)), 2);
    EXPECT_EQ(folded, std::bit_cast<std::uint32_t>(product * (a * b)));
    given.b_amax = {b, b};
    const std::uint32_t two = bits_at(apply_epilogue(row, given.view(2, 2)), 2);
    EXPECT_EQ(two, std::bit_cast<std::uint32_t>((product * a) * b));
    given.a_amax = {a};
    const std::uint32_t other_side = bits_at(apply_epilogue(row, given.view(2, 2)), 2);
    EXPECT_EQ(other_side, folded);
    apart += folded != two ? 1 : 0;
  }
  EXPECT_GT(apart, 20);
}

// 1 + 2^-8 is a tie of bf16 and goes to 1; with 2^-20 added before it goes up.
TEST(Epilogue, ABiasBeforeTheCastIsNotOneAfterIt) {
  Given given{.acc = {1.00390625f}, .bias16 = {0x3580}};
  EpilogueRules rules;
  rules.bias = Bias::kFp32;
  EXPECT_EQ(bits_at(apply_rules(rules, given.view(1, 1, InputType::kBf16)), 0), 0x3f81u);
  rules.bias = Bias::kOutputType;
  EXPECT_EQ(bits_at(apply_rules(rules, given.view(1, 1, InputType::kBf16)), 0), 0x3f80u);
}

// alpha 7225344 makes the neutral alpha' 1. Cast first: 1 + 2^-7 = 3f81; added in FP32 1 + 3 * 2^-8, a tie, 3f82.
TEST(Epilogue, RowScaledProductsAreCastBeforeTheyAccumulate) {
  Given given{.acc = {1.00390625f}, .a_amax = {1.0f}, .b_amax = {1.0f}, .c16 = {0x3c00}};
  given.operands.alpha = 7225344.0f;
  given.operands.accumulate = true;
  const Epilogue& row = require_epilogue("te/gemm-nvfp4-row");
  const auto stages = explain_epilogue(row, given.view(1, 1, InputType::kBf16), 0, 0);
  EXPECT_EQ(stage_bits(stages, "alpha'"), 0x3f800000u);
  EXPECT_EQ(stage_bits(stages, "D"), 0x3f80u);
  EXPECT_EQ(bits_at(apply_epilogue(row, given.view(1, 1, InputType::kBf16)), 0), 0x3f81u);
  EpilogueRules within;
  within.c = CTerm::kFusedC;
  within.accumulate = Accumulate::kBetaOne;
  EXPECT_EQ(bits_at(apply_rules(within, given.view(1, 1, InputType::kBf16)), 0), 0x3f82u);
}

// bf16 at each of mm, scale, mm * scale and + bias: T14 of the notes.
TEST(Epilogue, TorchaosLinearRoundsToTheInputsTypeFourTimes) {
  Given given{.acc = {1.00390635f}, .a_scale = {1.01f}, .b_scale = {1.0f}, .bias16 = {0x3b80}};
  for (const char* name : {"torchao/linear-nvfp4-dynamic", "torchao/linear-nvfp4-static"}) {
    const auto stages = explain_epilogue(require_epilogue(name), given.view(1, 1, InputType::kBf16), 0, 0);
    EXPECT_EQ(stage_bits(stages, "mm"), 0x3f81u);        // just above the tie
    EXPECT_EQ(stage_bits(stages, "a*b"), 0x3f8147aeu);   // 1.01
    EXPECT_EQ(stage_bits(stages, "scale"), 0x3f81u);     // 1.0078125
    EXPECT_EQ(stage_bits(stages, "mm*scale"), 0x3f82u);  // 1.01568...: 1.015625
    EXPECT_EQ(stages.back().bits, 0x3f82u);              // + 2^-8: a tie of 3f82 and 3f83
  }
}

TEST(Epilogue, CutlassAddsCByOneFma) {
  const float step = 1.0f + 0x1p-12f;
  Given given{.acc = {-(1.0f + 0x1p-11f)}, .c = {step}};
  given.operands.beta = step;
  given.operands.beta_given = true;
  EXPECT_EQ(bits_at(apply_epilogue(require_epilogue("cutlass/linear-combination"), given.view(1, 1)), 0), 0x33800000u);
}

// As an H100's cuBLASLt does: beta * C is rounded, and the product is not.
TEST(Epilogue, CublasltAddsRoundedBetaTimesCByOneFma) {
  const float step = 1.0f + 0x1p-12f;
  Given given{.acc = {step}, .c = {-(1.0f + 0x1p-11f)}};
  given.operands.alpha = step;
  given.operands.beta = 1.0f;
  given.operands.beta_given = true;
  EXPECT_EQ(bits_at(apply_epilogue(require_epilogue("cublaslt/alpha-beta"), given.view(1, 1)), 0), 0x33800000u);
  given.acc = {-(1.0f + 0x1p-11f)};
  given.c = {step};
  given.operands.alpha = 1.0f;
  given.operands.beta = step;
  EXPECT_EQ(bits_at(apply_epilogue(require_epilogue("cublaslt/alpha-beta"), given.view(1, 1)), 0), 0u);
}

TEST(Epilogue, ABetaOfZeroReadsNoC) {
  Given given{.acc = {2.0f}, .c = {kNan}};
  given.operands.beta_given = true;
  EXPECT_EQ(bits_at(apply_epilogue(require_epilogue("cublaslt/alpha-beta"), given.view(1, 1)), 0), 0x40000000u);
}

TEST(Epilogue, SpecialValuesAreThoseOfAGpu) {
  const Epilogue& row = require_epilogue("te/gemm-nvfp4-row");
  const auto d = [&](float acc, float amax, InputType type) {
    Given given{.acc = {acc}, .a_amax = {amax}, .b_amax = {1.0f}};
    return bits_at(apply_epilogue(row, given.view(1, 1, type)), 0);
  };
  const float negative_nan = f32(0xFFC12345);
  EXPECT_EQ(d(negative_nan, 1.0f, InputType::kF32), 0x7FFFFFFFu);
  EXPECT_EQ(d(negative_nan, 1.0f, InputType::kBf16), 0x7FFFu);
  EXPECT_EQ(d(negative_nan, 1.0f, InputType::kF16), 0x7FFFu);
  EXPECT_EQ(d(kInfinity, 0.0f, InputType::kBf16), 0x7FFFu);
  EXPECT_EQ(d(-kInfinity, 1.0f, InputType::kF16), 0xFC00u);
  EXPECT_EQ(d(-0.0f, 1.0f, InputType::kF32), 0x80000000u);
  EXPECT_EQ(d(-0.0f, 1.0f, InputType::kBf16), 0x8000u);
  EXPECT_EQ(d(1.0f, kNan, InputType::kF32), 0x7FFFFFFFu);
  EXPECT_EQ(d(0x1p127f, 0x1p100f, InputType::kBf16), 0x7F80u);
  EXPECT_EQ(d(0x1p40f, 1.0f, InputType::kF16), 0x7C00u);
  // 2^-126 / 7225344 keeps what a subnormal can hold: 1.16 steps of 2^-149.
  EXPECT_EQ(d(0x1p-126f, 1.0f, InputType::kF32), 0x00000001u);
  // The accumulator of a product without a factor is copied, NaN and all.
  Given given{.acc = {negative_nan}};
  EXPECT_EQ(bits_at(apply_epilogue(require_epilogue("torchao/addmm-nvfp4"), given.view(1, 1)), 0), 0xFFC12345u);
}

TEST(Epilogue, NegativeZeroMeetsABiasOfZero) {
  Given given{.acc = {-0.0f}, .bias = {0.0f}};
  EXPECT_EQ(bits_at(apply_epilogue(require_epilogue("torchao/addmm-nvfp4"), given.view(1, 1)), 0), 0u);
}

// Any two orders, of one producer or two, documented or possible.
TEST(Epilogue, EveryTwoOrdersAreToldApartBySomeInput) {
  struct Order {
    std::string name;
    EpilogueRules rules;
  };
  std::vector<Order> orders;
  for (const Epilogue& epilogue : epilogues())
    for (const EpilogueReading& reading : readings_of(epilogue))
      orders.push_back({std::string(epilogue.identity.name) + " " + reading.words, reading.rules});
  std::set<std::pair<std::size_t, std::size_t>> together;
  for (std::size_t i = 0; i < orders.size(); ++i)
    for (std::size_t j = i + 1; j < orders.size(); ++j)
      if (orders[i].rules != orders[j].rules) together.insert({i, j});
  SplitMix random(7);
  for (int draw = 0; draw < 24 && !together.empty(); ++draw) {
    const InputType output = kInputTypes[draw % 3];
    Given given = drawn(12, 12, random, output);
    if (draw % 2 == 1) given.operands.alpha *= 7225344.0f;  // else C outweighs TransformerEngine's products
    const EpilogueOperands& operands = given.view(12, 12, output);
    std::vector<TypedTensor> results;
    for (const Order& order : orders) results.push_back(apply_rules(order.rules, operands));
    std::erase_if(together,
                  [&](const auto& pair) { return results[pair.first].values != results[pair.second].values; });
  }
  for (const auto& [i, j] : together) ADD_FAILURE() << orders[i].name << " and " << orders[j].name;
}

// Where a side has one number, and where it has one a row.
TEST(Epilogue, EveryOrderOneStepAwayIsToldApartBySomeInput) {
  SplitMix random(13);
  for (const Epilogue& epilogue : epilogues())
    for (const EpilogueReading& reading : readings_of(epilogue))
      for (const EpilogueReading& other : one_step_away(reading.rules)) {
        EXPECT_NE(other.rules, reading.rules) << other.words;
        EXPECT_FALSE(other.words.empty());
        bool apart = false;
        for (int draw = 0; draw < 60 && !apart; ++draw) {
          const InputType output = kInputTypes[draw % 3];
          Given given = drawn(12, 12, random, output);
          if (draw % 2 == 1) given.operands.alpha *= 7225344.0f;
          if (draw % 4 >= 2) given.a_amax.resize(1);
          given.operands.accumulate = draw % 8 >= 4;
          const EpilogueOperands& operands = given.view(12, 12, output);
          apart = apply_rules(reading.rules, operands).values != apply_rules(other.rules, operands).values;
        }
        EXPECT_TRUE(apart) << epilogue.identity.name << " " << reading.words << " with " << other.words;
      }
}

TEST(Epilogue, StagesHaveNamesOfTheirOwnAndTheLastIsTheElementOfD) {
  SplitMix random(11);
  for (const Epilogue& epilogue : epilogues())
    for (const EpilogueReading& reading : readings_of(epilogue))
      for (const InputType output : kInputTypes)
        for (const bool accumulate : {false, true}) {
          Given given = drawn(3, 5, random, output);
          given.operands.accumulate = accumulate;
          const EpilogueOperands& operands = given.view(3, 5, output);
          const TypedTensor d = apply_rules(reading.rules, operands);
          for (std::int64_t i = 0; i < 15; ++i) {
            const std::vector<Stage> stages = explain_rules(reading.rules, operands, i / 5, i % 5);
            EXPECT_EQ(stages.back().bits, bits_at(d, static_cast<std::size_t>(i)))
                << epilogue.identity.name << " " << reading.words;
            std::set<std::string> names;
            for (const Stage& stage : stages) EXPECT_TRUE(names.insert(stage.name).second) << stage.name;
          }
        }
}

TEST(Epilogue, AnOrderThatIsNotDocumentedRefusesWhereItMatters) {
  Given given{.acc = {1.1f}, .a_scale = {1.3f}, .b_scale = {0.7f}};
  given.operands.alpha = 1.7f;
  EXPECT_EQ(refusal("cublaslt/fp8-scalar", given.view(1, 1)), "accepted");  // measured
  const char* vectors = "cublaslt/fp8-outer-vector";
  EXPECT_THAT(refusal(vectors, given.view(1, 1)), HasSubstr("open: in which order cuBLASLt multiplies"));
  EXPECT_THROW(explain_epilogue(require_epilogue(vectors), given.view(1, 1), 0, 0), InputError);
  given.a_scale = {0.5f};
  given.b_scale = {4.0f};
  EXPECT_EQ(refusal(vectors, given.view(1, 1)), "accepted");
  Given weights{.acc = {1.00390625f}, .bias16 = {0x3580}};
  EXPECT_THAT(refusal("torchao/linear-nvfp4-weight-only", weights.view(1, 1, InputType::kBf16)),
              HasSubstr("open: whether PyTorch's linear"));
  weights.acc = {1.0f};
  EXPECT_EQ(refusal("torchao/linear-nvfp4-weight-only", weights.view(1, 1, InputType::kBf16)), "accepted");
}

TEST(Epilogue, ProducersRefuseWhatTheyRefuse) {
  const auto with = [](GemmAsk ask, std::string_view name) {
    Given given{.acc = {1.0f}, .a_amax = {1.0f}, .b_amax = {1.0f}};
    const GemmAsk asks[] = {ask};
    given.operands.asks = asks;
    return refusal(name, given.view(1, 1));
  };
  EXPECT_THAT(with(GemmAsk::kRowScaledFlag, "te/gemm-nvfp4"), HasSubstr("row-scaled flag"));
  EXPECT_THAT(with(GemmAsk::kRowScaledFlag, "te/gemm-nvfp4-row"), HasSubstr("row-scaled flag"));
  EXPECT_THAT(with(GemmAsk::kGroupedTensor, "te/gemm-nvfp4-row"), HasSubstr("grouped tensor"));
  EXPECT_THAT(with(GemmAsk::kQuantizedOutput, "te/gemm-nvfp4-row"), HasSubstr("no quantized output"));
  EXPECT_THAT(with(GemmAsk::kQuantizedOutput, "te/gemm-nvfp4"), HasSubstr("D as FP4 is refused"));
  EXPECT_THAT(with(GemmAsk::kGelu, "te/gemm-nvfp4-row"), HasSubstr("no fused GELU"));
  EXPECT_THAT(with(GemmAsk::kCommOverlap, "te/gemm-nvfp4-row"), HasSubstr("no communication overlap"));
  EXPECT_THAT(with(GemmAsk::kBiasGradient, "te/gemm-nvfp4-row"), HasSubstr("no fused gradient"));
  EXPECT_THAT(with(GemmAsk::kGrouped, "te/gemm-nvfp4-256"), HasSubstr("te/gemm-nvfp4"));
  EXPECT_EQ(with(GemmAsk::kGrouped, "te/gemm-nvfp4"), "accepted");
  EXPECT_EQ(with(GemmAsk::kGrouped, "te/gemm-nvfp4-row"), "accepted");
  EXPECT_THAT(with(GemmAsk::kGelu, "te/gemm-nvfp4-pyref"), HasSubstr("gelu is not covered"));
}

TEST(Epilogue, OperandsThatDoNotFitAreRefused) {
  const auto te = [](InputType type, std::vector<float> a, std::vector<float> b) {
    Given given{.acc = {1.0f, 2.0f, 3.0f, 4.0f, 5.0f, 6.0f}, .a_amax = std::move(a), .b_amax = std::move(b)};
    return refusal("te/gemm-nvfp4", given.view(2, 3, type));
  };
  EXPECT_EQ(te(InputType::kBf16, {1.0f}, {1.0f}), "accepted");
  EXPECT_THAT(te(InputType::kF16, {1.0f}, {1.0f}), HasSubstr("refuses FP16 output"));
  EXPECT_THAT(te(InputType::kF32, {1.0f, 2.0f}, {1.0f}), HasSubstr("te/gemm-nvfp4-row"));
  EXPECT_THAT(te(InputType::kF32, {}, {1.0f}), HasSubstr("needs the amax of A"));
  Given row{.acc = {1.0f, 2.0f}, .a_amax = {1.0f, 2.0f, 3.0f}, .b_amax = {1.0f}};
  EXPECT_THAT(refusal("te/gemm-nvfp4-row", row.view(2, 1)), HasSubstr("1 or 2 expected"));
  row.a_amax = {1.0f};
  row.c = {1.0f, 1.0f};
  row.view(2, 1);
  EXPECT_THAT(refusal("te/gemm-nvfp4-row", row.operands), HasSubstr("takes no C"));
  row.operands.accumulate = true;
  EXPECT_EQ(refusal("te/gemm-nvfp4-row", row.operands), "accepted");
  row.operands.output = InputType::kBf16;
  EXPECT_THAT(refusal("te/gemm-nvfp4-row", row.operands), HasSubstr("the old D is fp32"));
  row.operands.accumulate = false;
  row.operands.c = {};
  row.operands.beta_given = true;
  EXPECT_THAT(refusal("te/gemm-nvfp4-row", row.operands), HasSubstr("takes no beta"));
  Given linear{.acc = {1.0f}, .a_scale = {1.0f}};
  EXPECT_THAT(refusal("torchao/linear-nvfp4-dynamic", linear.view(1, 1)), HasSubstr("needs the scale of B"));
  linear.b_scale = {1.0f};
  linear.bias = {1.0f};
  EXPECT_EQ(refusal("torchao/linear-nvfp4-dynamic", linear.view(1, 1)), "accepted");
  EXPECT_THAT(refusal("torchao/linear-nvfp4-dynamic", linear.view(1, 1, InputType::kBf16)),
              HasSubstr("the bias is fp32"));
  linear.operands.bias.extent = {1, 2};
  linear.operands.output = InputType::kF32;
  EXPECT_THAT(refusal("torchao/linear-nvfp4-dynamic", linear.operands), HasSubstr("1 x 2, expected 1 x 1"));
  linear.operands.bias = {};
  linear.operands.alpha = 2.0f;
  EXPECT_THAT(refusal("torchao/linear-nvfp4-dynamic", linear.operands), HasSubstr("takes no alpha"));
  linear.operands.cols = 2;
  EXPECT_THAT(refusal("torchao/linear-nvfp4-dynamic", linear.operands), HasSubstr("1 numbers of the accumulator"));
}

TEST(Epilogue, NamesAreUniqueAndUnknownOnesListTheRest) {
  std::set<std::string_view> names;
  for (const Epilogue& epilogue : epilogues()) {
    EXPECT_TRUE(names.insert(epilogue.identity.name).second) << epilogue.identity.name;
    EXPECT_EQ(find_epilogue(epilogue.identity.name), &epilogue);
    EXPECT_EQ(readings_of(epilogue).size() > 1, !epilogue.open_question.empty()) << epilogue.identity.name;
  }
  EXPECT_EQ(find_epilogue("te/gemm"), nullptr);
  try {
    require_epilogue("te/gemm");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("cutlass/linear-combination"));
  }
}

TEST(Epilogue, AnElementOutsideIsRefused) {
  Given given{.acc = {1.0f}};
  const Epilogue& addmm = require_epilogue("torchao/addmm-nvfp4");
  EXPECT_THROW(explain_epilogue(addmm, given.view(1, 1), 1, 0), InputError);
  EXPECT_THROW(explain_epilogue(addmm, given.view(1, 1), 0, -1), InputError);
}

}  // namespace
}  // namespace bitgate::reference
