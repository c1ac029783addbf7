#include "bitgate/compare/directed.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <vector>

#include "bitgate/compare/choices.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

using reference::Recipe;

TypedTensor make(std::string_view recipe, std::string name, InputType type, Extent extent, std::uint64_t seed = 1,
                 int log2_amplitude = 0) {
  return generate(reference::require_recipe(recipe), {std::move(name), log2_amplitude}, type, extent, seed);
}

std::uint32_t bits_at(const TypedTensor& t, std::int64_t i) {
  const auto at = static_cast<std::size_t>(i);
  return t.type == InputType::kF32 ? std::bit_cast<std::uint32_t>(t.view().f32()[at]) : t.view().bits16()[at];
}
std::uint32_t magnitude_at(const TypedTensor& t, std::int64_t i) {
  return bits_at(t, i) & magnitude_mask(format_of(t.type));
}
float amax(const TypedTensor& t, std::int64_t first, std::int64_t n) {
  float most = 0;
  for (std::int64_t i = first; i < first + n; ++i) most = std::max(most, std::fabs(element(t.view(), i)));
  return most;
}

// The blocks of a tensor whose columns are whole blocks, with the amax their global comes from.
struct BlockOf {
  const Recipe& recipe;
  InputType type;
  std::vector<float> values;
  float global_amax;

  reference::BlockAnswer quantize() const { return quantize_one_block(recipe.rules, type, values, global_amax); }
};
std::vector<BlockOf> blocks_of(std::string_view recipe_name, const TypedTensor& t) {
  const Recipe& recipe = reference::require_recipe(recipe_name);
  const Scheme& scheme = scheme_of(recipe.rules.scheme);
  const std::int64_t width = scheme.block.cols, cols = t.extent.cols;
  std::vector<BlockOf> blocks;
  for (std::int64_t first = 0; first < count(t.extent); first += width) {
    const bool by_row = scheme.global == GlobalAxis::kRow;
    const float global = amax(t, by_row ? first / cols * cols : 0, by_row ? cols : count(t.extent));
    BlockOf block{recipe, t.type, {}, global};
    for (std::int64_t i = first; i < first + width; ++i) block.values.push_back(element(t.view(), i));
    blocks.push_back(block);
  }
  return blocks;
}

float moved(InputType type, float x, int ulps) {
  const std::uint32_t bits = bits_of(type, std::fabs(x));
  return std::copysign(value_of(type, bits + static_cast<std::uint32_t>(ulps)), x);
}

// Elements whose code changes when their magnitude falls by 1 ulp, all else equal.
int first_of_their_code(const BlockOf& block) {
  const auto codes = block.quantize().codes;
  int found = 0;
  for (std::size_t i = 0; i < block.values.size(); ++i) {
    BlockOf other = block;
    if (block.values[i] == 0) continue;
    other.values[i] = moved(block.type, block.values[i], -1);
    const auto answer = other.quantize();
    found += answer.scale_bits == block.quantize().scale_bits && answer.codes[i] != codes[i] ? 1 : 0;
  }
  return found;
}

struct Solved {
  const char* recipe;
  InputType type;
  int boundaries;  // of a block: (width - 1) / 3
};
const Solved kSolved[] = {
    {"te/nvfp4", InputType::kF32, 5},
    {"te/nvfp4", InputType::kBf16, 5},
    {"te/nvfp4-row", InputType::kF16, 5},
    {"torchao/nvfp4", InputType::kBf16, 5},
    {"torchao/nvfp4-tensorwise", InputType::kF32, 5},
    {"torchao/mxfp4-floor", InputType::kF32, 10},
    {"torchao/mxfp8e4m3-rceil", InputType::kBf16, 10},
    {"ggml/q8_1", InputType::kF32, 10},
    {"ggml/q8_1-mmq-d2s6", InputType::kF32, 21},
};

TEST(ElementTies, EachBlockHoldsTheFirstInputOfACodeForEveryThreeElements) {
  for (const Solved& s : kSolved) {
    if (!accepts(reference::require_recipe(s.recipe).accepts, s.type)) continue;
    int solved = 0, blocks = 0;
    for (const BlockOf& block : blocks_of(s.recipe, make(s.recipe, "element_ties", s.type, {16, 256}))) {
      solved += first_of_their_code(block) >= s.boundaries ? 1 : 0;
      ++blocks;
    }
    // Not all: a scale that underflows leaves one code, and a boundary at the block's own amax has no input above.
    EXPECT_GE(solved, blocks * 3 / 4) << s.recipe << ", " << name_of(s.type);
  }
}

