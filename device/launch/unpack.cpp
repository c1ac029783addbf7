#include "bitgate/device/launch/unpack.h"

#include <bit>
#include <cstring>

namespace bitgate::device {
namespace {

static_assert(std::endian::native == std::endian::little);

template <class T>
void copy_bytes(const std::vector<std::byte>& from, std::vector<T>& to) {
  if (!to.empty()) std::memcpy(to.data(), from.data(), to.size() * sizeof(T));
}

std::uint8_t code_at(const std::vector<std::byte>& codes, std::int64_t index, int bits) {
  if (bits == 8) return std::to_integer<std::uint8_t>(codes[static_cast<std::size_t>(index)]);
  const auto byte = std::to_integer<unsigned>(codes[static_cast<std::size_t>(index / 2)]);
  return static_cast<std::uint8_t>(index % 2 == 0 ? byte & 0xFu : byte >> 4);
}

}  // namespace

QuantizedTensor unpack(const Scheme& scheme, GlobalNumber number, const Extent& extent, const RawOutputs& raw) {
  QuantizedTensor tensor = make_quantized(scheme, number, extent);
  const std::int64_t pitch = padded_cols(scheme, extent.cols);
  std::size_t at = 0;
  for (std::int64_t row = 0; row < extent.rows; ++row)
    for (std::int64_t col = 0; col < extent.cols; ++col)
      tensor.codes[at++] = code_at(raw.codes, row * pitch + col, scheme.element.bits);
  std::visit([&](auto& scales) { copy_bytes(raw.scales, scales); }, tensor.scales);
  copy_bytes(raw.extras, tensor.extras);
  copy_bytes(raw.amax, tensor.global);
  return tensor;
}

}  // namespace bitgate::device
