// Thresholds that a run just meets, for a person to review before they are held to.
#pragma once

#include "bitgate/reports/thresholds.h"

namespace bitgate::reports {

struct ProposalOptions {
  std::vector<std::string> explained;    // subjects that may differ where another recipe explains all of it
  std::vector<std::string> statistical;  // subjects held by SQNR over seeds instead of by bytes
};

// A case whose SQNR is not finite gets digests only: there is no floor under NaN, and under infinity every flipped bit
// would break the digest first. `required_subjects` holds the prefixes of the subjects that ran. Throws InputError when
// a subject differed (beyond what the options allow) or did not run, when no subject ran at all for some case, when a
// statistical subject has fewer than kMinSeeds seeds of some case or an SQNR that is not finite, when a subject of the
// options has no row, when there are no rows, or when the origin is not filled in: nothing is recorded from a run with
// mismatches or skips. A case whose input the recipe refuses has nothing to record and is left out.
Thresholds propose(const Results& results, const ThresholdOrigin& origin, const ProposalOptions& options = {});

// `fresh` with the provenance of `old` where an entry says the same, and with the limits of subjects that the results
// hold no subject of: they were not asked again.
Thresholds proposed_over(const Thresholds& old, Thresholds fresh, const Results& results);

}  // namespace bitgate::reports
