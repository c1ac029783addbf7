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

// The interleaved blocks in which ggml stores a tensor (reference/layout/ggml_blocks.h).
enum class RawBlocks : std::uint8_t {
  kNone,
  kQ8_1,
  kMmqD4,
  kMmqDs4,
  kMmqD2s6,
  kQ8_0,
  kQ4_0,
  kQ4_1,
  kQ5_0,
  kQ5_1,
  kMxfp4,
  kNvfp4,
  kFp4MmqMx,
  kFp4MmqNv,
};

// What a scheme's extra number is.
enum class Extra : std::uint8_t {
  kNone,
  kSum,      // of the inputs (or d times the sum of the codes): it never enters a value
  kMinimum,  // added to code * scale
};

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
  kNvfp4TwoD,
  kNvfp4E256,
  kNvfp4RowE256,
  kNvfp4TwoDE256,
  kMxfp8E5m2,
  kMxfp6E2m3,
  kMxfp6E3m2,
  kMxfp8E4m3TwoD,
  kMxfp8E5m2TwoD,
  kFp8E4m3,
  kFp8E5m2,
  kFp8E4m3Row128,
  kFp8E5m2Row128,
  kFp8E4m3Square128,
  kFp8E5m2Square128,
  kQ8_1Bf16,
  kQ8_0,
  kQ4_0,
  kQ4_1,
  kQ5_0,
  kQ5_1,
  kValuesE2m1,
  kValuesE2m3,
  kValuesE3m2,
  kValuesE4m3,
  kValuesE5m2,
  kValuesInt8,
  kValues,
  kNvfp4V32,
  kNvfp4V64,
  kFp8E4m3Token,
  kFp8E4m3Row128E8m0,
  kFp4Row32,
  kFp4Row128,
  kValuesE2m1Row16,
};

struct Scheme {
  SchemeId id;
  std::string_view name;
  Format element, scale, extra;  // extra: kNoFormat when there is none
  Extent block;                  // elements whose amax decides one scale
  Extent cell;                   // elements that one stored scale stands for: the block, or a row of a replicated one
  GlobalAxis global;
  float amax_over;  // of a stored amax: value = code * scale * (amax / amax_over)
  Extra extra_is;
  std::int64_t extra_cols;  // `extras_per` extras for each `extra_cols` columns
  std::int64_t extras_per;
};

// Values only (kValues...): the producer writes numbers, never codes; the element says which codes it imitates.
constexpr bool is_values_only(const Scheme& s) noexcept { return s.scale.bits == 0; }

namespace scheme_detail {

constexpr Scheme nvfp4(SchemeId id, std::string_view name, Extent block, GlobalAxis global, float amax_over,
                       std::int64_t cell_cols = 16) noexcept {
  return {id, name, kE2m1, kE4m3, kNoFormat, block, {1, cell_cols}, global, amax_over, Extra::kNone, 0, 0};
}
constexpr Scheme mx(SchemeId id, std::string_view name, const Format& element, Extent block) noexcept {
  return {id, name, element, kE8m0, kNoFormat, block, {1, 32}, GlobalAxis::kNone, 0.0f, Extra::kNone, 0, 0};
}
// A scale of its own for each block, binary32 unless another format is named.
constexpr Scheme scaled(SchemeId id, std::string_view name, const Format& element, Extent block,
                        const Format& scale = kFp32) noexcept {
  return {id, name, element, scale, kNoFormat, block, block, GlobalAxis::kNone, 0.0f, Extra::kNone, 0, 0};
}
constexpr Scheme ggml(SchemeId id, std::string_view name, const Format& element, const Format& scale,
                      const Format& extra, Extra extra_is) noexcept {
  return {id,
          name,
          element,
          scale,
          extra,
          {1, 32},
          {1, 32},
          GlobalAxis::kNone,
          0.0f,
          extra_is,
          extra_is == Extra::kNone ? 0 : 32,
          extra_is == Extra::kNone ? 0 : 1};
}
constexpr Scheme values(SchemeId id, std::string_view name, const Format& element, Extent block) noexcept {
  return {id, name, element, kNoFormat, kNoFormat, block, block, GlobalAxis::kNone, 0.0f, Extra::kNone, 0, 0};
}

}  // namespace scheme_detail

