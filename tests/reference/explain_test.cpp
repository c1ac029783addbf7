// explain() tells what quantize() did: its scale and code are those of the answer, for every recipe.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "bitgate/tests/support/captures.h"
#include "bitgate/tests/support/examples.h"
#include "bitgate/tests/support/splitmix.h"

namespace bitgate {
namespace {

using reference::Recipe;
using reference::Stage;

const Stage& stage_of(const std::vector<Stage>& stages, std::string_view name) {
  for (const Stage& each : stages)
    if (each.name == name) return each;
  throw std::logic_error("no stage named " + std::string(name));
}

// Two rows of ordinary numbers, a block of zeros and an infinity among them.
TypedTensor ordinary() {
  oracle::SplitMix random(1);
  std::vector<float> values;
  for (int i = 0; i < 256; ++i) values.push_back(static_cast<float>(static_cast<std::int32_t>(random.next32())));
  for (std::size_t i = 64; i < 128; ++i) values[i] = i % 2 == 0 ? 0.0f : -0.0f;
  values[200] = oracle::from_bits(0xFF800000);
  return oracle::f32_tensor({2, 128}, std::move(values));
}

class Explain : public ::testing::TestWithParam<Recipe> {};
INSTANTIATE_TEST_SUITE_P(, Explain, ::testing::ValuesIn(reference::catalog()),
                         [](const auto& each) { return oracle::test_name(each.param.identity.name); });

TEST_P(Explain, EndsWithTheScaleAndCodeOfTheAnswer) {
  const TypedTensor input = ordinary();
  const Request request = oracle::request_for(input);
  const QuantizedTensor answer = reference::quantize(GetParam(), request);
  const Scheme& scheme = scheme_of(GetParam().rules.scheme);
  for (std::int64_t i = 0; i < 256; ++i) {
    const std::int64_t row = i / 128, col = i % 128;
    const std::vector<Stage> stages = reference::explain(GetParam(), request, row, col);
    const auto scale_at = static_cast<std::size_t>(row * blocks_per_row(scheme, 128) + col / scheme.block.cols);
    EXPECT_EQ(stage_of(stages, "scale_code").bits, scale_bits(answer.scales, scale_at)) << i;
    EXPECT_EQ(stage_of(stages, "x").bits, oracle::to_bits(element(input.view(), i))) << i;
    EXPECT_EQ(stages.back().name, "code");
    EXPECT_EQ(stages.back().bits, answer.codes[static_cast<std::size_t>(i)]) << i;
  }
}

TEST_P(Explain, FollowsAGivenScale) {
  const TypedTensor input = ordinary();
  Request request = oracle::request_for(input);
  Scales scales = reference::quantize(GetParam(), request).scales;
  set_scale_bits(scales, 1, scale_bits(scales, 0) - 1);
  request.scales = &scales;
  const QuantizedTensor answer = reference::quantize(GetParam(), request);
  const std::int64_t col = scheme_of(GetParam().rules.scheme).block.cols;  // the first of block 1
  const std::vector<Stage> stages = reference::explain(GetParam(), request, 0, col);
  EXPECT_EQ(stage_of(stages, "given scale").bits, scale_bits(scales, 1));
  EXPECT_EQ(stages.back().bits, answer.codes[static_cast<std::size_t>(col)]);
}

TEST_P(Explain, RefusesAnElementOutsideTheTensor) {
  const TypedTensor input = ordinary();
  for (const auto& [row, col] : {std::pair{2, 0}, {0, 128}, {-1, 0}, {0, -1}})
    EXPECT_THROW(reference::explain(GetParam(), oracle::request_for(input), row, col), InputError) << row << " " << col;
}

}  // namespace
}  // namespace bitgate
