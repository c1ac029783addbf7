// Which recipes the second implementation has, and what every one of them refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "bitgate/device/cpu/subject.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/tests/device/cpu_examples.h"

namespace bitgate::device {
namespace {

using testing::HasSubstr;

TEST(CpuSubject, EveryRecipeIsFoundByItsNameAndNoOther) {
  EXPECT_EQ(cpu_subject_names().size(), 17u);
  for (const std::string_view name : cpu_subject_names()) EXPECT_NE(find_cpu_subject(name), nullptr) << name;
  EXPECT_EQ(find_cpu_subject("te/nvfp"), nullptr);
  EXPECT_EQ(find_cpu_subject(""), nullptr);
}

TEST(CpuSubject, EmptyTensorsHaveEmptyAnswers) {
  for (const std::string_view name : cpu_subject_names()) {
    const QuantizedTensor t = run(name, tensor(InputType::kF32, 0, {}));
    EXPECT_TRUE(t.codes.empty()) << name;
    EXPECT_EQ(scale_count(t.scales), 0u) << name;
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
  expect_refused("te/nvfp4", request, "expected row-wise");
}

}  // namespace
}  // namespace bitgate::device
