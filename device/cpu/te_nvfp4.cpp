// The rules of TransformerEngine's NVFP4 and the text that runs them.
//
// NVIDIA/TransformerEngine, commit d0067d0d: common/cast/nvfp4/*.cuh, common/recipe/{current_scaling.cu,nvfp4.cu},
// common/hadamard_transform/*, pytorch/custom_recipes/reference_nvfp4.py.
#include "bitgate/device/cpu/te_nvfp4.h"

#include "bitgate/device/cpu/te_blocks.h"
#include "bitgate/device/cpu/te_math.h"

namespace bitgate::device::cpu {
namespace {

// sd, M form: S times one sixth is rounded before it meets the block.
float product_with_folded(float block_amax, float encode_scale) noexcept {
  const float folded = mul_rn<Gpu>(encode_scale, kOneSixth);
  return mul_rn<Gpu>(block_amax, folded);
}
float folded_scale(float block_amax, float encode_scale) noexcept {
  return min_num(product_with_folded(block_amax, encode_scale), kFloat32Max);
}

// The fused Hadamard kernels: an infinite amax keeps S = 0, a NaN amax counts as not positive.
float fused_encode_scale(float amax, float target) noexcept {
  if (!(amax > 0.0f)) return 1.0f;
  return min_or_nan(div_rn<Gpu>(target, amax), kFloat32Max);
}
float fused_multiplier(float, float block_scale, float encode_scale) noexcept {
  const float decode = div_rn<Gpu>(1.0f, encode_scale);
  const float total = mul_rn<Gpu>(block_scale, decode);
  return min_or_nan(div_rn<Gpu>(1.0f, total), kFloat32Max);
}

}  // namespace

float kernel_encode_scale(float amax, float target) noexcept {
  const float encode = min_num(div_rn<Gpu>(target, amax), kFloat32Max);
  return amax == 0.0f || encode == 0.0f ? 1.0f : encode;
}

// PyTorch's min would keep a NaN; its callers give none.
float pyref_encode_scale(float amax, float target) noexcept {
  const float encode = min_num(div_rn<Gpu>(target, amax), kFloat32Max);
  return encode == 0.0f ? 1.0f : encode;
}

float reciprocal_multiplier(float, float block_scale, float encode_scale) noexcept {
  const float decode = div_rn<Gpu>(1.0f, encode_scale);
  const float total = mul_rn<Gpu>(block_scale, decode);
  return min_num(div_rn<Gpu>(1.0f, total), kFloat32Max);
}

std::uint8_t kernel_code(float x, float multiplier) noexcept { return e2m1_of_hardware(mul_rn<Gpu>(x, multiplier)); }

std::uint8_t pyref_code(float x, float multiplier) noexcept {
  const float scaled = mul_rn<Gpu>(x, multiplier);
  if (is_nan(scaled)) return 0;
  // A negative value that rounds to zero keeps its sign.
  return static_cast<std::uint8_t>(e2m1_size(magnitude(scaled)) + (scaled < 0.0f ? 8 : 0));
}

constexpr Nvfp4Rule kKernelRule{kernel_encode_scale, folded_scale, reciprocal_multiplier, kernel_code,
                                amax_without_nan};
constexpr Nvfp4Rule kPyrefRule{pyref_encode_scale, folded_scale, reciprocal_multiplier, pyref_code, amax_without_nan};
constexpr Nvfp4Rule kFusedRule{fused_encode_scale, product_with_folded, fused_multiplier, kernel_code, amax_or_nan};

QuantizedTensor nvfp4_side(const Nvfp4Rule& rule, SchemeId scheme, const Operand& operand,
                           const std::vector<float>& amax, const CodeAt& code_at) {
  QuantizedTensor answer = make_quantized(scheme_of(scheme), GlobalNumber::kAmax, operand.extent);
  answer.global = amax;
  for (const Block& block : blocks_of(operand.extent, answer.scheme.block)) {
    const float encode_scale = rule.encode_scale(amax[global_index(answer.scheme, block.row)], 2688.0f);
    const float block_amax = rule.block_amax(values_of(operand, block));
    const float unrounded = rule.unrounded_scale(block_amax, encode_scale);
    const std::uint8_t scale_code = e4m3_saturating(unrounded);
    const float multiplier = rule.multiplier(unrounded, e4m3_value(scale_code), encode_scale);
    store_scale(answer, block, scale_code);
    for (std::int64_t r = block.row; r < block.row + block.rows; ++r)
      for (std::int64_t c = block.col; c < block.col + block.cols; ++c) {
        const std::size_t i = code_index(answer, r, c);
        answer.codes[i] = code_at(operand.x[i], multiplier, r, c);
      }
  }
  return answer;
}

QuantizedTensor nvfp4_side(const Nvfp4Rule& rule, SchemeId scheme, const Operand& operand,
                           const std::vector<float>& amax) {
  return nvfp4_side(rule, scheme, operand, amax,
                    [&](float x, float multiplier, std::int64_t, std::int64_t) { return rule.code(x, multiplier); });
}

}  // namespace bitgate::device::cpu
