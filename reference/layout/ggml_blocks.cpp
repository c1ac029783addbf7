#include "bitgate/reference/layout/ggml_blocks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>

#include "bitgate/reference/format/error.h"

namespace bitgate::reference {
namespace {

// Copies between a logical field and the blocks; the direction is the constness of its two sides.
template <class Field, class Bytes>
void move_bytes(Field* field, Bytes* bytes, std::size_t size) noexcept {
  if constexpr (std::is_const_v<Field>)
    std::memcpy(bytes, field, size);
  else
    std::memcpy(field, bytes, size);
}

enum class Part : std::uint8_t { kCodes, kScales, kExtras };

// Calls visit(part, index, byte, size) for every run of logical data: `index` is its first element in that part of the
// tensor, `byte` its place in the blocks. Every byte not visited is padding.

template <class Visit>
void visit_q8_1(const Scheme& scheme, const Extent& extent, const Visit& visit) {
  const std::int64_t blocks = blocks_per_row(scheme, extent.cols);
  const std::int64_t padded_blocks = ggml_padded_cols(extent.cols) / 32;
  for (std::int64_t row = 0; row < extent.rows; ++row) {
    for (std::int64_t block = 0; block < blocks; ++block) {
      const std::int64_t byte = (row * padded_blocks + block) * kQ8_1BlockBytes;
      const std::int64_t col = block * 32;
      visit(Part::kScales, row * blocks + block, byte, 2);
      visit(Part::kExtras, row * blocks + block, byte + 2, 2);
      visit(Part::kCodes, row * extent.cols + col, byte + 4, std::min<std::int64_t>(32, extent.cols - col));
    }
  }
}

// One 144-byte block. Scales and extras interleave as the scheme says; those past the last column are padding.
template <class Visit>
void visit_mmq_scales(const Scheme& scheme, std::int64_t row, std::int64_t cols, std::int64_t block, std::int64_t byte,
                      const Visit& visit) {
  const std::int64_t row_scales = blocks_per_row(scheme, cols);
  const std::int64_t row_extras = extras_per_row(scheme, cols);
  const std::int64_t per_block = kMmqBlockCols / scheme.block.cols;
  const std::int64_t width = scheme.scale.bits / 8;
  const bool paired = scheme.id == SchemeId::kQ8_1MmqDs4;
  for (std::int64_t i = 0; i < per_block; ++i) {
    const std::int64_t at = block * per_block + i;
    if (at >= row_scales) break;
    visit(Part::kScales, row * row_scales + at, byte + i * (paired ? 4 : width), width);
    if (paired) visit(Part::kExtras, row * row_extras + at, byte + i * 4 + 2, 2);
  }
  if (scheme.id == SchemeId::kQ8_1MmqD2s6) visit(Part::kExtras, row * row_extras + block * 6, byte + 4, 12);
}

template <class Visit>
void visit_mmq(const Scheme& scheme, const Extent& extent, const Visit& visit) {
  const std::int64_t blocks = ceil_div(extent.cols, kMmqBlockCols);
  for (std::int64_t block = 0; block < blocks; ++block) {
    for (std::int64_t row = 0; row < extent.rows; ++row) {
      const std::int64_t byte = (block * extent.rows + row) * kMmqBlockBytes;
      const std::int64_t col = block * kMmqBlockCols;
      visit_mmq_scales(scheme, row, extent.cols, block, byte, visit);
      visit(Part::kCodes, row * extent.cols + col, byte + 16, std::min(kMmqBlockCols, extent.cols - col));
    }
  }
}

// Tensor and bytes are both the same way const: a const tensor fills bytes, a const span fills the tensor.
template <class Tensor, class Byte>
void transfer(Tensor& tensor, Byte* bytes) {
  const auto visit = [&](Part part, std::int64_t index, std::int64_t byte, std::int64_t size) {
    const auto length = static_cast<std::size_t>(size);
    switch (part) {
      case Part::kCodes: return move_bytes(tensor.codes.data() + index, bytes + byte, length);
      case Part::kExtras: return move_bytes(tensor.extras.data() + index, bytes + byte, length);
      case Part::kScales:
        return std::visit([&](auto& scales) { move_bytes(scales.data() + index, bytes + byte, length); },
                          tensor.scales);
    }
  };
  if (tensor.scheme.id == SchemeId::kQ8_1)
    visit_q8_1(tensor.scheme, tensor.extent, visit);
  else
    visit_mmq(tensor.scheme, tensor.extent, visit);
}

std::size_t bytes_of(SchemeId id, const Extent& extent) {
  if (!has_ggml_blocks(id))
    throw InputError(fmt::format("scheme {} has no ggml blocks: expected q8_1 or one of q8_1-mmq-d4, -ds4, -d2s6",
                                 scheme_of(id).name));
  const auto shape = ggml_blocks_shape(id, extent);
  return static_cast<std::size_t>(shape[0] * shape[1] * shape[2]);
}

}  // namespace

std::vector<std::uint8_t> pack_ggml_blocks(const QuantizedTensor& tensor) {
  std::vector<std::uint8_t> packed(bytes_of(tensor.scheme.id, tensor.extent));
  transfer(tensor, packed.data());
  return packed;
}

QuantizedTensor unpack_ggml_blocks(SchemeId id, const Extent& extent, std::span<const std::uint8_t> packed) {
  const std::size_t expected = bytes_of(id, extent);
  if (packed.size() != expected)
    throw InputError(fmt::format("blocks of {} for {} x {} values take {} bytes, got {}", scheme_of(id).name,
                                 extent.rows, extent.cols, expected, packed.size()));
  QuantizedTensor tensor = make_quantized(scheme_of(id), GlobalNumber::kNone, extent);
  transfer(tensor, packed.data());
  return tensor;
}

std::int64_t nonzero_ggml_padding(SchemeId id, const Extent& extent, std::span<const std::uint8_t> packed) {
  // Both ways visit the same bytes, so what a round trip loses is the padding.
  const std::vector<std::uint8_t> clean = pack_ggml_blocks(unpack_ggml_blocks(id, extent, packed));
  std::int64_t nonzero = 0;
  for (std::size_t i = 0; i < clean.size(); ++i) nonzero += clean[i] != packed[i];
  return nonzero;
}

}  // namespace bitgate::reference
