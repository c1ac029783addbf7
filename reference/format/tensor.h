// Tensors on both sides of a quantizer: the typed input, and the quantized answer in logical order.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "bitgate/reference/format/encode.h"
#include "bitgate/reference/format/scheme.h"

namespace bitgate {

enum class InputType : std::uint8_t { kF32, kBf16, kF16 };
inline constexpr InputType kInputTypes[] = {InputType::kF32, InputType::kBf16, InputType::kF16};

constexpr std::string_view name_of(InputType type) noexcept {
  switch (type) {
    case InputType::kF32: return "fp32";
    case InputType::kBf16: return "bf16";
    case InputType::kF16: return "f16";
  }
  return "?";
}

constexpr const Format& format_of(InputType type) noexcept {
  return type == InputType::kF32 ? kFp32 : type == InputType::kBf16 ? kBf16 : kFp16;
}

// Row-major and contiguous; 16-bit types as bit patterns.
struct TypedView {
  InputType type = InputType::kF32;
  Extent extent;
  const void* data = nullptr;

  std::span<const float> f32() const noexcept {
    return {static_cast<const float*>(data), static_cast<std::size_t>(count(extent))};
  }
  std::span<const std::uint16_t> bits16() const noexcept {
    return {static_cast<const std::uint16_t*>(data), static_cast<std::size_t>(count(extent))};
  }
};

struct TypedTensor {
  InputType type = InputType::kF32;
  Extent extent;
  std::variant<std::vector<float>, std::vector<std::uint16_t>> values;

