#include "bitgate/compare/mma_fit.h"

#include <fmt/format.h>

#include <functional>

#include "bitgate/compare/mma_codes.h"

namespace bitgate::compare {
namespace {

using reference::MmaInstruction;

struct Change {
  std::size_t axis;  // changes of one axis exclude each other
  std::string name;
  std::function<void(MmaInstruction&)> make;
};

class Axes {
 public:
  Axes(const MmaModel& model, const MmaInstruction& row) : row_(row) {
    sizes(model);
    terms();
    results(model);
  }
  const std::vector<Change>& changes() const noexcept { return changes_; }

 private:
  void next() noexcept { ++axis_; }
  void add(std::string name, std::function<void(MmaInstruction&)> make) {
    changes_.push_back({axis_, std::move(name), std::move(make)});
  }
  template <class T>
  void rule(T reference::MmaRules::*member, T value, std::string name) {
    if (row_.rules.*member != value) add(std::move(name), [=](MmaInstruction& row) { row.rules.*member = value; });
  }

  void sizes(const MmaModel& model) {
    for (int f = 10; f <= 40; ++f)
      if (f != row_.fraction_bits)
        add(fmt::format("F {}", f), [=](MmaInstruction& r) { r.fraction_bits = static_cast<std::uint8_t>(f); });
    next();
    for (const int g : {2, 4, 8, 16, 32})
      if (g != row_.products && g <= model.k)
        add(fmt::format("G {}", g), [=](MmaInstruction& r) { r.products = static_cast<std::uint8_t>(g); });
    next();
    const int smallest = min_exponent(result_format(model));
    for (int floor = smallest - 14; floor <= smallest; ++floor)
      if (floor != row_.exponent_floor)
        add(fmt::format("floor {}", floor),
            [=](MmaInstruction& r) { r.exponent_floor = static_cast<std::int16_t>(floor); });
    constexpr int kNone = -10000;
    add("no floor", [](MmaInstruction& r) { r.exponent_floor = kNone; });
    next();
    using reference::MmaOrder;
    for (const auto& [order, name] : {std::pair{MmaOrder::kChain, "one chain"},
                                      std::pair{MmaOrder::kPtxasFp8, "FP8 by 16-bit instructions, C added after"}})
      if (order != row_.order) add(name, [order = order](MmaInstruction& r) { r.order = order; });
    next();
  }

  void terms() {
    using namespace reference;
    rule(&MmaRules::cut, MmaCut::kFloor, "terms cut toward minus infinity");
    next();
    rule(&MmaRules::product_exponent, MmaProductExponent::kOfProduct, "exponents of normalized products");
    next();
    rule(&MmaRules::subnormal, MmaSubnormal::kNormalized, "subnormal operands normalized");
    next();
    rule(&MmaRules::zero_operand, MmaZero::kNominal, "zero operands count, with the smallest exponent");
    rule(&MmaRules::zero_operand, MmaZero::kFp32, "zero operands count as 2^-126");
    next();
    rule(&MmaRules::zero_c, MmaZero::kNominal, "zero C counts, with the smallest exponent");
    rule(&MmaRules::zero_c, MmaZero::kFp32, "zero C counts as 2^-126");
    next();
    rule(&MmaRules::addend, MmaAddend::kAfterwards, "C added afterwards");
    next();
  }

