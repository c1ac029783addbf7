// How good a product of two quantized matrices is: its SQNR against the product of what was quantized, both in double.
// What a matrix unit adds to that is gemm_bound.h's.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "bitgate/compare/gemm_case.h"

namespace bitgate::compare {

// D from the inputs widened, Q from the exact products code * scale * global; sums over elements whose D is finite.
struct GemmRow {
  GemmCase id;
  std::string refusal;                  // why a recipe does not take its input; every number is NaN then
  double signal = 0, noise = 0;         // sum D^2, sum (Q - D)^2; a Q that is not finite makes noise infinite
  double sqnr_db = 0;                   // 10 log10(signal / noise)
  double predicted_db = 0;              // see predicted_gemm_db
  double a_sqnr_db = 0, b_sqnr_db = 0;  // of the two operands
};

// What the SQNRs of the two operands promise. With errors e and f of A and B, Q - D = sum e b + a f + e f. Where
// elements of b are independent of each other, of a and of the errors, and of mean 0 (weights), and f likewise, the
// three sums are uncorrelated, and noise / signal = r + s + r s, r and s being the operands' noise / signal. It leaves
// out that errors may correlate with what they are errors of: a quantizer that shrinks both sides does better than that
// here by 2 cov(e, a) cov(f, b), one that shrinks one and swells the other worse.
double predicted_gemm_db(double a_sqnr_db, double b_sqnr_db) noexcept;

// Rows in the order of `cases`. Sums run over tiles of 64 x 64, of each its rows, of each its elements, in double and
// in index order, and every element of a product over ascending k: the same bytes for any number of threads. Of a
// product one tile is kept at a time. `progress` is called with the number of rows done, never at the same time twice;
// may be empty. Throws InputError for an unknown recipe or distribution.
std::vector<GemmRow> run_gemms(const std::vector<GemmCase>& cases,
                               const std::function<void(std::size_t)>& progress = {});

}  // namespace bitgate::compare
