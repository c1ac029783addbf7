// ModelOpt, fake quantization: numbers out, no codes. NVFP4 by a Triton kernel and by a CUDA extension, MX by the
// extension.
//
// NVIDIA/TensorRT-Model-Optimizer, commit 5a4242fa: modelopt/torch/quantization/triton/fp4_kernel.py (as on sm_90 and
// newer) and src/tensor_quant_mx.{h,cu}, built with --use_fast_math. Rows that are no multiple of a block count as
// followed by +0.
#include <array>

#include "bitgate/device/cpu/serving_math.h"
#include "bitgate/device/cpu/te_family.h"
#include "bitgate/device/cpu/torchao_div_full.h"

namespace bitgate::device::cpu {
namespace {

using Values = std::span<const float>;

// `digits` significant bits on a grid never finer than 2^lowest, up to `largest`.
struct Element {
  int digits, lowest;
  float largest;
};
constexpr Element kE2m1Element{2, -1, 6.0f}, kE2m3Element{4, -3, 7.5f}, kE3m2Element{3, -4, 28.0f},
    kE4m3Element{4, -9, 448.0f}, kE5m2Element{3, -16, 57344.0f}, kInt8Element{8, 0, 127.0f};

// The nearest value of the element to a magnitude, ties to even; NaN and all beyond are the largest.
float nearest(const Element& element, float size) {
  if (is_nan(size) || size >= element.largest) return element.largest;
  return std::min(static_cast<float>(on_grid(static_cast<double>(size), element.digits, element.lowest)),
                  element.largest);
}

// Writes of each block of the answer what `block` makes of its elements, stored in the input's type.
template <class BlockRule>
QuantizedTensor values_of_blocks(const TypedView& input, const Operand& operand, SchemeId scheme,
                                 const BlockRule& block_rule) {
  QuantizedTensor answer = make_quantized(scheme_of(scheme), GlobalNumber::kNone, operand.extent);
  for (const Block& block : blocks_of(operand.extent, answer.scheme.block)) {
    const std::vector<float> x = values_of(operand, block);
    const auto value_of = block_rule(Values(x));
    for (std::size_t i = 0; i < x.size(); ++i)
      answer.values[code_index(answer, block.row, block.col) + i] =
          stored_as(input.type, static_cast<double>(value_of(x[i])));
  }
  return answer;
}

// The Triton kernel. Its "/" is div.full; its minimum lets a NaN yield. Products of scales below 1e-5 become 1, so
// small tensors become zeros. The sign is that of x >= 0: plus for -0. Without a finite amax every value is a NaN of
// unknown sign: refused.
QuantizedTensor nvfp4_triton(const Request& request) {
  constexpr std::string_view kRecipe = "modelopt/nvfp4-fake-triton";
  require(request, {kRecipe, kEveryType, 16, GlobalAxis::kNone});
  const Operand operand = operand_of(request.input, Direction::kRowwise);
  require_numbers(operand, kRecipe);
  const float decode = mul_rn<Gpu>(amax_or_nan(operand.x), div_rn<Gpu>(1.0f, 2688.0f));
  const float safe_decode = decode > 0.0f ? decode : 1e-12f;
  const float six_times = mul_rn<Gpu>(6.0f, safe_decode);
  return values_of_blocks(request.input, operand, SchemeId::kValuesE2m1Row16, [&](Values x) {
    const float unrounded = div_full(amax_by_hmax(x), six_times);
    const float block_decode = e4m3_value(e4m3_cvt(min_num(unrounded, 448.0f)));
    const float product = mul_rn<Gpu>(block_decode, decode);
    const float total = product < 1e-5f ? 1.0f : product;
    return [total](float value) {
      const float size = nearest(kE2m1Element, div_full(magnitude(value), total));
      const float result = mul_rn<Gpu>(size, total);
      return value >= 0.0f ? result : -result;
    };
  });
}

// What the extension multiplies elements by before and after it rounds them.
struct ScalePair {
  float scale, unscale;
};

// Its maximum takes an infinity for the largest number. The sign that it multiplies by is never set for +-0 (here:
// plus) nor for NaN, which is refused.
float extension_amax(Values x) {
  float amax = 0.0f;
  for (const float value : x) amax = max_num(amax, flushed(min_num(magnitude(value), kFloat32Max)));
  return amax;
}
auto extension_value(const Element& element, const ScalePair& pair) {
  return [element, pair](float value) {
    const float size = nearest(element, mul_rn_ftz(magnitude(value), pair.scale));
    const float result = mul_rn_ftz(size, pair.unscale);
    return flushed(value) < 0.0f ? -result : result;
  };
}

// E4M3 scales under one of the tensor, in binary64 but for two approximate quotients.
ScalePair nvfp4_pair(float block_amax, float amax) {
  if (block_amax == 0.0f || flushed(amax) == 0.0f || is_infinite(amax)) return {1.0f, 1.0f};
  const float sixth = mul_rn_ftz(block_amax, kOneSixth);
  const double tensor_encode = 448.0 * static_cast<double>(FastMath::div(6.0f, amax));
  const auto unrounded = static_cast<float>(static_cast<double>(sixth) * tensor_encode);
  const double decode = static_cast<double>(e4m3_value(e4m3_cvt(unrounded))) / tensor_encode;
  const float scale = decode == 0.0 ? kInfinity : static_cast<float>(1.0 / decode);
  return {scale, static_cast<float>(decode)};
}
QuantizedTensor nvfp4_extension(const Request& request) {
  constexpr std::string_view kRecipe = "modelopt/nvfp4-fake-ext";
  require(request, {kRecipe, kEveryType, 1, GlobalAxis::kNone});
  const Operand operand = operand_of(request.input, Direction::kRowwise);
  require_numbers(operand, kRecipe, true);
  const float amax = amax_without_nan(operand.x);
  return values_of_blocks(request.input, operand, SchemeId::kValuesE2m1Row16,
                          [&](Values x) { return extension_value(kE2m1Element, nvfp4_pair(extension_amax(x), amax)); });
}

// The quotient by the largest element, rounded up to a power of two. 2^-127, as a product with .ftz, is zero.
ScalePair mx_pair(float amax, float largest) {
  if (amax == 0.0f) return {1.0f, 1.0f};
  const float quotient = FastMath::div(amax, largest);
  const int field = exponent_field(quotient);
  const bool is_power = to_bits(quotient) % 0x00800000u == 0;
  const int exponent = is_power || field == 254 ? field - 127 : field - 126;
  return {flushed(static_cast<float>(two_to(-exponent))), flushed(static_cast<float>(two_to(exponent)))};
}

struct Row {
  std::string_view recipe;
  SchemeId scheme;
  Element element;
};

QuantizedTensor mx_extension(const Row& row, const Request& request) {
  require(request, {row.recipe, kEveryType, 1, GlobalAxis::kNone});
  const Operand operand = operand_of(request.input, Direction::kRowwise);
  require_numbers(operand, row.recipe, true);
  return values_of_blocks(request.input, operand, row.scheme, [&](Values x) {
    return extension_value(row.element, mx_pair(extension_amax(x), row.element.largest));
  });
}

// INT8 has whole numbers up to 127 here, where OCP has steps of 2^-6.
using enum SchemeId;
constexpr std::array kRows{
    Row{"modelopt/mxfp4-fake-ext", kValuesE2m1, kE2m1Element},
    Row{"modelopt/mxfp6e2m3-fake-ext", kValuesE2m3, kE2m3Element},
    Row{"modelopt/mxfp6e3m2-fake-ext", kValuesE3m2, kE3m2Element},
    Row{"modelopt/mxfp8e4m3-fake-ext", kValuesE4m3, kE4m3Element},
    Row{"modelopt/mxfp8e5m2-fake-ext", kValuesE5m2, kE5m2Element},
    Row{"modelopt/mxint8-fake-ext", kValuesInt8, kInt8Element},
};

constexpr auto kRecipes = [] {
  constexpr auto kMx = recipes_of<kRows, mx_extension>();
  std::array<CpuRecipe, kMx.size() + 2> all{
      {{"modelopt/nvfp4-fake-triton", nvfp4_triton}, {"modelopt/nvfp4-fake-ext", nvfp4_extension}}};
  std::ranges::copy(kMx, all.begin() + 2);
  return all;
}();

}  // namespace

std::span<const CpuRecipe> modelopt_fake_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
