#include "bitgate/reports/threshold_proposal.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "bitgate/reference/format/error.h"
#include "bitgate/reports/threshold_change.h"

namespace bitgate::reports {
namespace {

using compare::Outcome;
using compare::Row;
using compare::SubjectResult;

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool may_differ(const SubjectResult& subject, const ProposalOptions& options) {
  if (subject.outcome != Outcome::kDifferent) return false;
  if (contains(options.statistical, subject.subject)) return subject.sqnr_db.has_value();
  return contains(options.explained, subject.subject) && subject.explained && subject.explained->all_explained();
}

void require_clean(const Row& row, const ProposalOptions& options) {
  if (row.subjects.empty())
    throw InputError(fmt::format("thresholds are not recorded where nothing was compared: {}", row.id.name()));
  for (const SubjectResult& subject : row.subjects)
    if (subject.outcome != Outcome::kEqual && !may_differ(subject, options))
      throw InputError(fmt::format("thresholds are not recorded from a run with mismatches or skips: {}: {}: {}{}{}",
                                   row.id.name(), subject.subject, name_of(subject.outcome),
                                   subject.note.empty() ? "" : ": ", subject.note));
}

CaseThreshold threshold_of(const Row& row, const ProposalOptions& options) {
  CaseThreshold threshold;
  threshold.exact = row.digests;
  const double measured = row.metrics.sqnr_db;
  if (std::isfinite(measured)) threshold.floor = SqnrFloor{measured - kFloorToleranceDb, measured, kFloorToleranceDb};
  for (const SubjectResult& subject : row.subjects)
    if (contains(options.explained, subject.subject) && subject.outcome == Outcome::kDifferent)
      threshold.subjects.emplace(subject.subject, ExplainedLimit{subject.explained->by, subject.explained->ppm()});
  return threshold;
}

StatisticalFloor statistics_of(const std::string& name, const std::string& subject, const std::vector<double>& sqnr) {
  const auto n = static_cast<std::int64_t>(sqnr.size());
  if (n < kMinSeeds)
    throw InputError(
        fmt::format("a statistical threshold needs at least {} seeds, {} has {} of {}", kMinSeeds, subject, n, name));
  double sum = 0, squares = 0;
  for (const double value : sqnr) sum += value;
  const double mean = sum / static_cast<double>(n);
  for (const double value : sqnr) squares += (value - mean) * (value - mean);
  const double sigma = std::sqrt(squares / static_cast<double>(n - 1));
  if (!std::isfinite(sigma))
    throw InputError(fmt::format("a statistical threshold needs a finite SQNR of every seed: {} of {}", subject, name));
  return {mean, sigma, n, mean - kSigmas * sigma};
}

void propose_statistics(const Results& results, const std::string& subject, Thresholds& thresholds) {
  std::map<std::string, std::vector<double>> sqnr;  // by name of all seeds
  for (const Row& row : results.rows)
    for (const SubjectResult& result : row.subjects)
      if (result.subject == subject && !refused(row))
        sqnr[name_of_all_seeds(row.id)].push_back(result.sqnr_db.value_or(row.metrics.sqnr_db));
  for (const auto& [name, values] : sqnr)
    thresholds.cases[name].subjects.emplace(subject, statistics_of(name, subject, values));
}

std::set<std::string> subjects_of(const Results& results) {
  std::set<std::string> names;
  for (const Row& row : results.rows)
    for (const SubjectResult& subject : row.subjects) names.insert(subject.subject);
  return names;
}

void require_known(const Results& results, const std::vector<std::string>& subjects) {
  const std::set<std::string> known = subjects_of(results);
  for (const std::string& name : subjects)
    if (!known.contains(name)) throw InputError(fmt::format("the results have no subject \"{}\"", name));
}

void require_filled(const ThresholdOrigin& origin) {
  const std::pair<const char*, const std::string*> fields[] = {{"who", &origin.who},
                                                               {"when", &origin.when},
                                                               {"commit", &origin.commit},
                                                               {"machine", &origin.machine},
                                                               {"why", &origin.why}};
  for (const auto& [name, text] : fields)
    if (text->empty()) throw InputError(fmt::format("thresholds need to say {}", name));
}

}  // namespace

Thresholds propose(const Results& results, const ThresholdOrigin& origin, const ProposalOptions& options) {
  require_filled(origin);
  if (results.rows.empty()) throw InputError("thresholds are not recorded from results without rows");
  require_known(results, options.explained);
  require_known(results, options.statistical);
  Thresholds thresholds;
  thresholds.origins = {origin};
  std::set<std::string> prefixes;
  for (const Row& row : results.rows) {
    if (refused(row)) continue;
    require_clean(row, options);
    thresholds.cases[row.id.name()] = threshold_of(row, options);
    for (const SubjectResult& subject : row.subjects)
      prefixes.insert(subject.subject.substr(0, subject.subject.find('/')));
  }
  if (thresholds.cases.empty()) throw InputError("thresholds are not recorded where every input was refused");
  for (const std::string& subject : options.statistical) propose_statistics(results, subject, thresholds);
  thresholds.required_subjects.assign(prefixes.begin(), prefixes.end());
  return thresholds;
}

Thresholds proposed_over(const Thresholds& old, Thresholds fresh, const Results& results) {
  for (auto& [name, threshold] : fresh.cases) threshold.origin += old.origins.size();
  fresh.origins.insert(fresh.origins.begin(), old.origins.begin(), old.origins.end());
  fresh.dropped = old.dropped;
  const std::set<std::string> asked = subjects_of(results);
  for (const auto& [name, before] : old.cases) {
    std::map<std::string, SubjectThreshold> kept;
    for (const auto& [subject, limit] : before.subjects)
      if (!asked.contains(subject)) kept.emplace(subject, limit);
    const auto now = fresh.cases.find(name);
    if (now != fresh.cases.end()) {
      now->second.subjects.merge(kept);
      if (same_limits(before, now->second)) now->second = before;
    } else if (!kept.empty() && !before.exact && !before.floor) {
      fresh.cases[name] = before;
    }
  }
  return fresh;
}

}  // namespace bitgate::reports
