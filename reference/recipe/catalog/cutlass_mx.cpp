// CUTLASS's epilogues that write MX formats, from the accumulator's binary32 values. Source of the formulas:
// flashinfer-vllm-cutlass.md 6.1.
#include "bitgate/reference/recipe/catalog/families.h"

namespace bitgate::reference {

namespace {

// The norm constant is 1: the scheme stores none. MUFU.RCP of every largest element is the rounded reciprocal, and the
// product with 1 and its bound FLT_MAX change nothing of a power of two; code 255 negates to itself, a NaN.
constexpr Rules epilogue(SchemeId scheme) noexcept {
  return {.scheme = scheme,
          .block = {.form = ScaleForm::kExponentRoundUp,
                    .divide = Divide::kTimesIeeeReciprocal,
                    .amax_nan = AmaxNan::kPropagate,
                    .encode = kCvtRpSatfinite},
          .element = {.multiplier = MultiplierForm::kExponentNegated}};
}

constexpr std::string_view kSource =
    "NVIDIA/cutlass, include/cutlass/epilogue/fusion/sm100_visitor_store_tma_warpspecialized.hpp, 7107b055";
constexpr std::string_view kVersions = "at 7107b055; sm_100 and sm_120; norm constant 1";
constexpr std::string_view kNote = "flashinfer-vllm-cutlass.md 6.1 of the notes";
constexpr Accepts kAccepts{.f32 = true, .col_multiple = 32};

constexpr Recipe recipe(std::string_view name, SchemeId scheme) noexcept {
  return {
      {name, kSource, kVersions, Evidence::kRead, kNote}, epilogue(scheme), {}, kAccepts, DequantizeOrder::kNotStated};
}

constexpr Recipe kRecipes[] = {
    recipe("cutlass/mxfp4-epilogue", SchemeId::kMxfp4),
    recipe("cutlass/mxfp6e2m3-epilogue", SchemeId::kMxfp6E2m3),
    recipe("cutlass/mxfp6e3m2-epilogue", SchemeId::kMxfp6E3m2),
    recipe("cutlass/mxfp8e4m3-epilogue", SchemeId::kMxfp8E4m3),
    recipe("cutlass/mxfp8e5m2-epilogue", SchemeId::kMxfp8E5m2),
};

}  // namespace

std::span<const Recipe> cutlass_mx_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::reference
