// Faults of a compiler, or of one who writes its output by hand: a bit-cast that became a value cast, an unpack that
// loses a nibble, an intermediate in bf16, the saturating clamp left out.
#include "bitgate/compare/fault_groups.h"

namespace bitgate::compare {
namespace {

using namespace fault;

// uint8(scale) where the bits of the scale were meant.
void value_cast(const FaultContext&, QuantizedTensor& t) {
  for (std::size_t i = 0; i < scale_count(t.scales); ++i) {
    const double value = decode(t.scheme.scale, scale_bits(t.scales, i));
    const double whole = value < 255.0 ? value : 255.0;
    set_scale_bits(t.scales, i, whole > 0.0 ? static_cast<std::uint32_t>(whole) : 0u);
  }
}

void nibble_lost(const FaultContext&, QuantizedTensor& t) {
  for (std::size_t i = 1; i < t.codes.size(); i += 2) t.codes[i] = 0;
}

void bf16_between(const FaultContext& at, QuantizedTensor& t) {
  const std::vector<double> clean = scaled(at.operand, t);
  std::vector<double> over = clean;
  for (double& value : over) value = decode(kBf16, encode(kBf16, static_cast<float>(value), kCvtRnInf));
  encode_changed(clean, over, kCvtRnSatfinite, t);
}

// What lies beyond the largest element becomes NaN, or in a format without one wraps to the smallest code of its sign.
void clamp_left_out(const FaultContext& at, QuantizedTensor& t) {
  const Format& element = t.scheme.element;
  const std::vector<double> over = scaled(at.operand, t);
  for (std::size_t i = 0; i < over.size(); ++i) {
    if (!(std::fabs(over[i]) > max_finite(element))) continue;
    const std::uint32_t sign = t.codes[i] & sign_mask(element);
    t.codes[i] = static_cast<std::uint8_t>(sign | (element.top == TopCodes::kFinite ? 0u : magnitude_mask(element)));
  }
}

// A scale that is rounded up leaves nothing beyond the largest element.
bool can_saturate(const reference::Recipe& r) noexcept {
  const reference::ScaleForm form = r.rules.block.form;
  return has_float_elements(r) && form != reference::ScaleForm::kExponentRoundUp &&
         form != reference::ScaleForm::kExponentCeil;
}

}  // namespace

std::vector<Fault> lowering_faults() {
  constexpr FaultGroup kGroup = FaultGroup::kLowering;
  constexpr std::string_view kSource = "the compiled MXFP8 capture, data/README.md";
  return {
      {"value-cast", kGroup, "the scale's value is stored in place of its bits", kSource, has_byte_scales, value_cast},
      {"nibble-lost", kGroup, "the second code of each byte is lost", kSource, has_nibbles, nibble_lost},
      {"bf16-between", kGroup, "the scaled element is rounded to bf16 first", kSource, rounds_to_nearest, bf16_between},
      {"clamp-left-out", kGroup, "the saturating clamp is left out", kSource, can_saturate, clamp_left_out},
  };
}

}  // namespace bitgate::compare
