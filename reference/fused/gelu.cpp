// GELU, one machine operation a line; see gelu.h.
#include "bitgate/reference/fused/gelu.h"

#include "bitgate/reference/arith/ieee.h"
#include "bitgate/reference/arith/mufu.h"

namespace bitgate::reference {

namespace {

constexpr float kLinear = 0x1.988454p-1f;         // 0.79788456, sqrt(2 / pi)
constexpr float kCubic = 0x1.2444f4p-5f;          // 0.03567741, sqrt(2 / pi) * 0.044715
constexpr float kTwoLog2E = 0x1.715476p+1f;       // e^(2t) = 2^(t * 2 log2 e)
constexpr float kPolynomialEnd = 0x1.333334p-1f;  // 0.6
constexpr float kOneFrom = 0x1.205968p+3f;        // 9.0109138
constexpr float kTanh9 = 0x1.01e104p-6f;          // coefficients of t^9, t^7, t^5, t^3
constexpr float kTanh7 = -0x1.ac795cp-5f;
constexpr float kTanh5 = 0x1.10b282p-3f;
constexpr float kTanh3 = -0x1.5553dap-2f;

float tanh_by_exponential(float size) noexcept {
  if (size >= kOneFrom) return 1.0f;
  const float scaled = mul_rn(size, kTwoLog2E);
  const float power = ex2_approx_ftz(scaled);
  const float sum = add_rn(power, 1.0f);
  const float reciprocal = rcp_approx_ftz(sum);
  return fma_rn(reciprocal, -2.0f, 1.0f);
}

float tanh_by_polynomial(float t) noexcept {
  const float square = mul_rn(t, t);
  float sum = fma_rn(kTanh9, square, kTanh7);
  sum = fma_rn(sum, square, kTanh5);
  sum = fma_rn(sum, square, kTanh3);
  // The addend +0 decides the sign of a product of zero, and so that of t = -0.
  sum = fma_rn(sum, square, 0.0f);
  return fma_rn(sum, t, t);
}

float with_sign_of(float size, float from) noexcept {
  const std::uint32_t sign = std::bit_cast<std::uint32_t>(from) & 0x80000000;
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(size) | sign);
}

}  // namespace

float tanh_of_cuda(float t) noexcept {
  const float size = magnitude(t);
  // A NaN is not at least 0.6; the polynomial keeps it.
  if (size >= kPolynomialEnd) return with_sign_of(tanh_by_exponential(size), t);
  return tanh_by_polynomial(t);
}

float gelu(float x) noexcept {
  const float cubic = mul_rn(x, kCubic);
  const float slope = fma_rn(x, cubic, kLinear);
  const float t = mul_rn(x, slope);
  const float share = fma_rn(tanh_of_cuda(t), 0.5f, 0.5f);
  return mul_rn(x, share);
}

TypedTensor gelu(const TypedView& input) {
  const auto n = static_cast<std::size_t>(count(input.extent));
  TypedTensor out{input.type, input.extent, {}};
  if (input.type == InputType::kF32) {
    std::vector<float> results(n);
    for (std::size_t i = 0; i < n; ++i) results[i] = gelu(input.f32()[i]);
    out.values = std::move(results);
    return out;
  }
  std::vector<std::uint16_t> results(n);
  for (std::size_t i = 0; i < n; ++i) {
    const float result = gelu(widen(input.type, input.bits16()[i]));
    results[i] = static_cast<std::uint16_t>(encode(format_of(input.type), result, kCvtRnInf));
  }
  out.values = std::move(results);
  return out;
}

}  // namespace bitgate::reference
