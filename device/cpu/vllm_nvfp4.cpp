// vLLM's and SGLang's NVFP4, one arithmetic, and the PyTorch reference of vLLM's tests. Sections 4.1 and 5 of the note.
//
// vllm-project/vllm: csrc/quantization/fp4/nvfp4_utils.cuh at 20b4ad8e, tests/kernels/test_nvfp4_quant.py at 07b13497;
// sgl-project/sglang: sgl-kernel nvfp4_quant.cuh at 1636e190. No fast math: only rcp.approx.ftz flushes.
#include <array>

#include "bitgate/device/cpu/inference_family.h"
#include "bitgate/device/cpu/inference_math.h"
#include "bitgate/device/cpu/inference_nvfp4.h"
#include "bitgate/device/cpu/te_family.h"

namespace bitgate::device::cpu {
namespace {

BlockScale kernel_scale(float block_amax, float encode_scale) noexcept {
  const float sixth = mul_rn<Gpu>(block_amax, kSixthMufu);
  const std::uint8_t code = e4m3_cvt(mul_rn<Gpu>(encode_scale, sixth));
  const float decoded = e4m3_decoded(code);
  if (decoded == 0.0f) return {code, 0.0f};
  return {code, rcp_approx_ftz(mul_rn<Gpu>(decoded, rcp_approx_ftz(encode_scale)))};
}
std::uint8_t kernel_element(float x, float multiplier) noexcept { return e2m1_hardware(mul_rn<Gpu>(x, multiplier)); }

// The reference's reciprocal is correctly rounded, and of zero it is zero.
float guarded_reciprocal(float x) noexcept { return x == 0.0f ? 0.0f : div_rn<Gpu>(1.0f, x); }

BlockScale reference_scale(float block_amax, float encode_scale) noexcept {
  const float sixth = mul_rn<Gpu>(block_amax, kSixthConstant);
  const std::uint8_t code = e4m3_cvt(clamped(mul_rn<Gpu>(encode_scale, sixth), -448.0f, 448.0f));
  const float product = mul_rn<Gpu>(e4m3_decoded(code), guarded_reciprocal(encode_scale));
  return {code, guarded_reciprocal(product)};
}
// The intervals of its cast are those of nearest-even. torch.sign has no sign for a zero, so that -0 becomes +0, but a
// small negative number -0. A NaN, which only a useless S can make here, has no code; 0 stands for it.
std::uint8_t reference_element(float x, float multiplier) noexcept {
  const float scaled = clamped(mul_rn<Gpu>(x, multiplier), -6.0f, 6.0f);
  return is_nan(scaled) || scaled == 0.0f ? std::uint8_t{0} : e2m1_with_sign(scaled);
}

constexpr std::array<ScaledRow, 3> kRows{
    ScaledRow{"vllm/nvfp4", SchemeId::kNvfp4, GlobalNumber::kDivisor, kBothHalves, amax_by_hmax, kernel_scale,
              kernel_element},
    ScaledRow{"vllm/nvfp4-pyref", SchemeId::kNvfp4, GlobalNumber::kDivisor, kBothHalves, amax_or_nan, reference_scale,
              reference_element, Takes::kFinite},
    ScaledRow{"sglang/nvfp4", SchemeId::kNvfp4, GlobalNumber::kDivisor, kBothHalves, amax_by_hmax, kernel_scale,
              kernel_element},
};

constexpr auto kRecipes = recipes_of<kRows, quantize_scaled>();

}  // namespace

std::span<const CpuRecipe> vllm_nvfp4_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
