// The product of two matrices as numbers, with a bound of the answer's own error: what a GEMM is held against.
#pragma once

#include <span>
#include <vector>

#include "bitgate/reference/format/scheme.h"

namespace bitgate::compare {

enum class TruthMethod : std::uint8_t {
  kDouble,  // Eigen's product in double
  kExact,   // a fixed-point sum of all bits a product of doubles can have, rounded once, to nearest even
};

// D = A B^T, M x N, row-major. A is M x K, B is N x K.
struct GemmTruth {
  Extent extent;
  std::vector<double> values;
  std::vector<double> errors;      // |value - the exact sum| is at most this; 0: it is the exact sum
  std::vector<double> magnitudes;  // sum |a| |b|: not below the exact one, and above it by at most a part in 2^30
};

// Finite operands. A double product is exact, and its error 0, where the sum of all magnitudes is below 2^53 units of
// the last places of the two rows: every partial sum is then a number of at most 53 bits, in any order, fused or not.
// Elsewhere its error is (K + 1) 2^-53 sum |a| |b| (Higham, Accuracy and Stability of Numerical Algorithms, 3.1, for
// any order) and, where a product is below the normal numbers, K 2^-1075 more. Throws InputError for sizes that do not
// fit, numbers that are not finite, K above 2^20, and for magnitudes of 2^1000 or more.
GemmTruth gemm_truth(std::span<const double> a, std::span<const double> b, std::int64_t k,
                     TruthMethod method = TruthMethod::kDouble);

}  // namespace bitgate::compare
