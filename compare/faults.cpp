#include "bitgate/compare/faults.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "bitgate/compare/fault_groups.h"
#include "bitgate/reference/fused/te_random.h"

namespace bitgate::compare {

namespace fault {

bool block_with_scale(const Recipe& r, std::uint32_t scale_code, Codes codes) {
  std::vector<float> blocks{0.0f, -0.0f, 0x1.fep127f, 0x1.fffffep127f};
  for (int exponent = -149; exponent <= 127; ++exponent) blocks.push_back(static_cast<float>(power_of_two(exponent)));
  if (r.accepts.infinity) blocks.push_back(std::numeric_limits<float>::infinity());
  if (r.accepts.nan) blocks.push_back(std::numeric_limits<float>::quiet_NaN());
  return std::any_of(blocks.begin(), blocks.end(), [&](float x) {
    const auto answer = reference::quantize_one_block(r.rules, InputType::kF32, std::vector<float>(32, x), 1.0f);
    return answer.scale_bits == scale_code && (codes == Codes::kAny || answer.codes[0] != 0);
  });
}

bool has_power_scales(const Recipe& r) noexcept {
  using reference::ScaleShape;
  const ScaleShape shape = r.rules.block.shape;
  return has_e8m0_scales(r) || shape == ScaleShape::kPowerOfTwo || shape == ScaleShape::kPowerCeil ||
         shape == ScaleShape::kPowerCeilNormal;
}

bool operand_has_input_type(const Recipe& r) noexcept {
  using enum reference::Fusion;
  const reference::Fusion fusion = r.rules.fusion;
  const bool silu = fusion == kSiluFtz || fusion == kSiluApprox || fusion == kSiluIeee || fusion == kSiluRoundedFtz;
  return r.rules.transform == reference::Transform::kNone && (fusion == kNone || silu);
}

bool powers_over_16_bits(const Recipe& r) noexcept {
  return !r.accepts.f32 && has_power_scales(r) && scheme_of(r.rules.scheme).global == GlobalAxis::kNone &&
         r.rules.special.kind == reference::Special::kNone && operand_has_input_type(r);
}

std::vector<double> units(const QuantizedTensor& answer) {
  QuantizedTensor ones = answer;
  const Format& element = answer.scheme.element;
  std::uint32_t one = 1;
  while (one < max_code(element) && decode(element, one) != 1.0) ++one;
  std::fill(ones.codes.begin(), ones.codes.end(), static_cast<std::uint8_t>(one));
  std::vector<double> units(ones.codes.size());
  const auto cols = static_cast<std::size_t>(answer.extent.cols);
  for (std::int64_t row = 0; row < answer.extent.rows; ++row)
    reference::exact_row(ones, row, std::span(units).subspan(static_cast<std::size_t>(row) * cols, cols));
  return units;
}

std::vector<double> scaled(const TypedView& operand, const QuantizedTensor& answer) {
  std::vector<double> over = units(answer);
  for (std::size_t i = 0; i < over.size(); ++i) {
    const double x = static_cast<double>(element(operand, static_cast<std::int64_t>(i)));
    over[i] = over[i] == 0.0 ? 0.0 * x : x / over[i];
  }
  return over;
}

std::vector<double> block_amax(const TypedView& operand, const QuantizedTensor& answer) {
  const Scheme& scheme = answer.scheme;
  const Extent cell = scale_extent(scheme, answer.extent);
  const auto block_of = [&](std::int64_t row, std::int64_t col) {
    const std::int64_t down = scheme.block.rows == 0 ? 0 : row / scheme.block.rows;
    const std::int64_t across = scheme.block.cols == 0 ? 0 : col / scheme.block.cols;
    return static_cast<std::size_t>(down * cells(answer.extent.cols, scheme.block.cols) + across);
  };
  std::vector<double> of_block(static_cast<std::size_t>(count(answer.extent)));
  for (std::int64_t row = 0; row < answer.extent.rows; ++row)
    for (std::int64_t col = 0; col < answer.extent.cols; ++col) {
      double& most = of_block[block_of(row, col)];
      most = std::fmax(most, std::fabs(static_cast<double>(element(operand, row * answer.extent.cols + col))));
    }
  std::vector<double> amax;
  for (std::int64_t row = 0; row < cell.rows; ++row)
    for (std::int64_t col = 0; col < cell.cols; ++col)
      amax.push_back(of_block[block_of(row * scheme.cell.rows, col * scheme.cell.cols)]);
  return amax;
}

namespace {

std::uint8_t code_of(const Format& element, double scaled, const EncodeRule& rule) {
  if (!is_integer(element)) return static_cast<std::uint8_t>(encode(element, static_cast<float>(scaled), rule));
  const double whole = rule.rounding == Rounding::kTowardZero ? std::trunc(scaled) : std::round(scaled);
  const double most = max_finite(element);
  const double kept = std::isnan(whole) ? 0.0 : std::clamp(whole, -most, most);
  return static_cast<std::uint8_t>(static_cast<int>(kept) + element.bias);
}

}  // namespace

void encode_changed(const std::vector<double>& clean, const std::vector<double>& faulty, const EncodeRule& rule,
                    QuantizedTensor& answer) {
  const Format& element = answer.scheme.element;
  for (std::size_t i = 0; i < clean.size(); ++i) {
    const std::uint8_t wrong = code_of(element, faulty[i], rule);
    if (wrong != code_of(element, clean[i], kCvtRnSatfinite)) answer.codes[i] = wrong;
  }
}

void encode_under_new_units(const TypedView& operand, const QuantizedTensor& before, QuantizedTensor& answer) {
  const std::vector<double> was = units(before), is = units(answer), over = scaled(operand, answer);
  for (std::size_t i = 0; i < over.size(); ++i)
    if (std::bit_cast<std::uint64_t>(was[i]) != std::bit_cast<std::uint64_t>(is[i]))
      answer.codes[i] = code_of(answer.scheme.element, over[i], kCvtRnSatfinite);
}

std::uint8_t next_code(const Format& element, std::uint8_t code) noexcept {
  if (is_integer(element)) return static_cast<std::uint8_t>(code == max_code(element) ? code - 1 : code + 1);
  const std::uint32_t size = code & magnitude_mask(element);
  const std::uint32_t sign = code & sign_mask(element);
  return static_cast<std::uint8_t>(sign | (size >= max_code(element) ? size - 1 : size + 1));
}

void step_entry(QuantizedTensor& t, std::size_t i) noexcept {
  if (!t.codes.empty()) t.codes[i] = next_code(t.scheme.element, t.codes[i]);
  if (!t.values.empty()) t.values[i] = std::bit_cast<float>(std::bit_cast<std::uint32_t>(t.values[i]) ^ 1u);
}

std::uint8_t nan_code(const Format& element) noexcept {
  return static_cast<std::uint8_t>(encode(element, std::numeric_limits<float>::quiet_NaN(), kCvtRnSatfinite));
}

}  // namespace fault

namespace {

std::vector<Fault> all_faults() {
  std::vector<Fault> all;
  for (const auto group : {quantizer_faults, stochastic_faults, field_faults, number_faults, exponent_faults,
                           amax_faults, rule_faults, lowering_faults}) {
    const std::vector<Fault> some = group();
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

// The side that the answer's own fields are of.
Direction own_side(const Request& request) noexcept {
  return request.direction == Direction::kColumnwise ? Direction::kColumnwise : Direction::kRowwise;
}

QuantizedTensor ask_with_words(const Fault& fault, const reference::Recipe& recipe, const Subject& subject,
                               const Request& request) {
  reference::TeRandom words;
  if (request.random_bits.empty() && request.random_bits_columnwise.empty()) {
    words = reference::te_random_words(recipe.storage.random, request.input.extent, request.philox);
  } else {
    words.rowwise.assign(request.random_bits.begin(), request.random_bits.end());
    words.columnwise.assign(request.random_bits_columnwise.begin(), request.random_bits_columnwise.end());
  }
  fault.in_words(words.rowwise);
  fault.in_words(words.columnwise);
  Request changed = request;
  changed.random_bits = words.rowwise;
  changed.random_bits_columnwise = words.columnwise;
  return subject(changed);
}

}  // namespace

std::string_view name_of(FaultGroup group) noexcept {
  switch (group) {
    case FaultGroup::kQuantizer: return "quantizer";
    case FaultGroup::kStochastic: return "stochastic";
    case FaultGroup::kField: return "field";
    case FaultGroup::kLowering: return "lowering";
  }
  return "?";
}

std::span<const Fault> faults() noexcept {
  static const std::vector<Fault> all = all_faults();
  return all;
}

std::string_view why_no_effect(const Fault& fault, const reference::Recipe& recipe) {
  return fault.no_effect == nullptr ? std::string_view{} : fault.no_effect(recipe);
}

Subject with_fault(const Fault& fault, const reference::Recipe& recipe, Subject subject) {
  return [&fault, &recipe, subject = std::move(subject)](const Request& request) {
    if (count(request.input.extent) == 0) return subject(request);
    if (fault.in_words != nullptr) return ask_with_words(fault, recipe, subject, request);
    if (fault.around != nullptr) return fault.around(recipe, subject, request);
    QuantizedTensor answer = subject(request);
    const TypedTensor operand = reference::operand(recipe, request, own_side(request));
    fault.in_answer({recipe, request, operand.view()}, answer);
    return answer;
  };
}

}  // namespace bitgate::compare
