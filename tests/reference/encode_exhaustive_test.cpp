// encode() against the midpoint oracle, every format of kFormats; label `exhaustive`.
//
// EveryFloat: all 2^32 bit patterns through encode() over lanes, for each rounding and overflow whose oracles differ.
// EveryRule: all 7 x 5 x 9 rules (rounding, overflow, NaN code), those of equal meaning too: through the lanes the
// patterns on which the rule's oracle says other than the one that EveryFloat went through for it, all NaNs and
// infinities, and both ends of each interval; through encode() of one number every 65521st pattern.
// BITGATE_LEVEL names the instructions (encode_levels.h). Both print what they went through and how long it took.
//
// Ran whole on 2026-11-27 (v4, 16 cores of an Intel Xeon at 2.1 GHz): all 347 pairs of EveryFloat and all 315 rules of
// the 23 formats, 0 different, 199 s; one pair 0.2 to 0.5 s, 2.8 to 7.3 s of cores. v2 and v3 were not run over all
// floats.
#include <gtest/gtest.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "bitgate/reference/format/encode.h"
#include "bitgate/tests/support/encode_levels.h"
#include "bitgate/tests/support/exhaustive.h"
#include "bitgate/tests/support/format_list.h"
#include "bitgate/tests/support/midpoint_oracle.h"