inline constexpr auto kSchemes = [] {
  using enum SchemeId;
  using namespace scheme_detail;
  constexpr Extent kWhole{0, 0}, kOne16{1, 16}, kOne32{1, 32}, kSquare16{16, 16}, kSquare32{32, 32}, kOne64{1, 64},
      kOne128{1, 128}, kSquare128{128, 128}, kWholeRow{1, 0};
  constexpr GlobalAxis kTensor = GlobalAxis::kTensor, kRow = GlobalAxis::kRow;
  return std::to_array<Scheme>({
      nvfp4(kNvfp4, "nvfp4", kOne16, kTensor, 2688.0f),
      nvfp4(kNvfp4Row, "nvfp4-row", kOne16, kRow, 2688.0f),
      nvfp4(kNvfp4Single, "nvfp4-single", kOne16, GlobalAxis::kNone, 0.0f),
      mx(kMxfp4, "mxfp4", kE2m1, kOne32),
      mx(kMxfp8E4m3, "mxfp8-e4m3", kE4m3, kOne32),
      ggml(kQ8_1, "q8_1", kInt8, kFp16, kFp16, Extra::kSum),
      ggml(kQ8_1MmqD4, "q8_1-mmq-d4", kInt8, kFp32, kNoFormat, Extra::kNone),
      ggml(kQ8_1MmqDs4, "q8_1-mmq-ds4", kInt8, kFp16, kFp16, Extra::kSum),
      Scheme{kQ8_1MmqD2s6,
             "q8_1-mmq-d2s6",
             kInt8,
             kFp16,
             kFp16,
             {1, 64},
             {1, 64},
             GlobalAxis::kNone,
             0.0f,
             Extra::kSum,
             128,
             6},
      nvfp4(kNvfp4TwoD, "nvfp4-2d", kSquare16, kTensor, 2688.0f),
      nvfp4(kNvfp4E256, "nvfp4-256", kOne16, kTensor, 1536.0f),
      nvfp4(kNvfp4RowE256, "nvfp4-row-256", kOne16, kRow, 1536.0f),
      nvfp4(kNvfp4TwoDE256, "nvfp4-2d-256", kSquare16, kTensor, 1536.0f),
      mx(kMxfp8E5m2, "mxfp8-e5m2", kE5m2, kOne32),
      mx(kMxfp6E2m3, "mxfp6-e2m3", kE2m3, kOne32),
      mx(kMxfp6E3m2, "mxfp6-e3m2", kE3m2, kOne32),
      mx(kMxfp8E4m3TwoD, "mxfp8-e4m3-2d", kE4m3, kSquare32),
      mx(kMxfp8E5m2TwoD, "mxfp8-e5m2-2d", kE5m2, kSquare32),
      scaled(kFp8E4m3, "fp8-e4m3", kE4m3, kWhole),
      scaled(kFp8E5m2, "fp8-e5m2", kE5m2, kWhole),
      scaled(kFp8E4m3Row128, "fp8-e4m3-1x128", kE4m3, kOne128),
      scaled(kFp8E5m2Row128, "fp8-e5m2-1x128", kE5m2, kOne128),
      scaled(kFp8E4m3Square128, "fp8-e4m3-128x128", kE4m3, kSquare128),
      scaled(kFp8E5m2Square128, "fp8-e5m2-128x128", kE5m2, kSquare128),
      ggml(kQ8_1Bf16, "q8_1-bf16", kInt8, kBf16, kBf16, Extra::kSum),
      ggml(kQ8_0, "q8_0", kInt8, kFp16, kNoFormat, Extra::kNone),
      ggml(kQ4_0, "q4_0", kOffset4, kFp16, kNoFormat, Extra::kNone),
      ggml(kQ4_1, "q4_1", kUint4, kFp16, kFp16, Extra::kMinimum),
      ggml(kQ5_0, "q5_0", kOffset5, kFp16, kNoFormat, Extra::kNone),
      ggml(kQ5_1, "q5_1", kUint5, kFp16, kFp16, Extra::kMinimum),
      values(kValuesE2m1, "values-e2m1", kE2m1, kOne32),
      values(kValuesE2m3, "values-e2m3", kE2m3, kOne32),
      values(kValuesE3m2, "values-e3m2", kE3m2, kOne32),
      values(kValuesE4m3, "values-e4m3", kE4m3, kOne32),
      values(kValuesE5m2, "values-e5m2", kE5m2, kOne32),
      values(kValuesInt8, "values-int8", kInt8, kOne32),
      values(kValues, "values", kNoFormat, kWholeRow),
      nvfp4(kNvfp4V32, "nvfp4-1x32", kOne32, kTensor, 2688.0f, 32),
      nvfp4(kNvfp4V64, "nvfp4-1x64", kOne64, kTensor, 2688.0f, 64),
      scaled(kFp8E4m3Token, "fp8-e4m3-row", kE4m3, kWholeRow),
      scaled(kFp8E4m3Row128E8m0, "fp8-e4m3-1x128-e8m0", kE4m3, kOne128, kE8m0),
      scaled(kFp4Row32, "fp4-1x32", kE2m1, kOne32),
      scaled(kFp4Row128, "fp4-1x128", kE2m1, kOne128),
      values(kValuesE2m1Row16, "values-e2m1-1x16", kE2m1, kOne16),
  });
}();

