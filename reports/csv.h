// results.csv: one line a case for spreadsheets and data frames (RFC 4180, LF line ends). Numbers read as in
// results.json; infinities and NaN are inf, -inf, nan.
#pragma once

#include <string>

#include "bitgate/reports/results.h"

namespace bitgate::reports {

// case,recipe,type,distribution,log2_amplitude,rows,cols,seed, the metrics, those of peers (compare/peer_metrics.h),
// subject outcomes, digests by field. Column `subjects` is "cpu/te/nvfp4=equal;cuda/te/nvfp4=not run".
std::string results_csv(const Results& results);

}  // namespace bitgate::reports
