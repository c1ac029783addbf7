// FlashInfer's NVFP4 with one S a row, made from the row's own max|x|, and its CuTe kernels behind a norm.
//
// The per-token kernels take a factor of the whole tensor, globalScaleInv, that no request has a place for: these
// recipes stand for its usual value, 1 over (6 times the largest scale). Another is had with quantize_with, by
// rules.global.given_inverse. What is stored is the factor that decodes a row.
// Source of the formulas: flashinfer-vllm-cutlass.md 3.6 and 3.11.
#include "bitgate/reference/recipe/catalog/families.h"
#include "bitgate/reference/recipe/catalog/flashinfer_search.h"

namespace bitgate::reference {

namespace {

constexpr float kInverseOf2688 = 0x1.861862p-12f;
constexpr float kInverseOf1536 = 0x1.555556p-11f;
static_assert(kInverseOf2688 == 1.0f / 2688.0f && kInverseOf1536 == 1.0f / 1536.0f);

constexpr GlobalRule row_rule(Quotients quotients, LargestScale largest) noexcept {
  const bool wide = largest == LargestScale::k448;
  return {.form = quotients == Quotients::kApprox ? GlobalForm::kPerTokenFast : GlobalForm::kPerTokenExact,
          .target = wide ? 2688.0f : 1536.0f,
          .on_zero = ZeroGlobal::kLargestForZeroAmax,
          .given_inverse = wide ? kInverseOf2688 : kInverseOf1536};
}

// The blocks of flashinfer/nvfp4-fast and -exact, under a row's S.
constexpr Rules kFast = [] {
  Rules rules = kMufuNvfp4;
  rules.scheme = SchemeId::kNvfp4Row;
  rules.machine = Machine::kGpuFtz;
  rules.global = row_rule(kApprox, k448);
  return rules;
}();
constexpr Rules kExact{
    .scheme = SchemeId::kNvfp4Row,
    .machine = Machine::kGpuFtz,
    .global = row_rule(kIeee, k448),
    .block = {.form = ScaleForm::kAmaxTimesFoldedGlobal, .amax_nan = AmaxNan::kOddHalfLast, .zero = ZeroBlock::kZero},
    .element = {.multiplier = MultiplierForm::kReciprocalOfProduct,
                .multiplier_ceiling = kFloat32Max,
                .zero_scale = ZeroScale::kZeroAmax}};

constexpr Rules kF32{.scheme = SchemeId::kNvfp4Row,
                     .machine = Machine::kGpuFtz,
                     .global = row_rule(Quotients::kApprox, LargestScale::k448),
                     .block = {.form = ScaleForm::kPerTokenF32},
                     .element = {.multiplier = MultiplierForm::kEncodeScale}};

constexpr Rules kRmsNorm{.scheme = SchemeId::kNvfp4,
                         .global = {.form = GlobalForm::kGivenEncodeScale, .target = 2688.0f},
                         .block = {.form = ScaleForm::kGlobalTimesAmaxFirst,
                                   .amax_nan = AmaxNan::kKeepAllNan,
                                   .ceiling = 448.0f,
                                   .bounds_nan = BoundsNan::kCeiling},
                         .element = {.multiplier = MultiplierForm::kScaleReciprocalTimesGlobal},
                         .fusion = Fusion::kRmsNormCute};
constexpr Rules kRmsNormMx{.scheme = SchemeId::kMxfp4,
                           .block = {.form = ScaleForm::kApproxLog2Ceil, .amax_nan = AmaxNan::kKeepAllNan},
                           .element = {.multiplier = MultiplierForm::kExponentNegatedOrZero},
                           .fusion = Fusion::kRmsNormCute};

constexpr std::string_view kKernels =
    "flashinfer-ai/flashinfer, csrc/nv_internal/tensorrt_llm/kernels/quantization.cuh, fb28d724";
constexpr std::string_view kCute = "flashinfer-ai/flashinfer, flashinfer/cute_dsl/rmsnorm_fp4quant.py, fb28d724";
constexpr std::string_view kCaptures =
    "FlashInfer's kernel (-use_fast_math), its sm_100a PTX down-levelled, on an H100, given a globalScaleInv of 1 and "
    "of amax / 2688";
constexpr std::string_view kCaptureF32 =
    "FlashInfer's kernel (-use_fast_math), its sm_100a PTX down-levelled, on an H100, given a globalScaleInv of 1";
constexpr std::string_view kSearchNote =
    "flashinfer-vllm-cutlass.md 3.5 and 3.6 of the notes; no bytes of both at once";
constexpr std::string_view kCuteNote =
    "golden vectors of the notes, from the given row factor on; scale codes below 8 by the kernel's source";
constexpr std::string_view kCuteMxNote = "flashinfer-vllm-cutlass.md 3.11 of the notes, from the given row factor on";
constexpr Storage kStored{.global_number = GlobalNumber::kMultiplier};

constexpr Accepts kF32Accepts{.f32 = true, .col_multiple = 16};
// An S of zero becomes 1 in the plain kernel; whether it does here is not stated.
constexpr Accepts kSearchExactAccepts{.bf16 = true,
                                      .f16 = true,
                                      .col_multiple = 16,
                                      .infinity = false,
                                      .refusal = "what its S of 0 becomes is not stated"};
constexpr Accepts kNormMxAccepts{.bf16 = true, .f16 = true, .col_multiple = 32};

constexpr Recipe row(std::string_view name, const Search& search) noexcept {
  const bool fast = search.quotients == Quotients::kApprox;
  Recipe recipe{};
  recipe.identity = {name, kKernels, "fb28d724", Evidence::kRead, kSearchNote};
  recipe.rules = search_rules(search);
  recipe.rules.scheme = search.largest == LargestScale::k448 ? SchemeId::kNvfp4Row : SchemeId::kNvfp4RowE256;
  recipe.rules.global = row_rule(search.quotients, search.largest);
  if (!fast) recipe.rules.global.on_zero = ZeroGlobal::kZeroForZeroAmax;
  recipe.storage = kStored;
  recipe.accepts = fast ? kSixteenBits : kSearchExactAccepts;
  return recipe;
}

constexpr Recipe kRecipes[] = {
    {{"flashinfer/nvfp4-pertoken-fast", kKernels, "fb28d724", Evidence::kCaptured, kCaptures},
     kFast,
     kStored,
     kSixteenBits,
     DequantizeOrder::kNotStated},
    {{"flashinfer/nvfp4-pertoken-exact", kKernels, "fb28d724", Evidence::kCaptured, kCaptures},
     kExact,
     kStored,
     kSixteenBits,
     DequantizeOrder::kNotStated},
    {{"flashinfer/nvfp4-pertoken-fp32", kKernels, "fb28d724", Evidence::kCaptured, kCaptureF32},
     kF32,
     kStored,
     kF32Accepts,
     DequantizeOrder::kNotStated},
    row("flashinfer/nvfp4-pertoken-4over6-448-mae-exact", {k448, kMae, kStrict, kIeee}),
    row("flashinfer/nvfp4-pertoken-4over6-448-mae-errfast-exact", {k448, kMae, kErrFast, kIeee}),
    row("flashinfer/nvfp4-pertoken-4over6-448-mse-exact", {k448, kMse, kStrict, kIeee}),
    row("flashinfer/nvfp4-pertoken-4over6-448-mse-errfast-exact", {k448, kMse, kErrFast, kIeee}),
    row("flashinfer/nvfp4-pertoken-4over6-256-mae-exact", {k256, kMae, kStrict, kIeee}),
    row("flashinfer/nvfp4-pertoken-4over6-256-mae-errfast-exact", {k256, kMae, kErrFast, kIeee}),
    row("flashinfer/nvfp4-pertoken-4over6-256-mse-exact", {k256, kMse, kStrict, kIeee}),
    row("flashinfer/nvfp4-pertoken-4over6-256-mse-errfast-exact", {k256, kMse, kErrFast, kIeee}),
    row("flashinfer/nvfp4-pertoken-4over6-448-mae-fast", {k448, kMae, kStrict, kApprox}),
    row("flashinfer/nvfp4-pertoken-4over6-448-mae-errfast-fast", {k448, kMae, kErrFast, kApprox}),
    row("flashinfer/nvfp4-pertoken-4over6-448-mse-fast", {k448, kMse, kStrict, kApprox}),
    row("flashinfer/nvfp4-pertoken-4over6-448-mse-errfast-fast", {k448, kMse, kErrFast, kApprox}),
    row("flashinfer/nvfp4-pertoken-4over6-256-mae-fast", {k256, kMae, kStrict, kApprox}),
    row("flashinfer/nvfp4-pertoken-4over6-256-mae-errfast-fast", {k256, kMae, kErrFast, kApprox}),
    row("flashinfer/nvfp4-pertoken-4over6-256-mse-fast", {k256, kMse, kStrict, kApprox}),
    row("flashinfer/nvfp4-pertoken-4over6-256-mse-errfast-fast", {k256, kMse, kErrFast, kApprox}),
    {{"flashinfer/nvfp4-cute-rmsnorm", kCute, "fb28d724", Evidence::kExample, kCuteNote},
     kRmsNorm,
     {.global_number = GlobalNumber::kDivisor},
     kSixteenBits,
     DequantizeOrder::kNotStated},
    {{"flashinfer/rmsnorm-mxfp4-cute", kCute, "fb28d724", Evidence::kRead, kCuteMxNote},
     kRmsNormMx,
     {},
     kNormMxAccepts,
     DequantizeOrder::kNotStated},
};

}  // namespace

std::span<const Recipe> flashinfer_pertoken_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::reference