namespace bitgate {
namespace {

using oracle::CodeInterval;
using oracle::MidpointOracle;
using oracle::Verdict;

auto differing_of(const Format& format, const EncodeRule& rule) {
  return [&format, rule, differing = levels::loops().differing](const CodeInterval& interval) {
    return differing(format, rule, interval);
  };
}

// The rule that EveryFloat goes through for a rounding and an overflow. The NaN code matters to it where overflow gives
// NaN; all nine take their turns.
EncodeRule walked_rule(Rounding rounding, Overflow overflow) {
  const std::size_t turn = static_cast<std::size_t>(rounding) + 2 * static_cast<std::size_t>(overflow);
  return {rounding, overflow, oracle::kEveryNanCode[turn % oracle::kEveryNanCode.size()]};
}

// Of each rounding and overflow the first of those that mean the same.
std::vector<EncodeRule> distinct_rules(const Format& format) {
  std::vector<EncodeRule> rules;
  std::vector<std::vector<CodeInterval>> seen;
  for (const Rounding rounding : oracle::kRoundings) {
    for (const Overflow overflow : oracle::kOverflows) {
      // With one NaN code for all, so that it tells none apart; this one does tell kNan from kSignedNan.
      const MidpointOracle oracle(format, {rounding, overflow, NanCode::kPositiveAllOnes});
      const std::vector<CodeInterval> intervals(oracle.intervals().begin(), oracle.intervals().end());
      if (std::find(seen.begin(), seen.end(), intervals) != seen.end()) continue;
      seen.push_back(intervals);
      rules.push_back(walked_rule(rounding, overflow));
    }
  }
  return rules;
}

class EncodeExhaustive : public ::testing::TestWithParam<Format> {};
INSTANTIATE_TEST_SUITE_P(, EncodeExhaustive, ::testing::ValuesIn(kFormats),
                         [](const auto& each) { return std::string(each.param.name); });

TEST_P(EncodeExhaustive, EveryFloat) {
  const Format& format = GetParam();
  for (const EncodeRule& rule : distinct_rules(format)) {
    const MidpointOracle oracle(format, rule);
    const oracle::Stopwatch watch;
    const Verdict verdict = check_all(oracle.intervals(), differing_of(format, rule));
    fmt::print("{}: {}, {} different, {}\n", reference::name_of(reference::chosen_level()),
               oracle::describe(format, rule), verdict.different, watch.text());
    std::fflush(stdout);
    expect_no_difference(verdict, std::uint64_t{1} << 32, oracle::describe(format, rule));
  }
}

// Where the two say different codes: `one`'s intervals, cut.
std::vector<CodeInterval> differences(const MidpointOracle& one, const MidpointOracle& other) {
  std::vector<CodeInterval> different;
  auto b = other.intervals().begin();
  for (const CodeInterval& a : one.intervals()) {
    for (std::uint64_t bits = a.first_bits; bits <= a.last_bits;) {
      while (b->last_bits < bits) ++b;
      const auto first = static_cast<std::uint32_t>(bits);
      const CodeInterval part{first, std::min(a.last_bits, b->last_bits), a.code_of(first), a.step};
      if (part.code != b->code_of(first) || a.step != b->step) different.push_back(part);
      bits = std::uint64_t{part.last_bits} + 1;
    }
  }
  return different;
}

void check_differences(const Format& format, const EncodeRule& rule, const MidpointOracle& oracle, Verdict& verdict) {
  const MidpointOracle walked(format, walked_rule(rule.rounding, rule.overflow));
  for (const CodeInterval& interval : differences(oracle, walked))
    check_interval(interval, differing_of(format, rule), verdict);
}

void check_ends_and_nans(const Format& format, const EncodeRule& rule, const MidpointOracle& oracle, Verdict& verdict) {
  const auto differing = differing_of(format, rule);
  for (const CodeInterval& i : oracle.intervals()) {
    check_interval(CodeInterval{i.first_bits, i.first_bits, i.code, 0}, differing, verdict);
    check_interval(CodeInterval{i.last_bits, i.last_bits, i.code_of(i.last_bits), 0}, differing, verdict);
  }
  for (const std::uint32_t sign : {0u, 0x80000000u})
    check_patterns(oracle.intervals(), sign | 0x7F800000, sign | 0x7FFFFFFF, differing, verdict);
}

void check_single_numbers(const Format& format, const EncodeRule& rule, const MidpointOracle& oracle,
                          Verdict& verdict) {
  auto interval = oracle.intervals().begin();
  for (std::uint64_t pattern = 0; pattern < std::uint64_t{1} << 32; pattern += 65521) {
    const auto bits = static_cast<std::uint32_t>(pattern);
    while (interval->last_bits < bits) ++interval;
    const std::uint32_t actual = encode(format, std::bit_cast<float>(bits), rule);
    ++verdict.compared;
    if (actual == interval->code_of(bits)) continue;
    ++verdict.different;
    if (verdict.first.size() < 3) verdict.first.push_back({bits, interval->code_of(bits), actual});
  }
}

std::vector<EncodeRule> all_rules() {
  std::vector<EncodeRule> rules;
  for (const Rounding rounding : oracle::kRoundings)
    for (const Overflow overflow : oracle::kOverflows)
      for (const NanCode nan : oracle::kEveryNanCode) rules.push_back({rounding, overflow, nan});
  return rules;
}

TEST_P(EncodeExhaustive, EveryRule) {
  const Format& format = GetParam();
  const std::vector<EncodeRule> rules = all_rules();
  std::vector<Verdict> verdicts(rules.size());
  const oracle::Stopwatch watch;
  tbb::parallel_for(std::size_t{0}, rules.size(), [&](std::size_t i) {
    const MidpointOracle oracle(format, rules[i]);
    check_differences(format, rules[i], oracle, verdicts[i]);
    check_ends_and_nans(format, rules[i], oracle, verdicts[i]);
    check_single_numbers(format, rules[i], oracle, verdicts[i]);
  });
  std::uint64_t compared = 0;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    compared += verdicts[i].compared;
    expect_no_difference(verdicts[i], verdicts[i].compared, oracle::describe(format, rules[i]));
  }
  fmt::print("{}: {}, {} rules, {} compared, {}\n", reference::name_of(reference::chosen_level()), format.name,
             rules.size(), compared, watch.text());
  std::fflush(stdout);
}

}  // namespace
}  // namespace bitgate
