#include "bitgate/compare/suite_probe.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <utility>

#include "bitgate/compare/sweep.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

using Clock = std::chrono::steady_clock;

enum class End : std::uint8_t { kSame, kDiffers, kBroke, kRefused, kNotRun };

// What came of one probe.
struct ProbeOutcome {
  End end = End::kSame;
  std::string what;
  Clock::duration took{};
};

ProbeOutcome outcome_of(const SuiteProbe& probe, const Subject& subject) {
  const Clock::time_point start = Clock::now();
  try {
    std::string what = probe.differs(subject);
    return {what.empty() ? End::kSame : End::kDiffers, std::move(what), {}};
  } catch (const InputError& refusal) {
    return {End::kRefused, refusal.what(), {}};
  } catch (const NotRun& lack) {
    return {End::kNotRun, lack.what(), {}};
  } catch (const std::exception& broke) {
    return {End::kBroke, broke.what(), Clock::now() - start};
  }
}

// Outcomes in the order of the probes, and whether there is any use in more.
class Counting {
 public:
  Counting(std::string name, const std::vector<SuiteProbe>& probes) : probes_(probes) {
    result_.name = std::move(name);
    result_.probes = static_cast<std::int64_t>(probes.size());
  }

  bool ended() const noexcept {
    return cannot_run_ || next_ == probes_.size() || result_.broken == kMostBroken || lost_ >= kMostLost;
  }
  std::size_t counted() const noexcept { return next_; }

  void count(ProbeOutcome outcome) {
    const SuiteProbe& probe = probes_[next_];
    if (outcome.end == End::kNotRun) {
      cannot_run_ = true;
      why_not_ = std::move(outcome.what);
      return;
    }
    ++next_;
    if (outcome.end == End::kRefused) {
      if (result_.refused++ == 0) result_.refusal = std::move(outcome.what);
      return;
    }
    ++result_.asked;
    if (outcome.end == End::kSame) return;
    ++result_.failed;
    if (outcome.end == End::kBroke) ++result_.broken;
    lost_ += outcome.took;
    if (!result_.first) result_.first = SuiteFinding{probe.name, probe.repeat, std::move(outcome.what)};
  }

  // What was found before it could not run any more stands.
  SuiteResult result() && {
    if (cannot_run_ && result_.failed == 0) throw NotRun(why_not_);
    return std::move(result_);
  }

 private:
  const std::vector<SuiteProbe>& probes_;
  SuiteResult result_;
  std::size_t next_ = 0;
  Clock::duration lost_{};
  bool cannot_run_ = false;
  std::string why_not_;
};

void ask_in_turn(const std::vector<SuiteProbe>& probes, const Subject& subject, Counting& counting,
                 const std::function<void(std::size_t)>& done) {
  while (!counting.ended()) {
    counting.count(outcome_of(probes[counting.counted()], subject));
    if (done) done(counting.counted());
  }
}

// Each thread takes the next probe, so that the outcomes are there nearly in order.
void ask_at_once(const std::vector<SuiteProbe>& probes, const Subject& subject, Counting& counting,
                 const std::function<void(std::size_t)>& done) {
  std::vector<std::optional<ProbeOutcome>> outcomes(probes.size());
  std::atomic<std::size_t> next{0};
  std::atomic<bool> ended{probes.empty()};
  std::mutex one_at_a_time;
  const auto note = [&](std::size_t i, ProbeOutcome outcome) {
    const std::lock_guard lock(one_at_a_time);
    outcomes[i] = std::move(outcome);
    const std::size_t before = counting.counted();
    while (!counting.ended() && outcomes[counting.counted()]) counting.count(std::move(*outcomes[counting.counted()]));
    ended = counting.ended();
    if (done && counting.counted() != before) done(counting.counted());
  };
  tbb::parallel_for(0, tbb::this_task_arena::max_concurrency(), [&](int) {
    while (!ended) {
      const std::size_t i = next++;
      if (i >= probes.size()) return;
      note(i, outcome_of(probes[i], subject));
    }
  });
}

}  // namespace

SuiteResult run_suite(std::string name, const std::vector<SuiteProbe>& probes, const Subject& subject,
                      const std::function<void(std::size_t)>& done, Asking asking) {
  Counting counting(std::move(name), probes);
  (asking == Asking::kInTurn ? ask_in_turn : ask_at_once)(probes, subject, counting, done);
  return std::move(counting).result();
}

std::string difference(const QuantizedTensor& expected, const QuantizedTensor& actual) {
  try {
    return describe(compare(expected, actual), expected);
  } catch (const InputError& other_sizes) {
    return other_sizes.what();
  }
}

}  // namespace bitgate::compare
