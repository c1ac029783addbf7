// What two rules make of every 16-bit element under a pair of multipliers: compared by bisection, since the elements of
// one code are an interval.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "bitgate/compare/choices.h"
#include "bitgate/compare/equivalence_facts.h"
#include "bitgate/reference/recipe/element.h"

namespace bitgate::compare::axes {

// The first number of [low, high] at which two step functions differ. `a` and `b` are constant between two numbers of
// one value.
template <class A, class B>
std::optional<std::uint32_t> first_difference(const A& a, const B& b, std::uint32_t low, std::uint32_t high) {
  struct End {
    std::uint32_t at, a, b;
  };
  const auto end = [&](std::uint32_t at) { return End{at, a(at), b(at)}; };
  std::vector<End> ends{end(high)};  // what is left, the nearest last
  End from = end(low);
  while (true) {
    if (from.a != from.b) return from.at;
    const End& to = ends.back();
    const bool constant = from.a == to.a && from.b == to.b;
    if (!constant && to.at - from.at > 1) {
      ends.push_back(end(from.at + (to.at - from.at) / 2));
      continue;
    }
    from = to;
    ends.pop_back();
    if (ends.empty()) return from.a != from.b ? std::optional(from.at) : std::nullopt;
  }
}

// What the two make of an element under one pair of multipliers.
class Elements {
 public:
  Elements(const Recipe& recipe, const Rules& b, InputType type)
      : a_(recipe.rules),
        b_(b),
        type_(type),
        infinity_(infinity_code(format_of(type))),
        sign_(sign_mask(format_of(type))),
        nan_(!meets_no_nan_operand(recipe)),
        has_infinity_(recipe.accepts.infinity || a_.fusion != Fusion::kNone || a_.transform != Transform::kNone),
        one_machine_(a_.machine == b.machine),
        one_product_(a_.element.product == b.element.product &&
                     (one_machine_ || between_machines_that_keep_subnormals(a_, b))) {
    const ElementRule& x = a_.element;
    const ElementRule& y = b.element;
    one_code_ = x.clamp == y.clamp && x.clamp_nan == y.clamp_nan && x.encode == y.encode && x.scaled == y.scaled;
    if (one_product_) alike_ = one_code_ ? kLargestProduct : alike_products();
  }

  std::uint32_t last() const noexcept { return has_infinity_ ? infinity_ : infinity_ - 1; }
  bool holds_nan() const noexcept { return nan_; }

  // Of every element of magnitude at most `most`, and every NaN. `numbers`: false where all elements are NaN.
  bool agree(const Multiplier& a, const Multiplier& b, std::uint32_t most, bool numbers = true) const {
    const bool one = is_one(a, b);
    if (one && one_machine_ && one_code_) return true;
    if (nan_ && !is_tried_by_nan(a, b))
      for (std::uint32_t bits = infinity_ + 1; bits < sign_; ++bits)
        if (!both_agree(a, b, bits)) return false;
    if (!numbers) return true;
    if (!both_agree(a, b, 0) || (most == infinity_ && !both_agree(a, b, infinity_))) return false;
    const std::uint32_t largest = most < infinity_ ? most : infinity_ - 1;
    const std::uint32_t first = one ? first_beyond(a, largest) : 1;
    if (first > largest || is_tried_in_another_binade(a, b, most)) return true;
    for (const std::uint32_t sign : {0u, sign_}) {
      const auto of_a = [&](std::uint32_t bits) { return code(a_, a, bits | sign); };
      const auto of_b = [&](std::uint32_t bits) { return code(b_, b, bits | sign); };
      if (first_difference(of_a, of_b, first, largest)) return false;
    }
    return true;
  }

 private:
  static constexpr std::uint32_t kLargestProduct = 0x7F7FFFFFu;

  // Every element has one product by the two, but for which NaN a machine makes.
  bool is_one(const Multiplier& a, const Multiplier& b) const noexcept {
    const bool zero = a.value == 0.0f;
    const auto ieee = [](Divide divide) { return divide == Divide::kIeee || divide == Divide::kIeeeOrZero; };
    const Divide of_a = a_.element.divide, of_b = b_.element.divide;
    const bool divides_alike = !a.divides || of_a == of_b || (ieee(of_a) && ieee(of_b) && !zero);
    return one_product_ && divides_alike && a.divides == b.divides && a.all_zero == b.all_zero &&
           std::bit_cast<std::uint32_t>(a.value) == std::bit_cast<std::uint32_t>(b.value);
  }
  bool both_agree(const Multiplier& a, const Multiplier& b, std::uint32_t bits) const noexcept {
    const auto same = [&](std::uint32_t x) { return code(a_, a, x) == code(b_, b, x); };
    return same(bits) && same(bits | sign_);
  }

