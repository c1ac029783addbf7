// Faults that public threads tell of, each made in the answer as the thread describes it.
#include <algorithm>
#include <bit>
#include <limits>

#include "bitgate/compare/fault_groups.h"
#include "bitgate/reference/layout/swizzle.h"
#include "bitgate/reference/layout/transpose.h"

namespace bitgate::compare {
namespace {

using namespace fault;

// Scales become powers of two once the codes are made.
void power_of_two_after(const FaultContext&, QuantizedTensor& t, bool up) {
  const std::uint32_t mantissa = mantissa_mask(t.scheme.scale);
  for (std::size_t i = 0; i < scale_count(t.scales); ++i) {
    const std::uint32_t code = scale_bits(t.scales, i);
    const std::uint32_t cut = code & ~mantissa;
    const std::uint32_t above = std::min(cut + mantissa + 1, max_code(t.scheme.scale));
    set_scale_bits(t.scales, i, up && cut != code ? above : cut);
  }
}
void power_of_two_up(const FaultContext& at, QuantizedTensor& t) { power_of_two_after(at, t, true); }
void power_of_two_down(const FaultContext& at, QuantizedTensor& t) { power_of_two_after(at, t, false); }

// Scales of row r are those of row r - 1; of column-blocks likewise.
void scale_rows_shifted(const FaultContext&, QuantizedTensor& t) {
  const Extent scales = scale_extent(t.scheme, t.extent);
  for (std::int64_t i = count(scales) - 1; i >= scales.cols; --i)
    set_scale_bits(t.scales, static_cast<std::size_t>(i),
                   scale_bits(t.scales, static_cast<std::size_t>(i - scales.cols)));
}
void scale_stride_wrong(const FaultContext&, QuantizedTensor& t) {
  const Extent scales = scale_extent(t.scheme, t.extent);
  const QuantizedTensor before = t;
  for (std::int64_t i = 0; i < count(scales); ++i) {
    const std::int64_t from = std::min(i + i / scales.cols, count(scales) - 1);
    set_scale_bits(t.scales, static_cast<std::size_t>(i), scale_bits(before.scales, static_cast<std::size_t>(from)));
  }
}
void last_scales_stale(const FaultContext&, QuantizedTensor& t) {
  const Extent scales = scale_extent(t.scheme, t.extent);
  for (std::int64_t i = count(scales) - scales.cols; i < count(scales); ++i)
    set_scale_bits(t.scales, static_cast<std::size_t>(i), 0x5A);
}
// Scales in rows, read as if they were swizzled.
void read_as_swizzled(const FaultContext&, QuantizedTensor& t) {
  auto& bytes = std::get<std::vector<std::uint8_t>>(t.scales);
  const Extent scales = scale_extent(t.scheme, t.extent);
  std::vector<std::uint8_t> padded = bytes;
  padded.resize(static_cast<std::size_t>(count(reference::whole_tiles(scales))));
  bytes = reference::unswizzle(padded, scales);
}
void scales_transposed(const FaultContext&, QuantizedTensor& t) {
  auto& bytes = std::get<std::vector<std::uint8_t>>(t.scales);
  bytes = reference::transposed(std::span<const std::uint8_t>(bytes), scale_extent(t.scheme, t.extent));
}

void every_32nd_wrong(const FaultContext&, QuantizedTensor& t) {
  for (std::size_t i = 31; i < static_cast<std::size_t>(count(t.extent)); i += 32) step_entry(t, i);
}

void gain(const FaultContext& at, QuantizedTensor& t) {
  const std::vector<double> clean = scaled(at.operand, t);
  std::vector<double> over = clean;
  for (double& value : over) value *= 0.72;
  encode_changed(clean, over, kCvtRnSatfinite, t);
}
void sign_flipped(const FaultContext&, QuantizedTensor& t) {
  for (std::uint8_t& code : t.codes) code = static_cast<std::uint8_t>(code ^ sign_mask(t.scheme.element));
  for (float& value : t.values) value = -value;
}

// Where rounding carries into the exponent, the mantissa wraps and the exponent stays.
void carry_lost(const FaultContext& at, QuantizedTensor& t) {
  const Format& element = t.scheme.element;
  const std::vector<double> over = scaled(at.operand, t);
  for (std::size_t i = 0; i < over.size(); ++i) {
    const std::uint32_t size = t.codes[i] & magnitude_mask(element);
    const bool starts_binade = size != 0 && (size & mantissa_mask(element)) == 0 && size <= max_code(element);
    if (starts_binade && std::fabs(over[i]) < decode(element, size))
      t.codes[i] = static_cast<std::uint8_t>(t.codes[i] - (1u << element.mantissa_bits));
  }
}

// A tie one step up: as if the last bit of the scaled element were set.
void ties_upward(const FaultContext& at, QuantizedTensor& t) {
  const std::vector<double> clean = scaled(at.operand, t);
  std::vector<double> over = clean;
  for (double& value : over) value *= 1.0 + 0x1p-22;
  encode_changed(clean, over, kCvtRnSatfinite, t);
}

void through_half(const FaultContext& at, QuantizedTensor& t) {
  const std::vector<double> clean = scaled(at.operand, t);
  std::vector<double> over = clean;
  for (double& value : over) value = decode(kFp16, encode(kFp16, static_cast<float>(value), kCvtRz));
  encode_changed(clean, over, kCvtRnSatfinite, t);
}

void subnormals_flushed(const FaultContext& at, QuantizedTensor& t) {
  for (std::size_t i = 0; i < t.codes.size(); ++i) {
    const float x = std::fabs(element(at.operand, static_cast<std::int64_t>(i)));
    if (x != 0.0f && x < 0x1p-126f) t.codes[i] = 0;
  }
  const std::vector<double> over = scaled(at.operand, t);
  for (std::size_t i = 0; i < over.size(); ++i)
    if (std::fabs(over[i]) < min_normal(t.scheme.element) && (t.codes[i] & magnitude_mask(t.scheme.element)) != 0)
      t.codes[i] = 0;
}

// Under an infinite amax the scale is NaN or infinite as well, and the quotient NaN; or the recipe's own code is NaN's.
bool infinities_are_nan(const reference::Recipe& r) {
  const Scheme& scheme = scheme_of(r.rules.scheme);
  const float infinity = std::numeric_limits<float>::infinity();
  const auto is_nan = [&](float x) {
    const auto answer = reference::quantize_one_block(r.rules, InputType::kBf16, std::vector<float>(32, x), infinity);
    const std::uint32_t bits = answer.scale_bits;
    const double scale = scheme.scale.bits == 32 ? double{std::bit_cast<float>(bits)} : decode(scheme.scale, bits);
    return !std::isfinite(scale) || answer.codes[0] == nan_code(scheme.element);
  };
  return is_nan(infinity) && is_nan(-infinity);
}

// fp16 holds a number of 8 or 11 bits exactly down to 2^-14 (and 2^-24 wherever), which is below every tie of elements
// whose smallest is 2^-13 or more. An infinity does not pass.
std::string_view fp16_changes_nothing(const reference::Recipe& r) {
  const bool exact = powers_over_16_bits(r) && (!r.accepts.infinity || infinities_are_nan(r)) &&
                     min_subnormal(scheme_of(r.rules.scheme).element) >= 0x1p-13;
  return exact ? "a 16-bit number over a power of two is exact in fp16 wherever elements have ties" : "";
}

bool has_scale_rows(const reference::Recipe& r) noexcept { return has_byte_scales(r) && has_row_blocks(r); }

}  // namespace

std::vector<Fault> field_faults() {
  constexpr FaultGroup kGroup = FaultGroup::kField;
  return {
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
      {"scales-unswizzled", kGroup, "scales in rows are read as if swizzled", "vllm-project/vllm#42118",
       has_byte_scales, read_as_swizzled},
      {"scales-transposed", kGroup, "scales are transposed", "the usual mistakes of a dump", has_byte_scales,
       scales_transposed},
      {"period-32", kGroup, "every 32nd code is wrong", "NVIDIA/TensorRT-LLM#10331", always, every_32nd_wrong},
      {"gain", kGroup, "elements are 0.72 of what they should be", "ROCm/rocm-libraries#11003", rounds_to_nearest,
       gain},
      {"sign-flipped", kGroup, "signs are flipped", "ROCm/rocm-libraries#11003", has_signed_zero, sign_flipped},
      {"carry-lost", kGroup, "the carry of the mantissa into the exponent is lost", "ROCm/llvm-project#3275",
       has_float_elements, carry_lost},
      {"ties-off", kGroup, "ties go away from zero", "triton-lang/triton#11753", rounds_to_nearest, ties_upward},
      {"double-rounding", kGroup, "elements pass through fp16, cut", "triton-lang/triton#11753", rounds_once,
       through_half, nullptr, nullptr, fp16_changes_nothing},
      {"subnormals-flushed", kGroup, "subnormal inputs and elements are flushed", "triton-lang/triton#10846",
       has_float_elements, subnormals_flushed},
  };
}

}  // namespace bitgate::compare
