#include "bitgate/compare/gemm_sqnr.h"

#include <gtest/gtest.h>
#include <oneapi/tbb/global_control.h>

#include <cmath>
#include <limits>
#include <map>
#include <span>

#include "bitgate/compare/digest.h"
#include "bitgate/compare/gemm_truth.h"
#include "bitgate/compare/metrics.h"
#include "bitgate/compare/ordered_product.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reference/recipe/recipe.h"
#include "bitgate/tests/support/splitmix.h"

namespace bitgate::compare {
namespace {

GemmRow run_one(const std::string& name) { return run_gemms({parse_gemm_case(name)}).front(); }

std::string digest_of(const std::vector<GemmRow>& rows) {
  std::vector<double> numbers;
  for (const GemmRow& row : rows)
    numbers.insert(numbers.end(), {row.signal, row.noise, row.sqnr_db, row.predicted_db, row.a_sqnr_db, row.b_sqnr_db});
  return sha256_hex(std::as_bytes(std::span(numbers)));
}

QuantizedTensor quantized(const std::string& recipe, const TypedTensor& input) {
  Request request;
  request.input = input.view();
  return reference::quantize(reference::require_recipe(recipe), request);
}

// 2 x 2 by hand, with both sides decoded: a row of A is (1, 2), and so on.
TEST(GemmSqnr, IsTheNoiseOfTheProduct) {
  const GemmRow row = run_one("torchao/mxfp4-floor+torchao/mxfp4-floor/fp32/normal+normal/2x2x32/s4");
  std::vector<double> side[2], decoded[2];
  for (const int weights : {0, 1}) {
    const Case& of = weights == 1 ? row.id.b : row.id.a;
    const TypedTensor input = generate_side(of, weights == 1);
    const QuantizedTensor tensor = quantized(of.recipe, input);
    side[weights].assign(input.view().f32().begin(), input.view().f32().end());
    decoded[weights].resize(side[weights].size());
    for (std::int64_t r = 0; r < 2; ++r)
      reference::exact_row(tensor, r, std::span(decoded[weights]).subspan(static_cast<std::size_t>(r) * 32, 32));
  }
  double signal = 0, noise = 0;
  for (std::size_t m = 0; m < 2; ++m)
    for (std::size_t n = 0; n < 2; ++n) {
      double d = 0, q = 0;
      for (std::size_t k = 0; k < 32; ++k) {
        d += side[0][m * 32 + k] * side[1][n * 32 + k];
        q += decoded[0][m * 32 + k] * decoded[1][n * 32 + k];
      }
      signal += d * d;
      noise += (q - d) * (q - d);
    }
  EXPECT_DOUBLE_EQ(row.signal, signal);
  EXPECT_DOUBLE_EQ(row.noise, noise);
  EXPECT_DOUBLE_EQ(row.sqnr_db, 10 * std::log10(signal / noise));
}

TEST(GemmSqnr, PredictionWorkedByHand) {
  EXPECT_NEAR(predicted_gemm_db(20, 20), -10 * std::log10(0.01 + 0.01 + 0.0001), 1e-12);
  EXPECT_NEAR(predicted_gemm_db(0, 10), -10 * std::log10(1 + 0.1 + 0.1), 1e-12);
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_NEAR(predicted_gemm_db(infinity, 30), 30, 1e-12);
  EXPECT_EQ(predicted_gemm_db(infinity, infinity), infinity);
  EXPECT_EQ(predicted_gemm_db(-infinity, 30), -infinity);
  EXPECT_TRUE(std::isnan(predicted_gemm_db(std::nan(""), 30)));
}

// Weights of mean 0: over 24 seeds, each of which scatters by 0.15 dB (64 x 64 elements of D), measured and predicted
// agree for every pair.
TEST(GemmSqnr, PredictionIsMetWhereErrorsAreIndependent) {
  GemmPanel panel = default_gemm_panels().front();
  panel.a_inputs = {{"normal"}};
  panel.k = {256};
  panel.seeds = 24;
  std::map<std::string, double> apart;
  for (const GemmRow& row : run_gemms(expand({panel})))
    apart[row.id.a.recipe + "+" + row.id.b.recipe] += (row.sqnr_db - row.predicted_db) / 24;
  double farthest = 0;
  for (const auto& [pair, db] : apart) farthest = std::max(farthest, std::fabs(db));
  EXPECT_LT(farthest, 0.15);
  EXPECT_EQ(apart.size(), 30u);
}

TEST(GemmSqnr, SameBytesForAnyNumberOfThreads) {
  GemmPanel panel = default_gemm_panels().front();
  panel.k = {64, 320};
  panel.extent = {100, 70};
  const std::vector<GemmCase> cases = expand({panel});
  ASSERT_EQ(cases.size(), 5u * 6 * 2 * 2);
  std::string first;
  for (const std::size_t threads : {1, 2, 5}) {
    const oneapi::tbb::global_control limit(oneapi::tbb::global_control::max_allowed_parallelism, threads);
    const std::string digest = digest_of(run_gemms(cases));
    if (first.empty()) first = digest;
    EXPECT_EQ(digest, first) << threads;
  }
}

TEST(GemmSqnr, GoldenDigest) {
  GemmPanel panel = default_gemm_panels().front();
  panel.k = {64};
  panel.extent = {16, 16};
  EXPECT_EQ(digest_of(run_gemms(expand({panel}))), "540c1f03d290979f76a0688494f4bb24f8c36d2cf8dd63a313dd88edcc82c978");
}

// One recipe alone, and the tiles at the edge, give what a plain product gives.
TEST(GemmSqnr, TilesAgreeWithTheWholeProduct) {
  const GemmRow row = run_one("te/mxfp8-e4m3+te/mxfp8-e4m3/fp32/normal+uniform/70x65x96/s9");
  std::vector<double> exact[2], answers[2];
  for (const int weights : {0, 1}) {
    const Case& of = weights == 1 ? row.id.b : row.id.a;
    const TypedTensor input = generate_side(of, weights == 1);
    const QuantizedTensor tensor = quantized(of.recipe, input);
    exact[weights].assign(input.view().f32().begin(), input.view().f32().end());
    answers[weights].resize(exact[weights].size());
    for (std::int64_t r = 0; r < of.extent.rows; ++r)
      reference::exact_row(tensor, r, std::span(answers[weights]).subspan(static_cast<std::size_t>(r) * 96, 96));
  }
  const GemmTruth d = gemm_truth(exact[0], exact[1], 96), q = gemm_truth(answers[0], answers[1], 96);
  double signal = 0, noise = 0;
  for (std::size_t i = 0; i < d.values.size(); ++i) {
    signal += d.values[i] * d.values[i];
    noise += (q.values[i] - d.values[i]) * (q.values[i] - d.values[i]);
  }
  EXPECT_NEAR(row.signal / signal, 1, 1e-12);
  EXPECT_NEAR(row.noise / noise, 1, 1e-9);
}

TEST(GemmSqnr, OrderedProductSumsOverAscendingK) {
  oracle::SplitMix random(7);
  constexpr std::size_t kLength = 37;
  std::vector<double> a(kTile * kLength), b(kLength * kTile), d(kTile * kTile);
  for (double& x : a) x = std::ldexp(static_cast<double>(random.next32()), -static_cast<int>(random.next32() % 40));
  for (double& x : b) x = std::ldexp(static_cast<double>(random.next32()), -static_cast<int>(random.next32() % 40));
  ordered_product(a, b, kLength, d);
  for (std::size_t r = 0; r < kTile; ++r)
    for (std::size_t c = 0; c < kTile; ++c) {
      double sum = 0;
      for (std::size_t k = 0; k < kLength; ++k) {
        const double product = a[r * kLength + k] * b[k * kTile + c];
        sum += product;
      }
      ASSERT_EQ(d[r * kTile + c], sum) << r << "," << c;
    }
}

TEST(GemmSqnr, ARecipeThatRefusesSaysSo) {
  const GemmRow ragged = run_one("te/nvfp4+te/nvfp4/fp32/normal+normal/64x64x40/s4");
  EXPECT_FALSE(ragged.refusal.empty());
  EXPECT_TRUE(std::isnan(ragged.sqnr_db));
  const GemmRow fused = run_one("te/mxfp8-e4m3-gelu+te/mxfp8-e4m3/fp32/normal+normal/64x64x64/s4");
  EXPECT_NE(fused.refusal.find("quantizes more than its input"), std::string::npos) << fused.refusal;
}

TEST(GemmCase, NameIsEnoughToRunItAgain) {
  for (const char* name : {"te/nvfp4+te/nvfp4-2d/bf16/gelu@2^-4+linear/64x32x1024/s4",
                           "ggml/q8_1+ggml/q4_0-cpu-ref/fp32/normal+normal@2^3/1x1x64/s0"}) {
    EXPECT_EQ(parse_gemm_case(name).name(), name);
  }
  const GemmCase c = parse_gemm_case("te/nvfp4+te/nvfp4-2d/bf16/gelu+linear/64x32x1024/s4");
  EXPECT_EQ(c.a.extent, (Extent{64, 1024}));
  EXPECT_EQ(c.b.extent, (Extent{32, 1024}));
  EXPECT_EQ(c.b.input.name, "linear");
  for (const char* name : {"", "te/nvfp4", "te/nvfp4/bf16/gelu+linear/64x32x1024/s4", "a/b+c/d/bf16/gelu/64x32x1024/s4",
                           "a/b+c/d/bf16/gelu+linear/64x1024/s4", "a/b+c/d/bf16/gelu+linear/064x32x1024/s4"})
    EXPECT_THROW(parse_gemm_case(name), InputError) << name;
}

TEST(GemmCase, LinearInitIsUniformOverTheRootOfK) {
  const Case quarter{"te/nvfp4", InputType::kF32, {"linear"}, {4, 16}, 4};
  const TypedTensor weights = generate_side(quarter, true);
  const TypedTensor uniform = generate_side({"te/nvfp4", InputType::kF32, {"uniform"}, {4, 16}, 4}, true);
  for (std::size_t i = 0; i < 64; ++i) EXPECT_EQ(weights.view().f32()[i], uniform.view().f32()[i] * 0.25f);
  // Activations of the same seed are others.
  EXPECT_NE(std::get<0>(generate_side(quarter, false).values), std::get<0>(weights.values));
  EXPECT_THROW(generate_side({"te/nvfp4", InputType::kF32, {"element_ties"}, {4, 16}, 4}, false), InputError);
}

}  // namespace
}  // namespace bitgate::compare
