// ggml Q4_0, Q4_1, Q5_0, Q5_1: the host's reference quantizers, as written and as GCC contracts them where FMA exists,
// and CUDA's copy kernels under -use_fast_math.
//
// ggml-org/ggml, commit d99724f2: src/ggml-quants.c, src/ggml-cuda/cpy-utils.cuh.
#include <type_traits>

#include "bitgate/device/cpu/ggml_arithmetic.h"
#include "bitgate/device/cpu/ggml_blocks.h"
#include "bitgate/device/cpu/ggml_recipes.h"

namespace bitgate::device::cpu {
namespace {

struct Host {
  static float seen(float x) { return x; }
  static float sub(float a, float b) { return add_rn<X86>(a, -b); }
  static float div_by_constant(float a, float c) { return div_rn<X86>(a, c); }
  static float reciprocal(float x) { return div_rn<X86>(1.0f, x); }
  static float mul_add(float a, float b, float c) {
    const float product = mul_rn<X86>(a, b);
    return add_rn<X86>(product, c);
  }
  static std::int32_t truncated(float x) { return x86_int32(x, whole_below); }
  static std::uint16_t half(float x) { return ggml_half(x); }
};

struct HostFma : Host {
  static float mul_add(float a, float b, float c) { return fma_rn<X86>(a, b, c); }
};

struct Cuda {
  static float seen(float x) { return flushed(x); }
  static float sub(float a, float b) { return add_rn_ftz(a, -b); }
  static float div_by_constant(float a, float c) { return FastMath::div_by_constant(a, c); }
  static float reciprocal(float x) { return rcp_approx_ftz(x); }
  static float mul_add(float a, float b, float c) { return fma_rn_ftz(a, b, c); }
  static std::int32_t truncated(float x) { return saturating_int32(x, whole_below); }
  static std::uint16_t half(float x) { return gpu_half(x); }
};

template <class Machine>
bool less(float a, float b) {
  return Machine::seen(a) < Machine::seen(b);
}

template <class Machine>
float reciprocal_or_zero(float decode_scale) {
  return Machine::seen(decode_scale) == 0.0f ? 0.0f : Machine::reciprocal(decode_scale);
}

// The first value of the largest magnitude, with its sign; NaNs are never larger.
template <class Machine>
float extreme(Values x) {
  float amax = 0.0f, value_of_amax = 0.0f;
  for (const float value : x)
    if (less<Machine>(amax, magnitude(value))) {
      amax = magnitude(value);
      value_of_amax = value;
    }
  return value_of_amax;
}

// Q4_0 and Q5_0: codes 0 .. levels - 1 stand for -levels / 2 ..; the extreme value gets code 0.
template <class Machine, int levels>
Block symmetric_block(Values x) {
  Block block{};
  constexpr float kMiddle = static_cast<float>(levels / 2);
  const float decode_scale = Machine::div_by_constant(extreme<Machine>(x), -kMiddle);
  const float encode_scale = reciprocal_or_zero<Machine>(decode_scale);
  block.scale_bits = Machine::half(decode_scale);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float shifted = Machine::mul_add(x[i], encode_scale, kMiddle + 0.5f);
    const int code = signed_byte(low_byte(Machine::truncated(shifted)));
    block.codes[i] = static_cast<std::uint8_t>(std::min(code, levels - 1));
  }
  return block;
}

struct Range {
  float low, high;
};

// NaNs never become an end of the range, unless the search begins with one.
template <class Machine>
Range range_of(Values x, Range begin) {
  Range range = begin;
  for (const float value : x) {
    if (less<Machine>(value, range.low)) range.low = value;
    if (less<Machine>(range.high, value)) range.high = value;
  }
  return range;
}

// CUDA's Q5_1 begins with the first value, all others with an empty range.
template <class Machine, int levels>
Range begin_of(Values x) {
  if (std::is_same_v<Machine, Cuda> && levels == 32) return {x[0], x[0]};
  return {kFloat32Max, -kFloat32Max};
}

// Q4_1 and Q5_1: codes 0 .. levels - 1 above the minimum.
template <class Machine, int levels>
Block affine_block(Values x) {
  Block block{};
  const Range range = range_of<Machine>(x, begin_of<Machine, levels>(x));
  const float decode_scale =
      Machine::div_by_constant(Machine::sub(range.high, range.low), static_cast<float>(levels - 1));
  const float encode_scale = reciprocal_or_zero<Machine>(decode_scale);
  block.scale_bits = Machine::half(decode_scale);
  block.extra = Machine::half(range.low);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float above = Machine::sub(x[i], range.low);
    const float shifted = Machine::mul_add(above, encode_scale, 0.5f);
    const int code = signed_byte(low_byte(Machine::truncated(shifted)));
    block.codes[i] = static_cast<std::uint8_t>(std::min(code, levels - 1));
  }
  return block;
}

