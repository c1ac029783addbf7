// A dot product put together from powers of two: probes say which terms they want, and are dropped where the types of
// an instruction cannot express one.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bitgate/compare/mma_codes.h"
#include "bitgate/compare/mma_probes.h"
#include "bitgate/reference/mma/evaluate.h"

namespace bitgate::compare {

// Exponents of products of two normal numbers.
inline int min_product(const MmaModel& model) noexcept { return min_exponent(model.a) + min_exponent(model.b); }
inline int max_product(const MmaModel& model) noexcept { return max_exponent(model.a) + max_exponent(model.b); }

// F.
inline int kept_fraction_bits(const MmaModel& model) { return instruction_of(model).fraction_bits; }

class MmaDraft {
 public:
  MmaDraft(const MmaModel& model, std::string_view family, std::string text) : model_(&model) {
    probe_.family = family;
    probe_.text = std::move(text);
    probe_.a.resize(static_cast<std::size_t>(model.k));
    probe_.b.resize(static_cast<std::size_t>(model.k));
  }

  // Terms come in the order in which the instruction's steps take them, so that the first ones share a step; after
  // this, one comes at the k given.
  MmaDraft& at(int place) {
    place_ = place;
    return *this;
  }

  // Codes as they are.
  MmaDraft& codes(std::uint32_t a, std::uint32_t b) {
    fits_ = fits_ && (place_ >= 0 || terms_ < model_->k);
    if (!fits_) return *this;
    const int place = place_ >= 0 ? place_ : reference::place_in_order(instruction_of(*model_), terms_++);
    probe_.a[static_cast<std::size_t>(place)] = a;
    probe_.b[static_cast<std::size_t>(place)] = b;
    place_ = -1;
    return *this;
  }

  // +-2^exponent: of normal numbers where there are some, else of subnormal ones.
  MmaDraft& power_of_two(int exponent, bool minus = false) {
    const int middle = std::clamp(exponent / 2, min_exponent(model_->a), max_exponent(model_->a));
    const int other = std::clamp(exponent - middle, min_exponent(model_->b), max_exponent(model_->b));
    int of_a = std::clamp(exponent - other, lowest(model_->a), max_exponent(model_->a));
    int of_b = std::clamp(exponent - of_a, lowest(model_->b), max_exponent(model_->b));
    fits_ = fits_ && of_a + of_b == exponent;
    return codes(number(model_->a, minus, of_a, 0), power(model_->b, of_b));
  }

  // +-significand 2^exponent, the significand in [1, 2) as the bits of A's fraction from the top; A is normal.
  MmaDraft& scaled_power(std::uint32_t fraction, int exponent, bool minus) {
    const int middle = std::clamp(exponent / 2, min_exponent(model_->a), max_exponent(model_->a));
    const int of_b = std::clamp(exponent - middle, lowest(model_->b), max_exponent(model_->b));
    const int of_a = std::clamp(exponent - of_b, min_exponent(model_->a), max_exponent(model_->a));
    fits_ = fits_ && of_a + of_b == exponent;
    return codes(number(model_->a, minus, of_a, fraction), power(model_->b, of_b));
  }

  MmaDraft& c(std::uint32_t bits) {
    probe_.c = bits;
    return *this;
  }
  MmaDraft& c_power(int exponent, bool minus = false) {
    const Format& format = result_format(*model_);
    fits_ = fits_ && exponent <= max_exponent(format) && exponent >= lowest(format);
    probe_.c = number(format, minus, std::clamp(exponent, lowest(format), max_exponent(format)), 0);
    return *this;
  }

  MmaDraft& flags(std::uint32_t flags) {
    probe_.flags = flags;
    return *this;
  }
  MmaDraft& called(std::string text) {
    probe_.text = std::move(text);
    return *this;
  }
  MmaDraft& open(bool is_open = true) {
    probe_.open = is_open;
    return *this;
  }

  bool fits() const noexcept { return fits_; }
  const MmaProbe& probe() const noexcept { return probe_; }
  void into(std::vector<MmaProbe>& probes) const {
    if (fits_) probes.push_back(probe_);
  }

 private:
  // Of a subnormal number.
  static int lowest(const Format& format) noexcept { return min_exponent(format) - format.mantissa_bits; }

  const MmaModel* model_;
  MmaProbe probe_;
  int terms_ = 0, place_ = -1;
  bool fits_ = true;
};

}  // namespace bitgate::compare
