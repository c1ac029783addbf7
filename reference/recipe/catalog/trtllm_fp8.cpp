// TensorRT-LLM's FP8 quantizers, as it builds them and as FlashInfer does (-use_fast_math), and FlashInfer's own in
// cuTile. Source of the formulas: flashinfer-vllm-cutlass.md 2, 3.10, 3.14 to 3.16 and 12 of the notes.
#include "bitgate/reference/recipe/catalog/families.h"
#include "bitgate/reference/recipe/catalog/fp8_rules.h"

namespace bitgate::reference {

namespace {

// Scale and multiplier are two divisions. The pair of products is rounded to bf16 on the way to E4M3 by the header that
// the kernel includes; another copy of the helper converts directly.
constexpr Rules kDirectToken =
    with_amax_floor(fp8_rules(SchemeId::kFp8E4m3Token, Divide::kIeee, MultiplierForm::kElementMaxOverAmax),
                    kTokenEpsilon, Intermediate::kInputType);
constexpr Rules through_bf16(Rules rules) noexcept {
  rules.element.encode = ElementEncode::kCvtThroughBf16;
  return rules;
}
constexpr Rules with_min_scale(Rules rules) noexcept {
  rules.block.floor = kMinFp8Scale;
  rules.element.multiplier_ceiling = kMaxFp8Multiplier;
  return rules;
}
constexpr Rules kToken = through_bf16(kDirectToken);

constexpr Rules block(SchemeId scheme) noexcept {
  return {.scheme = scheme,
          .block = {.form = ScaleForm::kReciprocalOfEncodeScale},
          .element = {.multiplier = MultiplierForm::kEncodeScale, .encode = ElementEncode::kCvt}};
}
constexpr Rules with_rows_of_32(Rules rules) noexcept {
  rules.block.reach = AmaxReach::kRowsOf32;
  return rules;
}
constexpr Rules kRow128 = block(SchemeId::kFp8E4m3Row128);
constexpr Rules kSquare128 = block(SchemeId::kFp8E4m3Square128);

// cuTile: min(max(y, -448), 448) of y * (1 / y_s) with row-major scales, of y / y_s with column-major ones.
constexpr Rules tile(MultiplierForm multiplier) noexcept {
  return with_clamp(with_amax_floor(fp8_rules(SchemeId::kFp8E4m3Row128, Divide::kIeee, multiplier), kGroupEpsilon),
                    BoundsNan::kPasses);
}
constexpr Rules kTileRow = tile(MultiplierForm::kReciprocalOfScale);
constexpr Rules kTileColumn = tile(MultiplierForm::kDivideByScale);
constexpr Rules kTilePower = with_shape(with_scale_floor(kTileColumn, kGroupEpsilon), ScaleShape::kPowerCeil);

// y_s = max(amax / 448, 1e-10), up to a power of two; a quotient by one is exact.
constexpr Rules kPacked = with_fast_math(with_shape(
    with_scale_floor(
        with_clamp(fp8_rules(SchemeId::kFp8E4m3Row128E8m0, Divide::kIeee, MultiplierForm::kReciprocalOfField),
                   BoundsNan::kPasses),
        kGroupEpsilon),
    ScaleShape::kPowerCeil));

constexpr std::string_view kTokenSource = "NVIDIA/TensorRT-LLM, cpp/tensorrt_llm/kernels/quantization.cuh, 0193dbd4";
constexpr std::string_view kFlashTokenSource =
    "flashinfer-ai/flashinfer, csrc/nv_internal/tensorrt_llm/kernels/quantization.cuh, fb28d724";
constexpr std::string_view kBlockSource =
    "NVIDIA/TensorRT-LLM, kernels of 1x128 and 128x128 scales in fp8_blockscale_gemm";
constexpr std::string_view kFlashBlockSource =
    "flashinfer-ai/flashinfer, csrc/nv_internal/tensorrt_llm/kernels/cutlass_kernels/fp8_blockscale_gemm, fb28d724";
constexpr std::string_view kTileSource =
    "flashinfer-ai/flashinfer, flashinfer/quantization/kernels/cutile/per_token_group_quant_8bit_cutile.py, fb28d724";
constexpr std::string_view kFlashSource = "flashinfer-ai/flashinfer, kPerTokenGroupFP8Packed, fb28d724";
constexpr std::string_view kTokenEvidence =
    "flashinfer-vllm-cutlass.md 3.14 of the notes; that the kernel's header goes through bf16, from the source";
constexpr std::string_view kDirectEvidence = "flashinfer-vllm-cutlass.md 3.14 of the notes";
constexpr std::string_view kBlockEvidence = "flashinfer-vllm-cutlass.md 3.15 of the notes";
constexpr std::string_view kRowsEvidence =
    "flashinfer-vllm-cutlass.md 3.15 of the notes; which rows of a tile its amax looks at, from the source";
constexpr std::string_view kTileEvidence =
    "flashinfer-vllm-cutlass.md 3.16 of the notes; cuTile's documentation: quotients round to nearest unless told "
    "otherwise";
constexpr std::string_view kPackedEvidence = "flashinfer-vllm-cutlass.md 3.10 of the notes";
constexpr std::string_view kFast = "fb28d724, -use_fast_math";

constexpr Accepts kTokenAccepts{.bf16 = true,
                                .f16 = true,
                                .col_multiple = 8,
                                .directions = kRowwiseOnly,
                                .nan = false,
                                .refusal = "what the clamp of 16-bit pairs makes of a NaN was not read"};
constexpr Accepts kBlockAccepts{.bf16 = true, .f16 = true, .col_multiple = 2, .directions = kRowwiseOnly};
// A ragged last tile reads past the row while it takes the maximum.
constexpr Accepts kSquareAccepts{.bf16 = true, .f16 = true, .col_multiple = 128, .directions = kRowwiseOnly};
constexpr Accepts kGroupAccepts{.bf16 = true,
                                .f16 = true,
                                .col_multiple = 128,
                                .directions = kRowwiseOnly,
                                .nan = false,
                                .infinity = false,
                                .refusal = "what its clamp makes of a NaN was not read"};

constexpr Recipe kRecipes[] = {
    {{"trtllm/fp8-token", kTokenSource, "0193dbd4", Evidence::kRead, kTokenEvidence},
     kToken,
     {},
     kTokenAccepts,
     DequantizeOrder::kScale},
    {{"trtllm/fp8-token-minscale", kTokenSource, "0193dbd4, FP8 row-wise mode: a smallest scale", Evidence::kRead,
      kTokenEvidence},
     with_min_scale(kToken),
     {},
     kTokenAccepts,
     DequantizeOrder::kScale},
    {{"trtllm/fp8-token-direct", kTokenSource, "with the helper that converts directly", Evidence::kRead,
      kDirectEvidence},
     kDirectToken,
     {},
     kTokenAccepts,
     DequantizeOrder::kScale},
    {{"trtllm/fp8-1x128", kBlockSource, "2025 and later", Evidence::kRead, kBlockEvidence},
     kRow128,
     {},
     kBlockAccepts,
     DequantizeOrder::kScale},
    {{"trtllm/fp8-128x128", kBlockSource, "kernels/blockscale_gemm", Evidence::kRead, kBlockEvidence},
     kSquare128,
     {},
     kSquareAccepts,
     DequantizeOrder::kScale},
    {{"trtllm/fp8-128x128-2025", kBlockSource, "kernels/cutlass_kernels/fp8_blockscale_gemm", Evidence::kRead,
      kRowsEvidence},
     with_rows_of_32(kSquare128),
     {},
     kSquareAccepts,
     DequantizeOrder::kScale},
    {{"flashinfer/fp8-token", kFlashTokenSource, kFast, Evidence::kRead, kTokenEvidence},
     with_fast_math(kToken),
     {},
     kTokenAccepts,
     DequantizeOrder::kScale},
    {{"flashinfer/fp8-token-minscale", kFlashTokenSource, "fb28d724, -use_fast_math, a smallest scale", Evidence::kRead,
      kTokenEvidence},
     with_fast_math(with_min_scale(kToken)),
     {},
     kTokenAccepts,
     DequantizeOrder::kScale},
    {{"flashinfer/fp8-token-direct", kFlashTokenSource, "with the helper of include/flashinfer/trtllm", Evidence::kRead,
      kDirectEvidence},
     with_fast_math(kDirectToken),
     {},
     kTokenAccepts,
     DequantizeOrder::kScale},
    {{"flashinfer/fp8-1x128", kFlashBlockSource, kFast, Evidence::kRead, kBlockEvidence},
     with_fast_math(kRow128),
     {},
     kBlockAccepts,
     DequantizeOrder::kScale},
    {{"flashinfer/fp8-128x128", kFlashBlockSource, kFast, Evidence::kRead, kRowsEvidence},
     with_fast_math(with_rows_of_32(kSquare128)),
     {},
     kSquareAccepts,
     DequantizeOrder::kScale},
    {{"flashinfer/fp8-cutile-row", kTileSource, "fb28d724, row-major scales", Evidence::kRead, kTileEvidence},
     kTileRow,
     {},
     kGroupAccepts,
     DequantizeOrder::kScale},
    {{"flashinfer/fp8-cutile-column", kTileSource, "fb28d724, column-major scales", Evidence::kRead, kTileEvidence},
     kTileColumn,
     {},
     kGroupAccepts,
     DequantizeOrder::kScale},
    {{"flashinfer/fp8-cutile-ue8m0", kTileSource, "fb28d724, column-major scales, scale_ue8m0", Evidence::kRead,
      kTileEvidence},
     kTilePower,
     {},
     kGroupAccepts,
     DequantizeOrder::kScale},
    {{"flashinfer/fp8-group-packed", kFlashSource, kFast, Evidence::kRead, kPackedEvidence},
     kPacked,
     {},
     kGroupAccepts,
     DequantizeOrder::kPowerOfTwo},
};

}  // namespace

std::span<const Recipe> trtllm_fp8_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::reference
