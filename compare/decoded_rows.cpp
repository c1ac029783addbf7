#include "bitgate/compare/decoded_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "bitgate/compare/lanes/kernels.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::compare {

namespace {

// widen_f16() without a branch, so that loops vectorise: the exponent field moved by multiplication, exact for
// subnormals too.
float widen_f16_fast(std::uint16_t bits) noexcept {
  const std::uint32_t magnitude = (bits & 0x7FFFu) << 13;
  const float scaled = std::bit_cast<float>(magnitude) * 0x1p112f;
  const std::uint32_t top = magnitude >= 0x7C00u << 13 ? 0x7F800000u | magnitude : std::bit_cast<std::uint32_t>(scaled);
  return std::bit_cast<float>(top | (bits & 0x8000u) << 16);
}

}  // namespace

DecodedRows::DecodedRows(const TypedView& input, const QuantizedTensor& quantized)
    : input_(input), quantized_(quantized), values_only_(quantized.codes.empty() && !quantized.values.empty()) {
  const Extent extent = quantized.extent;
  if (!(input.extent == extent))
    throw InputError(fmt::format("cannot measure: the input is {} x {}, the quantized tensor {} x {}",
                                 input.extent.rows, input.extent.cols, extent.rows, extent.cols));
  const std::size_t padded = lanes::padded(cols());
  x_.resize(padded);
  y_.resize(padded);
  y_f32_.resize(padded);
}

DecodedRow DecodedRows::row(std::int64_t row) {
  const std::int64_t first = row * input_.extent.cols;
  const auto at = static_cast<std::size_t>(first);
  widen_elements(input_, first, std::span(x_).first(cols()));
  if (values_only_) {
    std::copy_n(quantized_.values.data() + at, cols(), y_f32_.data());
    std::copy(y_f32_.begin(), y_f32_.end(), y_.begin());
    return {x_, y_, y_f32_, {}};
  }
  reference::exact_row(quantized_, row, std::span(y_).first(cols()));
  std::transform(y_.begin(), y_.end(), y_f32_.begin(), [](double y) { return static_cast<float>(y); });
  return {x_, y_, y_f32_, std::span(quantized_.codes).subspan(at, cols())};
}

void widen_elements(const TypedView& input, std::int64_t first, std::span<float> to) noexcept {
  const auto at = static_cast<std::size_t>(first);
  if (input.type == InputType::kF32) {
    std::copy_n(input.f32().data() + at, to.size(), to.data());
    return;
  }
  const std::uint16_t* from = input.bits16().data() + at;
  if (input.type == InputType::kBf16)
    std::transform(from, from + to.size(), to.data(), [](std::uint16_t bits) { return widen_bf16(bits); });
  else
    std::transform(from, from + to.size(), to.data(), widen_f16_fast);
}

}  // namespace bitgate::compare
