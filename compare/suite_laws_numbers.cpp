#include <algorithm>
#include <bit>

#include "bitgate/compare/choices.h"
#include "bitgate/compare/suite_laws.h"
#include "bitgate/compare/suite_operand.h"

namespace bitgate::compare::law {
namespace {

using reference::Recipe;

constexpr int kLog2 = 3;

Operand mapped(const Operand& operand, const std::function<std::uint32_t(std::uint32_t)>& change) {
  Operand to = operand;
  std::transform(operand.bits.begin(), operand.bits.end(), to.bits.begin(), change);
  return to;
}

Extent several_units(const SuiteScope& scope) {
  const Extent unit = unit_of(scope);
  return {4 * unit.rows, 3 * unit.cols};
}

// A float's code after a multiplication by 2^kLog2; zeros stay. Only for normal numbers far from the largest.
std::uint32_t raised(const Format& format, std::uint32_t bits) noexcept {
  if (!format.has_zero) return bits + kLog2;
  if ((bits & ~sign_mask(format)) == 0) return bits;
  return bits + (std::uint32_t{kLog2} << format.mantissa_bits);
}

float raised(float value, bool divides) noexcept {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value), step = std::uint32_t{kLog2} << kFp32.mantissa_bits;
  if ((bits & ~sign_mask(kFp32)) == 0) return value;
  return std::bit_cast<float>(divides ? bits - step : bits + step);
}

// What the answer becomes when the input is multiplied by 2^kLog2: the outermost number takes it all.
QuantizedTensor raised(QuantizedTensor answer) {
  for (float& value : answer.values) value = raised(value, false);
  for (float& number : answer.global) number = raised(number, answer.global_number == GlobalNumber::kDivisor);
  if (!answer.global.empty()) return answer;
  const Scheme& scheme = answer.scheme;
  for (std::size_t i = 0; i < scale_count(answer.scales); ++i)
    set_scale_bits(answer.scales, i, raised(scheme.scale, scale_bits(answer.scales, i)));
  for (std::uint16_t& extra : answer.extras) extra = static_cast<std::uint16_t>(raised(scheme.extra, extra));
  return answer;
}

// The answer of the opposite numbers: the sign of every element, and of every sum.
QuantizedTensor negated(QuantizedTensor answer) {
  const Format& element = answer.scheme.element;
  for (std::uint8_t& code : answer.codes)
    code = static_cast<std::uint8_t>(is_integer(element) ? 0u - code : code ^ sign_mask(element));
  for (std::uint16_t& extra : answer.extras)
    if ((extra & 0x7FFFu) != 0) extra ^= 0x8000u;
  for (float& value : answer.values)
    value = std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) ^ sign_mask(kFp32));
  return answer;
}

// Row `row` of `from`, which has one global, as row `to_row` of a row-scaled answer.
void set_row(const QuantizedTensor& from, std::int64_t row, std::int64_t to_row, QuantizedTensor& to) {
  const std::int64_t cols = to.extent.cols, blocks = blocks_per_row(to.scheme, cols);
  std::copy_n(from.codes.begin() + row * cols, cols, to.codes.begin() + to_row * cols);
  for (std::int64_t i = 0; i < blocks; ++i)
    set_scale_bits(to.scales, static_cast<std::size_t>(to_row * blocks + i),
                   scale_bits(from.scales, static_cast<std::size_t>(row * blocks + i)));
  to.global[static_cast<std::size_t>(to_row)] = from.global.front();
}

struct TensorScaled {
  explicit TensorScaled(const SuiteScope& of) : scope(of) { scope.recipe = tensor_scaled(*of.recipe); }
  QuantizedTensor operator()(const Operand& operand) const {
    return ask_operand(
        scope, [this](const Request& request) { return reference::quantize(*scope.recipe, request); }, operand);
  }
  SuiteScope scope;
};

}  // namespace

const Recipe* tensor_scaled(const Recipe& recipe) noexcept {
  reference::Rules rules = recipe.rules;
  if (rules.scheme == SchemeId::kNvfp4Row)
    rules.scheme = SchemeId::kNvfp4;
  else if (rules.scheme == SchemeId::kNvfp4RowE256)
    rules.scheme = SchemeId::kNvfp4E256;
  else
    return nullptr;
  for (const Recipe& other : reference::catalog())
    if (runs(other) && other.rules == rules && other.storage.random == recipe.storage.random) return &other;
  return nullptr;
}

std::string power_of_two(const SuiteScope& scope, InputType type, const Subject& subject) {
  const Operand operand = normal_operand(scope, type, several_units(scope), 7);
  const Operand larger = mapped(operand, [type](std::uint32_t bits) {
    return bits_of(type, static_cast<double>(value_of(type, bits)) * bitgate::power_of_two(kLog2));
  });
  return difference(raised(ask_operand(scope, subject, operand)), ask_operand(scope, subject, larger));
}

std::string negation(const SuiteScope& scope, InputType type, const Subject& subject) {
  const Operand operand = normal_operand(scope, type, several_units(scope), 8);
  const std::uint32_t sign = sign_mask(format_of(type));
  const Operand opposite = mapped(operand, [sign](std::uint32_t bits) { return bits ^ sign; });
  return difference(negated(ask_operand(scope, subject, operand)), ask_operand(scope, subject, opposite));
}

std::string row_is_a_tensor(const SuiteScope& scope, InputType type, const Subject& subject) {
  const Operand operand = normal_operand(scope, type, several_units(scope), 9);
  const QuantizedTensor rows = ask_operand(scope, subject, operand);
  const TensorScaled tensor(scope);
  QuantizedTensor expected = rows;
  const Extent one{unit_of(tensor.scope).rows, operand.extent.cols};
  for (std::int64_t row = 0; row < operand.extent.rows; ++row)
    set_row(tensor(rearranged(operand, one,
                              [row](std::int64_t, std::int64_t col) {
                                return Extent{row, col};
                              })),
            0, row, expected);
  return difference(expected, rows);
}

std::string equal_row_amaxes(const SuiteScope& scope, InputType type, const Subject& subject) {
  Operand operand = normal_operand(scope, type, several_units(scope), 10);
  for (std::int64_t row = 0; row < operand.extent.rows; ++row)
    operand.bits[static_cast<std::size_t>(row * operand.extent.cols + row % operand.extent.cols)] = bits_of(type, 64.0);
  const QuantizedTensor rows = ask_operand(scope, subject, operand);
  const QuantizedTensor tensor = TensorScaled(scope)(operand);
  QuantizedTensor expected = rows;
  for (std::int64_t row = 0; row < operand.extent.rows; ++row) set_row(tensor, row, row, expected);
  return difference(expected, rows);
}

}  // namespace bitgate::compare::law
