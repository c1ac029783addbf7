// Two sets of thresholds held against each other: which entries changed, and which of them became looser.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bitgate/reports/thresholds.h"

namespace bitgate::reports {

// What the name of a change begins with that is about a required subject: "required cpu".
inline constexpr std::string_view kRequiredPrefix = "required ";

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

}  // namespace bitgate::reports
