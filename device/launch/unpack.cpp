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
  if (bits != 4) return std::to_integer<std::uint8_t>(codes[static_cast<std::size_t>(index)]);
  const auto byte = std::to_integer<unsigned>(codes[static_cast<std::size_t>(index / 2)]);
  return static_cast<std::uint8_t>(index % 2 == 0 ? byte & 0xFu : byte >> 4);
}

// The buffers of one side.
struct SideBuffers {
  Buffer amax, codes, scales;
};
constexpr SideBuffers kRows{Buffer::kAmax, Buffer::kCodes, Buffer::kScales};
constexpr SideBuffers kColumns{Buffer::kAmaxColumnwise, Buffer::kCodesColumnwise, Buffer::kScalesColumnwise};

const std::vector<std::byte>& bytes_of(const RawOutputs& raw, Buffer buffer) {
  return raw[static_cast<std::size_t>(buffer)];
}

QuantizedTensor unpack_side(const Scheme& scheme, GlobalNumber number, const Extent& extent, const SideBuffers& side,
                            const RawOutputs& raw) {
  QuantizedTensor tensor = make_quantized(scheme, number, extent);
  const std::vector<std::byte>& codes = bytes_of(raw, side.codes);
  const std::int64_t pitch = padded_cols(scheme, extent.cols);
  std::size_t at = 0;
  for (std::int64_t row = 0; row < extent.rows && !tensor.codes.empty(); ++row)
    for (std::int64_t col = 0; col < extent.cols; ++col)
      tensor.codes[at++] = code_at(codes, row * pitch + col, scheme.element.bits);
  std::visit([&](auto& scales) { copy_bytes(bytes_of(raw, side.scales), scales); }, tensor.scales);
  copy_bytes(bytes_of(raw, number == GlobalNumber::kAmax ? side.amax : Buffer::kGlobal), tensor.global);
  return tensor;
}

}  // namespace

QuantizedTensor unpack(const Scheme& scheme, GlobalNumber number, const Extent& extent, Direction direction,
                       const RawOutputs& raw) {
  const auto side = [&](Direction one) {
    const bool rows = one == Direction::kRowwise;
    const Extent turned = rows ? extent : Extent{extent.cols, extent.rows};
    QuantizedTensor tensor = unpack_side(scheme, number, turned, rows ? kRows : kColumns, raw);
    tensor.direction = one;
    return tensor;
  };
  if (direction == Direction::kColumnwise) return side(Direction::kColumnwise);
  QuantizedTensor tensor = side(Direction::kRowwise);
  copy_bytes(bytes_of(raw, Buffer::kExtras), tensor.extras);
  copy_bytes(bytes_of(raw, Buffer::kValues), tensor.values);
  if (direction == Direction::kBoth) tensor.columnwise.push_back(side(Direction::kColumnwise));
  return tensor;
}

}  // namespace bitgate::device
