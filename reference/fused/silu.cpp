// SiLU times the input, one machine operation a line; see silu.h.
#include "bitgate/reference/fused/silu.h"

#include "bitgate/reference/arith/arithmetic.h"

namespace bitgate::reference {

namespace {

constexpr float kMinusLog2E = -0x1.715476p+0f;  // BFB8AA3B

std::uint16_t rounded(InputType type, float x) noexcept {
  return static_cast<std::uint16_t>(encode(format_of(type), x, kCvtRnInf));
}

float product(Fusion fusion, InputType type, float gate, float x) noexcept {
  const float s = silu(fusion, gate);
  if (fusion == Fusion::kSiluFtz) return mul_rn_ftz(s, x);
  if (fusion != Fusion::kSiluRoundedFtz) return mul_rn(s, x);
  // Two numbers of 16 bits: their product is exact in binary32 but for what underflows there, which rounds to zero in
  // either type.
  return mul_rn(type == InputType::kF32 ? s : widen(type, rounded(type, s)), x);
}

}  // namespace

float silu(Fusion fusion, float gate) noexcept {
  const bool keeps = fusion == Fusion::kSiluApprox || fusion == Fusion::kSiluIeee;
  const Arithmetic on{keeps ? Machine::kGpu : Machine::kGpuFtz};
  const float exponent = on.mul_rn(gate, kMinusLog2E);
  const float power = fusion == Fusion::kSiluApprox ? ex2_approx(exponent) : ex2_approx_ftz(exponent);
  const float sum = on.add_rn(1.0f, power);
  if (fusion == Fusion::kSiluIeee) return div_rn(gate, sum);
  return keeps ? div_approx(gate, sum) : div_approx_ftz(gate, sum);
}

TypedTensor silu_times(const TypedView& input, Fusion fusion, std::span<const float> gate) {
  const auto n = static_cast<std::size_t>(count(input.extent));
  TypedTensor out{input.type, input.extent, {}};
  if (input.type == InputType::kF32) {
    std::vector<float> results(n);
    for (std::size_t i = 0; i < n; ++i) results[i] = product(fusion, input.type, gate[i], input.f32()[i]);
    out.values = std::move(results);
    return out;
  }
  std::vector<std::uint16_t> results(n);
  for (std::size_t i = 0; i < n; ++i) {
    const float x = widen(input.type, input.bits16()[i]);
    results[i] = rounded(input.type, product(fusion, input.type, gate[i], x));
  }
  out.values = std::move(results);
  return out;
}

}  // namespace bitgate::reference
