// ggml's reference quantizers to MXFP4 and NVFP4 on the CPU: no search over scales; the code is the table entry nearest
// to the element, the first of equals, so that ties go to the smaller magnitude and -0 is never chosen.
//
// The table is stored doubled and scales are halved; the differences are formed in binary32, as the producer forms
// them, which far above the largest code makes all of them equal. NaN elements get code 0 and do not count for amax.
// Source: ggml.md 5.1 and 5.2 (ggml-org/ggml d99724f2, src/ggml-quants.c and src/ggml-impl.h).
#include "bitgate/reference/arith/log2_floor.h"
#include "bitgate/reference/recipe/special/special.h"

namespace bitgate::reference {

namespace {

constexpr std::array<float, 16> kDoubled{0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

std::uint8_t nearest_entry(float x, float half_scale) noexcept {
  std::uint8_t best = 0;
  float least = magnitude(add_rn(mul_rn(kDoubled[0], half_scale), -x));
  for (std::uint8_t i = 1; i < kDoubled.size(); ++i) {
    const float entry = mul_rn(kDoubled[i], half_scale);
    const float distance = magnitude(add_rn(entry, -x));
    if (distance < least) {
      best = i;
      least = distance;
    }
  }
  return best;
}

// floor(log2f(amax)) - 2 + 127, its low byte: x86 turns the infinite logarithm into INT_MIN.
std::uint32_t host_exponent_code(float amax) noexcept {
  if (amax == 0.0f || magnitude(amax) > kFloat32Max) return 0;
  return static_cast<std::uint32_t>(floor_of_rounded_log2(amax) - 2 + 127) & 0xFF;
}

// 2^(code - 128), also for code 0; code 255 is 2^127 here.
float half_of_exponent(std::uint32_t code) noexcept {
  return code < 2 ? std::bit_cast<float>(0x00200000u << code) : std::bit_cast<float>((code - 1) << 23);
}

// ggml's own rounding to unsigned E4M3: half up, whatever lies below the half bit; exponent field 15 is always 448.
std::uint32_t host_ue4m3(float x) noexcept {
  if (!(x > 0.0f)) return 0;
  const float bounded = x > 448.0f ? 448.0f : x;
  const auto bits = std::bit_cast<std::uint32_t>(bounded);
  int field = static_cast<int>(bits >> 23) - 127 + 7;
  if (field <= 0) {
    const float shifted = add_rn(mul_rn(bounded, 512.0f), 0.5f);
    const auto steps = static_cast<std::int32_t>(shifted);
    return static_cast<std::uint32_t>(steps > 7 ? 7 : steps < 1 ? 0 : steps);
  }
  std::uint32_t mantissa = bits >> 20 & 7;
  if ((bits >> 19 & 1) != 0 && ++mantissa == 8) {
    mantissa = 0;
    ++field;
  }
  return field >= 15 ? 0x7E : static_cast<std::uint32_t>(field) << 3 | mantissa;
}

}  // namespace

template <class Trace>
void ggml_fp4_host_block(const Rules& rules, const BlockContext& context, std::span<const float> x, BlockOutput& out,
                         Trace& trace) {
  const bool mx = rules.special.kind == Special::kGgmlMxfp4Host;
  const float amax = amax_of_block(rules, x);
  std::uint32_t code = mx ? host_exponent_code(amax) : host_ue4m3(div_rn(amax, 6.0f));
  if (context.scale.given) code = context.scale.bits;
  const float half_scale = mx ? half_of_exponent(code) : mul_rn(decode_float(kE4m3, code), 0.5f);
  for (std::size_t i = 0; i < x.size(); ++i) out.codes[i] = nearest_entry(x[i], half_scale);
  out.scale_bits = code;
  if constexpr (Trace::kOn) {
    trace.value("block_amax", "max|x| of the block", amax);
    trace.code("scale_code", mx ? "floor(log2f(block_amax)) - 2" : "block_amax / 6, rounded half up", code,
               scheme_of(rules.scheme).scale);
    trace.value("d / 2", "half the scale: table entries are doubled", half_scale);
  }
}

template void ggml_fp4_host_block(const Rules&, const BlockContext&, std::span<const float>, BlockOutput&, NoTrace&);
template void ggml_fp4_host_block(const Rules&, const BlockContext&, std::span<const float>, BlockOutput&, StageTrace&);

}  // namespace bitgate::reference
