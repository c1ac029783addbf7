// The formats that recipes encode to, and the printing of a rule in a failure line.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "bitgate/reference/format/conversion.h"
#include "bitgate/reference/format/encode.h"

namespace bitgate::oracle {

inline constexpr std::array kEncodedFormats{kE2m1,     kE2m3,        kE3m2,   kE3m4, kE4m3,     kE4m3Ieee,
                                            kE4m3Fnuz, kE4m3B11Fnuz, kUe4m3,  kE5m2, kE5m2Fnuz, kE8m0,
                                            kInt4,     kInt8,        kMxInt8, kFp16, kBf16,     kTf32};

inline constexpr std::array kRoundings{
    Rounding::kNearestEven,   Rounding::kNearestAway, Rounding::kTowardZero,     Rounding::kUp,
    Rounding::kNearestToZero, Rounding::kDown,        Rounding::kNearestEvenCode};
inline constexpr std::array kOverflows{Overflow::kSaturate, Overflow::kNan, Overflow::kInfinity,
                                       Overflow::kSaturateFinite, Overflow::kSignedNan};
inline constexpr std::array kNanCodes{NanCode::kPositiveAllOnes, NanCode::kSignedAllOnes, NanCode::kSignedQuiet,
                                      NanCode::kSignedPayload,   NanCode::kSignedLargest, NanCode::kNegatedZero,
                                      NanCode::kNegativeAllOnes};

inline constexpr std::array kEveryNanCode{
    NanCode::kPositiveAllOnes, NanCode::kSignedAllOnes, NanCode::kSignedQuiet, NanCode::kLargest,        NanCode::kZero,
    NanCode::kSignedPayload,   NanCode::kSignedLargest, NanCode::kNegatedZero, NanCode::kNegativeAllOnes};

// Each pair of a rounding and an overflow, each pair of an overflow and a NaN code. Not all triples: what a rounding
// does ends before the NaN code is read, since an input is NaN or is rounded.
inline std::vector<EncodeRule> every_rule() {
  std::vector<EncodeRule> rules;
  for (const Overflow overflow : kOverflows) {
    for (const Rounding rounding : kRoundings) rules.push_back({rounding, overflow, NanCode::kSignedAllOnes});
    for (const NanCode nan : kNanCodes)
      if (nan != NanCode::kSignedAllOnes) rules.push_back({Rounding::kNearestEven, overflow, nan});
  }
  return rules;
}

// Each rounding, each overflow and each NaN code at least once: for inputs too many to go through every rule.
inline constexpr std::array kEachChoice{
    EncodeRule{Rounding::kNearestEven, Overflow::kSaturate, NanCode::kPositiveAllOnes},
    EncodeRule{Rounding::kNearestEven, Overflow::kNan, NanCode::kSignedAllOnes},
    EncodeRule{Rounding::kNearestEven, Overflow::kInfinity, NanCode::kSignedQuiet},
    EncodeRule{Rounding::kNearestAway, Overflow::kSaturate, NanCode::kSignedPayload},
    EncodeRule{Rounding::kTowardZero, Overflow::kSaturateFinite, NanCode::kPositiveAllOnes},
    EncodeRule{Rounding::kUp, Overflow::kNan, NanCode::kPositiveAllOnes},
    EncodeRule{Rounding::kNearestToZero, Overflow::kSignedNan, NanCode::kSignedLargest},
    EncodeRule{Rounding::kDown, Overflow::kInfinity, NanCode::kNegatedZero},
    EncodeRule{Rounding::kNearestEvenCode, Overflow::kSaturate, NanCode::kNegativeAllOnes}};

// The oracle of TF32 lists half a million intervals: not for every rule.
inline std::vector<EncodeRule> rules_for(const Format& format) {
  return format.bits > 16 ? std::vector<EncodeRule>(kEachChoice.begin(), kEachChoice.end()) : every_rule();
}

inline std::string describe(const Format& format, const EncodeRule& rule) {
  std::string text(format.name);
  text.append(", ").append(name_of(rule.rounding));
  text.append("; overflow: ").append(name_of(rule.overflow));
  return text.append("; NaN: ").append(name_of(rule.nan));
}

}  // namespace bitgate::oracle
