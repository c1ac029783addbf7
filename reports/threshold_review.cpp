#include "bitgate/reports/threshold_review.h"

#include <fmt/format.h>

#include <algorithm>

#include "bitgate/compare/roles.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::reports {
namespace {

// `to` gets what `from` says of the name; an origin of `from` is at the same place in `to` or is added.
void copy_entry(const Thresholds& from, const std::string& name, Thresholds& to) {
  if (name.starts_with(kRequiredPrefix)) {
    const std::string subject = name.substr(kRequiredPrefix.size());
    std::erase(to.required_subjects, subject);
    if (std::count(from.required_subjects.begin(), from.required_subjects.end(), subject) != 0) {
      to.required_subjects.push_back(subject);
      std::sort(to.required_subjects.begin(), to.required_subjects.end());
    }
    return;
  }
  const auto entry = from.cases.find(name);
  if (entry == from.cases.end()) {
    to.cases.erase(name);
    return;
  }
  CaseThreshold copy = entry->second;
  const ThresholdOrigin& origin = from.origins.at(copy.origin);
  const auto known = std::find(to.origins.begin(), to.origins.end(), origin);
  copy.origin = static_cast<std::size_t>(known - to.origins.begin());
  if (known == to.origins.end()) to.origins.push_back(origin);
  to.cases[name] = std::move(copy);
}

const Loosened* reason_of(const Thresholds& thresholds, const std::string& name) {
  const auto entry = thresholds.cases.find(name);
  if (entry != thresholds.cases.end()) return entry->second.loosened ? &*entry->second.loosened : nullptr;
  const auto dropped = thresholds.dropped.find(name);
  return dropped == thresholds.dropped.end() ? nullptr : &dropped->second;
}

}  // namespace

Thresholds accept(const Thresholds& old, const Thresholds& proposed, const std::vector<ThresholdChange>& accepted,
                  const std::string& why) {
  Thresholds out = old;
  for (const ThresholdChange& change : accepted) {
    if (change.looser && why.empty())
      throw InputError(fmt::format("a looser threshold needs a reason (--why): {}: {}", change.name, change.delta));
    const Loosened* earlier = reason_of(out, change.name);
    const std::optional<Loosened> kept = earlier == nullptr ? std::nullopt : std::optional(*earlier);
    copy_entry(proposed, change.name, out);
    out.dropped.erase(change.name);
    const auto entry = out.cases.find(change.name);
    if (!change.looser) {
      if (entry != out.cases.end()) entry->second.loosened = kept;
    } else if (entry != out.cases.end()) {
      entry->second.loosened = Loosened{change.before, why};
    } else {
      out.dropped[change.name] = {change.before, why};
    }
  }
  return out;
}

Thresholds reject(const Thresholds& old, Thresholds proposed, const std::vector<ThresholdChange>& rejected) {
  for (const ThresholdChange& change : rejected) copy_entry(old, change.name, proposed);
  return proposed;
}

std::vector<ThresholdChange> loosened_without_reason(const Thresholds& base, const Thresholds& now) {
  std::vector<ThresholdChange> out;
  for (ThresholdChange& change : changes(base, now)) {
    if (!change.looser) continue;
    const Loosened* reason = reason_of(now, change.name);
    const Loosened* earlier = reason_of(base, change.name);
    if (reason == nullptr || (earlier != nullptr && *reason == *earlier)) out.push_back(std::move(change));
  }
  return out;
}

bool matches(const ThresholdChange& change, std::string_view pattern) {
  if (pattern == "all") return true;
  if (pattern == "tighter") return !change.looser;
  return compare::matches(pattern, change.name);
}

}  // namespace bitgate::reports
