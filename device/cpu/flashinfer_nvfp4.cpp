// FlashInfer NVFP4 with a caller's global scale: the CUDA quantizer in its fast and its exact form, the CuTe-DSL
// kernels, the KV cache and the two all-reduce fusions. Sections 3.2 to 3.4, 3.10 and 3.11 of the note.
//
// flashinfer-ai/flashinfer, commit fb28d724: csrc/nv_internal/tensorrt_llm/kernels/quantization_utils.cuh,
// csrc/fp4_kv_quantization.cu, include/flashinfer/comm/trtllm_{allreduce,moe_allreduce}_fusion.cuh,
// flashinfer/quantization/quantization_cute_dsl_utils.py. CUDA is built with -use_fast_math: every operation flushes.
// Which operand a NaN global scale yields to in the last minimum rests on reading.
#include <array>

#include "bitgate/device/cpu/flashinfer_blocks.h"
#include "bitgate/device/cpu/inference_family.h"
#include "bitgate/device/cpu/inference_math.h"
#include "bitgate/device/cpu/inference_nvfp4.h"
#include "bitgate/device/cpu/te_family.h"

namespace bitgate::device::cpu {
namespace {

template <class Math>
std::uint8_t element_code(float x, float multiplier) noexcept {
  return e2m1_hardware(Math::mul(x, multiplier));
}

// S * (vm / 6): the maximum meets the sixth first.
template <class Math>
std::uint8_t fast_scale(float block_amax, float encode_scale) noexcept {
  const float sixth = Math::mul(block_amax, kSixthMufu);
  return e4m3_cvt(Math::mul(encode_scale, sixth));
}
template <class Math>
float fast_multiplier(std::uint8_t scale_code, float decode_scale) noexcept {
  return rcp_approx_ftz(Math::mul(e4m3_decoded(scale_code), decode_scale));
}

BlockScale fast(float block_amax, float encode_scale) noexcept {
  using Math = FlushedMath;
  const std::uint8_t code = fast_scale<Math>(block_amax, encode_scale);
  if (Math::seen(block_amax) == 0.0f) return {code, 0.0f};
  return {code, fast_multiplier<Math>(code, rcp_approx_ftz(encode_scale))};
}

// The zero test is on the decoded scale byte.
template <class Math>
BlockScale fast_unless_scale_is_zero(float block_amax, float encode_scale) noexcept {
  const std::uint8_t code = fast_scale<Math>(block_amax, encode_scale);
  if (e4m3_decoded(code) == 0.0f) return {code, 0.0f};
  return {code, fast_multiplier<Math>(code, rcp_approx_ftz(encode_scale))};
}

// vm * (S / 6): the global scale meets the sixth first.
template <class Math>
std::uint8_t exact_scale(float block_amax, float encode_scale) noexcept {
  if (Math::seen(block_amax) == 0.0f) return 0;
  return e4m3_cvt(Math::mul(block_amax, Math::mul(encode_scale, kSixthConstant)));
}
template <class Math>
float exact_multiplier(std::uint8_t scale_code, float encode_scale) noexcept {
  const float decode_scale = Math::div_nearest(1.0f, encode_scale);
  return Math::div_nearest(1.0f, Math::mul(e4m3_decoded(scale_code), decode_scale));
}

template <class Math>
BlockScale exact(float block_amax, float encode_scale) noexcept {
  const std::uint8_t code = exact_scale<Math>(block_amax, encode_scale);
  if (Math::seen(block_amax) == 0.0f) return {code, 0.0f};
  return {code, min_num(exact_multiplier<Math>(code, encode_scale), kFloat32Max)};
}

// Given the block maximum and 1 / S from outside, this sibling leaves the limit out.
BlockScale exact_without_limit(float block_amax, float encode_scale) noexcept {
  using Math = FlushedMath;
  const std::uint8_t code = exact_scale<Math>(block_amax, encode_scale);
  if (Math::seen(block_amax) == 0.0f) return {code, 0.0f};
  return {code, exact_multiplier<Math>(code, encode_scale)};
}

BlockScale fast_inverse(float block_amax, float decode_scale) noexcept {
  return fast(block_amax, rcp_approx_ftz(decode_scale));
}
BlockScale exact_inverse(float block_amax, float decode_scale) noexcept {
  return exact<FlushedMath>(block_amax, FlushedMath::div_nearest(1.0f, decode_scale));
}

// The decode scale enters the multiplier as it was given.
BlockScale kv(float block_amax, float decode_scale) noexcept {
  using Math = FlushedMath;
  const std::uint8_t code = fast_scale<Math>(block_amax, rcp_approx_ftz(decode_scale));
  if (Math::seen(block_amax) == 0.0f) return {code, 0.0f};
  return {code, fast_multiplier<Math>(code, decode_scale)};
}

// S over the decoded scale, "/" of fast math.
BlockScale allreduce(float block_amax, float encode_scale) noexcept {
  using Math = FlushedMath;
  const float sixth = Math::mul(block_amax, kSixthConstant);
  const std::uint8_t code = e4m3_cvt(Math::mul(encode_scale, sixth));
  if (e4m3_decoded(code) == 0.0f) return {code, 0.0f};
  return {code, Math::div(encode_scale, e4m3_decoded(code))};
}

constexpr ScaledRow cuda_row(std::string_view recipe, SchemeId scheme, GlobalNumber number,
                             BlockScale (*block_scale)(float, float) noexcept) noexcept {
  return {recipe, scheme, number, kBothHalves, amax_by_ternary, block_scale, element_code<FlushedMath>};
}
constexpr ScaledRow cute_row(std::string_view recipe, BlockScale (*block_scale)(float, float) noexcept) noexcept {
  return {recipe,       SchemeId::kNvfp4, GlobalNumber::kDivisor, kBothHalves,
          amax_by_hmax, block_scale,      element_code<PlainMath>};
}

// A NaN makes the cache's maximum depend on where it stands.
constexpr ScaledRow of_numbers(ScaledRow row) noexcept {
  row.takes = Takes::kAllButNan;
  return row;
}

constexpr std::array<ScaledRow, 12> kRows{
    cuda_row("flashinfer/nvfp4-fast", SchemeId::kNvfp4, GlobalNumber::kDivisor, fast),
    cuda_row("flashinfer/nvfp4-exact", SchemeId::kNvfp4, GlobalNumber::kDivisor, exact<FlushedMath>),
    cuda_row("flashinfer/nvfp4-fast-row", SchemeId::kNvfp4Row, GlobalNumber::kDivisor, fast),
    cuda_row("flashinfer/nvfp4-exact-row", SchemeId::kNvfp4Row, GlobalNumber::kDivisor, exact<FlushedMath>),
    cuda_row("flashinfer/nvfp4-fast-inverse", SchemeId::kNvfp4, GlobalNumber::kMultiplier, fast_inverse),
    cuda_row("flashinfer/nvfp4-exact-inverse", SchemeId::kNvfp4, GlobalNumber::kMultiplier, exact_inverse),
    cuda_row("flashinfer/nvfp4-vecmax-exact", SchemeId::kNvfp4, GlobalNumber::kDivisor, exact_without_limit),
    of_numbers(cuda_row("flashinfer/nvfp4-kv", SchemeId::kNvfp4, GlobalNumber::kMultiplier, kv)),
    cuda_row("flashinfer/nvfp4-allreduce", SchemeId::kNvfp4, GlobalNumber::kDivisor, allreduce),
    cuda_row("flashinfer/nvfp4-moe-allreduce", SchemeId::kNvfp4, GlobalNumber::kDivisor,
             fast_unless_scale_is_zero<FlushedMath>),
    cute_row("flashinfer/nvfp4-cute-fast", fast_unless_scale_is_zero<PlainMath>),
    cute_row("flashinfer/nvfp4-cute-exact", exact<PlainMath>),
};

constexpr auto kRecipes = recipes_of<kRows, quantize_scaled>();

}  // namespace

BlockScale flashinfer_fast(float block_amax, float encode_scale) noexcept { return fast(block_amax, encode_scale); }
BlockScale flashinfer_exact(float block_amax, float encode_scale) noexcept {
  return exact<FlushedMath>(block_amax, encode_scale);
}

std::span<const CpuRecipe> flashinfer_nvfp4_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
