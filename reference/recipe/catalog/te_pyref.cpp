// TransformerEngine's PyTorch reference of NVFP4 and its variants. Source of the formulas: te.md 9.
#include "bitgate/reference/recipe/catalog/families.h"
#include "bitgate/reference/recipe/catalog/te_rules.h"

namespace bitgate::reference {

namespace {

constexpr Rules kPyref{.scheme = SchemeId::kNvfp4,
                       .global = {.form = GlobalForm::kEncodeScale,
                                  .target = 2688.0f,
                                  .amax_nan = AmaxNan::kPropagate,
                                  .min_nan = MinNan::kKeep,
                                  .on_zero = ZeroGlobal::kOneForZeroScale},
                       .block = {.form = ScaleForm::kAmaxTimesFoldedGlobal,
                                 .amax_nan = AmaxNan::kPropagate,
                                 .ceiling = 448.0f,
                                 .encode = kTorchCast},
                       .element = {.multiplier = MultiplierForm::kReciprocalOfProduct,
                                   .multiplier_ceiling = kFloat32Max,
                                   .clamp = 6.0f,
                                   .encode = ElementEncode::kComparisons}};
constexpr Rules kPyrefRow = with_scheme(kPyref, SchemeId::kNvfp4Row);
constexpr Rules kPyrefTwoD = with_scheme(kPyref, SchemeId::kNvfp4TwoD);
constexpr Rules kPyrefRht = [] {
  Rules rules = kPyref;
  rules.transform = Transform::kHadamard16Signed;
  return rules;
}();

constexpr Rules pyref_4over6(SchemeId scheme, LargestScale largest, BlockError error, ErrorMath math) noexcept {
  return four_over_six(kPyref, scheme_with(scheme, largest), largest, error, math);
}

constexpr std::string_view kSource = "NVIDIA/TransformerEngine, pytorch/custom_recipes/reference_nvfp4.py, d0067d0d";
constexpr std::string_view kBytes = "TransformerEngine's PyTorch reference, PyTorch 2.11.0, CPU";
constexpr std::string_view kLaterBytes = "TransformerEngine 2.20.2's PyTorch reference, PyTorch 2.11.0, CPU";

constexpr Storage kAmaxStored{.global_number = GlobalNumber::kAmax};

constexpr std::string_view kRefusal =
    "an empty tensor has no amax; a NaN makes it NaN, and no note states the sign of the scales that follow";
// Of an odd row its packing drops the last code.
constexpr Accepts kEachAccepts{.f32 = true,
                               .bf16 = true,
                               .col_multiple = 2,
                               .directions = kEachDirection,
                               .nan = false,
                               .empty = false,
                               .refusal = kRefusal};
// How the search pads a ragged block is not stated.
constexpr Accepts kSearchAccepts{.f32 = true,
                                 .bf16 = true,
                                 .col_multiple = 16,
                                 .directions = kEachDirection,
                                 .nan = false,
                                 .empty = false,
                                 .refusal = kRefusal};
constexpr Accepts kSquareAccepts{.f32 = true,
                                 .bf16 = true,
                                 .col_multiple = 16,
                                 .row_multiple = 16,
                                 .directions = kEachDirection,
                                 .nan = false,
                                 .empty = false,
                                 .refusal = kRefusal};
constexpr std::string_view kRhtRefusal =
    "an empty tensor has no amax; infinities meet in the transform's sums as NaN does in amax";
constexpr Accepts kRhtAccepts{.f32 = true,
                              .bf16 = true,
                              .col_multiple = 16,
                              .directions = kColumnwiseFirst,
                              .nan = false,
                              .infinity = false,
                              .empty = false,
                              .refusal = kRhtRefusal};

constexpr Recipe kRecipes[] = {
    {{"te/nvfp4-pyref", kSource, "d0067d0d", Evidence::kReference, kBytes},
     kPyref,
     kAmaxStored,
     kEachAccepts,
     DequantizeOrder::kNotStated},
    {{"te/nvfp4-pyref-row", kSource, "d0067d0d", Evidence::kReference, kBytes},
     kPyrefRow,
     kAmaxStored,
     kEachAccepts,
     DequantizeOrder::kNotStated},
    {{"te/nvfp4-pyref-2d", kSource, "d0067d0d", Evidence::kReference, kBytes},
     kPyrefTwoD,
     kAmaxStored,
     kSquareAccepts,
     DequantizeOrder::kNotStated},
    {{"te/nvfp4-pyref-rht", kSource, "d0067d0d", Evidence::kReference, kBytes},
     kPyrefRht,
     kAmaxStored,
     kRhtAccepts,
     DequantizeOrder::kNotStated},
    {{"te/nvfp4-pyref-4over6-448-mae", kSource, "d0067d0d", Evidence::kReference, kBytes},
     pyref_4over6(SchemeId::kNvfp4, LargestScale::k448, BlockError::kMae, ErrorMath::kExact),
     kAmaxStored,
     kSearchAccepts,
     DequantizeOrder::kNotStated},
    {{"te/nvfp4-pyref-4over6-448-mae-errfast", kSource, "d0067d0d", Evidence::kReference, kBytes},
     pyref_4over6(SchemeId::kNvfp4, LargestScale::k448, BlockError::kMae, ErrorMath::kHalf),
     kAmaxStored,
     kSearchAccepts,
     DequantizeOrder::kNotStated},
    {{"te/nvfp4-pyref-4over6-448-mse", kSource, "d0067d0d", Evidence::kReference, kLaterBytes},
     pyref_4over6(SchemeId::kNvfp4, LargestScale::k448, BlockError::kMse, ErrorMath::kExact),
     kAmaxStored,
     kSearchAccepts,
     DequantizeOrder::kNotStated},
    {{"te/nvfp4-pyref-4over6-448-mse-errfast", kSource, "d0067d0d", Evidence::kReference, kLaterBytes},
     pyref_4over6(SchemeId::kNvfp4, LargestScale::k448, BlockError::kMse, ErrorMath::kHalf),
     kAmaxStored,
     kSearchAccepts,
     DequantizeOrder::kNotStated},
    {{"te/nvfp4-pyref-4over6-256-mae", kSource, "d0067d0d", Evidence::kReference, kLaterBytes},
     pyref_4over6(SchemeId::kNvfp4, LargestScale::k256, BlockError::kMae, ErrorMath::kExact),
     kAmaxStored,
     kSearchAccepts,
     DequantizeOrder::kNotStated},
    {{"te/nvfp4-pyref-4over6-256-mae-errfast", kSource, "d0067d0d", Evidence::kReference, kLaterBytes},
     pyref_4over6(SchemeId::kNvfp4, LargestScale::k256, BlockError::kMae, ErrorMath::kHalf),
     kAmaxStored,
     kSearchAccepts,
     DequantizeOrder::kNotStated},
    {{"te/nvfp4-pyref-4over6-256-mse", kSource, "d0067d0d", Evidence::kReference, kBytes},
     pyref_4over6(SchemeId::kNvfp4, LargestScale::k256, BlockError::kMse, ErrorMath::kExact),
     kAmaxStored,
     kSearchAccepts,
     DequantizeOrder::kNotStated},
    {{"te/nvfp4-pyref-4over6-256-mse-errfast", kSource, "d0067d0d", Evidence::kReference, kLaterBytes},
     pyref_4over6(SchemeId::kNvfp4, LargestScale::k256, BlockError::kMse, ErrorMath::kHalf),
     kAmaxStored,
     kSearchAccepts,
     DequantizeOrder::kNotStated},
    {{"te/nvfp4-pyref-row-4over6-448-mae", kSource, "d0067d0d", Evidence::kReference, kLaterBytes},
     pyref_4over6(SchemeId::kNvfp4Row, LargestScale::k448, BlockError::kMae, ErrorMath::kExact),
     kAmaxStored,
     kSearchAccepts,
     DequantizeOrder::kNotStated},
    {{"te/nvfp4-pyref-row-4over6-448-mae-errfast", kSource, "d0067d0d", Evidence::kReference, kLaterBytes},
     pyref_4over6(SchemeId::kNvfp4Row, LargestScale::k448, BlockError::kMae, ErrorMath::kHalf),
     kAmaxStored,
     kSearchAccepts,
     DequantizeOrder::kNotStated},
    {{"te/nvfp4-pyref-row-4over6-448-mse", kSource, "d0067d0d", Evidence::kReference, kLaterBytes},
     pyref_4over6(SchemeId::kNvfp4Row, LargestScale::k448, BlockError::kMse, ErrorMath::kExact),
     kAmaxStored,
     kSearchAccepts,
     DequantizeOrder::kNotStated},
    {{"te/nvfp4-pyref-row-4over6-448-mse-errfast", kSource, "d0067d0d", Evidence::kReference, kLaterBytes},
     pyref_4over6(SchemeId::kNvfp4Row, LargestScale::k448, BlockError::kMse, ErrorMath::kHalf),
     kAmaxStored,
     kSearchAccepts,
     DequantizeOrder::kNotStated},
    {{"te/nvfp4-pyref-row-4over6-256-mae", kSource, "d0067d0d", Evidence::kReference, kLaterBytes},
     pyref_4over6(SchemeId::kNvfp4Row, LargestScale::k256, BlockError::kMae, ErrorMath::kExact),
     kAmaxStored,
     kSearchAccepts,
     DequantizeOrder::kNotStated},
    {{"te/nvfp4-pyref-row-4over6-256-mae-errfast", kSource, "d0067d0d", Evidence::kReference, kLaterBytes},
     pyref_4over6(SchemeId::kNvfp4Row, LargestScale::k256, BlockError::kMae, ErrorMath::kHalf),
     kAmaxStored,
     kSearchAccepts,
     DequantizeOrder::kNotStated},
    {{"te/nvfp4-pyref-row-4over6-256-mse", kSource, "d0067d0d", Evidence::kReference, kLaterBytes},
     pyref_4over6(SchemeId::kNvfp4Row, LargestScale::k256, BlockError::kMse, ErrorMath::kExact),
     kAmaxStored,
     kSearchAccepts,
     DequantizeOrder::kNotStated},
    {{"te/nvfp4-pyref-row-4over6-256-mse-errfast", kSource, "d0067d0d", Evidence::kReference, kLaterBytes},
     pyref_4over6(SchemeId::kNvfp4Row, LargestScale::k256, BlockError::kMse, ErrorMath::kHalf),
     kAmaxStored,
     kSearchAccepts,
     DequantizeOrder::kNotStated},
    {{"te/nvfp4-pyref-2d-4over6-448-mae", kSource, "d0067d0d", Evidence::kReference, kLaterBytes},
     pyref_4over6(SchemeId::kNvfp4TwoD, LargestScale::k448, BlockError::kMae, ErrorMath::kExact),
     kAmaxStored,
     kSquareAccepts,
     DequantizeOrder::kNotStated},
    {{"te/nvfp4-pyref-2d-4over6-448-mae-errfast", kSource, "d0067d0d", Evidence::kReference, kLaterBytes},
     pyref_4over6(SchemeId::kNvfp4TwoD, LargestScale::k448, BlockError::kMae, ErrorMath::kHalf),
     kAmaxStored,
     kSquareAccepts,
     DequantizeOrder::kNotStated},
    {{"te/nvfp4-pyref-2d-4over6-448-mse", kSource, "d0067d0d", Evidence::kReference, kLaterBytes},
     pyref_4over6(SchemeId::kNvfp4TwoD, LargestScale::k448, BlockError::kMse, ErrorMath::kExact),
     kAmaxStored,
     kSquareAccepts,
     DequantizeOrder::kNotStated},
    {{"te/nvfp4-pyref-2d-4over6-448-mse-errfast", kSource, "d0067d0d", Evidence::kReference, kLaterBytes},
     pyref_4over6(SchemeId::kNvfp4TwoD, LargestScale::k448, BlockError::kMse, ErrorMath::kHalf),
     kAmaxStored,
     kSquareAccepts,
     DequantizeOrder::kNotStated},
    {{"te/nvfp4-pyref-2d-4over6-256-mae", kSource, "d0067d0d", Evidence::kReference, kLaterBytes},
     pyref_4over6(SchemeId::kNvfp4TwoD, LargestScale::k256, BlockError::kMae, ErrorMath::kExact),
     kAmaxStored,
     kSquareAccepts,
     DequantizeOrder::kNotStated},
    {{"te/nvfp4-pyref-2d-4over6-256-mae-errfast", kSource, "d0067d0d", Evidence::kReference, kLaterBytes},
     pyref_4over6(SchemeId::kNvfp4TwoD, LargestScale::k256, BlockError::kMae, ErrorMath::kHalf),
     kAmaxStored,
     kSquareAccepts,
     DequantizeOrder::kNotStated},
    {{"te/nvfp4-pyref-2d-4over6-256-mse", kSource, "d0067d0d", Evidence::kReference, kLaterBytes},
     pyref_4over6(SchemeId::kNvfp4TwoD, LargestScale::k256, BlockError::kMse, ErrorMath::kExact),
     kAmaxStored,
     kSquareAccepts,
     DequantizeOrder::kNotStated},
    {{"te/nvfp4-pyref-2d-4over6-256-mse-errfast", kSource, "d0067d0d", Evidence::kReference, kLaterBytes},
     pyref_4over6(SchemeId::kNvfp4TwoD, LargestScale::k256, BlockError::kMse, ErrorMath::kHalf),
     kAmaxStored,
     kSquareAccepts,
     DequantizeOrder::kNotStated},
};

}  // namespace

std::span<const Recipe> te_pyref_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::reference
