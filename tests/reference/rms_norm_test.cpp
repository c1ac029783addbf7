// ggml's RMS_NORM and its fusions: worked examples of the notes (ggml.md 8, E9), the fused quantizer against the
// unfused one, and the one contraction that could part them.
#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "bitgate/reference/arith/ieee.h"
#include "bitgate/reference/fused/rms_norm.h"
#include "bitgate/reference/recipe/recipe.h"
#include "bitgate/tests/support/examples.h"

namespace bitgate::reference {
namespace {

using oracle::to_bits;

// The notes' generator L(seed, exponent).
std::vector<float> generated(std::uint32_t seed, int exponent, std::size_t n) {
  std::vector<float> x;
  for (std::uint32_t u = seed; x.size() < n;) {
    u = u * 1664525u + 1013904223u;
    const double whole = static_cast<double>(u >> 8) - 0x1p23;
    x.push_back(static_cast<float>(whole * power_of_two(exponent)));
  }
  return x;
}

TEST(RmsNorm, SumsAsTwoHundredFiftySixThreadsDo) {
  const std::vector<float> x = generated(5, -23, 300);
  ASSERT_EQ(to_bits(x[0]), 0xBF06241Eu);
  EXPECT_EQ(to_bits(rms_norm_sum(x)), 0x42C35E22u);
  EXPECT_EQ(to_bits(rms_norm_sum(generated(2, -23, 300))), 0x42BD78B0u);
}

TEST(RmsNorm, SumsAsAThousandThreadsDo) { EXPECT_EQ(to_bits(rms_norm_sum(generated(5, -20, 1100))), 0x46B771B3u); }

TEST(RmsNorm, TheMeanIsFusedWithEpsilon) {
  const float epsilon = oracle::from_bits(0x3727C5AC);
  EXPECT_EQ(to_bits(rms_norm_scale(generated(5, -23, 300), epsilon)), 0x3FE04FE1u);  // unfused: 3FE04FE0
  EXPECT_EQ(to_bits(rms_norm_scale(generated(2, -23, 300), epsilon)), 0x3FE3C682u);
}

struct Norm {
  std::vector<float> x, weight;
  TypedTensor input;
  Request request;
};

Norm norm_of(std::int64_t cols, std::int64_t rows = 3) {
  const auto n = static_cast<std::size_t>(cols);
  Norm norm{generated(7, -20, static_cast<std::size_t>(rows) * n), generated(11, -23, n), {}, {}};
  norm.input = {InputType::kF32, {rows, cols}, norm.x};
  norm.request.input = norm.input.view();
  norm.request.fused.weight = norm.weight;
  return norm;
}

QuantizedTensor ask(std::string_view recipe, const Request& request) {
  return quantize(require_recipe(recipe), request);
}

TEST(RmsNorm, FusedWithMulAndQ8_1GivesTheUnfusedBytes) {
  for (const std::int64_t cols : {32, 300, 1000, 1024, 1100, 2048}) {
    Norm norm = norm_of(cols);
    norm.request.fused.weight = norm.weight;
    norm.request.input = norm.input.view();
    const QuantizedTensor fused = ask("ggml/rms_norm-mul-q8_1", norm.request);
    const std::vector<float> y = ask("ggml/rms_norm-mul", norm.request).values;
    const TypedTensor stored{InputType::kF32, {3, cols}, y};
    Request unfused;
    unfused.input = stored.view();
    const QuantizedTensor apart = ask("ggml/q8_1", unfused);
    EXPECT_EQ(fused.codes, apart.codes) << cols;
    EXPECT_EQ(fused.scales, apart.scales) << cols;
    EXPECT_EQ(fused.extras, apart.extras) << cols;
  }
}

// The first butterfly step as a compiler could contract it: the lane's own product is not rounded before it meets the
// other lane's. d and q come from the maximum and the rounded product, so only s could change. The recipe rounds.
float contracted_sum(std::span<const float> scaled, std::span<const float> weight) {
  std::array<float, 16> lanes{};
  for (std::size_t i = 0; i < 16; ++i) {
    const float other = mul_rn_ftz(scaled[i + 16], weight[i + 16]);
    lanes[i] = fma_rn_ftz(scaled[i], weight[i], other);
  }
  for (std::size_t offset = 8; offset > 0; offset /= 2)
    for (std::size_t i = 0; i < offset; ++i) lanes[i] = add_rn_ftz(lanes[i], lanes[i + offset]);
  return lanes[0];
}

TEST(RmsNorm, AContractedSumWouldChangeSAndNothingElse) {
  Norm norm = norm_of(2048, 64);
  norm.request.fused.weight = norm.weight;
  norm.request.input = norm.input.view();
  const QuantizedTensor fused = ask("ggml/rms_norm-mul-q8_1", norm.request);
  Request plain;
  plain.input = norm.input.view();
  const std::vector<float> scaled = ask("ggml/rms_norm", plain).values;
  int changed = 0;
  for (std::size_t block = 0; block < fused.extras.size(); ++block) {
    const std::size_t first = 32 * block;
    const float sum =
        contracted_sum(std::span(scaled).subspan(first, 32), std::span(norm.weight).subspan(first % 2048, 32));
    changed += encode(kFp16, sum, kCvtRnInf) != fused.extras[block];
  }
  // A few of 4096 halves: what the notes tell of a fork whose s is off by half an ulp in some blocks.
  EXPECT_GT(changed, 0);
  EXPECT_LT(changed, 100);
}

TEST(RmsNorm, AddTakesOneRoundingLess) {
  Norm norm = norm_of(1100);
  norm.request.fused.weight = norm.weight;
  norm.request.input = norm.input.view();
  const std::vector<float> residual = generated(13, -22, 1100);
  const std::vector<float> product = ask("ggml/rms_norm-mul", norm.request).values;
  norm.request.fused.residual = residual;
  const std::vector<float> fused = ask("ggml/rms_norm-mul-add", norm.request).values;
  int changed = 0;
  for (std::size_t i = 0; i < fused.size(); ++i)
    changed += to_bits(fused[i]) != to_bits(add_rn_ftz(product[i], residual[i % 1100]));
  EXPECT_GT(changed, 0);
  EXPECT_LT(changed, static_cast<int>(fused.size()) / 2);
}

}  // namespace
}  // namespace bitgate::reference
