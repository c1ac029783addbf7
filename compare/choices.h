// What directed distributions share: bit patterns of the input type, and a short stream of random choices a block.
#pragma once

#include <bit>
#include <cstdint>

#include "bitgate/compare/exact_math.h"
#include "bitgate/compare/philox.h"
#include "bitgate/compare/round_to_type.h"
#include "bitgate/reference/format/tensor.h"

namespace bitgate::compare {

// Bit patterns are held in 32 bits whatever the type. Of two magnitudes the larger has the larger bits.
inline float value_of(InputType type, std::uint32_t bits) noexcept {
  return type == InputType::kF32 ? std::bit_cast<float>(bits) : widen(type, static_cast<std::uint16_t>(bits));
}
inline std::uint32_t bits_of(InputType type, double value) noexcept {
  if (type == InputType::kF32) return std::bit_cast<std::uint32_t>(static_cast<float>(value));
  return type == InputType::kBf16 ? round_to_16(kBf16, value) : round_to_16(kFp16, value);
}
inline void put(TypedTensor& tensor, std::int64_t index, std::uint32_t bits) noexcept {
  const auto at = static_cast<std::size_t>(index);
  if (tensor.type == InputType::kF32)
    std::get<0>(tensor.values)[at] = std::bit_cast<float>(bits);
  else
    std::get<1>(tensor.values)[at] = static_cast<std::uint16_t>(bits);
}

// The words of Philox blocks (purpose, q) with draws 0, 1, 2, ... in order.
class Choices {
 public:
  Choices(std::uint64_t seed, Purpose purpose, std::uint64_t q) noexcept : seed_(seed), purpose_(purpose), q_(q) {}

  std::uint32_t word() noexcept {
    if (used_ % 4 == 0) block_ = random_block(seed_, purpose_, used_ / 4, q_);
    return block_[used_++ % 4];
  }
  // Uniform in 0 .. n - 1, but for a bias of n / 2^32.
  std::uint32_t below(std::uint32_t n) noexcept {
    return static_cast<std::uint32_t>((std::uint64_t{word()} * n) >> 32);
  }
  double unit() noexcept { return exact::to_double(word()) * 0x1p-32; }
  double normal() noexcept {
    const std::uint32_t radius = word();
    return exact::normal_pair(radius, word()).first;
  }
  // 0 or the sign bit of the type.
  std::uint32_t sign(InputType type) noexcept { return (word() & 1) != 0 ? sign_mask(format_of(type)) : 0; }

 private:
  std::uint64_t seed_;
  Purpose purpose_;
  std::uint64_t q_;
  std::uint32_t used_ = 0;
  PhiloxBlock block_{};
};

}  // namespace bitgate::compare
