#include <fmt/format.h>

#include <array>

#include "bitgate/compare/mma_draft.h"
#include "bitgate/compare/mma_families.h"

namespace bitgate::compare::mma_family {
namespace {

struct Named {
  std::string name;
  std::uint32_t code;
};

std::uint32_t infinity_of(const Format& format) noexcept { return infinity_code(format) << low_bits(format); }

std::uint32_t infinity_or_nan(const Format& format) noexcept {
  return format.top == TopCodes::kIeee ? infinity_of(format) : magnitude_mask(format);
}

// Quiet, signalling, of either sign; of TF32 also one whose payload is in the bits that are dropped.
std::vector<Named> nans_of(const Format& format) {
  std::vector<std::uint32_t> codes;
  if (format.top == TopCodes::kIeee) {
    const std::uint32_t infinity = infinity_of(format), quiet = (mantissa_mask(format) / 2 + 1) << low_bits(format);
    codes = {infinity | quiet, infinity | fraction_mask_of(format), infinity | 1u << low_bits(format)};
    if (format.mantissa_bits > 2) codes.push_back(infinity | quiet | 1u << low_bits(format));
    if (low_bits(format) != 0) codes.insert(codes.end(), {infinity | 1, infinity | 0x1FFF});
  } else {
    codes = {magnitude_mask(format)};
  }
  std::vector<Named> named;
  for (const std::uint32_t code : codes)
    for (const std::uint32_t sign : {0u, sign_mask_of(format)})
      named.push_back({fmt::format("{:x}", code | sign), code | sign});
  return named;
}

}  // namespace

void overflow(const MmaModel& model, Probes& probes) {
  const Format& d = result_format(model);
  const int top = max_exponent(d), p = d.mantissa_bits;
  for (const bool minus : {false, true}) {
    const char* sign = minus ? "-" : "";
    const std::uint32_t largest = max_code(d) | (minus ? sign_mask(d) : 0);
    MmaDraft(model, "P11", fmt::format("{}2^{} twice", sign, top))
        .power_of_two(top, minus)
        .power_of_two(top, minus)
        .open()
        .into(probes);
    MmaDraft(model, "P11", fmt::format("{}2^{} twice less 2^{}", sign, top, top))
        .power_of_two(top, minus)
        .power_of_two(top, minus)
        .power_of_two(top, !minus)
        .open()
        .into(probes);
    MmaDraft(model, "P11", fmt::format("C {}2^{} + {}2^{}", sign, top, sign, top))
        .power_of_two(top, minus)
        .c_power(top, minus)
        .open()
        .into(probes);
    // The largest number and a part of its last place: the place itself, a half, a quarter, less than a quarter.
    for (int below = -1; below <= 4; ++below) {
      MmaDraft(model, "P11", fmt::format("C {:x} + {}2^{}", largest, sign, top - p - below))
          .power_of_two(top - p - below, minus)
          .c(largest)
          .open()
          .into(probes);
      MmaDraft(model, "P11", fmt::format("C {:x} + 1.75 {}2^{}", largest, sign, top - p - below))
          .scaled_power(0xC0000000, top - p - below, minus)
          .c(largest)
          .open()
          .into(probes);
    }
    MmaDraft all(model, "P11", fmt::format("{} of {}largest a times largest b", model.k, sign));
    const std::uint32_t a = max_code(model.a) << low_bits(model.a), b = max_code(model.b) << low_bits(model.b);
    for (int i = 0; i < model.k; ++i) all.codes(minus ? negated(model.a, a) : a, b);
    all.open().into(probes);
    MmaDraft(model, "P11", fmt::format("{}largest a times largest b", sign))
        .codes(minus ? negated(model.a, a) : a, b)
        .open()
        .into(probes);
    for (const int wide : {128, 200, 254}) {
      MmaDraft(model, "P11", fmt::format("{}2^{}", sign, wide)).power_of_two(wide, minus).open().into(probes);
      for (const int small : {0, 110, wide - 25, wide - 26})
        MmaDraft(model, "P11", fmt::format("{}2^{} less the same + 2^{}", sign, wide, small))
            .power_of_two(wide, minus)
            .power_of_two(wide, !minus)
            .power_of_two(small)
            .open()
            .into(probes);
    }
  }
}

void not_numbers(const MmaModel& model, Probes& probes) {
  const Format& d = result_format(model);
  const std::uint32_t one_a = power(model.a, 0), one_b = power(model.b, 0), infinity = infinity_code(d);
  for (const Named& nan : nans_of(d)) {
    MmaDraft(model, "P12", "C " + nan.name).c(nan.code).open().into(probes);
    MmaDraft(model, "P12", "C " + nan.name + " + 1").codes(one_a, one_b).c(nan.code).into(probes);
  }
  for (const Named& nan : nans_of(model.a))
    MmaDraft(model, "P12", "a " + nan.name).codes(nan.code, one_b).open().into(probes);
  for (const Named& nan : nans_of(model.b)) {
    MmaDraft(model, "P12", "b " + nan.name).codes(one_a, nan.code).open().into(probes);
    MmaDraft(model, "P12", "0 times b " + nan.name).codes(0, nan.code).into(probes);
  }
  for (const std::uint32_t sign : {0u, sign_mask(d)}) {
    MmaDraft(model, "P12", sign == 0 ? "C inf" : "C -inf").c(infinity | sign).open().into(probes);
    MmaDraft(model, "P12", sign == 0 ? "C inf - 1" : "C -inf - 1")
        .power_of_two(0, true)
        .c(infinity | sign)
        .open()
        .into(probes);
  }
  if (model.a.top == TopCodes::kIeee) {
    const std::uint32_t inf = infinity_of(model.a), minus = negated(model.a, inf);
    MmaDraft(model, "P12", "inf times 1").codes(inf, one_b).open().into(probes);
    MmaDraft(model, "P12", "-inf times 1").codes(minus, one_b).open().into(probes);
    MmaDraft(model, "P12", "inf times 0").codes(inf, 0).open().into(probes);
    MmaDraft(model, "P12", "-inf times 0").codes(minus, 0).open().into(probes);
    MmaDraft(model, "P12", "inf - inf").codes(inf, one_b).codes(minus, one_b).open().into(probes);
    MmaDraft(model, "P12", "inf + C -inf").codes(inf, one_b).c(infinity | sign_mask(d)).open().into(probes);
    MmaDraft(model, "P12", "-inf + C inf").codes(minus, one_b).c(infinity).open().into(probes);
    MmaDraft(model, "P12", "inf + C inf").codes(inf, one_b).c(infinity).open().into(probes);
    MmaDraft(model, "P12", "inf + C largest, negative").codes(inf, one_b).c(max_code(d) | sign_mask(d)).into(probes);
    // In places that another step could take.
    for (int at = 1; at < model.k; ++at) {
      MmaDraft late(model, "P12", fmt::format("inf at 0, -inf at {}", at));
      for (int i = 0; i <= at; ++i) late.codes(i == 0 ? inf : i == at ? minus : 0, one_b);
      late.into(probes);
    }
  }
  if (model.b.top != TopCodes::kIeee) return;
  const std::uint32_t inf = infinity_of(model.b);
  MmaDraft(model, "P12", "1 times inf").codes(one_a, inf).open().into(probes);
  MmaDraft(model, "P12", "0 times inf").codes(0, inf).open().into(probes);
  MmaDraft(model, "P12", "-0 times inf").codes(sign_mask_of(model.a), inf).open().into(probes);
  if (model.a.top == TopCodes::kIeee)
    MmaDraft(model, "P12", "inf times inf").codes(infinity_of(model.a), inf).open().into(probes);
}

void options(const MmaModel& model, Probes& probes) {
  const Format& d = result_format(model);
  const std::uint32_t one_a = power(model.a, 0), one_b = power(model.b, 0), one_d = power(d, 0);
  for (int bit = 0; bit < d.mantissa_bits; ++bit)
    for (const std::uint32_t sign : {0u, sign_mask(d)}) {
      const std::uint32_t single = one_d | 1u << bit | sign, all = one_d | ((2u << bit) - 1) | sign;
      MmaDraft(model, "P14", fmt::format("C {:x}", single)).c(single).into(probes);
      MmaDraft(model, "P14", fmt::format("C {:x}", all)).c(all).into(probes);
    }
  if (!model.group) return;
  const std::uint32_t infinity = infinity_code(d);
  for (const std::uint32_t c :
       {infinity | 1, infinity | (mantissa_mask(d) / 2 + 1), infinity, infinity | sign_mask(d), one_d, max_code(d)})
    for (const std::uint32_t flags : {kMmaWithoutC, kMmaWithoutC | kMmaFromRegisters}) {
      const char* from = (flags & kMmaFromRegisters) != 0 ? ", a from registers" : "";
      MmaDraft(model, "P14", fmt::format("scale-d 0, D was {:x}, 1 times 1{}", c, from))
          .codes(one_a, one_b)
          .c(c)
          .flags(flags)
          .open()
          .into(probes);
    }
  for (std::uint32_t flags = 0; flags < 16; ++flags)
    for (const std::uint32_t a : {one_a, negated(model.a, one_a), 0u, sign_mask_of(model.a), infinity_or_nan(model.a)})
      MmaDraft(model, "P14",
               fmt::format("a {:x}{}{}{}{}, b 1, C 1.5", a, (flags & kMmaFromRegisters) != 0 ? " from registers" : "",
                           (flags & kMmaMinusA) != 0 ? ", imm-scale-a -1" : "",
                           (flags & kMmaMinusB) != 0 ? ", imm-scale-b -1" : "",
                           (flags & kMmaWithoutC) != 0 ? ", scale-d 0" : ""))
          .codes(a, one_b)
          .c(number(d, false, 0, 0x80000000))
          .flags(flags)
          .open(flags == kMmaMinusA || flags == kMmaMinusB || flags == (kMmaMinusA | kMmaMinusB))
          .into(probes);
}

void tf32_registers(const MmaModel& model, Probes& probes) {
  if (low_bits(model.a) == 0) return;
  for (const std::uint32_t low : {0x1u, 0xFFFu, 0x1000u, 0x1001u, 0x1FFFu, 0x2000u, 0x3FFFu})
    for (const std::uint32_t sign : {0u, 0x80000000u}) {
      const std::uint32_t code = 0x3F800000 | low | sign;
      MmaDraft(model, "P15", fmt::format("a {:x} times 1", code)).codes(code, 0x3F800000).open().into(probes);
      MmaDraft(model, "P15", fmt::format("1 times b {:x}", code)).codes(0x3F800000, code).open().into(probes);
      // A number that is 0 without the dropped bits.
      MmaDraft(model, "P15", fmt::format("a {:x} times 2^127", low | sign))
          .codes(low | sign, 0x7F000000)
          .open()
          .into(probes);
    }
}

}  // namespace bitgate::compare::mma_family
