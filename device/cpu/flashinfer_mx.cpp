// FlashInfer MXFP4 and MXFP8: its CUDA kernels, its CuTe-DSL kernels and a function of the host; and the CUDA kernels
// as TensorRT-LLM builds them, today and in 2025.
//
// flashinfer-ai/flashinfer, commit fb28d724: csrc/nv_internal/tensorrt_llm/kernels/quantization_utils.cuh and
// quantization.cuh, flashinfer/quantization/quantization_cute_dsl_utils.py; NVIDIA/TensorRT-LLM, commit 0193dbd4:
// cpp/tensorrt_llm/kernels/quantization.cuh. FlashInfer builds with -use_fast_math, TensorRT-LLM without. The global
// scale that the kernels may be given has no place in the scheme: it is 1.
#include "bitgate/device/cpu/serving_math.h"
#include "bitgate/device/cpu/te_family.h"

namespace bitgate::device::cpu {
namespace {

using Codes = std::span<std::uint8_t>;
using Values = std::span<const float>;

// 2^(127 - code) by ex2.approx, or 1 for code 0. With .ftz 2^-127 is zero. Without, ptxas squares MUFU's 2^-63.5, which
// is a little too small: 0x003FFFFF.
template <class Math>
float mxfp4_multiplier(float unrounded, std::uint8_t scale_code) {
  if (Math::seen(unrounded) == 0.0f) return 0.0f;
  if (scale_code == 0) return 1.0f;
  const int exponent = 127 - scale_code;
  if (exponent >= -126) return static_cast<float>(two_to(exponent));
  const float root = ex2_approx_ftz(static_cast<float>(exponent) / 2.0f);
  return Math::mul(root, root);
}

template <class Math>
std::uint8_t mxfp4(Values x, Codes codes) {
  const float unrounded = Math::mul(amax_by_ternary(x), kOneSixth);
  const std::uint8_t scale_code = e8m0_up(unrounded);
  const float multiplier = mxfp4_multiplier<Math>(unrounded, scale_code);
  encode_each(x, codes, [&](float value) { return e2m1_hardware(Math::mul(value, multiplier)); });
  return scale_code;
}

// FlashInfer tests the decoded scale for zero, and 2^-127 is one under .ftz; TensorRT-LLM tests amax, and does
// not clamp: a NaN stays one.
enum class Tested : std::uint8_t { kDecoded, kAmax };

template <class Math, Tested kTested>
std::uint8_t mxfp8(Values x, Codes codes) {
  const float amax = amax_by_ternary(x);
  const std::uint8_t scale_code = e8m0_up(Math::mul(amax, kOneOver448));
  const float decode = e8m0_value(scale_code);
  const float tested = kTested == Tested::kAmax ? amax : decode;
  const float multiplier = Math::seen(tested) == 0.0f ? 0.0f : rcp_approx_ftz(decode);
  encode_each(x, codes, [&](float value) {
    const float scaled = Math::mul(value, multiplier);
    return e4m3_cvt(kTested == Tested::kAmax ? scaled : clamped_448(scaled));
  });
  return scale_code;
}

// TensorRT-LLM in 2025: the same steps as NVFP4, zero test on what was not rounded yet, no clamp.
template <std::uint8_t (*kCode)(float) noexcept>
std::uint8_t form_of_2025(float one_over_largest, Values x, Codes codes) {
  constexpr float kEncode = 1.0f;
  const float product = mul_rn<Gpu>(amax_by_ternary(x), one_over_largest);
  const float unrounded = mul_rn<Gpu>(kEncode, product);
  const std::uint8_t scale_code = e8m0_up(unrounded);
  const float total = mul_rn<Gpu>(e8m0_value(scale_code), rcp_approx_ftz(kEncode));
  const float multiplier = unrounded == 0.0f ? 0.0f : rcp_approx_ftz(total);
  encode_each(x, codes, [&](float value) { return kCode(mul_rn<Gpu>(value, multiplier)); });
  return scale_code;
}
std::uint8_t e2m1_code(float x) noexcept { return e2m1_hardware(x); }
std::uint8_t e4m3_code(float x) noexcept { return e4m3_cvt(x); }
std::uint8_t mxfp4_2025(Values x, Codes codes) { return form_of_2025<e2m1_code>(kOneSixth, x, codes); }
std::uint8_t mxfp8_2025(Values x, Codes codes) { return form_of_2025<e4m3_code>(kOneOver448, x, codes); }

// CuTe: rounded up by integer operations on the bits, at most 254, also for NaN; no flush.
std::uint8_t cute_scale_code(float unrounded) {
  if (unrounded <= 0.0f) return 0;
  return std::min<std::uint8_t>(e8m0_up(unrounded), 254);
}
// The exponent field 254 - code: of 254 the number is a zero; of 0 the kernel takes zero too.
float cute_multiplier(std::uint8_t scale_code) {
  return scale_code == 0 || scale_code == 254 ? 0.0f : static_cast<float>(two_to(127 - scale_code));
}
std::uint8_t mxfp4_cute(Values x, Codes codes) {
  const std::uint8_t scale_code = cute_scale_code(mul_rn<Gpu>(amax_by_hmax(x), kOneSixth));
  const float multiplier = cute_multiplier(scale_code);
  encode_each(x, codes, [&](float value) { return e2m1_hardware(mul_rn<Gpu>(value, multiplier)); });
  return scale_code;
}
std::uint8_t mxfp8_cute(Values x, Codes codes) {
  const std::uint8_t scale_code = cute_scale_code(mul_rn<Gpu>(amax_by_hmax(x), kOneOver448));
  const float multiplier = cute_multiplier(scale_code);
  encode_each(x, codes, [&](float value) { return e4m3_cvt(clamped_448(mul_rn<Gpu>(value, multiplier))); });
  return scale_code;
}

// On the host the maximum is amax > |x| ? amax : |x|, so a NaN takes its place and the next element the NaN's. An
// infinity keeps its exponent field, 255, of which the multiplier is 2^-128; code 0 has the multiplier 1.
std::uint8_t mxfp8_host(Values x, Codes codes) {
  float amax = 0.0f;
  for (const float value : x) amax = amax > magnitude(value) ? amax : magnitude(value);
  const float unrounded = mul_rn<X86>(amax, kOneOver448);
  const std::uint8_t scale_code = is_nan(unrounded) ? 0 : is_infinite(unrounded) ? 255 : e8m0_up(unrounded);
  const float multiplier = scale_code == 0 ? 1.0f : static_cast<float>(two_to(127 - scale_code));
  encode_each(x, codes, [&](float value) { return e4m3_cvt(mul_rn<X86>(value, multiplier)); });
  return scale_code;
}

struct Row {
  std::string_view recipe;
  SchemeId scheme;
  std::uint8_t (*block)(Values, Codes);
  bool on_host = false;
};

QuantizedTensor quantize(const Row& row, const Request& request) {
  const std::span<const InputType> types = row.on_host ? std::span<const InputType>(kF32Only) : kHalfTypes;
  require(request, {row.recipe, types, 32, GlobalAxis::kNone});
  const Operand operand = operand_of(request.input, Direction::kRowwise);
  return quantize_each_block<std::uint8_t>(operand, row.scheme, row.block);
}

using enum SchemeId;
constexpr std::array kRows{
    Row{"flashinfer/mxfp4", kMxfp4, mxfp4<FastMath>},
    Row{"flashinfer/mxfp4-cute", kMxfp4, mxfp4_cute},
    Row{"flashinfer/mxfp8", kMxfp8E4m3, mxfp8<FastMath, Tested::kDecoded>},
    Row{"flashinfer/mxfp8-cute", kMxfp8E4m3, mxfp8_cute},
    Row{"flashinfer/mxfp8-host", kMxfp8E4m3, mxfp8_host, true},
    Row{"trtllm/mxfp4", kMxfp4, mxfp4<IeeeMath>},
    Row{"trtllm/mxfp4-2025", kMxfp4, mxfp4_2025},
    Row{"trtllm/mxfp8", kMxfp8E4m3, mxfp8<IeeeMath, Tested::kAmax>},
    Row{"trtllm/mxfp8-2025", kMxfp8E4m3, mxfp8_2025},
};
constexpr auto kRecipes = recipes_of<kRows, quantize>();

}  // namespace

std::span<const CpuRecipe> flashinfer_mx_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
