#include "bitgate/compare/ordered_product.h"

#include <array>
#include <cstring>

namespace bitgate::compare {
namespace {

// Sums of four neighbours and of four rows run side by side: each is its own chain.
using Lanes4 = double __attribute__((vector_size(32)));
constexpr std::size_t kRows = 4, kLanes = 4;

}  // namespace

void ordered_product(std::span<const double> a, std::span<const double> b, std::size_t k,
                     std::span<double> d) noexcept {
  for (std::size_t row = 0; row < kTile; row += kRows)
    for (std::size_t col = 0; col < kTile; col += kLanes) {
      std::array<Lanes4, kRows> sums{};
      const double* from_a = a.data() + row * k;
      const double* from_b = b.data() + col;
      for (std::size_t i = 0; i < k; ++i) {
        Lanes4 right;
        std::memcpy(&right, from_b + i * kTile, sizeof right);
        for (std::size_t r = 0; r < kRows; ++r) sums[r] += from_a[r * k + i] * right;
      }
      for (std::size_t r = 0; r < kRows; ++r) std::memcpy(d.data() + (row + r) * kTile + col, &sums[r], sizeof sums[r]);
    }
}

}  // namespace bitgate::compare
