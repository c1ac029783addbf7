// What every recipe of the second implementation does first: refuse what its producer does not take, read rows, find
// amax.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "bitgate/reference/format/tensor.h"

namespace bitgate::device::cpu {

// What a producer takes. cols_multiple 1: any row length.
struct Accepts {
  std::string_view recipe;
  std::span<const InputType> types;
  std::int64_t cols_multiple;
  GlobalAxis global;  // one given number a tensor or a row, or none
};

inline constexpr InputType kEveryType[] = {InputType::kF32, InputType::kBf16, InputType::kF16};
inline constexpr InputType kF32AndBf16[] = {InputType::kF32, InputType::kBf16};
inline constexpr InputType kF32Only[] = {InputType::kF32};

// Throws InputError naming the recipe and what it takes: direction, input type, row length, count of given globals.
void require(const Request& request, const Accepts& accepts);

// Row `row`, widened to binary32 (exact) and followed by +0 up to a multiple of `pad_to`.
std::vector<float> padded_row(const TypedView& input, std::int64_t row, std::int64_t pad_to);

// max|x|, +0 for nothing. A NaN is passed over, or wins as the quiet positive NaN.
float amax_without_nan(std::span<const float> values) noexcept;
float amax_or_nan(std::span<const float> values) noexcept;

}  // namespace bitgate::device::cpu
