// FlashInfer's MX formats: its CUDA kernels (-use_fast_math), its CuTe kernels, and the host's MXFP8 of its tests.
// Source of the formulas: flashinfer-vllm-cutlass.md 3.7, 3.8 and 3.11.
#include "bitgate/reference/recipe/catalog/families.h"

namespace bitgate::reference {

namespace {

// MUFU.RCP of 6 and of 448 is the rounded reciprocal. The caller's global scale is not read.
constexpr Rules kMxfp4{
    .scheme = SchemeId::kMxfp4,
    .machine = Machine::kGpuFtz,
    .block = {.form = ScaleForm::kExponentRoundUp,
              .divide = Divide::kTimesIeeeReciprocal,
              .amax_nan = AmaxNan::kOddHalfLast,
              .encode = kCvtRpSatfinite},
    .element = {.multiplier = MultiplierForm::kApproxPowerNegated, .zero_scale = ZeroScale::kZeroUnrounded}};

// The test of the decoded scale flushes: code 0, 2^-127, is zero. A NaN meets 448 in the clamp.
constexpr Rules kMxfp8{.scheme = SchemeId::kMxfp8E4m3,
                       .machine = Machine::kGpuFtz,
                       .block = kMxfp4.block,
                       .element = {.multiplier = MultiplierForm::kApproxReciprocalOfStored,
                                   .zero_scale = ZeroScale::kZero,
                                   .clamp = 448.0f,
                                   .clamp_nan = BoundsNan::kCeiling}};

// Integer steps on the bits of the scale: at most code 254, of a NaN too. 2^(127 - code) by bits: of 254 it is +0.
constexpr BlockRule kCuteBlock{.form = ScaleForm::kExponentRoundUp,
                               .divide = Divide::kTimesIeeeReciprocal,
                               .amax_nan = AmaxNan::kKeepAllNan,
                               .encode = {Rounding::kUp, Overflow::kSaturate, NanCode::kLargest}};
constexpr Rules kMxfp4Cute{
    .scheme = SchemeId::kMxfp4,
    .block = kCuteBlock,
    .element = {.multiplier = MultiplierForm::kNegatedField, .zero_scale = ZeroScale::kZeroCode}};
constexpr Rules kMxfp8Cute{.scheme = SchemeId::kMxfp8E4m3,
                           .block = kCuteBlock,
                           .element = {.multiplier = MultiplierForm::kNegatedField,
                                       .zero_scale = ZeroScale::kZeroCode,
                                       .clamp = 448.0f,
                                       .clamp_nan = BoundsNan::kCeiling}};

// std::max(|x|, amax): a NaN replaces the maximum and the next element replaces the NaN. An infinite scale has code
// 255; the field of a NaN's runs over to 0. CUTLASS's E4M3 saturates, and a NaN of either sign is 7F.
constexpr Rules kMxfp8Host{.scheme = SchemeId::kMxfp8E4m3,
                           .machine = Machine::kX86,
                           .block = {.form = ScaleForm::kExponentRoundUp,
                                     .divide = Divide::kTimesIeeeReciprocal,
                                     .amax_nan = AmaxNan::kRestart,
                                     .encode = {Rounding::kUp, Overflow::kNan, NanCode::kZero}},
                           .element = {.multiplier = MultiplierForm::kApproxPowerNegated}};

constexpr std::string_view kCuda =
    "flashinfer-ai/flashinfer, csrc/nv_internal/tensorrt_llm/kernels/quantization_utils.cuh, fb28d724";
constexpr std::string_view kCute =
    "flashinfer-ai/flashinfer, flashinfer/quantization/quantization_cute_dsl_utils.py, fb28d724";
constexpr std::string_view kHost =
    "flashinfer-ai/flashinfer, csrc/nv_internal/tensorrt_llm/thop/fp8Quantize.cpp, fb28d724";
constexpr std::string_view kBytes = "FlashInfer's kernel, its sm_100a PTX down-levelled, on an H100";
constexpr std::string_view kCuteRead =
    "flashinfer-vllm-cutlass.md 3.11 of the notes; products are taken to keep subnormals";

constexpr Accepts kAccepts{.bf16 = true, .f16 = true, .col_multiple = 32};
constexpr Accepts kHostAccepts{.f32 = true, .col_multiple = 32};

constexpr Recipe kRecipes[] = {
    {{"flashinfer/mxfp4", kCuda, "at fb28d724, backend cuda", Evidence::kCaptured, kBytes},
     kMxfp4,
     {},
     kAccepts,
     DequantizeOrder::kNotStated},
    {{"flashinfer/mxfp4-cute", kCute, "at fb28d724, backend cute-dsl", Evidence::kRead, kCuteRead},
     kMxfp4Cute,
     {},
     kAccepts,
     DequantizeOrder::kNotStated},
    {{"flashinfer/mxfp8", kCuda, "at fb28d724, backend cuda", Evidence::kCaptured, kBytes},
     kMxfp8,
     {},
     kAccepts,
     DequantizeOrder::kNotStated},
    {{"flashinfer/mxfp8-cute", kCute, "at fb28d724, backend cute-dsl", Evidence::kRead, kCuteRead},
     kMxfp8Cute,
     {},
     kAccepts,
     DequantizeOrder::kNotStated},
    {{"flashinfer/mxfp8-host", kHost, "mxfp8_quantize_host, which its tests call", Evidence::kRead,
      "flashinfer-vllm-cutlass.md 3.8 of the notes"},
     kMxfp8Host,
     {},
     kHostAccepts,
     DequantizeOrder::kNotStated},
};

}  // namespace

std::span<const Recipe> flashinfer_mx_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::reference
