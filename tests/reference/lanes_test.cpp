// The kernels over lanes, each level that this CPU has, against the text for one block: the same bytes for every
// recipe.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "bitgate/reference/recipe/lanes/element_path.h"
#include "bitgate/reference/recipe/lanes/interleave.h"
#include "bitgate/reference/recipe/lanes/kernels.h"
#include "bitgate/reference/recipe/recipe.h"
#include "bitgate/reference/recipe/rows.h"
#include "bitgate/reference/recipe/tiles.h"
#include "bitgate/tests/support/recipe_samples.h"
#include "bitgate/tests/support/splitmix.h"

namespace bitgate::reference {

namespace {

constexpr std::uint32_t kSpecial[] = {0x00000000, 0x80000000, 0x00000001, 0x80000001, 0x007FFFFF, 0x00800000,
                                      0x7F7FFFFF, 0xFF7FFFFF, 0x7F800000, 0xFF800000, 0x7FC00000, 0x7FFFFFFF,
                                      0xFFC12345, 0x7F800001, 0x3F800000, 0x40C00000, 0x40A00000, 0x3E800000};

// A number of the mood of its stretch: ordinary, ties, tiny, huge, any bits, special, zero.
float number_of(std::uint64_t mood, oracle::SplitMix& random) {
  const std::uint32_t bits = random.next32();
  const auto ordinary = std::bit_cast<float>((bits & 0x80FFFFFF) | 0x3F000000);
  switch (mood) {
    case 0: return ordinary;
    case 1: return 0.25f * static_cast<float>(static_cast<int>(bits % 49) - 24);
    case 2: return ordinary * 0x1p-126f;
    case 3: return ordinary * 0x1p126f;
    case 4: return std::bit_cast<float>(bits);
    case 5: return std::bit_cast<float>(kSpecial[bits % std::size(kSpecial)]);
    case 6: return bits % 32 == 0 ? std::bit_cast<float>(kSpecial[bits / 32 % std::size(kSpecial)]) : ordinary;
    default: return 0.0f;
  }
}

TypedTensor any_input(InputType type, const Extent& extent, std::uint64_t seed) {
  oracle::SplitMix random(seed);
  std::vector<float> numbers(static_cast<std::size_t>(count(extent)));
  std::uint64_t mood = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (i % 48 == 0) mood = random.next64() % 8;
    numbers[i] = number_of(mood, random);
  }
  TypedTensor made{type, extent, {}};
  if (type == InputType::kF32) {
    made.values = numbers;
    return made;
  }
  std::vector<std::uint16_t> bits(numbers.size());
  std::transform(numbers.begin(), numbers.end(), bits.begin(),
                 [&](float x) { return static_cast<std::uint16_t>(encode(format_of(type), x, kCvtRnInf)); });
  made.values = bits;
  return made;
}

// One tile after the other, by quantize_block of single numbers: what the kernels are held against.
QuantizedTensor by_single_blocks(const Recipe& recipe, const Side& side) {
  const Rules& rules = recipe.rules;
  const Scheme& scheme = scheme_of(rules.scheme);
  QuantizedTensor out = make_quantized(scheme, recipe.storage.global_number, side.operand.extent);
  fill_global(rules, side, out);
  std::vector<float> global = out.global;
  if (has_unstored_global(rules)) global.assign(1, unstored_global(rules, side));
  const Extent extent = side.operand.extent;
  for (std::int64_t row = 0; row < extent.rows;) {
    Tile tile{};
    for (std::int64_t col = 0; col < extent.cols; col += tile.cols) {
      tile = tile_of(scheme, extent, row, col);
      std::vector<float> x = load_tile(side.operand, tile);
      if (has_row_blocks(scheme)) x.resize(static_cast<std::size_t>(scheme.block.cols), 0.0f);
      BlockContext context;
      context.type = side.operand.type;
      context.global = global_of_row(rules, side, tile.row, global);
      if (rules.block.reach == AmaxReach::kRowsOf32)
        context.amax = {true, amax_of_rows_of_32(rules, tile, x, extent.cols)};
      const std::size_t scale_at = is_values_only(scheme) ? 0 : scale_index(scheme, extent.cols, tile.row, tile.col);
      if (side.scales != nullptr) context.scale = {true, scale_bits(*side.scales, scale_at)};
      std::vector<std::uint32_t> words;
      for (std::int64_t r = 0; r < tile.rows; ++r) {
        const auto of_row = random_words(side, tile.row + r, tile.col, tile.cols);
        words.insert(words.end(), of_row.begin(), of_row.end());
      }
      context.random = words;
      std::vector<std::uint32_t> codes(x.size());
      std::vector<float> values(x.size());
      BlockOutput block{codes, values};
      NoTrace trace;
      quantize_block<float>(rules, context, x, block, trace);
      for (std::int64_t r = 0; r < tile.rows; ++r)
        for (std::int64_t c = 0; c < tile.cols; ++c) {
          const auto from = static_cast<std::size_t>(r * tile.cols + c);
          const auto to = static_cast<std::size_t>((tile.row + r) * extent.cols + tile.col + c);
          if (is_values_only(scheme))
            out.values[to] = values[from];
          else
            out.codes[to] = static_cast<std::uint8_t>(codes[from]);
        }
      if (is_values_only(scheme)) continue;
      for (std::int64_t r = 0; r < (scheme.cell.rows == 1 ? tile.rows : 1); ++r)
        set_scale_bits(out.scales, scale_index(scheme, extent.cols, tile.row + r, tile.col), block.scale_bits);
      const ExtraPlace place = extra_place(rules, tile.col / std::max<std::int64_t>(1, scheme.block.cols));
      for (std::size_t k = 0; k < place.count; ++k)
        out.extras[static_cast<std::size_t>(row * extras_per_row(scheme, extent.cols) + place.first) + k] =
            static_cast<std::uint16_t>(block.extras[k]);
    }
    row += tile.rows;
  }
  return out;
}

// Any bytes for scales; what a scheme replicates is one number.
Scales any_scales(const Scheme& scheme, const Extent& extent, std::uint64_t seed) {
  Scales scales = make_quantized(scheme, GlobalNumber::kNone, extent).scales;
  const Extent cells = scale_extent(scheme, extent);
  for (std::int64_t r = 0; r < cells.rows; ++r)
    for (std::int64_t c = 0; c < cells.cols; ++c) {
      const std::int64_t a_block = scheme.block.rows == 0 || scheme.cell.rows != 1 ? 1 : scheme.block.rows;
      oracle::SplitMix random(seed + static_cast<std::uint64_t>(r / a_block * 1000 + c));
      const std::uint32_t bits = random.next32();
      set_scale_bits(scales, static_cast<std::size_t>(r * cells.cols + c),
                     scheme.scale.bits == 32 ? bits : bits & ((1u << scheme.scale.bits) - 1));
    }
  return scales;
}

// Rows of whole blocks, rows that end within one, fewer blocks than lanes, squares and parts of squares.
std::vector<Extent> extents_for(const Recipe& recipe) {
  const bool whole_squares =
      recipe.rules.special.kind == Special::kFourOverSix && scheme_of(recipe.rules.scheme).block.rows == 16;
  if (whole_squares || is_stochastic(recipe.rules.element.encode)) return {{32, 416}, {16, 32}};
  return {{5, 416}, {3, 100}, {40, 272}, {32, 272}};
}

void hold_recipe(const Recipe& recipe, Level level) {
  const LaneKernels& kernels = lane_kernels_of(level);
  const Scheme& scheme = scheme_of(recipe.rules.scheme);
  std::uint64_t seed = 1;
  for (const InputType type : kInputTypes)
    for (const Extent& extent : extents_for(recipe))
      for (const bool given : {false, true}) {
        if (given && is_values_only(scheme)) continue;
        const TypedTensor input = any_input(type, extent, ++seed);
        const Scales scales = given ? any_scales(scheme, extent, seed) : Scales{};
        std::vector<std::uint32_t> words(
            is_stochastic(recipe.rules.element.encode) ? static_cast<std::size_t>(count(extent) / 4) : 0);
        oracle::SplitMix random(seed);
        for (std::uint32_t& word : words) word = random.next32();
        const Side side{input.view(), {}, {}, given ? &scales : nullptr, words};
        QuantizedTensor out = make_quantized(scheme, recipe.storage.global_number, extent);
        quantize_rows(recipe.rules, side, kernels, out);
        EXPECT_EQ(oracle::first_difference(by_single_blocks(recipe, side), out), "")
            << recipe.identity.name << " " << name_of(type) << " " << extent.rows << "x" << extent.cols
            << (given ? ", scales given" : "") << ", level " << name_of(level);
      }
}

}  // namespace

