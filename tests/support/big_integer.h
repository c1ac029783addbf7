// Whole numbers of any size with a sign, for tests that need a sum to be exact: a second opinion that shares nothing
// with the code it judges. Schoolbook arithmetic on 32-bit digits.
#pragma once

#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

namespace bitgate::oracle {

class BigInteger {
 public:
  BigInteger() = default;
  // `whole` times 2^shift.
  BigInteger(std::int64_t whole, int shift) : negative_(whole < 0) {
    const std::uint64_t size = whole < 0 ? ~static_cast<std::uint64_t>(whole) + 1 : static_cast<std::uint64_t>(whole);
    digits_.assign(static_cast<std::size_t>(shift / 32) + 3, 0);
    for (int bit = 0; bit < 64; ++bit)
      if ((size >> bit & 1) != 0) {
        const auto place = static_cast<std::size_t>(shift + bit);
        digits_[place / 32] |= 1u << (place % 32);
      }
  }
  // A finite double, in units of 2^-unit; it must be a multiple of that.
  static BigInteger of(double value, int unit) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    const int field = static_cast<int>(bits >> 52 & 0x7FF);
    auto whole = static_cast<std::int64_t>(bits & ((std::uint64_t{1} << 52) - 1));
    if (field != 0) whole |= std::int64_t{1} << 52;
    int shift = (field == 0 ? 1 : field) - 1075 + unit;
    for (; shift < 0; ++shift) whole /= 2;
    return {bits >> 63 != 0 ? -whole : whole, shift};
  }

  BigInteger operator-() const {
    BigInteger result = *this;
    result.negative_ = !negative_;
    return result;
  }
  friend BigInteger operator+(const BigInteger& a, const BigInteger& b) {
    if (a.negative_ == b.negative_) return {a.negative_, added(a.digits_, b.digits_)};
    if (less(a.digits_, b.digits_)) return {b.negative_, taken(b.digits_, a.digits_)};
    return {a.negative_, taken(a.digits_, b.digits_)};
  }
  friend BigInteger operator*(const BigInteger& a, const BigInteger& b) {
    Digits product(a.digits_.size() + b.digits_.size() + 1, 0);
    for (std::size_t i = 0; i < a.digits_.size(); ++i) {
      std::uint64_t carry = 0;
      for (std::size_t j = 0; j <= b.digits_.size(); ++j) {
        const std::uint64_t digit = j < b.digits_.size() ? b.digits_[j] : 0;
        carry += product[i + j] + digit * a.digits_[i];
        product[i + j] = static_cast<std::uint32_t>(carry);
        carry >>= 32;
      }
    }
    return {a.negative_ != b.negative_, std::move(product)};
  }
  // Of the magnitudes.
  friend bool not_above(const BigInteger& a, const BigInteger& b) { return !less(b.digits_, a.digits_); }
  bool is_zero() const { return !less({}, digits_); }

 private:
  using Digits = std::vector<std::uint32_t>;
  BigInteger(bool negative, Digits digits) : negative_(negative), digits_(std::move(digits)) {}

  static std::uint32_t digit(const Digits& digits, std::size_t i) { return i < digits.size() ? digits[i] : 0; }
  static std::size_t longer(const Digits& a, const Digits& b) { return a.size() > b.size() ? a.size() : b.size(); }
  static bool less(const Digits& a, const Digits& b) {
    for (std::size_t i = longer(a, b); i-- > 0;)
      if (digit(a, i) != digit(b, i)) return digit(a, i) < digit(b, i);
    return false;
  }
  static Digits added(const Digits& a, const Digits& b) {
    Digits sum(longer(a, b) + 1);
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < sum.size(); ++i) {
      carry += std::uint64_t{digit(a, i)} + digit(b, i);
      sum[i] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    return sum;
  }
  static Digits taken(const Digits& a, const Digits& b) {
    Digits rest(longer(a, b));
    std::int64_t borrow = 0;
    for (std::size_t i = 0; i < rest.size(); ++i) {
      const std::int64_t difference = std::int64_t{digit(a, i)} - digit(b, i) + borrow;
      rest[i] = static_cast<std::uint32_t>(difference);
      borrow = difference < 0 ? -1 : 0;
    }
    return rest;
  }

  bool negative_ = false;
  Digits digits_;
};

}  // namespace bitgate::oracle
