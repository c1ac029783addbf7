#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "bitgate/compare/mma_draft.h"
#include "bitgate/compare/mma_draws.h"
#include "bitgate/compare/mma_families.h"
#include "bitgate/compare/mma_fit.h"

namespace bitgate::compare::mma_family {
namespace {

// Of the largest term, so that a term below the grid is still a product of normal numbers.
int top_exponent(const MmaModel& model) {
  return std::clamp(0, std::min(min_product(model) + kept_fraction_bits(model) + 2, max_product(model)),
                    max_product(model));
}

int result_bits(const MmaModel& model) {
  using enum reference::MmaResult;
  const reference::MmaResult result = instruction_of(model).result;
  return result == kFp16NearestEven ? 10 : result == kE8m13TowardZero ? 13 : 23;
}

const char* sign_text(bool minus) noexcept { return minus ? "-" : "+"; }

// 1.5 times 1.5: were the exponent that of the product, one bit less would be kept.
void products_of_two_or_more(const MmaModel& model, Probes& probes) {
  for (const bool largest : {false, true}) {
    const int of_a = largest ? max_exponent(model.a) : 0, of_b = largest ? max_exponent(model.b) : 0;
    const std::uint32_t a = number(model.a, false, of_a, 0x80000000), b = number(model.b, false, of_b, 0x80000000);
    for (int j = 10; j <= 40; ++j)
      for (const std::uint32_t fraction : {0u, 0x80000000u}) {
        const int small = of_a + of_b - j;
        MmaDraft(model, "P1",
                 fmt::format("2.25 2^{} less the same + {} 2^{}", of_a + of_b, fraction == 0 ? "1" : "1.5", small))
            .codes(a, b)
            .codes(negated(model.a, a), b)
            .scaled_power(fraction, small, false)
            .into(probes);
      }
  }
}

}  // namespace

void fraction_bits(const MmaModel& model, Probes& probes) {
  const std::set<int> tops{top_exponent(model), 0, max_product(model) / 2, max_product(model)};
  for (const int top : tops)
    for (int j = 10; j <= 40; ++j) {
      const int small = top - j;
      MmaDraft(model, "P1", fmt::format("2^{} - 2^{} + 2^{}", top, top, small))
          .power_of_two(top)
          .power_of_two(top, true)
          .power_of_two(small)
          .into(probes);
      MmaDraft(model, "P1", fmt::format("C 2^{} - 2^{} + 2^{}", top, top, small))
          .power_of_two(top, true)
          .power_of_two(small)
          .c_power(top)
          .into(probes);
      MmaDraft(model, "P1", fmt::format("2^{} - 2^{} + C 2^{}", top, top, small))
          .power_of_two(top)
          .power_of_two(top, true)
          .c_power(small)
          .into(probes);
    }
  products_of_two_or_more(model, probes);
}

void membership(const MmaModel& model, Probes& probes) {
  const int top = top_exponent(model), small = top - kept_fraction_bits(model) - 1;
  for (int i = 0; i < model.k; ++i)
    for (int j = i + 1; j < model.k; ++j) {
      MmaDraft draft(model, "P2", fmt::format("2^{} at {}, -2^{} at {}, 2^{} elsewhere", top, i, top, j, small));
      for (int at = 0; at < model.k; ++at) draft.at(at).power_of_two(at == i || at == j ? top : small, at == j);
      draft.into(probes);
    }
}

void cut(const MmaModel& model, Probes& probes) {
  constexpr std::array<std::pair<double, std::uint32_t>, 3> kSignificands{
      {{1.0, 0}, {1.5, 0x80000000}, {1.75, 0xC0000000}}};
  const int top = top_exponent(model);
  for (int below = 0; below <= 2; ++below)
    for (const auto& [significand, fraction] : kSignificands)
      for (const bool minus : {false, true}) {
        const int small = top - kept_fraction_bits(model) - below;
        const std::string term = fmt::format("{} {} 2^{}", sign_text(minus), significand, small);
        MmaDraft(model, "P3", fmt::format("2^{} - 2^{} {}", top, top, term))
            .power_of_two(top)
            .power_of_two(top, true)
            .scaled_power(fraction, small, minus)
            .into(probes);
        MmaDraft(model, "P3", fmt::format("C 2^{} - 2^{} {}", top, top, term))
            .power_of_two(top, true)
            .scaled_power(fraction, small, minus)
            .c_power(top)
            .into(probes);
        MmaDraft(model, "P3", fmt::format("C 2^{} {}", top, term))
            .scaled_power(fraction, small, minus)
            .c_power(top)
            .into(probes);
      }
}

void each_term(const MmaModel& model, Probes& probes) {
  const int top = top_exponent(model);
  for (int below = -1; below <= 2; ++below)
    for (const bool minus : {false, true}) {
      const int small = top - kept_fraction_bits(model) - below;
      MmaDraft beside_c(model, "P4", fmt::format("C 2^{} {} {} of 2^{}", top, sign_text(minus), model.k, small));
      for (int i = 0; i < model.k; ++i) beside_c.power_of_two(small, minus);
      beside_c.c_power(top).into(probes);
      MmaDraft beside(model, "P4", fmt::format("2^{} {} {} of 2^{}", top, sign_text(minus), model.k - 1, small));
      beside.power_of_two(top);
      for (int i = 1; i < model.k; ++i) beside.power_of_two(small, minus);
      beside.into(probes);
    }
}

void rounding(const MmaModel& model, Probes& probes) {
  const int top = top_exponent(model), p = result_bits(model), f = kept_fraction_bits(model);
  for (int tail = 0; tail < 8; ++tail)
    for (const int extra : {0, f, f + 1})
      for (const bool minus : {false, true}) {
        MmaDraft draft(model, "P5", "");
        std::string text = fmt::format("{} 2^{}", sign_text(minus), top);
        draft.power_of_two(top, minus);
        const auto add = [&](bool wanted, int below, bool opposite) {
          if (!wanted) return;
          draft.power_of_two(top - below, minus != opposite);
          text += fmt::format(" {} 2^{}", sign_text(minus != opposite), top - below);
        };
        add((tail & 4) != 0, p, false);
        add((tail & 2) != 0, p + 1, false);
        add((tail & 1) != 0, p + 2, false);
        add(extra != 0, extra, false);
        draft.called(text).into(probes);
        if (extra == 0) continue;
        MmaDraft less(model, "P5", "");
        less.power_of_two(top, minus);
        if ((tail & 4) != 0) less.power_of_two(top - p, minus);
        if ((tail & 2) != 0) less.power_of_two(top - p - 1, minus);
        less.power_of_two(top - extra, !minus);
        if ((tail & 1) == 0)
          less.called(
                  fmt::format("{} 2^{}, tail {}, {} 2^{}", sign_text(minus), top, tail, sign_text(!minus), top - extra))
              .into(probes);
      }
}

// A block and another, in both orders: C of the second is what the model gives for the first.
void chains(const MmaModel& model, Probes& probes) {
  const int top = top_exponent(model), small = top - kept_fraction_bits(model) - 1;
  MmaDraft one(model, "P16", "the large block"), many(model, "P16", "the small block");
  one.power_of_two(top);
  for (int i = 0; i < model.k; ++i) many.power_of_two(small);
  if (!one.fits() || !many.fits()) return;
  const auto result = [&](const MmaDraft& draft) {
    MmaCase alone;
    alone.a = draft.probe().a;
    alone.b = draft.probe().b;
    return result_of(model, instruction_of(model), alone);
  };
  const std::uint32_t of_one = result(one), of_many = result(many);
  one.into(probes);
  many.into(probes);
  one.called("the large block after the small one").c(of_many).into(probes);
  many.called("the small block after the large one").c(of_one).into(probes);
}

void fp8_rows(const MmaModel& model, Probes& probes) {
  if (model.a.bits != 8) return;
  constexpr int kRows = 128;
  MmaDraws draws(17, 0);
  for (int row = 0; row < kRows; ++row) {
    MmaDraft draft(model, "P17", fmt::format("random row {}", row));
    for (int i = 0; i < model.k; ++i) {
      const std::uint32_t a = finite(model.a, draws.word()), b = finite(model.b, draws.word());
      draft.codes(a, b);
    }
    const Format& result = result_format(model);
    const std::uint32_t word = draws.word();
    // A quarter of them with a subnormal C, a quarter with none.
    draft.c(row % 4 == 0   ? word & (sign_mask(result) | mantissa_mask(result))
            : row % 4 == 1 ? 0
                           : number(result, (word & 1) != 0, draws.between(-4, 14), word));
    draft.into(probes);
  }
}

}  // namespace bitgate::compare::mma_family
