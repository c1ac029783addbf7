// See rms_norm_cute.h.
#include "bitgate/reference/fused/rms_norm_cute.h"

#include <cmath>

#include "bitgate/reference/arith/ieee.h"

namespace bitgate::reference {

namespace {

// The product of two 16-bit numbers, exact in binary64, as binary32 whose last bit is made odd when inexact: the
// rounding to 16 bits that follows is then the only one.
float odd_product(float a, float b) noexcept {
  const double exact = static_cast<double>(a) * static_cast<double>(b);
  const auto nearest = static_cast<float>(exact);
  if (static_cast<double>(nearest) == exact || is_nan(nearest)) return nearest;
  auto bits = std::bit_cast<std::uint32_t>(nearest);
  if (std::fabs(static_cast<double>(nearest)) > std::fabs(exact)) --bits;
  return std::bit_cast<float>(bits | 1);
}

float product_in(InputType type, float a, float b) noexcept {
  return widen(type, static_cast<std::uint16_t>(encode(format_of(type), odd_product(a, b), kCvtRnInf)));
}

}  // namespace

TypedTensor rms_norm_cute(const TypedView& input, const FusedOperands& operands) {
  const auto cols = static_cast<std::size_t>(input.extent.cols);
  std::vector<float> values(static_cast<std::size_t>(count(input.extent)));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float weighted =
        product_in(input.type, element(input, static_cast<std::int64_t>(i)), operands.weight[i % cols]);
    values[i] = mul_rn(weighted, operands.row_factor[i / cols]);
  }
  return {InputType::kF32, input.extent, std::move(values)};
}

}  // namespace bitgate::reference
