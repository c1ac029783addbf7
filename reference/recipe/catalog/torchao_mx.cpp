// torchao's MX formats in their four scaling modes, compiled without the clamp, and before #4725. Source of the
// formulas: torchao-and-ocp.md 2.1 and 2.4.
#include "bitgate/reference/recipe/catalog/families.h"

namespace bitgate::reference {

namespace {

// E4M3 and E5M2 are cast by the framework; only the modes that can overshoot clamp first. Smaller elements saturate in
// torchao's own rounding.
constexpr Rules mx(SchemeId scheme, ScaleForm form) noexcept {
  const Format& element = scheme_of(scheme).element;
  const bool cast = element.bits == 8;
  // A true division by the largest element would give the same scale for every amax (all of them tried for E4M3).
  const bool rceil = form == ScaleForm::kExponentRoundUp;
  return {.scheme = scheme,
          .block = {.form = form,
                    .divide = rceil ? Divide::kTimesIeeeReciprocal : Divide::kIeee,
                    .amax_nan = AmaxNan::kPropagate,
                    .encode = rceil ? kCvtRp : kCvtRnSatfinite},
          .element = {.multiplier = MultiplierForm::kExponentNegated,
                      .clamp = cast && !rceil ? static_cast<float>(max_finite(element)) : 0.0f,
                      .encode = cast ? ElementEncode::kTorchCast : ElementEncode::kFloatBits}};
}
constexpr Rules kMxfp4Floor = mx(SchemeId::kMxfp4, ScaleForm::kExponentFloor);
constexpr Rules kMxfp8Floor = mx(SchemeId::kMxfp8E4m3, ScaleForm::kExponentFloor);
constexpr Rules kMxfp8Rceil = mx(SchemeId::kMxfp8E4m3, ScaleForm::kExponentRoundUp);

constexpr Rules without_clamp(SchemeId scheme, ScaleForm form) noexcept {
  Rules rules = mx(scheme, form);
  rules.element.clamp = 0.0f;
  return rules;
}

// Divided by a scale of at least 2^-126; infinity had an exponent like a number.
constexpr Rules before_4725(SchemeId scheme) noexcept {
  Rules rules = mx(scheme, ScaleForm::kExponentFloorOfFinite);
  rules.element.multiplier = MultiplierForm::kDivideByNormalPower;
  return rules;
}

constexpr std::string_view kSource = "pytorch/ao, torchao/prototype/mx_formats/mx_tensor.py, 36027d82";
constexpr std::string_view kEvidence = "torchao eager, PyTorch 2.11.0, H100";
constexpr std::string_view kOldEvidence = "torchao 0.18.0 eager, PyTorch 2.11.0, H100";
constexpr std::string_view kCompileEvidence = "torchao under torch.compile (aot_eager), PyTorch 2.11.0, H100";

constexpr Accepts kAccepts{.f32 = true, .bf16 = true, .col_multiple = 32};

constexpr Recipe kRecipes[] = {
    {{"torchao/mxfp4-floor", kSource, "2026-08-12 (#4725) and later", Evidence::kCaptured, kEvidence},
     kMxfp4Floor,
     {},
     kAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"torchao/mxfp4-ceil", kSource, "2026-08-12 (#4725) and later", Evidence::kCaptured, kEvidence},
     mx(SchemeId::kMxfp4, ScaleForm::kExponentCeil),
     {},
     kAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"torchao/mxfp4-even", kSource, "2026-08-12 (#4725) and later", Evidence::kCaptured, kEvidence},
     mx(SchemeId::kMxfp4, ScaleForm::kExponentEven),
     {},
     kAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"torchao/mxfp4-rceil", kSource, "2026-08-12 (#4725) and later", Evidence::kCaptured, kEvidence},
     mx(SchemeId::kMxfp4, ScaleForm::kExponentRoundUp),
     {},
     kAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"torchao/mxfp6e2m3-floor", kSource, "2026-08-12 (#4725) and later", Evidence::kCaptured, kEvidence},
     mx(SchemeId::kMxfp6E2m3, ScaleForm::kExponentFloor),
     {},
     kAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"torchao/mxfp6e2m3-ceil", kSource, "2026-08-12 (#4725) and later", Evidence::kCaptured, kEvidence},
     mx(SchemeId::kMxfp6E2m3, ScaleForm::kExponentCeil),
     {},
     kAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"torchao/mxfp6e2m3-even", kSource, "2026-08-12 (#4725) and later", Evidence::kCaptured, kEvidence},
     mx(SchemeId::kMxfp6E2m3, ScaleForm::kExponentEven),
     {},
     kAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"torchao/mxfp6e2m3-rceil", kSource, "2026-08-12 (#4725) and later", Evidence::kCaptured, kEvidence},
     mx(SchemeId::kMxfp6E2m3, ScaleForm::kExponentRoundUp),
     {},
     kAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"torchao/mxfp6e3m2-floor", kSource, "2026-08-12 (#4725) and later", Evidence::kCaptured, kEvidence},
     mx(SchemeId::kMxfp6E3m2, ScaleForm::kExponentFloor),
     {},
     kAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"torchao/mxfp6e3m2-ceil", kSource, "2026-08-12 (#4725) and later", Evidence::kCaptured, kEvidence},
     mx(SchemeId::kMxfp6E3m2, ScaleForm::kExponentCeil),
     {},
     kAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"torchao/mxfp6e3m2-even", kSource, "2026-08-12 (#4725) and later", Evidence::kCaptured, kEvidence},
     mx(SchemeId::kMxfp6E3m2, ScaleForm::kExponentEven),
     {},
     kAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"torchao/mxfp6e3m2-rceil", kSource, "2026-08-12 (#4725) and later", Evidence::kCaptured, kEvidence},
     mx(SchemeId::kMxfp6E3m2, ScaleForm::kExponentRoundUp),
     {},
     kAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"torchao/mxfp8e4m3-floor", kSource, "2026-08-12 (#4725) and later", Evidence::kCaptured, kEvidence},
     kMxfp8Floor,
     {},
     kAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"torchao/mxfp8e4m3-ceil", kSource, "2026-08-12 (#4725) and later", Evidence::kCaptured, kEvidence},
     mx(SchemeId::kMxfp8E4m3, ScaleForm::kExponentCeil),
     {},
     kAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"torchao/mxfp8e4m3-even", kSource, "2026-08-12 (#4725) and later", Evidence::kCaptured, kEvidence},
     mx(SchemeId::kMxfp8E4m3, ScaleForm::kExponentEven),
     {},
     kAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"torchao/mxfp8e4m3-rceil", kSource, "2026-08-12 (#4725) and later", Evidence::kCaptured, kEvidence},
     kMxfp8Rceil,
     {},
     kAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"torchao/mxfp8e5m2-floor", kSource, "2026-08-12 (#4725) and later", Evidence::kCaptured, kEvidence},
     mx(SchemeId::kMxfp8E5m2, ScaleForm::kExponentFloor),
     {},
     kAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"torchao/mxfp8e5m2-ceil", kSource, "2026-08-12 (#4725) and later", Evidence::kCaptured, kEvidence},
     mx(SchemeId::kMxfp8E5m2, ScaleForm::kExponentCeil),
     {},
     kAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"torchao/mxfp8e5m2-even", kSource, "2026-08-12 (#4725) and later", Evidence::kCaptured, kEvidence},
     mx(SchemeId::kMxfp8E5m2, ScaleForm::kExponentEven),
     {},
     kAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"torchao/mxfp8e5m2-rceil", kSource, "2026-08-12 (#4725) and later", Evidence::kCaptured, kEvidence},
     mx(SchemeId::kMxfp8E5m2, ScaleForm::kExponentRoundUp),
     {},
     kAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"torchao/mxfp4-floor-pre4725", kSource, "until 2026-08-12 (#4725)", Evidence::kCaptured, kOldEvidence},
     before_4725(SchemeId::kMxfp4),
     {},
     kAccepts,
     DequantizeOrder::kNotStated},
    {{"torchao/mxfp6e2m3-floor-pre4725", kSource, "until 2026-08-12 (#4725)", Evidence::kCaptured, kOldEvidence},
     before_4725(SchemeId::kMxfp6E2m3),
     {},
     kAccepts,
     DequantizeOrder::kNotStated},
    {{"torchao/mxfp6e3m2-floor-pre4725", kSource, "until 2026-08-12 (#4725)", Evidence::kCaptured, kOldEvidence},
     before_4725(SchemeId::kMxfp6E3m2),
     {},
     kAccepts,
     DequantizeOrder::kNotStated},
    {{"torchao/mxfp8e4m3-floor-pre4725", kSource, "until 2026-08-12 (#4725)", Evidence::kCaptured, kOldEvidence},
     before_4725(SchemeId::kMxfp8E4m3),
     {},
     kAccepts,
     DequantizeOrder::kNotStated},
    {{"torchao/mxfp8e5m2-floor-pre4725", kSource, "until 2026-08-12 (#4725)", Evidence::kCaptured, kOldEvidence},
     before_4725(SchemeId::kMxfp8E5m2),
     {},
     kAccepts,
     DequantizeOrder::kNotStated},
    {{"torchao/mxfp8e4m3-floor-compile", kSource,
      "2026-08-12 (#4725) and later under torch.compile, aot_eager or cudagraphs", Evidence::kCaptured,
      kCompileEvidence},
     without_clamp(SchemeId::kMxfp8E4m3, ScaleForm::kExponentFloor),
     {},
     kAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"torchao/mxfp8e4m3-ceil-compile", kSource,
      "2026-08-12 (#4725) and later under torch.compile, aot_eager or cudagraphs", Evidence::kCaptured,
      kCompileEvidence},
     without_clamp(SchemeId::kMxfp8E4m3, ScaleForm::kExponentCeil),
     {},
     kAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"torchao/mxfp8e4m3-even-compile", kSource,
      "2026-08-12 (#4725) and later under torch.compile, aot_eager or cudagraphs", Evidence::kRead,
      "as -floor-compile and -ceil-compile, whose bytes are captured"},
     without_clamp(SchemeId::kMxfp8E4m3, ScaleForm::kExponentEven),
     {},
     kAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"torchao/mxfp8e5m2-floor-compile", kSource,
      "2026-08-12 (#4725) and later under torch.compile, aot_eager or cudagraphs", Evidence::kCaptured,
      kCompileEvidence},
     without_clamp(SchemeId::kMxfp8E5m2, ScaleForm::kExponentFloor),
     {},
     kAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"torchao/mxfp8e5m2-ceil-compile", kSource,
      "2026-08-12 (#4725) and later under torch.compile, aot_eager or cudagraphs", Evidence::kCaptured,
      kCompileEvidence},
     without_clamp(SchemeId::kMxfp8E5m2, ScaleForm::kExponentCeil),
     {},
     kAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"torchao/mxfp8e5m2-even-compile", kSource,
      "2026-08-12 (#4725) and later under torch.compile, aot_eager or cudagraphs", Evidence::kRead,
      "as -floor-compile and -ceil-compile, whose bytes are captured"},
     without_clamp(SchemeId::kMxfp8E5m2, ScaleForm::kExponentEven),
     {},
     kAccepts,
     DequantizeOrder::kPowerOfTwo},
};

}  // namespace

std::span<const Recipe> torchao_mx_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::reference
