// encode() and encode_stochastic() over lanes, as loops that the exhaustive tests and the benchmark run, compiled once
// for each level of instructions (reference/arith/level.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "bitgate/reference/arith/level.h"
#include "bitgate/reference/format/encode.h"
#include "bitgate/tests/support/midpoint_oracle.h"

namespace bitgate::levels {

// For the benchmark: what libraries do most.
struct Leading {
  std::string_view name;
  Format format;
  EncodeRule rule;
};
inline constexpr std::array kLeading{
    Leading{"e2m1/cvt.rn.satfinite", kE2m1, kCvtRnSatfinite},
    Leading{"e2m3/cvt.rn.satfinite", kE2m3, kCvtRnSatfinite},
    Leading{"e3m2/cvt.rn.satfinite", kE3m2, kCvtRnSatfinite},
    Leading{"e4m3/cvt.rn.satfinite", kE4m3, kCvtRnSatfinite},
    Leading{"e4m3/torch", kE4m3, kTorchCast},
    Leading{"e5m2/cvt.rn.satfinite", kE5m2, kCvtRnSatfinite},
    Leading{"e5m2/torch", kE5m2, kTorchCastInf},
    Leading{"e8m0/cvt.rp.satfinite", kE8m0, kCvtRpSatfinite},
    Leading{"e8m0/cvt.rz", kE8m0, kCvtRz},
    Leading{"int8/nearest-even", kInt8, kCvtRnSatfinite},
    Leading{"int8/nearest-away", kInt8, {Rounding::kNearestAway, Overflow::kSaturate, NanCode::kPositiveAllOnes}},
    Leading{"fp16/cvt.rn", kFp16, kCvtRnInf},
    Leading{"fp16/cvt.rz", kFp16, {Rounding::kTowardZero, Overflow::kSaturateFinite, NanCode::kPositiveAllOnes}},
    Leading{"bf16/cvt.rn", kBf16, kCvtRnInf}};

struct Loops {
  int lanes;
  // The bits in which a result of some pattern of the interval differs from what the interval says; 0 if none does.
  std::uint32_t (*differing)(const Format& format, const EncodeRule& rule, const oracle::CodeInterval& interval);
  std::uint32_t (*differing_drawn)(const Format& format, const EncodeRule& rule, const oracle::Draw& draw,
                                   const oracle::CodeInterval& interval);
  // kLeading[leading] of `count` floats, a multiple of 16, to bytes, or to 16-bit words if its codes have more than 8
  // bits.
  void (*encode)(std::size_t leading, const float* from, std::size_t count, void* to);
};

extern const Loops kV2, kV3, kV4;
const Loops& loops_of(reference::Level level) noexcept;
// Those of the chosen level (reference/arith/level.h).
const Loops& loops();

}  // namespace bitgate::levels
