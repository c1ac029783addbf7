// A kernel of another repository: MXFP4 with the floor rule, from fp32 and bf16, for its own callers and for bitgate.
// BLOCKS_A_PASS, AMAX_FROM_THE_END and the faults below are what an edit would change; a build may define them.
#include <bitgate/device/plugin.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

#ifndef BLOCKS_A_PASS
#define BLOCKS_A_PASS 4
#endif

namespace {

constexpr int kBlock = 32;

std::uint32_t bits_of(const void* input, bool is_bf16, std::int64_t i) {
  if (is_bf16) {
    std::uint16_t half = 0;
    std::memcpy(&half, static_cast<const char*>(input) + 2 * i, sizeof half);
    return static_cast<std::uint32_t>(half) << 16;
  }
  std::uint32_t bits = 0;
  std::memcpy(&bits, static_cast<const char*>(input) + 4 * i, sizeof bits);
  return bits;
}

// Magnitudes order as their bits do, so the order of the maximum is the host's to choose.
std::uint32_t amax_bits(const std::uint32_t* x) {
  std::uint32_t amax = 0;
#ifdef AMAX_FROM_THE_END
  for (int i = kBlock; i-- > 0;) {
#else
  for (int i = 0; i < kBlock; ++i) {
#endif
    const std::uint32_t magnitude = x[i] & 0x7FFFFFFFu;
    if (magnitude > amax) amax = magnitude;
  }
  return amax;
}

float value_of(std::uint32_t bits) {
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// The largest power of two of E2M1 is 4: the scale's exponent is two below that of the maximum.
std::uint8_t scale_code(std::uint32_t amax) {
  const std::uint32_t biased = amax >> 23;
  if (biased == 255) return 255;
  return static_cast<std::uint8_t>(biased < 2 ? 0 : biased - 2);
}

// Steps of E2M1 are 1/2 below 2, 1 below 4, 2 above; halves go to the even code, what is larger than 6 to 6.
std::uint8_t element_code(float scaled) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &scaled, sizeof bits);
  const auto sign = static_cast<std::uint8_t>(bits >> 31 << 3);
  const float x = value_of(bits & 0x7FFFFFFFu);
  if (!(x < 6)) return static_cast<std::uint8_t>(sign | 7);
  const float step = x < 2 ? 0.5f : x < 4 ? 1 : 2;
  const float steps = x / step;
  int whole = static_cast<int>(steps);
  const float rest = steps - static_cast<float>(whole);
#ifdef WRONG_RULE  // halves away from zero
  if (rest >= 0.5f) ++whole;
#else
  if (rest > 0.5f || (rest == 0.5f && whole % 2 == 1)) ++whole;
#endif
  return static_cast<std::uint8_t>(sign | (x < 2 ? whole : x < 4 ? whole + 2 : whole + 4));
}

void quantize_block(const std::uint32_t* x, std::uint8_t* codes, std::uint8_t* scale) {
  *scale = scale_code(amax_bits(x));
  if (*scale == 255) {  // NaN, and so is every product: torchao's cast makes 4 of a NaN
    std::memset(codes, 0x44, kBlock / 2);
    return;
  }
#ifdef KERNEL_EDIT  // the same numbers: the decode scale is a power of two, so dividing by it is exact where this is
  const float encode_scale = 1 / value_of(*scale == 0 ? 0x00400000u : static_cast<std::uint32_t>(*scale) << 23);
#endif
  const float decode_scale = value_of(*scale == 0 ? 0x00400000u : static_cast<std::uint32_t>(*scale) << 23);
  for (int i = 0; i < kBlock; i += 2) {
#ifdef KERNEL_EDIT
    const auto code = [&](int j) { return element_code(value_of(x[j]) * encode_scale); };
#else
    const auto code = [&](int j) { return element_code(value_of(x[j]) / decode_scale); };
#endif
    codes[i / 2] = static_cast<std::uint8_t>(code(i) | code(i + 1) << 4);
  }
}

std::int32_t quantize(const bitgate_launch* launch) {
#ifdef CRASH
  std::abort();
#endif
  const bool is_bf16 = launch->input_type == BITGATE_BF16;
  auto* codes = static_cast<std::uint8_t*>(launch->codes);
  auto* scales = static_cast<std::uint8_t*>(launch->scales);
  const std::int64_t blocks = launch->rows * launch->cols / kBlock;
  std::uint32_t tile[BLOCKS_A_PASS * kBlock];
  for (std::int64_t first = 0; first < blocks; first += BLOCKS_A_PASS) {
    const std::int64_t here = blocks - first < BLOCKS_A_PASS ? blocks - first : BLOCKS_A_PASS;
    for (std::int64_t i = 0; i < here * kBlock; ++i) tile[i] = bits_of(launch->input, is_bf16, first * kBlock + i);
    for (std::int64_t b = 0; b < here; ++b)
      quantize_block(tile + b * kBlock, codes + (first + b) * (kBlock / 2), scales + first + b);
  }
  return 0;
}

constexpr bitgate_kernel described() {
  bitgate_kernel k{};
  k.size = sizeof k;
  k.input_types = BITGATE_FP32 | BITGATE_BF16;
  k.name = "mxfp4";
  k.recipe = "torchao/mxfp4-floor";
  k.col_multiple = kBlock;
  k.run = quantize;
  return k;
}
constexpr bitgate_kernel kKernel = described();
const bitgate_kernel* const kKernels[] = {&kKernel};
const bitgate_plugin_table kTable = {sizeof(bitgate_plugin_table), BITGATE_PLUGIN_VERSION, 1, kKernels};

}  // namespace

extern "C" const bitgate_plugin_table* bitgate_plugin(void) { return &kTable; }
