// NVFP4 with one multiplier a block, as inference libraries compute it: a table of rows, one recipe each.
//
// The scale byte and the multiplier follow from the block's maximum and the caller's global number; every element is
// its product with the multiplier, as E2M1. The global number is S = 2688 / amax (GlobalNumber::kDivisor), or its
// inverse where the API takes that (kMultiplier). No kernel computes it: a request that gives none gets 2688 / amax, or
// amax / 2688, unguarded, of the tensor or row; S is an infinity for zeros.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "bitgate/device/cpu/request.h"

namespace bitgate::device::cpu {

inline constexpr InputType kBothHalves[] = {InputType::kBf16, InputType::kF16};

struct BlockScale {
  std::uint8_t code;
  float multiplier;  // of the elements
};

struct ScaledRow {
  std::string_view recipe;
  SchemeId scheme;
  GlobalNumber number;
  std::span<const InputType> types;
  float (*block_amax)(std::span<const float>) noexcept;
  BlockScale (*block_scale)(float block_amax, float global) noexcept;
  std::uint8_t (*element_code)(float x, float multiplier) noexcept;
};

// 2688 / amax or amax / 2688.
float global_of_amax(GlobalNumber number, float amax) noexcept;

// The given numbers, one for the tensor or one a row, or else those of the amax that was given or is found; a NaN
// element does not count there.
std::vector<float> global_of_request(const Request& request, GlobalAxis axis, GlobalNumber number,
                                     const Operand& operand);

QuantizedTensor quantize_scaled(const ScaledRow& row, const Request& request);

}  // namespace bitgate::device::cpu
