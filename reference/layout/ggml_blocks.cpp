#include "bitgate/reference/layout/ggml_blocks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "bitgate/reference/format/error.h"

namespace bitgate::reference {
namespace {

// One block and the row of the tensor that it belongs to.
struct Place {
  std::int64_t row, block;
};

// Copies between a logical field and the blocks; the direction is the constness of the field.
template <class Field, class Bytes>
void move_bytes(Field* field, Bytes* bytes, std::int64_t size) noexcept {
  if constexpr (std::is_const_v<Field>)
    std::memcpy(bytes, field, static_cast<std::size_t>(size));
  else
    std::memcpy(field, bytes, static_cast<std::size_t>(size));
}

// Moves `width` bits of a code, from bit `code_shift` up, to or from bit `shift` up of a byte that was zero there.
template <class Code, class Byte>
void move_bits(Code& code, int code_shift, Byte& byte, std::int64_t shift, unsigned width) noexcept {
  const unsigned mask = (1u << width) - 1;
  if constexpr (std::is_const_v<Code>)
    byte = static_cast<std::uint8_t>(byte | (code >> code_shift & mask) << shift);
  else
    code = static_cast<std::uint8_t>(code | (byte >> shift & mask) << code_shift);
}

template <class Tensor, class Byte>
void move_scales(const BlockLayout& layout, Tensor& tensor, const Place& place, Byte* bytes) {
  const std::int64_t row_scales = blocks_per_row(tensor.scheme, tensor.extent.cols);
  const std::int64_t per_block = layout.cols / layout.scale_cols;
  const std::int64_t first = place.block * per_block;
  const std::int64_t last = std::min(first + per_block, row_scales);
  const std::int64_t width = layout.scale_bits / 8;
  std::visit(
      [&](auto& scales) {
        for (std::int64_t at = first; at < last; ++at) {
          const std::int64_t i = at - first;
          const std::int64_t byte = i / layout.scale_group * layout.scale_stride + i % layout.scale_group * width;
          move_bytes(scales.data() + place.row * row_scales + at, bytes + byte, width);
        }
      },
      tensor.scales);
}

template <class Tensor, class Byte>
void move_extras(const BlockLayout& layout, Tensor& tensor, const Place& place, Byte* bytes) {
  const std::int64_t row_extras = extras_per_row(tensor.scheme, tensor.extent.cols);
  const std::int64_t first = place.block * layout.extras;
  const std::int64_t last = std::min(first + layout.extras, row_extras);
  for (std::int64_t at = first; at < last; ++at)
    move_bytes(tensor.extras.data() + place.row * row_extras + at,
               bytes + layout.extra_at + (at - first) * layout.extra_stride, 2);
}

template <class Tensor, class Byte>
void move_codes(const BlockLayout& layout, Tensor& tensor, const Place& place, Byte* bytes) {
  const std::int64_t col = place.block * layout.cols;
  const std::int64_t size = std::min(layout.cols, tensor.extent.cols - col);
  auto* const codes = tensor.codes.data() + place.row * tensor.extent.cols + col;
  if (layout.nibble_cols == 0) return move_bytes(codes, bytes + layout.codes_at, size);
  const std::int64_t half = layout.nibble_cols / 2;
  for (std::int64_t i = 0; i < size; ++i) {
    const std::int64_t run = i / layout.nibble_cols, in_run = i % layout.nibble_cols;
    Byte& byte = bytes[layout.codes_at + run * half + in_run % half];
    move_bits(codes[i], 0, byte, in_run < half ? 0 : 4, 4);
    if (layout.fifth_bits_at != 0) move_bits(codes[i], 4, bytes[layout.fifth_bits_at + i / 8], i % 8, 1);
  }
}

// Tensor and bytes are both the same way const: a const tensor fills bytes, const bytes fill the tensor. Every byte
// not visited is padding.
template <class Tensor, class Byte>
void transfer(const BlockLayout& layout, Tensor& tensor, Byte* bytes) {
  const std::int64_t used = ceil_div(tensor.extent.cols, layout.cols);
  const auto shape = ggml_blocks_shape(layout.id, tensor.extent);
  for (std::int64_t row = 0; row < tensor.extent.rows; ++row) {
    for (std::int64_t block = 0; block < used; ++block) {
      const std::int64_t at = layout.block_major ? block * shape[1] + row : row * shape[1] + block;
      Byte* const here = bytes + at * layout.bytes;
      move_scales(layout, tensor, {row, block}, here);
      move_extras(layout, tensor, {row, block}, here);
      move_codes(layout, tensor, {row, block}, here);
    }
  }
}

std::size_t bytes_of(RawBlocks blocks, const Scheme& scheme, const Extent& extent) {
  if (blocks == RawBlocks::kNone) throw InputError(fmt::format("scheme {} has no ggml blocks", scheme.name));
  if (!fits(blocks, scheme))
    throw InputError(fmt::format("scheme {} is not stored in blocks {}", scheme.name, name_of(blocks)));
  const auto shape = ggml_blocks_shape(blocks, extent);
  return static_cast<std::size_t>(shape[0] * shape[1] * shape[2]);
}

}  // namespace

std::vector<std::uint8_t> pack_ggml_blocks(RawBlocks blocks, const QuantizedTensor& tensor) {
  std::vector<std::uint8_t> packed(bytes_of(blocks, tensor.scheme, tensor.extent));
  transfer(layout_of(blocks), tensor, packed.data());
  return packed;
}

QuantizedTensor unpack_ggml_blocks(RawBlocks blocks, const Scheme& scheme, const Extent& extent,
                                   std::span<const std::uint8_t> packed) {
  const std::size_t expected = bytes_of(blocks, scheme, extent);
  if (packed.size() != expected)
    throw InputError(fmt::format("blocks of {} for {} x {} values take {} bytes, got {}", name_of(blocks), extent.rows,
                                 extent.cols, expected, packed.size()));
  QuantizedTensor tensor = make_quantized(scheme, GlobalNumber::kNone, extent);
  transfer(layout_of(blocks), tensor, packed.data());
  return tensor;
}

std::int64_t nonzero_ggml_padding(RawBlocks blocks, const Scheme& scheme, const Extent& extent,
                                  std::span<const std::uint8_t> packed) {
  // Both ways visit the same bits, so what a round trip loses is the padding.
  const std::vector<std::uint8_t> clean = pack_ggml_blocks(blocks, unpack_ggml_blocks(blocks, scheme, extent, packed));
  std::int64_t nonzero = 0;
  for (std::size_t i = 0; i < clean.size(); ++i) nonzero += clean[i] != packed[i];
  return nonzero;
}

std::vector<std::uint8_t> pack_ggml_blocks(const QuantizedTensor& tensor) {
  return pack_ggml_blocks(default_blocks(tensor.scheme.id), tensor);
}
QuantizedTensor unpack_ggml_blocks(SchemeId id, const Extent& extent, std::span<const std::uint8_t> packed) {
  return unpack_ggml_blocks(default_blocks(id), scheme_of(id), extent, packed);
}
std::int64_t nonzero_ggml_padding(SchemeId id, const Extent& extent, std::span<const std::uint8_t> packed) {
  return nonzero_ggml_padding(default_blocks(id), scheme_of(id), extent, packed);
}

}  // namespace bitgate::reference
