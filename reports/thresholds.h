// What a gate holds results to, by case name, in three classes. Exact: the digests of the reference's answer, with a
// floor for its SQNR. Explained: a subject may differ where another named recipe answers as it does, so many ppm at
// most. Statistical: a floor for the subject's SQNR, six sigma below the mean of many seeds, or a bound from theory.
//
// {"schema": {"name": "bitgate-thresholds", "version": 2},
//  "origins": [{"who", "when", "commit", "machine", "why"}, ...], "required_subjects": ["cpu"],
//  "cases": {NAME: {"exact": {"codes": SHA-256, ...}, "floor": {"sqnr_db": F, "measured": M, "tolerance": T},
//                   "subjects": {SUBJECT: {"explained": {"by": R, "max_ppm": N}} or {"statistical": {"metric":
//                   "sqnr_db", "mean", "sigma", "n", "floor"}} or {"statistical": {"bound": F, "theory": TEXT}}},
//                   "loosened": {"from": TEXT, "why": TEXT}, "origin": INDEX}},
//  "dropped": {NAME: {"from": TEXT, "why": TEXT}}}
// The name of an entry that holds all seeds of a case ends in "/s*"; it holds statistical limits alone.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "bitgate/compare/digest.h"
#include "bitgate/reports/results.h"

namespace bitgate::reports {

inline constexpr std::string_view kThresholdsSchema = "bitgate-thresholds";
inline constexpr std::int64_t kThresholdsVersion = 2;

// Who set limits, from what, and why; every text is required and not empty.
struct ThresholdOrigin {
  std::string who, when, commit, machine, why;
  friend bool operator==(const ThresholdOrigin&, const ThresholdOrigin&) = default;
};

struct SqnrFloor {
  double sqnr_db = 0;    // the least that passes: measured - tolerance
  double measured = 0;   // when the floor was set
  double tolerance = 0;  // dB
  friend bool operator==(const SqnrFloor&, const SqnrFloor&) = default;
};

struct ExplainedLimit {
  std::string by;  // the other recipe
  double max_ppm = 0;
  friend bool operator==(const ExplainedLimit&, const ExplainedLimit&) = default;
};

// Of the subject's SQNR in dB over n seeds; sigma over n - 1; floor = mean - 6 sigma.
struct StatisticalFloor {
  double mean = 0, sigma = 0;
  std::int64_t n = 0;
  double floor = 0;
  friend bool operator==(const StatisticalFloor&, const StatisticalFloor&) = default;
};

struct TheoryBound {
  double bound = 0;    // dB, the least that passes
  std::string theory;  // where it comes from
  friend bool operator==(const TheoryBound&, const TheoryBound&) = default;
};

using SubjectThreshold = std::variant<ExplainedLimit, StatisticalFloor, TheoryBound>;

// What an entry was before it was made looser, and why it was.
struct Loosened {
  std::string from, why;
  friend bool operator==(const Loosened&, const Loosened&) = default;
};

// What one case is held to: at least one of the first three.
struct CaseThreshold {
  std::optional<compare::Digests> exact;  // fields without a digest must have none in the results either
  std::optional<SqnrFloor> floor;
  std::map<std::string, SubjectThreshold> subjects;  // by subject: these may differ from the reference, within limits
  std::optional<Loosened> loosened;
  std::size_t origin = 0;  // index
};

struct Thresholds {
  std::vector<ThresholdOrigin> origins;
  // Subjects that must have run: "cpu" is every subject of that prefix, "cuda/te/nvfp4" that one.
  std::vector<std::string> required_subjects;
  std::map<std::string, CaseThreshold> cases;  // by case name
  // Entries that no longer exist, by case name; a subject no longer required is "required SUBJECT".
  std::map<std::string, Loosened> dropped;
};

// Room for a changed order of summation, not for changed numerics: a code that flips somewhere moves SQNR less than
// this, and is caught by the digests.
inline constexpr double kFloorToleranceDb = 0.01;
inline constexpr std::int64_t kMinSeeds = 64;
inline constexpr double kSigmas = 6;

// The least SQNR that a statistical limit lets pass; none of an explained one.
std::optional<double> floor_of(const SubjectThreshold& threshold) noexcept;

// "te/nvfp4/fp32/normal/256x256/s*".
std::string name_of_all_seeds(const compare::Case& id);

std::string thresholds_text(const Thresholds& thresholds);
void write_thresholds(const std::filesystem::path& file, const Thresholds& thresholds);
// Throws InputError with file, place in it (a JSON pointer) and what was expected: also for another version, a case
// that stands there twice, and a floor that is not what its own numbers give (measured - tolerance, mean - 6 sigma).
Thresholds read_thresholds(const std::filesystem::path& file);

}  // namespace bitgate::reports
