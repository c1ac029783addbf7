// What the suites give to operations: deterministic tensors of codes, scales and global numbers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bitgate/compare/operation_check.h"

namespace bitgate::compare {

// A generator of 64 bits (splitmix64): the whole of what the random inputs depend on.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) noexcept : state_(seed) {}
  std::uint64_t operator()() noexcept {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
  }

 private:
  std::uint64_t state_;
};

// Codes, scales, extras and global numbers of any bits; of binary32 ones every second is near 1.
QuantizedTensor drawn_tensor(const CheckedOperation& operation, const Extent& extent, std::uint64_t seed);

// Every element code under each of `scale_bits`, and that under each of `globals` where the scheme has them: a tensor
// for each, whose rows take them in turn if each has its own. Of a scheme with one scale a tensor for each scale.
std::vector<QuantizedTensor> every_code(const CheckedOperation& operation, std::span<const std::uint32_t> scale_bits,
                                        std::span<const float> globals);

// Zeros, the smallest and largest numbers, infinities and NaNs of a format of scales, with both signs where it has
// them.
std::vector<std::uint32_t> special_scales(const Format& format);
// Every code of up to 16 bits; of binary32 each exponent with a few significands.
std::vector<std::uint32_t> every_scale(const Format& format);
// 0, subnormals, powers of two, the largest numbers, infinities, NaNs, both signs.
std::span<const float> special_globals();

std::vector<std::uint8_t> drawn_bytes(std::int64_t size, std::uint64_t seed);
// Any bits, NaN and infinities among them where `finite` is false.
TypedTensor drawn_values(InputType type, const Extent& extent, std::uint64_t seed, bool finite);

}  // namespace bitgate::compare
