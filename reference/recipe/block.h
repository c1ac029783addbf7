// One block through all stages: the one text of plain ifs. Inlined with constant Rules it is a specialised loop; called
// with run-time Rules it lets searches walk the axes; called with a StageTrace it explains itself.
#pragma once

#include <algorithm>
#include <array>

#include "bitgate/reference/recipe/element.h"
#include "bitgate/reference/recipe/extra.h"

namespace bitgate::reference {

inline constexpr std::size_t kMaxBlock = 64;

// A block's inputs, widened; positions past a ragged row hold +0.
using BlockInput = std::array<float, kMaxBlock>;

struct BlockOutput {
  std::uint32_t scale_bits = 0;
  std::array<std::uint8_t, kMaxBlock> codes{};
};

// Scales given from outside replace the block's own where the codes follow from the stored scale.
struct GivenScale {
  bool given = false;
  std::uint32_t bits = 0;
};

template <class Trace>
[[gnu::always_inline]] constexpr BlockScale block_scale_stage(const Rules& rules, InputType type,
                                                              const GlobalScale& global, std::span<const float> x,
                                                              GivenScale given, Trace& trace) {
  const float amax = amax_of_block(rules, x);
  BlockScale scale = derive_block_scale(rules, type, global, amax, trace);
  if (given.given) scale.bits = given.bits;
  return scale;
}

template <class Trace>
[[gnu::always_inline]] constexpr BlockScale quantize_block(const Rules& rules, InputType type,
                                                           const GlobalScale& global, std::span<const float> x,
                                                           GivenScale given, BlockOutput& out, Trace& trace) {
  const BlockScale scale = block_scale_stage(rules, type, global, x, given, trace);
  out.scale_bits = scale.bits;
  const Multiplier multiplier = derive_multiplier(rules, global, scale);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float scaled = scale_element(rules, multiplier, x[i]);
    const std::uint32_t code = encode_element(rules, scaled);
    out.codes[i] = static_cast<std::uint8_t>(multiplier.all_zero ? 0 : code);
  }
  return scale;
}

// The extras of block `index` of a row, written to the row's extras.
[[gnu::always_inline]] constexpr void write_extras(const Rules& rules, const BlockInput& x, const BlockScale& scale,
                                                   const BlockOutput& block, std::int64_t index,
                                                   std::span<std::uint16_t> row_extras) {
  const Arithmetic on{rules.machine};
  const auto at = static_cast<std::size_t>(index);
  const auto store = [&](std::size_t i, float sum) {
    row_extras[i] = static_cast<std::uint16_t>(encode(kFp16, sum, rules.block.encode));
  };
  if (rules.extra == ExtraRule::kNone) return;
  if (rules.extra == ExtraRule::kWarpSum) return store(at, warp_sum(on, std::span<const float, 32>(x.data(), 32)));
  if (rules.extra == ExtraRule::kScaledCodeSum) {
    std::int32_t sum = 0;
    for (std::size_t i = 0; i < 32; ++i) sum += static_cast<std::int8_t>(block.codes[i]);
    return store(at, on.mul_rn(static_cast<float>(sum), scale.decode_scale));
  }
  if (rules.scheme != SchemeId::kQ8_1MmqD2s6) return store(at, quad_sum(on, std::span<const float, 32>(x.data(), 32)));
  // D2S6: of each 128 values the first 96 have a sum for every 16; a block is 64 values, so four sums, then two.
  const std::size_t sums = at % 2 == 0 ? 4 : 2;
  const std::size_t first = at / 2 * 6 + at % 2 * 4;
  for (std::size_t k = 0; k < sums; ++k)
    store(first + k, quad_sum(on, std::span<const float, 16>(x.data() + 16 * k, 16)));
}

}  // namespace bitgate::reference
