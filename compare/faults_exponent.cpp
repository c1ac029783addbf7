// Public threads on E8M0: its end codes, and the rounding of an amax to a power of two.
#include <algorithm>
#include <cstdlib>
#include <limits>

#include "bitgate/compare/fault_groups.h"

namespace bitgate::compare {
namespace {

using namespace fault;
using reference::ScaleForm;

// Code 0 wherever the scale of an element is `bits`; 0 times an infinity is NaN.
void zero_under_scale(const TypedView& operand, QuantizedTensor& t, std::uint32_t bits) {
  for (std::int64_t row = 0; row < t.extent.rows; ++row)
    for (std::int64_t col = 0; col < t.extent.cols; ++col) {
      if (scale_bits(t.scales, scale_index(t.scheme, t.extent.cols, row, col)) != bits) continue;
      const std::int64_t i = row * t.extent.cols + col;
      t.codes[static_cast<std::size_t>(i)] = std::isinf(element(operand, i)) ? nan_code(t.scheme.element) : 0;
    }
}
void largest_scale_wiped(const FaultContext& at, QuantizedTensor& t) { zero_under_scale(at.operand, t, 254); }
void smallest_scale_wiped(const FaultContext& at, QuantizedTensor& t) { zero_under_scale(at.operand, t, 0); }

void nan_scale_is_largest(const FaultContext&, QuantizedTensor& t) {
  for (std::size_t i = 0; i < scale_count(t.scales); ++i)
    if (scale_bits(t.scales, i) == 0xFF) set_scale_bits(t.scales, i, 0xFE);
}

// All exponents one less, and the codes again: floor where the recipe goes up.
void exponent_down(const FaultContext& at, QuantizedTensor& t) {
  const QuantizedTensor before = t;
  for (std::size_t i = 0; i < scale_count(t.scales); ++i)
    if (const std::uint32_t code = scale_bits(t.scales, i); code > 0 && code < 255)
      set_scale_bits(t.scales, i, code - 1);
  encode_under_new_units(at.operand, before, t);
}

// What the recipe rounds to a power of two: amax over the largest element, or over the power of two at or under it.
double divisor_of(const Recipe& r) noexcept {
  const Format& element = scheme_of(r.rules.scheme).element;
  if (r.rules.block.form == ScaleForm::kExponentRoundUp) return max_finite(element);
  return power_of_two(std::ilogb(max_finite(element)));
}

// Scales whose quotient, as significand in [1, 2), rounds up where `up` says so; the codes follow.
template <class Up>
void exponents_by(const FaultContext& at, QuantizedTensor& t, Up up) {
  const QuantizedTensor before = t;
  const std::vector<double> amax = block_amax(at.operand, t);
  for (std::size_t i = 0; i < amax.size(); ++i) {
    const double quotient = amax[i] / divisor_of(at.recipe);
    const std::uint32_t code = scale_bits(t.scales, i);
    if (!(quotient > 0.0) || std::isinf(quotient) || code == 0xFF) continue;
    const int exponent = std::ilogb(quotient);
    const int wanted = exponent + t.scheme.scale.bias + (up(std::scalbn(quotient, -exponent)) ? 1 : 0);
    if (std::abs(wanted - static_cast<int>(code)) == 1 && wanted >= 0 && wanted < 255)
      set_scale_bits(t.scales, i, static_cast<std::uint32_t>(wanted));
  }
  encode_under_new_units(at.operand, before, t);
}

void exponent_to_nearest(const FaultContext& at, QuantizedTensor& t) {
  exponents_by(at, t, [](double significand) { return significand >= 1.5; });
}
void exponent_up(const FaultContext& at, QuantizedTensor& t) {
  exponents_by(at, t, [](double significand) { return significand > 1.0; });
}

bool is_plain(const Recipe& r) noexcept { return r.rules.special.kind == reference::Special::kNone; }
bool goes_up(const Recipe& r) noexcept {
  return has_e8m0_scales(r) && is_plain(r) &&
         (r.rules.block.form == ScaleForm::kExponentRoundUp || r.rules.block.form == ScaleForm::kExponentCeil);
}
bool goes_down(const Recipe& r) noexcept { return has_e8m0_scales(r) && is_plain(r) && !goes_up(r); }
// Made from the operand's maximum; FlashInfer's CuTe norm multiplies it by the row's factor behind.
bool rounds_exponent(const Recipe& r) noexcept {
  return (goes_up(r) || goes_down(r)) && r.rules.fusion != reference::Fusion::kRmsNormCute;
}

std::string_view no_largest_scale(const Recipe& r) {
  return block_with_scale(r, 254, Codes::kNotZero) ? "" : "no code but 0 stands under scale code 254";
}
std::string_view no_smallest_scale(const Recipe& r) {
  return block_with_scale(r, 0, Codes::kNotZero) ? "" : "no code but 0 stands under scale code 0";
}
std::string_view no_nan_scale(const Recipe& r) {
  return block_with_scale(r, 255, Codes::kAny) ? "" : "no input has scale code 255";
}

}  // namespace

std::vector<Fault> exponent_faults() {
  constexpr FaultGroup kGroup = FaultGroup::kField;
  return {
      {"e8m0-254-wiped", kGroup, "the reciprocal of scale code 254 is built as 0",
       "flashinfer-ai/flashinfer#4023, NVIDIA/TransformerEngine#2407", has_e8m0_scales, largest_scale_wiped, nullptr,
       nullptr, no_largest_scale},
      {"e8m0-0-wiped", kGroup, "scale code 0 counts as 0 and wipes its block", "NVIDIA/TransformerEngine#3262",
       has_e8m0_scales, smallest_scale_wiped, nullptr, nullptr, no_smallest_scale},
      {"e8m0-255-is-254", kGroup, "the NaN scale becomes the largest", "NVIDIA/TransformerEngine#3262", has_e8m0_scales,
       nan_scale_is_largest, nullptr, nullptr, no_nan_scale},
      {"exponent-floor-for-ceil", kGroup, "the scale's exponent is rounded down in place of up", "ROCm/aiter#3212",
       goes_up, exponent_down},
      {"exponent-up", kGroup, "the scale's exponent is rounded up in place of down", "ROCm/aiter#3212", goes_down,
       exponent_up},
      {"exponent-nearest", kGroup, "the scale's exponent is rounded to nearest",
       "ml-explore/mlx#4353, jax-ml/ml_dtypes#298, vllm-project/vllm#43557", rounds_exponent, exponent_to_nearest},
  };
}

}  // namespace bitgate::compare
