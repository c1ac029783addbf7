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
  // Of a failure, to list the worst first: 2 when there is no answer to compare (a crash), else the share of entries
  // that differ; 1 for a crossed threshold.
  double severity = 0;
};

struct GateOptions {
  std::int64_t require_cases = 0;              // at least so many cases must have passed
  std::vector<std::string> required_subjects;  // besides those of the thresholds, in the same two spellings
};

inline constexpr int kPass = 0, kFail = 1, kCouldNotTellStatus = 2;

struct Verdict {
  int status = kCouldNotTellStatus;
  std::int64_t cases = 0;     // rows in the results
  std::int64_t passed = 0;    // cases with a passed check, no other kind but kNotRun, and evidence above `read`
  std::vector<Check> checks;  // in order of the rows, then of the run as a whole
  // Lines: every failure, the worst first; then what could not be told and what did not run, grouped with counts.
  std::vector<std::string> reasons;
};

// Status 1: a subject differed, a product by a matrix unit is beyond its bound, or a threshold is crossed (NaN crosses
// every floor; infinity meets one only when the noise is exactly 0). Status 2, unless 1: nothing passed, or only
// recipes of evidence `read` did; a case of the thresholds has no row; a case that nothing was compared with; a
// required subject did not run or has no row at all; fewer than require_cases passed. Else 0. An input that the recipe
// refuses is listed and not counted; it fails when the thresholds hold its case. A subject with a limit of its own
// passes within it (all of its differences explained by the named recipe, at most so many ppm; or its SQNR, of whatever
// seed, no lower than the floor) and cannot be told where the results lack it. `thresholds` may be empty, then only
// subjects are judged.
Verdict verdict(const Results& results, const Thresholds& thresholds, const GateOptions& options);

// The lines of Verdict::reasons.
std::vector<std::string> reason_lines(const std::vector<Check>& checks);
// "pass", "fail", "could not tell".
std::string_view status_name(int status) noexcept;
// "pass: 120 of 120 cases passed, 3 checks not counted", one line.
std::string headline(const Verdict& verdict);
// How many checks ended so.
std::int64_t count_of(const Verdict& verdict, CheckResult result) noexcept;
// Indices of the failed checks, the worst first, else in their own order.
std::vector<std::size_t> failures_by_severity(const std::vector<Check>& checks);

// The command by which a check is made again: the case, with its subject where the check is about one.
std::string repeat_command(const Check& check);

}  // namespace bitgate::reports
