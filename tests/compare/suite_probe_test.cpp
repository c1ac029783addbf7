// A suite asked on several threads finds what it finds on one.
#include "bitgate/compare/suite_probe.h"

#include <gtest/gtest.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "bitgate/compare/suite_questions.h"
#include "bitgate/compare/sweep.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

SuiteResult run_on(int threads, const std::vector<SuiteProbe>& probes, const Subject& subject) {
  const tbb::global_control more(tbb::global_control::max_allowed_parallelism, 8);
  tbb::task_arena arena(threads);
  return arena.execute([&] { return run_suite("suite", probes, subject, {}, Asking::kAtOnce); });
}

void expect_same(const SuiteResult& one, const SuiteResult& other) {
  EXPECT_EQ(one.probes, other.probes);
  EXPECT_EQ(one.asked, other.asked);
  EXPECT_EQ(one.failed, other.failed);
  EXPECT_EQ(one.broken, other.broken);
  EXPECT_EQ(one.refused, other.refused);
  EXPECT_EQ(one.refusal, other.refusal);
  ASSERT_EQ(one.first.has_value(), other.first.has_value());
  if (!one.first) return;
  EXPECT_EQ(one.first->name, other.first->name);
  EXPECT_EQ(one.first->what, other.first->what);
}

// 600 probes: of index i what `answer` says, every third after a while, so that later ones end before it.
std::vector<SuiteProbe> numbered(const std::function<std::string(int)>& answer) {
  std::vector<SuiteProbe> probes;
  for (int i = 0; i < 600; ++i)
    probes.push_back({std::to_string(i), "", [=](const Subject&) {
                        if (i % 3 == 0) std::this_thread::sleep_for(std::chrono::microseconds(200));
                        return answer(i);
                      }});
  return probes;
}

std::string mixed(int i) {
  if (i % 7 == 3) throw InputError("refuses " + std::to_string(i));
  if (i % 50 == 49) throw std::runtime_error("broke at " + std::to_string(i));
  return i % 11 == 10 ? "differs at " + std::to_string(i) : "";
}

TEST(SuiteProbe, ThreadsChangeNothingThatIsFound) {
  const std::vector<SuiteProbe> probes = numbered(mixed);
  const SuiteResult alone = run_suite("suite", probes, {}, {});
  EXPECT_EQ(alone.first->name, "21");
  EXPECT_EQ(alone.refusal, "refuses 3");
  EXPECT_EQ(alone.asked + alone.refused, 600);
  for (const int threads : {1, 3, 8}) expect_same(alone, run_on(threads, probes, {}));
}

TEST(SuiteProbe, WhatWasAskedBehindTheEndOfABrokenSuiteDoesNotCount) {
  const std::vector<SuiteProbe> probes = numbered([](int i) -> std::string {
    if (i % 5 == 4) throw std::runtime_error("broke at " + std::to_string(i));
    return "";
  });
  const SuiteResult alone = run_suite("suite", probes, {}, {});
  EXPECT_EQ(alone.broken, kMostBroken);
  EXPECT_EQ(alone.asked, 5 * kMostBroken);
  for (const int threads : {1, 3, 8}) expect_same(alone, run_on(threads, probes, {}));
}

TEST(SuiteProbe, WhatFailedBeforeItCouldNotRunStands) {
  const auto lacks_from = [](int first, bool fails) {
    return numbered([=](int i) -> std::string {
      if (i >= first) throw NotRun("no GPU");
      return fails && i == 0 ? "differs" : "";
    });
  };
  for (const int threads : {1, 8}) {
    EXPECT_THROW(run_on(threads, lacks_from(100, false), {}), NotRun);
    EXPECT_THROW(run_on(threads, lacks_from(0, true), {}), NotRun);
    EXPECT_EQ(run_on(threads, lacks_from(100, true), {}).asked, 100);
  }
}

TEST(SuiteProbe, ProgressRisesToTheNumberOfProbes) {
  std::vector<std::size_t> seen;
  const std::vector<SuiteProbe> probes = numbered([](int) { return std::string(); });
  run_suite(
      "suite", probes, {}, [&](std::size_t done) { seen.push_back(done); }, Asking::kAtOnce);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(seen.back(), probes.size());
}

// A kernel with one wrong code for one bf16 pattern in 2,048.
TEST(SuiteProbe, TheExhaustiveSuiteFindsTheSameOnAnyNumberOfThreads) {
  SuiteScope scope;
  scope.recipe = &reference::require_recipe("te/nvfp4-v1div");
  scope.types = {InputType::kBf16};
  const Subject wrong = [&](const Request& request) {
    QuantizedTensor answer = reference::quantize(*scope.recipe, request);
    const auto input = request.input.bits16();
    for (std::size_t i = 0; i < input.size(); ++i)
      if (input[i] % 2048 == 777) answer.codes[i] ^= 1;
    return answer;
  };
  const std::vector<SuiteProbe> probes = exhaustive_probes(scope);
  const SuiteResult alone = run_suite("suite", probes, wrong, {});
  EXPECT_GT(alone.failed, 0);
  EXPECT_LT(alone.failed, alone.asked);
  for (const int threads : {2, 8}) expect_same(alone, run_on(threads, probes, wrong));
}

}  // namespace
}  // namespace bitgate::compare
