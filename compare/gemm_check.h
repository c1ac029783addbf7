// Whole products as subjects of a check: D [m, n] = A [m, k] B [n, k]^T + C from codes, held byte for byte against the
// emulation of the schedule that they claim, or, where they claim none, against the proven bound of one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/compare/suite_probe.h"
#include "bitgate/reference/mma/product.h"

namespace bitgate::compare {

// What one call is given. Codes in their formats' low bits, row-major; scales only where the instruction takes them.
struct GemmInput {
  std::int64_t m = 0, n = 0, k = 0;
  Format a_format, b_format;
  std::vector<std::uint32_t> a, b;               // [m, k], [n, k]
  std::vector<std::uint8_t> a_scales, b_scales;  // [rows, ceil(k / block)]
  std::vector<std::uint32_t> c;                  // [m, n], binary32; empty: none
};
// D [m, n], bits of binary32.
using GemmSubject = std::function<std::vector<std::uint32_t>(const GemmInput&)>;

enum class GemmHeld : std::uint8_t {
  kBytes,  // every bit is the emulation's
  kBound,  // no element is farther from the exact product than the schedule's bound; special values as the emulation's
};

struct CheckedGemm {
  std::string name;
  reference::MmaSchedule schedule;  // of an instruction with FP32 results
  std::vector<Format> formats;      // that it takes; each pair of them is asked
  bool takes_c = true;
  GemmHeld held = GemmHeld::kBytes;
};

std::vector<std::uint32_t> emulated(const reference::MmaSchedule& schedule, const GemmInput& input);

// What is wrong with an answer; empty: nothing. "3 of 64 elements differ; the first (1, 17): expected 0x44C19800, got
// 0x44C12800; expected after k 128: 0x43A20000, ...; all are those of promotion 256".
std::string gemm_difference(const CheckedGemm& gemm, const GemmInput& input, const std::vector<std::uint32_t>& actual);

// Promotions (0: never) under which the instruction gives exactly this answer, of 0 and the multiples of its k to 1024.
std::vector<std::int64_t> promotions_of(const reference::MmaInstruction& instruction, const GemmInput& input,
                                        const std::vector<std::uint32_t>& answer);

// Products that tell the intervals of promotion apart: vectors T1, T2 and T3 of FP8 E4M3, one element each.
struct GemmQuestion {
  std::string name;
  GemmInput input;
};
std::vector<GemmQuestion> promotion_questions();

// The probes of a suite of `bitgate check`: directed, special, layout, poison, random; none of the others. They ask
// `subject`, whatever the Subject that run_suite() hands them.
std::vector<SuiteProbe> gemm_probes(std::string_view suite, const CheckedGemm& gemm, const GemmSubject& subject);

}  // namespace bitgate::compare
