// compressed-tensors: NVFP4 of bfloat16 tensors and, on CUDA and on the CPU, of binary32; MXFP4 and MXFP8.
//
// vllm-project/compressed-tensors, commit ac8e2ba8: src/compressed_tensors/quantization/utils/{helpers,fp4_utils,
// mxfp_utils}.py and quantization/lifecycle/forward_helpers.py, PyTorch eager. A NaN that comes out is packed as
// whatever its bits make, and an infinite amax makes NaNs: both inputs are refused.
#include "bitgate/device/cpu/serving_math.h"
#include "bitgate/device/cpu/te_family.h"

namespace bitgate::device::cpu {
namespace {

using Codes = std::span<std::uint8_t>;
using Values = std::span<const float>;

// Nearest-even by comparisons, after a clamp to 6. A zero has no sign; what rounds to zero keeps its own.
std::uint8_t e2m1_of_comparisons(float x) {
  return static_cast<std::uint8_t>(e2m1_size(magnitude(x)) + (x < 0.0f ? 8 : 0));
}

// A number over a tensor is the tensor's reciprocal times the number, each stored in amax's type: 2688 / amax twice
// rounded. What is then no number is 1.
float encode_scale_of(InputType type, float amax) {
  // The largest of numbers of this type is one itself; given by a caller, it is taken as it is.
  const float at_least = std::max(amax, 0x1p-126f);
  const float reciprocal = stored_as(type, static_cast<double>(div_rn<Gpu>(1.0f, at_least)));
  const float encode = stored_as(type, static_cast<double>(mul_rn<Gpu>(reciprocal, 2688.0f)));
  return is_nan(encode) || is_infinite(encode) ? 1.0f : encode;
}

// A sixth of a bfloat16 number, stored as bfloat16, is the same by either.
enum class Where : std::uint8_t { kCuda, kCpu };

struct NvRow {
  std::string_view recipe;
  InputType type;
  Where where;
};

float sixth_of(const NvRow& row, float amax) {
  const float sixth = row.where == Where::kCuda ? mul_rn<Gpu>(amax, kOneSixth) : div_rn<Gpu>(amax, 6.0f);
  return stored_as(row.type, static_cast<double>(sixth));
}

QuantizedTensor nvfp4(const NvRow& row, const Request& request) {
  require(request, {row.recipe, std::span(&row.type, 1), 16, GlobalAxis::kTensor});
  const Operand operand = operand_of(request.input, Direction::kRowwise);
  require_numbers(operand, row.recipe);
  const float amax = request.amax.empty() ? amax_without_nan(operand.x) : request.amax[0];
  if (is_nan(amax) || is_infinite(amax)) refuse(row.recipe, "amax is NaN or infinite, expected a number");
  const float encode = request.global.empty() ? encode_scale_of(row.type, amax) : request.global[0];
  constexpr std::uint8_t kOneEighth = 0x20;  // stands for a scale that rounds to zero
  const auto block = [&](Values x, Codes codes) {
    const float unrounded = mul_rn<Gpu>(encode, sixth_of(row, amax_without_nan(x)));
    const std::uint8_t rounded_code = e4m3_torch(clamped(unrounded, -448.0f, 448.0f));
    const std::uint8_t scale_code = rounded_code % 128 == 0 ? kOneEighth : rounded_code;
    const float total = div_rn<Gpu>(e4m3_value(scale_code), encode);
    encode_each(x, codes, [&](float value) {
      const float scaled = div_rn<Gpu>(value, total);
      return e2m1_of_comparisons(clamped(scaled, -6.0f, 6.0f));
    });
    return scale_code;
  };
  QuantizedTensor answer = quantize_each_block<std::uint8_t>(operand, SchemeId::kNvfp4, block, GlobalNumber::kDivisor);
  answer.global = {encode};
  return answer;
}

// MX: a quarter of the leading bit is added to amax (FP4's rounding, for FP8 too), so from 1.75 times a power of two it
// counts as the next one; less the element's largest exponent, 0 to 255. 255 stands for an infinity.
struct MxRow {
  std::string_view recipe;
  SchemeId scheme;
  int top_exponent;
  float largest;
  std::uint8_t (*code)(float);
};

QuantizedTensor mx(const MxRow& row, const Request& request) {
  require(request, {row.recipe, kF32AndBf16, 32, GlobalAxis::kNone});
  const Operand operand = operand_of(request.input, Direction::kRowwise);
  require_numbers(operand, row.recipe);
  return quantize_each_block<std::uint8_t>(operand, row.scheme, [&](Values x, Codes codes) {
    const int field = static_cast<int>((to_bits(amax_without_nan(x)) + 0x00200000u) >> 23);
    const int scale_code = field == 255 ? 255 : std::max(field - row.top_exponent, 0);
    const float decode = scale_code == 255 ? kInfinity : static_cast<float>(two_to(scale_code - 127));
    encode_each(x, codes, [&](float value) {
      const float scaled = stored_as(request.input.type, static_cast<double>(div_rn<Gpu>(value, decode)));
      return row.code(clamped(scaled, -row.largest, row.largest));
    });
    return static_cast<std::uint8_t>(scale_code);
  });
}
std::uint8_t e4m3_cast(float x) { return e4m3_torch(x); }

constexpr std::array kNvRows{
    NvRow{"compressed-tensors/nvfp4-bf16", InputType::kBf16, Where::kCuda},
    NvRow{"compressed-tensors/nvfp4-fp32", InputType::kF32, Where::kCuda},
    NvRow{"compressed-tensors/nvfp4-fp32-cpu", InputType::kF32, Where::kCpu},
};
constexpr std::array kMxRows{
    MxRow{"compressed-tensors/mxfp4", SchemeId::kMxfp4, 2, 6.0f, e2m1_of_comparisons},
    MxRow{"compressed-tensors/mxfp8", SchemeId::kMxfp8E4m3, 8, 448.0f, e4m3_cast},
};

constexpr auto kRecipes = [] {
  std::array<CpuRecipe, kNvRows.size() + kMxRows.size()> all{};
  std::ranges::copy(recipes_of<kMxRows, mx>(), std::ranges::copy(recipes_of<kNvRows, nvfp4>(), all.begin()).out);
  return all;
}();

}  // namespace

std::span<const CpuRecipe> compressed_tensors_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
