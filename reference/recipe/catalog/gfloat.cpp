// graphcore-research/gfloat: block formats of OCP MX, computed in binary64. Dividing a binary32 number by a power of
// two and rounding it to eight bits or fewer gives the same code in binary32: what underflows there is far below half
// the smallest code, and keeps its sign. Source of the formulas: torchao-and-ocp.md 6.
#include "bitgate/reference/recipe/catalog/families.h"

namespace bitgate::reference {

namespace {

// floor(log2(amax)) is exact in binary64, and below 2^-126 it is held at -127 either way.
constexpr Rules mx(SchemeId scheme) noexcept {
  return {.scheme = scheme,
          .block = {.form = ScaleForm::kExponentFloor, .amax_nan = AmaxNan::kPropagate},
          .element = {.multiplier = MultiplierForm::kExponentNegated}};
}

constexpr std::string_view kSource = "graphcore-research/gfloat, src/gfloat/block.py, b142762de8d0";
constexpr std::string_view kEvidence =
    "gfloat 0.5.2 of binary64 arrays, numpy 2.4.6, x86 CPU; of binary32 arrays numpy's log2 rounds";

constexpr Accepts kAccepts{.f32 = true,
                           .col_multiple = 32,
                           .nan = false,
                           .infinity = false,
                           .refusal =
                               "gfloat raises for a NaN in a format without one, and its scale of an infinity is "
                               "not stated"};

constexpr Recipe kRecipes[] = {
    {{"gfloat/mxfp4", kSource, "0.5.2", Evidence::kReference, kEvidence},
     mx(SchemeId::kMxfp4),
     {},
     kAccepts,
     DequantizeOrder::kNotStated},
    {{"gfloat/mxfp6e2m3", kSource, "0.5.2", Evidence::kReference, kEvidence},
     mx(SchemeId::kMxfp6E2m3),
     {},
     kAccepts,
     DequantizeOrder::kNotStated},
    {{"gfloat/mxfp6e3m2", kSource, "0.5.2", Evidence::kReference, kEvidence},
     mx(SchemeId::kMxfp6E3m2),
     {},
     kAccepts,
     DequantizeOrder::kNotStated},
    {{"gfloat/mxfp8e4m3", kSource, "0.5.2", Evidence::kReference, kEvidence},
     mx(SchemeId::kMxfp8E4m3),
     {},
     kAccepts,
     DequantizeOrder::kNotStated},
    {{"gfloat/mxfp8e5m2", kSource, "0.5.2", Evidence::kReference, kEvidence},
     mx(SchemeId::kMxfp8E5m2),
     {},
     kAccepts,
     DequantizeOrder::kNotStated},
};

}  // namespace

std::span<const Recipe> gfloat_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::reference
