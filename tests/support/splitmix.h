// Random bits for tests: SplitMix64 (Steele, Lea and Flood, 2014). The same on every machine.
#pragma once

#include <cstdint>

namespace bitgate::oracle {

class SplitMix {
 public:
  explicit constexpr SplitMix(std::uint64_t seed) noexcept : state_(seed) {}

  constexpr std::uint64_t next64() noexcept {
    state_ += 0x9E3779B97F4A7C15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }
  constexpr std::uint32_t next32() noexcept { return static_cast<std::uint32_t>(next64() >> 32); }

 private:
  std::uint64_t state_;
};

}  // namespace bitgate::oracle
