// Which recipes the second implementation has, and what every one of them refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bitgate/device/cpu/subject.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/tests/device/cpu_examples.h"

namespace bitgate::device {
namespace {

using testing::HasSubstr;

TEST(CpuSubject, EveryRecipeIsFoundByItsNameAndNoOther) {
  std::set<std::string_view> seen;
  for (const std::string_view name : cpu_subject_names()) {
    EXPECT_NE(find_cpu_subject(name), nullptr) << name;
    EXPECT_TRUE(seen.insert(name).second) << name << " is listed twice";
  }
  EXPECT_GE(seen.size(), 17u);
  EXPECT_EQ(find_cpu_subject("te/nvfp"), nullptr);
  EXPECT_EQ(find_cpu_subject(""), nullptr);
}

// An empty tensor as a recipe takes it: of the first type and direction that it does not refuse.
std::optional<QuantizedTensor> answer_to_nothing(std::string_view name, std::string& last_refusal) {
  const std::vector<float> weight = {1.0f}, residual = {1.0f};
  for (const InputType type : kInputTypes)
    for (const Direction direction : {Direction::kRowwise, Direction::kColumnwise}) {
      const TypedTensor input = tensor(type, 0, {});
      Request request;
      request.input = input.view();
      request.direction = direction;
      const bool multiplies = name.find("-mul") != std::string_view::npos;
      if (multiplies) request.fused.weight = weight;
      if (multiplies && name.find("-add") != std::string_view::npos) request.fused.residual = residual;
      try {
        return find_cpu_subject(name)(request);
      } catch (const InputError& error) {
        last_refusal = error.what();
      }
    }
  return std::nullopt;
}

TEST(CpuSubject, EmptyTensorsHaveEmptyAnswers) {
  for (const std::string_view name : cpu_subject_names()) {
    std::string last_refusal;
    const std::optional<QuantizedTensor> t = answer_to_nothing(name, last_refusal);
    ASSERT_TRUE(t.has_value()) << last_refusal;
    EXPECT_TRUE(t->codes.empty()) << name;
    EXPECT_TRUE(t->values.empty()) << name;
    EXPECT_EQ(scale_count(t->scales), 0u) << name;
  }
}

void expect_refused(std::string_view recipe, const Request& request, const std::string& sentence_part) {
  try {
    find_cpu_subject(recipe)(request);
    ADD_FAILURE() << recipe << " took it";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr(sentence_part)) << recipe;
  }
}

TEST(CpuSubject, RefusesWhatTheProducerDoesNotTake) {
  const TypedTensor ragged = tensor(InputType::kF32, 1, Words(17, 0)),
                    halves16 = tensor(InputType::kF16, 1, Words(32, 0));
  Request request;
  request.input = ragged.view();
  expect_refused("te/nvfp4", request, "17 columns, expected a multiple of 16");
  expect_refused("torchao/mxfp4-floor", request, "17 columns, expected a multiple of 32");
  expect_refused("ggml/q8_1-cpu-ref", request, "17 columns, expected a multiple of 32");
  request.input = halves16.view();
  expect_refused("torchao/nvfp4", request, "the input is f16, expected one of: fp32, bf16");
  expect_refused("ggml/q8_1", request, "the input is f16, expected one of: fp32");
  const std::vector<float> two = {1.0f, 2.0f};
  request.amax = two;
  expect_refused("te/nvfp4-row", request, "2 numbers of amax were given, expected 1");
  request.amax = {};
  request.direction = Direction::kColumnwise;
  expect_refused("ggml/q8_1", request, "expected row-wise");
  expect_refused("te/nvfp4", request, "1 rows, expected a multiple of 16");
}

}  // namespace
}  // namespace bitgate::device
