// One block through all stages: the one text of plain ifs. Of lanes it is several blocks at once, one a lane; called
// with a StageTrace it explains itself; with a constant ElementPath (element_path.h) its last loop is a specialised
// one.
#pragma once

#include <algorithm>
#include <array>

#include "bitgate/reference/recipe/element.h"
#include "bitgate/reference/recipe/extra.h"

namespace bitgate::reference {

// The widest block that lies in one row; larger ones are tiles (tiles.h).
inline constexpr std::size_t kMaxBlock = 128;

// Scales given from outside replace the block's own where the codes follow from the stored scale.
template <class F>
struct GivenScaleOf {
  bool given = false;
  BitsOf<F> bits = 0;
};

// In place of the block's own amax: of a tensor with one scale.
template <class F>
struct GivenAmaxOf {
  bool given = false;
  F value = 0.0f;
};

// What a block is told beside its elements.
template <class F>
struct BlockContextOf {
  InputType type = InputType::kF32;
  GlobalScaleOf<F> global{};
  GivenScaleOf<F> scale{};
  GivenAmaxOf<F> amax{};
  std::span<const BitsOf<F>> random{};  // a word for each four elements
};
using BlockContext = BlockContextOf<float>;

template <class F>
struct BlockOutputOf {
  std::span<BitsOf<F>> codes;  // one an element
  std::span<F> values;         // one an element, of a values-only scheme; else empty
  BitsOf<F> scale_bits = 0;
  std::array<BitsOf<F>, 4> extras{};  // as stored; of Extra::kMinimum and of sums the first, of D2S6 four or two
};
using BlockOutput = BlockOutputOf<float>;

// The codes of a block's elements under a multiplier: element_stage, or a specialised form of it (element_path.h).
template <class F>
using ElementStageOf = void (*)(const Rules& rules, const BlockContextOf<F>& context, const MultiplierOf<F>& multiplier,
                                std::span<const F> x, BlockOutputOf<F>& out);

// Rules of special/: told apart there by rules.special.kind.
template <class F, class Trace>
void special_block(const Rules& rules, const BlockContextOf<F>& context, std::type_identity_t<std::span<const F>> x,
                   BlockOutputOf<F>& out, Trace& trace, ElementStageOf<F> elements);

template <class F, class Trace>
constexpr BlockScaleOf<F> block_scale_stage(const Rules& rules, const BlockContextOf<F>& context,
                                            std::type_identity_t<std::span<const F>> x, Trace& trace) {
  const F amax = context.amax.given ? context.amax.value : amax_of_block<F>(rules, x);
  BlockScaleOf<F> scale = derive_block_scale(rules, context.type, context.global, amax, trace);
  if (context.scale.given) scale.bits = context.scale.bits;
  return scale;
}

constexpr bool is_stochastic(ElementEncode encode) noexcept {
  return encode == ElementEncode::kStochasticSoft || encode == ElementEncode::kStochasticHw;
}

// The random byte of element i of a block.
template <class U>
constexpr U random_byte(ElementEncode encode, std::span<const U> words, std::size_t i) noexcept {
  if (words.empty()) return U(0u);
  constexpr std::array<int, 4> kHardwareByte{0, 2, 1, 3};
  const int byte = encode == ElementEncode::kStochasticHw ? kHardwareByte[i % 4] : static_cast<int>(i % 4);
  return words[i / 4] >> (8 * byte) & 0xFFu;
}

// The codes of a block's elements.
template <class F>
[[gnu::always_inline]] constexpr void element_stage(const Rules& rules, const BlockContextOf<F>& context,
                                                    const MultiplierOf<F>& multiplier,
                                                    std::type_identity_t<std::span<const F>> x, BlockOutputOf<F>& out) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    BitsOf<F> random(0u);
    if (is_stochastic(rules.element.encode)) random = random_byte(rules.element.encode, context.random, i);
    out.codes[i] = element_code(rules, multiplier, x[i], context.type, random);
  }
}

