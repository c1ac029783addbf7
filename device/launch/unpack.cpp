#include "bitgate/device/launch/unpack.h"

#include <bit>
#include <cstring>
#include <span>

namespace bitgate::device {
namespace {

static_assert(std::endian::native == std::endian::little);

template <class T>
void copy_bytes(const std::vector<std::byte>& from, std::vector<T>& to) {
  if (!to.empty()) std::memcpy(to.data(), from.data(), to.size() * sizeof(T));
}

// The codes from `start` on, of 8 bits or packed in twos.
void copy_codes(const std::vector<std::byte>& from, std::size_t start, int bits, std::span<std::uint8_t> to) {
  if (bits != 4) {
    std::memcpy(to.data(), from.data() + start, to.size());
    return;
  }
  for (std::size_t i = 0; i < to.size(); ++i) {
    const auto byte = std::to_integer<unsigned>(from[(start + i) / 2]);
    to[i] = static_cast<std::uint8_t>(byte >> (start + i) % 2 * 4 & 0xFu);
  }
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
  const auto cols = static_cast<std::size_t>(extent.cols);
  for (std::size_t at = 0, start = 0; at < tensor.codes.size(); at += cols, start += static_cast<std::size_t>(pitch))
    copy_codes(codes, start, scheme.element.bits, std::span(tensor.codes).subspan(at, cols));
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
