// Words for the tests of the second implementation: inputs and answers as hexadecimal text.
#pragma once

#include <bit>
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/device/cpu/subject.h"

namespace bitgate::device {

using Bytes = std::vector<std::uint8_t>;
using Words = std::vector<std::uint32_t>;

inline constexpr std::uint32_t kNan = 0x7FC00000, kInf = 0x7F800000, kMinusZero = 0x80000000;

inline Words words(const std::string& hex) {
  std::istringstream in(hex);
  Words out;
  for (std::uint32_t w = 0; in >> std::hex >> w;) out.push_back(w);
  return out;
}

// Two nibbles a byte, low nibble first, spaces ignored.
inline Bytes low_first(const std::string& hex) {
  Bytes codes;
  for (const std::uint32_t byte : words(hex)) {
    codes.push_back(static_cast<std::uint8_t>(byte & 0xF));
    codes.push_back(static_cast<std::uint8_t>(byte >> 4));
  }
  return codes;
}

// Digits without spaces, two a byte.
inline Bytes bytes(const std::string& hex) {
  Bytes out;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    out.push_back(static_cast<std::uint8_t>(std::stoul(hex.substr(i, 2), nullptr, 16)));
  return out;
}

inline Words bits_of(const std::vector<float>& values) {
  Words out;
  for (const float v : values) out.push_back(std::bit_cast<std::uint32_t>(v));
  return out;
}

inline TypedTensor tensor(InputType type, std::int64_t rows, const Words& bits) {
  const auto cols = rows == 0 ? 0 : static_cast<std::int64_t>(bits.size()) / rows;
  TypedTensor t{type, {rows, cols}, std::vector<float>{}};
  if (type == InputType::kF32) {
    std::vector<float> values;
    for (const std::uint32_t b : bits) values.push_back(std::bit_cast<float>(b));
    t.values = values;
  } else {
    t.values = std::vector<std::uint16_t>(bits.begin(), bits.end());
  }
  return t;
}

// Runs a recipe; `amax` and `global` are empty or one number.
inline QuantizedTensor run(std::string_view recipe, const TypedTensor& input, const std::vector<float>& amax = {},
                           const std::vector<float>& global = {}) {
  Request request;
  request.input = input.view();
  request.amax = amax;
  request.global = global;
  return find_cpu_subject(recipe)(request);
}
inline QuantizedTensor run(std::string_view recipe, const std::vector<float>& row) {
  return run(recipe, tensor(InputType::kF32, 1, bits_of(row)));
}
inline QuantizedTensor run_bf16(std::string_view recipe, const std::string& row, std::uint32_t amax) {
  return run(recipe, tensor(InputType::kBf16, 1, words(row)), {std::bit_cast<float>(amax)});
}

inline const Bytes& scale_bytes(const QuantizedTensor& t) { return std::get<Bytes>(t.scales); }
inline const std::vector<std::uint16_t>& halves(const QuantizedTensor& t) {
  return std::get<std::vector<std::uint16_t>>(t.scales);
}

}  // namespace bitgate::device
