// Which directions a producer's kernel makes at one call.
#pragma once

#include <cstdint>

#include "bitgate/reference/format/tensor.h"

namespace bitgate::device {

enum class Directions : std::uint8_t {
  kRowwise,         // row-wise alone
  kColumnwise,      // column-wise alone
  kWithColumnwise,  // column-wise alone, or both
  kEvery,
};

constexpr bool makes(Directions made, Direction direction) noexcept {
  switch (made) {
    case Directions::kRowwise: return direction == Direction::kRowwise;
    case Directions::kColumnwise: return direction == Direction::kColumnwise;
    case Directions::kWithColumnwise: return direction != Direction::kRowwise;
    case Directions::kEvery: return true;
  }
  return false;
}

constexpr bool has_rows(Direction direction) noexcept { return direction != Direction::kColumnwise; }
constexpr bool has_columns(Direction direction) noexcept { return direction != Direction::kRowwise; }

}  // namespace bitgate::device
