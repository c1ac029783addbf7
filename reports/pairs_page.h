// The page's section on pairs: how many of a million bytes every two recipes of a family give differently.
#pragma once

#include <string>
#include <vector>

#include "bitgate/compare/pair_table.h"

namespace bitgate::reports {

// A heatmap for each input type, folded behind a line of counts, and what was left out. Empty without tables.
std::string pairs_block(const std::vector<compare::PairTable>& tables);

// Of a cell: "=" equal on all tried, "~" equal in what both store, "" nothing to compare, else ppm in at most four
// characters: "<0.1", "0.3", "12", "3.3k", "310k", "1M".
std::string pair_text(const compare::PairTally& tally);

}  // namespace bitgate::reports
