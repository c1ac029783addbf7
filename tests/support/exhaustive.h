// All 2^32 bit patterns against an oracle's intervals, over all cores.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <tbb/blocked_range.h>
#include <tbb/parallel_reduce.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <span>
#include <string>
#include <vector>

#include "bitgate/tests/support/midpoint_oracle.h"

namespace bitgate::oracle {

struct Difference {
  std::uint32_t bits, expected, actual;
};

struct Verdict {
  std::uint64_t compared = 0, different = 0;
  std::vector<Difference> first;

  static Verdict joined(Verdict a, const Verdict& b) {
    a.compared += b.compared;
    a.different += b.different;
    a.first.insert(a.first.end(), b.first.begin(), b.first.end());
    return a;
  }
};

// differing(interval): the bits in which a result differs from what the interval says. Where one does, the interval is
// gone through pattern by pattern.
template <class Differing>
void check_interval(const CodeInterval& interval, Differing differing, Verdict& verdict) {
  const std::uint64_t count = std::uint64_t{interval.last_bits} - interval.first_bits + 1;
  verdict.compared += count;
  if (differing(interval) == 0) return;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto bits = static_cast<std::uint32_t>(interval.first_bits + i);
    const std::uint32_t code = interval.code_of(bits);
    const std::uint32_t different = differing(CodeInterval{bits, bits, code, 0});
    if (different == 0) continue;
    ++verdict.different;
    if (verdict.first.size() < 3) verdict.first.push_back({bits, code, code ^ different});
  }
}

// The part of the intervals that lies in first .. last, in order.
template <class Differing>
void check_patterns(std::span<const CodeInterval> intervals, std::uint32_t first, std::uint32_t last,
                    Differing differing, Verdict& verdict) {
  auto interval = std::upper_bound(intervals.begin(), intervals.end(), first,
                                   [](std::uint32_t bits, const CodeInterval& i) { return bits < i.first_bits; }) -
                  1;
  for (; interval != intervals.end() && interval->first_bits <= last; ++interval) {
    const std::uint32_t begin = std::max(interval->first_bits, first);
    check_interval(CodeInterval{begin, std::min(interval->last_bits, last), interval->code_of(begin), interval->step},
                   differing, verdict);
  }
}

// The intervals must cover all patterns, as MidpointOracle's do. Chunks of 2^22.
template <class Differing>
Verdict check_all(std::span<const CodeInterval> intervals, Differing differing) {
  return tbb::parallel_reduce(
      tbb::blocked_range<std::uint32_t>(0, 1024), Verdict{},
      [&](const tbb::blocked_range<std::uint32_t>& chunks, Verdict verdict) {
        for (std::uint32_t chunk = chunks.begin(); chunk != chunks.end(); ++chunk)
          check_patterns(intervals, chunk << 22, chunk << 22 | 0x3FFFFF, differing, verdict);
        return verdict;
      },
      Verdict::joined);
}

inline void expect_no_difference(const Verdict& verdict, std::uint64_t count, const std::string& what) {
  EXPECT_EQ(verdict.compared, count) << what;
  EXPECT_EQ(verdict.different, 0u) << what;
  for (const Difference& d : verdict.first)
    ADD_FAILURE() << what << std::hex << ": float " << d.bits << " is code " << d.expected << ", not " << d.actual;
}

// Of the wall clock, and of all cores together: what a busy machine would have taken alone.
struct Stopwatch {
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  std::clock_t start_of_cores = std::clock();

  std::string text() const {
    const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const double cores = static_cast<double>(std::clock() - start_of_cores) / CLOCKS_PER_SEC;
    return fmt::format("{:.2f} s, {:.2f} s of cores", wall, cores);
  }
};

}  // namespace bitgate::oracle
