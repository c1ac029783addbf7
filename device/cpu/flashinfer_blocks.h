// FlashInfer's NVFP4 of one block of 16, shared by the kernels with a caller's global scale and those of a row's own
// amax.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "bitgate/device/cpu/inference_nvfp4.h"

namespace bitgate::device::cpu {

// How the same source is built: DISABLE_FP4_QUANT_FAST_MATH gives the exact form. Either flushes.
enum class Flashinfer : std::uint8_t { kFast, kExact };

// One multiplier for the block; see sections 3.3 and 3.4 of the note.
BlockScale flashinfer_fast(float block_amax, float encode_scale) noexcept;
BlockScale flashinfer_exact(float block_amax, float encode_scale) noexcept;

struct FourOverSix {
  Flashinfer build = Flashinfer::kFast;
  float scale_max = 448.0f;  // or 256; only an error against a row's amax sees it
  bool squared = false;      // the sum of squares, or of magnitudes
  bool error_fast = false;   // compares in units of the scaled input
};

// Sixteen forms: 448 before 256, magnitudes before squares, exact errors before fast ones, the fast build before the
// exact one.
constexpr FourOverSix four_over_six_form(std::size_t i) noexcept {
  return {i % 2 == 0 ? Flashinfer::kFast : Flashinfer::kExact, i % 16 < 8 ? 448.0f : 256.0f, i % 8 >= 4, i % 4 >= 2};
}

// Quantizes with the block's maximum mapped to 6 and to 4, and keeps the smaller error; a tie, and a NaN, keep 6.
// `row_amax` is zero except in the per-token kernels. A block of zeros loses its signs. Returns the scale byte.
std::uint8_t flashinfer_four_over_six(const FourOverSix& form, std::span<const float> x, float encode_scale,
                                      float row_amax, std::span<std::uint8_t> codes) noexcept;

}  // namespace bitgate::device::cpu
