// TensorRT-LLM FP8, one scale a row, a 1x128 or a 128x128 block, and the same kernels as FlashInfer builds them, with
// -use_fast_math.
//
// NVIDIA/TensorRT-LLM and flashinfer-ai/flashinfer (commit fb28d724, csrc/nv_internal/tensorrt_llm/kernels):
// perTokenQuantization and the kernels scale_1x128 and scale_128x128. Stored are decode scales. Maxima are of the
// input's type and pass over a NaN.
#include "bitgate/device/cpu/serving_math.h"
#include "bitgate/device/cpu/te_family.h"

namespace bitgate::device::cpu {
namespace {

using Codes = std::span<std::uint8_t>;
using Values = std::span<const float>;

// 1e-6 in the input's type, the least maximum of a row.
constexpr float least_amax(InputType type) {
  return type == InputType::kBf16 ? from_bits(0x35860000u) : half_value(0x0011);
}

// How a product becomes a code: by way of bfloat16, as the kernel's own header does it, or directly. Which NaN passes
// through bfloat16 does not matter: every one is 0x7F.
std::uint8_t through_bf16(float scaled) { return e4m3_cvt(bf16_rn(scaled)); }
std::uint8_t direct(float scaled) { return e4m3_cvt(scaled); }

enum class Least : std::uint8_t { kNone, kScale };  // whether FP8 row-wise mode holds the scale at 1 / (448 * 512)

// The stored scale and the multiplier are two divisions, each bounded apart.
template <class Math, std::uint8_t (*kCode)(float), Least kLeast>
float token(InputType type, Values x, Codes codes) {
  constexpr float kLeastScale = from_bits(0x36924925u), kLargestMultiplier = 448.0f * 512.0f;
  const float amax = amax_at_least(x, least_amax(type));
  const float unbounded = Math::div(448.0f, amax);
  const float multiplier = kLeast == Least::kScale ? min_num(unbounded, kLargestMultiplier) : unbounded;
  encode_each(x, codes, [multiplier](float value) { return kCode(Math::mul(value, multiplier)); });
  const float scale = Math::div_by_constant(amax, 448.0f);
  return kLeast == Least::kScale ? max_num(scale, kLeastScale) : scale;
}

// The encode scale comes first and the stored one is its reciprocal, so it need not be amax / 448.
template <class Math>
float by_encode_scale(float amax, Values x, Codes codes) {
  const float encode = Math::seen(amax) == 0.0f ? 1.0f : Math::div(448.0f, amax);
  encode_each(x, codes, [encode](float value) { return direct(Math::mul(value, encode)); });
  return Math::div(1.0f, encode);
}
template <class Math>
float block(InputType, Values x, Codes codes) {
  return by_encode_scale<Math>(amax_at_least(x, 0.0f), x, codes);
}

struct Row {
  std::string_view recipe;
  SchemeId scheme;
  std::int64_t cols_multiple;
  float (*block)(InputType, Values, Codes);
  bool takes_nan = true;  // what the clamp of pairs makes of a NaN is not known: refused
};

QuantizedTensor quantize(const Row& row, const Request& request) {
  require(request, {row.recipe, kHalfTypes, row.cols_multiple, GlobalAxis::kNone});
  const Operand operand = operand_of(request.input, Direction::kRowwise);
  if (!row.takes_nan) require_no_nan(operand, row.recipe);
  return quantize_each_block<float>(operand, row.scheme,
                                    [&](Values x, Codes codes) { return row.block(request.input.type, x, codes); });
}

// The older 128x128 kernel steps the column that it compares with the end of a row by 32 times the row where it means
// the quarter of the tile: of row r a lane sees either all of its four elements or none.
struct SlippedRow {
  std::string_view recipe;
  float (*block)(float amax, Values, Codes);
};

float amax_of_slipped_tile(const Operand& operand, const Block& tile) {
  constexpr std::int64_t kLanes = 32;
  float amax = 0.0f;
  for (std::int64_t r = 0; r < tile.rows; ++r)
    for (std::int64_t c = 0; c < tile.cols; ++c) {
      if (tile.col + kLanes * r + c % kLanes >= operand.extent.cols) continue;
      amax = max_num(amax, magnitude(operand.row(tile.row + r)[static_cast<std::size_t>(tile.col + c)]));
    }
  return amax;
}

QuantizedTensor quantize_slipped(const SlippedRow& row, const Request& request) {
  require(request, {row.recipe, kHalfTypes, 128, GlobalAxis::kNone});
  const Operand operand = operand_of(request.input, Direction::kRowwise);
  return quantize_each_place<float>(operand, SchemeId::kFp8E4m3Square128,
                                    [&](const Block& tile, Values x, Codes codes) {
                                      return row.block(amax_of_slipped_tile(operand, tile), x, codes);
                                    });
}

using enum SchemeId;
using enum Least;
constexpr std::array kRows{
    Row{"trtllm/fp8-token", kFp8E4m3Token, 8, token<IeeeMath, through_bf16, kNone>, false},
    Row{"trtllm/fp8-token-minscale", kFp8E4m3Token, 8, token<IeeeMath, through_bf16, kScale>, false},
    Row{"trtllm/fp8-token-direct", kFp8E4m3Token, 8, token<IeeeMath, direct, kNone>, false},
    Row{"trtllm/fp8-1x128", kFp8E4m3Row128, 2, block<IeeeMath>},
    Row{"trtllm/fp8-128x128", kFp8E4m3Square128, 128, block<IeeeMath>},
    Row{"flashinfer/fp8-token", kFp8E4m3Token, 8, token<FastMath, through_bf16, kNone>, false},
    Row{"flashinfer/fp8-token-minscale", kFp8E4m3Token, 8, token<FastMath, through_bf16, kScale>, false},
    Row{"flashinfer/fp8-token-direct", kFp8E4m3Token, 8, token<FastMath, direct, kNone>, false},
    Row{"flashinfer/fp8-1x128", kFp8E4m3Row128, 2, block<FastMath>},
};
constexpr std::array kSlippedRows{
    SlippedRow{"trtllm/fp8-128x128-2025", by_encode_scale<IeeeMath>},
    SlippedRow{"flashinfer/fp8-128x128", by_encode_scale<FastMath>},
};
constexpr auto kRecipes = [] {
  std::array<CpuRecipe, kRows.size() + kSlippedRows.size()> all{};
  std::ranges::copy(recipes_of<kSlippedRows, quantize_slipped>(),
                    std::ranges::copy(recipes_of<kRows, quantize>(), all.begin()).out);
  return all;
}();

}  // namespace

std::span<const CpuRecipe> trtllm_fp8_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
