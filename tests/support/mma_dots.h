// Small tools for matrix instructions: one element from hexadecimal text, instructions with one thing changed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "bitgate/reference/mma/instruction.h"
#include "bitgate/tests/support/examples.h"

namespace bitgate::oracle {

// Codes in hexadecimal, separated by spaces; CODE*N stands for N of them.
inline std::vector<std::uint32_t> codes(std::string_view text) {
  std::vector<std::uint32_t> all;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string_view word = text.substr(at, end - at);
    const std::size_t star = std::min(word.find('*'), word.size());
    const std::size_t times = star == word.size() ? 1 : std::stoul(std::string(word.substr(star + 1)));
    for (std::size_t i = 0; i < times; ++i) all.push_back(hex_numbers(word.substr(0, star)).at(0));
    at = end + 1;
  }
  return all;
}

inline reference::MmaInstruction instruction(std::string_view name) { return reference::require_mma_instruction(name); }
inline reference::MmaInstruction with_bits(std::string_view name, int fraction_bits) {
  reference::MmaInstruction changed = instruction(name);
  changed.fraction_bits = static_cast<std::uint8_t>(fraction_bits);
  return changed;
}

// One element of D.
inline std::uint32_t dot(const reference::MmaInstruction& of, const Format& format, std::string_view a,
                         std::string_view b, std::optional<std::uint32_t> c = 0) {
  const std::vector<std::uint32_t> a_codes = codes(a), b_codes = codes(b);
  return multiply_accumulate(of, {format, format, a_codes, b_codes, {}, {}, c});
}

// The same with block scales.
inline std::uint32_t scaled_dot(const reference::MmaInstruction& of, const Format& format,
                                const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b,
                                const std::vector<std::uint8_t>& a_scales, const std::vector<std::uint8_t>& b_scales,
                                std::optional<std::uint32_t> c = 0) {
  return multiply_accumulate(of, {format, format, a, b, a_scales, b_scales, c});
}

}  // namespace bitgate::oracle
