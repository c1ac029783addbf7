// SGLang's FP8 quantizers, in its two libraries: the one for sm_90 is built with -use_fast_math, the one for sm_100 and
// later is not. Source of the formulas: flashinfer-vllm-cutlass.md 2, 5 and 12 of the notes.
#include "bitgate/reference/recipe/catalog/families.h"
#include "bitgate/reference/recipe/catalog/fp8_rules.h"

namespace bitgate::reference {

namespace {

// y_s = amax * RN(1/448) is stored; values are multiplied by 448 / amax, a division of its own.
constexpr Rules group(SchemeId scheme, MultiplierForm multiplier) noexcept {
  return with_amax_floor(fp8_rules(scheme, Divide::kTimesIeeeReciprocal, multiplier), kGroupEpsilon);
}
// v2 clamps, min(max(y, -448), 448): a NaN becomes -448.
constexpr Rules second(Rules rules) noexcept { return with_clamp(rules, BoundsNan::kFloor); }

constexpr Rules kGroup = group(SchemeId::kFp8E4m3Row128, MultiplierForm::kElementMaxOverAmax);
// y_s up to a power of two, stored as its byte, which gives the multiplier too.
constexpr Rules kPower =
    with_shape(group(SchemeId::kFp8E4m3Row128E8m0, MultiplierForm::kNegatedField), ScaleShape::kPowerCeil);
// v2 with row-major scales stores the rounded scale and multiplies by that of the unrounded one.
constexpr Rules kPowerUnused = with_shape(kGroup, ScaleShape::kPowerCeil);

// max(min(y, 448), -448): a NaN becomes 448. x times the reciprocal of the scale.
constexpr Rules kSmallToken = with_clamp(
    fp8_rules(SchemeId::kFp8E4m3Token, Divide::kIeee, MultiplierForm::kReciprocalOfScale), BoundsNan::kCeiling);
constexpr Rules guarded(Rules rules) noexcept {
  rules.element.zero_scale = ZeroScale::kZero;
  return rules;
}
constexpr Rules kToken = guarded(kSmallToken);

constexpr std::string_view kFirstSource =
    "sgl-project/sglang, sgl-kernel/csrc/gemm/per_token_group_quant_8bit.cu, 00568d90";
constexpr std::string_view kSecondSource =
    "sgl-project/sglang, sgl-kernel/csrc/gemm/per_token_group_quant_8bit_v2.cu, 037cd6ea";
constexpr std::string_view kTokenSource = "sgl-project/sglang, sgl-kernel/csrc/gemm/per_token_quant_fp8.cu, 0490047f";
constexpr std::string_view kEvidence = "flashinfer-vllm-cutlass.md 5 of the notes";
constexpr std::string_view kSecondEvidence =
    "flashinfer-vllm-cutlass.md 5 of the notes; the order of the clamp's two bounds, which the notes leave open, from "
    "the source";
constexpr std::string_view kTokenEvidence =
    "flashinfer-vllm-cutlass.md 5 of the notes; a warp uses the scale that it computed: nvcc 13.0 never reads the "
    "shared "
    "one back, with fast math and without";
constexpr std::string_view kPrecise = "the library for sm_100 and later";
constexpr std::string_view kFast = "the library for sm_90, -use_fast_math";

constexpr Accepts kGroupAccepts{.bf16 = true, .f16 = true, .col_multiple = 128, .directions = kRowwiseOnly};
constexpr Accepts kTokenAccepts{.bf16 = true, .f16 = true, .col_multiple = 4, .directions = kRowwiseOnly};

constexpr Recipe kRecipes[] = {
    {{"sglang/fp8-group-v1", kFirstSource, kPrecise, Evidence::kRead, kEvidence},
     kGroup,
     {},
     kGroupAccepts,
     DequantizeOrder::kScale},
    {{"sglang/fp8-group-v1-sm90", kFirstSource, kFast, Evidence::kRead, kEvidence},
     with_fast_math(kGroup),
     {},
     kGroupAccepts,
     DequantizeOrder::kScale},
    {{"sglang/fp8-group-v1-ue8m0", kFirstSource, kPrecise, Evidence::kRead, kEvidence},
     kPower,
     {},
     kGroupAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"sglang/fp8-group-v1-ue8m0-sm90", kFirstSource, kFast, Evidence::kRead, kEvidence},
     with_fast_math(kPower),
     {},
     kGroupAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"sglang/fp8-group-v2", kSecondSource, kPrecise, Evidence::kRead, kSecondEvidence},
     second(kGroup),
     {},
     kGroupAccepts,
     DequantizeOrder::kScale},
    {{"sglang/fp8-group-v2-sm90", kSecondSource, kFast, Evidence::kRead, kSecondEvidence},
     with_fast_math(second(kGroup)),
     {},
     kGroupAccepts,
     DequantizeOrder::kScale},
    {{"sglang/fp8-group-v2-ue8m0", kSecondSource, kPrecise, Evidence::kRead, kSecondEvidence},
     second(kPower),
     {},
     kGroupAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"sglang/fp8-group-v2-ue8m0-sm90", kSecondSource, kFast, Evidence::kRead, kSecondEvidence},
     with_fast_math(second(kPower)),
     {},
     kGroupAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"sglang/fp8-group-v2-ue8m0-row", kSecondSource, "the library for sm_100 and later; row-major scales",
      Evidence::kRead, kSecondEvidence},
     second(kPowerUnused),
     {},
     kGroupAccepts,
     DequantizeOrder::kScale},
    {{"sglang/fp8-group-v2-ue8m0-row-sm90", kSecondSource, "the library for sm_90, -use_fast_math; row-major scales",
      Evidence::kRead, kSecondEvidence},
     with_fast_math(second(kPowerUnused)),
     {},
     kGroupAccepts,
     DequantizeOrder::kScale},
    {{"sglang/fp8-token", kTokenSource, kPrecise, Evidence::kRead, kTokenEvidence},
     kToken,
     {},
     kTokenAccepts,
     DequantizeOrder::kScale},
    {{"sglang/fp8-token-sm90", kTokenSource, kFast, Evidence::kRead, kTokenEvidence},
     with_fast_math(kToken),
     {},
     kTokenAccepts,
     DequantizeOrder::kScale},
    {{"sglang/fp8-token-small", kTokenSource, "fewer rows than 16 a multiprocessor, sm_100 and later", Evidence::kRead,
      kEvidence},
     kSmallToken,
     {},
     kTokenAccepts,
     DequantizeOrder::kScale},
    {{"sglang/fp8-token-small-sm90", kTokenSource, "fewer rows than 16 a multiprocessor, sm_90, -use_fast_math",
      Evidence::kRead, kEvidence},
     with_fast_math(kSmallToken),
     {},
     kTokenAccepts,
     DequantizeOrder::kScale},
};

}  // namespace

std::span<const Recipe> sglang_fp8_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::reference