TEST(ElementTies, BoundariesComeWithTheirNeighbours) {
  const TypedTensor t = make("te/nvfp4", "element_ties", InputType::kF32, {1, 256});
  int triples = 0;
  for (std::int64_t block = 16; block < 256; block += 16) {
    std::set<std::uint32_t> magnitudes;
    for (std::int64_t i = block; i < block + 16; ++i) magnitudes.insert(magnitude_at(t, i));
    for (const std::uint32_t m : magnitudes)
      triples += magnitudes.contains(m + 1) && magnitudes.contains(m + 2) ? 1 : 0;
  }
  EXPECT_GE(triples, 15 * 3);
}

TEST(ElementTies, BothSignsOccur) {
  const TypedTensor t = make("te/nvfp4", "element_ties", InputType::kBf16, {1, 1024});
  int negative = 0;
  for (std::int64_t i = 0; i < 1024; ++i) negative += std::signbit(element(t.view(), i)) ? 1 : 0;
  EXPECT_GT(negative, 400);
  EXPECT_LT(negative, 624);
}

// Whether the block's scale changes when its amax moves by `ulps`.
bool scale_changes(const BlockOf& block, int from, int to) {
  const auto top =
      static_cast<std::size_t>(std::max_element(block.values.begin(), block.values.end(),
                                                [](float a, float b) { return std::fabs(a) < std::fabs(b); }) -
                               block.values.begin());
  std::array<std::uint32_t, 2> scales{};
  for (std::size_t k = 0; k < 2; ++k) {
    BlockOf other = block;
    std::fill(other.values.begin(), other.values.end(), 0.0f);
    other.values[top] = moved(block.type, block.values[top], k == 0 ? from : to);
    scales[k] = other.quantize().scale_bits;
  }
  return scales[0] != scales[1];
}

TEST(ScaleTies, EachBlockIsWithinOneUlpOfAScaleBoundaryAndAllThreePlacesOccur) {
  for (const Solved& s : kSolved) {
    if (!accepts(reference::require_recipe(s.recipe).accepts, s.type)) continue;
    int below = 0, at = 0, above = 0, none = 0, blocks = 0;
    for (const BlockOf& block : blocks_of(s.recipe, make(s.recipe, "scale_ties", s.type, {16, 256}))) {
      ++blocks;
      if (scale_changes(block, -1, 0))
        ++at;
      else if (scale_changes(block, 0, 1))
        ++below;
      else if (scale_changes(block, -2, -1))
        ++above;
      else
        ++none;
    }
    EXPECT_LE(none, blocks / 4) << s.recipe << ", " << name_of(s.type);  // the blocks of the global's amax among them
    for (const int n : {below, at, above}) EXPECT_GE(n, blocks / 8) << s.recipe << ", " << name_of(s.type);
  }
}

TEST(DirectedTies, AGlobalAmaxStandsInTheFirstBlock) {
  for (const char* name : {"element_ties", "scale_ties"}) {
    const TypedTensor tensor = make("te/nvfp4", name, InputType::kBf16, {8, 128});
    EXPECT_EQ(amax(tensor, 0, 16), amax(tensor, 0, 1024)) << name;
    const TypedTensor rows = make("te/nvfp4-row", name, InputType::kBf16, {8, 128});
    for (std::int64_t row = 0; row < 8; ++row) EXPECT_EQ(amax(rows, row * 128, 16), amax(rows, row * 128, 128)) << name;
  }
}

TEST(DirectedTies, GlobalAmaxesVaryBySeedAndByRow) {
  std::set<float> by_seed, by_row;
  for (std::uint64_t seed = 0; seed < 64; ++seed)
    by_seed.insert(amax(make("te/nvfp4", "scale_ties", InputType::kF32, {1, 16}, seed), 0, 16));
  const TypedTensor rows = make("te/nvfp4-row", "scale_ties", InputType::kF32, {64, 16});
  for (std::int64_t row = 0; row < 64; ++row) by_row.insert(amax(rows, row * 16, 16));
  EXPECT_GE(by_seed.size(), 45u);  // half of them share 6 x 9 values
  EXPECT_GE(by_row.size(), 45u);
}

