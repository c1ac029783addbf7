#include "bitgate/compare/directed_special.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "bitgate/compare/choices.h"
#include "bitgate/compare/directed.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {

namespace {

// One block: its type, its random choices, and the element that is the odd one out in patterns with "one".
struct Special {
  InputType type;
  Choices& choices;
  std::int64_t one;

  const Format& format() const noexcept { return format_of(type); }
  std::uint32_t sign() const noexcept { return choices.sign(type); }
  std::uint32_t alternating(std::int64_t i) const noexcept { return i % 2 == 1 ? sign_mask(format()) : 0; }
  std::uint32_t normal() const noexcept { return bits_of(type, choices.normal()); }
  std::uint32_t smallest_normal() const noexcept { return 1u << format().mantissa_bits; }
  // One draw a line: which operand of | is drawn first is the compiler's own.
  std::uint32_t subnormal() const noexcept {
    const std::uint32_t drawn_sign = sign();
    return drawn_sign | (1 + choices.below(smallest_normal() - 1));
  }
  // `magnitude` where the type reaches that far, else its largest number.
  std::uint32_t at_most_max(double magnitude) const noexcept {
    return std::min(bits_of(type, magnitude), max_code(format()));
  }
  std::uint32_t quiet_nan(std::uint32_t payload) const noexcept {
    const std::uint32_t quiet = smallest_normal() >> 1;
    return infinity_code(format()) | quiet | (payload & (quiet - 1));
  }
  std::uint32_t negative(std::uint32_t bits) const noexcept { return bits | sign_mask(format()); }
};

enum class Holds : std::uint8_t { kZeros, kTame, kHuge, kInfinity, kNan, kNanAndInfinity };

struct Pattern {
  Holds holds;
  std::uint32_t (*element)(const Special& s, std::int64_t i);
};

constexpr std::array kPatterns{
    // Zero blocks: +0, -0, both.
    Pattern{Holds::kZeros, [](const Special&, std::int64_t) { return 0u; }},
    Pattern{Holds::kZeros, [](const Special& s, std::int64_t) { return s.negative(0); }},
    Pattern{Holds::kZeros, [](const Special& s, std::int64_t) { return s.sign(); }},
    // The subnormal end: the smallest alone and everywhere, any, the first normals, one ordinary value among them.
    Pattern{Holds::kTame, [](const Special& s, std::int64_t i) { return i == s.one ? s.sign() | 1u : s.sign(); }},
    Pattern{Holds::kTame, [](const Special& s, std::int64_t) { return s.sign() | 1u; }},
    Pattern{Holds::kTame, [](const Special& s, std::int64_t) { return s.subnormal(); }},
    Pattern{Holds::kTame, [](const Special& s, std::int64_t i) { return s.smallest_normal() | s.alternating(i); }},
    Pattern{Holds::kTame,
            [](const Special& s, std::int64_t i) {
              const double least = power_of_two(1 - s.format().bias);
              return bits_of(s.type, least * static_cast<double>(i + 1)) | s.alternating(i);
            }},
    Pattern{Holds::kTame, [](const Special& s, std::int64_t i) { return i == s.one ? s.normal() : s.subnormal(); }},
    // Sums of 32 that pass fp16's largest number, and that cancel; an ordinary block.
    Pattern{Holds::kTame, [](const Special& s, std::int64_t) { return bits_of(s.type, 3000.0); }},
    Pattern{Holds::kTame, [](const Special& s, std::int64_t) { return s.negative(bits_of(s.type, 2047.5)); }},
    Pattern{Holds::kTame, [](const Special& s, std::int64_t i) { return bits_of(s.type, 3000.0) | s.alternating(i); }},
    Pattern{Holds::kTame, [](const Special& s, std::int64_t) { return s.normal(); }},
    // The large end: one, all, beside the smallest; a block scale amax / 127 at fp16's overflow.
    Pattern{Holds::kHuge,
            [](const Special& s, std::int64_t i) { return i == s.one ? s.sign() | max_code(s.format()) : s.normal(); }},
    Pattern{Holds::kHuge, [](const Special& s, std::int64_t) { return s.sign() | max_code(s.format()); }},
    Pattern{Holds::kHuge,
            [](const Special& s, std::int64_t i) { return s.sign() | (i % 2 == 0 ? max_code(s.format()) : 1u); }},
    Pattern{Holds::kHuge,
            [](const Special& s, std::int64_t i) { return i == s.one ? s.at_most_max(127.0 * 65520.0) : s.normal(); }},
    // Infinity: of each sign, alone and everywhere.
    Pattern{Holds::kInfinity,
            [](const Special& s, std::int64_t i) { return i == s.one ? infinity_code(s.format()) : s.normal(); }},
    Pattern{Holds::kInfinity,
            [](const Special& s, std::int64_t i) {
              return i == s.one ? s.negative(infinity_code(s.format())) : s.normal();
            }},
    Pattern{Holds::kInfinity, [](const Special& s, std::int64_t) { return s.sign() | infinity_code(s.format()); }},
    // NaN: the host's default, one with sign and payload, among zeros, everywhere, beside infinity.
    Pattern{Holds::kNan, [](const Special& s, std::int64_t i) { return i == s.one ? s.quiet_nan(0) : s.normal(); }},
    Pattern{Holds::kNan, [](const Special& s,
                            std::int64_t i) { return i == s.one ? s.negative(s.quiet_nan(0x2A5A5Au)) : s.normal(); }},
    Pattern{Holds::kNan,
            [](const Special& s, std::int64_t i) { return i == s.one ? s.quiet_nan(0x3FFFFFu) : s.sign(); }},
    Pattern{Holds::kNan,
            [](const Special& s, std::int64_t) {
              const std::uint32_t drawn_sign = s.sign();
              return drawn_sign | s.quiet_nan(s.choices.word());
            }},
    Pattern{Holds::kNanAndInfinity,
            [](const Special& s, std::int64_t i) {
              if (i == s.one) return s.sign() | s.quiet_nan(0);
              return i % 3 == 0 ? s.sign() | infinity_code(s.format()) : s.normal();
            }},
};

bool allowed(Holds holds, const reference::Accepts& accepts, std::uint64_t seed) noexcept {
  const std::uint64_t variant = seed % 4;
  const bool infinity = accepts.infinity && variant == 0;
  const bool nan = accepts.nan && variant <= 1;
  switch (holds) {
    case Holds::kZeros: return true;
    case Holds::kTame: return variant != 3;
    case Holds::kHuge: return variant != 3 && seed / 4 % 2 == 0;
    case Holds::kInfinity: return infinity;
    case Holds::kNan: return nan;
    case Holds::kNanAndInfinity: return infinity && nan;
  }
  return false;
}

using PatternList = std::vector<const Pattern*>;

// Patterns allowed by recipe and seed up to `most`.
PatternList patterns(const reference::Accepts& accepts, std::uint64_t seed, Holds most) {
  PatternList list;
  for (const Pattern& pattern : kPatterns)
    if (pattern.holds <= most && allowed(pattern.holds, accepts, seed)) list.push_back(&pattern);
  return list;
}

// First, last or any: a maximum that starts over at a NaN shows only where it stands.
std::int64_t odd_one_out(Choices& choices, std::int64_t width) noexcept {
  const auto n = static_cast<std::uint32_t>(width);
  const std::array<std::uint32_t, 3> places{0, n - 1, choices.below(n)};
  return places[choices.below(3)];
}

enum class SpecialPlaces : std::uint8_t { kOdd, kEven, kNone, kAll, kSecond };

// By turns in one of two halves or in none; of two seeds in every block alike.
SpecialPlaces special_places(std::uint64_t seed, std::uint64_t block) noexcept {
  if (seed % 12 == 6) return SpecialPlaces::kAll;
  if (seed % 12 == 7) return SpecialPlaces::kSecond;
  return static_cast<SpecialPlaces>((block + seed) % 3);
}

constexpr bool is_special(SpecialPlaces places, std::int64_t i) noexcept {
  switch (places) {
    case SpecialPlaces::kOdd: return i % 2 == 1;
    case SpecialPlaces::kEven: return i % 2 == 0;
    case SpecialPlaces::kNone: return false;
    case SpecialPlaces::kAll: return true;
    case SpecialPlaces::kSecond: return i == 1;
  }
  return false;
}

void require_no_amplitude(const Distribution& distribution, std::string_view have) {
  if (distribution.log2_amplitude != 0)
    throw InputError(fmt::format("distribution \"{}@2^{}\": expected no amplitude, {} have none", distribution.name,
                                 distribution.log2_amplitude, have));
}

}  // namespace

