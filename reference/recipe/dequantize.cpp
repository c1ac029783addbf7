// Codes back to numbers: the producer's own order of products, and the exact product that metrics use.
// Sources: te.md 8.2 (dequantize_nvfp4.cuh), torchao-and-ocp.md 2.6, 2.7, 4.1 and 5.1 of the notes.
#include <fmt/format.h>

#include "bitgate/reference/arith/arithmetic.h"
#include "bitgate/reference/recipe/element.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::reference {

namespace {

// A value as the output type holds it: one rounding to nearest even.
float rounded_to(InputType output, float x) noexcept {
  if (output == InputType::kF32) return x;
  const std::uint32_t bits = encode(format_of(output), x, kCvtRnInf);
  return widen(output, static_cast<std::uint16_t>(bits));
}

// The factor of a block's codes.
float block_factor(const Recipe& recipe, const QuantizedTensor& t, std::int64_t row, std::size_t scale_at) noexcept {
  if (t.scheme.scale.bits == 32) return std::bit_cast<float>(scale_bits(t.scales, scale_at));
  const float decode_scale = decoded_scale(t.scheme.scale, scale_bits(t.scales, scale_at));
  const float global = t.global.empty() ? 1.0f : t.global[global_index(t.scheme, row)];
  switch (recipe.dequantize) {
    case DequantizeOrder::kScaleAmaxConstant: {
      const float product = mul_rn(decode_scale, global);
      const float constant = div_rn(1.0f, recipe.rules.global.target);
      return mul_rn(product, constant);
    }
    case DequantizeOrder::kScaleOverGlobal: return div_rn(decode_scale, global);
    case DequantizeOrder::kGlobalTimesScaleOfPlusZero:
    case DequantizeOrder::kGlobalTimesScale: return mul_rn(global, decode_scale);
    case DequantizeOrder::kScale:
    case DequantizeOrder::kPowerOfTwo:
    case DequantizeOrder::kValues:
    case DequantizeOrder::kNotStated: break;
  }
  return decode_scale;
}

double scale_number(const QuantizedTensor& t, std::size_t at) noexcept {
  const std::uint32_t bits = scale_bits(t.scales, at);
  return t.scheme.scale.bits == 32 ? static_cast<double>(std::bit_cast<float>(bits)) : decode(t.scheme.scale, bits);
}

// What a row's codes are multiplied by beside their block scale.
double global_factor(const QuantizedTensor& t, std::int64_t row) noexcept {
  if (t.global.empty()) return 1.0;
  const double number = t.global[global_index(t.scheme, row)];
  switch (t.global_number) {
    case GlobalNumber::kAmax: return number / static_cast<double>(t.scheme.amax_over);
    case GlobalNumber::kDivisor: return 1.0 / number;
    case GlobalNumber::kMultiplier:
    case GlobalNumber::kNone: break;
  }
  return number;
}

// Every field of the size that scheme and extent state.
void require_whole(const Recipe& recipe, const QuantizedTensor& t) {
  const bool values_only = is_values_only(t.scheme);
  const auto elements = static_cast<std::size_t>(count(t.extent));
  const bool whole = (values_only ? t.values.size() : t.codes.size()) == elements &&
                     scale_count(t.scales) == static_cast<std::size_t>(count(scale_extent(t.scheme, t.extent))) &&
                     t.global.size() == static_cast<std::size_t>(global_count(t.scheme, t.extent));
  if (!whole)
    throw InputError(
        fmt::format("{}: a tensor of scheme {} with {} codes, {} scales and {} global numbers for {}x{} "
                    "elements cannot be dequantized",
                    recipe.identity.name, t.scheme.name, t.codes.size(), scale_count(t.scales), t.global.size(),
                    t.extent.rows, t.extent.cols));
}

}  // namespace

std::vector<float> dequantize(const Recipe& recipe, const QuantizedTensor& tensor, InputType output) {
  if (recipe.dequantize == DequantizeOrder::kNotStated)
    throw InputError(fmt::format("{}: no note states in which order this producer multiplies when it dequantizes",
                                 recipe.identity.name));
  if (!accepts(recipe.accepts, output))
    throw InputError(fmt::format("{}: this producer does not dequantize to {}", recipe.identity.name, name_of(output)));
  require_whole(recipe, tensor);
  if (recipe.dequantize == DequantizeOrder::kValues) return tensor.values;
  if (tensor.direction == Direction::kColumnwise && recipe.dequantize == DequantizeOrder::kScaleAmaxConstant)
    throw InputError(fmt::format("{}: this producer does not dequantize a column-wise tensor", recipe.identity.name));
  const Extent& extent = tensor.extent;
  std::vector<float> out(static_cast<std::size_t>(count(extent)));
  for (std::int64_t i = 0; i < count(extent); ++i) {
    const std::int64_t row = i / extent.cols;
    const std::size_t scale_at = scale_index(tensor.scheme, extent.cols, row, i % extent.cols);
    const float code = decode_float(tensor.scheme.element, tensor.codes[static_cast<std::size_t>(i)]);
    const bool plus_zero = code == 0.0f && recipe.dequantize == DequantizeOrder::kGlobalTimesScaleOfPlusZero;
    const float factor = block_factor(recipe, tensor, row, scale_at);
    const float product = mul_rn(plus_zero ? 0.0f : code, factor);
    out[static_cast<std::size_t>(i)] = rounded_to(output, product);
  }
  return out;
}

void exact_row(const QuantizedTensor& tensor, std::int64_t row, std::span<double> out) noexcept {
  const std::int64_t cols = tensor.extent.cols;
  const Scheme& scheme = tensor.scheme;
  const double global = global_factor(tensor, row);
  const std::int64_t width = scheme.cell.cols == 0 ? cols : scheme.cell.cols;
  std::array<double, 256> value_of{};
  for (std::uint32_t code = 0; code < code_count(scheme.element); ++code) value_of[code] = decode(scheme.element, code);
  for (std::int64_t first = 0; first < cols; first += width) {
    const std::size_t scale_at = scale_index(scheme, cols, row, first);
    const double factor = scale_number(tensor, scale_at) * global;
    double minimum = 0.0;
    if (scheme.extra_is == Extra::kMinimum) {
      const std::int64_t at = row * extras_per_row(scheme, cols) + first / scheme.extra_cols;
      minimum = decode(scheme.extra, tensor.extras[static_cast<std::size_t>(at)]);
    }
    for (std::int64_t c = first; c < std::min(cols, first + width); ++c) {
      const std::uint8_t code = tensor.codes[static_cast<std::size_t>(row * cols + c)];
      out[static_cast<std::size_t>(c)] =
          scheme.extra_is == Extra::kMinimum ? value_of[code] * factor + minimum : value_of[code] * factor;
    }
  }
}

}  // namespace bitgate::reference
