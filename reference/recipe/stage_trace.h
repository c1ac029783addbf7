// How a stage tells what it computed. The fast path passes NoTrace, which compiles to nothing; explain() passes
// StageTrace.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/reference/format/format.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::reference {

struct NoTrace {
  static constexpr bool kOn = false;
  constexpr void value(std::string_view, std::string_view, float) const noexcept {}
  constexpr void code(std::string_view, std::string_view, std::uint32_t, const Format&) const noexcept {}
};

struct StageTrace {
  static constexpr bool kOn = true;
  std::vector<Stage> stages;

  void value(std::string_view name, std::string_view formula, float v) {
    stages.push_back(
        {std::string(name), std::string(formula), std::bit_cast<std::uint32_t>(v), static_cast<double>(v)});
  }
  void code(std::string_view name, std::string_view formula, std::uint32_t bits, const Format& format) {
    stages.push_back({std::string(name), std::string(formula), bits, decode(format, bits)});
  }
};

}  // namespace bitgate::reference