// d times the int32 sum, which wraps, of the whole numbers before they are packed.
template <class F>
constexpr F scaled_whole_sum(const Rules& rules, const BlockContextOf<F>& context, const MultiplierOf<F>& multiplier,
                             const BlockScaleOf<F>& scale, std::type_identity_t<std::span<const F>> x) {
  BitsOf<F> sum(0u);
  for (const F element : x) {
    const F scaled = scale_element(rules, multiplier, element, context.type);
    sum += bits_as<std::uint32_t>(to_int32(rules.machine, round_half_even(scaled)));
  }
  return Arithmetic{rules.machine}.mul_rn(number_as<float>(bits_as<std::int32_t>(sum)), scale.decode_scale);
}

// The sums that go with a block.
template <class F>
constexpr void sum_stage(const Rules& rules, const BlockContextOf<F>& context, const MultiplierOf<F>& multiplier,
                         const BlockScaleOf<F>& scale, std::type_identity_t<std::span<const F>> x,
                         BlockOutputOf<F>& out) {
  const Arithmetic on{rules.machine};
  const auto stored = [&](F sum) { return encode_one(scheme_of(rules.scheme).extra, sum, rules.block.encode); };
  switch (rules.extra) {
    case ExtraRule::kNone: return;
    case ExtraRule::kWarpSum: out.extras[0] = stored(warp_sum<F>(on, x)); return;
    case ExtraRule::kScaledCodeSum: {
      IntOf<F> sum(0);
      for (std::size_t i = 0; i < x.size(); ++i) sum += bits_as<std::int32_t>(out.codes[i] << 24) >> 24;
      out.extras[0] = stored(on.mul_rn(number_as<float>(sum), scale.decode_scale));
      return;
    }
    case ExtraRule::kScaledWholeSum:
      out.extras[0] = stored(scaled_whole_sum(rules, context, multiplier, scale, x));
      return;
    case ExtraRule::kQuadThenTree:
      if (rules.scheme != SchemeId::kQ8_1MmqD2s6) {
        out.extras[0] = stored(quad_sum<F>(on, x));
        return;
      }
      for (std::size_t k = 0; k < 4; ++k) out.extras[k] = stored(quad_sum<F>(on, x.subspan(16 * k, 16)));
      return;
  }
}

// A block's codes, scale and extras.
template <class F, class Trace>
constexpr void quantize_block_by(const Rules& rules, const BlockContextOf<F>& context,
                                 std::type_identity_t<std::span<const F>> x, BlockOutputOf<F>& out, Trace& trace,
                                 ElementStageOf<F> elements) {
  if (rules.special.kind != Special::kNone) {
    special_block<F>(rules, context, x, out, trace, elements);
    return;
  }
  const BlockScaleOf<F> scale = block_scale_stage<F>(rules, context, x, trace);
  out.scale_bits = scale.bits;
  const MultiplierOf<F> multiplier = derive_multiplier(rules, context.global, scale);
  elements(rules, context, multiplier, x, out);
  if (any(multiplier.all_zero))
    for (std::size_t i = 0; i < x.size(); ++i) out.codes[i] = select(multiplier.all_zero, BitsOf<F>(0u), out.codes[i]);
  sum_stage<F>(rules, context, multiplier, scale, x, out);
}

template <class F, class Trace>
constexpr void quantize_block(const Rules& rules, const BlockContextOf<F>& context,
                              std::type_identity_t<std::span<const F>> x, BlockOutputOf<F>& out, Trace& trace) {
  quantize_block_by<F>(rules, context, x, out, trace, element_stage<F>);
}

// How many extras a block has, and where the first of them stands in its row: of D2S6 the first 96 of each 128 values
// have a sum for every 16, so of two blocks of 64 the first has four and the second two.
struct ExtraPlace {
  std::int64_t first = 0;
  std::size_t count = 0;
};
constexpr ExtraPlace extra_place(const Rules& rules, std::int64_t block) noexcept {
  if (scheme_of(rules.scheme).extra_cols == 0) return {};
  if (rules.scheme != SchemeId::kQ8_1MmqD2s6) return {block, 1};
  return {block / 2 * 6 + block % 2 * 4, block % 2 == 0 ? std::size_t{4} : std::size_t{2}};
}

}  // namespace bitgate::reference
