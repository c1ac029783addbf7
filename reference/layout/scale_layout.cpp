#include "bitgate/reference/layout/scale_layout.h"

#include <utility>

#include "bitgate/reference/layout/padded.h"
#include "bitgate/reference/layout/swizzle.h"
#include "bitgate/reference/layout/tiles_8x4.h"
#include "bitgate/reference/layout/transpose.h"

namespace bitgate::reference {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr Extent kRow128{1, 128}, kSquare128{128, 128};

// Turned against the logical matrix of scales.
bool scales_are_turned(const Scheme& s, Direction direction, ScaleLayout layout) noexcept {
  if (layout == ScaleLayout::kPadded && s.scale.bits == 32 && s.cell == kRow128) return true;
  return !is_tiled(layout) && codes_are_turned(s, direction);
}

Extent padded_extent(const Scheme& s, const Extent& scales, ScaleLayout layout) noexcept {
  if (layout == ScaleLayout::kLogical) return scales;
  if (layout == ScaleLayout::k8x4) return whole_tiles_8x4(scales);
  if (s.scale.bits == 8) return whole_tiles(scales);
  if (s.cell == kRow128) return {round_up(scales.rows, 4), scales.cols};
  if (s.cell == kSquare128) return {scales.rows, round_up(scales.cols, 4)};
  return scales;
}

}  // namespace

std::string_view name_of(ScaleLayout layout) noexcept {
  switch (layout) {
    case ScaleLayout::kLogical: return "logical";
    case ScaleLayout::kPadded: return "padded";
    case ScaleLayout::k128x4: return "128x4";
    case ScaleLayout::k8x4: return "8x4";
  }
  return "?";
}

std::optional<ScaleLayout> find_scale_layout(std::string_view name) noexcept {
  for (const ScaleLayout layout : kScaleLayouts)
    if (name == name_of(layout)) return layout;
  return std::nullopt;
}

bool has_layout(const Scheme& s, ScaleLayout layout) noexcept {
  switch (layout) {
    case ScaleLayout::kLogical: return true;
    case ScaleLayout::kPadded: return s.scale.bits == 8 || (s.scale.bits == 32 && s.element.exponent_bits != 0);
    case ScaleLayout::k128x4:
    case ScaleLayout::k8x4: return s.scale.bits == 8;
  }
  return false;
}

bool codes_are_turned(const Scheme& s, Direction direction) noexcept {
  return direction == Direction::kColumnwise && s.element.bits == 8 && s.scale.bits == 8;
}

Extent stored_scale_extent(const Scheme& s, const Extent& extent, Direction direction, ScaleLayout layout) noexcept {
  const Extent padded = padded_extent(s, scale_extent(s, extent), layout);
  return scales_are_turned(s, direction, layout) ? swapped(padded) : padded;
}

Scales store_scales(const QuantizedTensor& t, ScaleLayout layout) {
  const Extent logical = scale_extent(t.scheme, t.extent);
  if (layout == ScaleLayout::k128x4) return swizzle(std::get<Bytes>(t.scales), logical);
  if (layout == ScaleLayout::k8x4) return tile_8x4(std::get<Bytes>(t.scales), logical);
  const Extent padded = padded_extent(t.scheme, logical, layout);
  const bool turned = scales_are_turned(t.scheme, t.direction, layout);
  return std::visit(
      [&](const auto& scales) -> Scales {
        auto stored = pad(scales, logical, padded);
        return turned ? transposed(stored, padded) : std::move(stored);
      },
      t.scales);
}

Scales load_scales(const Scales& stored, const QuantizedTensor& of, ScaleLayout layout, std::int64_t& nonzero) {
  const Extent logical = scale_extent(of.scheme, of.extent);
  if (layout == ScaleLayout::k128x4) {
    const Bytes& blocked = std::get<Bytes>(stored);
    nonzero += nonzero_swizzle_padding(blocked, logical);
    return unswizzle(blocked, logical);
  }
  if (layout == ScaleLayout::k8x4) {
    const Bytes& tiled = std::get<Bytes>(stored);
    nonzero += nonzero_padding_8x4(tiled, logical);
    return untile_8x4(tiled, logical);
  }
  const Extent padded = padded_extent(of.scheme, logical, layout);
  const bool turned = scales_are_turned(of.scheme, of.direction, layout);
  return std::visit(
      [&](const auto& scales) -> Scales {
        const auto upright = turned ? transposed(scales, swapped(padded)) : scales;
        nonzero += nonzero_padding(upright, padded, logical);
        return unpad(upright, padded, logical);
      },
      stored);
}

}  // namespace bitgate::reference
