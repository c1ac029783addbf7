// TransformerEngine NVFP4 rounded to nearest, without transform: every form that kernels and tests of it have had.
//
// NVIDIA/TransformerEngine, commit d0067d0d and the releases that the notes name; tests/cpp/operator/
// test_cast_nvfp4_transpose.cu for te/nvfp4-ctest*, common/recipe/nvfp4.cu for te/nvfp4-partialcast.
#include "bitgate/device/cpu/te_family.h"
#include "bitgate/device/cpu/te_math.h"
#include "bitgate/device/cpu/te_nvfp4.h"

namespace bitgate::device::cpu {
namespace {

float folded_scale(float block_amax, float encode_scale) noexcept {
  return kKernelRule.unrounded_scale(block_amax, encode_scale);
}

// sd, v1 form: a true division by six, then S.
float divided_scale(float block_amax, float encode_scale) noexcept {
  const float sixth = div_rn<Gpu>(block_amax, 6.0f);
  return min_num(mul_rn<Gpu>(sixth, encode_scale), kFloat32Max);
}

float quotient_multiplier(float, float block_scale, float encode_scale) noexcept {
  return min_num(div_rn<Gpu>(encode_scale, block_scale), kFloat32Max);
}
float fast_multiplier(float, float block_scale, float encode_scale) noexcept {
  return bf16_rn(min_num(div_rn<Gpu>(encode_scale, block_scale), kBf16Max));
}
// The mixed-precision FMA turns -0 into +0.
std::uint8_t fast_code(float x, float multiplier) noexcept { return e2m1_of_hardware(fma_plus_zero(x, multiplier)); }

// S of the partial cast: an infinite amax gives 0, which the scales see and the cast replaces by 1.
float partial_cast_encode_scale(float amax, float target) noexcept {
  if (!(amax > 0.0f)) return 1.0f;
  constexpr float kFloat32Min = 0x1p-126f;
  return min_num(div_rn<Gpu>(target, max_num(amax, kFloat32Min)), kFloat32Max);
}
// No upper limit here.
float partial_cast_multiplier(float, float block_scale, float encode_scale) noexcept {
  if (!(block_scale > 0.0f)) return kFloat32Max;
  const float decode = div_rn<Gpu>(1.0f, encode_scale <= 0.0f ? 1.0f : encode_scale);
  return div_rn<Gpu>(1.0f, mul_rn<Gpu>(block_scale, decode));
}

// The C++ tests multiply by 0 where the scale is 0.
float ctest_multiplier(float unrounded, float block_scale, float encode_scale) noexcept {
  return block_scale == 0.0f ? 0.0f : reciprocal_multiplier(unrounded, block_scale, encode_scale);
}
// The notes write S / s without the upper limit.
float ctest_square_multiplier(float, float block_scale, float encode_scale) noexcept {
  return block_scale == 0.0f ? 0.0f : div_rn<Gpu>(encode_scale, block_scale);
}
// v2.8 did not limit the scale, and divided by it before E4M3: a block with an infinity has the multiplier 0.
float old_ctest_scale(float block_amax, float encode_scale) noexcept {
  return mul_rn<Gpu>(div_rn<Gpu>(block_amax, 6.0f), encode_scale);
}
float old_ctest_multiplier(float unrounded, float, float encode_scale) noexcept {
  return unrounded == 0.0f ? 0.0f : div_rn<Gpu>(encode_scale, unrounded);
}

constexpr Nvfp4Rule kV1{kernel_encode_scale, divided_scale, reciprocal_multiplier, kernel_code, amax_without_nan};
constexpr Nvfp4Rule kV1Div{kernel_encode_scale, divided_scale, quotient_multiplier, kernel_code, amax_without_nan};
constexpr Nvfp4Rule kFast{kernel_encode_scale, folded_scale, fast_multiplier, fast_code, amax_without_nan};
constexpr Nvfp4Rule kPartialCast{partial_cast_encode_scale, folded_scale, partial_cast_multiplier, kernel_code,
                                 amax_without_nan};
constexpr Nvfp4Rule kCTest{kernel_encode_scale, folded_scale, ctest_multiplier, kernel_code, amax_without_nan};
constexpr Nvfp4Rule kCTestSquare{kernel_encode_scale, divided_scale, ctest_square_multiplier, kernel_code,
                                 amax_without_nan};
constexpr Nvfp4Rule kOldCTest{kernel_encode_scale, old_ctest_scale, old_ctest_multiplier, kernel_code,
                              amax_without_nan};

enum class Shapes {
  kBlocks,         // whole blocks of 16, along columns and, for the column-wise side, along rows
  kTuned,          // the tuned kernel: bf16, both counts multiples of 32
  kTunedIfColumn,  // any type row-wise; the column-wise side only from the tuned kernel
  kAny,            // padded with zeros
};

struct Row {
  std::string_view recipe;
  const Nvfp4Rule& rule;
  SchemeId scheme;
  Shapes shapes;
};

using enum SchemeId;
constexpr std::array kRows{
    Row{"te/nvfp4", kKernelRule, kNvfp4, Shapes::kBlocks},
    Row{"te/nvfp4-v1", kV1, kNvfp4, Shapes::kBlocks},
    Row{"te/nvfp4-v1div", kV1Div, kNvfp4, Shapes::kBlocks},
    Row{"te/nvfp4-fast", kFast, kNvfp4, Shapes::kTuned},
    Row{"te/nvfp4-row", kKernelRule, kNvfp4Row, Shapes::kTunedIfColumn},
    Row{"te/nvfp4-row-fast", kFast, kNvfp4Row, Shapes::kTuned},
    Row{"te/nvfp4-2d", kKernelRule, kNvfp4TwoD, Shapes::kBlocks},
    Row{"te/nvfp4-partialcast", kPartialCast, kNvfp4TwoD, Shapes::kBlocks},
    Row{"te/nvfp4-ctest", kCTest, kNvfp4, Shapes::kBlocks},
    Row{"te/nvfp4-ctest-row", kCTest, kNvfp4Row, Shapes::kBlocks},
    Row{"te/nvfp4-ctest-2d", kCTestSquare, kNvfp4TwoD, Shapes::kBlocks},
    Row{"te/nvfp4-ctest-v2.8", kOldCTest, kNvfp4, Shapes::kBlocks},
    Row{"te/nvfp4-pyref", kPyrefRule, kNvfp4, Shapes::kAny},
    Row{"te/nvfp4-pyref-row", kPyrefRule, kNvfp4Row, Shapes::kAny},
    Row{"te/nvfp4-pyref-2d", kPyrefRule, kNvfp4TwoD, Shapes::kAny},
};

Accepts accepts_of(const Row& row, Direction direction) {
  const GlobalAxis global = scheme_of(row.scheme).global;
  const bool tuned =
      row.shapes == Shapes::kTuned || (row.shapes == Shapes::kTunedIfColumn && asks_for_columnwise(direction));
  if (tuned) return {row.recipe, kBf16Only, 32, global, 32, Directions::kEvery};
  const std::int64_t multiple = row.shapes == Shapes::kAny ? 1 : 16;
  return {row.recipe, kEveryType, multiple, global, 1, Directions::kEvery, multiple};
}

QuantizedTensor quantize(const Row& row, const Request& request) {
  const Accepts accepts = accepts_of(row, request.direction);
  require(request, accepts);
  return answer_in(request.direction, [&](Direction side) {
    const Operand operand = operand_of(request.input, side);
    const std::vector<float> amax = amax_of_side(request, accepts.global, side, operand, amax_without_nan);
    return nvfp4_side(row.rule, row.scheme, operand, amax);
  });
}

constexpr auto kRecipes = recipes_of<kRows, quantize>();

}  // namespace

std::span<const CpuRecipe> te_nvfp4_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
