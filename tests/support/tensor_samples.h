// Tensors of every scheme whose fields tell their places, and dumps of them whose files a test then changes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "bitgate/compare/compare.h"
#include "bitgate/compare/tensor_files.h"
#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::compare {

inline QuantizedTensor numbered(SchemeId id, Extent extent) {
  const Scheme& scheme = scheme_of(id);
  QuantizedTensor t = make_quantized(
      scheme, scheme.global == GlobalAxis::kNone ? GlobalNumber::kNone : GlobalNumber::kMultiplier, extent);
  const std::size_t codes = scheme.element.bits == 0 ? 1 : std::size_t{1} << scheme.element.bits;
  for (std::size_t i = 0; i < t.codes.size(); ++i) t.codes[i] = static_cast<std::uint8_t>((i + 1) % codes);
  for (std::size_t i = 0; i < scale_count(t.scales); ++i)
    set_scale_bits(t.scales, i, static_cast<std::uint32_t>(i + 3));
  for (std::size_t i = 0; i < t.extras.size(); ++i) t.extras[i] = static_cast<std::uint16_t>(0x8000 + i);
  for (std::size_t i = 0; i < t.global.size(); ++i) t.global[i] = -0.0f - static_cast<float>(i);
  for (std::size_t i = 0; i < t.values.size(); ++i) t.values[i] = static_cast<float>(i) - 1.5f;
  return t;
}

// The column-wise side of an operand of `extent`, its codes and scales unlike those of the row-wise one.
inline QuantizedTensor columnwise(SchemeId id, Extent extent) {
  QuantizedTensor t = numbered(id, {extent.cols, extent.rows});
  t.direction = Direction::kColumnwise;
  for (std::size_t i = 0; i < t.codes.size(); ++i) t.codes[i] = static_cast<std::uint8_t>(t.codes[i] ^ (i % 3));
  for (std::size_t i = 0; i < scale_count(t.scales); ++i)
    set_scale_bits(t.scales, i, static_cast<std::uint32_t>(i * 5 + 1));
  for (float& global : t.global) global += 0.25f;
  return t;
}

inline QuantizedTensor both(SchemeId id, Extent extent) {
  QuantizedTensor t = numbered(id, extent);
  t.columnwise.push_back(columnwise(id, extent));
  return t;
}

inline bool same(const QuantizedTensor& a, const QuantizedTensor& b) {
  const bool twins =
      a.columnwise.size() == b.columnwise.size() && (a.columnwise.empty() || same(a.columnwise[0], b.columnwise[0]));
  return twins && a.direction == b.direction && compare(a, b).bit_exact();
}

inline TensorDescription described(const QuantizedTensor& t, NibbleOrder order = NibbleOrder::kLowFirst) {
  return description_of(t, order, "some/recipe");
}

// A tensor's directory, in which tests then replace or remove files.
class Dump {
 public:
  explicit Dump(const QuantizedTensor& t) { write_tensor(directory, described(t), t); }
  void put(const std::string& name, const NpyArray& array) const { write_npy(directory / name, array); }
  void remove(const std::string& name) const { std::filesystem::remove(directory / name); }
  std::string message() const {
    return refusal([&] { read_tensor(directory); });
  }

 private:
  TemporaryDirectory parent_;

 public:
  const std::filesystem::path directory = parent_ / "dump";
};

}  // namespace bitgate::compare