class EachLevel : public testing::TestWithParam<Level> {};

TEST_P(EachLevel, GivesTheBytesOfSingleBlocksForEveryRecipe) {
  for (const Recipe* recipe : oracle::runnable_recipes()) {
    hold_recipe(*recipe, GetParam());
    if (HasFailure()) return;
  }
}

TEST_P(EachLevel, FindsTheLargestMagnitudeAndWhetherThereIsANan) {
  for (const InputType type : kInputTypes) {
    const TypedTensor input = any_input(type, {9, 101}, 7);
    const TypedView view = input.view();
    const void* const data = type == InputType::kF32 ? static_cast<const void*>(view.f32().data())
                                                     : static_cast<const void*>(view.bits16().data());
    RangeAmax expected;
    for (std::int64_t r = 0; r < 9; ++r)
      for (std::int64_t c = 0; c < 67; ++c) {
        const float size = magnitude(element(view, r * 101 + c));
        expected = {size > expected.amax ? size : expected.amax, expected.nan || is_nan(size)};
      }
    const RangeAmax found = lane_kernels_of(GetParam()).amax({type, data, 9, 67, 101});
    EXPECT_EQ(std::bit_cast<std::uint32_t>(found.amax), std::bit_cast<std::uint32_t>(expected.amax));
    EXPECT_EQ(found.nan, expected.nan);
    EXPECT_FALSE(lane_kernels_of(GetParam()).amax({type, data, 0, 67, 101}).nan);
  }
}

