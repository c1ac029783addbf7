// What becomes of thresholds when a person accepts or rejects proposed changes, and the reasons that looser ones need.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bitgate/reports/threshold_change.h"

namespace bitgate::reports {

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
