// TensorRT-LLM FP8, one scale a row, a 1x128 or a 128x128 block, and the same kernels as FlashInfer builds them, with
// -use_fast_math.
//
// NVIDIA/TensorRT-LLM and flashinfer-ai/flashinfer (commit fb28d724, csrc/nv_internal/tensorrt_llm/kernels):
// perTokenQuantization and the kernels scale_1x128 and scale_128x128. Stored are decode scales. Maxima are of the
// input's type and pass over a NaN. The conversion is taken to be the direct one, not the helper that passes through
// bfloat16.
#include "bitgate/device/cpu/serving_math.h"
#include "bitgate/device/cpu/te_family.h"

namespace bitgate::device::cpu {
namespace {

using Codes = std::span<std::uint8_t>;
using Values = std::span<const float>;

template <class Math>
void encode_by(float multiplier, Values x, Codes codes) {
  encode_each(x, codes, [multiplier](float value) { return e4m3_hardware(Math::mul(value, multiplier)); });
}

// 1e-6 in the input's type, the least maximum of a row.
constexpr float least_amax(InputType type) {
  return type == InputType::kBf16 ? from_bits(0x35860000u) : half_value(0x0011);
}

// The stored scale and the multiplier are two divisions.
template <class Math>
float token(InputType type, Values x, Codes codes) {
  const float amax = amax_at_least(x, least_amax(type));
  encode_by<Math>(Math::div(448.0f, amax), x, codes);
  return Math::div_by_constant(amax, 448.0f);
}

// The encode scale comes first and the stored one is its reciprocal, so it need not be amax / 448.
template <class Math>
float block(InputType, Values x, Codes codes) {
  const float amax = amax_at_least(x, 0.0f);
  const float encode = Math::seen(amax) == 0.0f ? 1.0f : Math::div(448.0f, amax);
  encode_by<Math>(encode, x, codes);
  return Math::div(1.0f, encode);
}

struct Row {
  std::string_view recipe;
  SchemeId scheme;
  float (*block)(InputType, Values, Codes);
};

QuantizedTensor quantize(const Row& row, const Request& request) {
  require(request, {row.recipe, kHalfTypes, 1, GlobalAxis::kNone});
  return quantize_each_block<float>(operand_of(request.input, Direction::kRowwise), row.scheme,
                                    [&](Values x, Codes codes) { return row.block(request.input.type, x, codes); });
}

using enum SchemeId;
constexpr std::array kRows{
    Row{"trtllm/fp8-token", kFp8E4m3Token, token<IeeeMath>},
    Row{"trtllm/fp8-1x128", kFp8E4m3Row128, block<IeeeMath>},
    Row{"trtllm/fp8-128x128", kFp8E4m3Square128, block<IeeeMath>},
    Row{"flashinfer/fp8-token", kFp8E4m3Token, token<FastMath>},
    Row{"flashinfer/fp8-1x128", kFp8E4m3Row128, block<FastMath>},
    Row{"flashinfer/fp8-128x128", kFp8E4m3Square128, block<FastMath>},
};
constexpr auto kRecipes = recipes_of<kRows, quantize>();

}  // namespace

std::span<const CpuRecipe> trtllm_fp8_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