constexpr const Scheme& scheme_of(SchemeId id) noexcept { return kSchemes[static_cast<std::size_t>(id)]; }

// How many cells of `size` (0: the whole axis) an axis of n elements has; a ragged last one counts as one.
constexpr std::int64_t cells(std::int64_t n, std::int64_t size) noexcept {
  return size == 0 ? (n == 0 ? 0 : 1) : ceil_div(n, size);
}

// Scales and extras of one row of `cols` elements; a ragged last block counts as one.
constexpr std::int64_t blocks_per_row(const Scheme& s, std::int64_t cols) noexcept { return cells(cols, s.cell.cols); }

// The stored scales as a matrix: one for each cell. None of a values-only scheme.
constexpr Extent scale_extent(const Scheme& s, const Extent& extent) noexcept {
  if (is_values_only(s)) return {0, 0};
  return {cells(extent.rows, s.cell.rows), blocks_per_row(s, extent.cols)};
}
// Which of them stands for element (row, col).
constexpr std::size_t scale_index(const Scheme& s, std::int64_t cols, std::int64_t row, std::int64_t col) noexcept {
  const std::int64_t cell_row = s.cell.rows == 0 ? 0 : row / s.cell.rows;
  const std::int64_t cell_col = s.cell.cols == 0 ? 0 : col / s.cell.cols;
  return static_cast<std::size_t>(cell_row * blocks_per_row(s, cols) + cell_col);
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

// How many amax values a caller may give: one for each global, or one for a tensor with a single binary32 scale.
constexpr std::int64_t amax_count(const Scheme& s, const Extent& extent) noexcept {
  const bool one_scale = !is_values_only(s) && s.cell.rows == 0 && s.cell.cols == 0;
  return one_scale ? 1 : global_count(s, extent);
}

constexpr bool scheme_rows_are_in_order() noexcept {
  for (std::size_t i = 0; i < kSchemes.size(); ++i)
    if (static_cast<std::size_t>(kSchemes[i].id) != i) return false;
  return true;
}
static_assert(scheme_rows_are_in_order());

}  // namespace bitgate
