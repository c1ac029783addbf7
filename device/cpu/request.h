// What every recipe of the second implementation does first: refuse what its producer does not take, pick the operand
// of a side (the input, or its transpose), find amax.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/device/directions.h"
#include "bitgate/reference/format/tensor.h"

namespace bitgate::device::cpu {

// What a producer takes. A multiple of 1: any count.
struct Accepts {
  std::string_view recipe;
  std::span<const InputType> types;
  std::int64_t cols_multiple;
  GlobalAxis global;  // one given number a tensor or a row, or none
  std::int64_t rows_multiple = 1;
  Directions directions = Directions::kRowwise;
  std::int64_t rows_multiple_columnwise = 1;  // of the rows too, where the column-wise side is asked for
};

inline constexpr InputType kEveryType[] = {InputType::kF32, InputType::kBf16, InputType::kF16};
inline constexpr InputType kF32AndBf16[] = {InputType::kF32, InputType::kBf16};
inline constexpr InputType kF32Only[] = {InputType::kF32};
inline constexpr InputType kBf16Only[] = {InputType::kBf16};

// Throws the InputError that begins with "cpu/RECIPE: ".
[[noreturn]] void refuse(std::string_view recipe, const std::string& what);

// Throws InputError naming the recipe and what it takes: direction, input type, shape, count of given globals.
void require(const Request& request, const Accepts& accepts);

constexpr bool asks_for_columnwise(Direction direction) noexcept { return direction != Direction::kRowwise; }

// The input of one side, widened to binary32 (exact), row-major. Of the column-wise side it is the transpose, so that
// every recipe is written for rows alone.
struct Operand {
  Extent extent;
  std::vector<float> x;

  std::span<const float> row(std::int64_t r) const noexcept {
    return std::span(x).subspan(static_cast<std::size_t>(r * extent.cols), static_cast<std::size_t>(extent.cols));
  }
};
Operand operand_of(const TypedView& input, Direction side);

// Row `row` followed by +0 up to a multiple of `pad_to`.
std::vector<float> padded_row(const Operand& operand, std::int64_t row, std::int64_t pad_to);
std::vector<float> padded_row(const TypedView& input, std::int64_t row, std::int64_t pad_to);

// Both sides as asked: `side` answers for kRowwise or kColumnwise, the twin hangs on the row-wise answer.
template <class Side>
QuantizedTensor answer_in(Direction direction, const Side& side) {
  const auto one = [&](Direction which) {
    QuantizedTensor t = side(which);
    t.direction = which;
    return t;
  };
  if (direction != Direction::kBoth) return one(direction);
  QuantizedTensor answer = one(Direction::kRowwise);
  answer.columnwise.push_back(one(Direction::kColumnwise));
  return answer;
}

// max|x|, +0 for nothing. A NaN is passed over, or wins as the quiet positive NaN.
float amax_without_nan(std::span<const float> values) noexcept;
float amax_or_nan(std::span<const float> values) noexcept;

// The numbers that the caller gave for a side, empty: none. `global` outranks amax. One number serves both sides
// unless the column-wise side has its own; numbers of rows say nothing of columns, unless columns alone are asked for.
std::span<const float> given_global(const Request& request, GlobalAxis axis, Direction side) noexcept;

// Those numbers, or else amax of the tensor or of each row of the operand, by the rule for NaN named.
using AmaxRule = float (*)(std::span<const float>) noexcept;
std::vector<float> amax_of_side(const Request& request, GlobalAxis axis, Direction side, const Operand& operand,
                                AmaxRule amax);

}  // namespace bitgate::device::cpu
