// Products of two quantized matrices in a report: their heatmaps and the page's section on them.
#pragma once

#include <string>
#include <vector>

#include "bitgate/compare/gemm_sqnr.h"
#include "bitgate/reports/heatmap.h"
#include "bitgate/reports/results.h"

namespace bitgate::reports {

// A heatmap, and the product behind each cell.
struct GemmFigure {
  std::string stem;  // of its files: "gemm-fp32-64x64"
  Heatmap heatmap;
  std::vector<const compare::GemmRow*> rows;  // one a cell, row-major; null where there is none. Into `results`
};

// One for each input type and M x N: recipe of A x recipe of B down, laws of data and K across, of the first seed that
// the type and size have. Their colour bar is their own: the finite values rounded out to multiples of 5 dB.
std::vector<GemmFigure> gemm_figures(const Results& results);

// The section: each figure, its numbers, and how far the prediction is from them; what matrix units add, measured
// against its bound. Empty without products.
std::string gemm_block(const std::vector<GemmFigure>& figures, const std::vector<compare::UnitRow>& units);

}  // namespace bitgate::reports
