// How far a matrix unit's answer can be from the exact product: a bound proven from the unit's parameters and the
// operands, for each element. A difference beyond it is a fault, never rounding.
//
// Three sources of error, each argued in gemm_bound.cpp: terms cut below the largest exponent of a step, each step's
// result rounded to the register, registers added to others (promotion, FP8 mma.sync). The bound follows one element's
// chain of registers: of each it knows the exact sum that it stands for and an interval that holds the register's
// difference from it. Cutting moves a positive term down and a negative one up, so the interval has two ends.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bitgate/compare/gemm_operand.h"
#include "bitgate/reference/format/format.h"
#include "bitgate/reference/mma/instruction.h"

namespace bitgate::compare {

inline constexpr int kNoCut = 4096;

// What accumulates. `accumulator_of` reads it from an instruction's row.
struct GemmAccumulator {
  reference::MmaOrder order = reference::MmaOrder::kChain;
  int k = 16;              // products of one instruction
  int products = 16;       // of one fused step
  int fraction_bits = 25;  // below the largest exponent, where terms are cut; kNoCut: the step's sum is exact
  int result_bits = 23;    // fraction bits of a register
  bool nearest = false;    // registers are rounded to nearest even; otherwise toward zero
  int min_exponent = -126;
  int exponent_floor = -133;
  double largest = 0x1.fffffep127;  // finite register
  // After so many k, and at the end, the register is added to an FP32 one (nearest even) and starts again at zero. 0:
  // never. A multiple of the step.
  int promote_every = 0;
  bool zeros_align = false;  // products of zero take part in the search for the largest exponent
};

// Covers every row's rules of zeros, groups, subnormals and rounding. Throws std::invalid_argument for the others (an
// arithmetic shift, a product's own exponent, C in a second step): no row has them, and the bound is not argued for
// them.
GemmAccumulator accumulator_of(const reference::MmaInstruction& instruction, int promote_every = 0);

// A chain of FP32 fused multiply-adds, nearest even: what plain CUDA cores do.
inline constexpr GemmAccumulator kFp32FusedMultiplyAdd{
    reference::MmaOrder::kChain, 1, 1, kNoCut, 23, true, -126, -kNoCut, 0x1.fffffep127, 0, false};

// A number that some arithmetic computed: computed - exact is in [-below, above]. Infinite ends: nothing is known
// (overflow is possible).
struct Bounded {
  double exact = 0;  // to double's own error, which the ends hold too
  double below = 0, above = 0;
};

// Of element (row, col) of A B^T + C, C a number of the register's type, 0 for none; with promotion it is what the FP32
// register starts from. `a` and `b` as the accumulator's order wants them. The result holds for any model
// that sums as the accumulator says; which of groups without live products take part in alignment does not matter.
// Integers (kExact) are exact below 2^31, and nothing is known from there on.
Bounded gemm_bound(const GemmAccumulator& accumulator, const GemmOperand& a, const GemmOperand& b, std::int64_t row,
                   std::int64_t col, double c = 0);
// Of every element, row-major; `c` likewise, or empty. Rows run in parallel.
std::vector<Bounded> gemm_bounds(const GemmAccumulator& accumulator, const GemmOperand& a, const GemmOperand& b,
                                 std::span<const double> c = {});

// Of FP8 with FP32 scales of blocks of K (DeepGEMM, CUTLASS blockwise): each interval's register times its scale is
// added to the FP32 one by a fused multiply-add. `scales`: one a promotion interval, the number multiplied by;
// `stands_for`: the product of the two sides' scales, of which it is a rounding.
struct IntervalScale {
  float scale = 1;
  double stands_for = 1;
};
Bounded gemm_bound_scaled(const GemmAccumulator& accumulator, const GemmOperand& a, const GemmOperand& b,
                          std::int64_t row, std::int64_t col, std::span<const IntervalScale> scales);

// The same without walking the chain, from three numbers of an element and without C; never below gemm_bound's ends but
// for a part in 2^28. Symmetric.
struct GemmMagnitudes {
  double sum = 0;      // sum |a| |b|
  double largest = 0;  // 2^(largest exponent of A's row + that of B's row)
  double grid = 0;     // 2^(smallest exponent of A's row + that of B's row - both fraction bits)
};
double gemm_bound_a_priori(const GemmAccumulator& accumulator, std::int64_t k, const GemmMagnitudes& magnitudes);
GemmMagnitudes gemm_magnitudes(const GemmOperand& a, const GemmOperand& b, std::int64_t row, std::int64_t col);

// The epilogue, one rounding a call, to nearest even in `result`. The factor and the addend are exact.
Bounded multiplied(const Bounded& x, double factor, const Format& result) noexcept;
Bounded plus(const Bounded& x, double addend, const Format& result) noexcept;
Bounded rounded(const Bounded& x, const Format& result) noexcept;

// What was computed against what is bounded.
struct BoundReport {
  std::int64_t elements = 0, exceeded = 0;
  std::int64_t unbounded = 0;  // nothing is known of them; not in the ratios
  std::int64_t worst = -1;     // index of the largest ratio
  // |computed - exact| / the interval's end on that side: 0 where computed is exact, infinity where it differs and the
  // end is 0. Nearest rank. A NaN exceeds.
  double max_ratio = 0, median_ratio = 0;
  bool holds() const noexcept { return exceeded == 0 && elements > unbounded; }
};
BoundReport hold(std::span<const double> computed, std::span<const Bounded> bounds);

}  // namespace bitgate::compare
