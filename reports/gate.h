// The verdict: results held against thresholds. Facts become an exit status here and nowhere else.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bitgate/reports/results.h"
#include "bitgate/reports/thresholds.h"

namespace bitgate::reports {

enum class CheckResult : std::uint8_t {
  kPassed,
  kFailed,        // a difference or a crossed threshold
  kCouldNotTell,  // something required that did not happen
  kNotRun,        // something not required that did not happen: neither passed nor failed, always listed
};

// One question that the gate asked.
struct Check {
  std::string case_name;  // empty: the run as a whole
  std::string what;       // subject, "exact threshold", "SQNR floor", ...
  CheckResult result = CheckResult::kCouldNotTell;
  std::string reason;  // empty when it passed
};

struct GateOptions {
  std::int64_t require_cases = 0;              // at least so many cases must have passed
  std::vector<std::string> required_subjects;  // besides those of the thresholds, in the same two spellings
};

inline constexpr int kPass = 0, kFail = 1, kCouldNotTellStatus = 2;

struct Verdict {
  int status = kCouldNotTellStatus;
  std::int64_t cases = 0;            // rows in the results
  std::int64_t passed = 0;           // cases with a passed check, no other kind but kNotRun, and evidence above `read`
  std::vector<Check> checks;         // in order of the rows, then of the run as a whole
  std::vector<std::string> reasons;  // lines: every failure; then what could not be told and what did not run, grouped
};

// Status 1: a subject differed, or a threshold is crossed (NaN crosses every floor; infinity meets one only when the
// noise is exactly 0). Status 2, unless 1: nothing passed, or only recipes of evidence `read` did; a case of the
// thresholds has no row; a case that nothing was compared with; a required subject did not run or has no row at all;
// fewer than require_cases passed. Else 0. An input that the recipe refuses is listed and not counted; it fails when
// the thresholds hold its case. `thresholds` may be empty, then only subjects are judged.
Verdict verdict(const Results& results, const Thresholds& thresholds, const GateOptions& options);

// "pass", "fail", "could not tell".
std::string_view status_name(int status) noexcept;
// "pass: 120 of 120 cases", one line.
std::string headline(const Verdict& verdict);

// The command by which a check is made again: the case, with its subject where the check is about one.
std::string repeat_command(const Check& check);

}  // namespace bitgate::reports
