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
  const float decode = request.global.empty() ? Machine::by_constant(amax, 2688.0f) : request.global[0];
  QuantizedTensor answer = quantize_each_block<std::uint8_t>(
      operand, SchemeId::kNvfp4, [&](Values x, Codes codes) { return nvfp4_block<Machine, kClamp>(decode, x, codes); },
      GlobalNumber::kMultiplier);
  answer.global = {decode};
  return answer;
}

// 2^(2^-k) for k = 0..11, correctly rounded; how far above a power of two a number may be for its logarithm, stored in
// 16 bits, to fall back on the power's. No significand of the type is within 2^-12 of the entries that are asked for.
constexpr double kRootsOfTwo[] = {2.0,
                                  1.4142135623730951,
                                  1.189207115002721,
                                  1.0905077326652577,
                                  1.0442737824274138,
                                  1.0218971486541166,
                                  1.0108892860517005,
                                  1.0054299011128027,
                                  1.0027112750502025,
                                  1.0013547198921082,
                                  1.0006771306930664,
                                  1.0003385080526823};

// Whether log2(d), d = 2^k * significand with a significand above 1, stored in the type, is k. Next to k, on the side
// away from minus infinity, numbers of `digits` bits are 2^(e + 1 - digits) apart, where |k| is in [2^e, 2^(e+1)), or
// (2^e, 2^(e+1)] for negative k; half of that is lost. Nothing rounds to 0.
bool logarithm_falls_back(InputType type, int k, double significand) {
  if (k == 0) return false;
  const double size = k < 0 ? -k : k;
  const int whole = exponent_of(size);
  const int e = k < 0 && size == two_to(whole) ? whole - 1 : whole;
  if (type == InputType::kBf16) return significand < kRootsOfTwo[8 - e];
  if (type == InputType::kF16) return significand < kRootsOfTwo[11 - e];
  constexpr double kLn2 = 0x1.62e42fefa39efp-1;  // log2(1 + t) is t / ln 2 to a part in 2^17 here, as in its bounds
  return significand - 1.0 <= two_to(e - 24) * kLn2;
}

// ceil(max(log2(d), -127)), log2 correctly rounded in the tensor's type.
int ceil_of_rounded_log2(InputType type, float d) {
  const double size = static_cast<double>(d);
  if (size <= 0x1p-127) return -127;
  const int k = exponent_of(size);
  const double significand = size / two_to(k);
  return significand == 1.0 || logarithm_falls_back(type, k, significand) ? k : k + 1;
}

// Ties go toward zero, and the sign bit is set unless the number is positive: both zeros are 0x8.
std::uint8_t mxfp4_code(double scaled) {
  constexpr double kMiddles[] = {0.25, 0.75, 1.25, 1.75, 2.5, 3.5, 5.0};
  const double size = scaled < 0.0 ? -scaled : scaled;
  int code = scaled > 0.0 ? 0 : 8;
  for (const double middle : kMiddles) code += size > middle ? 1 : 0;
  return static_cast<std::uint8_t>(code);
}

// Each operation is stored in the tensor's type. The power is too: below 2^-24 it is zero in float16, so all but
// zeros of the block become infinite, and zeros NaN, whose sign compares as that of a zero. Of NaN and infinity the
// scale byte is none.
template <class Machine>
QuantizedTensor mxfp4(const Request& request, std::string_view recipe) {
  const InputType type = request.input.type;
  require(request, {recipe, kEveryType, 32, GlobalAxis::kNone});
  const Operand operand = operand_of(request.input, Direction::kRowwise);
  require_numbers(operand, recipe);
  return quantize_each_block<std::uint8_t>(operand, SchemeId::kMxfp4, [&](Values x, Codes codes) {
    const float sixth = Machine::by_constant(amax_or_nan(x), 6.0f);
    const float stored = stored_as(type, static_cast<double>(sixth));
    const int exponent = ceil_of_rounded_log2(type, stored);
    const float power = stored_as(type, two_to(exponent));
    encode_each(x, codes, [&](float value) {
      const float scaled = stored_as(type, static_cast<double>(div_rn<Gpu>(value, power)));
      return mxfp4_code(static_cast<double>(scaled));
    });
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
