// vLLM's FP8 quantizers (CUDA; max 448). Source of the formulas: flashinfer-vllm-cutlass.md 4.3 and 12 of the notes.
//
// The scale of fp8-static is the caller's: Request.scales holds it; an amax given instead stands for the scale
// amax / 448, and without either it is that of the tensor's own amax. vllm/fp8-token is asked without scale_ub.
#include "bitgate/reference/recipe/catalog/families.h"
#include "bitgate/reference/recipe/catalog/fp8_rules.h"

namespace bitgate::reference {

namespace {

// max(min(y, 448), -448): a NaN becomes 448. x times the rounded reciprocal of the scale.
constexpr Rules kTensor =
    with_clamp(fp8_rules(SchemeId::kFp8E4m3, Divide::kIeee, MultiplierForm::kReciprocalOfScale), BoundsNan::kCeiling);
constexpr Rules kToken = with_scale_floor(
    with_clamp(fp8_rules(SchemeId::kFp8E4m3Token, Divide::kIeee, MultiplierForm::kDivideByScale), BoundsNan::kCeiling),
    kMinFp8Scale);
// The group kernels clamp in the other order, min(max(y, -448), 448): a NaN becomes -448.
constexpr Rules group(SchemeId scheme, MultiplierForm multiplier) noexcept {
  return with_clamp(with_amax_floor(fp8_rules(scheme, Divide::kIeee, multiplier), kGroupEpsilon), BoundsNan::kFloor);
}
// Rounded up to a power of two, from 1e-10 on.
constexpr Rules power(Rules rules) noexcept {
  return with_shape(with_scale_floor(rules, kGroupEpsilon), ScaleShape::kPowerCeil);
}

constexpr Rules kGroup = group(SchemeId::kFp8E4m3Row128, MultiplierForm::kDivideByScale);
constexpr Rules kGroupPower = power(group(SchemeId::kFp8E4m3Row128, MultiplierForm::kReciprocalOfScale));
constexpr Rules kGroupPacked = power(group(SchemeId::kFp8E4m3Row128E8m0, MultiplierForm::kReciprocalOfField));

constexpr std::string_view kSource =
    "vllm-project/vllm, csrc/quantization/w8a8/fp8/common.cu, 096d3dc9; common.cuh, 0f5257e2";
constexpr std::string_view kGroupSource =
    "vllm-project/vllm, csrc/quantization/w8a8/fp8/per_token_group_quant.cu, 0f5257e2";
constexpr std::string_view kEvidence = "flashinfer-vllm-cutlass.md 4.3 of the notes";
constexpr std::string_view kGroupEvidence =
    "flashinfer-vllm-cutlass.md 4.3 of the notes; the order of the clamp's two bounds from the source, where the notes "
    "say 7E for a NaN";

constexpr Accepts kTensorAccepts{
    .f32 = true, .bf16 = true, .f16 = true, .directions = kRowwiseOnly, .empty = false, .refusal = "it has no amax"};
constexpr Accepts kTokenAccepts{.f32 = true, .bf16 = true, .f16 = true, .directions = kRowwiseOnly};
constexpr Accepts kGroupAccepts{.bf16 = true, .f16 = true, .col_multiple = 128, .directions = kRowwiseOnly};

constexpr Recipe kRecipes[] = {
    {{"vllm/fp8-static", kSource, "096d3dc9; one scale", Evidence::kRead, kEvidence},
     kTensor,
     {},
     kTensorAccepts,
     DequantizeOrder::kScale},
    {{"vllm/fp8-tensor", kSource, "096d3dc9", Evidence::kRead, kEvidence},
     kTensor,
     {},
     kTensorAccepts,
     DequantizeOrder::kScale},
    {{"vllm/fp8-token", kSource, "096d3dc9; scale_ub not given", Evidence::kRead, kEvidence},
     kToken,
     {},
     kTokenAccepts,
     DequantizeOrder::kScale},
    {{"vllm/fp8-group", kGroupSource, "0f5257e2; groups of 128", Evidence::kRead, kGroupEvidence},
     kGroup,
     {},
     kGroupAccepts,
     DequantizeOrder::kScale},
    {{"vllm/fp8-group-ue8m0", kGroupSource, "0f5257e2; groups of 128, scale_ue8m0, binary32 scales", Evidence::kRead,
      kGroupEvidence},
     kGroupPower,
     {},
     kGroupAccepts,
     DequantizeOrder::kScale},
    {{"vllm/fp8-group-packed", kGroupSource, "0f5257e2; groups of 128, four UE8M0 bytes a word", Evidence::kRead,
      kGroupEvidence},
     kGroupPacked,
     {},
     kGroupAccepts,
     DequantizeOrder::kPowerOfTwo},
};

}  // namespace

std::span<const Recipe> vllm_fp8_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::reference
