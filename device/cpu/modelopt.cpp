// ModelOpt, real quantization of weights by PyTorch operations: NVFP4, before and after the scale was clamped (0.45.0),
// and MXFP4, each as CUDA and as x86 compute it.
//
// NVIDIA/TensorRT-Model-Optimizer, commit 5a4242fa: modelopt/torch/quantization/qtensor/{nvfp4_tensor,mxfp4_tensor}.py,
// with a PyTorch before 2.13, whose cast to E4M3 makes NaN of what rounds beyond 448.
#include "bitgate/device/cpu/families.h"
#include "bitgate/device/cpu/serving_math.h"

namespace bitgate::device::cpu {
namespace {

using Codes = std::span<std::uint8_t>;
using Values = std::span<const float>;

// PyTorch divides a tensor by a number as a product with the rounded reciprocal on CUDA; on the CPU it divides.
struct OnCuda : Gpu {
  static constexpr bool kRefusesNan = false;
  static float by_constant(float x, float c) { return mul_rn<Gpu>(x, div_rn<Gpu>(1.0f, c)); }
};
struct OnX86 : X86 {
  static constexpr bool kRefusesNan = true;
  static float by_constant(float x, float c) { return div_rn<X86>(x, c); }
};

// The sign is that of a comparison with zero, so -0 loses it and a NaN is +6; what rounds to zero keeps it.
std::uint8_t nvfp4_code(float scaled) {
  if (is_nan(scaled)) return 7;
  return static_cast<std::uint8_t>(e2m1_size(magnitude(scaled)) + (scaled < 0.0f ? 8 : 0));
}

// Without the clamp a scale that rounds to zero divides by zero. PyTorch's clamp lets a NaN pass.
enum class Clamp : std::uint8_t { kNone, kScale };

// A block whose quotient is zero gets the scale 1.
template <class Machine, Clamp kClamp>
std::uint8_t nvfp4_block(float decode, Values x, Codes codes) {
  const float six_times = mul_rn<Machine>(6.0f, decode);
  const float quotient = div_rn<Machine>(amax_or_nan(x), six_times);
  const float scale = quotient == 0.0f ? 1.0f : quotient;
  const std::uint8_t scale_code = e4m3_torch(kClamp == Clamp::kScale ? clamped(scale, 0x1p-9f, 448.0f) : scale);
  const float total = mul_rn<Machine>(e4m3_value(scale_code), decode);
  encode_each(x, codes, [&](float value) { return nvfp4_code(div_rn<Machine>(value, total)); });
  return scale_code;
}

template <class Machine, Clamp kClamp>
QuantizedTensor nvfp4(const Request& request, std::string_view recipe) {
  require(request, {recipe, kEveryType, 16, GlobalAxis::kTensor});
  const Operand operand = operand_of(request.input, Direction::kRowwise);
  if (Machine::kRefusesNan) require_no_nan(operand, recipe);  // which payload survives is not known
  const float amax = request.amax.empty() ? amax_or_nan(operand.x) : request.amax[0];
  if (Machine::kRefusesNan && is_nan(amax)) refuse(recipe, "amax is NaN, expected a number");
  const float decode = request.global.empty() ? Machine::by_constant(amax, 2688.0f) : request.global[0];
  QuantizedTensor answer = quantize_each_block<std::uint8_t>(
      operand, SchemeId::kNvfp4, [&](Values x, Codes codes) { return nvfp4_block<Machine, kClamp>(decode, x, codes); },
      GlobalNumber::kMultiplier);
  answer.global = {decode};
  return answer;
}

// Whether log2(d), d = 2^k * significand with a significand above 1, stored in binary32, is k. Next to k, on the side
// away from minus infinity, numbers of 24 bits are 2^(e - 23) apart, where |k| is in [2^e, 2^(e+1)), or (2^e, 2^(e+1)]
// for negative k; half of that is lost. Nothing rounds to 0.
bool logarithm_falls_back(int k, double significand) {
  if (k == 0) return false;
  const double size = k < 0 ? -k : k;
  const int whole = exponent_of(size);
  const int e = k < 0 && size == two_to(whole) ? whole - 1 : whole;
  constexpr double kLn2 = 0x1.62e42fefa39efp-1;  // log2(1 + t) is t / ln 2 to a part in 2^17 here, as in its bounds
  return significand - 1.0 <= two_to(e - 24) * kLn2;
}

// ceil(max(log2(d), -127)), log2 correctly rounded.
int ceil_of_rounded_log2(float d) {
  const double size = static_cast<double>(d);
  if (size <= 0x1p-127) return -127;
  const int k = exponent_of(size);
  const double significand = size / two_to(k);
  return significand == 1.0 || logarithm_falls_back(k, significand) ? k : k + 1;
}

// Ties go toward zero, and the sign bit is set unless the number is positive: both zeros are 0x8.
std::uint8_t mxfp4_code(float scaled) {
  constexpr float kMiddles[] = {0.25f, 0.75f, 1.25f, 1.75f, 2.5f, 3.5f, 5.0f};
  const float size = magnitude(scaled);
  int code = scaled > 0.0f ? 0 : 8;
  for (const float middle : kMiddles) code += size > middle ? 1 : 0;
  return static_cast<std::uint8_t>(code);
}

// The maximum is taken to binary32 first, and so are all that follows it and the quotients. Of NaN and infinity the
// scale byte is none.
template <class Machine>
QuantizedTensor mxfp4(const Request& request, std::string_view recipe) {
  require(request, {recipe, kEveryType, 32, GlobalAxis::kNone});
  const Operand operand = operand_of(request.input, Direction::kRowwise);
  require_numbers(operand, recipe);
  return quantize_each_block<std::uint8_t>(operand, SchemeId::kMxfp4, [&](Values x, Codes codes) {
    const int exponent = ceil_of_rounded_log2(Machine::by_constant(amax_or_nan(x), 6.0f));
    const auto power = static_cast<float>(two_to(exponent));
    encode_each(x, codes, [power](float value) { return mxfp4_code(div_rn<Gpu>(value, power)); });
    return static_cast<std::uint8_t>(exponent + 127);
  });
}

constexpr CpuRecipe kRecipes[] = {
    {"modelopt/nvfp4", [](const Request& r) { return nvfp4<OnCuda, Clamp::kNone>(r, "modelopt/nvfp4"); }},
    {"modelopt/nvfp4-cpu", [](const Request& r) { return nvfp4<OnX86, Clamp::kNone>(r, "modelopt/nvfp4-cpu"); }},
    {"modelopt/nvfp4-clamp", [](const Request& r) { return nvfp4<OnCuda, Clamp::kScale>(r, "modelopt/nvfp4-clamp"); }},
    {"modelopt/nvfp4-clamp-cpu",
     [](const Request& r) { return nvfp4<OnX86, Clamp::kScale>(r, "modelopt/nvfp4-clamp-cpu"); }},
    {"modelopt/mxfp4", [](const Request& r) { return mxfp4<OnCuda>(r, "modelopt/mxfp4"); }},
    {"modelopt/mxfp4-cpu", [](const Request& r) { return mxfp4<OnX86>(r, "modelopt/mxfp4-cpu"); }},
};

}  // namespace

std::span<const CpuRecipe> modelopt_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
