// Faults of a compiler, or of one who writes its output by hand: a bit-cast that became a value cast, an unpack that
// loses a nibble, an intermediate in bf16, the saturating clamp left out.
#include <array>
#include <bit>
#include <limits>

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

std::uint32_t beyond_largest(const Format& element) noexcept {
  return element.top == TopCodes::kFinite ? 0u : magnitude_mask(element);
}

// What lies beyond the largest element becomes NaN, or in a format without one wraps to the smallest code of its sign.
void clamp_left_out(const FaultContext& at, QuantizedTensor& t) {
  const Format& element = t.scheme.element;
  const std::vector<double> over = scaled(at.operand, t);
  for (std::size_t i = 0; i < over.size(); ++i) {
    if (!(std::fabs(over[i]) > max_finite(element))) continue;
    const std::uint32_t sign = t.codes[i] & sign_mask(element);
    t.codes[i] = static_cast<std::uint8_t>(sign | beyond_largest(element));
  }
}

// A scale that is rounded up leaves nothing beyond the largest element.
bool can_saturate(const reference::Recipe& r) noexcept {
  const reference::ScaleForm form = r.rules.block.form;
  return has_float_elements(r) && form != reference::ScaleForm::kExponentRoundUp &&
         form != reference::ScaleForm::kExponentCeil;
}

double scale_value(const Scheme& scheme, std::uint32_t bits) noexcept {
  return scheme.scale.bits == 32 ? double{std::bit_cast<float>(bits)} : decode(scheme.scale, bits);
}

// Whether the fault changes the code of x in the block {x, beside}, under the scale that they alone decide. No one
// divides by a scale of 0 here.
bool is_changed(const reference::Recipe& r, InputType type, float x, float beside) {
  const Scheme& scheme = scheme_of(r.rules.scheme);
  const auto answer = reference::quantize_one_block(r.rules, type, std::array{x, beside}, x);
  const double scale = scale_value(scheme, answer.scale_bits);
  if (scale == 0.0 || !(static_cast<double>(x) / scale > max_finite(scheme.element))) return false;
  return answer.codes[0] != beyond_largest(scheme.element);
}
bool beyond(const reference::Recipe& r, InputType type, float amax) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  return is_changed(r, type, amax, 0.0f) || (r.accepts.nan && is_changed(r, type, amax, nan));
}

// Every amax of 16 bits.
bool saturates(const reference::Recipe& r, InputType type) {
  const std::uint32_t last = infinity_code(format_of(type)) - (r.accepts.infinity ? 0 : 1);
  for (std::uint32_t bits = 1; bits <= last; ++bits)
    if (beyond(r, type, widen(type, static_cast<std::uint16_t>(bits)))) return true;
  return false;
}

// Scales that are powers of two grow with amax: of binary32 the largest amax of each is asked.
bool saturates_fp32(const reference::Recipe& r) {
  const auto scale_of = [&](std::uint32_t bits) {
    const std::array block{std::bit_cast<float>(bits), 0.0f};
    return reference::quantize_one_block(r.rules, InputType::kF32, block, block[0]).scale_bits;
  };
  const std::uint32_t last = infinity_code(kFp32) - (r.accepts.infinity ? 0 : 1);
  for (std::uint32_t first = 1; first <= last; ++first) {
    std::uint32_t high = last;
    for (std::uint32_t low = first; low < high;) {  // the last with the scale of `first`
      const std::uint32_t middle = low + (high - low + 1) / 2;
      if (scale_of(middle) == scale_of(first))
        low = middle;
      else
        high = middle - 1;
    }
    first = high;
    if (beyond(r, InputType::kF32, std::bit_cast<float>(first))) return true;
  }
  return false;
}

std::string_view nothing_beyond(const reference::Recipe& r) {
  const bool by_amax = scheme_of(r.rules.scheme).global == GlobalAxis::kNone &&
                       r.rules.special.kind == reference::Special::kNone && operand_has_input_type(r);
  if (!by_amax || (r.accepts.f32 && (!has_power_scales(r) || saturates_fp32(r)))) return "";
  if (r.accepts.bf16 && saturates(r, InputType::kBf16)) return "";
  if (r.accepts.f16 && saturates(r, InputType::kF16)) return "";
  return "no amax lies beyond the largest element under its own scale";
}

std::string_view exact_in_bf16(const reference::Recipe& r) {
  const bool exact = powers_over_16_bits(r) && !r.accepts.f16;
  return exact ? "a bf16 number over a power of two is a bf16 number" : "";
}

}  // namespace

std::vector<Fault> lowering_faults() {
  constexpr FaultGroup kGroup = FaultGroup::kLowering;
  constexpr std::string_view kSource = "the compiled MXFP8 capture, data/README.md";
  return {
      {"value-cast", kGroup, "the scale's value is stored in place of its bits", kSource, has_byte_scales, value_cast},
      {"nibble-lost", kGroup, "the second code of each byte is lost", kSource, has_nibbles, nibble_lost},
      {"bf16-between", kGroup, "the scaled element is rounded to bf16 first", kSource, rounds_once, bf16_between,
       nullptr, nullptr, exact_in_bf16},
      {"clamp-left-out", kGroup, "the saturating clamp is left out", kSource, can_saturate, clamp_left_out, nullptr,
       nullptr, nothing_beyond},
  };
}

}  // namespace bitgate::compare
