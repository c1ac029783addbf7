#include "bitgate/compare/long_accumulator.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <limits>

namespace bitgate::compare {
namespace {

__extension__ using Wide = unsigned __int128;

// |x| = significand * 2^(exponent - 1074).
struct Parts {
  std::uint64_t significand;
  int exponent;
  bool negative;
};

Parts parts_of(double x) noexcept {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const int field = static_cast<int>(bits >> 52 & 0x7FF);
  const std::uint64_t fraction = bits & ((std::uint64_t{1} << 52) - 1);
  if (field == 0) return {fraction, 0, bits >> 63 != 0};
  return {fraction | std::uint64_t{1} << 52, field - 1, bits >> 63 != 0};
}

// Magnitude and sign with limbs of 32 bits each.
template <std::size_t N>
bool normalize(const std::array<std::int64_t, N>& limbs, std::array<std::uint32_t, N>& magnitude) noexcept {
  std::int64_t carry = 0;
  for (std::size_t i = 0; i < N; ++i) {
    const std::int64_t sum = limbs[i] + carry;
    magnitude[i] = static_cast<std::uint32_t>(sum);
    carry = sum >> 32;
  }
  if (carry >= 0) return false;
  std::uint64_t one = 1;
  for (std::uint32_t& limb : magnitude) {
    const std::uint64_t negated = std::uint64_t{~limb} + one;
    limb = static_cast<std::uint32_t>(negated);
    one = negated >> 32;
  }
  return true;
}

}  // namespace

void LongAccumulator::add_product(double a, double b) noexcept {
  const Parts left = parts_of(a), right = parts_of(b);
  const int shift = left.exponent + right.exponent;
  Wide product = Wide{left.significand} * right.significand;
  const bool negative = left.negative != right.negative;
  auto limb = static_cast<std::size_t>(shift / 32);
  // The lowest limb takes 32 - shift % 32 bits of the product, the others 32 each.
  const auto low = static_cast<unsigned>(shift % 32);
  std::uint64_t piece = (static_cast<std::uint64_t>(product) << low) & 0xFFFFFFFFu;
  product >>= 32 - low;
  for (;;) {
    limbs_[limb] += negative ? -static_cast<std::int64_t>(piece) : static_cast<std::int64_t>(piece);
    if (product == 0) return;
    piece = static_cast<std::uint64_t>(product) & 0xFFFFFFFFu;
    product >>= 32;
    ++limb;
  }
}

double LongAccumulator::rounded() const noexcept {
  std::array<std::uint32_t, kLimbs> magnitude{};
  const bool negative = normalize(limbs_, magnitude);
  int top = kLimbs - 1;
  while (top >= 0 && magnitude[static_cast<std::size_t>(top)] == 0) --top;
  if (top < 0) return 0.0;
  const auto bit = [&](int place) {
    return place >= 0 && (magnitude[static_cast<std::size_t>(place / 32)] >> (place % 32) & 1) != 0;
  };
  const int leading = 32 * top + 31 - std::countl_zero(magnitude[static_cast<std::size_t>(top)]);
  // The result's last place: 53 bits from the leading one, or the subnormal numbers' 2^-1074.
  const int last = std::max(leading - 52, -1074 - kLowest);
  std::uint64_t significand = 0;
  for (int place = leading; place >= last; --place) significand = significand << 1 | (bit(place) ? 1 : 0);
  bool below_half = false;
  for (int place = last - 2; place >= 0 && !below_half; --place) below_half = bit(place);
  if (bit(last - 1) && (below_half || (significand & 1) != 0)) ++significand;
  const int exponent = last + kLowest;  // of the significand's unit
  if (exponent > 971)
    return negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  // Of a normal number 2^52 <= significand <= 2^53, so that adding the fields carries where it must.
  const auto field = static_cast<std::uint64_t>(exponent + 1074);
  const std::uint64_t bits = significand >= std::uint64_t{1} << 52 ? ((field << 52) + significand) : significand;
  return std::bit_cast<double>(bits | std::uint64_t{negative} << 63);
}

bool LongAccumulator::is(double value) const noexcept {
  LongAccumulator difference = *this;
  difference.add_product(value, -1.0);
  std::array<std::uint32_t, kLimbs> magnitude{};
  normalize(difference.limbs_, magnitude);
  for (const std::uint32_t limb : magnitude)
    if (limb != 0) return false;
  return true;
}

}  // namespace bitgate::compare
