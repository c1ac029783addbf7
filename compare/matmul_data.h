// Operands for FP8 matrix products, drawn by a counter: the same bits on every machine.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "bitgate/reference/format/format.h"

namespace bitgate::compare {

enum class MatmulDraw : std::uint8_t {
  kNarrow,      // either sign, exponents -1, 0 and 1
  kWide,        // every finite code as often as each other
  kGelu,        // GELU of a sum of uniforms, amax near the format's: few large numbers, many small ones below zero
  kRepeating,   // kNarrow, and the second half of k what the first was
  kCancelling,  // the same, negated: against kRepeating every exact sum is 0
};
inline constexpr MatmulDraw kMatmulDraws[] = {MatmulDraw::kNarrow, MatmulDraw::kWide, MatmulDraw::kGelu,
                                              MatmulDraw::kRepeating, MatmulDraw::kCancelling};
std::string_view name_of(MatmulDraw draw) noexcept;  // "narrow", ...

// [rows, k] codes, row-major.
std::vector<std::uint8_t> draw_codes(const Format& format, MatmulDraw draw, std::int64_t rows, std::int64_t k,
                                     std::uint64_t seed);

// The rows that tell promotion intervals apart (E4M3 codes): T1 is 1.125 everywhere; in T2 the first is 16; in T3 each
// 512th is 448. K is 1,024, 1,024 and 2,048.
struct IntervalReader {
  std::string_view name;
  std::int64_t k;
  std::uint8_t code, special;
  std::int64_t every;  // k of the special one, from 0 on; 0: none
};
inline constexpr IntervalReader kIntervalReaders[] = {
    {"T1", 1024, 0x39, 0x39, 0}, {"T2", 1024, 0x39, 0x58, 1024}, {"T3", 2048, 0x39, 0x7E, 512}};
// `rows` equal rows.
std::vector<std::uint8_t> codes_of(const IntervalReader& reader, std::int64_t rows);

}  // namespace bitgate::compare
