// Epilogues against what the producers' own Python code made of given accumulators: tests/golden/epilogue.npz.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <filesystem>
#include <string>
#include <vector>

#include "bitgate/compare/npz.h"
#include "bitgate/reference/gemm/epilogue.h"

namespace bitgate::reference {
namespace {

const compare::NpzFile& golden() {
  static const compare::NpzFile file(std::filesystem::path(BITGATE_GOLDEN_DIR) / "epilogue.npz");
  return file;
}
std::vector<float> numbers(const std::string& key) { return compare::values_of<float>(golden().array(key).data); }

TypedTensor typed(const std::string& key, InputType type) {
  const compare::NpyArray array = golden().array(key);
  const bool matrix = array.shape.size() == 2;
  TypedTensor tensor{type, {matrix ? array.shape[0] : 1, array.shape.back()}, {}};
  if (type == InputType::kF32)
    tensor.values = compare::values_of<float>(array.data);
  else
    tensor.values = compare::values_of<std::uint16_t>(array.data);
  return tensor;
}

// One call of the producer, and D as it made it.
struct Call {
  std::string name;
  std::string_view epilogue;
  std::vector<float> acc{}, a_amax{}, b_amax{}, a_scale{}, b_scale{};
  TypedTensor bias{}, old{}, expected{};
  bool has_bias = false, accumulate = false;

  EpilogueOperands operands() const {
    EpilogueOperands o;
    o.rows = expected.extent.rows;
    o.cols = expected.extent.cols;
    o.accumulator = acc;
    o.a_amax = a_amax;
    o.b_amax = b_amax;
    o.a_scale = a_scale;
    o.b_scale = b_scale;
    o.output = expected.type;
    if (has_bias) o.bias = bias.view();
    if (accumulate) o.c = old.view();
    o.accumulate = accumulate;
    return o;
  }
};

std::int64_t differing(const TypedTensor& a, const TypedTensor& b) {
  std::int64_t n = 0;
  for (std::int64_t i = 0; i < count(a.extent); ++i) {
    const float x = element(a.view(), i), y = element(b.view(), i);
    if (std::bit_cast<std::uint32_t>(x) != std::bit_cast<std::uint32_t>(y)) ++n;
  }
  return n;
}

std::vector<Call> te_calls() {
  std::vector<Call> calls;
  for (const std::string rows : {"row", "a"})
    for (const std::string cols : {"col", "b"})
      for (const InputType type : kInputTypes)
        for (const bool bias : {false, true})
          for (const bool accumulate : {false, true}) {
            if (rows == "a" && cols == "b") continue;  // neither operand is row-scaled
            Call call{.name = fmt::format("te/{}-{}/{}{}{}", rows, cols, name_of(type), bias ? "/bias" : "",
                                          accumulate ? "/accumulate" : ""),
                      .epilogue = "te/gemm-nvfp4-row",
                      .acc = numbers("te/acc"),
                      .a_amax = numbers("te/amax_" + rows),
                      .b_amax = numbers("te/amax_" + cols),
                      .bias = typed("te/bias", InputType::kBf16),
                      .old = typed(fmt::format("te/old/{}", name_of(type)), type),
                      .has_bias = bias,
                      .accumulate = accumulate};
            call.expected = typed(call.name, type);
            calls.push_back(std::move(call));
          }
  return calls;
}

std::vector<Call> torchao_calls() {
  std::vector<Call> calls;
  for (const std::string kind : {"dynamic", "static"})
    for (const InputType type : {InputType::kF32, InputType::kBf16})
      for (const bool bias : {false, true}) {
        const std::string folder = fmt::format("torchao/{}/", name_of(type));
        Call call{.name = fmt::format("torchao/{}/{}{}", kind, name_of(type), bias ? "/bias" : ""),
                  .epilogue = kind == "dynamic" ? "torchao/linear-nvfp4-dynamic" : "torchao/linear-nvfp4-static",
                  .acc = numbers("torchao/acc"),
                  .a_scale = numbers(kind == "dynamic" ? folder + "a_scale" : "torchao/static_scale"),
                  .b_scale = numbers(folder + "b_scale"),
                  .bias = typed(folder + "bias", type),
                  .has_bias = bias};
        call.expected = typed(call.name, type);
        calls.push_back(std::move(call));
      }
  return calls;
}

void expect_every_byte(const std::vector<Call>& calls) {
  for (const Call& call : calls) {
    const TypedTensor d = apply_epilogue(require_epilogue(call.epilogue), call.operands());
    ASSERT_EQ(d.extent, call.expected.extent) << call.name;
    EXPECT_EQ(differing(d, call.expected), 0) << call.name;
  }
}

// An order one step away has to fail some call, or the file would say nothing of that step.
void expect_every_step_is_seen(const std::vector<Call>& calls) {
  for (const EpilogueReading& away : one_step_away(require_epilogue(calls.front().epilogue).rules)) {
    std::int64_t seen = 0;
    for (const Call& call : calls) seen += differing(apply_rules(away.rules, call.operands()), call.expected);
    EXPECT_GT(seen, 0) << away.words;
  }
}

TEST(EpilogueGolden, TransformerEnginesRowScaledProducts) {
  const std::vector<Call> calls = te_calls();
  ASSERT_EQ(calls.size(), 36u);
  expect_every_byte(calls);
}

TEST(EpilogueGolden, TransformerEnginesCallsSeeEveryStepOfTheOrder) { expect_every_step_is_seen(te_calls()); }

TEST(EpilogueGolden, TorchaosLinears) {
  const std::vector<Call> calls = torchao_calls();
  ASSERT_EQ(calls.size(), 8u);
  expect_every_byte(calls);
}

TEST(EpilogueGolden, TorchaosCallsSeeEveryStepOfTheOrder) { expect_every_step_is_seen(torchao_calls()); }

}  // namespace
}  // namespace bitgate::reference
