// What the files of a quantized tensor mean: the content of tensor.json, or of the flags that stand in for it. Nothing
// is inferred from a shape.
//
//   {"bitgate_tensor": 1, "scheme": "nvfp4", "rows": 128, "cols": 256,
//    "element": "e2m1", "scale": "e4m3", "extra": "none", "block": [1, 16], "direction": "row",
//    "global": "tensor", "global_number": "multiplier", "nibble_order": "low-first",
//    "scale_layout": "logical", "padding": "none", "values": "none", "recipe": "te/nvfp4"}
//
// A reader needs bitgate_tensor, rows, cols and either scheme or element, scale, block and global together; then
// global_number where the scheme has a global, and nibble_order where its codes have four bits. What is given has to
// agree. Absent: direction "row", scale_layout "logical", padding "none", values "none", recipe "".
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "bitgate/reference/format/tensor.h"

namespace bitgate::compare {

struct TensorDescription {
  SchemeId scheme = SchemeId::kNvfp4;
  Extent extent;
  GlobalNumber global_number = GlobalNumber::kNone;
  NibbleOrder nibbles = NibbleOrder::kLowFirst;  // without meaning unless codes have four bits
  std::optional<InputType> values;               // type of values.npy, for a producer that only fake-quantizes
  std::string recipe;                            // "" when unknown

  // The same bytes mean the same: the recipe, and a nibble order without meaning, do not count.
  bool agrees_with(const TensorDescription& other) const noexcept;
};

// Names in tensor.json and of the flags: "row"; "multiplier"; "low-first".
std::string_view name_of(GlobalAxis axis) noexcept;
std::string_view name_of(GlobalNumber number) noexcept;
std::string_view name_of(NibbleOrder order) noexcept;
std::optional<GlobalNumber> find_global_number(std::string_view name) noexcept;
std::optional<NibbleOrder> find_nibble_order(std::string_view name) noexcept;
const Scheme* find_scheme(std::string_view name) noexcept;  // null: unknown

// Throws InputError (naming `file`) when the parts contradict each other.
void require_consistent(const TensorDescription& description, std::string_view file);

std::string to_json(const TensorDescription& description);
// Throws InputError naming `file`, the place in it and what was expected.
TensorDescription parse_description(std::span<const std::byte> json, std::string_view file);

}  // namespace bitgate::compare
