// TensorRT-LLM NVFP4 in the form of 2025: FlashInfer's fast formulas without -use_fast_math, and another zero test.
// Sections 2, 3.3 and 12 of the note.
//
// NVIDIA/TensorRT-LLM, commit 0193dbd4: cpp/tensorrt_llm/kernels/quantization.cuh. Only rcp.approx.ftz flushes.
#include <array>

#include "bitgate/device/cpu/inference_family.h"
#include "bitgate/device/cpu/inference_math.h"
#include "bitgate/device/cpu/inference_nvfp4.h"
#include "bitgate/device/cpu/te_family.h"

namespace bitgate::device::cpu {
namespace {

enum class ZeroTest : std::uint8_t { kUnrounded, kRounded };

template <ZeroTest kTest>
BlockScale block_scale(float block_amax, float encode_scale) noexcept {
  const float sixth = mul_rn<Gpu>(block_amax, kSixthMufu);
  const float unrounded = mul_rn<Gpu>(encode_scale, sixth);
  const std::uint8_t code = e4m3_cvt(unrounded);
  const float decoded = e4m3_decoded(code);
  if ((kTest == ZeroTest::kUnrounded ? unrounded : decoded) == 0.0f) return {code, 0.0f};
  const float product = mul_rn<Gpu>(decoded, rcp_approx_ftz(encode_scale));
  return {code, rcp_approx_ftz(product)};
}

std::uint8_t element_code(float x, float multiplier) noexcept { return e2m1_hardware(mul_rn<Gpu>(x, multiplier)); }

constexpr std::array<ScaledRow, 2> kRows{
    ScaledRow{"trtllm/nvfp4-2025", SchemeId::kNvfp4, GlobalNumber::kDivisor, kBothHalves, amax_by_ternary,
              block_scale<ZeroTest::kUnrounded>, element_code},
    ScaledRow{"trtllm/nvfp4-2025-rounded", SchemeId::kNvfp4, GlobalNumber::kDivisor, kBothHalves, amax_by_ternary,
              block_scale<ZeroTest::kRounded>, element_code},
};

constexpr auto kRecipes = recipes_of<kRows, quantize_scaled>();

}  // namespace

std::span<const CpuRecipe> trtllm_nvfp4_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
