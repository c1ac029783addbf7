#include "bitgate/reports/provenance.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string_view>

#include "build_facts.h"

namespace bitgate::reports {
namespace {

std::string compiler_name() {
#if defined(__clang__)
  return fmt::format("clang++ {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#elif defined(__GNUC__)
  return fmt::format("g++ {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#else
  return "unknown";
#endif
}

// x86 kernels print "model name", some Arm boards "Model" or "Hardware"; a server-class Arm prints none of them.
std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::string_view text = line;
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon + 2 > text.size()) continue;
    if (text.starts_with("model name") || text.starts_with("Model") || text.starts_with("Hardware"))
      return std::string(text.substr(colon + 2));
  }
  return "unknown";
}

std::string date_utc() {
  std::time_t now = std::time(nullptr);
  if (const char* epoch = std::getenv("SOURCE_DATE_EPOCH")) {
    const std::string_view text = epoch;
    long long seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error == std::errc{} && end == text.data() + text.size()) now = static_cast<std::time_t>(seconds);
  }
  std::tm utc{};
  if (gmtime_r(&now, &utc) == nullptr) return "unknown";
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                     utc.tm_hour, utc.tm_min, utc.tm_sec);
}

}  // namespace

Provenance provenance_here() {
  Provenance here;
  here.version = kVersion;
  here.commit = kCommit;
  here.compiler = compiler_name();
  here.cpu = cpu_model();
  here.date_utc = date_utc();
  here.cuda_built = kCudaBuilt;
  return here;
}

std::string describe(const Provenance& p) {
  std::string line = fmt::format("bitgate {} ({}), {}, {}, {}, {}", p.version, p.commit, p.date_utc, p.compiler, p.cpu,
                                 p.cuda_built ? "CUDA kernels built" : "built without CUDA");
  for (const HeldRecording& r : p.recordings)
    line += fmt::format(", recording {} ({}) held {}", r.file, r.gpu, r.holding);
  return line;
}

}  // namespace bitgate::reports
