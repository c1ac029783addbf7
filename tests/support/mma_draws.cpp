#include "bitgate/tests/support/mma_draws.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bitgate/reference/format/encode.h"
#include "bitgate/tests/support/mma_oracle.h"

namespace bitgate::oracle {
namespace {

using namespace reference;

std::uint32_t below(SplitMix& random, std::uint32_t end) { return random.next32() % end; }

bool is_special(const Format& f, std::uint32_t code) { return is_nan(f, code) || is_infinity(f, code); }

// The exponent field of an operand.
std::uint32_t drawn_field(const Format& f, Draw draw, std::uint32_t middle, SplitMix& random) {
  const std::uint32_t top = exponent_mask(f) >> f.mantissa_bits;
  const std::uint32_t width = std::min(top, 1 + below(random, 8));
  switch (draw) {
    case Draw::kSmallest: return std::min(top, below(random, 4));
    case Draw::kLargest: return top - std::min(top, below(random, 4));
    case Draw::kWindow:
    case Draw::kCancelling:
    case Draw::kNearC: return std::min(top, middle - std::min(middle, width / 2) + below(random, width));
    default: return below(random, top + 1);
  }
}

std::uint32_t drawn_code(const Format& f, Draw draw, std::uint32_t middle, SplitMix& random) {
  const std::uint32_t sign = (random.next32() & 1) != 0 ? sign_mask(f) : 0u;
  if (is_integer(f)) return random.next32() & (magnitude_mask(f) | sign_mask(f));
  if (draw == Draw::kZeros && (random.next32() & 1) != 0) return sign;
  for (;;) {
    std::uint32_t mantissa = draw == Draw::kPowers ? 0 : random.next32() & mantissa_mask(f);
    const std::uint32_t code = sign | drawn_field(f, draw, middle, random) << f.mantissa_bits | mantissa;
    if (draw == Draw::kSpecial && below(random, 20) == 0) {
      const std::uint32_t ones = sign | exponent_mask(f) | mantissa;
      return f.top == TopCodes::kIeee && (random.next32() & 1) != 0 ? ones & ~mantissa_mask(f) : ones;
    }
    if (!is_special(f, code)) return code;
  }
}

// TF32 in its register, with something in the bits that are dropped; of a NaN or infinity nothing.
std::uint32_t in_register(const Format& f, std::uint32_t code, SplitMix& random) {
  if (f.name != kTf32.name) return code;
  return code << 13 | (is_special(f, code) ? 0u : random.next32() & 0x1FFFu);
}

// block: of an instruction's k. Where the products of the first cancel, the others are as far below as F reaches.
std::uint8_t drawn_scale(const Format& f, Draw draw, int block, SplitMix& random) {
  if (draw == Draw::kSpecial && below(random, 20) == 0) return 0xFF;
  const std::uint32_t most = f.has_zero ? 0x7E : 0xFE;
  const std::uint32_t sign = f.has_zero && (random.next32() & 1) != 0 ? 0x80u : 0u;
  std::uint32_t code = below(random, most + 1);
  if (draw == Draw::kSmallest) code = below(random, 10);
  if (draw == Draw::kLargest) code = most - below(random, 10);
  if (draw == Draw::kCancelling)
    code = f.has_zero ? (block == 0 ? 0x78 : 1) + below(random, 6) : 150 + below(random, 4);
  if (draw == Draw::kCancelling && !f.has_zero && block != 0) code -= 17;
  if (draw == Draw::kWindow || draw == Draw::kNearC) code = most / 2 + below(random, f.has_zero ? 16 : 6);
  return static_cast<std::uint8_t>(code | sign);
}

double value_of(const Format& f, std::uint32_t code) { return decode(f, f.name == kTf32.name ? code >> 13 : code); }

std::uint32_t drawn_c(const MmaInstruction& of, const DrawnDot& dot, Draw draw, SplitMix& random) {
  if (of.inputs == MmaInputs::kInt8) return random.next32();
  const Format& d = is_fp16(of.result) ? kFp16 : kFp32;
  if (draw != Draw::kNearC && draw != Draw::kCancelling) {
    const bool zero = draw == Draw::kZeros && (random.next32() & 1) != 0;
    return zero ? random.next32() & sign_mask(d) : drawn_code(d, draw, 0, random);
  }
  double sum = 0.0;
  for (std::size_t k = 0; k < dot.a.size(); ++k) {
    double product = value_of(dot.a_format, dot.a[k]) * value_of(dot.b_format, dot.b[k]);
    if (of.scale_block != 0) {
      const std::size_t block = k / of.scale_block;
      product *= decode(of.scale, dot.a_scales[block]) * decode(of.scale, dot.b_scales[block]);
    }
    sum += product;
  }
  const double near = (below(random, 4) == 0 ? sum : -sum) * std::ldexp(1.0, static_cast<int>(below(random, 7)) - 3);
  const std::uint32_t code = encode(d, static_cast<float>(near), kCvtRnInf);
  return is_special(d, code) ? 0 : code ^ below(random, 4);
}

}  // namespace

std::vector<Format> operand_formats(const MmaInstruction& instruction) {
  std::vector<Format> taken;
  for (const Format& f : {kFp16, kBf16, kTf32, kE4m3, kE5m2, kE3m2, kE2m3, kE2m1, kInt8, kUint8})
    if (why_not_modelled(instruction, f, f).empty()) taken.push_back(f);
  return taken;
}

DrawnDot draw_dot(const MmaInstruction& instruction, int count, Draw draw, SplitMix& random) {
  const std::vector<Format> formats = operand_formats(instruction);
  const auto any_format = [&] { return formats[below(random, static_cast<std::uint32_t>(formats.size()))]; };
  DrawnDot dot{any_format(), any_format(), {}, {}, {}, {}, std::nullopt};
  if (draw == Draw::kCancelling) dot.b_format = dot.a_format;
  const auto middle = [&](const Format& f) { return below(random, (exponent_mask(f) >> f.mantissa_bits) + 1); };
  const std::uint32_t a_middle = middle(dot.a_format), b_middle = middle(dot.b_format);
  for (int k = 0; k < count; ++k) {
    dot.a.push_back(drawn_code(dot.a_format, draw, a_middle, random));
    dot.b.push_back(drawn_code(dot.b_format, draw, b_middle, random));
    // The factors of the product before, in turn, and the other sign.
    if (draw == Draw::kCancelling && k % 2 == 1 && below(random, 8) != 0) {
      const auto last = static_cast<std::size_t>(k);
      dot.a[last] = dot.b[last - 1] ^ sign_mask(dot.a_format);
      dot.b[last] = dot.a[last - 1];
    }
  }
  for (std::uint32_t& code : dot.a) code = in_register(dot.a_format, code, random);
  for (std::uint32_t& code : dot.b) code = in_register(dot.b_format, code, random);
  if (instruction.scale_block != 0) {
    for (int k = 0; k < count; k += instruction.scale_block) {
      const int block = k / instruction.scale_block;
      dot.a_scales.push_back(drawn_scale(instruction.scale, draw, block, random));
      dot.b_scales.push_back(drawn_scale(instruction.scale, draw, block, random));
    }
  }
  const bool absent = !instruction.reads_c && below(random, 4) == 0;
  if (!absent) dot.c = drawn_c(instruction, dot, draw, random);
  return dot;
}

Differing differing(const MmaInstruction& modelled, const MmaInstruction& judged, std::uint64_t seed, int dots,
                    int enough) {
  Differing found;
  for (int draw = 0; draw < kDraws; ++draw) {
    SplitMix random(seed * kDraws + static_cast<std::uint64_t>(draw));
    for (int i = 0; i < dots && found.count < enough; ++i) {
      const bool fewer = below(random, 8) == 0;
      const int products = fewer ? static_cast<int>(below(random, judged.k + 1u)) : judged.k;
      const DrawnDot dot = draw_dot(judged, products, static_cast<Draw>(draw), random);
      const std::uint32_t model = multiply_accumulate(modelled, dot.view());
      const std::uint32_t exact = exact_multiply_accumulate(judged, dot.view());
      if (model != exact && found.count++ == 0)
        found.story = fmt::format("{}: seed {}, draw {}, dot {}: the model says {:08x}, exact arithmetic {:08x}",
                                  judged.name, seed, draw, i, model, exact);
    }
  }
  return found;
}

}  // namespace bitgate::oracle
