// What the FP8 and MX quantizers of inference engines share beyond inference_math.h: exponent scales, conversions,
// SiLU, and one loop over blocks.
//
// IeeeMath and FastMath (ggml_arithmetic.h) are the two ways of building: FlashInfer and SGLang's sm_90 library use
// -use_fast_math, everybody else does not.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "bitgate/device/cpu/ggml_arithmetic.h"
#include "bitgate/device/cpu/inference_math.h"
#include "bitgate/device/cpu/mufu_ex2.h"
#include "bitgate/device/cpu/mufu_rcp.h"
#include "bitgate/device/cpu/request.h"
#include "bitgate/device/cpu/te_blocks.h"
#include "bitgate/device/cpu/te_math.h"
#include "bitgate/device/cpu/torchao_elements.h"

namespace bitgate::device::cpu {

inline constexpr InputType kHalfTypes[] = {InputType::kBf16, InputType::kF16};
inline constexpr float kOneOver448 = div_rn<Gpu>(1.0f, 448.0f);
inline constexpr float kGpuNan = from_bits(0x7FFFFFFFu);

// max with a floor: a NaN yields, so the floor stays (absmax that starts at `least`).
inline float amax_at_least(std::span<const float> x, float least) noexcept {
  const float amax = amax_by_hmax(x);
  return max_num(amax, least);
}

// The value of an E8M0 code: 0 is the binary32 subnormal 2^-127, 255 a NaN.
constexpr float e8m0_value(std::uint8_t code) noexcept {
  return code == 255 ? kGpuNan : static_cast<float>(two_to(code - 127));
}

// The next power of two by adding one to the exponent field unless the fraction is zero. Of a NaN that addition ends in
// the sign, which is masked: 0. Subnormals become 2^-126.
constexpr float power_of_two_up(float x) noexcept {
  const std::uint32_t bits = to_bits(x);
  return bits % 0x00800000u == 0 ? x : from_bits((bits + 0x00800000u) & 0x7F800000u);
}
constexpr int exponent_field(float x) noexcept { return static_cast<int>(to_bits(x) >> 23) % 256; }

// The idiom fmaxf(fminf(x, 448), -448): a NaN of either sign becomes +448.
constexpr float clamped_448(float x) noexcept { return max_num(min_num(x, 448.0f), -448.0f); }

// The idiom fminf(fmaxf(x, -448), 448): a NaN of either sign becomes -448.
constexpr float clamped_448_low_first(float x) noexcept { return min_num(max_num(x, -448.0f), 448.0f); }

// The reciprocal of a power of two by its exponent field alone, 254 less the field. Of 254 it is 0; of 255, an
// infinity, the subtraction borrows from the sign: -infinity.
constexpr float reciprocal_by_field(float power) noexcept {
  return from_bits((254u - static_cast<std::uint32_t>(exponent_field(power))) << 23);
}

// cvt.rn.satfinite of each element: a NaN of either sign is one positive code.
constexpr std::uint8_t e2m3_hardware(float x) noexcept { return is_nan(x) ? 0x1F : float_bits_code(kSmallE2m3, x); }
constexpr std::uint8_t e3m2_hardware(float x) noexcept { return is_nan(x) ? 0x1F : float_bits_code(kSmallE3m2, x); }

// A number stored in a type and read back: nearest-even, one rounding, overflow to infinity. A NaN
// is the GPU's, in 16 bits PyTorch's quiet one.
inline float stored_as(InputType type, double exact) noexcept {
  if (exact != exact) return type == InputType::kF32 ? kGpuNan : from_bits(0x7FC00000u);
  if (type == InputType::kF32) return static_cast<float>(exact);
  const bool minus = std::bit_cast<std::uint64_t>(exact) >> 63 == 1;
  const double size = minus ? -exact : exact;
  const bool is_bf16 = type == InputType::kBf16;
  const double beyond = is_bf16 ? 0x1p128 : 0x1p16;
  const double stored = size >= beyond ? beyond : is_bf16 ? on_grid(size, 8, -133) : on_grid(size, 11, -24);
  const float value = stored >= beyond ? kInfinity : static_cast<float>(stored);
  return minus ? -value : value;
}

// 1 + e^-a, the denominator of SiLU: __expf(-a) is a product with -log2(e) and MUFU.EX2. What .ftz would flush in the
// power is lost in the sum.
template <class Math>
float one_plus_exp_of_minus(float a) noexcept {
  const float exponent = Math::mul(a, from_bits(0xBFB8AA3Bu));
  const float power = ex2_approx_ftz(exponent);
  return Math::add(1.0f, power);
}
// a / (1 + e^-a) by div.approx, a product with MUFU.RCP: zero where the denominator is beyond 2^126.
template <class Math>
float silu_approx(float a) noexcept {
  const float reciprocal = rcp_approx_ftz(one_plus_exp_of_minus<Math>(a));
  return Math::mul(a, reciprocal);
}

inline void require_gate(const Request& request, std::string_view recipe) {
  const auto wanted = static_cast<std::size_t>(count(request.input.extent));
  if (request.fused.gate.size() != wanted)
    refuse(recipe, std::to_string(request.fused.gate.size()) + " numbers of the gate were given, expected " +
                       std::to_string(wanted));
}

// Refuses a NaN, and an infinity unless told that the producer's answer to it is known.
inline void require_numbers(const Operand& operand, std::string_view recipe, bool takes_infinity = false) {
  for (const float x : operand.x)
    if (is_nan(x) || (is_infinite(x) && !takes_infinity))
      refuse(recipe, "an element is NaN or infinite, expected numbers");
}

// Refuses a NaN alone.
inline void require_no_nan(const Operand& operand, std::string_view recipe) {
  for (const float x : operand.x)
    if (is_nan(x)) refuse(recipe, "an element is NaN, expected numbers or infinities");
}

// rule(block, x, codes) looks at the elements of one block, row by row, writes their codes and returns the scale to
// store.
template <class Scale, class Rule>
QuantizedTensor quantize_each_place(const Operand& operand, SchemeId scheme, const Rule& rule,
                                    GlobalNumber number = GlobalNumber::kNone) {
  QuantizedTensor answer = make_quantized(scheme_of(scheme), number, operand.extent);
  for (const Block& block : blocks_of(operand.extent, answer.scheme.block)) {
    const std::vector<float> x = values_of(operand, block);
    std::vector<std::uint8_t> codes(x.size());
    const Scale scale = rule(block, std::span<const float>(x), std::span(codes));
    store_scale<Scale>(answer, block, scale);
    for (std::int64_t r = 0; r < block.rows; ++r)
      std::copy_n(codes.begin() + r * block.cols, block.cols,
                  answer.codes.begin() + (block.row + r) * operand.extent.cols + block.col);
  }
  return answer;
}

// The same where only the elements matter: rule(x, codes).
template <class Scale, class Rule>
QuantizedTensor quantize_each_block(const Operand& operand, SchemeId scheme, const Rule& rule,
                                    GlobalNumber number = GlobalNumber::kNone) {
  return quantize_each_place<Scale>(
      operand, scheme, [&rule](const Block&, std::span<const float> x, auto codes) { return rule(x, codes); }, number);
}

// code_of(x) of every element.
template <class CodeOf>
void encode_each(std::span<const float> x, std::span<std::uint8_t> codes, const CodeOf& code_of) {
  std::ranges::transform(x, codes.begin(), code_of);
}

}  // namespace bitgate::device::cpu