template <class Machine>
QuantizedTensor q4_0(const Request& request, std::string_view recipe) {
  return in_blocks(request, start(request, recipe, SchemeId::kQ4_0, kHostBlock), symmetric_block<Machine, 16>);
}
template <class Machine>
QuantizedTensor q5_0(const Request& request, std::string_view recipe) {
  return in_blocks(request, start(request, recipe, SchemeId::kQ5_0, kHostBlock), symmetric_block<Machine, 32>);
}
template <class Machine>
QuantizedTensor q4_1(const Request& request, std::string_view recipe) {
  return in_blocks(request, start(request, recipe, SchemeId::kQ4_1, kHostBlock), affine_block<Machine, 16>);
}
template <class Machine>
QuantizedTensor q5_1(const Request& request, std::string_view recipe) {
  return in_blocks(request, start(request, recipe, SchemeId::kQ5_1, kHostBlock), affine_block<Machine, 32>);
}

constexpr CpuRecipe kRecipes[] = {
    {"ggml/q4_0-cpu-ref", [](const Request& r) { return q4_0<Host>(r, "ggml/q4_0-cpu-ref"); }},
    {"ggml/q4_0-cpu-fma", [](const Request& r) { return q4_0<HostFma>(r, "ggml/q4_0-cpu-fma"); }},
    {"ggml/q4_0-cuda-cpy", [](const Request& r) { return q4_0<Cuda>(r, "ggml/q4_0-cuda-cpy"); }},
    {"ggml/q4_1-cpu-ref", [](const Request& r) { return q4_1<Host>(r, "ggml/q4_1-cpu-ref"); }},
    {"ggml/q4_1-cpu-fma", [](const Request& r) { return q4_1<HostFma>(r, "ggml/q4_1-cpu-fma"); }},
    {"ggml/q4_1-cuda-cpy", [](const Request& r) { return q4_1<Cuda>(r, "ggml/q4_1-cuda-cpy"); }},
    {"ggml/q5_0-cpu-ref", [](const Request& r) { return q5_0<Host>(r, "ggml/q5_0-cpu-ref"); }},
    {"ggml/q5_0-cpu-fma", [](const Request& r) { return q5_0<HostFma>(r, "ggml/q5_0-cpu-fma"); }},
    {"ggml/q5_0-cuda-cpy", [](const Request& r) { return q5_0<Cuda>(r, "ggml/q5_0-cuda-cpy"); }},
    {"ggml/q5_1-cpu-ref", [](const Request& r) { return q5_1<Host>(r, "ggml/q5_1-cpu-ref"); }},
    {"ggml/q5_1-cpu-fma", [](const Request& r) { return q5_1<HostFma>(r, "ggml/q5_1-cpu-fma"); }},
    {"ggml/q5_1-cuda-cpy", [](const Request& r) { return q5_1<Cuda>(r, "ggml/q5_1-cuda-cpy"); }},
};

}  // namespace

std::span<const CpuRecipe> ggml_q4_q5_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
