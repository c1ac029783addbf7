// Faults that public threads tell of, each made in the answer as the thread describes it.
#include <algorithm>
#include <limits>

#include "bitgate/compare/fault_groups.h"
#include "bitgate/reference/layout/transpose.h"

namespace bitgate::compare {
namespace {

using namespace fault;

// Code 0 wherever the scale of an element is `bits`.
void zero_under_scale(QuantizedTensor& t, std::uint32_t bits) {
  for (std::int64_t row = 0; row < t.extent.rows; ++row)
    for (std::int64_t col = 0; col < t.extent.cols; ++col)
      if (scale_bits(t.scales, scale_index(t.scheme, t.extent.cols, row, col)) == bits)
        t.codes[static_cast<std::size_t>(row * t.extent.cols + col)] = 0;
}
void largest_scale_wiped(const Request&, QuantizedTensor& t) { zero_under_scale(t, 254); }
void smallest_scale_wiped(const Request&, QuantizedTensor& t) { zero_under_scale(t, 0); }

void replace_scale(QuantizedTensor& t, std::uint32_t from, std::uint32_t to) {
  for (std::size_t i = 0; i < scale_count(t.scales); ++i)
    if (scale_bits(t.scales, i) == from) set_scale_bits(t.scales, i, to);
}
void zero_scale_is_nan(const Request&, QuantizedTensor& t) { replace_scale(t, 0, 0x7F); }
void zero_scale_is_one(const Request&, QuantizedTensor& t) { replace_scale(t, 0, 0x38); }
void nan_scale_is_largest(const Request&, QuantizedTensor& t) { replace_scale(t, 0xFF, 0xFE); }

// All exponents one less, and the codes again: floor where the recipe goes up.
void exponent_down(const Request& request, QuantizedTensor& t) {
  const QuantizedTensor before = t;
  for (std::size_t i = 0; i < scale_count(t.scales); ++i)
    if (const std::uint32_t code = scale_bits(t.scales, i); code > 0 && code < 255)
      set_scale_bits(t.scales, i, code - 1);
  encode_under_new_scales(request, before, t);
}

// Scales become powers of two once the codes are made.
void power_of_two_after(const Request&, QuantizedTensor& t, bool up) {
  const std::uint32_t mantissa = mantissa_mask(t.scheme.scale);
  for (std::size_t i = 0; i < scale_count(t.scales); ++i) {
    const std::uint32_t code = scale_bits(t.scales, i);
    const std::uint32_t cut = code & ~mantissa;
    const std::uint32_t above = std::min(cut + mantissa + 1, max_code(t.scheme.scale));
    set_scale_bits(t.scales, i, up && cut != code ? above : cut);
  }
}
void power_of_two_up(const Request& request, QuantizedTensor& t) { power_of_two_after(request, t, true); }
void power_of_two_down(const Request& request, QuantizedTensor& t) { power_of_two_after(request, t, false); }

// Scales of row r are those of row r - 1; of column-blocks likewise.
void scale_rows_shifted(const Request&, QuantizedTensor& t) {
  const Extent scales = scale_extent(t.scheme, t.extent);
  for (std::int64_t i = count(scales) - 1; i >= scales.cols; --i)
    set_scale_bits(t.scales, static_cast<std::size_t>(i),
                   scale_bits(t.scales, static_cast<std::size_t>(i - scales.cols)));
}
void scale_stride_wrong(const Request&, QuantizedTensor& t) {
  const Extent scales = scale_extent(t.scheme, t.extent);
  const QuantizedTensor before = t;
  for (std::int64_t i = 0; i < count(scales); ++i) {
    const std::int64_t from = std::min(i + i / scales.cols, count(scales) - 1);
    set_scale_bits(t.scales, static_cast<std::size_t>(i), scale_bits(before.scales, static_cast<std::size_t>(from)));
  }
}
void last_scales_stale(const Request&, QuantizedTensor& t) {
  const Extent scales = scale_extent(t.scheme, t.extent);
  for (std::int64_t i = count(scales) - scales.cols; i < count(scales); ++i)
    set_scale_bits(t.scales, static_cast<std::size_t>(i), 0x5A);
}
void scales_transposed(const Request&, QuantizedTensor& t) {
  auto& bytes = std::get<std::vector<std::uint8_t>>(t.scales);
  bytes = reference::transposed(std::span<const std::uint8_t>(bytes), scale_extent(t.scheme, t.extent));
}

void first_row_global(const Request&, QuantizedTensor& t) {
  std::fill(t.global.begin(), t.global.end(), t.global.front());
}

void every_32nd_wrong(const Request&, QuantizedTensor& t) {
  for (std::size_t i = 31; i < t.codes.size(); i += 32) t.codes[i] = next_code(t.scheme.element, t.codes[i]);
}

void gain(const Request& request, QuantizedTensor& t) {
  const std::vector<double> clean = scaled(request, t);
  std::vector<double> over = clean;
  for (double& value : over) value *= 0.72;
  encode_changed(clean, over, kCvtRnSatfinite, t);
}
void sign_flipped(const Request&, QuantizedTensor& t) {
  for (std::uint8_t& code : t.codes) code = static_cast<std::uint8_t>(code ^ sign_mask(t.scheme.element));
}

// A tie one step up: as if the last bit of the scaled element were set.
void ties_upward(const Request& request, QuantizedTensor& t) {
  const std::vector<double> clean = scaled(request, t);
  std::vector<double> over = clean;
  for (double& value : over) value *= 1.0 + 0x1p-22;
  encode_changed(clean, over, kCvtRnSatfinite, t);
}

void through_half(const Request& request, QuantizedTensor& t) {
  const std::vector<double> clean = scaled(request, t);
  std::vector<double> over = clean;
  for (double& value : over) value = decode(kFp16, encode(kFp16, static_cast<float>(value), kCvtRz));
  encode_changed(clean, over, kCvtRnSatfinite, t);
}

void subnormals_flushed(const Request& request, QuantizedTensor& t) {
  for (std::size_t i = 0; i < t.codes.size(); ++i) {
    const float x = std::fabs(element(request.input, static_cast<std::int64_t>(i)));
    if (x != 0.0f && x < 0x1p-126f) t.codes[i] = 0;
  }
  const std::vector<double> over = scaled(request, t);
  for (std::size_t i = 0; i < over.size(); ++i)
    if (std::fabs(over[i]) < min_normal(t.scheme.element) && (t.codes[i] & magnitude_mask(t.scheme.element)) != 0)
      t.codes[i] = 0;
}

// Only where infinity has the largest scale; finite numbers never need it.
bool has_largest_scale(const reference::Recipe& r) noexcept {
  if (!has_e8m0_scales(r) || !r.accepts.infinity) return false;
  const std::vector<float> infinite(32, std::numeric_limits<float>::infinity());
  return reference::quantize_one_block(r.rules, InputType::kF32, infinite, 1.0f).scale_bits == 254;
}
// Only where a NaN reaches the scale.
bool has_nan_scale(const reference::Recipe& r) noexcept {
  if (!has_e8m0_scales(r) || !r.accepts.nan) return false;
  const std::vector<float> nan(32, std::numeric_limits<float>::quiet_NaN());
  return reference::quantize_one_block(r.rules, InputType::kF32, nan, 1.0f).scale_bits == 255;
}
bool goes_up(const reference::Recipe& r) noexcept {
  return has_e8m0_scales(r) && (r.rules.block.form == reference::ScaleForm::kExponentRoundUp ||
                                r.rules.block.form == reference::ScaleForm::kExponentCeil);
}
bool has_scale_rows(const reference::Recipe& r) noexcept { return has_byte_scales(r) && has_row_blocks(r); }
bool has_e4m3_scales_and_zeros(const reference::Recipe& r) noexcept {
  return has_e4m3_scales(r) && r.rules.block.floor == 0.0f;
}

}  // namespace

std::vector<Fault> field_faults() {
  constexpr FaultGroup kGroup = FaultGroup::kField;
  return {
      {"e8m0-254-wiped", kGroup, "the reciprocal of scale code 254 is built as 0", "flashinfer-ai/flashinfer#4023",
       has_largest_scale, largest_scale_wiped},
      {"e8m0-0-wiped", kGroup, "scale code 0 counts as 0 and wipes its block", "NVIDIA/TransformerEngine#3262",
       has_e8m0_scales, smallest_scale_wiped},
      {"e8m0-255-is-254", kGroup, "the NaN scale becomes the largest", "NVIDIA/TransformerEngine#3262", has_nan_scale,
       nan_scale_is_largest},
      {"exponent-floor-for-ceil", kGroup, "the scale's exponent is rounded down in place of up", "ROCm/aiter#3212",
       goes_up, exponent_down},
      {"zero-block-nan-scale", kGroup, "a zero block gets the NaN scale", "NVIDIA/Model-Optimizer#1397",
       has_e4m3_scales_and_zeros, zero_scale_is_nan},
      {"zero-block-unit-scale", kGroup, "a zero block gets scale 1", "pytorch/ao#4598", has_e4m3_scales_and_zeros,
       zero_scale_is_one},
      {"scale-up-after-data", kGroup, "scales are rounded up to powers of two once the codes are made",
       "sgl-project/sglang#26766", has_e4m3_scales, power_of_two_up},
      {"scale-cut-after-data", kGroup, "scales are cut to powers of two once the codes are made",
       "sgl-project/sglang#39193", has_e4m3_scales, power_of_two_down},
      {"scale-rows-shifted", kGroup, "the scales of a row are those of the row above", "NVIDIA/cutlass#3394",
       has_scale_rows, scale_rows_shifted},
      {"scale-stride", kGroup, "scales are read with a padded stride", "iree-org/iree#22104", has_byte_scales,
       scale_stride_wrong},
      {"stale-scales", kGroup, "the last row of scales was never written", "flashinfer-ai/flashinfer#3057",
       has_byte_scales, last_scales_stale},
      {"scales-transposed", kGroup, "scales are transposed", "the usual mistakes of a dump", has_byte_scales,
       scales_transposed},
      {"first-row-global", kGroup, "every row has the first row's global",
       "per-row against per-tensor amax, users.md 6.1", has_row_globals, first_row_global},
      {"period-32", kGroup, "every 32nd code is wrong", "NVIDIA/TensorRT-LLM#10331", has_codes, every_32nd_wrong},
      {"gain", kGroup, "elements are 0.72 of what they should be", "ROCm/rocm-libraries#11003", rounds_to_nearest,
       gain},
      {"sign-flipped", kGroup, "signs are flipped", "ROCm/rocm-libraries#11003", has_float_elements, sign_flipped},
      {"ties-off", kGroup, "ties go away from zero", "triton-lang/triton#11753", rounds_to_nearest, ties_upward},
      {"double-rounding", kGroup, "elements pass through fp16, cut", "triton-lang/triton#11753", rounds_to_nearest,
       through_half},
      {"subnormals-flushed", kGroup, "subnormal inputs and elements are flushed", "triton-lang/triton#10846",
       has_float_elements, subnormals_flushed},
  };
}

}  // namespace bitgate::compare
