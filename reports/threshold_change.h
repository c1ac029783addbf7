// Two sets of thresholds held against each other: which entries changed, which of them became looser, and what becomes
// of the old ones when some of the changes are accepted.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/reports/thresholds.h"

namespace bitgate::reports {

// An entry that differs in what it lets pass; who set it and why it was loosened do not count.
struct ThresholdChange {
  std::string name;           // a case's name, or "required SUBJECT"
  std::string before, after;  // in words; "none" where there is no entry
  std::string delta;          // what became looser or tighter, in words
  // An entry dropped, a changed or lost digest, a lower or lost floor, exact to explained to statistical, more ppm, an
  // explanation by another recipe, fewer seeds, a subject no longer required. Whatever else is not.
  bool looser = false;
};

// By name, required subjects last.
std::vector<ThresholdChange> changes(const Thresholds& old, const Thresholds& proposed);

// Whether two entries let the same pass.
bool same_limits(const CaseThreshold& a, const CaseThreshold& b);

// The entry in a few words: "codes d2df07c1e855, floor 14.829 dB".
std::string describe(const CaseThreshold& threshold);

// `old` with the accepted changes; each looser one is stored with what it was and `why`. Throws InputError when one is
// looser and `why` is empty.
Thresholds accept(const Thresholds& old, const Thresholds& proposed, const std::vector<ThresholdChange>& accepted,
                  const std::string& why);
// `proposed` without the rejected changes.
Thresholds reject(const Thresholds& old, Thresholds proposed, const std::vector<ThresholdChange>& rejected);

// The changes to looser that `now` says no new reason of: a reason that `base` holds already was for an earlier one.
std::vector<ThresholdChange> loosened_without_reason(const Thresholds& base, const Thresholds& now);

// Whether a name matches a pattern of * (anything), ? (one character) and themselves; for "all" every change does, for
// "tighter" every one that is not looser.
bool matches(const ThresholdChange& change, std::string_view pattern);

}  // namespace bitgate::reports