  TypedView view() const noexcept {
    if (type == InputType::kF32) return {type, extent, std::get<0>(values).data()};
    return {type, extent, std::get<1>(values).data()};
  }
};

// Bit pattern of a 16-bit float to binary32: exact, NaN payload and sign kept. Of lanes: patterns in uint32.
template <class U>
[[gnu::always_inline]] constexpr auto widen_bf16(U bits) noexcept {
  if constexpr (kLanesOf<U> == 1)
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
  else
    return float_of(bits << 16);
}
template <class U>
[[gnu::always_inline]] constexpr auto widen_f16_lanes(U bits) noexcept {
  const U sign = (bits & 0x8000u) << 16;
  const U size = bits & 0x7FFFu;
  // Exponent field 31 becomes 255, and what else it holds stays; below 2^-14 the mantissa counts steps of 2^-24.
  const U rebias = select(size >= 0x7C00u, U((255u - 31u) << 23), (127u - 15u) << 23);
  const auto steps = number_as<float>(bits_as<std::int32_t>(size)) * decltype(float_of(bits))(0x1p-24f);
  return float_of(sign | select(size < 0x400u, bits_of(steps), (size << 13) + rebias));
}
template <class U>
[[gnu::always_inline]] constexpr auto widen_f16(U bits) noexcept {
  if constexpr (kLanesOf<U> == 1)
    return widen_f16_lanes(static_cast<std::uint32_t>(bits));
  else
    return widen_f16_lanes(bits);
}
template <class U>
[[gnu::always_inline]] constexpr auto widen(InputType type, U bits) noexcept {
  return type == InputType::kBf16 ? widen_bf16(bits) : widen_f16(bits);
}

// Element i of a typed tensor, widened.
inline float element(const TypedView& view, std::int64_t i) noexcept {
  const auto at = static_cast<std::size_t>(i);
  return view.type == InputType::kF32 ? view.f32()[at] : widen(view.type, view.bits16()[at]);
}

enum class Direction : std::uint8_t { kRowwise, kColumnwise, kBoth };

using Scales = std::variant<std::vector<std::uint8_t>, std::vector<std::uint16_t>, std::vector<float>>;

// Always logical order; layouts convert at the edge. A column-wise tensor is that of the transposed operand: its
// extent is [columns, rows] of the input, its blocks run down the input's columns.
struct QuantizedTensor {
  Scheme scheme = scheme_of(SchemeId::kNvfp4);
  GlobalNumber global_number = GlobalNumber::kNone;
  Extent extent;
  Direction direction = Direction::kRowwise;  // of the fields below; kBoth never stands here
  std::vector<std::uint8_t> codes;            // one element a byte, row-major, extent.rows x extent.cols
  Scales scales;                              // scale_extent; uint8 and uint16 are codes, float32 itself
  std::vector<std::uint16_t> extras;          // extent.rows x extras_per_row
  std::vector<float> global;                  // global_count numbers
  std::vector<float> values;                  // only producers that fake-quantize: the only field then
  std::vector<QuantizedTensor> columnwise;    // the twin, where both directions were asked for: none or one
};

// Bits of scale i, whichever type holds it.
inline std::uint32_t scale_bits(const Scales& scales, std::size_t i) noexcept {
  if (const auto* bytes = std::get_if<std::vector<std::uint8_t>>(&scales)) return (*bytes)[i];
  if (const auto* words = std::get_if<std::vector<std::uint16_t>>(&scales)) return (*words)[i];
  return std::bit_cast<std::uint32_t>(std::get<std::vector<float>>(scales)[i]);
}
inline std::size_t scale_count(const Scales& scales) noexcept {
  return std::visit([](const auto& v) { return v.size(); }, scales);
}
inline void set_scale_bits(Scales& scales, std::size_t i, std::uint32_t bits) noexcept {
  if (auto* bytes = std::get_if<std::vector<std::uint8_t>>(&scales))
    (*bytes)[i] = static_cast<std::uint8_t>(bits);
  else if (auto* words = std::get_if<std::vector<std::uint16_t>>(&scales))
    (*words)[i] = static_cast<std::uint16_t>(bits);
  else
    std::get<std::vector<float>>(scales)[i] = std::bit_cast<float>(bits);
}

// Gives an answer the sizes of a scheme, in the storage that it has: codes and values are what happens to stand there,
// the rest is zero.
inline void reshape_quantized(const Scheme& scheme, GlobalNumber number, const Extent& extent, QuantizedTensor& t) {
  const bool values_only = is_values_only(scheme);
  const auto size = static_cast<std::size_t>(count(extent));
  const auto zeros = [&](auto& all, std::int64_t n) { all.assign(values_only ? 0 : static_cast<std::size_t>(n), 0); };
  t.scheme = scheme;
  t.global_number = number;
  t.extent = extent;
  t.values.resize(values_only ? size : 0);
  t.codes.resize(values_only ? 0 : size);
  const std::size_t holds = values_only || scheme.scale.bits == 8 ? 0 : scheme.scale.bits == 16 ? 1 : 2;
  if (t.scales.index() != holds && holds == 0) t.scales.emplace<0>();
  if (t.scales.index() != holds && holds == 1) t.scales.emplace<1>();
  if (t.scales.index() != holds && holds == 2) t.scales.emplace<2>();
  std::visit([&](auto& all) { zeros(all, count(scale_extent(scheme, extent))); }, t.scales);
  zeros(t.extras, extent.rows * extras_per_row(scheme, extent.cols));
  zeros(t.global, global_count(scheme, extent));
}

// An answer of the right sizes, zero everywhere.
inline QuantizedTensor make_quantized(const Scheme& scheme, GlobalNumber number, const Extent& extent) {
  QuantizedTensor t;
  reshape_quantized(scheme, number, extent, t);
  return t;
}

// TransformerEngine's rng_state. The offset counts blocks of 128 bits.
struct PhiloxState {
  std::uint64_t seed = 0, offset = 0;
};

// What a fused operation takes beside the input. Spans that a recipe does not use must be empty.
struct FusedOperands {
  std::span<const float> weight;    // binary32: one a column, or fewer, taken modulo their count
  std::span<const float> residual;  // as weight, or one an element: added after the product
  float epsilon = 1e-5f;
  // Of the input's type, widened, one an element: SiLU of it multiplies the input.
  std::span<const float> gate{};
  // One a row: what multiplies it in a norm whose sum of squares runs in an order that is not known. Given, not
  // computed.
  std::span<const float> row_factor{};
};

// What a recipe or a subject is asked. Empty spans: compute it from the input.
struct Request {
  TypedView input;
  Direction direction = Direction::kRowwise;
  std::span<const float> amax;  // always max|x|: amax_count numbers
  // Of the column-wise side, likewise. Empty: `amax` where it is one number and the side is not transformed.
  std::span<const float> amax_columnwise;
  std::span<const float> global;               // the number the producer stores; outranks amax
  const Scales* scales = nullptr;              // given block scales: the codes follow from them (staged verification)
  std::span<const std::uint32_t> random_bits;  // stochastic rounding: [rows, cols / 4] words in output order
  std::span<const std::uint32_t> random_bits_columnwise;  // [cols, rows / 4], of the column-wise side
  PhiloxState philox;  // stochastic rounding without given words: the producer draws its own
  FusedOperands fused;
};

}  // namespace bitgate
