// The page's section on identify: whom it names when each recipe's own answers to the probes are the dump.
#pragma once

#include <string>
#include <vector>

#include "bitgate/reports/results.h"

namespace bitgate::reports {

// A verdict over all sets, then a line a set, behind which its confusion matrix folds. Empty without sets.
std::string identify_block(const std::vector<IdentifySet>& sets);

}  // namespace bitgate::reports
