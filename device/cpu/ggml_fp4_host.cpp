// ggml MXFP4 and NVFP4 on the host: scales from the maximum, codes by trying all values.
//
// ggml-org/ggml, commit d99724f2: src/ggml-quants.c, src/ggml-impl.h.
#include "bitgate/device/cpu/ggml_arithmetic.h"
#include "bitgate/device/cpu/ggml_blocks.h"
#include "bitgate/device/cpu/ggml_recipes.h"

namespace bitgate::device::cpu {
namespace {

// E2M1 doubled, as ggml stores it; scales are halved to make up for it.
constexpr float kDoubledE2m1[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

// The first code whose value lies nearest: ties to the smaller magnitude, never 8 (-0), 0 for NaN. The distances are
// rounded, so that far beyond the codes' range all are equal and code 0 wins.
std::uint8_t nearest_code(float x, float half_scale) {
  std::uint8_t best = 0;
  float best_distance = magnitude(x);
  for (std::uint8_t code = 1; code < 16; ++code) {
    const float value = mul_rn<X86>(kDoubledE2m1[code], half_scale);
    const float distance = magnitude(add_rn<X86>(value, -x));
    if (distance < best_distance) {
      best = code;
      best_distance = distance;
    }
  }
  return best;
}

// A NaN is never larger.
float amax_by_less(Values x) {
  float amax = 0.0f;
  for (const float value : x)
    if (amax < magnitude(value)) amax = magnitude(value);
  return amax;
}

// floor(log2f(amax)) for finite amax > 0, with a correctly rounded log2f (glibc's is, where it matters here). Just
// below 2^k the logarithm is k - j * 2^-24 * log2(e), j counted in units of 2^(k-24); it becomes k when that is less
// than half the spacing 2^(p-23) of binary32 just below k, or j < 2^p * ln 2. The logarithm's curvature and the ties
// do not matter: the limits stay away from whole numbers. No number rounds to k = 0: near 0 the spacing vanishes.
int floor_of_rounded_log2(float amax) {
  constexpr double kLn2 = 0x1.62e42fefa39efp-1;
  const double x = static_cast<double>(amax);
  const int floor = exponent_of(x), k = floor + 1;
  if (k == 0) return floor;
  const double distance = (two_to(k) - x) * two_to(24 - k);
  const int of_k = exponent_of(static_cast<double>(k < 0 ? -k : k));
  const bool spacing_halves = k > 0 && (k & (k - 1)) == 0;  // just below a positive power of two
  const double limit = two_to(spacing_halves ? of_k - 1 : of_k) * kLn2;
  return distance < limit ? k : floor;
}

// uint8 of floor(log2f(amax)) - 2 + 127. Below 2^-125 that is negative and the conversion undefined: gcc on x86 keeps
// the low byte of an int32, to which infinity goes as INT_MIN, so that its code is 0.
std::uint8_t e8m0_of(float amax) {
  if (amax == 0.0f || is_infinite(amax)) return 0;
  return low_byte(floor_of_rounded_log2(amax) + 125);
}

// 2^(code - 128), subnormal for the first two.
float half_e8m0_value(std::uint8_t code) { return static_cast<float>(two_to(code - 128)); }

Block mxfp4_block(Values x) {
  Block block{};
  const std::uint8_t scale_code = e8m0_of(amax_by_less(x));
  block.scale_bits = scale_code;
  for (std::size_t i = 0; i < x.size(); ++i) block.codes[i] = nearest_code(x[i], half_e8m0_value(scale_code));
  return block;
}

// ggml's UE4M3: rounds half up by the fourth mantissa bit alone, and from 248 on gives 448.
std::uint8_t ue4m3_of(float x) {
  if (!(x > 0.0f)) return 0;
  const float limited = x > 448.0f ? 448.0f : x;
  const int exponent = static_cast<int>(to_bits(limited) / 0x00800000u) - 127 + 7;
  if (exponent <= 0) {
    const float steps = mul_rn<X86>(limited, 512.0f);
    const int code = static_cast<int>(add_rn<X86>(steps, 0.5f));
    return static_cast<std::uint8_t>(std::min(code, 7));
  }
  const int four_bits = static_cast<int>(to_bits(limited) / 0x00080000u % 16u);
  const int code = exponent * 8 + (four_bits + 1) / 2;
  return static_cast<std::uint8_t>(code >= 15 * 8 ? 0x7E : code);
}

float half_ue4m3_value(std::uint8_t code) { return mul_rn<X86>(e4m3_value(code), 0.5f); }

Block nvfp4_block(Values x) {
  Block block{};
  const float scale_value = div_rn<X86>(amax_by_less(x), 6.0f);
  const std::uint8_t scale_code = ue4m3_of(scale_value);
  block.scale_bits = scale_code;
  for (std::size_t i = 0; i < x.size(); ++i) block.codes[i] = nearest_code(x[i], half_ue4m3_value(scale_code));
  return block;
}

constexpr std::int64_t kNvfp4Structure = 64;  // values of ggml's block_nvfp4

constexpr CpuRecipe kRecipes[] = {
    {"ggml/mxfp4-cpu",
     [](const Request& r) {
       return in_blocks(r, start(r, "ggml/mxfp4-cpu", SchemeId::kMxfp4, kHostBlock), mxfp4_block);
     }},
    {"ggml/nvfp4-cpu",
     [](const Request& r) {
       return in_blocks(r, start(r, "ggml/nvfp4-cpu", SchemeId::kNvfp4Single, kNvfp4Structure), nvfp4_block);
     }},
};

}  // namespace

std::span<const CpuRecipe> ggml_fp4_host_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
