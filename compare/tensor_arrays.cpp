#include "bitgate/compare/tensor_arrays.h"

#include <fmt/format.h>

#include <utility>

#include "bitgate/reference/format/error.h"
#include "bitgate/reference/layout/ggml_blocks.h"
#include "bitgate/reference/layout/nibbles.h"
#include "bitgate/reference/layout/scale_layout.h"
#include "bitgate/reference/layout/transpose.h"

namespace bitgate::compare {
namespace {

// Of 16-bit numbers: NumPy has fp16; bf16 is always bit patterns.
std::vector<NpyType> types_of_halves(const Format& format) {
  if (format.name == kFp16.name) return {NpyType::kUint16, NpyType::kFloat16};
  return {NpyType::kUint16};
}

void require_array(const NamedArray& file, const std::vector<NpyType>& types, const std::vector<std::int64_t>& shape) {
  bool type_fits = false;
  for (const NpyType type : types) type_fits |= file.array.type == type;
  if (type_fits && file.array.shape == shape) return;
  throw InputError(fmt::format("{}: holds {} of {}, expected {} of {}", file.name, name_of(file.array.type),
                               shape_text(file.array.shape), name_of(types.front()), shape_text(shape)));
}

// The bytes of tiles have several shapes in use: that of the padded matrix; flat; of 128x4 also the matrix the other
// way about, and torchao's tiles of 32 by 16.
bool is_tiled_shape(const std::vector<std::int64_t>& shape, const Extent& padded, reference::ScaleLayout layout) {
  if (shape.size() == 1)
    return padded.cols == 0 ? shape[0] == 0 : shape[0] % padded.cols == 0 && shape[0] / padded.cols == padded.rows;
  if (layout != reference::ScaleLayout::k128x4) return false;
  using Shape = std::vector<std::int64_t>;
  return shape == Shape{padded.cols, padded.rows} || shape == Shape{padded.rows / 4, padded.cols * 4};
}

}  // namespace

std::vector<std::uint8_t> read_codes(const NamedArray& file, const QuantizedTensor& t, NibbleOrder nibbles,
                                     std::int64_t& nonzero_padding) {
  if (!has_nibbles(t.scheme)) {
    const bool turned = reference::codes_are_turned(t.scheme, t.direction);
    const Extent stored = turned ? reference::swapped(t.extent) : t.extent;
    require_array(file, {NpyType::kUint8, NpyType::kInt8}, {stored.rows, stored.cols});
    auto codes = values_of<std::uint8_t>(file.array.data);
    return turned ? reference::transposed(codes, stored) : std::move(codes);
  }
  require_array(file, {NpyType::kUint8}, {t.extent.rows, reference::packed_nibble_cols(t.extent.cols)});
  const auto packed = values_of<std::uint8_t>(file.array.data);
  nonzero_padding += reference::nonzero_pad_nibbles(packed, t.extent, nibbles);
  return reference::unpack_nibbles(packed, t.extent, nibbles);
}

Scales read_scales(const NamedArray& file, const QuantizedTensor& t, const TensorDescription& d,
                   std::int64_t& nonzero_padding) {
  const Extent stored = reference::stored_scale_extent(t.scheme, t.extent, t.direction, d.layout);
  const bool tiled = reference::is_tiled(d.layout) && is_tiled_shape(file.array.shape, stored, d.layout);
  const std::vector<std::int64_t> shape =
      tiled ? file.array.shape : std::vector<std::int64_t>{stored.rows, stored.cols};
  std::int64_t nonzero = 0;
  const auto loaded = [&](const Scales& scales) {
    Scales logical = reference::load_scales(scales, t, d.layout, nonzero);
    if (d.padding_is_zero) nonzero_padding += nonzero;
    return logical;
  };
  if (t.scheme.scale.bits == 8) {
    require_array(file, {NpyType::kUint8}, shape);
    return loaded(values_of<std::uint8_t>(file.array.data));
  }
  if (t.scheme.scale.bits == 16) {
    require_array(file, types_of_halves(t.scheme.scale), shape);
    return loaded(values_of<std::uint16_t>(file.array.data));
  }
  require_array(file, {NpyType::kFloat32}, shape);
  return loaded(values_of<float>(file.array.data));
}

std::vector<std::uint16_t> read_extras(const NamedArray& file, const QuantizedTensor& t) {
  require_array(file, types_of_halves(t.scheme.extra), {t.extent.rows, extras_per_row(t.scheme, t.extent.cols)});
  return values_of<std::uint16_t>(file.array.data);
}

std::vector<float> read_global(const NamedArray& file, const QuantizedTensor& t) {
  const std::int64_t expected = global_count(t.scheme, t.extent);
  int long_sides = 0;
  for (const std::int64_t side : file.array.shape) long_sides += side != 1;
  const auto held = static_cast<std::int64_t>(file.array.data.size() / size_of(file.array.type));
  if (long_sides > 1 || held != expected) require_array(file, {NpyType::kFloat32}, {expected});
  require_array(file, {NpyType::kFloat32}, file.array.shape);
  return values_of<float>(file.array.data);
}

QuantizedTensor read_blocks(const NamedArray& file, const TensorDescription& d, std::int64_t& nonzero_padding) {
  const Scheme& scheme = scheme_of(d.scheme);
  const auto shape = reference::ggml_blocks_shape(d.blocks, d.extent);
  require_array(file, {NpyType::kUint8}, {shape.begin(), shape.end()});
  const auto packed = values_of<std::uint8_t>(file.array.data);
  nonzero_padding += reference::nonzero_ggml_padding(d.blocks, scheme, d.extent, packed);
  return reference::unpack_ggml_blocks(d.blocks, scheme, d.extent, packed);
}

std::vector<float> read_values(const NamedArray& file, const TensorDescription& d) {
  const InputType type = *d.values;
  const std::vector<std::int64_t> shape{d.extent.rows, d.extent.cols};
  if (type == InputType::kF32)
    require_array(file, {NpyType::kFloat32}, shape);
  else if (type == InputType::kF16)
    require_array(file, {NpyType::kUint16, NpyType::kFloat16}, shape);
  else
    require_array(file, {NpyType::kUint16}, shape);
  if (type == InputType::kF32) return values_of<float>(file.array.data);
  std::vector<float> values;
  for (const std::uint16_t bits : values_of<std::uint16_t>(file.array.data)) values.push_back(widen(type, bits));
  return values;
}

}  // namespace bitgate::compare
