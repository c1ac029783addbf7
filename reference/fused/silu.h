// SiLU(gate) times the input in front of a quantizer, stored in the input's type:
// s = gate / (1 + 2^(gate * -log2 e)), p = s * input.
//
// Binary32, each operation rounded to nearest even, -log2 e = BFB8AA3B. The producers differ in what exponentiates and
// divides and in what is flushed:
//   kSiluFtz         FlashInfer, -use_fast_math: everything flushes, ex2.approx.ftz, div.approx.ftz.
//   kSiluApprox      vLLM's __expf and __fdividef without fast math: ex2.approx, div.approx; subnormals kept.
//   kSiluIeee        FlashInfer's CuTe kernels: subnormals kept, ex2.approx.ftz, div.rn.
//   kSiluRoundedFtz  SGLang's sm_90 library: as kSiluFtz, s is rounded to the input's type, and so is its product with
//                    the input, which is exact before that rounding; 16-bit products keep subnormals.
// The approximate divisions multiply by MUFU.RCP, which gives 0 above 2^126: a gate below about -87.34 gives -0.
// NaN gives NaN, +infinity itself, and -infinity, multiplied by 0 or divided by infinity, NaN. Stored by cvt.rn: ties
// to even, overflow to infinity, NaN 7FFF.
//
// Source: flashinfer-vllm-cutlass.md 2, 3.12, 4.1 and 5 of the notes (flashinfer-ai/flashinfer fb28d724,
// vllm-project/vllm 20b4ad8e, sgl-project/sglang 037cd6ea). The instructions' models: arith/mufu.h.
#pragma once

#include "bitgate/reference/arith/arithmetic.h"
#include "bitgate/reference/format/tensor.h"
#include "bitgate/reference/recipe/rules.h"

namespace bitgate::reference {

constexpr bool is_silu(Fusion fusion) noexcept {
  return fusion == Fusion::kSiluFtz || fusion == Fusion::kSiluApprox || fusion == Fusion::kSiluIeee ||
         fusion == Fusion::kSiluRoundedFtz;
}

// SiLU alone, in binary32, before any rounding to the input's type. F is float or lanes of it
// (reference/format/lanes.h).
template <class F>
[[gnu::always_inline]] constexpr F silu(Fusion fusion, F gate) noexcept {
  constexpr float kMinusLog2E = -0x1.715476p+0f;  // BFB8AA3B
  const bool keeps = fusion == Fusion::kSiluApprox || fusion == Fusion::kSiluIeee;
  const Arithmetic on{keeps ? Machine::kGpu : Machine::kGpuFtz};
  const F exponent = on.mul_rn(gate, kMinusLog2E);
  const F power = fusion == Fusion::kSiluApprox ? ex2_approx(exponent) : ex2_approx_ftz(exponent);
  const F sum = on.add_rn(1.0f, power);
  if (fusion == Fusion::kSiluIeee) return div_rn(gate, sum);
  return keeps ? div_approx(gate, sum) : div_approx_ftz(gate, sum);
}

// Times x; `stored` is what a number of the input's type becomes when it is stored and read again.
template <class F, class Stored>
[[gnu::always_inline]] constexpr F silu_product(Fusion fusion, F gate, F x, Stored stored) noexcept {
  const F s = silu(fusion, gate);
  if (fusion == Fusion::kSiluFtz) return mul_rn_ftz(s, x);
  if (fusion != Fusion::kSiluRoundedFtz) return mul_rn(s, x);
  // Two numbers of 16 bits: their product is exact in binary32 but for what underflows there, which rounds to zero in
  // either type.
  return mul_rn(stored(s), x);
}

// Every element, in the input's type, same extent. gate: one number an element, of the input's type, widened.
TypedTensor silu_times(const TypedView& input, Fusion fusion, std::span<const float> gate);

}  // namespace bitgate::reference
