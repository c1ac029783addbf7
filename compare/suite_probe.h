// Suites: what is asked of a subject, one probe after another, and what came of it. What a probe is: a question with
// the reference's answer (suite_questions.h), a law between two answers (suite_laws.h), addresses (suite_layout.h).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bitgate/compare/compare.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::compare {

struct SuiteProbe {
  std::string name;    // the case, or the law and the input type
  std::string repeat;  // options of `bitgate verify` that ask it again; empty: the suite has to
  // What differs, in the words of describe(); empty: nothing. InputError: the reference or the subject refuses. NotRun
  // (sweep.h): the subject cannot run here. Any other exception: the subject broke.
  std::function<std::string(const Subject&)> differs;
};

struct SuiteFinding {
  std::string name, repeat;  // of the probe
  std::string what;          // what differs, or how the subject broke
};

struct SuiteResult {
  std::string name;
  std::int64_t probes = 0;              // there are
  std::int64_t asked = 0;               // got an answer, or broke the subject
  std::int64_t failed = 0, broken = 0;  // of those asked: wrong; of the wrong: no answer at all
  std::int64_t refused = 0;             // by the reference or the subject: neither right nor wrong
  std::string refusal;                  // why, of the first
  std::optional<SuiteFinding> first;    // of the failed
};

// A subject that breaks is asked on, but a suite ends after so many times, or so long spent on them (a hang costs its
// whole time limit). What was not asked then: probes - asked - refused.
inline constexpr std::int64_t kMostBroken = 16;
inline constexpr std::chrono::seconds kMostLost{4};

// In turn, one probe after another; or several at once, on as many threads as there are, of a subject that may be asked
// so. What is found is the same: it counts in the order of the probes, and what was asked beyond the end of a suite
// that breaks off does not.
enum class Asking : std::uint8_t { kInTurn, kAtOnce };

// `done`: probes so far, may be empty; called by one thread at a time. Throws NotRun only, and not once a probe has
// failed: the suite then breaks off.
SuiteResult run_suite(std::string name, const std::vector<SuiteProbe>& probes, const Subject& subject,
                      const std::function<void(std::size_t)>& done, Asking asking = Asking::kInTurn);

// What a suite is made for.
struct SuiteScope {
  const reference::Recipe* recipe = nullptr;  // that the subject should compute
  std::vector<InputType> types;               // that recipe and subject take
  std::int64_t col_multiple = 1;              // of the subject's columns, beyond what the recipe asks
  bool rowwise_only = false;                  // the subject makes no other side
  bool one_side = false;                      // it never makes both at one call
  std::int64_t row_multiple = 1;              // of the subject's rows
  bool at_once = false;                       // the subject may be asked from several threads at once
};

// As describe(compare(expected, actual)); an answer of other sizes is a difference as well.
std::string difference(const QuantizedTensor& expected, const QuantizedTensor& actual);

}  // namespace bitgate::compare
