// torchao's MXFP4 with the floor rule, for `bitgate check`: right, and wrong in ways that few inputs show.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iterator>

#include "bitgate/device/plugin.h"

namespace {

enum class Fault { kNone, kTiesAway, kAbortsOnNan, kHangsOnNan, kScaleFloor, kRemembers };

std::uint32_t bits_of(float x) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}

float power_of_two(int exponent) {
  const auto bits = exponent > -127 ? static_cast<std::uint32_t>(exponent + 127) << 23 : 0x00400000u;
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// Midpoints go to the even code, or, the fault, away from zero.
std::uint8_t e2m1(float x, bool ties_away) {
  constexpr float kMidpoints[] = {0.25f, 0.75f, 1.25f, 1.75f, 2.5f, 3.5f, 5.0f};
  const float magnitude = x < 0 ? -x : x;
  std::uint8_t code = 0;
  for (std::uint8_t i = 0; i < std::size(kMidpoints); ++i)
    if (magnitude > kMidpoints[i] || (magnitude == kMidpoints[i] && (ties_away || i % 2 == 1)))
      code = static_cast<std::uint8_t>(i + 1);
  return static_cast<std::uint8_t>(code | (bits_of(x) >> 31) << 3);
}

template <Fault kFault>
void quantize_block(const float* x, std::uint8_t* codes, std::uint8_t* scale) {
  std::uint32_t amax_bits = 0;
  for (int i = 0; i < 32; ++i) {
    const std::uint32_t magnitude = bits_of(x[i]) & 0x7FFFFFFFu;
    if (magnitude > amax_bits) amax_bits = magnitude;
  }
  if (amax_bits > 0x7F800000u && kFault == Fault::kAbortsOnNan) std::abort();
  if (amax_bits > 0x7F800000u && kFault == Fault::kHangsOnNan)
    for (volatile bool forever = true; forever;) {
    }
  if (amax_bits >= 0x7F800000u) {
    *scale = 255;
    std::memset(codes, 0x44, 16);
    return;
  }
  const int floor = kFault == Fault::kScaleFloor ? 127 : 0;
  const int stored = static_cast<int>(amax_bits >> 23) - 2;
  *scale = static_cast<std::uint8_t>(stored < floor ? floor : stored);
  const float decode_scale = power_of_two(static_cast<int>(*scale) - 127);
  constexpr bool kAway = kFault == Fault::kTiesAway;
  for (int i = 0; i < 16; ++i)
    codes[i] =
        static_cast<std::uint8_t>(e2m1(x[2 * i] / decode_scale, kAway) | e2m1(x[2 * i + 1] / decode_scale, kAway) << 4);
}

template <Fault kFault>
std::int32_t run(const bitgate_launch* launch) {
  const auto* input = static_cast<const float*>(launch->input);
  auto* codes = static_cast<std::uint8_t*>(launch->codes);
  auto* scales = static_cast<std::uint8_t*>(launch->scales);
  const std::int64_t blocks = launch->rows * launch->cols / 32;
  for (std::int64_t b = 0; b < blocks; ++b) quantize_block<kFault>(input + b * 32, codes + b * 16, scales + b);
  if (kFault == Fault::kRemembers && blocks != 0) {
    static std::int64_t last = 0;
    if (last != 0 && last != blocks) codes[0] ^= 1;
    last = blocks;
  }
  return 0;
}

template <Fault kFault>
constexpr bitgate_kernel kernel(const char* name) {
  bitgate_kernel k{};
  k.size = sizeof k;
  k.input_types = BITGATE_FP32;
  k.name = name;
  k.recipe = "torchao/mxfp4-floor";
  k.col_multiple = 32;
  k.run = run<kFault>;
  return k;
}

// Rounds as no recipe does and says only what its bits mean.
constexpr bitgate_kernel of_scheme() {
  bitgate_kernel k = kernel<Fault::kTiesAway>("no-recipe");
  k.recipe = nullptr;
  k.scheme = "mxfp4";
  return k;
}

constexpr bitgate_kernel kGood = kernel<Fault::kNone>("good"), kTies = kernel<Fault::kTiesAway>("ties-away"),
                         kAborts = kernel<Fault::kAbortsOnNan>("aborts-on-nan"),
                         kHangs = kernel<Fault::kHangsOnNan>("hangs-on-nan"),
                         kFloor = kernel<Fault::kScaleFloor>("scale-floor"),
                         kRemembers = kernel<Fault::kRemembers>("remembers"), kNoRecipe = of_scheme();
constexpr const bitgate_kernel* kKernels[] = {&kGood, &kTies, &kAborts, &kHangs, &kFloor, &kRemembers, &kNoRecipe};
constexpr bitgate_plugin_table kTable{sizeof(bitgate_plugin_table), BITGATE_PLUGIN_VERSION, std::size(kKernels),
                                      kKernels};

}  // namespace

extern "C" const bitgate_plugin_table* bitgate_plugin(void) { return &kTable; }
