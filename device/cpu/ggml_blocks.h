// How every ggml quantizer of the second implementation walks its input: block by block along each row.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "bitgate/device/cpu/request.h"
#include "bitgate/reference/format/tensor.h"

namespace bitgate::device::cpu {

using Values = std::span<const float>;

inline constexpr std::int64_t kHostBlock = 32;   // ggml's host quantizers take whole blocks only
inline constexpr std::int64_t kReadAhead = 128;  // columns of the longest structure; past the row lies +0

// What a block leaves behind: its scale and extra number as stored, its codes in logical order.
struct Block {
  std::uint32_t scale_bits;
  std::uint16_t extra;
  std::array<std::uint8_t, 64> codes;
};

// Which operands of a fused operation a recipe takes.
struct Fused {
  bool weight = false, residual = false;
};

inline void require_fused(const Request& request, std::string_view recipe, Fused takes) {
  if (request.fused.weight.empty() == takes.weight)
    refuse(recipe,
           takes.weight ? "the weight is missing, expected at least one number" : "a weight was given, expected none");
  if (request.fused.residual.empty() == takes.residual)
    refuse(recipe, takes.residual ? "the residual is missing, expected at least one number"
                                  : "a residual was given, expected none");
}

// Checks a request for a recipe without global number and fused operands, and makes its empty answer.
inline QuantizedTensor start(const Request& request, std::string_view recipe, SchemeId scheme,
                             std::int64_t cols_multiple) {
  require(request, {recipe, kF32Only, cols_multiple, GlobalAxis::kNone});
  require_fused(request, recipe, {});
  return make_quantized(scheme_of(scheme), GlobalNumber::kNone, request.input.extent);
}

// Quantizes the blocks of row `r`, of which `row` holds the values followed by +0.
template <class Quantize>
void fill_row(QuantizedTensor& answer, std::int64_t r, Values row, const Quantize& quantize) {
  const std::int64_t cols = answer.extent.cols, width = answer.scheme.block.cols;
  for (std::int64_t c = 0; c < cols; c += width) {
    const Block block = quantize(row.subspan(static_cast<std::size_t>(c), static_cast<std::size_t>(width)));
    std::copy_n(block.codes.begin(), std::min(width, cols - c), answer.codes.begin() + r * cols + c);
    const std::size_t index = scale_index(answer.scheme, cols, r, c);
    set_scale_bits(answer.scales, index, block.scale_bits);
    if (answer.scheme.extra_cols == width) answer.extras[index] = block.extra;
  }
}

template <class Quantize>
QuantizedTensor in_blocks(const Request& request, QuantizedTensor answer, const Quantize& quantize) {
  for (std::int64_t r = 0; r < request.input.extent.rows; ++r)
    fill_row(answer, r, padded_row(request.input, r, kReadAhead), quantize);
  return answer;
}

}  // namespace bitgate::device::cpu