TypedTensor generate_special(const reference::Recipe& recipe, const Distribution& distribution, InputType type,
                             Extent extent, std::uint64_t seed) {
  require_no_amplitude(distribution, "special values");
  const PatternList all = patterns(recipe.accepts, seed, Holds::kNanAndInfinity);
  const PatternList tame = patterns(recipe.accepts, seed, Holds::kTame);
  const Scheme& scheme = scheme_of(recipe.rules.scheme);
  const std::int64_t width = block_probe_width(scheme), blocks = ceil_div(extent.cols, width);
  TypedTensor out = make_input(type, extent);
  for (std::int64_t b = 0; b < extent.rows * blocks; ++b) {
    const std::int64_t row = b / blocks, col = b % blocks * width, n = std::min(width, extent.cols - col);
    Choices choices(seed, Purpose::kBlock, static_cast<std::uint64_t>(b));
    const Special special{type, choices, odd_one_out(choices, n)};
    const PatternList& list = row % 8 == 1 ? tame : all;
    // Seeds of one variant start at different patterns, so that tensors of one block see them all: twice 11 has no
    // factor in common with the length of any list (25, 21, 17, 13, 3).
    const std::uint64_t step = (static_cast<std::uint64_t>(b) + seed / 4 % 1024 * 11) % list.size();
    const Pattern& pattern = row % 8 == 7 ? kPatterns[static_cast<std::size_t>(row / 8 % 2)] : *list[step];
    for (std::int64_t i = 0; i < n; ++i) put(out, row * extent.cols + col + i, pattern.element(special, i));
  }
  return out;
}

