// CUTLASS epilogues that write NVFP4 in blocks of 16, 32 or 64, and the host reference of its tests. Sections 6.1 and
// 6.2 of the note.
//
// NVIDIA/cutlass, commit 7107b055: include/cutlass/epilogue/fusion/sm100_visitor_store_tma_warpspecialized.hpp,
// tools/util/include/cutlass/util/reference/host/gett.hpp. The input is D in binary32, the norm constant N the encode
// scale. A NaN spoils its block. The host is x86; which of two NaNs its code keeps the sign of rests on reading.
#include <array>

#include "bitgate/device/cpu/inference_family.h"
#include "bitgate/device/cpu/inference_math.h"
#include "bitgate/device/cpu/inference_nvfp4.h"
#include "bitgate/device/cpu/te_family.h"

namespace bitgate::device::cpu {
namespace {

struct OnDevice : Gpu {
  static float reciprocal(float x) noexcept { return rcp_approx_ftz(x); }
  static std::uint8_t code(float x) noexcept { return e2m1_hardware(x); }
};
// Its converter keeps the sign of a NaN: 0xF.
struct OnHost : X86 {
  static float reciprocal(float x) noexcept { return div_rn<X86>(1.0f, x); }
  static std::uint8_t code(float x) noexcept {
    if (is_nan(x)) return has_minus(x) ? 0xF : 0x7;
    return e2m1_with_sign(x);
  }
};

// min.NaN with the largest float.
template <class Machine>
float limited(float x) noexcept {
  if (is_nan(x)) return Machine::nan_of(x, x);
  return x < kFloat32Max ? x : kFloat32Max;
}

// D's maximum meets N / 6, unlike FlashInfer's and vLLM's.
template <class Machine>
BlockScale block_scale(float block_amax, float norm_constant) noexcept {
  const float normalized = mul_rn<Machine>(norm_constant, Machine::reciprocal(6.0f));
  const std::uint8_t code = e4m3_cvt(mul_rn<Machine>(block_amax, normalized));
  const float reciprocal = Machine::reciprocal(e4m3_decoded(code));
  return {code, limited<Machine>(mul_rn<Machine>(norm_constant, reciprocal))};
}

template <class Machine>
std::uint8_t element_code(float x, float multiplier) noexcept {
  return Machine::code(mul_rn<Machine>(x, multiplier));
}

template <class Machine>
constexpr ScaledRow row_of(std::string_view recipe, SchemeId scheme, Takes takes = Takes::kEverything) noexcept {
  return {recipe, scheme, GlobalNumber::kDivisor, kEveryType, amax_or_nan, block_scale<Machine>, element_code<Machine>,
          takes};
}

constexpr std::array<ScaledRow, 4> kRows{
    row_of<OnDevice>("cutlass/nvfp4-epilogue", SchemeId::kNvfp4),
    row_of<OnDevice>("cutlass/nvfp4-epilogue-32", SchemeId::kNvfp4V32),
    row_of<OnDevice>("cutlass/nvfp4-epilogue-64", SchemeId::kNvfp4V64),
    row_of<OnHost>("cutlass/nvfp4-host", SchemeId::kNvfp4, Takes::kAllButNan),
};

constexpr auto kRecipes = recipes_of<kRows, quantize_scaled>();

}  // namespace

std::span<const CpuRecipe> cutlass_nvfp4_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
