// What may differ between two rows besides their sizes: how terms are aligned, cut and rounded, and the corners that
// the public models disagree about (zeros, small exponents, NaN bits). The defaults are what the evidence favours; a
// row names what it has otherwise, and tests change one at a time to see that it would be noticed.
#pragma once

#include <cstdint>

namespace bitgate::reference {

// What becomes of the bits of a term below the grid.
enum class MmaCut : std::uint8_t {
  kTowardZero,  // dropped from the magnitude
  kFloor,       // an arithmetic shift
};

// The exponent by which a product is aligned.
enum class MmaProductExponent : std::uint8_t {
  kSumOfFields,  // of the operands', although the product may be 2 or more, or an operand subnormal
  kOfProduct,    // of its own leading bit
};

// The exponent of a subnormal operand.
enum class MmaSubnormal : std::uint8_t {
  kNominal,     // the format's smallest
  kNormalized,  // of its leading bit
};

// Whether a zero takes part in the search for the largest exponent.
enum class MmaZero : std::uint8_t {
  kIgnored,
  kNominal,  // with the smallest exponent of its format (and of a product the other operand's added)
  kFp32,     // with -126, whatever its format
};

// Where C joins the sum.
enum class MmaAddend : std::uint8_t {
  kInSum,       // as one more term
  kAfterwards,  // by a step of its own: the rounded sum of the products and C, cut and rounded as any
};

enum class MmaRounding : std::uint8_t {
  kOfResult,  // as the result's name says
  kTowardZero,
  kNearestEven,
};

// What a result too large becomes where the rounding is toward zero.
enum class MmaOverflow : std::uint8_t { kInfinity, kLargest };

// The sign of an exact sum of zero.
enum class MmaZeroSign : std::uint8_t {
  kPlus,           // always +0
  kMinusIfAllAre,  // -0 if every product and C is -0, else +0
};

// What a negative sum becomes whose magnitude is rounded to zero.
enum class MmaUnderflow : std::uint8_t { kPlusZero, kMinusZero };

// Which of a scale group's anchors take part in the search for the largest exponent.
enum class MmaGroups : std::uint8_t {
  kWithProducts,  // those with a product that is not zero and scales that are not
  kAll,
};

struct MmaRules {
  MmaCut cut = MmaCut::kTowardZero;
  MmaProductExponent product_exponent = MmaProductExponent::kSumOfFields;
  MmaSubnormal subnormal = MmaSubnormal::kNominal;
  MmaZero zero_operand = MmaZero::kIgnored;
  MmaZero zero_c = MmaZero::kIgnored;
  MmaAddend addend = MmaAddend::kInSum;
  MmaRounding rounding = MmaRounding::kOfResult;
  MmaOverflow overflow = MmaOverflow::kInfinity;
  MmaZeroSign zero_sign = MmaZeroSign::kPlus;
  MmaUnderflow underflow = MmaUnderflow::kPlusZero;
  MmaGroups groups = MmaGroups::kWithProducts;
  std::uint32_t nan_fp32 = 0x7FFFFFFF;
  std::uint16_t nan_fp16 = 0x7FFF;
  // An operand of TF32 whose NaN payload lies in the dropped bits is NaN too, not infinity.
  bool tf32_nan_of_register = false;

  friend constexpr bool operator==(const MmaRules&, const MmaRules&) = default;
};

}  // namespace bitgate::reference
