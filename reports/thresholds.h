// What a gate holds results to: for each case the digests of the reference's answer, and a floor for its SQNR.
//
// {"schema": {"name": "bitgate-thresholds", "version": 1},
//  "provenance": {"who", "when", "commit", "machine", "why"}, "required_subjects": ["cpu"],
//  "cases": {NAME: {"exact": {"codes": SHA-256, ...}, "floor": {"sqnr_db": F, "measured": M, "tolerance": T}}}}
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/compare/digest.h"
#include "bitgate/reports/results.h"

namespace bitgate::reports {

inline constexpr std::string_view kThresholdsSchema = "bitgate-thresholds";
inline constexpr std::int64_t kThresholdsVersion = 1;

// Who set the limits, from what, and why; every text is required and not empty.
struct ThresholdOrigin {
  std::string who, when, commit, machine, why;
};

struct SqnrFloor {
  double sqnr_db = 0;    // the least that passes: measured - tolerance
  double measured = 0;   // when the floor was set
  double tolerance = 0;  // dB
};

// What one case is held to: at least one of the two.
struct CaseThreshold {
  std::optional<compare::Digests> exact;  // fields without a digest must have none in the results either
  std::optional<SqnrFloor> floor;
};

struct Thresholds {
  ThresholdOrigin origin;
  // Subjects that must have run: "cpu" is every subject of that prefix, "cuda/te/nvfp4" that one.
  std::vector<std::string> required_subjects;
  std::map<std::string, CaseThreshold> cases;  // by case name
};

// Room for a changed order of summation, not for changed numerics: a code that flips somewhere moves SQNR less than
// this, and is caught by the digests.
inline constexpr double kFloorToleranceDb = 0.01;

// Thresholds that `results` just meet. A case whose SQNR is not finite gets digests only: there is no floor under NaN,
// and under infinity every flipped bit would break the digest first. `required_subjects` holds the prefixes of the
// subjects that ran. Throws InputError when a subject differed or did not run, when no subject ran at all for some
// case, when there are no rows, or when the origin is not filled in: nothing is recorded from a run with mismatches or
// skips. A case whose input the recipe refuses has nothing to record and is left out.
Thresholds propose(const Results& results, const ThresholdOrigin& origin);

std::string thresholds_text(const Thresholds& thresholds);
void write_thresholds(const std::filesystem::path& file, const Thresholds& thresholds);
// Throws InputError with file, place in it (a JSON pointer) and what was expected.
Thresholds read_thresholds(const std::filesystem::path& file);

}  // namespace bitgate::reports
