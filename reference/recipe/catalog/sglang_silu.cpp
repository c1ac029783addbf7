// SGLang's FP8 groups of 128 behind SiLU of a gate (per_token_group_quant_8bit_v2, fuse_silu_and_mul). Source of the
// formulas: flashinfer-vllm-cutlass.md 5 of the notes.
#include "bitgate/reference/recipe/catalog/families.h"
#include "bitgate/reference/recipe/catalog/fp8_rules.h"

namespace bitgate::reference {

namespace {

// As sglang/fp8-group-v2.
constexpr Rules kGroup = with_clamp(with_amax_floor(fp8_rules(SchemeId::kFp8E4m3Row128, Divide::kTimesIeeeReciprocal,
                                                              MultiplierForm::kElementMaxOverAmax),
                                                    kGroupEpsilon),
                                    BoundsNan::kFloor);

constexpr Rules gated(Rules rules) noexcept {
  rules.fusion = Fusion::kSiluRoundedFtz;
  return rules;
}

constexpr std::string_view kSource =
    "sgl-project/sglang, sgl-kernel/csrc/gemm/per_token_group_quant_8bit_v2.cu, 037cd6ea";
constexpr Accepts kAccepts{.bf16 = true, .f16 = true, .col_multiple = 128};

constexpr Recipe kRecipes[] = {
    {{"sglang/silu-fp8-group", kSource, "the library for sm_100 and later", Evidence::kOpen,
      "flashinfer-vllm-cutlass.md 5 of the notes"},
     gated(kGroup),
     {},
     kAccepts,
     DequantizeOrder::kScale,
     "SiLU is by tanh.approx.f32, of which there is no model to the bit"},
    {{"sglang/silu-fp8-group-sm90", kSource, "the library for sm_90, -use_fast_math", Evidence::kRead,
      "flashinfer-vllm-cutlass.md 5 of the notes; the order of the clamp's two bounds from the source"},
     gated(with_fast_math(kGroup)),
     {},
     kAccepts,
     DequantizeOrder::kScale},
};

}  // namespace

std::span<const Recipe> sglang_silu_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::reference
