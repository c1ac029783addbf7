// What the kinds of random dot products (mma_stress.h) are made of: windows of exponents, positions of k that all rows
// of a tile share, and single draws.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "bitgate/compare/mma_codes.h"
#include "bitgate/compare/mma_draws.h"
#include "bitgate/compare/mma_model.h"

namespace bitgate::compare {

class MmaTileMaker {
 protected:
  using Codes = std::span<std::uint32_t>;

  // Exponents low .. high of what is drawn, both ends included.
  struct Exponents {
    int low = 0, high = 0;
  };

  // Of products: the windows of A and of B add up to it.
  struct Windows {
    Exponents a, b;
    int low() const noexcept { return a.low + b.low; }
    int high() const noexcept { return a.high + b.high; }
  };

  MmaTileMaker(const MmaModel& model, MmaDraws draws)
      : model_(model), fraction_bits_(instruction_of(model).fraction_bits), draws_(draws), tile_(empty_tile(model)) {}

  const Format& result() const noexcept { return result_format(model_); }

  // 0, 2, 6, 12, F - 2 .. F + 4.
  int drawn_width() {
    constexpr std::array kFixed{0, 2, 6, 12};
    const int choice = draws_.below(11);
    return choice < 4 ? kFixed[static_cast<std::size_t>(choice)] : fraction_bits_ - 6 + choice;
  }

  // As near to [low, high] as the format's normal numbers allow.
  static Exponents within(const Format& format, int low, int high) noexcept {
    return {std::clamp(low, min_exponent(format), max_exponent(format)),
            std::clamp(high, min_exponent(format), max_exponent(format))};
  }

  // One draw a statement: the order of arguments is not the language's.
  std::uint32_t drawn(const Format& format, Exponents exponents) {
    const bool negative = draws_.below(2) != 0;
    const int exponent = draws_.between(exponents.low, exponents.high);
    return number(format, negative, exponent, draws_.word());
  }

  // Products of exponents width apart, the largest `top`.
  Windows windows_at(int top, int width) {
    const int of_a = width / 2, shift = draws_.between(-3, 3);
    const int top_a = std::clamp(top / 2 + shift, min_exponent(model_.a), max_exponent(model_.a));
    const int top_b = std::clamp(top - top_a, min_exponent(model_.b), max_exponent(model_.b));
    return {within(model_.a, top_a - of_a, top_a), within(model_.b, top_b - (width - of_a), top_b)};
  }

  void fill(Codes codes, const Format& format, Exponents exponents) {
    for (std::uint32_t& code : codes) code = drawn(format, exponents);
  }

  // Fills A and B; C stays 0.
  Windows window(int width) {
    const int reach = std::min(max_exponent(model_.a), 40) + std::min(max_exponent(model_.b), 40);
    const Windows windows = windows_at(draws_.between(-reach / 2, std::min(reach, max_exponent(result()) - 8)), width);
    fill(tile_.a, model_.a, windows.a);
    fill(tile_.b, model_.b, windows.b);
    return windows;
  }

  void c_in(const Windows& windows) {
    const Exponents near = within(result(), windows.low() - 2, windows.high() + 2);
    fill(tile_.c, result(), near);
  }

  std::vector<std::size_t> drawn_order() {
    std::vector<std::size_t> order(static_cast<std::size_t>(model_.k));
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    for (std::size_t i = order.size() - 1; i > 0; --i)
      std::swap(order[i], order[static_cast<std::size_t>(draws_.below(static_cast<int>(i) + 1))]);
    return order;
  }

  // One k of all rows.
  void fill_position(Codes codes, std::size_t position, const Format& format, Exponents exponents) {
    const std::size_t k = static_cast<std::size_t>(model_.k);
    for (std::size_t row = 0; row < kMmaRows; ++row) fill(codes.subspan(row * k + position, 1), format, exponents);
  }
  void zero_position(Codes codes, std::size_t position, const Format& format) {
    const std::size_t k = static_cast<std::size_t>(model_.k);
    for (std::size_t row = 0; row < kMmaRows; ++row) codes[row * k + position] &= sign_mask_of(format);
  }

  // One k of all rows: products +-2^exponent, of normal numbers where there are some, else of subnormal ones.
  void power_position(std::size_t position, int exponent) {
    int low = 0, high = -1;
    for (const bool subnormal : {false, true}) {
      if (low <= high) break;
      const int below_a = subnormal ? model_.a.mantissa_bits : 0, below_b = subnormal ? model_.b.mantissa_bits : 0;
      low = std::max(min_exponent(model_.a) - below_a, exponent - max_exponent(model_.b));
      high = std::min(max_exponent(model_.a), exponent - min_exponent(model_.b) + below_b);
    }
    if (low > high) return;
    const int of_a = draws_.between(low, high);
    const std::size_t k = static_cast<std::size_t>(model_.k);
    for (std::size_t row = 0; row < kMmaRows; ++row) {
      tile_.a[row * k + position] = number(model_.a, draws_.below(2) != 0, of_a, 0);
      tile_.b[row * k + position] = number(model_.b, draws_.below(2) != 0, exponent - of_a, 0);
    }
  }

  // One in `of`, of either sign.
  void zero_some(Codes codes, const Format& format, int of) {
    for (std::uint32_t& code : codes)
      if (draws_.below(of) == 0) code &= sign_mask_of(format);
  }

  const MmaModel& model_;
  int fraction_bits_;
  MmaDraws draws_;
  MmaTile tile_;
};

}  // namespace bitgate::compare
