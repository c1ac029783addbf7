#include "bitgate/compare/block_probes.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "bitgate/compare/choices.h"
#include "bitgate/compare/directed.h"

namespace bitgate::compare {
namespace {

constexpr std::size_t kBlocks = 24;

// Blocks of one recipe and type, as both ways of asking see them.
struct Blocks {
  std::vector<std::vector<std::uint32_t>> magnitudes;
  std::vector<std::uint32_t> global_amax;
};

// Zeros, an amax alone, and numbers below it; a global amax for all or, row-scaled, for each.
Blocks draw_blocks(const Scheme& scheme, InputType type, std::size_t width) {
  Choices choices(1, Purpose::kBlock, 0);
  Blocks blocks;
  for (std::size_t b = 0; b < kBlocks; ++b) {
    const bool opens = b == 0 || scheme.global == GlobalAxis::kRow;
    blocks.global_amax.push_back(opens ? bits_of(type, 1.0 + 9.0 * choices.unit()) : blocks.global_amax.back());
    const double global = value_of(type, blocks.global_amax.back());
    const std::uint32_t amax = bits_of(type, global * power_of_two(-static_cast<int>(choices.below(12))));
    std::vector<std::uint32_t>& magnitudes = blocks.magnitudes.emplace_back(width);
    for (std::uint32_t& bits : magnitudes)
      bits = b % 3 == 0 || choices.below(4) == 0 ? 0 : bits_of(type, value_of(type, amax) * choices.unit());
    magnitudes[choices.below(static_cast<std::uint32_t>(width))] = b == 0 ? blocks.global_amax.back() : amax;
  }
  return blocks;
}

TEST(BlockProbes, EveryRecipeAnswersEachBlockAsIfItWereAlone) {
  for (const reference::Recipe& recipe : reference::catalog()) {
    if (!reference::runs(recipe)) continue;
    const Scheme& scheme = scheme_of(recipe.rules.scheme);
    const auto width = static_cast<std::size_t>(block_probe_width(scheme));
    for (const InputType type : kInputTypes) {
      if (!accepts(recipe.accepts, type)) continue;
      const Blocks blocks = draw_blocks(scheme, type, width);
      BlockProbes probes(recipe, type, width);
      probes.clear(kBlocks);
      for (std::size_t b = 0; b < kBlocks; ++b) {
        probes.set_amax(b, value_of(type, blocks.global_amax[b]));
        for (std::size_t i = 0; i < width; ++i) probes.set(b, i, blocks.magnitudes[b][i]);
      }
      probes.quantize();
      for (std::size_t b = 0; b < kBlocks; ++b) {
        std::vector<float> values(width);
        for (std::size_t i = 0; i < width; ++i) values[i] = value_of(type, blocks.magnitudes[b][i]);
        const auto alone =
            reference::quantize_one_block(recipe.rules, type, values, value_of(type, blocks.global_amax[b]));
        ASSERT_EQ(probes.scale_bits(b), alone.scale_bits) << recipe.identity.name << ", block " << b;
        for (std::size_t i = 0; i < width; ++i)
          ASSERT_EQ(probes.code(b, i), alone.codes[i]) << recipe.identity.name << ", block " << b << ", element " << i;
      }
    }
  }
}

}  // namespace
}  // namespace bitgate::compare
