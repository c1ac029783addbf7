// The loops of one level, in N lanes: each level's file includes this text and is compiled for its instructions. All in
// it is of internal linkage or of the lanes' type: a function shared by the levels would be linked from any one of
// them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "bitgate/reference/format/encode.h"
#include "bitgate/reference/format/stochastic.h"
#include "bitgate/tests/support/encode_levels.h"

namespace bitgate::levels {
namespace {

using oracle::CodeInterval;
using oracle::Draw;

// What decides which steps encode() takes. Constant in a loop, as the rounding is; widths and bias are not.
struct Kind {
  TopCodes top;
  bool integer, has_sign, has_zero;
  friend constexpr bool operator==(const Kind&, const Kind&) = default;
};
constexpr Kind kind_of(const Format& f) { return {f.top, f.exponent_bits == 0, f.has_sign, f.has_zero}; }
constexpr std::array kKinds{kind_of(kE5m2),     kind_of(kE4m3), kind_of(kUe4m3), kind_of(kE2m1),
                            kind_of(kE4m3Fnuz), kind_of(kE8m0), kind_of(kInt8),  kind_of(kUint4)};
constexpr std::size_t kRoundings = 7;

template <std::size_t kKind>
[[gnu::always_inline]] inline Format of_kind(Format f) {
  f.top = kKinds[kKind].top;
  f.has_sign = kKinds[kKind].has_sign;
  f.has_zero = kKinds[kKind].has_zero;
  if (kKinds[kKind].integer != (f.exponent_bits == 0)) __builtin_unreachable();
  return f;
}

template <int N, class Encode>
[[gnu::always_inline]] inline std::uint32_t differing_by(const CodeInterval& interval, Encode encode_of) {
  using U = Lanes<std::uint32_t, N>;
  U lanes(0u);
  for (int i = 0; i < N; ++i) lanes.v[i] = static_cast<std::uint32_t>(i);
  U bits = lanes + interval.first_bits;
  U expected = lanes * interval.step + interval.code;
  U different(0u);
  const std::uint64_t count = std::uint64_t{interval.last_bits} - interval.first_bits + 1;
  for (std::uint64_t left = count / N; left != 0; --left) {
    different = different | (encode_of(float_of(bits)) ^ expected);
    bits += static_cast<std::uint32_t>(N);
    expected += interval.step * N;
  }
  const U rest(static_cast<std::uint32_t>(count % N));
  different = different | select(lanes < rest, encode_of(float_of(bits)) ^ expected, 0u);
  std::uint32_t any = 0;
  for (int i = 0; i < N; ++i) any |= different.v[i];
  return any;
}

template <int N, std::size_t kKind, Rounding kRounding>
std::uint32_t differing_of(const Format& format, const EncodeRule& rule, const CodeInterval& interval) {
  const Format f = of_kind<kKind>(format);
  const EncodeRule r{kRounding, rule.overflow, rule.nan};
  return differing_by<N>(interval, [&](Lanes<float, N> x) { return encode(f, x, r); });
}

template <int N, std::size_t kKind>
std::uint32_t differing_drawn_of(const Format& format, const EncodeRule& rule, const Draw& draw,
                                 const CodeInterval& interval) {
  const Format f = of_kind<kKind>(format);
  const Lanes<std::uint32_t, N> random(draw.random);
  return differing_by<N>(interval, [&](Lanes<float, N> x) { return encode_stochastic(f, x, random, draw.bits, rule); });
}

// encode() compiled for one format and rule, as in a recipe.
template <int N, std::size_t kLeadingRow>
void encode_array(const float* from, std::size_t count, void* to) {
  constexpr Leading kRow = kLeading[kLeadingRow];
  using Code = std::conditional_t<(kRow.format.bits > 8), std::uint16_t, std::uint8_t>;
  auto* codes = static_cast<Code*>(to);
  for (std::size_t i = 0; i < count; i += N)
    store_lanes(codes + i, encode(kRow.format, load_lanes<Lanes<float, N>>(from + i), kRow.rule));
}

std::size_t kind_index(const Format& format) {
  std::size_t kind = 0;
  while (!(kKinds[kind] == kind_of(format))) ++kind;
  return kind;
}

template <int N>
std::uint32_t differing(const Format& format, const EncodeRule& rule, const CodeInterval& interval) {
  constexpr auto kLoops = []<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
    return std::array{&differing_of<N, kIndex / kRoundings, static_cast<Rounding>(kIndex % kRoundings)>...};
  }
  (std::make_index_sequence<kKinds.size() * kRoundings>{});
  return kLoops[kind_index(format) * kRoundings + static_cast<std::size_t>(rule.rounding)](format, rule, interval);
}

template <int N>
std::uint32_t differing_drawn(const Format& format, const EncodeRule& rule, const Draw& draw,
                              const CodeInterval& interval) {
  constexpr auto kLoops = []<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
    return std::array{&differing_drawn_of<N, kIndex>...};
  }
  (std::make_index_sequence<kKinds.size()>{});
  return kLoops[kind_index(format)](format, rule, draw, interval);
}

template <int N>
void encode_leading(std::size_t leading, const float* from, std::size_t count, void* to) {
  constexpr auto kLoops = []<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
    return std::array{&encode_array<N, kIndex>...};
  }
  (std::make_index_sequence<kLeading.size()>{});
  kLoops[leading](from, count, to);
}

template <int N>
constexpr Loops loops_of_lanes() {
  return {N, differing<N>, differing_drawn<N>, encode_leading<N>};
}

}  // namespace
}  // namespace bitgate::levels
