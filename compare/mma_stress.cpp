#include "bitgate/compare/mma_stress.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "bitgate/compare/mma_tile_maker.h"

namespace bitgate::compare {
namespace {

class Maker final : MmaTileMaker {
 public:
  Maker(const MmaModel& model, MmaDraws draws) : MmaTileMaker(model, draws) {}

  MmaTile made(MmaMix mix) {
    switch (mix) {
      case MmaMix::kUniform: uniform(); break;
      case MmaMix::kWindow: c_in(window(drawn_width())); break;
      case MmaMix::kCancel: cancel(); break;
      case MmaMix::kNearC: near_c(); break;
      case MmaMix::kSmall: small(); break;
      case MmaMix::kLarge: large(); break;
      case MmaMix::kZeros: zeros(); break;
      case MmaMix::kSpecial: special(); break;
      case MmaMix::kPowers: powers(); break;
    }
    return std::move(tile_);
  }

 private:
  void uniform() {
    for (std::uint32_t& code : tile_.a) code = finite(model_.a, draws_.word());
    for (std::uint32_t& code : tile_.b) code = finite(model_.b, draws_.word());
    for (std::uint32_t& code : tile_.c) code = finite(result(), draws_.word());
  }

  // Positions i and j of every row and column, a_j = -a_i 2^t and b_j = b_i 2^-t: whatever row meets whatever column,
  // the two products cancel. The rest are products about F bits below. In one tile of four, the a that cancel are
  // subnormal: how far below their exponent is the question.
  void cancel() {
    const bool low = draws_.below(4) == 0;
    const int largest = draws_.between(-6, 6), width = draws_.below(7);
    const Windows windows = windows_at(largest, width);
    fill(tile_.a, model_.a, windows.a);
    fill(tile_.b, model_.b, windows.b);
    if (low)
      for (std::uint32_t& code : tile_.a) code &= sign_mask_of(model_.a) | fraction_mask_of(model_.a);
    const std::vector<std::size_t> order = drawn_order();
    const std::size_t k = order.size(), left = std::max<std::size_t>(2, k / 4);
    for (std::size_t i = 0; i + 1 < k - left; i += 2) pair(order[i], order[i + 1], low ? 0 : draws_.between(-2, 2));
    const int high = low ? min_exponent(model_.a) + windows.b.high : windows.high();
    const int shift = low ? draws_.between(-3 - model_.a.mantissa_bits, 6) : draws_.between(-3, 6);
    const Windows below = windows_at(high - fraction_bits_ + shift, 4);
    for (std::size_t i = k - left; i < k; ++i) {
      fill_position(tile_.a, order[i], model_.a, below.a);
      fill_position(tile_.b, order[i], model_.b, below.b);
    }
    for (std::uint32_t& code : tile_.c) {
      const int choice = draws_.below(4);
      if (choice == 0) continue;
      const Windows& of = choice == 1 ? windows : below;
      const Exponents near = within(result(), of.low(), of.high());
      code = drawn(result(), near);
    }
  }

  void pair(std::size_t i, std::size_t j, int twos) {
    const std::size_t k = static_cast<std::size_t>(model_.k);
    for (std::size_t row = 0; row < kMmaRows; ++row) {
      const std::size_t first = row * k + i, second = row * k + j;
      tile_.a[second] = negated(model_.a, scaled(model_.a, tile_.a[first], twos));
      tile_.b[second] = scaled(model_.b, tile_.b[first], -twos);
    }
  }

  // The sum without C, near enough.
  double sum_at(std::size_t row, std::size_t column) const {
    const std::size_t k = static_cast<std::size_t>(model_.k);
    double sum = 0;
    for (std::size_t i = 0; i < k; ++i) {
      const double product = value(model_.a, tile_.a[row * k + i]) * value(model_.b, tile_.b[column * k + i]);
      sum = sum + product;
    }
    return sum;
  }

  void near_c() {
    window(drawn_width());
    for (std::size_t row = 0; row < kMmaRows; ++row)
      for (std::size_t column = 0; column < kMmaRows; ++column)
        tile_.c[row * kMmaRows + column] = c_near(sum_at(row, column));
  }

