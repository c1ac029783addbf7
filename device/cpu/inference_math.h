// What the NVFP4 quantizers of inference libraries are made of: the two ways of building for CUDA, the block maximum of
// 16-bit elements, conversions as the hardware makes them. Sections 1 to 3.2 of the note on these producers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "bitgate/device/cpu/codes.h"
#include "bitgate/device/cpu/exact.h"
#include "bitgate/device/cpu/ggml_arithmetic.h"
#include "bitgate/device/cpu/mufu_rcp.h"
#include "bitgate/device/cpu/torchao_elements.h"

namespace bitgate::device::cpu {

// -use_fast_math as FlashInfer builds: every operation flushes, "/" is MUFU's reciprocal and a product, and __fdiv_rn
// still rounds to nearest.
struct FlushedMath : FastMath {
  static constexpr float sub(float a, float b) noexcept { return add(a, is_nan(b) ? b : -b); }
  static constexpr float div_nearest(float a, float b) noexcept {
    const float over = flushed(a), under = flushed(b);
    if (under == 0.0f || is_nan(over)) return div_rn<Gpu>(over, under);
    return rounded_ftz(static_cast<double>(over) / static_cast<double>(under), over, under);
  }
};

// Without that flag. rcp.approx.ftz flushes all the same.
struct PlainMath : IeeeMath {
  static constexpr float div_nearest(float a, float b) noexcept { return div(a, b); }
};

inline constexpr float kSixthConstant = div_rn<Gpu>(1.0f, 6.0f);  // 1.0f / 6.0f, folded by the compiler
inline constexpr float kSixthMufu = rcp_approx_ftz(6.0f);         // rcp.approx.ftz of 6: the same number
static_assert(to_bits(kSixthConstant) == 0x3E2AAAABu && to_bits(kSixthMufu) == 0x3E2AAAABu);

// cvt.rn.satfinite.e4m3x2.f32: a NaN of either sign is 0x7F.
constexpr std::uint8_t e4m3_cvt(float x) noexcept { return is_nan(x) ? std::uint8_t{0x7F} : e4m3_saturating(x); }

// E4M3 to binary32; the GPU's NaN.
constexpr float e4m3_decoded(std::uint8_t code) noexcept {
  return code % 128 == 0x7F ? from_bits(0x7FFFFFFFu) : e4m3_value(code);
}

// max|x| of every `step`th element from `first`: a NaN counts only where there is nothing else, and then is the GPU's.
constexpr float amax_of_lane(std::span<const float> x, std::size_t first, std::size_t step) noexcept {
  float amax = from_bits(0x7FFFFFFFu);
  for (std::size_t i = first; i < x.size(); i += step) amax = max_num(amax, magnitude(x[i]));
  return is_nan(amax) ? from_bits(0x7FFFFFFFu) : amax;
}

// FlashInfer and TensorRT-LLM: maxima of packed pairs, then "even > odd ? even : odd". So NaNs alone at the odd places
// make the maximum NaN, at the even places they do not.
constexpr float amax_by_ternary(std::span<const float> x) noexcept {
  const float even = amax_of_lane(x, 0, 2);
  const float odd = amax_of_lane(x, 1, 2);
  return even > odd ? even : odd;
}

// vLLM, SGLang and FlashInfer's CuTe kernels: NaN only of a block of nothing but NaNs.
constexpr float amax_by_hmax(std::span<const float> x) noexcept { return amax_of_lane(x, 0, 1); }

}  // namespace bitgate::device::cpu
