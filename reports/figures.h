// Which heatmaps a report draws: rows of results laid out by panel.
#pragma once

#include <string>
#include <vector>

#include "bitgate/reports/heatmap.h"
#include "bitgate/reports/results.h"

namespace bitgate::reports {

// A heatmap and the rows behind it.
struct Figure {
  std::string stem;  // of its files: "distribution-fp32", "amplitude-gelu-fp32"; no two alike
  Heatmap heatmap;
  std::vector<const compare::Row*> rows;  // one a cell, row-major; null where the case has no row. Into `results`
};

// One for each panel and input type; the panel "amplitude" has one for each distribution, over log2 of the amplitude;
// the panel "row_range" shows the worst row instead of the whole tensor, over K, where rows span a range of 2^(K-1). A
// recipe without any row of that panel and type (it does not take the type) is left out; a figure without rows too.
// All share one colour bar: the finite values rounded out to multiples of 5 dB, within -10 and 50 dB.
std::vector<Figure> figures(const Results& results);

}  // namespace bitgate::reports
