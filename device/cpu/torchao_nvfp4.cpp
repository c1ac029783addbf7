// torchao NVFP4, eager: one level, two levels, each as CUDA and as x86 compute it, and the two levels of PR 2408.
//
// pytorch/ao, commit 36027d82: torchao/prototype/mx_formats/nvfp4_tensor.py and custom_fp_utils.py; PR 2408 (7ca9f10d).
// PyTorch on CUDA divides a tensor by a constant as a product with the rounded reciprocal; on the CPU it divides.
#include "bitgate/device/cpu/codes.h"
#include "bitgate/device/cpu/exact.h"
#include "bitgate/device/cpu/recipes.h"
#include "bitgate/device/cpu/request.h"

namespace bitgate::device::cpu {
namespace {

constexpr std::int64_t kBlock = 16;
constexpr float kSmallestNormalE4m3 = 0x1p-6f;  // eager torchao never stores a smaller scale

// On the CPU the maximum of a block with a NaN is the positive quiet NaN, that of a whole tensor all ones (the vector
// code ORs the comparison mask), and the product of elements and reciprocal takes the reciprocal's NaN first; all three
// seen with PyTorch 2.11.0 on tensors small enough for one thread.
struct OnCuda : Gpu {
  static constexpr std::uint32_t kTensorNan = 0x7FFFFFFF;
  static float by_constant(float x, float c) { return mul_rn<Gpu>(x, div_rn<Gpu>(1.0f, c)); }
};
struct OnX86 : X86 {
  static constexpr std::uint32_t kTensorNan = 0xFFFFFFFF;
  static float by_constant(float x, float c) { return div_rn<X86>(x, c); }
};

// torchao rounds to E2M1 with integer operations, so a NaN's payload decides its code: 0x7FFFFFFF gives 4, 0xFFF00000
// 0xC.
std::uint8_t code_of_nan(float nan) {
  const std::uint32_t bits = to_bits(magnitude(nan));
  const std::uint32_t rebiased = bits - 126u * 0x00800000u;
  const std::uint32_t is_odd = bits / 0x00400000u % 2u;
  const std::uint32_t code = (rebiased + 0x001FFFFFu + is_odd) / 0x00400000u % 256u;
  return static_cast<std::uint8_t>(code + (has_minus(nan) ? 8u : 0u));
}

std::uint8_t element_code(float scaled) {
  const float v = clamped(scaled, -6.0f, 6.0f);
  return is_nan(v) ? code_of_nan(v) : e2m1_with_sign(v);
}

std::uint8_t scale_code(float unrounded) { return e4m3_saturating(clamped(unrounded, kSmallestNormalE4m3, 448.0f)); }

// One level: the block scale alone.
template <class Machine>
struct OneLevel {
  std::uint8_t block_scale(float block_amax) const { return scale_code(Machine::by_constant(block_amax, 6.0f)); }
  float scaled(float x, float block_decode) const {
    const float reciprocal = div_rn<Machine>(1.0f, block_decode);
    return mul_rn<Machine>(reciprocal, x);
  }
};

// Two levels: `decode` is the per-tensor scale that multiplies codes times block scales.
template <class Machine>
struct TwoLevel {
  using Host = Machine;
  float decode;

  static float decode_of(float amax, InputType) { return Machine::by_constant(amax, 2688.0f); }
  std::uint8_t block_scale(float block_amax) const {
    const float block = Machine::by_constant(block_amax, 6.0f);
    return scale_code(div_rn<Machine>(block, decode));
  }
  float scaled(float x, float block_decode) const {
    const float encode = div_rn<Machine>(1.0f, decode);
    const float reciprocal = div_rn<Machine>(encode, block_decode);
    return mul_rn<Machine>(reciprocal, x);
  }
};

// PR 2408 computed in the input's type, clamped the per-tensor scale and divided by the product of the scales.
struct Pr2408 {
  using Host = OnCuda;
  float decode;
  InputType type;

