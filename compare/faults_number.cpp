// Public threads on scales that are zero, subnormal, infinite or NaN, and on the number of the whole tensor.
#include <algorithm>
#include <bit>
#include <limits>

#include "bitgate/compare/fault_groups.h"

namespace bitgate::compare {
namespace {

using namespace fault;

void replace_scale(QuantizedTensor& t, std::uint32_t from, std::uint32_t to) {
  for (std::size_t i = 0; i < scale_count(t.scales); ++i)
    if (scale_bits(t.scales, i) == from) set_scale_bits(t.scales, i, to);
}
void zero_scale_is_nan(const FaultContext&, QuantizedTensor& t) { replace_scale(t, 0, 0x7F); }
void zero_scale_is_one(const FaultContext&, QuantizedTensor& t) { replace_scale(t, 0, 0x38); }

// Calls back with each element and the number of its scale.
template <class Element>
void each_element(const QuantizedTensor& t, Element element) {
  for (std::int64_t row = 0; row < t.extent.rows; ++row)
    for (std::int64_t col = 0; col < t.extent.cols; ++col)
      element(static_cast<std::size_t>(row * t.extent.cols + col), scale_index(t.scheme, t.extent.cols, row, col));
}

// x / 0: 0/0 is NaN, and what else saturates.
std::uint8_t over_zero(const Format& element, float x) noexcept {
  if (x == 0.0f || std::isnan(x)) return nan_code(element);
  const std::uint32_t sign = std::signbit(x) ? sign_mask(element) : 0u;
  return static_cast<std::uint8_t>(sign | max_code(element));
}

void zero_scale_divides(const FaultContext& at, QuantizedTensor& t) {
  each_element(t, [&](std::size_t i, std::size_t scale) {
    if (scale_bits(t.scales, scale) != 0) return;
    t.codes[i] = over_zero(t.scheme.element, element(at.operand, static_cast<std::int64_t>(i)));
  });
}

// The clamp of another recipe: no scale under the smallest normal E4M3.
void scale_clamped(const FaultContext& at, QuantizedTensor& t) {
  const QuantizedTensor before = t;
  const std::uint32_t least = 1u << t.scheme.scale.mantissa_bits;
  for (std::size_t i = 0; i < scale_count(t.scales); ++i)
    if (scale_bits(t.scales, i) < least) set_scale_bits(t.scales, i, least);
  encode_under_new_units(at.operand, before, t);
}

bool is_subnormal(std::uint32_t binary32) noexcept { return binary32 != 0 && binary32 < 0x00800000u; }

// The encode scale of a tiny amax is let overflow: its reciprocal is 0.
void encode_scale_infinite(const FaultContext& at, QuantizedTensor& t) {
  each_element(t, [&](std::size_t i, std::size_t scale) {
    if (is_subnormal(scale_bits(t.scales, scale)))
      t.codes[i] = over_zero(t.scheme.element, element(at.operand, static_cast<std::int64_t>(i)));
  });
  for (std::size_t i = 0; i < scale_count(t.scales); ++i)
    if (is_subnormal(scale_bits(t.scales, i))) set_scale_bits(t.scales, i, 0);
}

// 2^-127 is 0x00400000: packed as four exponents in a word, its mantissa bit lands in the exponent before it.
void packing_pollutes(const FaultContext&, QuantizedTensor& t) {
  for (std::size_t i = 1; i < scale_count(t.scales); ++i)
    if (i % 4 != 0 && scale_bits(t.scales, i) == 0x00400000u)
      set_scale_bits(t.scales, i - 1, scale_bits(t.scales, i - 1) | 0x40000000u);
}

bool divides_by_amax(const Recipe& r) noexcept { return r.rules.block.form == reference::ScaleForm::kFp8; }
bool packs_exponents(const Recipe& r) noexcept {
  return divides_by_amax(r) && r.rules.block.shape == reference::ScaleShape::kPowerOfTwo && has_row_blocks(r);
}

// A stored amax is no quotient: it has nothing that a zero makes infinite. A divisor of zeros is infinite by itself.
bool stores_quotient(const Recipe& r) noexcept {
  const GlobalNumber number = r.storage.global_number;
  return has_global(r) && number != GlobalNumber::kAmax && number != GlobalNumber::kDivisor;
}

void infinite_global(const FaultContext& at, QuantizedTensor& t) {
  const std::int64_t cols = t.extent.cols;
  for (std::size_t i = 0; i < t.global.size(); ++i) {
    const bool of_row = t.scheme.global == GlobalAxis::kRow;
    const std::int64_t first = of_row ? static_cast<std::int64_t>(i) * cols : 0;
    const std::int64_t last = of_row ? first + cols : count(t.extent);
    bool zero = true;
    for (std::int64_t at_element = first; at_element < last; ++at_element)
      zero = zero && element(at.operand, at_element) == 0.0f;
    if (zero) t.global[i] = std::numeric_limits<float>::infinity();
  }
}

// What one convention multiplies by, another divides by; of a stored amax, the encode scale stands in its place.
void other_convention(const FaultContext&, QuantizedTensor& t) {
  const float over = t.global_number == GlobalNumber::kAmax ? t.scheme.amax_over : 1.0f;
  for (float& global : t.global) global = over / global;
}

void first_row_global(const FaultContext&, QuantizedTensor& t) {
  std::fill(t.global.begin(), t.global.end(), t.global.front());
}

// The code of the recipe's own least scale; 0 where it has none (a negative bound is none for a scale).
std::uint32_t least_scale(const Recipe& r) noexcept {
  if (!(r.rules.block.floor > 0.0f)) return 0;
  return encode(scheme_of(r.rules.scheme).scale, r.rules.block.floor, r.rules.block.encode);
}
constexpr std::string_view kClamped = "the recipe's own clamp keeps scales above it";
std::string_view never_zero(const Recipe& r) {
  if (has_e4m3_scales(r) && least_scale(r) > 0) return kClamped;
  if (r.rules.block.on_zero == reference::ZeroBlockScale::kEighthOnceEncoded)
    return "a scale that is zero once encoded is stored as 0.125";
  return has_e8m0_scales(r) && !block_with_scale(r, 0, Codes::kAny) ? "no input has scale code 0" : "";
}
// ModelOpt's table search takes a NaN for the largest code, which the fault gives as well.
std::string_view divides_itself(const Recipe& r) {
  const reference::ElementRule& rule = r.rules.element;
  const bool itself = rule.multiplier == reference::MultiplierForm::kDivideByProduct &&
                      rule.zero_scale == reference::ZeroScale::kAsComputed &&
                      rule.encode == reference::ElementEncode::kTableSearch;
  return itself ? "the recipe itself divides by a scale of zero" : never_zero(r);
}
std::string_view never_subnormal(const Recipe& r) {
  return least_scale(r) >= 1u << scheme_of(r.rules.scheme).scale.mantissa_bits ? kClamped : "";
}

}  // namespace

std::vector<Fault> number_faults() {
  constexpr FaultGroup kGroup = FaultGroup::kField;
  const auto answer = [](auto name, auto sentence, auto source, auto applies, auto in_answer,
                         std::string_view (*no_effect)(const Recipe&) = nullptr) {
    return Fault{name, kGroup, sentence, source, applies, in_answer, nullptr, nullptr, no_effect};
  };
  return {
      answer("zero-block-nan-scale", "a zero block gets the NaN scale", "NVIDIA/Model-Optimizer#1397", has_e4m3_scales,
             zero_scale_is_nan, never_zero),
      answer("zero-block-unit-scale", "a zero block gets scale 1", "pytorch/ao#4598", has_e4m3_scales,
             zero_scale_is_one, never_zero),
      answer("zero-scale-divides", "a scale that underflowed to code 0 divides as zero: 0/0",
             "NVIDIA/Model-Optimizer#1898, vllm-project/vllm#58089", has_byte_scales, zero_scale_divides,
             divides_itself),
      answer("scale-clamped", "scales are clamped to 2^-6, the smallest normal E4M3", "pytorch/ao#4598",
             has_e4m3_scales, scale_clamped, never_subnormal),
      answer("encode-scale-infinite", "the encode scale of a tiny amax is infinite", "ROCm/TransformerEngine#737",
             divides_by_amax, encode_scale_infinite),
      answer("packing-pollutes", "the scale 2^-127 spills into the exponent packed before it",
             "NVIDIA/TransformerEngine#2589", packs_exponents, packing_pollutes),
      answer("global-infinite", "the global of zeros is infinite", "vllm-project/compressed-tensors#595",
             stores_quotient, infinite_global),
      answer("global-inverted", "the global is stored as divisor for multiplier, or the reverse",
             "ggml-org/llama.cpp#22897", has_global, other_convention),
      answer("first-row-global", "every row has the first row's global",
             "per-row against per-tensor amax, users.md 6.1", has_row_globals, first_row_global),
  };
}

}  // namespace bitgate::compare
