#include "bitgate/compare/suite_probe.h"

#include <chrono>

#include "bitgate/compare/sweep.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

void note_failure(const SuiteProbe& probe, std::string what, SuiteResult& result) {
  ++result.asked;
  ++result.failed;
  if (!result.first) result.first = SuiteFinding{probe.name, probe.repeat, std::move(what)};
}

using Clock = std::chrono::steady_clock;

void run_probe(const SuiteProbe& probe, const Subject& subject, SuiteResult& result, Clock::duration& lost) {
  const Clock::time_point start = Clock::now();
  try {
    std::string what = probe.differs(subject);
    if (what.empty())
      ++result.asked;
    else
      note_failure(probe, std::move(what), result);
  } catch (const InputError& refusal) {
    if (result.refused++ == 0) result.refusal = refusal.what();
  } catch (const NotRun&) {
    throw;
  } catch (const std::exception& broke) {
    ++result.broken;
    lost += Clock::now() - start;
    note_failure(probe, broke.what(), result);
  }
}

}  // namespace

SuiteResult run_suite(std::string name, const std::vector<SuiteProbe>& probes, const Subject& subject,
                      const std::function<void(std::size_t)>& done) {
  SuiteResult result;
  result.name = std::move(name);
  result.probes = static_cast<std::int64_t>(probes.size());
  Clock::duration lost{};
  for (std::size_t i = 0; i < probes.size() && result.broken < kMostBroken && lost < kMostLost; ++i) {
    try {
      run_probe(probes[i], subject, result, lost);
    } catch (const NotRun&) {
      // What was found before it could not run any more stands.
      if (result.failed == 0) throw;
      return result;
    }
    if (done) done(i + 1);
  }
  return result;
}

std::string difference(const QuantizedTensor& expected, const QuantizedTensor& actual) {
  try {
    return describe(compare(expected, actual), expected);
  } catch (const InputError& other_sizes) {
    return other_sizes.what();
  }
}

}  // namespace bitgate::compare