  static float in_type(float x, InputType wanted) { return wanted == InputType::kBf16 ? bf16_rn(x) : x; }
  static float decode_of(float amax, InputType of_input) {
    return clamped(in_type(OnCuda::by_constant(amax, 448.0f), of_input), kSmallestNormalE4m3, 448.0f);
  }
  std::uint8_t block_scale(float block_amax) const {
    const float block = in_type(OnCuda::by_constant(block_amax, 6.0f), type);
    return scale_code(div_rn<Gpu>(block, decode));
  }
  float scaled(float x, float block_decode) const {
    const float total = mul_rn<Gpu>(decode, block_decode);
    return div_rn<Gpu>(x, total);
  }
};

template <class Rule>
void quantize_blocks(const Rule& rule, const TypedView& input, QuantizedTensor& answer) {
  auto& scales = std::get<std::vector<std::uint8_t>>(answer.scales);
  std::size_t block = 0, element = 0;
  for (std::int64_t r = 0; r < input.extent.rows; ++r) {
    const std::vector<float> row = padded_row(input, r, kBlock);
    for (std::size_t c = 0; c < row.size(); c += kBlock) {
      const auto x = std::span(row).subspan(c, kBlock);
      const std::uint8_t code = rule.block_scale(amax_or_nan(x));
      scales[block++] = code;
      for (const float value : x) answer.codes[element++] = element_code(rule.scaled(value, e4m3_value(code)));
    }
  }
}

template <class Machine>
QuantizedTensor one_level(const Request& request, std::string_view recipe) {
  require(request, {recipe, kF32AndBf16, kBlock, GlobalAxis::kNone});
  QuantizedTensor answer = make_quantized(scheme_of(SchemeId::kNvfp4Single), GlobalNumber::kNone, request.input.extent);
  quantize_blocks(OneLevel<Machine>{}, request.input, answer);
  return answer;
}

template <class Machine>
float tensor_amax(const Request& request) {
  if (!request.amax.empty()) return request.amax[0];
  std::vector<float> of_rows;
  for (std::int64_t r = 0; r < request.input.extent.rows; ++r)
    of_rows.push_back(amax_or_nan(padded_row(request.input, r, kBlock)));
  const float amax = amax_or_nan(of_rows);
  return is_nan(amax) ? from_bits(Machine::kTensorNan) : amax;
}

template <class Rule>
float tensor_decode(const Request& request) {
  if (!request.global.empty()) return request.global[0];
  return Rule::decode_of(tensor_amax<typename Rule::Host>(request), request.input.type);
}

QuantizedTensor answer_of_two_levels(const Request& request, float decode) {
  QuantizedTensor answer = make_quantized(scheme_of(SchemeId::kNvfp4), GlobalNumber::kMultiplier, request.input.extent);
  answer.global = {decode};
  return answer;
}

template <class Machine>
QuantizedTensor two_level(const Request& request, std::string_view recipe) {
  require(request, {recipe, kF32AndBf16, kBlock, GlobalAxis::kTensor});
  const TwoLevel<Machine> rule{tensor_decode<TwoLevel<Machine>>(request)};
  QuantizedTensor answer = answer_of_two_levels(request, rule.decode);
  quantize_blocks(rule, request.input, answer);
  return answer;
}

}  // namespace

QuantizedTensor torchao_nvfp4(const Request& request) { return one_level<OnCuda>(request, "torchao/nvfp4"); }
QuantizedTensor torchao_nvfp4_cpu(const Request& request) { return one_level<OnX86>(request, "torchao/nvfp4-cpu"); }
QuantizedTensor torchao_nvfp4_tensorwise(const Request& request) {
  return two_level<OnCuda>(request, "torchao/nvfp4-tensorwise");
}
QuantizedTensor torchao_nvfp4_tensorwise_cpu(const Request& request) {
  return two_level<OnX86>(request, "torchao/nvfp4-tensorwise-cpu");
}
QuantizedTensor torchao_nvfp4_pr2408(const Request& request) {
  require(request, {"torchao/nvfp4-pr2408", kF32AndBf16, kBlock, GlobalAxis::kTensor});
  const Pr2408 rule{tensor_decode<Pr2408>(request), request.input.type};
  QuantizedTensor answer = answer_of_two_levels(request, rule.decode);
  quantize_blocks(rule, request.input, answer);
  return answer;
}

}  // namespace bitgate::device::cpu
