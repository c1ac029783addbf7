// TransformerEngine's NVFP4 kernels and its C++ test's reference. Source of the formulas: te.md 1 to 5, 9, 10 and 14.
#include "bitgate/reference/recipe/catalog/families.h"
#include "bitgate/reference/recipe/catalog/te_rules.h"

namespace bitgate::reference {

namespace {

constexpr float kBf16Max = 0x1.fep127f;

constexpr Rules kRow = with_scheme(kTeNvfp4, SchemeId::kNvfp4Row);
constexpr Rules kTwoD = with_scheme(kTeNvfp4, SchemeId::kNvfp4TwoD);

// Before v2.14: amax / 6 first, then the product with S.
constexpr Rules kV1 = [] {
  Rules rules = kTeNvfp4;
  rules.block.form = ScaleForm::kAmaxOverElementMaxTimesGlobal;
  return rules;
}();

constexpr Rules divides_by_scale(Rules rules) noexcept {
  rules.element.multiplier = MultiplierForm::kGlobalReciprocalOverScale;
  return rules;
}
constexpr Rules kV1Div = divides_by_scale(kV1);

// The multiplier is rounded to bf16, and the product is an fma with +0.
constexpr Rules fast(Rules rules) noexcept {
  rules.element.multiplier = MultiplierForm::kGlobalReciprocalOverScale;
  rules.element.multiplier_ceiling = kBf16Max;
  rules.element.multiplier_type = MultiplierType::kBf16;
  rules.element.product = Product::kFusedAddZero;
  return rules;
}
constexpr Rules kFast = fast(kTeNvfp4);
constexpr Rules kRowFast = fast(kRow);

constexpr Rules kGelu = [] {
  Rules rules = kTeNvfp4;
  rules.fusion = Fusion::kGelu;
  return rules;
}();

constexpr Rules kPartialCast = [] {
  Rules rules = kTwoD;
  rules.global.on_zero = ZeroGlobal::kOneForTheCast;
  rules.element.multiplier_ceiling = 0.0f;
  rules.element.zero_scale = ZeroScale::kFloat32Max;
  return rules;
}();

constexpr Rules transformed(Transform transform) noexcept {
  Rules rules = kTeNvfp4;
  rules.transform = transform;
  return rules;
}
constexpr Rules kRht = transformed(Transform::kHadamard16Signed);
constexpr Rules kRhtNoSign = transformed(Transform::kHadamard16);
constexpr Rules kRhtFused = [] {
  Rules rules = kRht;
  rules.global.on_zero = ZeroGlobal::kOneUnlessPositive;
  rules.global.min_nan = MinNan::kKeep;
  rules.block.amax_nan = AmaxNan::kPropagate;
  rules.block.ceiling = 0.0f;
  rules.block.bounds_nan = BoundsNan::kPasses;
  return rules;
}();

// The C++ test's reference: a zero scale gives zero codes.
constexpr Rules zero_under_zero(Rules rules) noexcept {
  rules.element.zero_scale = ZeroScale::kZero;
  return rules;
}
constexpr Rules kCtest = zero_under_zero(kTeNvfp4);
constexpr Rules kCtestRow = zero_under_zero(kRow);
constexpr Rules kCtestTwoD = [] {
  Rules rules = divides_by_scale(with_scheme(zero_under_zero(kV1), SchemeId::kNvfp4TwoD));
  rules.element.multiplier_ceiling = 0.0f;
  return rules;
}();
constexpr Rules kCtestOld = [] {
  Rules rules = kV1;
  rules.block.ceiling = 0.0f;
  rules.block.bounds_nan = BoundsNan::kPasses;
  rules.element.zero_scale = ZeroScale::kZeroUnrounded;
  rules.element.multiplier = MultiplierForm::kGlobalOverUnroundedScale;
  rules.element.multiplier_ceiling = 0.0f;
  return rules;
}();

constexpr Rules stochastic(Rules rules, ElementEncode encode) noexcept {
  rules.element.encode = encode;
  return rules;
}
constexpr Rules kSrSoft = stochastic(kTeNvfp4, ElementEncode::kStochasticSoft);
constexpr Rules kSrHw = stochastic(kTeNvfp4, ElementEncode::kStochasticHw);
constexpr Rules kSrSoftTwoD = stochastic(kTwoD, ElementEncode::kStochasticSoft);
constexpr Rules kSrHwTwoD = stochastic(kTwoD, ElementEncode::kStochasticHw);

constexpr Rules kernel_4over6(SchemeId scheme, LargestScale largest, BlockError error, ErrorMath math) noexcept {
  return four_over_six(kTeNvfp4, scheme_with(scheme, largest), largest, error, math);
}

constexpr std::string_view kSource =
    "NVIDIA/TransformerEngine, common/cast/nvfp4/core_nvfp4.cuh, quantize_transpose_nvfp4.cuh, d0067d0d";
constexpr std::string_view kTunedSource =
    "NVIDIA/TransformerEngine, common/cast/nvfp4/specialized/quantize_transpose_nvfp4_tuned_1D.cuh, d0067d0d";
constexpr std::string_view kTwoDSource =
    "NVIDIA/TransformerEngine, common/cast/nvfp4/quantize_transpose_nvfp4.cuh, d0067d0d";
constexpr std::string_view kSourceV1 =
    "NVIDIA/TransformerEngine, common/cast/nvfp4, as of PR #2177 (3f5b47549); PR #2412 (fbb16f4a7) for the division";
constexpr std::string_view kRhtSource = "NVIDIA/TransformerEngine, common/hadamard_transform, d0067d0d";
// The activation's own kernel stores its result in the input's type; the quantizer is te/nvfp4's.
constexpr std::string_view kGeluSource = "NVIDIA/TransformerEngine, common/util/math.h, 0321f72c; then as te/nvfp4";
constexpr std::string_view kCtestSource =
    "NVIDIA/TransformerEngine, tests/cpp/operator/test_cast_nvfp4_transpose.cu, d0067d0d";
constexpr std::string_view kSrSource =
    "NVIDIA/TransformerEngine, common/cast/nvfp4 and common/util/curanddx.hpp, d0067d0d; PTX ISA 9.1, cvt";
constexpr std::string_view k4over6Source =
    "NVIDIA/TransformerEngine, common/cast/nvfp4/quantize_4over6_nvfp4.cuh, d0067d0d";

constexpr std::string_view kKernelEvidence =
    "TransformerEngine's fallback kernel (quantize_transpose_vector_blockwise_fp4.cu), its sm_100a PTX down-levelled, "
    "on an H100";
constexpr std::string_view k4over6Evidence = "TransformerEngine's kernel, its sm_100a PTX down-levelled, on an H100";
constexpr std::string_view kRowEvidence =
    "TransformerEngine's fallback kernel, its sm_100a PTX down-levelled, on an H100; row-wise only";
// The activation's kernel takes the amax too; whether before or after rounding was not read.
constexpr std::string_view kGeluEvidence =
    "the kernel of te/nvfp4 after an activation that is read from machine code of nvcc 13.0, confirmed on an H100 over "
    "all inputs; "
    "amax, unless given, is that of the stored result";
constexpr std::string_view kByPartsEvidence =
    "te.md 5 of the notes; each of its axes has bytes of the kernel in another mode";
constexpr std::string_view kSoftEvidence =
    "read; the element rule and Philox have worked examples, the order of words has none; words are those of a call "
    "for both";
constexpr std::string_view kHwEvidence =
    "read; which random byte serves which element is an assumption of the notes that no hardware has confirmed";

constexpr Storage kAmaxStored{.global_number = GlobalNumber::kAmax};
constexpr Storage drawn_by(RandomOrder order) noexcept {
  return {.global_number = GlobalNumber::kAmax, .random = order};
}

constexpr Accepts kAny16{.f32 = true, .bf16 = true, .f16 = true, .col_multiple = 16, .directions = kEachDirection};
// The column-wise side of row scaling has its own kernel.
constexpr Accepts kRow16{.f32 = true,
                         .bf16 = true,
                         .f16 = true,
                         .col_multiple = 16,
                         .directions = kEachDirection,
                         .bf16_only_columnwise = true,
                         .columnwise_multiple = 32};
constexpr Accepts kTuned{.bf16 = true, .col_multiple = 32, .row_multiple = 32, .directions = kEachDirection};
constexpr Accepts kSquare16{
    .f32 = true, .bf16 = true, .f16 = true, .col_multiple = 16, .row_multiple = 16, .directions = kEachDirection};
constexpr Accepts kRht16{.bf16 = true, .col_multiple = 16, .directions = kColumnwiseFirst};
// What its row-wise side gives for NaN and Inf is not stated, so both at once is refused.
constexpr Accepts kRht128{.bf16 = true, .col_multiple = 64, .directions = {false, true, false}, .columnwise_cols = 128};
constexpr Accepts kSrRowwise{.bf16 = true, .col_multiple = 128, .row_multiple = 128};
constexpr Accepts kSrTuned{.bf16 = true, .col_multiple = 128, .row_multiple = 128, .directions = kEachDirection};
constexpr Accepts kSrFallback{
    .f32 = true, .bf16 = true, .f16 = true, .col_multiple = 128, .row_multiple = 128, .directions = kEachDirection};
constexpr Accepts k4over6 = kAny16;
constexpr Accepts k4over6Row{.f32 = true, .bf16 = true, .f16 = true, .col_multiple = 16};
constexpr Accepts k4over6Square = kSquare16;

constexpr Recipe kRecipes[] = {
    {{"te/nvfp4", kSource, "v2.14 and later", Evidence::kCaptured, kKernelEvidence},
     kTeNvfp4,
     kAmaxStored,
     kAny16,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-row", kSource, "v2.16 and later; column-wise after v2.18", Evidence::kCaptured, kRowEvidence},
     kRow,
     kAmaxStored,
     kRow16,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-v1", kSourceV1, "v2.8 to v2.13", Evidence::kExample,
      "worked example E10v of the notes; the scales of TransformerEngine 2.12.0's PyTorch reference"},
     kV1,
     kAmaxStored,
     kAny16,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-v1div", kSourceV1, "PR #2412 only, never released on", Evidence::kExample,
      "worked example E11d of the notes (its multiplier)"},
     kV1Div,
     kAmaxStored,
     kTuned,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-fast", kTunedSource, "v2.14 and later under NVTE_USE_FAST_MATH=1", Evidence::kExample,
      "worked examples E3f and E12f of the notes"},
     kFast,
     kAmaxStored,
     kTuned,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-row-fast", kTunedSource, "v2.16 and later under NVTE_USE_FAST_MATH=1", Evidence::kRead,
      "the formulas of te/nvfp4-fast, which has worked examples, and te/nvfp4-row, which has bytes"},
     kRowFast,
     kAmaxStored,
     kTuned,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-2d", kTwoDSource, "v2.14 and later, weights", Evidence::kCaptured, kKernelEvidence},
     kTwoD,
     kAmaxStored,
     kSquare16,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-partialcast", "NVIDIA/TransformerEngine, common/recipe/nvfp4.cu, d0067d0d", "sharded master weights",
      Evidence::kRead, "te.md 4.5 of the notes"},
     kPartialCast,
     kAmaxStored,
     kSquare16,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-gelu", kGeluSource, "v2.14 and later", Evidence::kRead, kGeluEvidence},
     kGelu,
     kAmaxStored,
     kAny16,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-rht", kRhtSource, "v2.14 and later, unfused", Evidence::kRead,
      "te.md 4.3 of the notes; no bytes of the producer"},
     kRht,
     kAmaxStored,
     kRht16,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-rht-nosign", kRhtSource, "v2.14 and later, unfused, random signs off", Evidence::kRead,
      "te.md 4.3 of the notes; no bytes of the producer"},
     kRhtNoSign,
     kAmaxStored,
     kRht16,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-rht-fused", kRhtSource, "fused cast, sm_100 to sm_110; differs from te/nvfp4-rht for NaN and Inf only",
      Evidence::kRead, "te.md 4.3 of the notes; no bytes of the producer"},
     kRhtFused,
     kAmaxStored,
     kRht128,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-rht-fast", kRhtSource, "fused cast under NVTE_USE_FAST_MATH=1", Evidence::kOpen,
      "te.md 4.3 and 14 of the notes"},
     kRhtFused,
     kAmaxStored,
     kRht128,
     DequantizeOrder::kNotStated,
     "what a zero scale and -0 give is not stated, nor the order in which the tensor core sums what is then not "
     "rounded"},
    {{"te/nvfp4-ctest", kCtestSource, "v2.16 and later", Evidence::kRead, "te.md 9 of the notes"},
     kCtest,
     kAmaxStored,
     kAny16,
     DequantizeOrder::kNotStated},
    {{"te/nvfp4-ctest-row", kCtestSource, "v2.16 and later", Evidence::kRead, "te.md 9 of the notes"},
     kCtestRow,
     kAmaxStored,
     kAny16,
     DequantizeOrder::kNotStated},
    {{"te/nvfp4-ctest-2d", kCtestSource, "v2.16 and later", Evidence::kRead, "te.md 9 of the notes"},
     kCtestTwoD,
     kAmaxStored,
     kSquare16,
     DequantizeOrder::kNotStated},
    {{"te/nvfp4-ctest-v2.8", kCtestSource, "v2.8 to v2.11", Evidence::kRead, "te.md 9 of the notes"},
     kCtestOld,
     kAmaxStored,
     kAny16,
     DequantizeOrder::kNotStated},
    {{"te/nvfp4-jaxref", "NVIDIA/TransformerEngine, transformer_engine/jax/quantize/quantizer.py, d0067d0d", "d0067d0d",
      Evidence::kOpen, "te.md 9 of the notes"},
     kV1,
     kAmaxStored,
     kAny16,
     DequantizeOrder::kNotStated,
     "its element multiplier, and what a zero scale and -0 give, are not stated"},
    {{"te/nvfp4-sr-soft-tuned", kSrSource, "software rule, archs without cvt.rs", Evidence::kRead, kSoftEvidence},
     kSrSoft,
     drawn_by(RandomOrder::kTeTuned),
     kSrRowwise,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-sr-soft-tuned-t", kSrSource, "software rule, archs without cvt.rs", Evidence::kRead, kSoftEvidence},
     kSrSoft,
     drawn_by(RandomOrder::kTeTunedTransposed),
     kSrTuned,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-sr-soft-2d", kSrSource, "software rule, archs without cvt.rs", Evidence::kRead, kSoftEvidence},
     kSrSoftTwoD,
     drawn_by(RandomOrder::kTeTwoD),
     kSrTuned,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-sr-soft-fallback", kSrSource, "software rule, archs without cvt.rs", Evidence::kRead, kSoftEvidence},
     kSrSoft,
     drawn_by(RandomOrder::kTeFallback),
     kSrFallback,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-sr-hw-tuned", kSrSource, "cvt.rs on sm_100a and sm_103a", Evidence::kRead, kHwEvidence},
     kSrHw,
     drawn_by(RandomOrder::kTeTuned),
     kSrRowwise,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-sr-hw-tuned-t", kSrSource, "cvt.rs on sm_100a and sm_103a", Evidence::kRead, kHwEvidence},
     kSrHw,
     drawn_by(RandomOrder::kTeTunedTransposed),
     kSrTuned,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-sr-hw-2d", kSrSource, "cvt.rs on sm_100a and sm_103a", Evidence::kRead, kHwEvidence},
     kSrHwTwoD,
     drawn_by(RandomOrder::kTeTwoD),
     kSrTuned,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-sr-hw-fallback", kSrSource, "cvt.rs on sm_100a and sm_103a", Evidence::kRead, kHwEvidence},
     kSrHw,
     drawn_by(RandomOrder::kTeFallback),
     kSrFallback,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-4over6-448-mae", k4over6Source, "v2.17 and later", Evidence::kCaptured, k4over6Evidence},
     kernel_4over6(SchemeId::kNvfp4, LargestScale::k448, BlockError::kMae, ErrorMath::kExact),
     kAmaxStored,
     k4over6,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-4over6-448-mae-errfast", k4over6Source, "v2.17 and later", Evidence::kRead, kByPartsEvidence},
     kernel_4over6(SchemeId::kNvfp4, LargestScale::k448, BlockError::kMae, ErrorMath::kHalf),
     kAmaxStored,
     k4over6,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-4over6-448-mse", k4over6Source, "v2.17 and later", Evidence::kCaptured, k4over6Evidence},
     kernel_4over6(SchemeId::kNvfp4, LargestScale::k448, BlockError::kMse, ErrorMath::kExact),
     kAmaxStored,
     k4over6,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-4over6-448-mse-errfast", k4over6Source, "v2.17 and later", Evidence::kCaptured, k4over6Evidence},
     kernel_4over6(SchemeId::kNvfp4, LargestScale::k448, BlockError::kMse, ErrorMath::kHalf),
     kAmaxStored,
     k4over6,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-4over6-256-mae", k4over6Source, "v2.17 and later", Evidence::kCaptured, k4over6Evidence},
     kernel_4over6(SchemeId::kNvfp4, LargestScale::k256, BlockError::kMae, ErrorMath::kExact),
     kAmaxStored,
     k4over6,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-4over6-256-mae-errfast", k4over6Source, "v2.17 and later", Evidence::kCaptured, k4over6Evidence},
     kernel_4over6(SchemeId::kNvfp4, LargestScale::k256, BlockError::kMae, ErrorMath::kHalf),
     kAmaxStored,
     k4over6,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-4over6-256-mse", k4over6Source, "v2.17 and later", Evidence::kCaptured, k4over6Evidence},
     kernel_4over6(SchemeId::kNvfp4, LargestScale::k256, BlockError::kMse, ErrorMath::kExact),
     kAmaxStored,
     k4over6,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-4over6-256-mse-errfast", k4over6Source, "v2.17 and later", Evidence::kRead, kByPartsEvidence},
     kernel_4over6(SchemeId::kNvfp4, LargestScale::k256, BlockError::kMse, ErrorMath::kHalf),
     kAmaxStored,
     k4over6,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-row-4over6-448-mae", k4over6Source, "v2.17 and later", Evidence::kRead, kByPartsEvidence},
     kernel_4over6(SchemeId::kNvfp4Row, LargestScale::k448, BlockError::kMae, ErrorMath::kExact),
     kAmaxStored,
     k4over6Row,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-row-4over6-448-mae-errfast", k4over6Source, "v2.17 and later", Evidence::kRead, kByPartsEvidence},
     kernel_4over6(SchemeId::kNvfp4Row, LargestScale::k448, BlockError::kMae, ErrorMath::kHalf),
     kAmaxStored,
     k4over6Row,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-row-4over6-448-mse", k4over6Source, "v2.17 and later", Evidence::kRead, kByPartsEvidence},
     kernel_4over6(SchemeId::kNvfp4Row, LargestScale::k448, BlockError::kMse, ErrorMath::kExact),
     kAmaxStored,
     k4over6Row,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-row-4over6-448-mse-errfast", k4over6Source, "v2.17 and later", Evidence::kRead, kByPartsEvidence},
     kernel_4over6(SchemeId::kNvfp4Row, LargestScale::k448, BlockError::kMse, ErrorMath::kHalf),
     kAmaxStored,
     k4over6Row,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-row-4over6-256-mae", k4over6Source, "v2.17 and later", Evidence::kCaptured, k4over6Evidence},
     kernel_4over6(SchemeId::kNvfp4Row, LargestScale::k256, BlockError::kMae, ErrorMath::kExact),
     kAmaxStored,
     k4over6Row,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-row-4over6-256-mae-errfast", k4over6Source, "v2.17 and later", Evidence::kRead, kByPartsEvidence},
     kernel_4over6(SchemeId::kNvfp4Row, LargestScale::k256, BlockError::kMae, ErrorMath::kHalf),
     kAmaxStored,
     k4over6Row,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-row-4over6-256-mse", k4over6Source, "v2.17 and later", Evidence::kRead, kByPartsEvidence},
     kernel_4over6(SchemeId::kNvfp4Row, LargestScale::k256, BlockError::kMse, ErrorMath::kExact),
     kAmaxStored,
     k4over6Row,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-row-4over6-256-mse-errfast", k4over6Source, "v2.17 and later", Evidence::kRead, kByPartsEvidence},
     kernel_4over6(SchemeId::kNvfp4Row, LargestScale::k256, BlockError::kMse, ErrorMath::kHalf),
     kAmaxStored,
     k4over6Row,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-2d-4over6-448-mae", k4over6Source, "v2.17 and later", Evidence::kRead, kByPartsEvidence},
     kernel_4over6(SchemeId::kNvfp4TwoD, LargestScale::k448, BlockError::kMae, ErrorMath::kExact),
     kAmaxStored,
     k4over6Square,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-2d-4over6-448-mae-errfast", k4over6Source, "v2.17 and later", Evidence::kRead, kByPartsEvidence},
     kernel_4over6(SchemeId::kNvfp4TwoD, LargestScale::k448, BlockError::kMae, ErrorMath::kHalf),
     kAmaxStored,
     k4over6Square,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-2d-4over6-448-mse", k4over6Source, "v2.17 and later", Evidence::kRead, kByPartsEvidence},
     kernel_4over6(SchemeId::kNvfp4TwoD, LargestScale::k448, BlockError::kMse, ErrorMath::kExact),
     kAmaxStored,
     k4over6Square,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-2d-4over6-448-mse-errfast", k4over6Source, "v2.17 and later", Evidence::kRead, kByPartsEvidence},
     kernel_4over6(SchemeId::kNvfp4TwoD, LargestScale::k448, BlockError::kMse, ErrorMath::kHalf),
     kAmaxStored,
     k4over6Square,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-2d-4over6-256-mae", k4over6Source, "v2.17 and later", Evidence::kCaptured, k4over6Evidence},
     kernel_4over6(SchemeId::kNvfp4TwoD, LargestScale::k256, BlockError::kMae, ErrorMath::kExact),
     kAmaxStored,
     k4over6Square,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-2d-4over6-256-mae-errfast", k4over6Source, "v2.17 and later", Evidence::kRead, kByPartsEvidence},
     kernel_4over6(SchemeId::kNvfp4TwoD, LargestScale::k256, BlockError::kMae, ErrorMath::kHalf),
     kAmaxStored,
     k4over6Square,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-2d-4over6-256-mse", k4over6Source, "v2.17 and later", Evidence::kRead, kByPartsEvidence},
     kernel_4over6(SchemeId::kNvfp4TwoD, LargestScale::k256, BlockError::kMse, ErrorMath::kExact),
     kAmaxStored,
     k4over6Square,
     DequantizeOrder::kScaleAmaxConstant},
    {{"te/nvfp4-2d-4over6-256-mse-errfast", k4over6Source, "v2.17 and later", Evidence::kCaptured, k4over6Evidence},
     kernel_4over6(SchemeId::kNvfp4TwoD, LargestScale::k256, BlockError::kMse, ErrorMath::kHalf),
     kAmaxStored,
     k4over6Square,
     DequantizeOrder::kScaleAmaxConstant},
};

}  // namespace

std::span<const Recipe> te_nvfp4_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::reference
