// Whether a recording still speaks for what is here.
#include "bitgate/compare/recording.h"

namespace bitgate::compare {
namespace {

std::string quoted_or_none(const std::string& text) { return text.empty() ? "none" : "\"" + text + "\""; }

std::string in_brackets(const std::string& text) { return text.empty() ? "" : " (" + text + ")"; }

// Why the sources do not hold it, where the machine code could not be asked.
std::string why_not_by_source(const std::string& kernel, const RecordedKernel& then, const PresentKernel& now) {
  if (now.source_sha256.empty() && !now.code_sha256)
    return "neither the library of " + kernel + " nor its sources are here";
  const std::string compilers =
      "compiler recorded " + quoted_or_none(then.compiler) + ", here " + quoted_or_none(now.compiler);
  if (then.source_sha256.empty()) return kernel + " was recorded without sources; " + compilers;
  if (now.source_sha256.empty())
    return "the machine code of " + kernel + " is another and its sources are not here; " + compilers;
  const std::string changed = changed_lines(then.sources, now.sources);
  return "the sources or flags of " + kernel + " changed (" + changed + (changed.empty() ? "" : "; ") + compilers + ")";
}

Holding holding_of_kernel(const std::string& kernel, const RecordedKernel& then, const PresentKernel& now,
                          std::string& why) {
  const bool same_compiler = now.compiler == then.compiler && now.architecture == then.architecture;
  if (now.code_sha256 && (same_compiler || now.whole_code)) {
    if (*now.code_sha256 == then.code_sha256) return Holding::kByMachineCode;
    if (same_compiler && now.made_of_sources && now.source_sha256 == then.source_sha256) {
      why = "the compiler " + now.compiler + " made other machine code of the same sources";
      return Holding::kBySource;
    }
    // Other code from the same compiler is another kernel, or other flags, whatever the sources given say.
    if (same_compiler) {
      why = "the machine code of " + kernel + " changed" + in_brackets(changed_lines(then.code, now.code)) +
            ", under the same compiler " + now.compiler;
      return Holding::kStale;
    }
  }
  if (!now.source_sha256.empty() && now.source_sha256 == then.source_sha256) {
    why = "compiler recorded " + quoted_or_none(then.compiler) + ", here " + quoted_or_none(now.compiler);
    return Holding::kBySource;
  }
  why = why_not_by_source(kernel, then, now);
  return Holding::kStale;
}

}  // namespace

std::string_view name_of(Holding holding) noexcept {
  switch (holding) {
    case Holding::kByMachineCode: return "by machine code";
    case Holding::kBySource: return "by source";
    case Holding::kStale: return "stale";
  }
  return "?";
}

Holding holding_of(const Recording& recording, const RecordedCase& recorded, const Present& present, std::string& why) {
  why.clear();
  const auto then = recording.kernels.find(recorded.kernel);
  const std::optional<PresentKernel> now = present.kernel(recorded.kernel);
  if (then == recording.kernels.end() || !now) {
    why = "kernel \"" + recorded.kernel + "\" is not in " + (now ? "the recording" : "this program");
    return Holding::kStale;
  }
  if (const std::string plan = present.plan(recorded.kernel, recorded.id); plan != recorded.plan) {
    why = "the plan of " + recorded.id.name() + " changed: recorded " + recorded.plan + ", now " + plan;
    return Holding::kStale;
  }
  return holding_of_kernel("\"" + recorded.kernel + "\"", then->second, *now, why);
}

}  // namespace bitgate::compare
