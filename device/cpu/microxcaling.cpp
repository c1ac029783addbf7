// microxcaling: MX values without codes, by its C++/CUDA extension and by its Python code on the CPU.
//
// microsoft/microxcaling, commit 7bc41952: mx/{mx_ops,elemwise_ops,formats}.py and mx/cpp/{common,shared_exp,quantize,
// mx}.cuh. Blocks of 32, scale_bits 8. Rows that are no multiple of 32 count as followed by +0.
#include <algorithm>
#include <array>
#include <utility>

#include "bitgate/device/cpu/exact.h"
#include "bitgate/device/cpu/families.h"
#include "bitgate/device/cpu/microxcaling_log2.h"
#include "bitgate/device/cpu/request.h"

namespace bitgate::device::cpu {
namespace {

constexpr std::int64_t kBlock = 32;
constexpr float kGpuNan = from_bits(0x7FFFFFFFu);
constexpr float kPythonNan = from_bits(0x7FC00000u);  // float("NaN"), which enters as the shared exponent

struct Element {
  std::string_view name;
  SchemeId scheme;
  int top_exponent;    // of the largest power of two
  int least_exponent;  // of the smallest normal number; an integer has one exponent
  int fraction_bits;
  float largest;
  bool is_integer;
};
constexpr Element kElements[] = {
    {"mxfp4", SchemeId::kValuesE2m1, 2, 0, 1, 6.0f, false},
    {"mxfp6e2m3", SchemeId::kValuesE2m3, 2, 0, 3, 7.5f, false},
    {"mxfp6e3m2", SchemeId::kValuesE3m2, 4, -2, 2, 28.0f, false},
    {"mxfp8e4m3", SchemeId::kValuesE4m3, 8, -6, 3, 448.0f, false},
    {"mxfp8e5m2", SchemeId::kValuesE5m2, 15, -14, 2, 57344.0f, false},
    {"mxint8", SchemeId::kValuesInt8, 0, 0, 6, 1.984375f, true},
};

enum class Rounding : std::uint8_t { kNearest, kFloor, kEven };  // ties away from zero; toward zero; ties to even
enum class Path : std::uint8_t { kExtension, kPython, kPythonFlush };

constexpr std::string_view kRoundings[] = {"nearest", "floor", "even"};
constexpr std::string_view kPaths[] = {"ext", "py", "py-flush"};

struct MxRecipe {
  Element element;
  Rounding rounding;
  Path path;
};

double whole(Rounding rounding, double x) {
  switch (rounding) {
    case Rounding::kNearest: return whole_away(x);
    case Rounding::kFloor: return static_cast<double>(static_cast<std::int64_t>(x));
    case Rounding::kEven: return whole_even(x);
  }
  return x;
}

// The extension works on the bits: its exponents and roundings are exact. A zero loses its sign.
void by_extension(const MxRecipe& recipe, std::span<const float> x, std::span<float> out) {
  const Element& element = recipe.element;
  const float amax = amax_or_nan(x);
  if (is_nan(amax) || is_infinite(amax)) {
    std::ranges::fill(out, kGpuNan);
    return;
  }
  const double size = static_cast<double>(amax);
  const int exponent = size < kFloat32MinNormal ? -127 : exponent_of(size);
  const float decode = static_cast<float>(two_to(std::max(exponent - element.top_exponent, -127)));
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float scaled = div_rn<Gpu>(x[i], decode);
    const double magnitude_of = static_cast<double>(magnitude(scaled));
    if (magnitude_of == 0.0) {
      out[i] = 0.0f;
      continue;
    }
    const int own_exponent = element.is_integer ? 0 : std::max(exponent_of(magnitude_of), element.least_exponent);
    const double step = two_to(own_exponent - element.fraction_bits);
    const double steps = whole(recipe.rounding, magnitude_of / step);
    const float rounded = std::min(static_cast<float>(steps * step), element.largest);
    const float with_sign = has_minus(scaled) && rounded != 0.0f ? -rounded : rounded;
    out[i] = mul_rn<Gpu>(with_sign, decode);
  }
}

// Python's rounding of a magnitude to whole steps, in binary32: 0.5 - 2^-25 plus 0.5 is 1.
float whole_python(Rounding rounding, float y) {
  const auto floor_of = [](float v) { return static_cast<float>(static_cast<std::int64_t>(v)); };
  if (rounding == Rounding::kFloor) return floor_of(y);
  const float rounded = floor_of(add_rn<X86>(y, 0.5f));
  if (rounding == Rounding::kNearest) return rounded;
  const double beyond_half = static_cast<double>(add_rn<X86>(y, -0.5f));
  const bool is_tie_to_even = beyond_half >= 0.0 && beyond_half / 2.0 == whole_even(beyond_half / 2.0);
  return is_tie_to_even ? rounded - 1.0f : rounded;
}

// The sign that Python's rounding multiplies by is 0 for either zero, so a zero becomes +0 but what rounds to zero
// keeps its sign.
float python_element(const MxRecipe& recipe, float scaled) {
  const Element& element = recipe.element;
  const float size = magnitude(scaled);
  if (size == 0.0f) return 0.0f;
  const int exponent = element.is_integer ? 0 : std::max(floor_of_rounded_log2(size), element.least_exponent);
  const double step = two_to(exponent - element.fraction_bits);
  const float steps = static_cast<float>(static_cast<double>(size) / step);  // a change of exponent: exact
  const float whole_steps = whole_python(recipe.rounding, steps);
  const float rounded = static_cast<float>(static_cast<double>(whole_steps) * step);
  const float limited = std::min(rounded, element.largest);
  return has_minus(scaled) ? -limited : limited;
}

void by_python(const MxRecipe& recipe, std::span<const float> x, std::span<float> out) {
  const float amax = amax_or_nan(x);
  const bool has_exponent = !is_nan(amax) && !is_infinite(amax);
  const int exponent = has_exponent ? floor_of_rounded_log2(amax == 0.0f ? 0x1p-126f : amax) : 0;
  const int shared = exponent - recipe.element.top_exponent;
  if (!has_exponent || shared > 127) {
    std::ranges::fill(out, kPythonNan);
    return;
  }
  const bool flushes = recipe.path == Path::kPythonFlush && exponent <= -127;
  const float decode = static_cast<float>(two_to(std::max(shared, -127)));
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float kept = flushes ? 0.0f : x[i];
    const float scaled = div_rn<X86>(kept, decode);
    out[i] = mul_rn<X86>(python_element(recipe, scaled), decode);
  }
}

