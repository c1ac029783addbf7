// A tile of A B^T in double whose every element is summed over ascending k, one rounding a product and one an addition,
// whatever the machine: what a library's product, blocked by the sizes of caches, does not promise.
#pragma once

#include <cstddef>
#include <span>

namespace bitgate::compare {

inline constexpr std::size_t kTile = 64;

// `a`: kTile rows of k, row-major. `b`: k rows of kTile columns (B's rows, transposed). `d`: kTile x kTile, row-major.
void ordered_product(std::span<const double> a, std::span<const double> b, std::size_t k, std::span<double> d) noexcept;

}  // namespace bitgate::compare
