// GELU in front of TransformerEngine's quantizers: the activation, stored, and then the plain recipe.
//
// NVIDIA/TransformerEngine, common/util/math.h, commit 0321f72c; the order of operations is that of PTX by nvcc 13.0.
#include "bitgate/device/cpu/te_gelu.h"

#include <algorithm>

#include "bitgate/device/cpu/ggml_arithmetic.h"
#include "bitgate/device/cpu/mufu_ex2.h"
#include "bitgate/device/cpu/request.h"
#include "bitgate/device/cpu/te_family.h"

namespace bitgate::device::cpu {
namespace {

// e^(2 size) is 2^(size * 2 / ln 2), and tanh is 1 - 2 / (e^(2 size) + 1).
float tanh_of_large(float size) noexcept {
  if (size >= from_bits(0x41102CB4)) return 1.0f;
  const float power = ex2_approx_ftz(mul_rn<Gpu>(size, from_bits(0x4038AA3B)));
  const float part = rcp_approx_ftz(add_rn<Gpu>(power, 1.0f));
  return fma_rn<Gpu>(part, -2.0f, 1.0f);
}

// t + t * t^2 * (-1/3 + t^2 * (2/15 - ...)), by Horner; binary64 holds each product, one rounding a step.
float tanh_of_small(float t) noexcept {
  constexpr std::uint32_t kCoefficients[] = {0x3C80F082, 0xBD563CAE, 0x3E085941, 0xBEAAA9ED, 0x00000000};
  const float square = mul_rn<Gpu>(t, t);
  float sum = from_bits(kCoefficients[0]);
  for (std::size_t i = 1; i < std::size(kCoefficients); ++i)
    sum = fma_rn<Gpu>(sum, square, from_bits(kCoefficients[i]));
  return fma_rn<Gpu>(sum, t, t);
}

float widened(const TypedView& input, std::size_t i) noexcept {
  const std::uint16_t bits = input.bits16()[i];
  return input.type == InputType::kBf16 ? from_bits(bits * 0x10000u) : half_value(bits);
}

std::uint16_t stored_in_16(InputType type, float x) noexcept {
  if (is_nan(x)) return 0x7FFF;
  return type == InputType::kBf16 ? static_cast<std::uint16_t>(to_bits(bf16_rn(x)) >> 16) : half_bits(x, 0x7FFF);
}

}  // namespace

float cuda_tanh(float t) noexcept {
  const float size = magnitude(t);
  if (is_nan(t) || size < from_bits(0x3F19999A)) return tanh_of_small(t);
  return has_minus(t) ? -tanh_of_large(size) : tanh_of_large(size);
}

float te_gelu(float x) noexcept {
  const float scaled = mul_rn<Gpu>(x, from_bits(0x3D12227A));
  const float t = mul_rn<Gpu>(x, fma_rn<Gpu>(x, scaled, from_bits(0x3F4C422A)));
  return mul_rn<Gpu>(x, fma_rn<Gpu>(cuda_tanh(t), 0.5f, 0.5f));
}

TypedTensor te_gelu_of(const TypedView& input) {
  const auto n = static_cast<std::size_t>(count(input.extent));
  if (input.type == InputType::kF32) {
    std::vector<float> y(n);
    std::ranges::transform(input.f32(), y.begin(), te_gelu);
    return {input.type, input.extent, std::move(y)};
  }
  std::vector<std::uint16_t> y(n);
  for (std::size_t i = 0; i < n; ++i) y[i] = stored_in_16(input.type, te_gelu(widened(input, i)));
  return {input.type, input.extent, std::move(y)};
}

namespace {

struct Row {
  std::string_view recipe, quantizer;
  std::int64_t multiple;  // of the columns, and for the column-wise side of the rows
  GlobalAxis amax;        // given from outside: one number, or none
};

constexpr std::array kRows{
    Row{"te/mxfp8-e4m3-gelu", "te/mxfp8-e4m3", 1, GlobalAxis::kNone},
    Row{"te/mxfp8-e5m2-gelu", "te/mxfp8-e5m2", 1, GlobalAxis::kNone},
    Row{"te/fp8-current-e4m3-gelu", "te/fp8-current-e4m3", 1, GlobalAxis::kTensor},
    Row{"te/fp8-current-e5m2-gelu", "te/fp8-current-e5m2", 1, GlobalAxis::kTensor},
    Row{"te/nvfp4-gelu", "te/nvfp4", 16, GlobalAxis::kTensor},
};

QuantizedTensor quantize(const Row& row, const Request& request) {
  require(request, {row.recipe, kEveryType, row.multiple, row.amax, 1, Directions::kEvery, row.multiple});
  const TypedTensor activated = te_gelu_of(request.input);
  Request after = request;
  after.input = activated.view();
  return find_cpu_subject(row.quantizer)(after);
}

constexpr auto kRecipes = recipes_of<kRows, quantize>();

}  // namespace

std::span<const CpuRecipe> te_gelu_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
