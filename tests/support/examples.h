// Small tools for worked examples: tensors from bit patterns, hexadecimal out, one stage of a trace by its name.
#pragma once

#include <bit>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/reference/layout/nibbles.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::oracle {

inline float from_bits(std::uint32_t bits) { return std::bit_cast<float>(bits); }
inline std::uint32_t to_bits(float value) { return std::bit_cast<std::uint32_t>(value); }

// Numbers in hexadecimal, separated by spaces.
inline std::vector<std::uint32_t> hex_numbers(std::string_view text) {
  std::vector<std::uint32_t> numbers;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == ' ') {
      ++at;
      continue;
    }
    const std::size_t end = std::min(text.find(' ', at), text.size());
    numbers.push_back(static_cast<std::uint32_t>(std::stoul(std::string(text.substr(at, end - at)), nullptr, 16)));
    at = end;
  }
  return numbers;
}

// Bytes as two digits each, without separators.
inline std::string hex_text(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xF];
  }
  return text;
}

inline TypedTensor f32_tensor(Extent extent, std::vector<float> values) {
  if (static_cast<std::int64_t>(values.size()) != count(extent))
    throw std::logic_error("values do not fill the extent");
  return {InputType::kF32, extent, std::move(values)};
}
inline TypedTensor f32_row(std::vector<float> values) {
  const auto cols = static_cast<std::int64_t>(values.size());
  return f32_tensor({1, cols}, std::move(values));
}
inline TypedTensor f32_row_of_bits(std::span<const std::uint32_t> bits) {
  std::vector<float> values;
  for (const std::uint32_t pattern : bits) values.push_back(from_bits(pattern));
  return f32_row(std::move(values));
}
inline TypedTensor bf16_tensor(Extent extent, std::span<const std::uint32_t> bits) {
  if (static_cast<std::int64_t>(bits.size()) != count(extent)) throw std::logic_error("values do not fill the extent");
  return {InputType::kBf16, extent, std::vector<std::uint16_t>(bits.begin(), bits.end())};
}
inline TypedTensor bf16_row(std::span<const std::uint32_t> bits) {
  return bf16_tensor({1, static_cast<std::int64_t>(bits.size())}, bits);
}

inline Request request_for(const TypedTensor& input, std::span<const float> amax = {},
                           std::span<const float> global = {}) {
  Request request;
  request.input = input.view();
  request.amax = amax;
  request.global = global;
  return request;
}

inline QuantizedTensor quantize(std::string_view recipe, const TypedTensor& input, std::span<const float> amax = {}) {
  return reference::quantize(reference::require_recipe(recipe), request_for(input, amax));
}

// The bits of a stage of element (row, col). Throws when there is no stage of that name.
inline std::uint32_t stage(std::string_view recipe, const TypedTensor& input, std::span<const float> amax,
                           std::string_view name, std::int64_t row = 0, std::int64_t col = 0) {
  const auto stages = reference::explain(reference::require_recipe(recipe), request_for(input, amax), row, col);
  for (const reference::Stage& each : stages)
    if (each.name == name) return each.bits;
  throw std::logic_error("no stage named " + std::string(name));
}

inline std::string packed_hex(const QuantizedTensor& tensor, NibbleOrder order = NibbleOrder::kLowFirst) {
  return hex_text(reference::pack_nibbles(tensor.codes, tensor.extent, order));
}

}  // namespace bitgate::oracle