INSTANTIATE_TEST_SUITE_P(Lanes, EachLevel, testing::ValuesIn(levels_here().begin(), levels_here().end()),
                         [](const auto& level) { return std::string(name_of(level.param)); });

TEST(ElementPath, MostRecipesHaveOne) {
  std::size_t without = 0;
  for (const Recipe* recipe : oracle::runnable_recipes())
    without += recipe->rules.special.kind == Special::kNone && element_path_of(recipe->rules) == kElementPaths;
  EXPECT_LE(without, 50u);
}

TEST(ElementPath, ReadsNothingThatItsRulesLeaveOut) {
  // Other rules of scale and multiplier take the same path, another rule of the element does not.
  const Recipe& recipe = require_recipe("te/nvfp4");
  Rules other = recipe.rules;
  other.block.form = ScaleForm::kAmaxOverElementMax;
  other.element.multiplier = MultiplierForm::kReciprocalOfScale;
  EXPECT_EQ(element_path_of(other), element_path_of(recipe.rules));
  other.element.clamp = 5.0f;
  EXPECT_EQ(element_path_of(other), kElementPaths);
  other = recipe.rules;
  other.machine = Machine::kArm;
  EXPECT_EQ(element_path_of(other), kElementPaths);
}

TEST(Lanes, InterleaveTurnsLanesIntoRows) {
  using U = Lanes<std::uint32_t, 4>;
  U v[8];
  for (std::uint32_t i = 0; i < 8; ++i)
    for (std::uint32_t k = 0; k < 4; ++k) v[i].v[k] = 8 * k + i;
  interleave<8>(v);
  for (std::uint32_t i = 0; i < 32; ++i) EXPECT_EQ(lane(v[i / 4], static_cast<int>(i % 4)), i);
}

TEST(Lanes, DecodeIsThatOfSingleCodes) {
  using U = Lanes<std::uint32_t, 4>;
  for (const Format& format : kFormats)
    for (std::uint32_t code = 0; code < std::min<std::uint64_t>(code_count(format), 1 << 16); ++code) {
      const float found = lane(decode_float(format, U(code)), 2);
      ASSERT_EQ(std::bit_cast<std::uint32_t>(found), std::bit_cast<std::uint32_t>(decode_float(format, code)))
          << format.name << " " << code;
    }
}

}  // namespace bitgate::reference
