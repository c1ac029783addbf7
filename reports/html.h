// The report's page: one file that needs no network and no script, light or dark as the reader's system, printable.
#pragma once

#include <string>
#include <vector>

#include "bitgate/reports/figures.h"
#include "bitgate/reports/gate.h"
#include "bitgate/reports/results.h"

namespace bitgate::reports {

// Verdict and its reasons at the top; what was checked by recipe; each figure as inline SVG with tables of all its
// cells; whom identify names; how every two recipes differ; the provenance. Table numbers are those of results.json
// rounded to two decimals. The size grows with the number of cells, about 220 bytes for each; the default report stays
// under 5 MB.
std::string report_page(const Results& results, const std::vector<Figure>& figures, const Verdict& verdict);

// Reasons that the page lists; the rest is a count, so that a run in which all differs still gives a page.
inline constexpr std::size_t kPageReasons = 100;

}  // namespace bitgate::reports
