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

#include "bitgate/reference/format/tensor.h"
#include "bitgate/reference/recipe/rules.h"

namespace bitgate::reference {

constexpr bool is_silu(Fusion fusion) noexcept {
  return fusion == Fusion::kSiluFtz || fusion == Fusion::kSiluApprox || fusion == Fusion::kSiluIeee ||
         fusion == Fusion::kSiluRoundedFtz;
}

// SiLU alone, in binary32, before any rounding to the input's type.
float silu(Fusion fusion, float gate) noexcept;

// Every element, in the input's type, same extent. gate: one number an element, of the input's type, widened.
TypedTensor silu_times(const TypedView& input, Fusion fusion, std::span<const float> gate);

}  // namespace bitgate::reference