  std::uint32_t c_near(double sum) {
    if (sum == 0) return 0;
    const std::uint32_t words = draws_.word();
    if (draws_.below(2) == 0) {
      const int exponent = std::ilogb(sum) + draws_.between(-3, 3);
      return number(result(), draws_.below(2) != 0,
                    std::clamp(exponent, min_exponent(result()), max_exponent(result())), words);
    }
    const std::uint32_t opposite = cut_to(result(), -sum);
    const std::uint32_t magnitude = opposite & magnitude_mask(result());
    const auto moved = static_cast<std::int64_t>(magnitude) + static_cast<int>(words % 9) - 4;
    const std::uint32_t kept = static_cast<std::uint32_t>(std::clamp<std::int64_t>(moved, 0, max_code(result())));
    return (opposite & sign_mask(result())) | kept;
  }

  void small() {
    if (draws_.below(2) == 0)
      few_small_powers();
    else
      small_numbers();
    small_c();
  }

  void small_numbers() {
    const int largest = min_exponent(result()) + draws_.between(-40, 8), width = draws_.below(13);
    const Windows windows = windows_at(largest, width);
    fill(tile_.a, model_.a, windows.a);
    fill(tile_.b, model_.b, windows.b);
    subnormal(tile_.a, model_.a);
    subnormal(tile_.b, model_.b);
  }

  // A few powers of two about the last place of D, the others 0: what is cut decides the last place. In every other
  // tile one is exactly there (of FP16 half of it, a tie), one far below, and the rest above.
  void few_small_powers() {
    const int last = min_exponent(result()) - result().mantissa_bits;
    const bool at_edge = draws_.below(2) == 0;
    const int widest = draws_.between(4, 26);
    const std::vector<std::size_t> order = drawn_order();
    const int terms = std::min(model_.k, draws_.between(2, 6));
    for (int i = 0; i < terms; ++i) {
      const int above = draws_.between(0, 4), anywhere = draws_.between(-widest, 6);
      const int below_it = at_edge && i == 0   ? (model_.half_result ? -1 : 0)
                           : at_edge && i == 1 ? draws_.between(-25, -8)
                           : at_edge           ? above
                                               : anywhere;
      power_position(order[static_cast<std::size_t>(i)], last + below_it);
    }
  }

  void small_c() {
    const int kind = draws_.below(3);
    for (std::uint32_t& code : tile_.c) {
      const bool negative = draws_.below(2) != 0;
      const std::uint32_t word = draws_.word(), sign = negative ? sign_mask(result()) : 0;
      const int choice = kind == 0 ? 0 : kind == 1 ? 1 : draws_.below(4);
      code = choice == 0   ? sign
             : choice == 1 ? sign | (word & mantissa_mask(result()))
             : choice == 2 ? sign | (word & 7)
                           : number(result(), negative, min_exponent(result()) + draws_.below(5), word);
    }
  }

  // One code in eight becomes subnormal where the exponents reach down there.
  void subnormal(Codes codes, const Format& format) {
    for (std::uint32_t& code : codes) {
      const bool low = exponent_of(format, code) <= min_exponent(format) + 3;
      if (low && draws_.below(8) == 0) code &= sign_mask_of(format) | fraction_mask_of(format);
    }
  }

  void large() {
    const int top = max_exponent(result());
    const int largest = top + draws_.between(-6, 2), width = draws_.below(7);
    const Windows windows = windows_at(largest, width);
    fill(tile_.a, model_.a, windows.a);
    fill(tile_.b, model_.b, windows.b);
    const int low = top - draws_.below(8);
    fill(tile_.c, result(), {low, top});
    for (std::uint32_t& code : tile_.c)
      if (draws_.below(16) == 0) code = (code & sign_mask(result())) | max_code(result());
  }

  void zeros() {
    const int kind = draws_.below(8);
    if (kind == 0)
      zeros_alone();
    else if (kind < 4)
      zeros_against_large();
    else
      scattered_zeros();
    zero_some(tile_.c, result(), kind == 0 ? 1 : 2);
  }

