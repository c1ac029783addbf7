// ggml Q8_1 and Q8_0 on CPUs: the portable reference, the AVX and the NEON functions.
//
// ggml-org/ggml, commit d99724f2: src/ggml-quants.c (quantize_row_q8_1_ref, quantize_row_q8_0_ref),
// src/ggml-cpu/arch/{x86,arm}/quants.c.
#include <array>

#include "bitgate/device/cpu/ggml_arithmetic.h"
#include "bitgate/device/cpu/ggml_blocks.h"
#include "bitgate/device/cpu/ggml_recipes.h"

namespace bitgate::device::cpu {
namespace {

template <class Machine>
float reciprocal_or_zero(float decode_scale) {
  return decode_scale == 0.0f ? 0.0f : div_rn<Machine>(1.0f, decode_scale);
}

struct Reference {
  using Machine = X86;
  // ggml's MAX is (a > b ? a : b): a NaN replaces the maximum, and the next value replaces the NaN.
  static float amax(Values x) {
    float amax = 0.0f;
    for (const float value : x) amax = amax > magnitude(value) ? amax : magnitude(value);
    return amax;
  }
  static float encode_scale(float, float decode_scale) { return reciprocal_or_zero<X86>(decode_scale); }
  // The byte is stored before it is summed.
  static std::int32_t whole(float x) { return signed_byte(low_byte(x86_int32(x, whole_away))); }
  static std::uint8_t byte(std::int32_t whole) { return low_byte(whole); }
};

struct Avx {
  using Machine = X86;
  // maxps returns its second operand when either is a NaN. The notes are silent on this; the order is that of the
  // source: eight lanes over four vectors, then the upper half against the lower, twos, ones.
  static float max_ps(float a, float b) { return a > b ? a : b; }
  static float amax(Values x) {
    std::array<float, 8> lane{};
    for (std::size_t i = 0; i < 8; ++i) {
      lane[i] = magnitude(x[i]);
      for (std::size_t j = i + 8; j < 32; j += 8) lane[i] = max_ps(lane[i], magnitude(x[j]));
    }
    std::array<float, 4> four{};
    for (std::size_t i = 0; i < 4; ++i) four[i] = max_ps(lane[i + 4], lane[i]);
    return max_ps(max_ps(four[0], four[2]), max_ps(four[1], four[3]));
  }
  static float encode_scale(float amax, float) { return amax == 0.0f ? 0.0f : div_rn<X86>(127.0f, amax); }
  static std::int32_t whole(float x) { return x86_int32(x, whole_even); }
  // Packs from int32 to int8 saturate.
  static std::uint8_t byte(std::int32_t whole) { return low_byte(std::clamp(whole, -128, 127)); }
};

struct Neon {
  using Machine = Arm;
  // FMAX passes a NaN on. The notes say "as the reference" here; that holds for numbers.
  static float amax(Values x) {
    for (const float value : x)
      if (is_nan(value)) return quieted(magnitude(value));
    return Reference::amax(x);
  }
  static float encode_scale(float, float decode_scale) { return reciprocal_or_zero<Arm>(decode_scale); }
  static std::int32_t whole(float x) { return saturating_int32(x, whole_even); }
  static std::uint8_t byte(std::int32_t whole) { return low_byte(whole); }
};

template <class Host>
Block host_block(Values x) {
  using Machine = typename Host::Machine;
  Block block{};
  const float amax = Host::amax(x);
  const float decode_scale = div_rn<Machine>(amax, 127.0f);
  const float encode_scale = Host::encode_scale(amax, decode_scale);
  block.scale_bits = ggml_half(decode_scale);
  std::uint32_t sum = 0;  // wraps, as int32 additions do there
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::int32_t whole = Host::whole(mul_rn<Machine>(x[i], encode_scale));
    block.codes[i] = Host::byte(whole);
    sum += static_cast<std::uint32_t>(whole);
  }
  const float code_sum = static_cast<float>(static_cast<std::int32_t>(sum));
  block.extra = ggml_half(mul_rn<Machine>(code_sum, decode_scale));
  return block;
}

template <class Host>
QuantizedTensor q8(const Request& request, std::string_view recipe, SchemeId scheme) {
  return in_blocks(request, start(request, recipe, scheme, kHostBlock), host_block<Host>);
}

constexpr CpuRecipe kRecipes[] = {
    {"ggml/q8_1-cpu-ref", [](const Request& r) { return q8<Reference>(r, "ggml/q8_1-cpu-ref", SchemeId::kQ8_1); }},
    {"ggml/q8_1-cpu-avx", [](const Request& r) { return q8<Avx>(r, "ggml/q8_1-cpu-avx", SchemeId::kQ8_1); }},
    {"ggml/q8_1-cpu-neon", [](const Request& r) { return q8<Neon>(r, "ggml/q8_1-cpu-neon", SchemeId::kQ8_1); }},
    {"ggml/q8_0-cpu-ref", [](const Request& r) { return q8<Reference>(r, "ggml/q8_0-cpu-ref", SchemeId::kQ8_0); }},
    {"ggml/q8_0-cpu-avx", [](const Request& r) { return q8<Avx>(r, "ggml/q8_0-cpu-avx", SchemeId::kQ8_0); }},
    {"ggml/q8_0-cpu-neon", [](const Request& r) { return q8<Neon>(r, "ggml/q8_0-cpu-neon", SchemeId::kQ8_0); }},
};

}  // namespace

std::span<const CpuRecipe> ggml_q8_host_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
