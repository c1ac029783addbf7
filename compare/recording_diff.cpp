#include "bitgate/compare/recording_diff.h"

#include <map>
#include <utility>

namespace bitgate::compare {
namespace {

using Key = std::pair<std::string, std::string>;  // kernel, case

std::map<Key, const RecordedCase*> by_key(const Recording& recording) {
  std::map<Key, const RecordedCase*> cases;
  for (const RecordedCase& c : recording.cases) cases[{c.kernel, c.id.name()}] = &c;
  return cases;
}

std::string changed(const std::string& what, const std::vector<std::string>& first,
                    const std::vector<std::string>& second) {
  const std::string names = changed_lines(first, second);
  return names.empty() ? what : what + " (" + names + ")";
}

std::string from_to(const std::string& what, const std::string& first, const std::string& second) {
  return what + " \"" + first + "\" and \"" + second + "\"";
}

// "" when only bytes could differ.
std::string kernel_difference(const RecordedKernel& a, const RecordedKernel& b, std::size_t other_plans) {
  std::vector<std::string> facts;
  if (a.code_sha256 != b.code_sha256) facts.push_back(changed("other machine code", a.code, b.code));
  if (a.source_sha256 != b.source_sha256) facts.push_back(changed("other sources or flags", a.sources, b.sources));
  if (a.compiler != b.compiler) facts.push_back(from_to("compilers", a.compiler, b.compiler));
  if (a.architecture != b.architecture) facts.push_back(from_to("architectures", a.architecture, b.architecture));
  if (other_plans != 0) facts.push_back("other plans in " + std::to_string(other_plans) + " cases");
  std::string text;
  for (const std::string& fact : facts) text += (text.empty() ? "" : ", ") + fact;
  return text;
}

}  // namespace

RecordingDiff diff(const Recording& first, const Recording& second) {
  RecordingDiff result;
  std::map<Key, const RecordedCase*> left = by_key(second);
  std::map<std::string, std::size_t> other_plans;
  for (const RecordedCase& a : first.cases) {
    const auto b = left.find({a.kernel, a.id.name()});
    if (b == left.end()) {
      result.only_first.push_back(a.kernel + " " + a.id.name());
      continue;
    }
    if (a.plan != b->second->plan) ++other_plans[a.kernel];
    if (std::string what = difference(a, *b->second); what.empty())
      ++result.equal;
    else
      result.different.push_back({a.kernel, a.id.name(), std::move(what)});
    left.erase(b);
  }
  for (const auto& [key, only] : left) result.only_second.push_back(key.first + " " + key.second);
  for (const auto& [key, a] : first.kernels) {
    const auto b = second.kernels.find(key);
    if (b == second.kernels.end()) continue;
    if (std::string facts = kernel_difference(a, b->second, other_plans[key]); !facts.empty())
      result.kernels.push_back(key + ": " + facts);
  }
  return result;
}

}  // namespace bitgate::compare
