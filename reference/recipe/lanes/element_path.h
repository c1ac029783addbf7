// The element stage of the commonest recipes, made of the same text with constant rules, so that its branches fold
// away. Recipes that are not among them run the text with their own rules.
#pragma once

#include <array>
#include <cstddef>
#include <utility>

#include "bitgate/reference/recipe/block.h"

namespace bitgate::reference {

// Whether flushing an element, or its product, changes no code: of a product below 2^-26 only the sign counts, which
// flushing keeps. A subnormal element has such a product if the multiplier is below 2^100.
constexpr bool flush_is_unseen(const Rules& rules) noexcept {
  const ElementEncode encode = rules.element.encode;
  return rules.machine == Machine::kGpuFtz && !divides(rules.element.multiplier) &&
         scheme_of(rules.scheme).element.bits <= 8 &&
         (encode == ElementEncode::kCvt || encode == ElementEncode::kRoundAwayLowByte);
}
inline constexpr float kUnseenUnder = 0x1p100f;

// Whether the clamp changes no code: at the largest number of a format that saturates there.
constexpr bool clamp_is_unseen(const Rules& rules) noexcept {
  const ElementRule& rule = rules.element;
  const bool saturates = rule.encode == ElementEncode::kCvt || rule.encode == ElementEncode::kComparisons ||
                         rule.encode == ElementEncode::kFloatBits;
  return saturates && rule.clamp_nan == BoundsNan::kPasses &&
         static_cast<double>(rule.clamp) == max_finite(scheme_of(rules.scheme).element);
}

// The part of a recipe's rules that the element stage reads, everything else as it is by default; a flush or clamp that
// is not seen is left out.
constexpr Rules element_rules(const Rules& rules) noexcept {
  Rules part;
  for (const Scheme& scheme : kSchemes)
    if (scheme.element.name == scheme_of(rules.scheme).element.name) {
      part.scheme = scheme.id;
      break;
    }
  part.machine = flush_is_unseen(rules) ? Machine::kGpu : rules.machine;
  part.element = rules.element;
  const bool by_division = divides(rules.element.multiplier);
  part.element.multiplier = by_division ? MultiplierForm::kDivideByScale : MultiplierForm::kReciprocalOfScale;
  if (!by_division) part.element.divide = Divide::kIeee;
  if (clamp_is_unseen(rules)) part.element.clamp = 0.0f;
  part.element.multiplier_ceiling = 0.0f;
  part.element.multiplier_type = MultiplierType::kBinary32;
  part.element.zero_scale = ZeroScale::kAsComputed;
  return part;
}

namespace element_path_detail {

constexpr Rules path(SchemeId scheme, Machine machine, ElementEncode encode, float clamp = 0.0f,
                     BoundsNan clamp_nan = BoundsNan::kPasses) noexcept {
  Rules rules;
  rules.scheme = scheme;
  rules.machine = machine;
  rules.element.encode = encode;
  rules.element.clamp = clamp;
  rules.element.clamp_nan = clamp_nan;
  return element_rules(rules);
}
constexpr Rules fused_add_zero(Rules rules) noexcept {
  rules.element.product = Product::kFusedAddZero;
  return rules;
}
constexpr Rules by_division(Rules rules) noexcept {
  rules.element.multiplier = MultiplierForm::kDivideByScale;
  return rules;
}

// Most recipes first (399 recipes; tests/reference/lanes_test.cpp counts those that have no path).
inline constexpr std::array kPaths = [] {
  using enum SchemeId;
  using enum ElementEncode;
  constexpr Machine kGpu = Machine::kGpu, kX86 = Machine::kX86;
  return std::array{
      path(kNvfp4, kGpu, kCvt),
      path(kMxfp8E4m3, kGpu, kCvt),
      path(kMxfp8E5m2, kGpu, kCvt),
      path(kMxfp8E4m3, kGpu, kTorchCast),
      path(kMxfp8E4m3, kGpu, kCvt, 448.0f, BoundsNan::kCeiling),
      path(kMxfp8E4m3, kGpu, kCvt, 448.0f, BoundsNan::kFloor),
      path(kNvfp4, kGpu, kComparisons, 6.0f),
      path(kQ8_1, kGpu, kRoundAwayLowByte),
      path(kMxfp8E5m2, kGpu, kTorchCast),
      path(kMxfp6E2m3, kGpu, kFloatBits),
      path(kMxfp6E3m2, kGpu, kFloatBits),
      path(kMxfp6E2m3, kGpu, kCvt),
      path(kMxfp6E3m2, kGpu, kCvt),
      path(kNvfp4, kGpu, kFloatBits),
      path(kNvfp4, kX86, kFloatBits, 6.0f),
      by_division(path(kNvfp4, kGpu, kFloatBits, 6.0f)),
      path(kNvfp4, kGpu, kStochasticSoft),
      path(kNvfp4, kGpu, kStochasticHw),
      path(kMxfp8E4m3, kGpu, kTorchCast, 448.0f),
      path(kMxfp8E5m2, kGpu, kTorchCast, 57344.0f),
      path(kQ8_1, kX86, kRoundAwayLowByte),
      path(kQ8_1, kX86, kRoundEvenPacked),
      fused_add_zero(path(kNvfp4, kGpu, kCvt)),
  };
}();

}  // namespace element_path_detail

inline constexpr std::size_t kElementPaths = element_path_detail::kPaths.size();

// Which of the paths a recipe's elements take; kElementPaths: none.
constexpr std::size_t element_path_of(const Rules& rules) noexcept {
  const Rules part = element_rules(rules);
  for (std::size_t i = 0; i < kElementPaths; ++i)
    if (element_path_detail::kPaths[i] == part) return i;
  return kElementPaths;
}

// The rules of a path; of none the recipe's own.
template <std::size_t kPath>
[[gnu::always_inline]] constexpr const Rules& rules_of_path(const Rules& own) noexcept {
  if constexpr (kPath < kElementPaths)
    return element_path_detail::kPaths[kPath];
  else
    return own;
}

// Form::of<path>, for each path and for none.
template <class Form>
struct ElementPathTable {
  using Function = decltype(&Form::template of<kElementPaths>);

  template <std::size_t... I>
  static constexpr std::array<Function, kElementPaths + 1> made(std::index_sequence<I...>) noexcept {
    return {&Form::template of<I>...};
  }
  static constexpr std::array<Function, kElementPaths + 1> kFunctions =
      made(std::make_index_sequence<kElementPaths + 1>{});
};

}  // namespace bitgate::reference
