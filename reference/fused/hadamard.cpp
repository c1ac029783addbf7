#include "bitgate/reference/fused/hadamard.h"

#include <array>

#include "bitgate/reference/arith/ieee.h"

namespace bitgate::reference {

namespace {

using Group = std::array<float, 16>;

Group transformed(const Group& x, std::uint32_t signs) noexcept {
  Group y{};
  for (std::uint32_t j = 0; j < 16; ++j) {
    float sum = 0.0f;
    for (std::uint32_t i = 0; i < 16; ++i) {
      const bool negative = ((signs >> i & 1) + static_cast<std::uint32_t>(std::popcount(i & j))) % 2 != 0;
      const float product = mul_rn(x[i], negative ? -0.25f : 0.25f);
      sum = add_rn(sum, product);
    }
    y[j] = sum;
  }
  return y;
}

}  // namespace

TypedTensor hadamard_16(const TypedView& rows, Transform transform) {
  const std::uint32_t signs = transform == Transform::kHadamard16Signed ? kHadamardSigns : 0;
  const auto n = static_cast<std::size_t>(count(rows.extent));
  TypedTensor out{rows.type, rows.extent, {}};
  std::vector<float> f32(rows.type == InputType::kF32 ? n : 0);
  std::vector<std::uint16_t> f16(rows.type == InputType::kF32 ? 0 : n);
  for (std::size_t first = 0; first + 16 <= n; first += 16) {
    Group x{};
    for (std::size_t i = 0; i < 16; ++i) x[i] = element(rows, static_cast<std::int64_t>(first + i));
    const Group y = transformed(x, signs);
    for (std::size_t j = 0; j < 16; ++j) {
      if (rows.type == InputType::kF32)
        f32[first + j] = y[j];
      else
        f16[first + j] = static_cast<std::uint16_t>(encode(format_of(rows.type), y[j], kCvtRnInf));
    }
  }
  if (rows.type == InputType::kF32)
    out.values = std::move(f32);
  else
    out.values = std::move(f16);
  return out;
}

}  // namespace bitgate::reference
