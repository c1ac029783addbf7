#include "bitgate/compare/directed_patterns.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "bitgate/compare/choices.h"
#include "bitgate/compare/directed.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {

namespace {

constexpr std::int64_t kMostTileRows = 128;

enum class Mantissa : std::uint8_t { kAny, kFewBits, kEdge };

// What the whole tensor draws.
struct TensorStyle {
  bool signs, infinity, nan, own_exponents;
  std::uint32_t exponent;  // field
  std::uint32_t specials;  // of 64 elements
  std::uint32_t filled;    // of 8 tiles: one value throughout
};

struct TileStyle {
  bool filled;
  std::uint32_t value;              // of a filled tile
  std::uint32_t exponent, binades;  // fields from exponent - binades to exponent
  Mantissa mantissa;
  std::uint32_t bits;  // of kFewBits
};

// The exponent field of a number: one in four is the least, or one of the two largest.
std::uint32_t choose_field(const Format& format, Choices& choices) noexcept {
  const std::uint32_t largest = (1u << format.exponent_bits) - 2, any = choices.below(largest + 1);
  const std::array<std::uint32_t, 4> ends{0, 1, largest - 1, largest};
  const std::uint32_t at = choices.below(16);
  return at < ends.size() ? ends[at] : any;
}

TensorStyle tensor_style(const reference::Recipe& recipe, const Format& format, std::uint64_t seed) noexcept {
  Choices choices(seed, Purpose::kGlobal, 0);
  TensorStyle style{};
  style.signs = choices.below(4) != 0;
  style.infinity = choices.below(4) == 0 && recipe.accepts.infinity;
  style.nan = choices.below(4) == 0 && recipe.accepts.nan && recipe.accepts.nan_columnwise;
  style.own_exponents = choices.below(2) == 0;
  style.exponent = choose_field(format, choices);
  constexpr std::array<std::uint32_t, 4> kSpecials{0, 0, 2, 16}, kFilled{0, 1, 2, 4};
  style.specials = kSpecials[choices.below(4)];
  style.filled = kFilled[choices.below(4)];
  return style;
}

std::uint32_t special_value(const TensorStyle& style, InputType type, Choices& choices) noexcept {
  const Format& format = format_of(type);
  const std::uint32_t sign = style.signs ? choices.sign(type) : 0;
  const std::uint32_t quiet = 1u << (format.mantissa_bits - 1);
  const std::uint32_t payload = choices.below(quiet);
  switch (choices.below(9)) {
    case 0: return sign;
    case 1: return sign | 1u;
    case 2: return sign | choices.below(1u << format.mantissa_bits);
    case 3: return sign | max_code(format);
    case 4: return sign | 1u << format.mantissa_bits;
    case 5: return sign | (style.infinity ? infinity_code(format) : 0);
    case 6: return sign | (style.nan ? infinity_code(format) | quiet : 1u);
    case 7: return sign | (style.nan ? infinity_code(format) | quiet | payload : 0);
    default: return sign | choices.below(infinity_code(format));
  }
}

TileStyle tile_style(const TensorStyle& tensor, InputType type, std::uint64_t seed, std::uint64_t tile) noexcept {
  Choices choices(seed, Purpose::kGroup, tile);
  const Format& format = format_of(type);
  constexpr std::array<std::uint32_t, 7> kBinades{0, 1, 2, 4, 8, 20, 60};
  TileStyle style{};
  style.filled = choices.below(8) < tensor.filled;
  style.value = special_value(tensor, type, choices);
  style.exponent = tensor.own_exponents ? choose_field(format, choices) : tensor.exponent;
  style.binades = kBinades[choices.below(7)];
  style.mantissa = static_cast<Mantissa>(choices.below(3));
  style.bits = choices.below(static_cast<std::uint32_t>(format.mantissa_bits) + 1);
  return style;
}

std::uint32_t element_of(const TensorStyle& tensor, const TileStyle& tile, InputType type, Choices& choices) noexcept {
  if (choices.below(64) < tensor.specials) return special_value(tensor, type, choices);
  const Format& format = format_of(type);
  const std::uint32_t sign = tensor.signs ? choices.sign(type) : 0;
  const std::uint32_t down = choices.below(tile.binades + 1);
  const std::uint32_t field = tile.exponent > down ? tile.exponent - down : 0;
  const std::uint32_t size = 1u << format.mantissa_bits;
  std::uint32_t mantissa = choices.below(size);
  if (tile.mantissa == Mantissa::kFewBits) mantissa &= ~((size >> tile.bits) - 1);
  if (tile.mantissa == Mantissa::kEdge) mantissa = (size + choices.below(7) - 3) % size;
  return sign | field << format.mantissa_bits | mantissa;
}

}  // namespace

TypedTensor generate_patterns(const reference::Recipe& recipe, const Distribution& distribution, InputType type,
                              Extent extent, std::uint64_t seed) {
  if (distribution.log2_amplitude != 0)
    throw InputError(fmt::format("distribution \"{}@2^{}\": expected no amplitude, bit patterns have none",
                                 distribution.name, distribution.log2_amplitude));
  const Scheme& scheme = scheme_of(recipe.rules.scheme);
  const std::int64_t width = std::min(block_probe_width(scheme), extent.cols);
  const std::int64_t height = std::clamp<std::int64_t>(scheme.block.rows, 1, kMostTileRows);
  const TensorStyle style = tensor_style(recipe, format_of(type), seed);
  TypedTensor out = make_input(type, extent);
  for (std::int64_t row = 0; row < extent.rows; ++row)
    for (std::int64_t col = 0; col < extent.cols; col += width) {
      const std::int64_t tiles = ceil_div(extent.cols, width), piece = col / width;
      const TileStyle tile = tile_style(style, type, seed, static_cast<std::uint64_t>(row / height * tiles + piece));
      Choices choices(seed, Purpose::kBlock, static_cast<std::uint64_t>(row * tiles + piece));
      for (std::int64_t i = col; i < std::min(col + width, extent.cols); ++i)
        put(out, row * extent.cols + i, tile.filled ? tile.value : element_of(style, tile, type, choices));
    }
  return out;
}

}  // namespace bitgate::compare
