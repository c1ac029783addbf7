// What a matrix unit adds to a product of two quantized matrices: the model's answer against the exact product of the
// same codes, and against the bound that is proven of it. Global numbers and FP32 scales come after the unit and are
// left out.
#pragma once

#include <string>
#include <vector>

#include "bitgate/compare/gemm_bound.h"
#include "bitgate/compare/gemm_case.h"

namespace bitgate::compare {

struct UnitCase {
  GemmCase product;
  std::string instruction;   // a row of reference::mma_instructions()
  int promote_every = 0;     // k; 0: never
  std::string name() const;  // the product's, " by sm_90a/wgmma.k32/fp8/f32", and " promoted 128"
  friend bool operator==(const UnitCase&, const UnitCase&) = default;
};

struct UnitRow {
  UnitCase id;
  std::int64_t elements = 0, exceeded = 0, unbounded = 0;  // as BoundReport
  double max_ratio = 0, median_ratio = 0;                  // measured / bound
  double sqnr_db = 0;         // of the unit's answer against the exact product; +inf where it is exact
  double bound_share = 0;     // the largest end of an element's bound / the root mean square of D
  double a_priori_share = 0;  // the same of the bound in closed form; infinite where it gives none
  friend bool operator==(const UnitRow&, const UnitRow&) = default;
};

// FP8 by Hopper's wgmma (one chain, and promoted every 128), by its mma.sync and by Blackwell; MXFP8, MXFP4 and NVFP4
// by Blackwell: 32 x 32, GELU activations, linear weights, K 1024 and 4096.
std::vector<UnitCase> default_unit_cases();

// In the order of `cases`, the same for any number of threads. Throws InputError for an unknown instruction or recipe,
// one that refuses its input, and formats or scales that the instruction does not take.
std::vector<UnitRow> run_units(const std::vector<UnitCase>& cases);

}  // namespace bitgate::compare
