// The formats that recipes encode to, and the printing of a rule in a failure line.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "bitgate/reference/format/encode.h"

namespace bitgate::oracle {

inline constexpr std::array kEncodedFormats{kE2m1, kE2m3, kE3m2, kE4m3, kE5m2, kE8m0, kInt8, kFp16, kBf16};

inline constexpr std::array kRoundings{Rounding::kNearestEven, Rounding::kNearestAway, Rounding::kTowardZero,
                                       Rounding::kUp};
inline constexpr std::array kOverflows{Overflow::kSaturate, Overflow::kNan, Overflow::kInfinity};
inline constexpr std::array kNanCodes{NanCode::kPositiveAllOnes, NanCode::kSignedAllOnes, NanCode::kSignedQuiet};

inline std::vector<EncodeRule> every_rule() {
  std::vector<EncodeRule> rules;
  for (const Rounding rounding : kRoundings)
    for (const Overflow overflow : kOverflows)
      for (const NanCode nan : kNanCodes) rules.push_back({rounding, overflow, nan});
  return rules;
}

// Each rounding, each overflow and each NaN code, but not their product: for inputs too many to go through 36 times.
inline std::vector<EncodeRule> each_choice_once() {
  return {{Rounding::kNearestEven, Overflow::kSaturate, NanCode::kPositiveAllOnes},
          {Rounding::kNearestEven, Overflow::kNan, NanCode::kSignedAllOnes},
          {Rounding::kNearestEven, Overflow::kInfinity, NanCode::kSignedQuiet},
          {Rounding::kNearestAway, Overflow::kSaturate, NanCode::kSignedAllOnes},
          {Rounding::kTowardZero, Overflow::kNan, NanCode::kPositiveAllOnes},
          {Rounding::kUp, Overflow::kNan, NanCode::kPositiveAllOnes}};
}

inline std::string describe(const Format& format, const EncodeRule& rule) {
  constexpr std::array<const char*, 4> kRoundingNames{"nearest-even", "nearest-away", "toward-zero", "up"};
  constexpr std::array<const char*, 3> kOverflowNames{"saturate", "nan", "infinity"};
  constexpr std::array<const char*, 3> kNanNames{"positive-all-ones", "signed-all-ones", "signed-quiet"};
  return std::string(format.name) + ", " + kRoundingNames[static_cast<std::size_t>(rule.rounding)] + ", overflow " +
         kOverflowNames[static_cast<std::size_t>(rule.overflow)] + ", nan " +
         kNanNames[static_cast<std::size_t>(rule.nan)];
}

}  // namespace bitgate::oracle
