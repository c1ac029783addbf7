// TransformerEngine MXFP8 and FP8: one exponent or one binary32 scale a block.
//
// NVIDIA/TransformerEngine, commit d0067d0d: common/cast/mxfp8/*, common/recipe/{recipe_common.cuh,current_scaling.cu,
// delayed_scaling.cu}, common/transpose/quantize_transpose_{vector,square}_blockwise.cu.
#include "bitgate/device/cpu/te_blocks.h"
#include "bitgate/device/cpu/te_family.h"
#include "bitgate/device/cpu/te_math.h"

namespace bitgate::device::cpu {
namespace {

struct Element {
  float max;
  std::uint8_t (*code)(float) noexcept;
};
// A product of numbers has the GPU's one NaN, so NaN is 0x7F.
constexpr Element kE4m3Element{448.0f, e4m3_saturating};
constexpr Element kE5m2Element{57344.0f, e5m2_saturating};

// x times a multiplier, rounded once; a -0 stays -0.
float plain_product(float x, float multiplier) noexcept { return mul_rn<Gpu>(x, multiplier); }

enum class Scaling { kMx, kCurrent, kCurrentPow2, kDelayed, kBlock, kBlockPow2 };

struct Row {
  std::string_view recipe;
  SchemeId scheme;
  const Element& element;
  Scaling scaling;
  float (*product)(float x, float multiplier) noexcept;
};

// 2^(127 - code); 255 is a NaN.
float mx_multiplier(std::uint8_t scale_code) noexcept {
  return scale_code == 255 ? from_bits(0x7FFFFFFF) : static_cast<float>(two_to(127 - scale_code));
}

constexpr float largest_of(InputType type) noexcept {
  return type == InputType::kF32 ? kFloat32Max : type == InputType::kBf16 ? kBf16Max : kFloat16Max;
}

// The helper of current and block scaling.
float encode_scale_of(float amax, float element_max, float for_infinity, bool to_power_of_two) noexcept {
  if (is_infinite(amax) || is_nan(amax) || amax == 0.0f) return 1.0f;
  float scale = div_rn<Gpu>(element_max, amax);
  if (is_infinite(scale)) scale = for_infinity;
  return to_power_of_two ? from_bits(to_bits(scale) & 0xFF800000u) : scale;
}

// Without a positive finite amax the previous scale stays; here it is 1. The margin is 0.
float delayed_encode_scale(float amax, float element_max) noexcept {
  if (!(amax > 0.0f) || is_infinite(amax)) return 1.0f;
  const float scale = div_rn<Gpu>(element_max, amax);
  return is_infinite(scale) ? kFloat32Max : scale;
}

float fp8_encode_scale(const Row& row, InputType type, float amax) noexcept {
  const float max = row.element.max;
  switch (row.scaling) {
    case Scaling::kCurrent: return encode_scale_of(amax, max, kFloat32Max, false);
    case Scaling::kCurrentPow2: return encode_scale_of(amax, max, kFloat32Max, true);
    case Scaling::kDelayed: return delayed_encode_scale(amax, max);
    case Scaling::kBlock: return encode_scale_of(amax, max, largest_of(type), false);
    case Scaling::kBlockPow2: return encode_scale_of(amax, max, largest_of(type), true);
    case Scaling::kMx: break;
  }
  return 1.0f;
}

// Stores the scale of a block and returns what multiplies its elements.
float scaled_block(const Row& row, InputType type, float amax, const Block& block, QuantizedTensor& answer) {
  if (row.scaling == Scaling::kMx) {
    const std::uint8_t scale_code = e8m0_up(mul_rn<Gpu>(amax, div_rn<Gpu>(1.0f, row.element.max)));
    store_scale(answer, block, scale_code);
    return mx_multiplier(scale_code);
  }
  const float encode_scale = fp8_encode_scale(row, type, amax);
  store_scale(answer, block, div_rn<Gpu>(1.0f, encode_scale));
  return encode_scale;
}

// A NaN is passed over in every amax. (The specialised MXFP8 kernel's column-wise maximum keeps one on some machines.)
QuantizedTensor side_of(const Row& row, InputType type, const Operand& operand, std::span<const float> given_amax) {
  QuantizedTensor answer = make_quantized(scheme_of(row.scheme), GlobalNumber::kNone, operand.extent);
  for (const Block& block : blocks_of(operand.extent, answer.scheme.block)) {
    const float amax = given_amax.empty() ? amax_without_nan(values_of(operand, block)) : given_amax[0];
    const float multiplier = scaled_block(row, type, amax, block, answer);
    for (std::int64_t r = block.row; r < block.row + block.rows; ++r)
      for (std::int64_t c = block.col; c < block.col + block.cols; ++c) {
        const std::size_t i = code_index(answer, r, c);
        answer.codes[i] = row.element.code(row.product(operand.x[i], multiplier));
      }
  }
  return answer;
}

bool has_one_scale(const Row& row) noexcept { return scheme_of(row.scheme).block.cols == 0; }

Accepts accepts_of(const Row& row) {
  const GlobalAxis global = has_one_scale(row) ? GlobalAxis::kTensor : GlobalAxis::kNone;
  if (row.product != plain_product) {  // the specialised kernel
    static constexpr InputType kHalves[] = {InputType::kBf16, InputType::kF16};
    return {row.recipe, kHalves, 32, global, 1, Directions::kEvery, 32};
  }
  return {row.recipe, kEveryType, 1, global, 1, Directions::kEvery};
}

QuantizedTensor quantize(const Row& row, const Request& request) {
  const Accepts accepts = accepts_of(row);
  require(request, accepts);
  if (!request.global.empty()) refuse(row.recipe, "global was given, expected none");
  return answer_in(request.direction, [&](Direction side) {
    const Operand operand = operand_of(request.input, side);
    return side_of(row, request.input.type, operand, given_global(request, accepts.global, side));
  });
}

using enum SchemeId;
constexpr std::array kRows{
    Row{"te/mxfp8-e4m3", kMxfp8E4m3, kE4m3Element, Scaling::kMx, plain_product},
    Row{"te/mxfp8-e5m2", kMxfp8E5m2, kE5m2Element, Scaling::kMx, plain_product},
    Row{"te/mxfp8-e4m3-spec", kMxfp8E4m3, kE4m3Element, Scaling::kMx, fma_plus_zero},
    Row{"te/mxfp8-e5m2-spec", kMxfp8E5m2, kE5m2Element, Scaling::kMx, fma_plus_zero},
    Row{"te/mxfp8-e4m3-2d", kMxfp8E4m3TwoD, kE4m3Element, Scaling::kMx, plain_product},
    Row{"te/mxfp8-e5m2-2d", kMxfp8E5m2TwoD, kE5m2Element, Scaling::kMx, plain_product},
    Row{"te/fp8-current-e4m3", kFp8E4m3, kE4m3Element, Scaling::kCurrent, plain_product},
    Row{"te/fp8-current-e5m2", kFp8E5m2, kE5m2Element, Scaling::kCurrent, plain_product},
    Row{"te/fp8-current-e4m3-pow2", kFp8E4m3, kE4m3Element, Scaling::kCurrentPow2, plain_product},
    Row{"te/fp8-current-e5m2-pow2", kFp8E5m2, kE5m2Element, Scaling::kCurrentPow2, plain_product},
    Row{"te/fp8-delayed-e4m3", kFp8E4m3, kE4m3Element, Scaling::kDelayed, plain_product},
    Row{"te/fp8-delayed-e5m2", kFp8E5m2, kE5m2Element, Scaling::kDelayed, plain_product},
    Row{"te/fp8-block1x128-e4m3", kFp8E4m3Row128, kE4m3Element, Scaling::kBlockPow2, plain_product},
    Row{"te/fp8-block1x128-e5m2", kFp8E5m2Row128, kE5m2Element, Scaling::kBlockPow2, plain_product},
    Row{"te/fp8-block1x128-e4m3-fp32", kFp8E4m3Row128, kE4m3Element, Scaling::kBlock, plain_product},
    Row{"te/fp8-block1x128-e5m2-fp32", kFp8E5m2Row128, kE5m2Element, Scaling::kBlock, plain_product},
    Row{"te/fp8-block128x128-e4m3", kFp8E4m3Square128, kE4m3Element, Scaling::kBlockPow2, plain_product},
    Row{"te/fp8-block128x128-e5m2", kFp8E5m2Square128, kE5m2Element, Scaling::kBlockPow2, plain_product},
    Row{"te/fp8-block128x128-e4m3-fp32", kFp8E4m3Square128, kE4m3Element, Scaling::kBlock, plain_product},
    Row{"te/fp8-block128x128-e5m2-fp32", kFp8E5m2Square128, kE5m2Element, Scaling::kBlock, plain_product},
};

constexpr auto kRecipes = recipes_of<kRows, quantize>();

}  // namespace

std::span<const CpuRecipe> te_fp8_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
