// A sum of products of doubles without any rounding: a fixed-point number wide enough for every bit that such a product
// can have (Kulisch, Computer Arithmetic and Validity, 8.3).
#pragma once

#include <array>
#include <cstdint>

namespace bitgate::compare {

class LongAccumulator {
 public:
  // Of finite numbers. At most 2^30 products.
  void add_product(double a, double b) noexcept;
  // The sum, rounded to nearest even; +0 for a sum of zero. Infinity from the largest double plus half its last place
  // on.
  double rounded() const noexcept;
  // Whether the sum is exactly `value`, a finite number.
  bool is(double value) const noexcept;

 private:
  // Limb i counts units of 2^(32 i - 2148). A product is a number of at most 106 bits times at least 2^-2148, so it
  // touches five limbs of 32 bits, each by less than 2^32: 2^30 of them fit into the 63 bits of a limb. The top limb's
  // unit is 2^2076, past a product of two doubles (2^2048) times 2^28.
  static constexpr int kLowest = -2148, kLimbs = 133;
  std::array<std::int64_t, kLimbs> limbs_{};
};

}  // namespace bitgate::compare