  // What a product far below half of the smallest element leaves is a zero of its sign. A divisor divides, or its
  // reciprocal multiplies.
  static bool shows_no_tiny_product(const Rules& r, const Multiplier& m) noexcept {
    const Divide divide = r.element.divide;
    const ElementEncode encode = r.element.encode;
    const bool quotient =
        r.element.product == Product::kRounded && (divide == Divide::kIeee || divide == Divide::kTimesApproxReciprocal);
    return (!m.divides || quotient) &&
           (encode == ElementEncode::kCvt || encode == ElementEncode::kTorchCast ||
            encode == ElementEncode::kCvtThroughBf16 || encode == ElementEncode::kCvtNanSign);
  }
  static Multiplier as_applied(const Rules& r, const Multiplier& m) noexcept {
    const bool by_mufu = m.divides && r.element.divide == Divide::kTimesApproxReciprocal;
    return by_mufu ? Multiplier{rcp_approx_ftz(m.value)} : m;
  }

  // A block's elements and amax are a power of two times those of a larger block that was tried, and both multipliers
  // that power smaller there: the products are the same, but for those far below half of the smallest element.
  bool is_tried_in_another_binade(const Multiplier& a, const Multiplier& b, std::uint32_t most) const {
    const float amax = value_of(type_, most);
    const auto kept = [](float x) { return x >= 0x1p-90f && x <= 0x1p90f; };
    if (!shows_no_tiny_product(a_, a) || !shows_no_tiny_product(b_, b)) return false;
    const Multiplier of_a = as_applied(a_, a), of_b = as_applied(b_, b);
    if (!kept(amax) || !kept(of_a.value) || !kept(of_b.value)) return false;
    const int exponent = std::ilogb(amax);
    const auto of_one = [&](const Multiplier& m) { return std::ldexp(m.value, m.divides ? -exponent : exponent); };
    const std::pair pair{of_one(of_a), of_one(of_b)};
    const auto [at, first] = tried_.try_emplace(std::ldexp(amax, -exponent), pair);
    if (first) return false;
    const bool same = at->second == pair;
    at->second = pair;
    return same;
  }

  // What a NaN becomes by a number depends on whether that is zero, finite or infinite.
  bool is_tried_by_nan(const Multiplier& a, const Multiplier& b) const {
    const auto kind = [](const Multiplier& m) {
      const unsigned size = m.value == 0.0f ? 0 : magnitude(m.value) <= std::numeric_limits<float>::max() ? 1 : 2;
      return size * 8 + (m.value < 0.0f ? 4 : 0) + (m.divides ? 2 : 0) + (m.all_zero ? 1 : 0);
    };
    if (std::isnan(a.value) || std::isnan(b.value)) return false;
    return !tried_by_nan_.insert(kind(a) * 32 + kind(b)).second;
  }

  std::uint32_t code(const Rules& r, const Multiplier& m, std::uint32_t bits) const noexcept {
    if (m.all_zero) return 0;
    return encode_element(r, scale_element(r, m, value_of(type_, bits), type_));
  }
  // By the plain product: of a fused one that underflows -0 is left too.
  static std::uint32_t code_of_product(const Rules& r, InputType type, std::uint32_t bits) noexcept {
    Rules plain = r;
    plain.element.product = Product::kRounded;
    return encode_element(plain, scale_element(plain, {1.0f}, std::bit_cast<float>(bits), type));
  }

  // The bits of the largest product up to which both give one code, of either sign; 0: none.
  std::uint32_t alike_products() const {
    constexpr std::uint32_t kSign = 0x80000000u, kMost = kLargestProduct;
    std::uint32_t alike = kMost;
    for (const std::uint32_t sign : {0u, kSign}) {
      const auto of_a = [&](std::uint32_t bits) { return code_of_product(a_, type_, bits | sign); };
      const auto of_b = [&](std::uint32_t bits) { return code_of_product(b_, type_, bits | sign); };
      if (of_a(0) != of_b(0)) return 0;
      if (const auto differs = first_difference(of_a, of_b, 1, kMost)) alike = std::min(alike, *differs - 1);
    }
    return alike;
  }

  // The first element up to `largest` whose product exceeds those; `largest` + 1 where none does.
  std::uint32_t first_beyond(const Multiplier& m, std::uint32_t largest) const noexcept {
    if (!(m.value > 0.0f && m.value <= std::numeric_limits<float>::max()) || alike_ == 0) return 1;
    Rules bare = a_;
    bare.element.clamp = 0.0f;
    bare.element.scaled = Intermediate::kBinary32;
    const float most = std::bit_cast<float>(alike_);
    const auto beyond = [&](std::uint32_t bits) { return scale_element(bare, m, value_of(type_, bits)) > most; };
    if (largest == 0 || alike_ == kLargestProduct || !beyond(largest)) return largest + 1;
    std::uint32_t within = 0, above = largest;
    while (above - within > 1) {
      const std::uint32_t middle = within + (above - within) / 2;
      (beyond(middle) ? above : within) = middle;
    }
    return above;
  }

  const Rules& a_;
  const Rules& b_;
  InputType type_;
  std::uint32_t infinity_, sign_;
  bool nan_, has_infinity_, one_machine_, one_product_, one_code_ = false;
  std::uint32_t alike_ = 0;
  mutable std::set<unsigned> tried_by_nan_;
  mutable std::map<float, std::pair<float, float>> tried_;
};

}  // namespace bitgate::compare::axes