TypedTensor generate_nan_halves(const reference::Recipe& recipe, const Distribution& distribution, InputType type,
                                Extent extent, std::uint64_t seed) {
  require_no_amplitude(distribution, "NaN halves");
  const Scheme& scheme = scheme_of(recipe.rules.scheme);
  const std::int64_t width = block_probe_width(scheme), blocks = ceil_div(extent.cols, width);
  // Rows of one tile, and pieces of one row, have the same turn.
  const std::int64_t height = scheme.block.rows == 0 ? extent.rows : scheme.block.rows;
  const bool infinite = seed / 3 % 2 == 1;
  const bool taken = infinite ? recipe.accepts.infinity : recipe.accepts.nan;
  TypedTensor out = make_input(type, extent);
  for (std::int64_t b = 0; b < extent.rows * blocks; ++b) {
    const std::int64_t row = b / blocks, col = b % blocks * width, n = std::min(width, extent.cols - col);
    Choices choices(seed, Purpose::kBlock, static_cast<std::uint64_t>(b));
    const Special special{type, choices, 0};
    const std::int64_t turn =
        row / height * (scheme.block.cols == 0 ? 1 : blocks) + (scheme.block.cols == 0 ? 0 : b % blocks);
    const SpecialPlaces places = special_places(seed, static_cast<std::uint64_t>(turn));
    const std::uint32_t special_value = infinite ? infinity_code(special.format()) : special.quiet_nan(0);
    for (std::int64_t i = 0; i < n; ++i) {
      const std::uint32_t drawn = special.normal();
      const std::uint32_t number = places == SpecialPlaces::kSecond && i > 1 ? 0 : drawn;
      put(out, row * extent.cols + col + i, taken && is_special(places, i) ? special_value : number);
    }
  }
  return out;
}

}  // namespace bitgate::compare
