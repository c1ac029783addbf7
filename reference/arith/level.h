// Levels of x86-64 instructions (v2: SSE4.2, v3: AVX2, v4: AVX-512), for each of which loops over lanes are compiled:
// 4, 8 and 16 lanes of 32 bits. What they compute is the same; which of them runs is chosen when the program runs.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace bitgate::reference {

enum class Level : std::uint8_t { kV2, kV3, kV4 };
std::string_view name_of(Level level) noexcept;

// Those that this CPU has, lowest first; v2 is always there. Machines other than x86-64 have v2 alone, which is then
// the compiler's own choice of instructions.
std::span<const Level> levels_here() noexcept;

// The highest of them, or the one that the environment variable BITGATE_LEVEL names ("v2", "v3", "v4"). Throws
// InputError when that is none of them.
Level chosen_level();

// Of kernels for v2, v3 and v4 those of a level.
template <class Kernels>
const Kernels& of_level(Level level, const Kernels& v2, const Kernels& v3, const Kernels& v4) noexcept {
  return level == Level::kV4 ? v4 : level == Level::kV3 ? v3 : v2;
}

}  // namespace bitgate::reference
