// TransformerEngine's MXFP8 and FP8 quantizers. Source of the formulas: te.md 6.
#include "bitgate/reference/recipe/catalog/families.h"

namespace bitgate::reference {

namespace {

constexpr Rules mxfp8(SchemeId scheme) noexcept {
  return {
      .scheme = scheme,
      .block = {.form = ScaleForm::kExponentRoundUp, .divide = Divide::kTimesIeeeReciprocal, .encode = kCvtRpSatfinite},
      .element = {.multiplier = MultiplierForm::kExponentNegated, .encode = ElementEncode::kCvt}};
}
constexpr Rules specialized(SchemeId scheme) noexcept {
  Rules rules = mxfp8(scheme);
  rules.element.product = Product::kFusedAddZero;
  return rules;
}

constexpr Rules fp8(SchemeId scheme, ScaleShape shape, InfiniteScale infinite) noexcept {
  return {.scheme = scheme,
          .block = {.form = ScaleForm::kFp8, .shape = shape, .infinite = infinite},
          .element = {.multiplier = MultiplierForm::kEncodeScale, .encode = ElementEncode::kCvt}};
}

// What GELU stored in the input's type gives these quantizers.
constexpr Rules after_gelu(Rules rules) noexcept {
  rules.fusion = Fusion::kGelu;
  return rules;
}

constexpr std::string_view kMxSource = "NVIDIA/TransformerEngine, common/cast/mxfp8/quantize_mxfp8.cuh, d0067d0d";
constexpr std::string_view kMxSpecSource =
    "NVIDIA/TransformerEngine, common/cast/mxfp8/specialized/quantize_mxfp8.cuh, d0067d0d";
constexpr std::string_view kCurrentSource =
    "NVIDIA/TransformerEngine, common/recipe/current_scaling.cu, recipe_common.cuh, d0067d0d";
constexpr std::string_view kDelayedSource = "NVIDIA/TransformerEngine, common/recipe/delayed_scaling.cu, d0067d0d";
constexpr std::string_view kVectorSource =
    "NVIDIA/TransformerEngine, common/transpose/quantize_transpose_vector_blockwise.cu, d0067d0d";
constexpr std::string_view kSquareSource =
    "NVIDIA/TransformerEngine, common/transpose/quantize_transpose_square_blockwise.cu, d0067d0d";
constexpr std::string_view kCurrentEvidence =
    "TransformerEngine 2.20.2's PyTorch reference (reference_current_scaling.py), PyTorch 2.11.0, CPU; but for an "
    "infinite scale";
constexpr std::string_view kMxEvidence = "worked examples of te.md 13 of the notes";
constexpr std::string_view kMxGeluSource =
    "NVIDIA/TransformerEngine, common/util/math.h, 0321f72c; common/cast/mxfp8/quantize_mxfp8.cuh, d0067d0d";
constexpr std::string_view kCurrentGeluSource =
    "NVIDIA/TransformerEngine, common/util/math.h, 0321f72c; pytorch/csrc/extensions/activation.cpp, 012983d8";
constexpr std::string_view kMxGeluEvidence =
    "te.md 6.1 of the notes; the activation is read from machine code of nvcc 13.0, confirmed on an H100 over all "
    "inputs";
// Before PR #2004 amax was taken from the stored result. Since then the activation's kernel takes it; whether before or
// after rounding was not read.
constexpr std::string_view kCurrentGeluEvidence =
    "te.md 6.3 of the notes; the activation is read from machine code of nvcc 13.0, confirmed on an H100 over all "
    "inputs; amax, "
    "unless given, is that of the stored result, as before PR #2004";

constexpr Accepts kMxAccepts{.f32 = true, .bf16 = true, .f16 = true, .directions = kEachDirection};
// The specialised kernel takes whole blocks; with both directions, of both sides.
constexpr Accepts kMxSpecAccepts{
    .bf16 = true,
    .f16 = true,
    .col_multiple = 128,
    .directions = {true, false, true},
    .refusal = "on some architectures a NaN wins the column-wise maximum, on others it is dropped",
    .nan_columnwise = false,
    .columnwise_multiple = 32};
constexpr Accepts kMxSquareAccepts{
    .f32 = true, .bf16 = true, .f16 = true, .col_multiple = 32, .row_multiple = 32, .directions = kEachDirection};
constexpr Accepts kTensorAccepts{
    .f32 = true, .bf16 = true, .f16 = true, .directions = kEachDirection, .empty = false, .refusal = "it has no amax"};
constexpr Accepts kBlockAccepts{.f32 = true, .bf16 = true, .f16 = true, .directions = kEachDirection};

constexpr Recipe kRecipes[] = {
    {{"te/mxfp8-e4m3", kMxSource, "d0067d0d", Evidence::kExample, kMxEvidence},
     mxfp8(SchemeId::kMxfp8E4m3),
     {},
     kMxAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"te/mxfp8-e4m3-spec", kMxSpecSource, "PR #2958 and later, bf16 and f16", Evidence::kExample, kMxEvidence},
     specialized(SchemeId::kMxfp8E4m3),
     {},
     kMxSpecAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"te/mxfp8-e4m3-2d", kMxSource, "d0067d0d", Evidence::kRead, "te.md 6.1 of the notes"},
     mxfp8(SchemeId::kMxfp8E4m3TwoD),
     {},
     kMxSquareAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"te/mxfp8-e5m2", kMxSource, "d0067d0d", Evidence::kRead, "te.md 6.1 of the notes"},
     mxfp8(SchemeId::kMxfp8E5m2),
     {},
     kMxAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"te/mxfp8-e5m2-spec", kMxSpecSource, "PR #2958 and later, bf16 and f16", Evidence::kRead,
      "te.md 6.1 of the notes"},
     specialized(SchemeId::kMxfp8E5m2),
     {},
     kMxSpecAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"te/mxfp8-e5m2-2d", kMxSource, "d0067d0d", Evidence::kRead, "te.md 6.1 of the notes"},
     mxfp8(SchemeId::kMxfp8E5m2TwoD),
     {},
     kMxSquareAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"te/fp8-current-e4m3", kCurrentSource, "d0067d0d", Evidence::kReference, kCurrentEvidence},
     fp8(SchemeId::kFp8E4m3, ScaleShape::kAny, InfiniteScale::kFloat32Max),
     {},
     kTensorAccepts,
     DequantizeOrder::kScale},
    {{"te/fp8-current-e4m3-pow2", kCurrentSource, "d0067d0d, NVTE_FP8_CURRENT_SCALING_POWER_2_SCALES=1",
      Evidence::kReference, kCurrentEvidence},
     fp8(SchemeId::kFp8E4m3, ScaleShape::kPowerOfTwo, InfiniteScale::kFloat32Max),
     {},
     kTensorAccepts,
     DequantizeOrder::kScale},
    {{"te/fp8-current-e5m2", kCurrentSource, "d0067d0d", Evidence::kReference, kCurrentEvidence},
     fp8(SchemeId::kFp8E5m2, ScaleShape::kAny, InfiniteScale::kFloat32Max),
     {},
     kTensorAccepts,
     DequantizeOrder::kScale},
    {{"te/fp8-current-e5m2-pow2", kCurrentSource, "d0067d0d, NVTE_FP8_CURRENT_SCALING_POWER_2_SCALES=1",
      Evidence::kReference, kCurrentEvidence},
     fp8(SchemeId::kFp8E5m2, ScaleShape::kPowerOfTwo, InfiniteScale::kFloat32Max),
     {},
     kTensorAccepts,
     DequantizeOrder::kScale},
    {{"te/fp8-delayed-e4m3", kDelayedSource, "d0067d0d; margin 0, a first scale of 1, amax from the history given",
      Evidence::kRead, "te.md 6.4 of the notes"},
     fp8(SchemeId::kFp8E4m3, ScaleShape::kAny, InfiniteScale::kFloat32Max),
     {},
     kTensorAccepts,
     DequantizeOrder::kScale},
    {{"te/fp8-delayed-e5m2", kDelayedSource, "d0067d0d; margin 0, a first scale of 1, amax from the history given",
      Evidence::kRead, "te.md 6.4 of the notes"},
     fp8(SchemeId::kFp8E5m2, ScaleShape::kAny, InfiniteScale::kFloat32Max),
     {},
     kTensorAccepts,
     DequantizeOrder::kScale},
    {{"te/fp8-block1x128-e4m3", kVectorSource, "d0067d0d", Evidence::kRead, "te.md 6.5 of the notes"},
     fp8(SchemeId::kFp8E4m3Row128, ScaleShape::kPowerOfTwo, InfiniteScale::kInputMax),
     {},
     kBlockAccepts,
     DequantizeOrder::kScale},
    {{"te/fp8-block1x128-e4m3-fp32", kVectorSource, "d0067d0d, NVTE_FP8_BLOCK_SCALING_FP32_SCALES=1", Evidence::kRead,
      "te.md 6.5 of the notes"},
     fp8(SchemeId::kFp8E4m3Row128, ScaleShape::kAny, InfiniteScale::kInputMax),
     {},
     kBlockAccepts,
     DequantizeOrder::kScale},
    {{"te/fp8-block1x128-e5m2", kVectorSource, "d0067d0d", Evidence::kRead, "te.md 6.5 of the notes"},
     fp8(SchemeId::kFp8E5m2Row128, ScaleShape::kPowerOfTwo, InfiniteScale::kInputMax),
     {},
     kBlockAccepts,
     DequantizeOrder::kScale},
    {{"te/fp8-block1x128-e5m2-fp32", kVectorSource, "d0067d0d, NVTE_FP8_BLOCK_SCALING_FP32_SCALES=1", Evidence::kRead,
      "te.md 6.5 of the notes"},
     fp8(SchemeId::kFp8E5m2Row128, ScaleShape::kAny, InfiniteScale::kInputMax),
     {},
     kBlockAccepts,
     DequantizeOrder::kScale},
    {{"te/fp8-block128x128-e4m3", kSquareSource, "d0067d0d", Evidence::kRead, "te.md 6.5 of the notes"},
     fp8(SchemeId::kFp8E4m3Square128, ScaleShape::kPowerOfTwo, InfiniteScale::kInputMax),
     {},
     kBlockAccepts,
     DequantizeOrder::kScale},
    {{"te/fp8-block128x128-e4m3-fp32", kSquareSource, "d0067d0d, NVTE_FP8_BLOCK_SCALING_FP32_SCALES=1", Evidence::kRead,
      "te.md 6.5 of the notes"},
     fp8(SchemeId::kFp8E4m3Square128, ScaleShape::kAny, InfiniteScale::kInputMax),
     {},
     kBlockAccepts,
     DequantizeOrder::kScale},
    {{"te/fp8-block128x128-e5m2", kSquareSource, "d0067d0d", Evidence::kRead, "te.md 6.5 of the notes"},
     fp8(SchemeId::kFp8E5m2Square128, ScaleShape::kPowerOfTwo, InfiniteScale::kInputMax),
     {},
     kBlockAccepts,
     DequantizeOrder::kScale},
    {{"te/fp8-block128x128-e5m2-fp32", kSquareSource, "d0067d0d, NVTE_FP8_BLOCK_SCALING_FP32_SCALES=1", Evidence::kRead,
      "te.md 6.5 of the notes"},
     fp8(SchemeId::kFp8E5m2Square128, ScaleShape::kAny, InfiniteScale::kInputMax),
     {},
     kBlockAccepts,
     DequantizeOrder::kScale},
    {{"te/mxfp8-e4m3-gelu", kMxGeluSource, "d0067d0d", Evidence::kRead, kMxGeluEvidence},
     after_gelu(mxfp8(SchemeId::kMxfp8E4m3)),
     {},
     kMxAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"te/mxfp8-e5m2-gelu", kMxGeluSource, "d0067d0d", Evidence::kRead, kMxGeluEvidence},
     after_gelu(mxfp8(SchemeId::kMxfp8E5m2)),
     {},
     kMxAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"te/fp8-current-e4m3-gelu", kCurrentGeluSource, "v2.2 and later", Evidence::kRead, kCurrentGeluEvidence},
     after_gelu(fp8(SchemeId::kFp8E4m3, ScaleShape::kAny, InfiniteScale::kFloat32Max)),
     {},
     kTensorAccepts,
     DequantizeOrder::kScale},
    {{"te/fp8-current-e5m2-gelu", kCurrentGeluSource, "v2.2 and later", Evidence::kRead, kCurrentGeluEvidence},
     after_gelu(fp8(SchemeId::kFp8E5m2, ScaleShape::kAny, InfiniteScale::kFloat32Max)),
     {},
     kTensorAccepts,
     DequantizeOrder::kScale},
};

}  // namespace

std::span<const Recipe> te_fp8_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::reference