TEST(DirectedTies, AmplitudeMovesTheAmaxes) {
  const float one = amax(make("te/nvfp4", "element_ties", InputType::kF32, {4, 64}), 0, 256);
  const float small = amax(make("te/nvfp4", "element_ties", InputType::kF32, {4, 64}, 1, -12), 0, 256);
  EXPECT_EQ(small, one * 0x1p-12f);
}

TEST(DirectedTies, EveryValueIsFiniteAndRaggedOrTinyShapesWork) {
  for (const Recipe& recipe : reference::catalog()) {
    for (const InputType type : kInputTypes) {
      if (!accepts(recipe.accepts, type)) continue;
      for (const char* name : {"element_ties", "scale_ties"}) {
        for (const Extent extent : {Extent{1, 1}, Extent{3, 2}, Extent{2, 37}, Extent{5, 128}}) {
          const TypedTensor t = generate(recipe, {name, 12}, type, extent, 3);
          for (std::int64_t i = 0; i < count(extent); ++i) ASSERT_TRUE(std::isfinite(element(t.view(), i)));
        }
      }
    }
  }
}

TEST(DirectedTies, SameSeedSameBits) {
  for (const char* name : {"element_ties", "scale_ties", "special"}) {
    const TypedTensor a = make("torchao/mxfp4-floor", name, InputType::kBf16, {8, 128}, 4);
    EXPECT_EQ(std::get<1>(a.values),
              std::get<1>(make("torchao/mxfp4-floor", name, InputType::kBf16, {8, 128}, 4).values));
    EXPECT_NE(std::get<1>(a.values),
              std::get<1>(make("torchao/mxfp4-floor", name, InputType::kBf16, {8, 128}, 8).values));
  }
}

struct Content {
  int nan = 0, negative_nan = 0, infinity = 0, negative_infinity = 0, largest = 0, positive_zero = 0, negative_zero = 0;
  int subnormal = 0, smallest = 0, smallest_normal = 0, other = 0, signalling = 0;
  std::set<std::uint32_t> payloads;
};
Content content_of(const TypedTensor& t) {
  const Format& f = format_of(t.type);
  Content c;
  for (std::int64_t i = 0; i < count(t.extent); ++i) {
    const std::uint32_t bits = bits_at(t, i), magnitude = magnitude_at(t, i);
    const bool negative = bits != magnitude;
    if (is_nan(f, magnitude)) {
      ++(negative ? c.negative_nan : c.nan);
      c.signalling += (magnitude & (1u << (f.mantissa_bits - 1))) == 0 ? 1 : 0;
      c.payloads.insert(magnitude);
    } else if (is_infinity(f, magnitude))
      ++(negative ? c.negative_infinity : c.infinity);
    else if (magnitude == max_code(f))
      ++c.largest;
    else if (magnitude == 0)
      ++(negative ? c.negative_zero : c.positive_zero);
    else if (magnitude == 1)
      ++c.smallest;
    else if (magnitude < 1u << f.mantissa_bits)
      ++c.subnormal;
    else if (magnitude == 1u << f.mantissa_bits)
      ++c.smallest_normal;
    else
      ++c.other;
  }
  return c;
}

TEST(Special, SeedZeroHoldsEveryKindInEveryType) {
  for (const InputType type : kInputTypes) {
    const Content c = content_of(make("te/nvfp4", "special", type, {32, 256}, 0));
    for (const int n : {c.nan, c.negative_nan, c.infinity, c.negative_infinity, c.largest, c.positive_zero,
                        c.negative_zero, c.smallest, c.subnormal, c.smallest_normal, c.other})
      EXPECT_GT(n, 0) << name_of(type);
    EXPECT_GT(c.payloads.size(), 3u);
    EXPECT_EQ(c.signalling, 0);
  }
}

TEST(Special, SeedsLeaveOutInfinityThenNanThenAllButZeros) {
  const Content one = content_of(make("te/nvfp4", "special", InputType::kF32, {32, 256}, 1));
  EXPECT_EQ(one.infinity + one.negative_infinity, 0);
  EXPECT_GT(one.nan, 0);
  const Content two = content_of(make("te/nvfp4", "special", InputType::kF32, {32, 256}, 2));
  EXPECT_EQ(two.infinity + two.negative_infinity + two.nan + two.negative_nan, 0);
  EXPECT_GT(two.largest, 0);
  const Content three = content_of(make("te/nvfp4", "special", InputType::kF32, {32, 256}, 3));
  EXPECT_EQ(three.positive_zero + three.negative_zero, 32 * 256);
  EXPECT_GT(three.positive_zero, 0);
  EXPECT_GT(three.negative_zero, 0);
}