  void results(const MmaModel& model) {
    using namespace reference;
    if (model.half_result)
      rule(&MmaRules::rounding, MmaRounding::kTowardZero, "result toward zero");
    else
      rule(&MmaRules::rounding, MmaRounding::kNearestEven, "result to nearest even");
    next();
    if (!model.half_result) {
      for (const auto& [result, name] : {std::pair{MmaResult::kFp32TowardZero, "23 fraction bits in D"},
                                         std::pair{MmaResult::kE8m13TowardZero, "13 fraction bits in D"}})
        if (result != row_.result) add(name, [result = result](MmaInstruction& r) { r.result = result; });
      next();
    }
    rule(&MmaRules::overflow, MmaOverflow::kLargest, "overflow gives the largest number");
    rule(&MmaRules::overflow, MmaOverflow::kInfinity, "overflow gives infinity");
    next();
    rule(&MmaRules::zero_sign, MmaZeroSign::kMinusIfAllAre, "-0 where all terms are -0");
    rule(&MmaRules::zero_sign, MmaZeroSign::kPlus, "+0 always");
    next();
    rule(&MmaRules::underflow, MmaUnderflow::kMinusZero, "a negative underflow is -0");
    rule(&MmaRules::underflow, MmaUnderflow::kPlusZero, "a negative underflow is +0");
    next();
    if (model.half_result)
      for (const std::uint16_t nan : {std::uint16_t{0x7FFF}, std::uint16_t{0x7E00}, std::uint16_t{0xFE00}})
        rule(&MmaRules::nan_fp16, nan, fmt::format("NaN {:04x}", nan));
    else
      for (const std::uint32_t nan : {0x7FFFFFFFu, 0x7FC00000u, 0xFFC00000u, 0xFFFFFFFFu})
        rule(&MmaRules::nan_fp32, nan, fmt::format("NaN {:08x}", nan));
    next();
    if (low_bits(model.a) == 0) return;
    rule(&MmaRules::tf32_nan_of_register, true, "TF32 NaN in the dropped bits stays NaN");
    rule(&MmaRules::tf32_nan_of_register, false, "TF32 NaN in the dropped bits is infinity");
    next();
  }

  const MmaInstruction& row_;
  std::vector<Change> changes_;
  std::size_t axis_ = 0;
};

bool explains(const MmaModel& model, const MmaInstruction& row, std::span<const MmaCase> cases) {
  for (const MmaCase& one : cases)
    if (result_of(model, row, one) != one.actual) return false;
  return true;
}

// All ways to make `left` further changes of axes from `first` on.
void search(const MmaModel& model, std::span<const MmaCase> cases, std::span<const Change> changes, std::size_t left,
            MmaFit& so_far, std::vector<MmaFit>& found) {
  if (left == 0) {
    if (explains(model, so_far.row, cases)) found.push_back(so_far);
    return;
  }
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const MmaInstruction before = so_far.row;
    changes[i].make(so_far.row);
    so_far.changes.push_back(changes[i].name);
    std::size_t next = i + 1;
    while (next < changes.size() && changes[next].axis == changes[i].axis) ++next;
    search(model, cases, changes.subspan(next), left - 1, so_far, found);
    so_far.changes.pop_back();
    so_far.row = before;
  }
}

}  // namespace

std::uint32_t result_of(const MmaModel& model, const MmaInstruction& row, const MmaCase& one) {
  MmaTile tile = empty_tile(model);
  tile.flags = one.flags;
  tile.diagonal = true;
  tile.asked = 1;
  std::copy(one.a.begin(), one.a.end(), tile.a.begin());
  std::copy(one.b.begin(), one.b.end(), tile.b.begin());
  tile.c[0] = one.c;
  std::uint32_t d = 0;
  mma_expected(model, row, tile, {&d, 1});
  return d;
}

std::vector<MmaFit> changed_rows(const MmaModel& model) {
  const MmaInstruction& row = instruction_of(model);
  const Axes axes(model, row);
  std::vector<MmaFit> rows;
  for (const Change& change : axes.changes()) {
    change.make(rows.emplace_back(MmaFit{{change.name}, row}).row);
  }
  return rows;
}

std::vector<MmaFit> fit_mma(const MmaModel& model, std::span<const MmaCase> cases, std::size_t most_changes) {
  const MmaInstruction& row = instruction_of(model);
  const Axes axes(model, row);
  std::vector<MmaFit> found;
  for (std::size_t count = 0; count <= most_changes && found.empty(); ++count) {
    MmaFit so_far{{}, row};
    search(model, cases, axes.changes(), count, so_far, found);
  }
  return found;
}

}  // namespace bitgate::compare
