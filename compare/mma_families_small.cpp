#include <fmt/format.h>

#include <array>

#include "bitgate/compare/mma_draft.h"
#include "bitgate/compare/mma_families.h"

namespace bitgate::compare::mma_family {
namespace {

std::uint32_t one_of(const Format& format) noexcept { return power(format, 0); }
std::uint32_t smallest_of(const Format& format) noexcept { return 1u << low_bits(format); }
std::uint32_t largest_subnormal(const Format& format) noexcept { return fraction_mask_of(format); }

// +0 and -0 of C.
std::array<std::pair<std::uint32_t, const char*>, 2> zeros_of(const MmaModel& model) {
  return {{{0u, ""}, {sign_mask(result_format(model)), ", C -0"}}};
}

}  // namespace

void subnormals(const MmaModel& model, Probes& probes) {
  const Format& d = result_format(model);
  const std::array<std::pair<const char*, std::uint32_t>, 4> of_a{
      {{"smallest", smallest_of(model.a)},
       {"largest subnormal", largest_subnormal(model.a)},
       {"smallest normal", power(model.a, min_exponent(model.a))},
       {"one", one_of(model.a)}}};
  const std::array<std::uint32_t, 4> of_b{smallest_of(model.b), largest_subnormal(model.b),
                                          power(model.b, min_exponent(model.b)), one_of(model.b)};
  const std::array<const char*, 4> names{"smallest", "largest subnormal", "smallest normal", "one"};
  for (const auto& [name, a] : of_a)
    for (std::size_t i = 0; i < of_b.size(); ++i)
      for (const bool minus : {false, true})
        MmaDraft(model, "P6", fmt::format("{}{} times {}", minus ? "-" : "", name, names[i]))
            .codes(minus ? negated(model.a, a) : a, of_b[i])
            .open(!minus)
            .into(probes);
  const std::uint32_t normal = 1u << d.mantissa_bits;
  for (const std::uint32_t c : {1u, 2u, normal / 2, normal - 1, normal, normal + 1})
    for (const std::uint32_t sign : {0u, sign_mask(d)})
      MmaDraft(model, "P6", fmt::format("C {:x} alone", c | sign)).c(c | sign).open().into(probes);
  // Half of FP32's range below it, where the operands reach.
  const int lowest = min_exponent(d) - d.mantissa_bits;
  for (int exponent = lowest - 3; exponent <= min_exponent(d) + 1; ++exponent)
    for (const bool minus : {false, true})
      MmaDraft(model, "P6", fmt::format("{}2^{}", minus ? "-" : "", exponent))
          .power_of_two(exponent, minus)
          .into(probes);
}

// Nothing is left of 2^x beside a pair of subnormal products that cancel once x is more than F below their exponent.
void subnormal_exponents(const MmaModel& model, Probes& probes) {
  const int f = kept_fraction_bits(model);
  const auto sweep = [&](const char* name, std::uint32_t a, std::uint32_t b, int nominal, int own) {
    for (int exponent = own - f - 2; exponent <= nominal - f + 2; ++exponent)
      for (const bool half_more : {false, true}) {
        MmaDraft draft(model, "P7", fmt::format("{} - the same + {} 2^{}", name, half_more ? "1.5" : "1", exponent));
        draft.codes(a, b).codes(negated(model.a, a), b);
        if (half_more)
          draft.scaled_power(0x80000000, exponent, false);
        else
          draft.power_of_two(exponent);
        draft.into(probes);
      }
  };
  const int of_a = min_exponent(model.a), of_b = min_exponent(model.b);
  const int p_a = model.a.mantissa_bits, p_b = model.b.mantissa_bits;
  sweep("smallest a", smallest_of(model.a), one_of(model.b), of_a, of_a - p_a);
  sweep("smallest b", one_of(model.a), smallest_of(model.b), of_b, of_b - p_b);
  sweep("largest subnormal a", largest_subnormal(model.a), one_of(model.b), of_a, of_a - 1);
  sweep("smallest a, largest b", smallest_of(model.a), power(model.b, max_exponent(model.b)),
        of_a + max_exponent(model.b), of_a - p_a + max_exponent(model.b));
  sweep("smallest both", smallest_of(model.a), smallest_of(model.b), of_a + of_b, of_a - p_a + of_b - p_b);
}

// A product of zero with the largest number: were it to count, it would cut the rest.
void zero_products(const MmaModel& model, Probes& probes) {
  const int f = kept_fraction_bits(model);
  const auto& row = instruction_of(model);
  const bool by_fp16 = row.order == reference::MmaOrder::kPtxasFp8;
  const int counted = min_exponent(by_fp16 ? kFp16 : model.a) + max_exponent(model.b);
  const int counted_b = min_exponent(by_fp16 ? kFp16 : model.b) + max_exponent(model.a);
  for (int below = -3; below <= 3; ++below) {
    const int exponent = counted - f + below;
    for (const auto& [c, name] : zeros_of(model)) {
      MmaDraft(model, "P8", fmt::format("0 times 2^{} + 2^{}{}", max_exponent(model.b), exponent, name))
          .codes(0, power(model.b, max_exponent(model.b)))
          .power_of_two(exponent)
          .c(c)
          .open(c == 0)
          .into(probes);
      MmaDraft(model, "P8", fmt::format("-0 times 2^{} + 2^{}{}", max_exponent(model.b), exponent, name))
          .codes(sign_mask_of(model.a), power(model.b, max_exponent(model.b)))
          .power_of_two(exponent)
          .c(c)
          .into(probes);
      MmaDraft(model, "P8", fmt::format("2^{} times 0 + 2^{}{}", max_exponent(model.a), counted_b - f + below, name))
          .codes(power(model.a, max_exponent(model.a)), 0)
          .power_of_two(counted_b - f + below)
          .c(c)
          .into(probes);
    }
  }
  // Beside the tie below the smallest FP16 number, which any remainder decides.
  for (int exponent = counted - f - 3; exponent <= counted - f + 3; ++exponent)
    MmaDraft(model, "P8", fmt::format("0 times 2^{} + 1.5 2^{}", max_exponent(model.b), exponent))
        .codes(0, power(model.b, max_exponent(model.b)))
        .scaled_power(0x80000000, exponent, false)
        .into(probes);
  // Of FP16 results: one and a half of the last place, a tie only while both terms are there.
  const int last = min_exponent(result_format(model)) - result_format(model).mantissa_bits;
  for (const bool of_a : {true, false})
    MmaDraft(model, "P8",
             fmt::format("{} + 2^{} + 2^{}", of_a ? "0 times the largest" : "the largest times 0", last, last - 1))
        .codes(of_a ? 0 : power(model.a, max_exponent(model.a)), of_a ? power(model.b, max_exponent(model.b)) : 0)
        .power_of_two(last)
        .power_of_two(last - 1)
        .into(probes);
  for (int exponent = min_product(model); exponent <= min_product(model) + f + 2; exponent += 3)
    MmaDraft(model, "P8", fmt::format("0 times 0 + 2^{}", exponent)).codes(0, 0).power_of_two(exponent).into(probes);
}

// The smallest result less a term: 0 once the term is on the grid, since what is left is cut; else the smallest result.
void floor_fp32(const MmaModel& model, Probes& probes) {
  if (model.half_result) return;
  const int lowest = min_exponent(kFp32) - kFp32.mantissa_bits;
  for (int exponent = lowest - 1; exponent >= lowest - 20; --exponent) {
    for (const auto& [c, name] : zeros_of(model)) {
      MmaDraft(model, "P9", fmt::format("2^{} - 2^{}{}", lowest, exponent, name))
          .power_of_two(lowest)
          .power_of_two(exponent, true)
          .c(c)
          .open()
          .into(probes);
      MmaDraft all(model, "P9", fmt::format("{} of 2^{}{}", model.k, exponent, name));
      for (int i = 0; i < model.k; ++i) all.power_of_two(exponent);
      all.c(c).open().into(probes);
    }
    MmaDraft(model, "P9", fmt::format("C 2^{} - 2^{}", lowest, exponent))
        .power_of_two(exponent, true)
        .c(1)
        .open()
        .into(probes);
    MmaDraft(model, "P9", fmt::format("2^{} - 2^{}, scale-d 0", lowest, exponent))
        .power_of_two(lowest)
        .power_of_two(exponent, true)
        .flags(model.group ? kMmaWithoutC : 0)
        .into(probes);
  }
}

// A tie between 0 and the smallest result, and a term: the smallest result while the term is on the grid.
void floor_fp16(const MmaModel& model, Probes& probes) {
  if (!model.half_result) return;
  const int tie = min_exponent(kFp16) - kFp16.mantissa_bits - 1;
  for (int exponent = tie - 1; exponent >= tie - 25; --exponent)
    for (const auto& [c, name] : zeros_of(model)) {
      MmaDraft(model, "P10", fmt::format("2^{} + 2^{}{}", tie, exponent, name))
          .power_of_two(tie)
          .power_of_two(exponent)
          .c(c)
          .open()
          .into(probes);
      MmaDraft(model, "P10", fmt::format("C 2^{} + 2^{} + 2^{}{}", tie + 1, tie, exponent, name))
          .power_of_two(tie)
          .power_of_two(exponent)
          .c(1)
          .into(probes);
    }
}

void zero_signs(const MmaModel& model, Probes& probes) {
  const std::uint32_t minus_a = sign_mask_of(model.a), one_b = one_of(model.b);
  for (const auto& [c, name] : zeros_of(model)) {
    MmaDraft(model, "P13", fmt::format("all products +0{}", name)).c(c).open().into(probes);
    MmaDraft all(model, "P13", fmt::format("all products -0{}", name));
    for (int i = 0; i < model.k; ++i) all.codes(minus_a, one_b);
    all.c(c).open().into(probes);
    MmaDraft(model, "P13", fmt::format("one product -0{}", name)).codes(minus_a, one_b).c(c).open().into(probes);
    MmaDraft(model, "P13", fmt::format("1 - 1{}", name)).power_of_two(0).power_of_two(0, true).c(c).open().into(probes);
    // Negative, and below half of the smallest result.
    const Format& d = result_format(model);
    for (int below = 1; below <= 4; ++below) {
      const int exponent = min_exponent(d) - d.mantissa_bits - below;
      MmaDraft(model, "P13", fmt::format("-2^{}{}", exponent, name))
          .power_of_two(exponent, true)
          .c(c)
          .open()
          .into(probes);
      MmaDraft(model, "P13", fmt::format("-2^{} at the last k{}", exponent, name))
          .at(model.k - 1)
          .power_of_two(exponent, true)
          .c(c)
          .into(probes);
    }
  }
  MmaDraft(model, "P13", "-1 + C 1").power_of_two(0, true).c_power(0).open().into(probes);
  MmaDraft(model, "P13", "1 + C -1").power_of_two(0).c_power(0, true).open().into(probes);
  if (!model.group) return;
  MmaDraft negated_all(model, "P13", "all products -0, scale-d 0");
  for (int i = 0; i < model.k; ++i) negated_all.codes(minus_a, one_b);
  negated_all.flags(kMmaWithoutC).open().into(probes);
}

}  // namespace bitgate::compare::mma_family
