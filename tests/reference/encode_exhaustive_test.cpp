// encode() against the midpoint oracle for all 2^32 floats. The oracle is a list of intervals, so that its side costs
// nothing; label `exhaustive`.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bitgate/reference/format/encode.h"
#include "bitgate/tests/support/format_list.h"
#include "bitgate/tests/support/midpoint_oracle.h"

namespace bitgate {
namespace {

struct Difference {
  std::uint32_t bits, expected, actual;
};

struct Verdict {
  std::uint64_t compared = 0, different = 0;
  std::vector<Difference> first;
};

// Patterns of one chunk of 2^24. A constant format and rule: encode() is compiled for them alone, as in a recipe.
template <std::size_t kFormat, std::size_t kRule>
void check_chunk(const oracle::MidpointOracle& oracle, std::uint32_t chunk, Verdict& verdict) {
  const std::uint32_t begin = chunk << 24, end = begin | 0xFFFFFF;
  const auto intervals = oracle.intervals();
  auto interval = std::upper_bound(intervals.begin(), intervals.end(), begin,
                                   [](std::uint32_t bits, const auto& i) { return bits < i.first_bits; }) -
                  1;
  for (; interval != intervals.end() && interval->first_bits <= end; ++interval) {
    const std::uint64_t last = std::min(interval->last_bits, end);
    for (std::uint64_t bits = std::max(interval->first_bits, begin); bits <= last; ++bits) {
      const auto pattern = static_cast<std::uint32_t>(bits);
      const std::uint32_t actual =
          encode(oracle::kEncodedFormats[kFormat], std::bit_cast<float>(pattern), oracle::kEachChoice[kRule]);
      ++verdict.compared;
      if (actual == interval->code) continue;
      if (++verdict.different <= 3) verdict.first.push_back({pattern, interval->code, actual});
    }
  }
}

using CheckChunk = void (*)(const oracle::MidpointOracle&, std::uint32_t, Verdict&);

// By format, then by rule.
constexpr std::size_t kRules = oracle::kEachChoice.size();
constexpr auto kCheckers = []<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
  return std::array<CheckChunk, sizeof...(kIndex)>{check_chunk<kIndex / kRules, kIndex % kRules>...};
}
(std::make_index_sequence<oracle::kEncodedFormats.size() * kRules>{});

Verdict check_all(std::size_t format, std::size_t rule) {
  const oracle::MidpointOracle oracle(oracle::kEncodedFormats[format], oracle::kEachChoice[rule]);
  const CheckChunk check = kCheckers[format * kRules + rule];
  std::atomic<std::uint32_t> next{0};
  std::mutex mutex;
  Verdict all;
  const auto work = [&] {
    Verdict mine;
    for (std::uint32_t chunk = next++; chunk < 256; chunk = next++) check(oracle, chunk, mine);
    const std::lock_guard lock(mutex);
    all.compared += mine.compared;
    all.different += mine.different;
    all.first.insert(all.first.end(), mine.first.begin(), mine.first.end());
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  return all;
}

class EncodeExhaustive : public ::testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(, EncodeExhaustive, ::testing::Range(std::size_t{0}, oracle::kEncodedFormats.size()),
                         [](const auto& each) { return std::string(oracle::kEncodedFormats[each.param].name); });

TEST_P(EncodeExhaustive, EveryFloatAgreesWithTheOracle) {
  const Format& format = oracle::kEncodedFormats[GetParam()];
  for (std::size_t rule = 0; rule < kRules; ++rule) {
    const Verdict verdict = check_all(GetParam(), rule);
    EXPECT_EQ(verdict.compared, std::uint64_t{1} << 32);
    EXPECT_EQ(verdict.different, 0u) << oracle::describe(format, oracle::kEachChoice[rule]);
    for (const Difference& d : verdict.first)
      ADD_FAILURE() << std::hex << "float " << d.bits << " is code " << d.expected << ", encode gives " << d.actual;
  }
}

}  // namespace
}  // namespace bitgate
