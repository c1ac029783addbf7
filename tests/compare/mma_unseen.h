// Which changes of a matrix instruction's row no operands of its types can show, and why: what is left of a change that
// no probe and no random dot product sees.
#pragma once

#include <string>
#include <string_view>

#include "bitgate/compare/mma_codes.h"
#include "bitgate/compare/mma_fit.h"

namespace bitgate::compare {

class MmaUnseen {
 public:
  MmaUnseen(const MmaModel& model, const MmaFit& fit)
      : model_(model), row_(instruction_of(model)), change_(fit.changes.front()), changed_(fit.row) {}

  // Why; empty: the change can be seen.
  std::string_view why() const {
    if (change_.starts_with("G ")) return group();
    if (change_.find("floor") != std::string::npos)
      return cuts(std::max(row_.exponent_floor, changed_.exponent_floor)) ? "" : "every product is above that grid";
    if (change_.starts_with("zero operands count as")) return wide() ? "" : "every product is above that grid";
    if (change_.starts_with("zero operands"))
      return cuts(zero_with_largest()) ? "" : "every product is above that grid";
    if (change_.starts_with("subnormal"))
      return cuts(subnormal_with_largest()) ? "" : "every product is above that grid";
    if (change_.starts_with("zero C counts as")) return cuts(-126) ? "" : "every product is above that grid";
    if (change_.starts_with("zero C")) return cuts(min_exponent(result())) ? "" : "every product is above that grid";
    if (change_.starts_with("-0")) return by_fp16() ? "the sum starts from +0" : "";
    if (change_.starts_with("a negative underflow")) return underflows() ? "" : "no product is so small";
    if (change_.starts_with("overflow")) return overflow();
    return "";
  }

 private:
  const Format& result() const noexcept { return result_format(model_); }
  bool by_fp16() const noexcept { return row_.order == reference::MmaOrder::kPtxasFp8; }
  bool wide() const noexcept { return model_.a.exponent_bits == 8; }
  static int lowest(const Format& format) noexcept { return min_exponent(format) - format.mantissa_bits; }
  int lowest_product() const noexcept { return lowest(model_.a) + lowest(model_.b); }
  // Whether a grid F bits below this exponent cuts anything.
  bool cuts(int exponent) const noexcept { return exponent - row_.fraction_bits > lowest_product(); }
  // Of a zero operand times the largest.
  int zero_with_largest() const noexcept {
    const int of_a = min_exponent(by_fp16() ? kFp16 : model_.a), of_b = min_exponent(by_fp16() ? kFp16 : model_.b);
    return std::max(of_a + max_exponent(model_.b), of_b + max_exponent(model_.a));
  }
  // Of a subnormal operand times the largest. Subnormal E4M3 numbers are normal FP16 numbers; those of E5M2 are not.
  int subnormal_with_largest() const noexcept {
    int most = kNone;
    if (!by_fp16() || model_.a.exponent_bits == kFp16.exponent_bits)
      most = std::max(most, min_exponent(model_.a) + max_exponent(model_.b));
    if (!by_fp16() || model_.b.exponent_bits == kFp16.exponent_bits)
      most = std::max(most, min_exponent(model_.b) + max_exponent(model_.a));
    return most;
  }
  static constexpr int kNone = -10000;

  std::string_view group() const {
    if (by_fp16()) return "its steps are halves of k";
    return changed_.products >= model_.k ? "it has no more products" : "";
  }
  bool underflows() const {
    const int last = min_exponent(result()) - result().mantissa_bits;
    return model_.half_result ? lowest_product() < last : lowest_product() <= last - 1;
  }
  std::string_view overflow() const {
    if (model_.half_result) return "rounding to nearest overflows to infinity";
    return wide() ? "" : "no product reaches the last place of the largest number";
  }

  const MmaModel& model_;
  const reference::MmaInstruction& row_;
  std::string_view change_;
  const reference::MmaInstruction& changed_;
};

}  // namespace bitgate::compare
