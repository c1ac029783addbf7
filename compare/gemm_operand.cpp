#include "bitgate/compare/gemm_operand.h"

#include <fmt/format.h>

#include <algorithm>

#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

using reference::MmaOrder;

int mantissa_bits_of(const Format& format) noexcept {
  return is_integer(format) ? format.fraction_bits : format.mantissa_bits;
}

// The exponent field's, a subnormal's being the smallest normal's; of an integer 0, its codes being whole steps.
int exponent_of(const Format& format, std::uint32_t code) noexcept {
  if (is_integer(format)) return 0;
  const int field = static_cast<int>((code & exponent_mask(format)) >> format.mantissa_bits);
  return (format.has_zero && field == 0 ? 1 : field) - format.bias;
}

void require_size(std::string_view what, std::size_t expected, std::size_t actual) {
  if (expected != actual)
    throw InputError(fmt::format("a product's operand needs {} {}, got {}", expected, what, actual));
}

struct Scales8 {
  Format format;
  std::int64_t block;
  std::span<const std::uint8_t> codes;
};

GemmOperand make_operand(const Extent& extent, int fraction_bits) {
  const auto n = static_cast<std::size_t>(count(extent));
  return {extent, std::vector<double>(n), std::vector<std::int16_t>(n), fraction_bits};
}

void apply(const Scales8& scales, MmaOrder order, GemmOperand& operand) {
  const std::int64_t per_row = ceil_div(operand.extent.cols, scales.block);
  const bool groups = order == MmaOrder::kScaleGroups;
  for (std::int64_t row = 0; row < operand.extent.rows; ++row)
    for (std::int64_t col = 0; col < operand.extent.cols; ++col) {
      const std::uint32_t scale = scales.codes[static_cast<std::size_t>(row * per_row + col / scales.block)];
      const auto at = static_cast<std::size_t>(row * operand.extent.cols + col);
      operand.values[at] *= decode(scales.format, scale);
      const int exponent = exponent_of(scales.format, scale) + (groups ? 0 : operand.exponents[at]);
      operand.exponents[at] = static_cast<std::int16_t>(exponent);
    }
}

template <typename Code>
GemmOperand from_codes(const Format& element, const Extent& extent, std::span<const Code> codes) {
  require_size("codes", static_cast<std::size_t>(count(extent)), codes.size());
  GemmOperand operand = make_operand(extent, mantissa_bits_of(element));
  for (std::size_t i = 0; i < codes.size(); ++i) {
    operand.values[i] = decode(element, codes[i]);
    operand.exponents[i] = static_cast<std::int16_t>(exponent_of(element, codes[i]));
  }
  return operand;
}

template <typename Code>
GemmOperand from_scaled_codes(const Format& element, const Extent& extent, std::span<const Code> codes,
                              const Scales8& scales, MmaOrder order) {
  if (scales.block < 1) throw InputError("a product's operand needs scale blocks of at least one element");
  if (order != MmaOrder::kScaleGroups && scales.format.mantissa_bits != 0)
    throw InputError(fmt::format("scales of {} are no powers of two: only an instruction of scale groups takes them",
                                 scales.format.name));
  const std::int64_t per_row = ceil_div(extent.cols, scales.block);
  require_size("scales", static_cast<std::size_t>(extent.rows * per_row), scales.codes.size());
  GemmOperand operand = from_codes(element, extent, codes);
  operand.fraction_bits += scales.format.mantissa_bits;
  apply(scales, order, operand);
  return operand;
}

}  // namespace

GemmOperand gemm_operand(const Format& element, const Extent& extent, std::span<const std::uint32_t> codes) {
  return from_codes(element, extent, codes);
}

GemmOperand gemm_operand(const Format& element, const Extent& extent, std::span<const std::uint32_t> codes,
                         const Format& scale, std::int64_t block, std::span<const std::uint8_t> scales,
                         MmaOrder order) {
  return from_scaled_codes(element, extent, codes, {scale, block, scales}, order);
}

GemmOperand gemm_operand(const QuantizedTensor& tensor, MmaOrder order) {
  const std::span<const std::uint8_t> codes = tensor.codes;
  const auto* scales = std::get_if<std::vector<std::uint8_t>>(&tensor.scales);
  if (scales == nullptr) return from_codes(tensor.scheme.element, tensor.extent, codes);
  const Format scale = tensor.scheme.scale.name == kE4m3.name ? kUe4m3 : tensor.scheme.scale;
  return from_scaled_codes(tensor.scheme.element, tensor.extent, codes, {scale, tensor.scheme.cell.cols, *scales},
                           order);
}

}  // namespace bitgate::compare