constexpr std::size_t kCount = std::size(kElements) * std::size(kRoundings) * std::size(kPaths);

constexpr MxRecipe recipe_at(std::size_t i) noexcept {
  return {kElements[i / 9], static_cast<Rounding>(i / 3 % 3), static_cast<Path>(i % 3)};
}

// "mx/ELEMENT-ROUNDING-PATH".
struct Name {
  std::array<char, 32> text{};
  std::size_t size = 0;

  constexpr void add(std::string_view part) noexcept {
    for (const char c : part) text[size++] = c;
  }
  constexpr operator std::string_view() const noexcept { return {text.data(), size}; }
};
constexpr std::array<Name, kCount> kNames = [] {
  std::array<Name, kCount> names{};
  for (std::size_t i = 0; i < kCount; ++i) {
    const std::string_view parts[] = {"mx/", kElements[i / 9].name, "-", kRoundings[i / 3 % 3], "-", kPaths[i % 3]};
    for (const std::string_view part : parts) names[i].add(part);
  }
  return names;
}();

template <std::size_t I>
QuantizedTensor quantize(const Request& request) {
  constexpr MxRecipe kRecipe = recipe_at(I);
  require(request, {kNames[I], kF32Only, 1, GlobalAxis::kNone});
  const auto [rows, cols] = request.input.extent;
  QuantizedTensor answer = make_quantized(scheme_of(kRecipe.element.scheme), GlobalNumber::kNone, request.input.extent);
  std::array<float, kBlock> out{};
  for (std::int64_t r = 0; r < rows; ++r) {
    const std::vector<float> row = padded_row(request.input, r, kBlock);
    for (std::int64_t c = 0; c < cols; c += kBlock) {
      const auto x = std::span(row).subspan(static_cast<std::size_t>(c), kBlock);
      kRecipe.path == Path::kExtension ? by_extension(kRecipe, x, out) : by_python(kRecipe, x, out);
      std::copy_n(out.begin(), std::min(kBlock, cols - c), answer.values.begin() + r * cols + c);
    }
  }
  return answer;
}

template <std::size_t... I>
constexpr std::array<CpuRecipe, kCount> listed(std::index_sequence<I...>) noexcept {
  return {{{kNames[I], quantize<I>}...}};
}
constexpr std::array<CpuRecipe, kCount> kRecipes = listed(std::make_index_sequence<kCount>());

}  // namespace

std::span<const CpuRecipe> microxcaling_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