  // Nothing but zeros, every product of a row and a column of one sign; C of either sign.
  void zeros_alone() {
    const std::size_t k = static_cast<std::size_t>(model_.k);
    const std::array sides{std::pair{Codes(tile_.a), &model_.a}, std::pair{Codes(tile_.b), &model_.b}};
    for (const auto& [codes, format] : sides)
      for (std::size_t row = 0; row < kMmaRows; ++row) {
        const std::uint32_t sign = draws_.below(2) != 0 ? sign_mask_of(*format) : 0;
        for (std::size_t i = 0; i < k; ++i) codes[row * k + i] = sign;
      }
    for (std::uint32_t& code : tile_.c) code = draws_.below(2) != 0 ? sign_mask(result()) : 0;
  }

  void scattered_zeros() {
    c_in(window(drawn_width()));
    zero_some(tile_.a, model_.a, 2);
    zero_some(tile_.b, model_.b, 2);
  }

  // Zeros of one side meet the largest numbers of the other; what else there is lies about F bits below what a zero
  // would have, were it to count.
  void zeros_against_large() {
    const bool of_a = draws_.below(2) == 0;
    const int largest = max_exponent(of_a ? model_.b : model_.a) - draws_.below(3);
    const int counted = largest + min_exponent(of_a ? model_.a : model_.b);
    const Windows windows = windows_at(counted - fraction_bits_ + draws_.between(-4, 12), 8);
    fill(tile_.a, model_.a, windows.a);
    fill(tile_.b, model_.b, windows.b);
    c_in(windows);
    const std::vector<std::size_t> order = drawn_order();
    for (std::size_t i = 0; i < (order.size() + 2) / 3; ++i) {
      const Exponents large{largest, largest};
      zero_position(of_a ? tile_.a : tile_.b, order[i], of_a ? model_.a : model_.b);
      fill_position(of_a ? tile_.b : tile_.a, order[i], of_a ? model_.b : model_.a, large);
    }
  }

  void special() {
    if (draws_.below(2) == 0)
      uniform();
    else
      c_in(window(drawn_width()));
    zero_some(tile_.a, model_.a, 10);
    zero_some(tile_.b, model_.b, 10);
    zero_some(tile_.c, result(), 10);
    // Fewer, so that sums without any stay common.
    const int rarity = draws_.below(2) == 0 ? 100 : 400;
    not_numbers(tile_.a, model_.a, rarity);
    not_numbers(tile_.b, model_.b, rarity);
    not_numbers(tile_.c, result(), rarity);
  }

  void not_numbers(Codes codes, const Format& format, int rarity) {
    for (std::uint32_t& code : codes)
      if (draws_.below(rarity) == 0) code = not_a_number(format, draws_.word());
  }

  void powers() {
    const Windows windows = window(drawn_width());
    c_in(windows);
    for (std::uint32_t& code : tile_.a) code &= ~fraction_mask_of(model_.a);
    for (std::uint32_t& code : tile_.b) code &= ~fraction_mask_of(model_.b);
    for (std::uint32_t& code : tile_.c)
      if (draws_.below(4) != 0) code &= ~mantissa_mask(result());
  }
};

std::uint32_t flags_of(std::uint64_t index) noexcept {
  const std::uint32_t without_c = index % 8 == 7 ? kMmaWithoutC : 0;
  return without_c | ((index & 1) != 0 ? kMmaFromRegisters : 0) | ((index & 2) != 0 ? kMmaMinusA : 0) |
         ((index & 4) != 0 ? kMmaMinusB : 0);
}

}  // namespace

MmaTile stress_tile(const MmaModel& model, MmaMix mix, std::uint64_t seed, std::uint64_t index) {
  const std::uint64_t counter = index * kMmaMixNames.size() + static_cast<std::uint64_t>(mix);
  MmaTile tile = Maker(model, MmaDraws(seed, counter)).made(mix);
  if (model.group) tile.flags = flags_of(index);
  return tile;
}

}  // namespace bitgate::compare
