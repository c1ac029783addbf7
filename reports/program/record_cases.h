// Which cases a recording of a subject holds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bitgate/compare/case.h"

namespace bitgate::program {

// What a subject takes. Rows and columns are rounded up to a multiple.
struct Takes {
  std::string recipe;
  std::vector<InputType> types;
  std::int64_t col_multiple = 1, row_multiple = 1;
};

// Every case of the default report; every distribution again with other seeds (directed ones with four), the amplitude
// ladder of `normal`, and shapes from one block to 8192 x 8192, ragged ones where the subject takes them; for each of
// its input types.
std::vector<compare::Case> full_cases(const Takes& takes);
// Every case of the default report, and shapes of up to 40,000 elements for the first input type.
std::vector<compare::Case> report_cases(const Takes& takes);
// For CI, 60 to 180 cases of up to 2^15 elements: every distribution (directed ones with four seeds), a short
// ladder, shapes from one block.
std::vector<compare::Case> small_cases(const Takes& takes);

}  // namespace bitgate::program
