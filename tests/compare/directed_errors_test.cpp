// Ties of the two errors of a search: what the generator promises, and what it is for.
#include "bitgate/compare/directed_errors.h"

#include <gtest/gtest.h>

#include <cmath>

#include "bitgate/compare/compare.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

using reference::Recipe;

TypedTensor make(const char* name, InputType type, Extent extent, std::uint64_t seed) {
  return generate(reference::require_recipe(name), {"error_ties"}, type, extent, seed);
}

float amax(const TypedTensor& t) {
  float largest = 0.0f;
  for (std::int64_t i = 0; i < count(t.extent); ++i) largest = std::fmax(largest, std::fabs(element(t.view(), i)));
  return largest;
}

QuantizedTensor answer(const char* name, const TypedTensor& t) {
  Request request;
  request.input = t.view();
  return reference::quantize(reference::require_recipe(name), request);
}

TEST(ErrorTies, NumbersOfWhichTheFirstIsTheLargest) {
  for (const InputType type : kInputTypes)
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      const TypedTensor t = make("te/nvfp4-4over6-448-mae", type, {4, 64}, seed);
      EXPECT_EQ(std::fabs(element(t.view(), 0)), amax(t));
      EXPECT_GT(amax(t), 0.0f);
      EXPECT_TRUE(std::isfinite(amax(t)));
    }
}

TEST(ErrorTies, OddSeedsHaveAnSOfThreeTimesAPowerOfTwo) {
  for (const std::uint64_t seed : {1u, 3u, 5u}) {
    int exponent = 0;
    const double s =
        2688.0 / static_cast<double>(amax(make("te/nvfp4-4over6-448-mae", InputType::kF16, {1, 64}, seed)));
    EXPECT_EQ(std::frexp(s, &exponent), 0.75);
  }
}

TEST(ErrorTies, OfASquareOneRowIsSolved) {
  const TypedTensor t = make("te/nvfp4-2d-4over6-448-mse", InputType::kBf16, {32, 64}, 2);
  for (std::int64_t row = 0; row < 32; ++row) {
    float sum = 0.0f;
    for (std::int64_t col = 0; col < 64; ++col) sum += std::fabs(element(t.view(), row * 64 + col));
    EXPECT_EQ(sum == 0.0f, row % 16 != 0) << row;
  }
}

// Recipes that differ in the order of a sum, or in one rounding of its terms.
TEST(ErrorTies, PartSearchesByTheirLastRounding) {
  struct Two {
    const char *a, *b;
    InputType type;
  };
  for (const Two& two :
       {Two{"flashinfer/nvfp4-4over6-448-mse-fast", "flashinfer/nvfp4-4over6-448-mse-fast-8", InputType::kF16},
        Two{"flashinfer/nvfp4-4over6-256-mae-exact", "flashinfer/nvfp4-4over6-256-mae-exact-8", InputType::kBf16},
        Two{"te/nvfp4-2d-4over6-256-mae", "te/nvfp4-2d-4over6-256-mae-errfast", InputType::kF32}}) {
    bool parted = false;
    for (std::uint64_t seed = 0; seed < 24 && !parted; ++seed) {
      const TypedTensor t = make(two.a, two.type, {32, 64}, seed);
      parted = !compare(answer(two.a, t), answer(two.b, t)).bit_exact();
    }
    EXPECT_TRUE(parted) << two.a << " and " << two.b;
  }
}

TEST(ErrorTies, AnySchemeHasThemAndNoAmplitude) {
  for (const char* name : {"ggml/q8_1", "torchao/mxfp4-floor", "te/fp8-current-e4m3", "te/nvfp4-row"})
    EXPECT_GT(amax(make(name, InputType::kF32, {16, 128}, 1)), 0.0f) << name;
  EXPECT_THROW(generate(reference::require_recipe("te/nvfp4"), {"error_ties", 1}, InputType::kF32, {1, 16}, 0),
               InputError);
}

}  // namespace
}  // namespace bitgate::compare
