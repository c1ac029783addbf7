// TransformerEngine's 4over6: a block is quantized with its amax at 6 and at 4, and the candidate with the smaller
// error is kept; a tie, or a NaN in either error, keeps 6.
//
// Errors are summed in the producers' order: 16 elements serially; of a 16 x 16 square each row so, then the rows by
// halves (8, 4, 2, 1). E, the largest scale, is 448 or 256; scales are clamped to 448 either way.
// Sources: te.md 5 and 9 (NVIDIA/TransformerEngine d0067d0d, common/cast/nvfp4/quantize_4over6_nvfp4.cuh and
// pytorch/custom_recipes/reference_nvfp4.py).
#include <array>

#include "bitgate/reference/recipe/special/special.h"

namespace bitgate::reference {

namespace {

struct Candidate {
  std::uint32_t scale_code = 0;
  float multiplier = 0.0f;
  float error = 0.0f;
  std::array<std::uint8_t, 256> codes{};
};

float f16_rn(float x) noexcept { return widen_f16(static_cast<std::uint16_t>(encode(kFp16, x, kCvtRnInf))); }

// One element's difference between what the code stands for and what was to be coded.
float difference(const Rules& rules, const GlobalScale& global, float value, float scale, float x) noexcept {
  if (rules.special.math == ErrorMath::kHalf) {
    const float stands_for = f16_rn(mul_rn(value, scale));
    const float wanted = mul_rn(x, global.encode_scale);
    return add_rn(stands_for, -wanted);
  }
  const float product = mul_rn(value, scale);
  const float with_amax = mul_rn(product, global.stored);
  const float decoded = div_rn(with_amax, rules.global.target);
  return add_rn(decoded, -x);
}

float sum_of_row(const Rules& rules, const GlobalScale& global, std::span<const float> x,
                 std::span<const std::uint8_t> codes, float scale) noexcept {
  float sum = 0.0f;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float d = difference(rules, global, decode_float(kE2m1, codes[i]), scale, x[i]);
    const float term = rules.special.error == BlockError::kMae ? magnitude(d) : mul_rn(d, d);
    sum = add_rn(sum, term);
  }
  return sum;
}

float error_of(const Rules& rules, const GlobalScale& global, std::span<const float> x,
               std::span<const std::uint8_t> codes, float scale) {
  std::array<float, 16> rows{};
  const std::size_t n = x.size() / 16;
  for (std::size_t r = 0; r < n; ++r)
    rows[r] = sum_of_row(rules, global, x.subspan(16 * r, 16), codes.subspan(16 * r, 16), scale);
  return n == 1 ? rows[0] : butterfly_sum(Arithmetic{Machine::kGpu}, rows);
}

Candidate candidate(const Rules& rules, const BlockContext& context, std::span<const float> x, float unrounded) {
  const GlobalScale& global = context.global;
  Candidate made;
  const float bounded = at_most(rules.global.min_nan, unrounded, 448.0f);
  made.scale_code = context.scale.given ? context.scale.bits : encode(kE4m3, bounded, rules.block.encode);
  BlockScale scale;
  scale.bits = made.scale_code;
  const Multiplier multiplier = derive_multiplier(rules, global, scale);
  made.multiplier = multiplier.value;
  for (std::size_t i = 0; i < x.size(); ++i)
    made.codes[i] = static_cast<std::uint8_t>(encode_element(rules, scale_element(rules, multiplier, x[i])));
  const std::span<const std::uint8_t> codes(made.codes.data(), x.size());
  made.error = error_of(rules, global, x, codes, decoded_scale(kE4m3, made.scale_code));
  return made;
}

}  // namespace

template <class Trace>
void four_over_six_block(const Rules& rules, const BlockContext& context, std::span<const float> x, BlockOutput& out,
                         Trace& trace) {
  const float amax = amax_of_block(rules, x);
  const float ratio = div_rn(amax, 6.0f);
  const float base = mul_rn(ratio, context.global.encode_scale);
  const Candidate four = candidate(rules, context, x, mul_rn(base, 1.5f));
  const Candidate six = candidate(rules, context, x, base);
  const Candidate& best = four.error < six.error ? four : six;
  if constexpr (Trace::kOn) {
    trace.value("block_amax", "max|x| of the block", amax);
    trace.value("base", "mul_rn(div_rn(block_amax, 6), S_enc)", base);
    trace.code("s4", "min(mul_rn(base, 1.5), 448) as a scale", four.scale_code, kE4m3);
    trace.code("s6", "min(base, 448) as a scale", six.scale_code, kE4m3);
    trace.value("inv4", "the multiplier under s4", four.multiplier);
    trace.value("inv6", "the multiplier under s6", six.multiplier);
    trace.value("err4", "the error with amax at 4", four.error);
    trace.value("err6", "the error with amax at 6", six.error);
    trace.code("scale_code", "s4 if err4 < err6, else s6", best.scale_code, kE4m3);
  }
  out.scale_bits = best.scale_code;
  std::copy_n(best.codes.begin(), x.size(), out.codes.begin());
}

template void four_over_six_block(const Rules&, const BlockContext&, std::span<const float>, BlockOutput&, NoTrace&);
template void four_over_six_block(const Rules&, const BlockContext&, std::span<const float>, BlockOutput&, StageTrace&);

}  // namespace bitgate::reference
