// torchao's MXFP4 with the floor rule, written here from the OCP text alone; and the same with one fault each.
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iterator>

#include "bitgate/device/plugin.h"

namespace {

enum class Fault { kNone, kOffByOne, kCrash, kHang, kLastByte, kBehindTheEnd, kShout };

std::uint32_t bits_of(float x) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}

// E2M1 of a finite number: midpoints go to the even code, what is larger than 6 becomes 6.
std::uint8_t e2m1(float x) {
  constexpr float kMidpoints[] = {0.25f, 0.75f, 1.25f, 1.75f, 2.5f, 3.5f, 5.0f};
  const std::uint32_t bits = bits_of(x);
  float magnitude = 0;
  const std::uint32_t without_sign = bits & 0x7FFFFFFFu;
  std::memcpy(&magnitude, &without_sign, sizeof magnitude);
  std::uint8_t code = 0;
  for (std::uint8_t i = 0; i < std::size(kMidpoints); ++i)
    if (magnitude > kMidpoints[i] || (magnitude == kMidpoints[i] && i % 2 == 1))
      code = static_cast<std::uint8_t>(i + 1);
  return static_cast<std::uint8_t>(code | (bits >> 31) << 3);
}

// 2^exponent for -127 .. 127 in steps that stay exact.
float power_of_two(int exponent) {
  const auto bits = exponent > -127 ? static_cast<std::uint32_t>(exponent + 127) << 23 : 0x00400000u;
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

void quantize_block(const float* x, std::uint8_t* codes, std::uint8_t* scale) {
  std::uint32_t amax_bits = 0;
  for (int i = 0; i < 32; ++i) {
    const std::uint32_t magnitude = bits_of(x[i]) & 0x7FFFFFFFu;
    if (magnitude > amax_bits) amax_bits = magnitude;
  }
  if (amax_bits >= 0x7F800000u) {  // a NaN scale; torchao's cast makes 4 of a NaN product
    *scale = 255;
    std::memset(codes, 0x44, 16);
    return;
  }
  const int stored = static_cast<int>(amax_bits >> 23) - 2;  // E2M1's largest power of two is 4
  *scale = static_cast<std::uint8_t>(stored < 0 ? 0 : stored);
  const float decode_scale = power_of_two(static_cast<int>(*scale) - 127);
  for (int i = 0; i < 16; ++i)
    codes[i] = static_cast<std::uint8_t>(e2m1(x[2 * i] / decode_scale) | e2m1(x[2 * i + 1] / decode_scale) << 4);
}

template <Fault kFault>
std::int32_t run(const bitgate_launch* launch) {
  if constexpr (kFault == Fault::kCrash) std::abort();
  if constexpr (kFault == Fault::kHang)
    for (volatile bool forever = true; forever;) {
    }
  if constexpr (kFault == Fault::kShout) {  // a length and no more, where bitgate listens
    const std::uint64_t length = ~std::uint64_t{0};
    if (::write(3, &length, sizeof length) != sizeof length) return 1;
  }
  const auto* input = static_cast<const float*>(launch->input);
  auto* codes = static_cast<std::uint8_t*>(launch->codes);
  auto* scales = static_cast<std::uint8_t*>(launch->scales);
  const std::int64_t blocks = launch->rows * launch->cols / 32;
  for (std::int64_t b = 0; b < blocks; ++b) {
    std::uint8_t packed[16];
    quantize_block(input + b * 32, packed, scales + b);
    const bool last = b + 1 == blocks;
    std::memcpy(codes + b * 16, packed, kFault == Fault::kLastByte && last ? 15 : 16);
    if (kFault == Fault::kBehindTheEnd && last) codes[blocks * 16 + 7] = 0;
  }
  if (kFault == Fault::kOffByOne && blocks != 0) codes[0] ^= 1;
  return 0;
}

// As a library of version 1 says it: its description ends before the fields of version 2.
template <Fault kFault>
constexpr bitgate_kernel kernel(const char* name) {
  bitgate_kernel k{};
  k.size = offsetof(bitgate_kernel, memory);
  k.input_types = BITGATE_FP32;
  k.name = name;
  k.recipe = "torchao/mxfp4-floor";
  k.col_multiple = 32;
  k.run = run<kFault>;
  return k;
}

constexpr bitgate_kernel kGood = kernel<Fault::kNone>("good"), kOffByOne = kernel<Fault::kOffByOne>("off-by-one"),
                         kCrash = kernel<Fault::kCrash>("crash"), kHang = kernel<Fault::kHang>("hang"),
                         kLastByte = kernel<Fault::kLastByte>("last-byte"),
                         kBehind = kernel<Fault::kBehindTheEnd>("behind-the-end"),
                         kShout = kernel<Fault::kShout>("shout");
constexpr const bitgate_kernel* kKernels[] = {&kGood, &kOffByOne, &kCrash, &kHang, &kLastByte, &kBehind, &kShout};
constexpr bitgate_plugin_table kTable{sizeof(bitgate_plugin_table), 1, std::size(kKernels), kKernels};

}  // namespace

extern "C" const bitgate_plugin_table* bitgate_plugin(void) { return &kTable; }
