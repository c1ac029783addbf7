// One block through all stages: the one text of plain ifs. Inlined with constant Rules it is a specialised loop; called
// with run-time Rules it lets searches walk the axes; called with a StageTrace it explains itself.
#pragma once

#include <algorithm>
#include <array>
#include <optional>

#include "bitgate/reference/recipe/element.h"
#include "bitgate/reference/recipe/extra.h"

namespace bitgate::reference {

// The widest block that lies in one row; larger ones are tiles (rows.h).
inline constexpr std::size_t kMaxBlock = 128;

// A block's inputs, widened; positions past a ragged row hold +0.
using BlockInput = std::array<float, kMaxBlock>;

// Scales given from outside replace the block's own where the codes follow from the stored scale.
struct GivenScale {
  bool given = false;
  std::uint32_t bits = 0;
};

// What a block is told beside its elements.
struct BlockContext {
  InputType type = InputType::kF32;
  GlobalScale global{};
  GivenScale scale{};
  std::optional<float> amax{};              // in place of the block's own (a tensor with one scale)
  std::span<const std::uint32_t> random{};  // a word for each four elements
};

struct BlockOutput {
  std::span<std::uint8_t> codes;  // one an element
  std::span<float> values;        // one an element, of a values-only scheme; else empty
  std::uint32_t scale_bits = 0;
  std::uint32_t extra_bits = 0;  // Extra::kMinimum, as stored
  std::uint32_t whole_sum = 0;   // kScaledWholeSum's, modulo 2^32
};

// Rules of special/: told apart there by rules.special.kind.
void special_block(const Rules& rules, const BlockContext& context, std::span<const float> x, BlockOutput& out,
                   NoTrace& trace);
void special_block(const Rules& rules, const BlockContext& context, std::span<const float> x, BlockOutput& out,
                   StageTrace& trace);

template <class Trace>
[[gnu::always_inline]] constexpr BlockScale block_scale_stage(const Rules& rules, const BlockContext& context,
                                                              std::span<const float> x, Trace& trace) {
  const float amax = context.amax ? *context.amax : amax_of_block(rules, x);
  BlockScale scale = derive_block_scale(rules, context.type, context.global, amax, trace);
  if (context.scale.given) scale.bits = context.scale.bits;
  return scale;
}

// The random byte of element i of a block.
constexpr std::uint32_t random_byte(ElementEncode encode, std::span<const std::uint32_t> words,
                                    std::size_t i) noexcept {
  if (words.empty()) return 0;
  constexpr std::array<unsigned, 4> kHardwareByte{0, 2, 1, 3};
  const unsigned byte = encode == ElementEncode::kStochasticHw ? kHardwareByte[i % 4] : static_cast<unsigned>(i % 4);
  return words[i / 4] >> (8 * byte) & 0xFF;
}

// The block's scale, for the sums that follow; of a special rule only what is stored.
template <class Trace>
[[gnu::always_inline]] constexpr BlockScale quantize_block(const Rules& rules, const BlockContext& context,
                                                           std::span<const float> x, BlockOutput& out, Trace& trace) {
  if (rules.special.kind != Special::kNone) {
    special_block(rules, context, x, out, trace);
    return {};
  }
  const BlockScale scale = block_scale_stage(rules, context, x, trace);
  out.scale_bits = scale.bits;
  const Multiplier multiplier = derive_multiplier(rules, context.global, scale);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float scaled = scale_element(rules, multiplier, x[i], context.type);
    const std::uint32_t code = encode_element(rules, scaled, random_byte(rules.element.encode, context.random, i));
    out.codes[i] = static_cast<std::uint8_t>(multiplier.all_zero ? 0 : code);
    if (rules.extra == ExtraRule::kScaledWholeSum)
      out.whole_sum += static_cast<std::uint32_t>(to_int32(rules.machine, round_half_even(scaled)));
  }
  return scale;
}

// The extras of block `index` of a row, written to the row's extras.
[[gnu::always_inline]] constexpr void write_extras(const Rules& rules, const BlockInput& x, const BlockScale& scale,
                                                   const BlockOutput& block, std::int64_t index,
                                                   std::span<std::uint16_t> row_extras) {
  const Arithmetic on{rules.machine};
  const Scheme& scheme = scheme_of(rules.scheme);
  const auto at = static_cast<std::size_t>(index);
  const auto store = [&](std::size_t i, float sum) {
    row_extras[i] = static_cast<std::uint16_t>(encode(scheme.extra, sum, rules.block.encode));
  };
  if (scheme.extra_is == Extra::kMinimum) {
    row_extras[at] = static_cast<std::uint16_t>(block.extra_bits);
    return;
  }
  if (rules.extra == ExtraRule::kNone) return;
  if (rules.extra == ExtraRule::kWarpSum) return store(at, warp_sum(on, std::span<const float, 32>(x.data(), 32)));
  if (rules.extra == ExtraRule::kScaledCodeSum) {
    std::int32_t sum = 0;
    for (std::size_t i = 0; i < 32; ++i) sum += static_cast<std::int8_t>(block.codes[i]);
    return store(at, on.mul_rn(static_cast<float>(sum), scale.decode_scale));
  }
  if (rules.extra == ExtraRule::kScaledWholeSum)
    return store(at, on.mul_rn(static_cast<float>(static_cast<std::int32_t>(block.whole_sum)), scale.decode_scale));
  if (rules.scheme != SchemeId::kQ8_1MmqD2s6) return store(at, quad_sum(on, std::span<const float, 32>(x.data(), 32)));
  // D2S6: of each 128 values the first 96 have a sum for every 16; a block is 64 values, so four sums, then two.
  const std::size_t sums = at % 2 == 0 ? 4 : 2;
  const std::size_t first = at / 2 * 6 + at % 2 * 4;
  for (std::size_t k = 0; k < sums; ++k)
    store(first + k, quad_sum(on, std::span<const float, 16>(x.data() + 16 * k, 16)));
}

}  // namespace bitgate::reference
