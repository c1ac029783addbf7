// A scheme: formats put together. It says what bits mean, never which arithmetic chose them (that is a recipe).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "bitgate/reference/format/format.h"

namespace bitgate {

// Rows and columns. As a block: 0 means the whole axis.
struct Extent {
  std::int64_t rows = 0, cols = 0;
  friend constexpr bool operator==(const Extent&, const Extent&) = default;
};

constexpr std::int64_t count(const Extent& extent) noexcept { return extent.rows * extent.cols; }
constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) noexcept { return (a + b - 1) / b; }

// Which part of a tensor shares one global number.
enum class GlobalAxis : std::uint8_t { kNone, kTensor, kRow, kColumn };

// What the stored global number is: max|x|; what multiplies decoded codes; what divides them.
enum class GlobalNumber : std::uint8_t { kNone, kAmax, kMultiplier, kDivisor };

enum class NibbleOrder : std::uint8_t { kLowFirst, kHighFirst };

enum class SchemeId : std::uint8_t {
  kNvfp4,
  kNvfp4Row,
  kNvfp4Single,
  kMxfp4,
  kMxfp8E4m3,
  kQ8_1,
  kQ8_1MmqD4,
  kQ8_1MmqDs4,
  kQ8_1MmqD2s6,
};

struct Scheme {
  SchemeId id;
  std::string_view name;
  Format element, scale, extra;  // extra: Q8_1's sum of 32 (or 16) inputs; kNoFormat when there is none
  Extent block;                  // elements that share one scale
  GlobalAxis global;
  std::int64_t extra_cols;  // `extras_per` extras for each `extra_cols` columns
  std::int64_t extras_per;
};

inline constexpr std::array<Scheme, 9> kSchemes{{
    {SchemeId::kNvfp4, "nvfp4", kE2m1, kE4m3, kNoFormat, {1, 16}, GlobalAxis::kTensor, 0, 0},
    {SchemeId::kNvfp4Row, "nvfp4-row", kE2m1, kE4m3, kNoFormat, {1, 16}, GlobalAxis::kRow, 0, 0},
    {SchemeId::kNvfp4Single, "nvfp4-single", kE2m1, kE4m3, kNoFormat, {1, 16}, GlobalAxis::kNone, 0, 0},
    {SchemeId::kMxfp4, "mxfp4", kE2m1, kE8m0, kNoFormat, {1, 32}, GlobalAxis::kNone, 0, 0},
    {SchemeId::kMxfp8E4m3, "mxfp8-e4m3", kE4m3, kE8m0, kNoFormat, {1, 32}, GlobalAxis::kNone, 0, 0},
    {SchemeId::kQ8_1, "q8_1", kInt8, kFp16, kFp16, {1, 32}, GlobalAxis::kNone, 32, 1},
    {SchemeId::kQ8_1MmqD4, "q8_1-mmq-d4", kInt8, kFp32, kNoFormat, {1, 32}, GlobalAxis::kNone, 0, 0},
    {SchemeId::kQ8_1MmqDs4, "q8_1-mmq-ds4", kInt8, kFp16, kFp16, {1, 32}, GlobalAxis::kNone, 32, 1},
    {SchemeId::kQ8_1MmqD2s6, "q8_1-mmq-d2s6", kInt8, kFp16, kFp16, {1, 64}, GlobalAxis::kNone, 128, 6},
}};

constexpr const Scheme& scheme_of(SchemeId id) noexcept { return kSchemes[static_cast<std::size_t>(id)]; }

// Scales and extras of one row of `cols` elements; a ragged last block counts as one.
constexpr std::int64_t blocks_per_row(const Scheme& s, std::int64_t cols) noexcept {
  return ceil_div(cols, s.block.cols);
}
constexpr std::int64_t extras_per_row(const Scheme& s, std::int64_t cols) noexcept {
  return s.extra_cols == 0 ? 0 : ceil_div(cols, s.extra_cols) * s.extras_per;
}
constexpr std::int64_t global_count(const Scheme& s, const Extent& extent) noexcept {
  switch (s.global) {
    case GlobalAxis::kNone: return 0;
    case GlobalAxis::kTensor: return 1;
    case GlobalAxis::kRow: return extent.rows;
    case GlobalAxis::kColumn: return extent.cols;
  }
  return 0;
}

// Which of those numbers governs the elements of a row.
constexpr std::size_t global_index(const Scheme& s, std::int64_t row) noexcept {
  return s.global == GlobalAxis::kRow ? static_cast<std::size_t>(row) : 0;
}

constexpr bool scheme_rows_are_in_order() noexcept {
  for (std::size_t i = 0; i < kSchemes.size(); ++i)
    if (static_cast<std::size_t>(kSchemes[i].id) != i) return false;
  return true;
}
static_assert(scheme_rows_are_in_order());

}  // namespace bitgate
