#include "bitgate/compare/operation_inputs.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "bitgate/compare/distribution.h"

namespace bitgate::compare {
namespace {

constexpr std::int64_t kMostElements = std::int64_t{1} << 22;  // of one tensor
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// Any bits of a binary32, or one in [2^-3, 2^4) of either sign.
std::uint32_t drawn_float(Draws& draw, bool any) {
  const auto bits = static_cast<std::uint32_t>(draw());
  if (any) return bits;
  const std::uint32_t exponent = 124 + (bits >> 23) % 7;
  return (bits & 0x807FFFFFu) | exponent << 23;
}

GlobalNumber number_of(const CheckedOperation& operation) {
  return operation.recipe == nullptr ? GlobalNumber::kNone : operation.recipe->storage.global_number;
}

// Rows and columns in which every code meets a scale: a cell high, and as many whole cells wide as codes need.
Extent unit_of(const Scheme& scheme) {
  const auto codes = static_cast<std::int64_t>(code_count(scheme.element));
  if (scheme.cell.cols == 0) return {1, codes};
  return {scheme.cell.rows, ceil_div(codes, scheme.cell.cols) * scheme.cell.cols};
}

void fill_codes(QuantizedTensor& tensor) {
  const auto codes = static_cast<std::int64_t>(code_count(tensor.scheme.element));
  for (std::int64_t i = 0; i < count(tensor.extent); ++i)
    tensor.codes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(i % tensor.extent.cols % codes);
}

// One tensor that holds all scales, a band of rows each.
QuantizedTensor banded(const CheckedOperation& operation, std::span<const std::uint32_t> scale_bits) {
  const Scheme& scheme = scheme_of(operation.scheme);
  const Extent unit = unit_of(scheme);
  const auto bands = static_cast<std::int64_t>(scale_bits.size());
  QuantizedTensor tensor = make_quantized(scheme, number_of(operation), {unit.rows * bands, unit.cols});
  fill_codes(tensor);
  const std::size_t pitch = scale_count(tensor.scales) / scale_bits.size();
  for (std::size_t at = 0; at < scale_count(tensor.scales); ++at)
    set_scale_bits(tensor.scales, at, scale_bits[at / pitch]);
  return tensor;
}

}  // namespace

QuantizedTensor drawn_tensor(const CheckedOperation& operation, const Extent& extent, std::uint64_t seed) {
  const Scheme& scheme = scheme_of(operation.scheme);
  QuantizedTensor tensor = make_quantized(scheme, number_of(operation), extent);
  Draws draw(seed);
  for (std::uint8_t& code : tensor.codes) code = static_cast<std::uint8_t>(draw() % code_count(scheme.element));
  for (std::size_t at = 0; at < scale_count(tensor.scales); ++at)
    set_scale_bits(tensor.scales, at, drawn_float(draw, scheme.scale.bits != 32 || at % 2 == 1));
  for (std::uint16_t& extra : tensor.extras) extra = static_cast<std::uint16_t>(draw());
  for (std::size_t at = 0; at < tensor.global.size(); ++at)
    tensor.global[at] = std::bit_cast<float>(drawn_float(draw, at % 2 == 1));
  return tensor;
}

std::vector<QuantizedTensor> every_code(const CheckedOperation& operation, std::span<const std::uint32_t> scale_bits,
                                        std::span<const float> globals) {
  const Scheme& scheme = scheme_of(operation.scheme);
  const std::int64_t most = scheme.cell.cols == 0 ? 1 : kMostElements / count(unit_of(scheme));
  std::vector<QuantizedTensor> tensors;
  for (std::size_t first = 0; first < scale_bits.size(); first += static_cast<std::size_t>(most)) {
    const std::size_t size = std::min(static_cast<std::size_t>(most), scale_bits.size() - first);
    tensors.push_back(banded(operation, scale_bits.subspan(first, size)));
  }
  if (scheme.global == GlobalAxis::kNone) return tensors;
  // Rows take the numbers in turn, from another one in each tensor.
  std::vector<QuantizedTensor> under_each;
  for (std::size_t first = 0; first < globals.size(); ++first)
    for (QuantizedTensor tensor : tensors) {
      for (std::size_t row = 0; row < tensor.global.size(); ++row)
        tensor.global[row] = globals[(first + row) % globals.size()];
      under_each.push_back(std::move(tensor));
    }
  return under_each;
}

std::vector<std::uint32_t> special_scales(const Format& format) {
  const std::uint32_t top = magnitude_mask(format);
  std::vector<std::uint32_t> bits{0, 1, 2, mantissa_mask(format), mantissa_mask(format) + 1, max_code(format) - 1};
  bits.insert(bits.end(), {max_code(format), top - 1, top});
  if (format.top == TopCodes::kIeee) bits.insert(bits.end(), {infinity_code(format), infinity_code(format) + 1});
  const std::uint32_t one = static_cast<std::uint32_t>(format.bias) << format.mantissa_bits;
  bits.insert(bits.end(), {one - 1, one, one + 1});
  for (std::size_t i = 0, n = bits.size(); format.has_sign && i < n; ++i) bits.push_back(bits[i] | sign_mask(format));
  return bits;
}

std::vector<std::uint32_t> every_scale(const Format& format) {
  std::vector<std::uint32_t> bits;
  if (format.bits <= 16) {
    for (std::uint32_t code = 0; code < code_count(format); ++code) bits.push_back(code);
    return bits;
  }
  for (std::uint32_t exponent = 0; exponent < 512; ++exponent)
    for (const std::uint32_t significand : {0u, 0x2AAAABu, 0x7FFFFFu}) bits.push_back(exponent << 23 | significand);
  return bits;
}

std::span<const float> special_globals() {
  static constexpr float kGlobals[] = {1.0f,       0.0f,           -0.0f,     0x1p-149f, 0x1.fffffcp-127f, 0x1p-126f,
                                       2688.0f,    0x1.555556p+3f, 0x1p+119f, 0x1p+127f, 0x1.fffffep+127f, kInfinity,
                                       -kInfinity, kNan,           -kNan,     -3.0f,     0x1.8p-120f};
  return kGlobals;
}

std::vector<std::uint8_t> drawn_bytes(std::int64_t size, std::uint64_t seed) {
  Draws draw(seed);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
  // None is zero, so that every byte that is lost shows.
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(1 + draw() % 255);
  return bytes;
}

TypedTensor drawn_values(InputType type, const Extent& extent, std::uint64_t seed, bool finite) {
  TypedTensor tensor = make_input(type, extent);
  Draws draw(seed);
  const Format& format = format_of(type);
  const auto fill = [&](auto& values) {
    for (auto& value : values) {
      auto bits = static_cast<std::uint32_t>(draw()) & (sign_mask(format) | magnitude_mask(format));
      if (finite && (bits & exponent_mask(format)) == exponent_mask(format))
        bits ^= (mantissa_mask(format) + 1);  // the exponent below the topmost
      if constexpr (sizeof value == 4)
        value = std::bit_cast<float>(bits);
      else
        value = static_cast<std::uint16_t>(bits);
    }
  };
  std::visit(fill, tensor.values);
  return tensor;
}

}  // namespace bitgate::compare