TEST(Special, OddSeedQuartersStayAtMostThreeThousand) {
  const TypedTensor t = make("te/nvfp4", "special", InputType::kF32, {32, 256}, 6);
  EXPECT_EQ(amax(t, 0, 32 * 256), 3000.0f);
}

TEST(Special, LeavesOutWhatTheRecipeRefuses) {
  Recipe recipe = reference::require_recipe("te/nvfp4");
  recipe.accepts.nan = false;
  const Content no_nan = content_of(generate(recipe, {"special", 0}, InputType::kF32, {32, 256}, 0));
  EXPECT_EQ(no_nan.nan + no_nan.negative_nan, 0);
  EXPECT_GT(no_nan.infinity, 0);
  recipe.accepts.infinity = false;
  const Content finite = content_of(generate(recipe, {"special", 0}, InputType::kF32, {32, 256}, 0));
  EXPECT_EQ(finite.nan + finite.negative_nan + finite.infinity + finite.negative_infinity, 0);
}

TEST(Special, HoldsZeroRowsOfEitherSignAndTameRows) {
  const TypedTensor t = make("te/nvfp4-row", "special", InputType::kF32, {16, 64}, 0);
  for (std::int64_t i = 0; i < 64; ++i) {
    EXPECT_EQ(bits_at(t, 7 * 64 + i), 0u);
    EXPECT_EQ(bits_at(t, 15 * 64 + i), 0x80000000u);
    EXPECT_LE(magnitude_at(t, 1 * 64 + i), std::bit_cast<std::uint32_t>(3000.0f));
  }
}

// 32 values of 3000 sum to 96000, past fp16's 65504, though 3000 / 127 is an ordinary scale.
TEST(Special, HoldsABlockWhoseSumOverflowsQ81) {
  const TypedTensor t = make("ggml/q8_1", "special", InputType::kF32, {1, 32 * 32}, 2);
  bool found = false;
  for (std::int64_t first = 0; first < count(t.extent); first += 32) {
    float sum = 0;
    for (std::int64_t i = first; i < first + 32; ++i) sum += element(t.view(), i);
    found = found || (sum == 96000.0f && amax(t, first, 32) == 3000.0f);
  }
  EXPECT_TRUE(found);
}

TEST(Special, SingleBlocksSeeOtherPatternsBySeed) {
  std::set<std::vector<std::uint16_t>> tensors;
  for (std::uint64_t seed = 0; seed < 200; seed += 8)
    tensors.insert(std::get<1>(make("te/nvfp4", "special", InputType::kBf16, {1, 16}, seed).values));
  EXPECT_EQ(tensors.size(), 25u);
}

TEST(NanHalves, BlocksTakeTurnsAndTheSeedSaysWhichIsFirst) {
  for (const InputType type : kInputTypes)
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
      const TypedTensor t = make("te/nvfp4", "nan_halves", type, {3, 64}, seed);
      for (std::int64_t i = 0; i < count(t.extent); ++i) {
        const std::uint64_t turn = (static_cast<std::uint64_t>(i / 16) + seed) % 3;
        const bool nan = turn != 2 && static_cast<std::uint64_t>(i % 2) != turn;
        EXPECT_EQ(std::isnan(element(t.view(), i)), nan) << i << ", seed " << seed;
        EXPECT_FALSE(std::isinf(element(t.view(), i)));
      }
    }
}

TEST(NanHalves, TwoSeedsTreatEveryBlockAlike) {
  for (const std::uint64_t seed : {6u, 7u}) {
    const TypedTensor t = make("te/nvfp4", "nan_halves", InputType::kBf16, {3, 64}, seed);
    for (std::int64_t i = 0; i < count(t.extent); ++i) {
      const float x = element(t.view(), i);
      EXPECT_EQ(std::isnan(x), seed == 6 || i % 16 == 1) << i;
      if (seed == 7 && i % 16 > 1) {
        EXPECT_EQ(x, 0.0f) << i;
      }
    }
  }
}

