#include "bitgate/compare/tensor_description.h"

#include <fmt/format.h>

#include <array>

#include "bitgate/compare/input_file.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reference/layout/raw_blocks.h"

namespace bitgate::compare {
namespace {

constexpr std::array<GlobalNumber, 4> kNumbers{GlobalNumber::kNone, GlobalNumber::kAmax, GlobalNumber::kMultiplier,
                                               GlobalNumber::kDivisor};
constexpr std::array<NibbleOrder, 2> kOrders{NibbleOrder::kLowFirst, NibbleOrder::kHighFirst};
constexpr std::array<Direction, 3> kDirections{Direction::kRowwise, Direction::kColumnwise, Direction::kBoth};

}  // namespace

bool TensorDescription::agrees_with(const TensorDescription& other) const noexcept {
  const bool nibbles_agree = !has_nibbles(scheme_of(scheme)) || nibbles == other.nibbles;
  return scheme == other.scheme && extent == other.extent && global_number == other.global_number && nibbles_agree &&
         values == other.values && blocks == other.blocks && direction == other.direction && layout == other.layout &&
         padding_is_zero == other.padding_is_zero;
}

TensorDescription description_of(const reference::Recipe& recipe, const Extent& operand, Direction direction) {
  const Scheme& scheme = scheme_of(recipe.rules.scheme);
  TensorDescription d;
  d.scheme = scheme.id;
  d.extent = operand;
  d.global_number = recipe.storage.global_number;
  d.nibbles = recipe.storage.nibbles;
  if (is_values_only(scheme)) d.values = InputType::kF32;
  d.recipe = recipe.identity.name;
  d.blocks = recipe.storage.blocks;
  d.direction = direction;
  if (d.blocks == RawBlocks::kNone && direction == Direction::kRowwise) d.blocks = reference::default_blocks(scheme.id);
  return d;
}

void require_consistent(const TensorDescription& d, std::string_view file) {
  require_extent(file, d.extent);
  const Scheme& scheme = scheme_of(d.scheme);
  const auto refuse = [&](const std::string& reason) {
    throw InputError(fmt::format("{}: scheme {} {}", file, scheme.name, reason));
  };
  const bool has_global = scheme.global != GlobalAxis::kNone;
  if (has_global == (d.global_number == GlobalNumber::kNone))
    refuse(fmt::format("has {} global, but its stored number is said to be {}", has_global ? "a" : "no",
                       name_of(d.global_number)));
  if (!reference::has_layout(scheme, d.layout)) refuse(fmt::format("has no scales laid out {}", name_of(d.layout)));
  if (is_values_only(scheme) && !d.values) refuse("has only values, whose type is not stated");
  if (d.values && d.direction != Direction::kRowwise)
    refuse(fmt::format("has values, which lie by rows, but its direction is said to be {}", name_of(d.direction)));
  if (d.blocks == RawBlocks::kNone) return;
  if (!reference::fits(d.blocks, scheme))
    refuse(fmt::format("is not stored in blocks {}", reference::name_of(d.blocks)));
  if (d.direction != Direction::kRowwise)
    refuse(fmt::format("in blocks {} lies by rows, but its direction is said to be {}", reference::name_of(d.blocks),
                       name_of(d.direction)));
}

std::string_view name_of(GlobalAxis axis) noexcept {
  switch (axis) {
    case GlobalAxis::kNone: return "none";
    case GlobalAxis::kTensor: return "tensor";
    case GlobalAxis::kRow: return "row";
    case GlobalAxis::kColumn: return "column";
  }
  return "?";
}

std::string_view name_of(GlobalNumber number) noexcept {
  switch (number) {
    case GlobalNumber::kNone: return "none";
    case GlobalNumber::kAmax: return "amax";
    case GlobalNumber::kMultiplier: return "multiplier";
    case GlobalNumber::kDivisor: return "divisor";
  }
  return "?";
}

std::string_view name_of(NibbleOrder order) noexcept {
  return order == NibbleOrder::kLowFirst ? "low-first" : "high-first";
}

std::string_view name_of(Direction direction) noexcept {
  switch (direction) {
    case Direction::kRowwise: return "row";
    case Direction::kColumnwise: return "column";
    case Direction::kBoth: return "both";
  }
  return "?";
}

std::optional<GlobalNumber> find_global_number(std::string_view name) noexcept {
  for (const GlobalNumber number : kNumbers)
    if (name == name_of(number)) return number;
  return std::nullopt;
}

std::optional<NibbleOrder> find_nibble_order(std::string_view name) noexcept {
  for (const NibbleOrder order : kOrders)
    if (name == name_of(order)) return order;
  return std::nullopt;
}

std::optional<Direction> find_direction(std::string_view name) noexcept {
  for (const Direction direction : kDirections)
    if (name == name_of(direction)) return direction;
  return std::nullopt;
}

std::optional<RawBlocks> find_blocks(std::string_view name) noexcept {
  for (const reference::BlockLayout& layout : reference::kBlockLayouts)
    if (name == layout.name) return layout.id;
  return std::nullopt;
}

const Scheme* find_scheme(std::string_view name) noexcept {
  for (const Scheme& scheme : kSchemes)
    if (name == scheme.name) return &scheme;
  return nullptr;
}

}  // namespace bitgate::compare
