// What the files of a quantized tensor mean: the content of tensor.json, or of the flags that stand in for it. Nothing
// is inferred from a shape.
//
//   {"bitgate_tensor": 1, "scheme": "nvfp4", "rows": 128, "cols": 256,
//    "element": "e2m1", "scale": "e4m3", "extra": "none", "block": [1, 16], "direction": "row",
//    "global": "tensor", "global_number": "multiplier", "amax_over": 2688, "nibble_order": "low-first",
//    "scale_layout": "logical", "padding": "none", "blocks": "none", "values": "none", "recipe": "te/nvfp4"}
//
// rows and cols are those of the operand that was quantized, in either direction. direction: "row", "column" (of the
// transposed operand) or "both". amax_over: what a tensor's amax is divided by, the largest element times the largest
// scale; absent it is 2688. scale_layout: "logical", "padded", "128x4" or "8x4" (scale_layout.h), whose padding is
// "zero" or "any", the latter left as it was allocated. blocks: the raw blocks of packed.npy (raw_blocks.h).
//
// A reader needs bitgate_tensor, rows, cols and either scheme or element, scale, block and global together; then
// global_number where the scheme has a global, nibble_order where its codes have four bits, and values where the scheme
// has nothing else. What is given has to agree. Absent: direction "row", scale_layout "logical", padding "none" or
// "zero" as the layout has one, blocks those that the scheme's name implies, values "none", recipe "".
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "bitgate/reference/format/tensor.h"
#include "bitgate/reference/layout/scale_layout.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::compare {

struct TensorDescription {
  SchemeId scheme = SchemeId::kNvfp4;
  Extent extent;  // of the operand
  GlobalNumber global_number = GlobalNumber::kNone;
  NibbleOrder nibbles = NibbleOrder::kLowFirst;  // without meaning unless codes have four bits
  std::optional<InputType> values;               // type of values.npy, for a producer that only fake-quantizes
  std::string recipe;                            // "" when unknown
  RawBlocks blocks = RawBlocks::kNone;           // of packed.npy
  Direction direction = Direction::kRowwise;
  reference::ScaleLayout layout = reference::ScaleLayout::kLogical;
  bool padding_is_zero = true;  // false: what pads the scales is not looked at

  // The same bytes mean the same: the recipe, and a nibble order without meaning, do not count.
  bool agrees_with(const TensorDescription& other) const noexcept;
};

// What a recipe's producer stores of an operand: how a dump without tensor.json is read.
TensorDescription description_of(const reference::Recipe& recipe, const Extent& operand, Direction direction);

// Whether codes are stored two a byte.
constexpr bool has_nibbles(const Scheme& scheme) noexcept {
  return scheme.element.bits == 4 && !is_values_only(scheme);
}

// Names in tensor.json and of the flags: "row"; "multiplier"; "low-first".
std::string_view name_of(GlobalAxis axis) noexcept;
std::string_view name_of(GlobalNumber number) noexcept;
std::string_view name_of(NibbleOrder order) noexcept;
std::string_view name_of(Direction direction) noexcept;
std::optional<GlobalNumber> find_global_number(std::string_view name) noexcept;
std::optional<NibbleOrder> find_nibble_order(std::string_view name) noexcept;
std::optional<Direction> find_direction(std::string_view name) noexcept;
std::optional<RawBlocks> find_blocks(std::string_view name) noexcept;
const Scheme* find_scheme(std::string_view name) noexcept;  // null: unknown

// Throws InputError (naming `file`) when the parts contradict each other.
void require_consistent(const TensorDescription& description, std::string_view file);

std::string to_json(const TensorDescription& description);
// Throws InputError naming `file`, the place in it and what was expected.
TensorDescription parse_description(std::span<const std::byte> json, std::string_view file);

}  // namespace bitgate::compare