// Of one scale for the tensor, in whose maximum all blocks would otherwise have a part.
TEST(NanHalves, PartTheMaximaOfAWholeTensor) {
  const Recipe& recipe = reference::require_recipe("vllm/fp8-tensor");
  reference::Rules rules = recipe.rules;
  rules.block.amax_nan = reference::AmaxNan::kKeepAllNan;
  const TypedTensor t = generate(recipe, {"nan_halves"}, InputType::kF16, {8, 64}, 6);
  Request request;
  request.input = t.view();
  EXPECT_NE(reference::quantize(recipe, request).scales,
            reference::quantize_with(rules, recipe.storage, request).scales);
}

TEST(NanHalves, HoldNumbersAloneWhereNanIsRefused) {
  Recipe recipe = reference::require_recipe("te/nvfp4");
  recipe.accepts.nan = false;
  const TypedTensor t = generate(recipe, {"nan_halves"}, InputType::kF32, {3, 64}, 0);
  for (std::int64_t i = 0; i < count(t.extent); ++i) EXPECT_TRUE(std::isfinite(element(t.view(), i)));
  EXPECT_THROW(generate(recipe, {"nan_halves", 1}, InputType::kF32, {1, 16}, 0), InputError);
}

// Numbers in the even places: the maximum of all ignores the odd ones, that of the halves is NaN.
TEST(NanHalves, PartTheTwoMaximaThatAreNanOfNothingElse) {
  for (const char* name : {"flashinfer/nvfp4-fast", "flashinfer/mxfp4"}) {
    const Recipe& recipe = reference::require_recipe(name);
    ASSERT_EQ(recipe.rules.block.amax_nan, reference::AmaxNan::kOddHalfLast) << name;
    reference::Rules rules = recipe.rules;
    rules.block.amax_nan = reference::AmaxNan::kKeepAllNan;
    const TypedTensor t = generate(recipe, {"nan_halves"}, InputType::kBf16, {8, 128}, 0);
    Request request;
    request.input = t.view();
    EXPECT_NE(reference::quantize(recipe, request).scales,
              reference::quantize_with(rules, recipe.storage, request).scales)
        << name;
  }
}

// Of 128 rows of one scale all odd places are NaN, or infinite.
TEST(NanHalves, RowsOfOneTileHaveOneTurn) {
  for (const std::uint64_t seed : {0u, 3u}) {
    const TypedTensor t = make("deepgemm/fp8-128x128", "nan_halves", InputType::kBf16, {128, 128}, seed);
    for (std::int64_t i = 0; i < count(t.extent); ++i) {
      EXPECT_EQ(std::isnan(element(t.view(), i)), seed == 0 && i % 2 == 1) << i << ", seed " << seed;
      EXPECT_EQ(std::isinf(element(t.view(), i)), seed == 3 && i % 2 == 1) << i << ", seed " << seed;
    }
  }
}

// A tile's largest number stands once, next to a step of the scale; above it are zeros or smaller numbers.
TEST(TileTies, OneRowHoldsTheAmaxOfItsTile) {
  const Recipe& recipe = reference::require_recipe("deepgemm/fp8-128x128-ue8m0");
  bool zeros_above = false, numbers_above = false;
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const TypedTensor t = make(recipe.identity.name, "tile_ties", InputType::kBf16, {128, 128}, seed);
    float largest = 0.0f, above = 0.0f;
    for (std::int64_t i = 0; i < count(t.extent); ++i) largest = std::max(largest, std::abs(element(t.view(), i)));
    std::int64_t first = 0;
    while (std::abs(element(t.view(), first)) != largest) ++first;
    for (std::int64_t i = 0; i < first / 128 * 128; ++i) above = std::max(above, std::abs(element(t.view(), i)));
    if (first >= 128) (above > 0.0f ? numbers_above : zeros_above) = true;
    const auto scale_of = [&](int ulps) {
      const std::uint32_t bits = bits_of(InputType::kBf16, largest);
      const std::vector<float> block{value_of(InputType::kBf16, bits + static_cast<std::uint32_t>(ulps))};
      return reference::quantize_one_block(recipe.rules, InputType::kBf16, block, 0.0f).scale_bits;
    };
    EXPECT_NE(scale_of(-2), scale_of(2)) << "seed " << seed;
  }
  EXPECT_TRUE(zeros_above);
  EXPECT_TRUE(numbers_above);
}

}  // namespace
}  // namespace bitgate::compare
