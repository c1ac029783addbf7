#include "bitgate/reports/threshold_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "bitgate/reports/text.h"

namespace bitgate::reports {
namespace {

constexpr std::size_t kDigitsShown = 12;

using compare::Digests;

constexpr std::pair<const char*, std::string Digests::*> kDigestFields[] = {{"codes", &Digests::codes},
                                                                            {"scales", &Digests::scales},
                                                                            {"extras", &Digests::extras},
                                                                            {"global", &Digests::global},
                                                                            {"values", &Digests::values}};

std::string describe(const SubjectThreshold& threshold) {
  if (const auto* limit = std::get_if<ExplainedLimit>(&threshold))
    return fmt::format("explained by {}, at most {} ppm", limit->by, number_text(limit->max_ppm));
  if (const auto* theory = std::get_if<TheoryBound>(&threshold))
    return fmt::format("at least {} dB by theory: {}", fixed(theory->bound, 3), theory->theory);
  const auto& floor = std::get<StatisticalFloor>(threshold);
  return fmt::format("at least {} dB, of {} seeds", fixed(floor.floor, 3), floor.n);
}

// Collects what changed of one entry.
struct Deltas {
  std::vector<std::string> words;
  bool looser = false;
  void add(std::string text, bool is_looser) {
    words.push_back((is_looser ? "looser: " : "") + std::move(text));
    looser = looser || is_looser;
  }
};

void compare_digests(const CaseThreshold& before, const CaseThreshold& after, Deltas& deltas) {
  if (before.exact == after.exact) return;
  if (!after.exact) return deltas.add("no digests any more", true);
  if (!before.exact) return deltas.add("digests added", false);
  std::string fields;
  for (const auto& [name, member] : kDigestFields)
    if ((*before.exact).*member != (*after.exact).*member) fields += (fields.empty() ? "" : ", ") + std::string(name);
  deltas.add(fields + " changed", true);
}

void compare_floors(const CaseThreshold& before, const CaseThreshold& after, Deltas& deltas) {
  if (before.floor == after.floor) return;
  if (!after.floor) return deltas.add("no floor any more", true);
  if (!before.floor) return deltas.add("floor added", false);
  const double moved = after.floor->sqnr_db - before.floor->sqnr_db;
  deltas.add(fmt::format("floor {}{} dB", moved < 0 ? "" : "+", number_text(moved)), moved < 0);
}

void compare_limits(const std::string& subject, const SubjectThreshold& before, const SubjectThreshold& after,
                    Deltas& deltas) {
  if (before == after) return;
  const auto* limit = std::get_if<ExplainedLimit>(&before);
  const auto* now = std::get_if<ExplainedLimit>(&after);
  bool looser = false;
  if (limit != nullptr && now != nullptr)
    looser = now->max_ppm > limit->max_ppm || now->by != limit->by;
  else if (limit != nullptr || now != nullptr)
    looser = now == nullptr;
  else
    looser = *floor_of(after) < *floor_of(before);
  const auto* seeds = std::get_if<StatisticalFloor>(&before);
  const auto* seeds_now = std::get_if<StatisticalFloor>(&after);
  if (seeds != nullptr && seeds_now != nullptr) looser = looser || seeds_now->n < seeds->n;
  deltas.add(fmt::format("{}: {}, was {}", subject, describe(after), describe(before)), looser);
}

// A subject without a limit of its own is held to every byte.
void compare_subjects(const CaseThreshold& before, const CaseThreshold& after, Deltas& deltas) {
  for (const auto& [subject, limit] : before.subjects) {
    const auto now = after.subjects.find(subject);
    if (now != after.subjects.end())
      compare_limits(subject, limit, now->second, deltas);
    else
      deltas.add(subject + ": exact", false);
  }
  for (const auto& [subject, limit] : after.subjects)
    if (!before.subjects.contains(subject))
      deltas.add(fmt::format("{}: {}, was exact", subject, describe(limit)), true);
}

Deltas deltas_of(const CaseThreshold& before, const CaseThreshold& after) {
  Deltas deltas;
  compare_digests(before, after, deltas);
  compare_floors(before, after, deltas);
  compare_subjects(before, after, deltas);
  return deltas;
}

ThresholdChange added(const std::string& name, const CaseThreshold& entry) {
  const bool lets_differ = !entry.subjects.empty();
  return {name, "none", describe(entry), lets_differ ? "looser: a subject may differ" : "added", lets_differ};
}

void compare_required(const Thresholds& old, const Thresholds& proposed, std::vector<ThresholdChange>& out) {
  const std::set<std::string> before(old.required_subjects.begin(), old.required_subjects.end());
  const std::set<std::string> after(proposed.required_subjects.begin(), proposed.required_subjects.end());
  for (const std::string& subject : before)
    if (!after.contains(subject))
      out.push_back({std::string(kRequiredPrefix) + subject, "required", "none", "looser: no longer required", true});
  for (const std::string& subject : after)
    if (!before.contains(subject))
      out.push_back({std::string(kRequiredPrefix) + subject, "none", "required", "now required", false});
}

}  // namespace

std::string describe(const CaseThreshold& threshold) {
  std::string out;
  const auto add = [&out](const std::string& part) { out += (out.empty() ? "" : ", ") + part; };
  if (threshold.exact)
    for (const auto& [name, member] : kDigestFields)
      if (const std::string& digest = (*threshold.exact).*member; !digest.empty())
        add(fmt::format("{} {}", name, digest.substr(0, kDigitsShown)));
  if (threshold.floor) add(fmt::format("floor {} dB", fixed(threshold.floor->sqnr_db, 3)));
  for (const auto& [subject, limit] : threshold.subjects) add(fmt::format("{} {}", subject, describe(limit)));
  return out;
}

bool same_limits(const CaseThreshold& a, const CaseThreshold& b) {
  return a.exact == b.exact && a.floor == b.floor && a.subjects == b.subjects;
}

std::vector<ThresholdChange> changes(const Thresholds& old, const Thresholds& proposed) {
  std::vector<ThresholdChange> out;
  for (const auto& [name, before] : old.cases) {
    const auto after = proposed.cases.find(name);
    if (after == proposed.cases.end()) {
      out.push_back({name, describe(before), "none", "looser: dropped", true});
    } else if (!same_limits(before, after->second)) {
      const Deltas deltas = deltas_of(before, after->second);
      out.push_back({name, describe(before), describe(after->second), fmt::format("{}", fmt::join(deltas.words, "; ")),
                     deltas.looser});
    }
  }
  for (const auto& [name, after] : proposed.cases)
    if (!old.cases.contains(name)) out.push_back(added(name, after));
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  compare_required(old, proposed, out);
  return out;
}

}  // namespace bitgate::reports
