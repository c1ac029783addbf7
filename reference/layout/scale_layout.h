// How the scales of a tensor are stored, and where column-wise data lies: one choice for each scheme and direction.
//
// Logical: a row of the tensor has a row of scales. Two things are stored where the operand's elements lie instead, so
// turned against the logical column-wise tensor: codes and scales of MXFP8 (TransformerEngine).
// Padded: TransformerEngine's compact arrays. One-byte scales [round_up(rows, 128), round_up(scales a row, 4)]; FP8 by
// 128 x 128 [block rows, round_up(block columns, 4)]; FP8 by 1 x 128 turned, [scales a row, round_up(rows, 4)].
// 128x4 and 8x4: swizzle.h and tiles_8x4.h, of one-byte scales.
// Source: TransformerEngine d0067d0d, transformer_engine/pytorch/csrc/quantizer.cpp and
// transformer_engine/common/swizzle/swizzle.cu; of 8x4 flashinfer-vllm-cutlass.md 3.13 of the notes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "bitgate/reference/format/tensor.h"

namespace bitgate::reference {

enum class ScaleLayout : std::uint8_t { kLogical, kPadded, k128x4, k8x4 };
inline constexpr ScaleLayout kScaleLayouts[] = {ScaleLayout::kLogical, ScaleLayout::kPadded, ScaleLayout::k128x4,
                                                ScaleLayout::k8x4};
// Tiles of one-byte scales, read along the logical rows, whichever way the codes lie.
constexpr bool is_tiled(ScaleLayout layout) noexcept {
  return layout == ScaleLayout::k128x4 || layout == ScaleLayout::k8x4;
}
std::string_view name_of(ScaleLayout layout) noexcept;
std::optional<ScaleLayout> find_scale_layout(std::string_view name) noexcept;

// Whether a producer stores a scheme's scales so.
bool has_layout(const Scheme& scheme, ScaleLayout layout) noexcept;

// Whether the stored codes are turned against the logical tensor.
bool codes_are_turned(const Scheme& scheme, Direction direction) noexcept;

// The stored matrix of scales; `extent` is that of the logical tensor. Of tiles: the count is what holds, and the
// shape is that of the padded matrix.
Extent stored_scale_extent(const Scheme& scheme, const Extent& extent, Direction direction,
                           ScaleLayout layout) noexcept;

// Logical to stored, padding zero, and back; `nonzero_padding` grows by the pad scales that are not zero. The scheme
// has to have the layout, and `stored` the size above.
Scales store_scales(const QuantizedTensor& tensor, ScaleLayout layout);
Scales load_scales(const Scales& stored, const QuantizedTensor& of, ScaleLayout layout, std::int64_t& nonzero_padding);

}  // namespace bitgate::reference
