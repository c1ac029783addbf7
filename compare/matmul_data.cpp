#include "bitgate/compare/matmul_data.h"

#include <algorithm>
#include <cmath>

#include "bitgate/compare/mma_codes.h"

namespace bitgate::compare {
namespace {

// SplitMix64's output function of a counter (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators).
std::uint64_t word_at(std::uint64_t seed, std::uint64_t counter) noexcept {
  std::uint64_t x = seed * 0xD1342543DE82EF95u + (counter + 1) * 0x9E3779B97F4A7C15u;
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
  x = (x ^ x >> 27) * 0x94D049BB133111EBu;
  return x ^ x >> 31;
}

std::uint32_t narrow(const Format& format, std::uint64_t word) noexcept {
  const int exponent = static_cast<int>(word >> 33 & 0x3FFFFFFF) % 3 - 1;
  return number(format, (word >> 63) != 0, exponent, static_cast<std::uint32_t>(word));
}

std::uint32_t wide(const Format& format, std::uint64_t word) noexcept {
  return finite(format, static_cast<std::uint32_t>(word));
}

// Four uniforms instead of a normal number, and x * sigmoid(1.702 x) by rationals alone would be needed for the same
// bits everywhere: x / (1 + |x|) takes the sigmoid's place. Cut to the format.
std::uint32_t gelu(const Format& format, std::uint64_t word) noexcept {
  double x = -2;
  for (int i = 0; i < 4; ++i) x += static_cast<double>(word >> (16 * i) & 0xFFFF) / 65536;
  x *= 2;
  const double activation = x * (1 + 2 * x / (1 + 2 * std::fabs(x))) / 2;
  return cut_to(format, activation * 64);
}

}  // namespace

std::string_view name_of(MatmulDraw draw) noexcept {
  switch (draw) {
    case MatmulDraw::kNarrow: return "narrow";
    case MatmulDraw::kWide: return "wide";
    case MatmulDraw::kGelu: return "gelu";
    case MatmulDraw::kRepeating: return "repeating";
    default: return "cancelling";
  }
}

std::vector<std::uint8_t> draw_codes(const Format& format, MatmulDraw draw, std::int64_t rows, std::int64_t k,
                                     std::uint64_t seed) {
  const auto width = static_cast<std::size_t>(k), size = static_cast<std::size_t>(rows) * width;
  std::vector<std::uint8_t> codes(size);
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t column = i % width, half = width / 2;
    const bool repeats = draw == MatmulDraw::kRepeating || draw == MatmulDraw::kCancelling;
    if (repeats && column >= half && column < 2 * half) {
      codes[i] = static_cast<std::uint8_t>(codes[i - half] ^ (draw == MatmulDraw::kCancelling ? sign_mask(format) : 0));
      continue;
    }
    const std::uint64_t word = word_at(seed, i);
    const std::uint32_t code = draw == MatmulDraw::kWide   ? wide(format, word)
                               : draw == MatmulDraw::kGelu ? gelu(format, word)
                                                           : narrow(format, word);
    codes[i] = static_cast<std::uint8_t>(code);
  }
  return codes;
}

std::vector<std::uint8_t> codes_of(const IntervalReader& reader, std::int64_t rows) {
  std::vector<std::uint8_t> codes(static_cast<std::size_t>(rows * reader.k), reader.code);
  for (std::int64_t i = 0; reader.every != 0 && i < rows * reader.k; i += reader.every)
    codes[static_cast<std::size_t>(i)] = reader.special;
  return codes;
}

}  // namespace bitgate::compare
