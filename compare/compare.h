// Two quantized tensors in, facts out. Bits are compared, so NaN, -0 and payloads count; a NaN never hides.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/reference/format/tensor.h"

namespace bitgate::compare {

enum class Field : std::uint8_t { kGlobal, kScale, kElement, kExtra, kValue };
inline constexpr std::size_t kFieldCount = 5;
std::string_view name_of(Field field) noexcept;

struct Tally {
  std::int64_t total = 0, different = 0;
};

// row, col index the field's own matrix (col of a scale is its block). For a global, row or column as its axis says.
struct Mismatch {
  Field field;
  std::int64_t row, col;
  std::uint32_t expected, actual;  // codes, or binary32 bits
};

struct Comparison {
  std::array<Tally, kFieldCount> tally{};  // by Field
  std::vector<Mismatch> first;             // the first few of each field, in index order
  std::vector<Comparison> columnwise;      // of the twins, where the tensors have one; they count as the rest does
  bool bit_exact() const noexcept;
  std::int64_t different() const noexcept;
};

inline constexpr std::size_t kMismatchesKept = 4;  // per field

// Throws InputError when the two do not have the same scheme, kind of global number, extent and field sizes.
Comparison compare(const QuantizedTensor& expected, const QuantizedTensor& actual);

// "3 of 32768 elements differ; first (4, 17): expected 0x5 = 3, got 0x6 = 4"; empty when nothing differs. Fields that
// differ follow one another in the order of Field, parted by "; ". Numbers are the shortest that read back the same.
std::string describe(const Comparison& comparison, const QuantizedTensor& expected);

using Subject = std::function<QuantizedTensor(const Request&)>;

}  // namespace bitgate::compare
