// torchao NVFP4 as PyTorch's own operations: one level and two levels, eager, each as CUDA and as x86 compute it; two
// levels as Inductor compiles them; and the two levels of earlier versions.
//
// pytorch/ao, commit 36027d82: torchao/prototype/mx_formats/nvfp4_tensor.py and custom_fp_utils.py; PR 2408 (7ca9f10d).
// PyTorch on CUDA divides a tensor by a constant as a product with the rounded reciprocal; on the CPU it divides.
#include "bitgate/device/cpu/request.h"
#include "bitgate/device/cpu/torchao_div_full.h"
#include "bitgate/device/cpu/torchao_elements.h"
#include "bitgate/device/cpu/torchao_recipes.h"

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
  static float quotient(float a, float b) { return div_rn<Gpu>(a, b); }
};
struct OnX86 : X86 {
  static constexpr std::uint32_t kTensorNan = 0xFFFFFFFF;
  static float by_constant(float x, float c) { return div_rn<X86>(x, c); }
  static float quotient(float a, float b) { return div_rn<X86>(a, b); }
};
// Inductor writes Triton, whose "/" between tensors is div.full; a constant divisor is a product there too. Of the
// captured bytes of torch.compile the two divisions of the element's reciprocal need div.full, both of them; that of
// the block scale may be either, and is taken to be what Inductor makes of every such division.
struct Inductor : OnCuda {
  static float quotient(float a, float b) { return div_full(a, b); }
};

std::uint8_t element_code(float scaled) { return float_bits_code(kSmallE2m1, clamped(scaled, -6.0f, 6.0f)); }
std::uint8_t scale_code(float unrounded) { return e4m3_saturating(clamped(unrounded, kSmallestNormalE4m3, 448.0f)); }

// One level: the block scale alone.
template <class Machine>
struct OneLevel {
  std::uint8_t block_scale(float block_amax) const { return scale_code(Machine::by_constant(block_amax, 6.0f)); }
  float scaled(float x, float block_decode) const {
    const float reciprocal = Machine::quotient(1.0f, block_decode);
    return mul_rn<Machine>(reciprocal, x);
  }
};

// Two levels: `decode` is the per-tensor scale that multiplies codes times block scales.
template <class Machine>
struct TwoLevel {
  using Host = Machine;
  float decode;

  static float decode_of(float amax, InputType) { return Machine::by_constant(amax, 2688.0f); }
  static TwoLevel of(float decode, InputType) { return {decode}; }
  std::uint8_t block_scale(float block_amax) const {
    const float block = Machine::by_constant(block_amax, 6.0f);
    return scale_code(Machine::quotient(block, decode));
  }
  float scaled(float x, float block_decode) const {
    const float encode = Machine::quotient(1.0f, decode);
    const float reciprocal = Machine::quotient(encode, block_decode);
    return mul_rn<Machine>(reciprocal, x);
  }
};

// 2025-07-25 to 2026-03-13: the same scales, but elements were divided by their product.
struct TwoLevelDivided : TwoLevel<OnCuda> {
  static TwoLevelDivided of(float decode, InputType) { return {{decode}}; }
  float scaled(float x, float block_decode) const {
    const float total = mul_rn<Gpu>(decode, block_decode);
    return div_rn<Gpu>(x, total);
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
  static Pr2408 of(float decode, InputType type) { return {decode, type}; }
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
  const std::vector<float> x = operand_of(input, Direction::kRowwise).x;
  for (std::size_t block = 0; block < scales.size(); ++block) {
    const std::size_t first = block * kBlock;
    const std::uint8_t code = rule.block_scale(amax_or_nan(std::span(x).subspan(first, kBlock)));
    scales[block] = code;
    for (std::size_t i = first; i < first + kBlock; ++i)
      answer.codes[i] = element_code(rule.scaled(x[i], e4m3_value(code)));
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
  const float amax = amax_or_nan(operand_of(request.input, Direction::kRowwise).x);
  return is_nan(amax) ? from_bits(Machine::kTensorNan) : amax;
}

template <class Rule>
QuantizedTensor two_levels(const Request& request, std::string_view recipe) {
  require(request, {recipe, kF32AndBf16, kBlock, GlobalAxis::kTensor});
  const InputType type = request.input.type;
  const float decode =
      request.global.empty() ? Rule::decode_of(tensor_amax<typename Rule::Host>(request), type) : request.global[0];
  QuantizedTensor answer = make_quantized(scheme_of(SchemeId::kNvfp4), GlobalNumber::kMultiplier, request.input.extent);
  answer.global = {decode};
  quantize_blocks(Rule::of(decode, type), request.input, answer);
  return answer;
}

// -div and -div-high differ in the order of the nibbles in a byte, which no logical answer shows.
constexpr CpuRecipe kRecipes[] = {
    {"torchao/nvfp4", [](const Request& r) { return one_level<OnCuda>(r, "torchao/nvfp4"); }},
    {"torchao/nvfp4-cpu", [](const Request& r) { return one_level<OnX86>(r, "torchao/nvfp4-cpu"); }},
    {"torchao/nvfp4-tensorwise",
     [](const Request& r) { return two_levels<TwoLevel<OnCuda>>(r, "torchao/nvfp4-tensorwise"); }},
    {"torchao/nvfp4-tensorwise-cpu",
     [](const Request& r) { return two_levels<TwoLevel<OnX86>>(r, "torchao/nvfp4-tensorwise-cpu"); }},
    {"torchao/nvfp4-tensorwise-inductor",
     [](const Request& r) { return two_levels<TwoLevel<Inductor>>(r, "torchao/nvfp4-tensorwise-inductor"); }},
    {"torchao/nvfp4-div", [](const Request& r) { return two_levels<TwoLevelDivided>(r, "torchao/nvfp4-div"); }},
    {"torchao/nvfp4-div-high",
     [](const Request& r) { return two_levels<TwoLevelDivided>(r, "torchao/nvfp4-div-high"); }},
    {"torchao/nvfp4-pr2408", [](const Request& r) { return two_levels<Pr2408>(r, "torchao/nvfp4-pr2408"); }},
};

}  // namespace

std::span<const CpuRecipe> torchao_nvfp4_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
