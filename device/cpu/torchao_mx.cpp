// torchao MX: five element types, four ways to find the scale, eager on CUDA; FLOOR as it was before #4725; and what
// torch.compile gives where no kernel is generated (backends aot_eager and cudagraphs).
//
// pytorch/ao, commit 36027d82: torchao/prototype/mx_formats/mx_tensor.py (to_mx), with a PyTorch before 2.13.
#include <array>
#include <utility>

#include "bitgate/device/cpu/request.h"
#include "bitgate/device/cpu/torchao_elements.h"
#include "bitgate/device/cpu/torchao_recipes.h"

namespace bitgate::device::cpu {
namespace {

constexpr std::int64_t kBlock = 32;
constexpr std::uint8_t kScaleNan = 255;

enum class Mode : std::uint8_t { kFloor, kCeil, kEven, kRceil, kFloorPre4725 };

// Eager clamps FP8 to the largest number ahead of the cast (RCEIL needs no clamp); compiled code leaves that to Triton.
enum class Clamp : std::uint8_t { kBeforeCast, kNone };

using Encode = std::uint8_t (*)(float) noexcept;

struct Element {
  SchemeId scheme;
  int top_exponent;  // of the largest power of two that it has
  int mantissa_bits;
  float largest;
  Encode to_code;
};

std::uint8_t e2m1_code(float x) noexcept { return float_bits_code(kSmallE2m1, x); }
std::uint8_t e2m3_code(float x) noexcept { return float_bits_code(kSmallE2m3, x); }
std::uint8_t e3m2_code(float x) noexcept { return float_bits_code(kSmallE3m2, x); }
std::uint8_t e4m3_code(float x) noexcept { return e4m3_torch(x); }
std::uint8_t e5m2_code(float x) noexcept { return e5m2_torch(x); }

constexpr Element kFp4{SchemeId::kMxfp4, 2, 1, 6.0f, e2m1_code};
constexpr Element kFp6E2m3{SchemeId::kMxfp6E2m3, 2, 3, 7.5f, e2m3_code};
constexpr Element kFp6E3m2{SchemeId::kMxfp6E3m2, 4, 2, 28.0f, e3m2_code};
constexpr Element kFp8E4m3{SchemeId::kMxfp8E4m3, 8, 3, 448.0f, e4m3_code};
constexpr Element kFp8E5m2{SchemeId::kMxfp8E5m2, 15, 2, 57344.0f, e5m2_code};

struct MxRecipe {
  std::string_view name;
  Element element;
  Mode mode;
  Clamp clamp = Clamp::kBeforeCast;
};

// The exponent that stands for a finite amax; zero and subnormals count as 2^-127 (CEIL and EVEN may make 2^-126 of
// them, which every element takes below the least scale too). EVEN rounds amax to the element's
// mantissa, half up, so from 2 - 2^-(mantissa bits + 1) times a power of two it counts as the next one.
int exponent_of_amax(Mode mode, const Element& element, float amax) {
  const double size = static_cast<double>(amax);
  if (size < kFloat32MinNormal) return -127;
  const int exponent = exponent_of(size);
  const double significand = size / two_to(exponent);
  if (mode == Mode::kCeil && significand > 1.0) return exponent + 1;
  if (mode == Mode::kEven && significand >= 2.0 - two_to(-element.mantissa_bits - 1)) return exponent + 1;
  return exponent;
}

// The exponent of amax less that of the element's largest power of two, at least -127.
std::uint8_t exponent_scale(Mode mode, const Element& element, float amax) {
  if (is_nan(amax)) return kScaleNan;
  if (is_infinite(amax) && mode != Mode::kFloorPre4725) return kScaleNan;
  const int exponent = is_infinite(amax) ? 128 : exponent_of_amax(mode, element, amax);
  if (mode == Mode::kEven && exponent == 128) return kScaleNan;  // amax was rounded to infinity
  const int biased = exponent - element.top_exponent + 127;
  return static_cast<std::uint8_t>(biased < 0 ? 0 : biased);
}

// RCEIL: the smallest power of two, from 2^-127, that is not below amax times the rounded 1 / largest.
std::uint8_t rceil_scale(const Element& element, float amax) {
  const float one_over_largest = div_rn<Gpu>(1.0f, element.largest);
  const float least = mul_rn<Gpu>(amax, one_over_largest);
  if (is_nan(least) || is_infinite(least)) return kScaleNan;
  if (static_cast<double>(least) <= 0x1p-127) return 0;
  const int exponent = exponent_of(static_cast<double>(least));
  const bool is_power = static_cast<double>(least) == two_to(exponent);
  return static_cast<std::uint8_t>(exponent + 127 + (is_power ? 0 : 1));
}

// Before #4725 elements were divided by the scale's byte moved into an exponent field: 255 is an infinity there, so a
// NaN block becomes zeros but for its NaN and infinite elements, and 0 was raised to 2^-126.
float divided_pre4725(float x, std::uint8_t scale_code) {
  const float decode = from_bits(scale_code * 0x00800000u);
  return div_rn<Gpu>(x, decode < 0x1p-126f ? 0x1p-126f : decode);
}

float scaled(Mode mode, float x, std::uint8_t scale_code) {
  if (mode == Mode::kFloorPre4725) return divided_pre4725(x, scale_code);
  const float encode_scale =
      scale_code == kScaleNan ? from_bits(0x7F800001u) : static_cast<float>(two_to(127 - scale_code));
  return mul_rn<Gpu>(x, encode_scale);
}

QuantizedTensor quantize(const MxRecipe& recipe, const Request& request) {
  require(request, {recipe.name, kF32AndBf16, kBlock, GlobalAxis::kNone});
  const Element& element = recipe.element;
  QuantizedTensor answer = make_quantized(scheme_of(element.scheme), GlobalNumber::kNone, request.input.extent);
  auto& scales = std::get<std::vector<std::uint8_t>>(answer.scales);
  const std::vector<float> x = operand_of(request.input, Direction::kRowwise).x;
  for (std::size_t block = 0; block < scales.size(); ++block) {
    const std::size_t first = block * kBlock;
    const float amax = amax_or_nan(std::span(x).subspan(first, kBlock));
    const std::uint8_t scale_code =
        recipe.mode == Mode::kRceil ? rceil_scale(element, amax) : exponent_scale(recipe.mode, element, amax);
    scales[block] = scale_code;
    for (std::size_t i = first; i < first + kBlock; ++i) {
      const float v = scaled(recipe.mode, x[i], scale_code);
      const bool clamps = recipe.clamp == Clamp::kBeforeCast;
      answer.codes[i] = element.to_code(clamps ? clamped(v, -element.largest, element.largest) : v);
    }
  }
  return answer;
}

constexpr std::array<MxRecipe, 31> kRecipes{{
    {"torchao/mxfp4-floor", kFp4, Mode::kFloor},
    {"torchao/mxfp4-ceil", kFp4, Mode::kCeil},
    {"torchao/mxfp4-even", kFp4, Mode::kEven},
    {"torchao/mxfp4-rceil", kFp4, Mode::kRceil},
    {"torchao/mxfp4-floor-pre4725", kFp4, Mode::kFloorPre4725},
    {"torchao/mxfp6e2m3-floor", kFp6E2m3, Mode::kFloor},
    {"torchao/mxfp6e2m3-ceil", kFp6E2m3, Mode::kCeil},
    {"torchao/mxfp6e2m3-even", kFp6E2m3, Mode::kEven},
    {"torchao/mxfp6e2m3-rceil", kFp6E2m3, Mode::kRceil},
    {"torchao/mxfp6e2m3-floor-pre4725", kFp6E2m3, Mode::kFloorPre4725},
    {"torchao/mxfp6e3m2-floor", kFp6E3m2, Mode::kFloor},
    {"torchao/mxfp6e3m2-ceil", kFp6E3m2, Mode::kCeil},
    {"torchao/mxfp6e3m2-even", kFp6E3m2, Mode::kEven},
    {"torchao/mxfp6e3m2-rceil", kFp6E3m2, Mode::kRceil},
    {"torchao/mxfp6e3m2-floor-pre4725", kFp6E3m2, Mode::kFloorPre4725},
    {"torchao/mxfp8e4m3-floor", kFp8E4m3, Mode::kFloor},
    {"torchao/mxfp8e4m3-ceil", kFp8E4m3, Mode::kCeil},
    {"torchao/mxfp8e4m3-even", kFp8E4m3, Mode::kEven},
    {"torchao/mxfp8e4m3-rceil", kFp8E4m3, Mode::kRceil},
    {"torchao/mxfp8e4m3-floor-pre4725", kFp8E4m3, Mode::kFloorPre4725},
    {"torchao/mxfp8e4m3-floor-compile", kFp8E4m3, Mode::kFloor, Clamp::kNone},
    {"torchao/mxfp8e4m3-ceil-compile", kFp8E4m3, Mode::kCeil, Clamp::kNone},
    {"torchao/mxfp8e4m3-even-compile", kFp8E4m3, Mode::kEven, Clamp::kNone},
    {"torchao/mxfp8e5m2-floor", kFp8E5m2, Mode::kFloor},
    {"torchao/mxfp8e5m2-ceil", kFp8E5m2, Mode::kCeil},
    {"torchao/mxfp8e5m2-even", kFp8E5m2, Mode::kEven},
    {"torchao/mxfp8e5m2-rceil", kFp8E5m2, Mode::kRceil},
    {"torchao/mxfp8e5m2-floor-pre4725", kFp8E5m2, Mode::kFloorPre4725},
    {"torchao/mxfp8e5m2-floor-compile", kFp8E5m2, Mode::kFloor, Clamp::kNone},
    {"torchao/mxfp8e5m2-ceil-compile", kFp8E5m2, Mode::kCeil, Clamp::kNone},
    {"torchao/mxfp8e5m2-even-compile", kFp8E5m2, Mode::kEven, Clamp::kNone},
}};

template <std::size_t... I>
constexpr std::array<CpuRecipe, sizeof...(I)> listed(std::index_sequence<I...>) noexcept {
  return {{{kRecipes[I].name, [](const Request& request) { return quantize(kRecipes[I], request); }}...}};
}
constexpr auto kListed = listed(std::make_index_sequence<kRecipes.size()>());

}  // namespace

std::span<const CpuRecipe> torchao_mx_recipes() noexcept { return kListed; }

}  // namespace bitgate::device::cpu
