// The sixteen faults by which the usual gates were measured (users.md 3.6 of the notes).
#include <algorithm>

#include "bitgate/compare/fault_groups.h"
#include "bitgate/reference/layout/swizzle.h"

namespace bitgate::compare {
namespace {

using namespace fault;

constexpr EncodeRule kTruncate{Rounding::kTowardZero, Overflow::kSaturate, NanCode::kPositiveAllOnes};

void truncates(const FaultContext& at, QuantizedTensor& t) {
  const std::vector<double> over = scaled(at.operand, t);
  encode_changed(over, over, kTruncate, t);
}

void never_largest(const FaultContext&, QuantizedTensor& t) {
  const Format& element = t.scheme.element;
  for (std::uint8_t& code : t.codes)
    if ((code & magnitude_mask(element)) == max_code(element)) --code;
}

// Scales one down where the code stands above what amax asks for, which nearest would have rounded up.
void scale_truncated(const FaultContext& at, QuantizedTensor& t) {
  const std::vector<double> over = scaled(at.operand, t);
  std::vector<double> amax(scale_count(t.scales));
  for (std::size_t i = 0; i < over.size(); ++i) {
    const auto cols = t.extent.cols;
    const auto row = static_cast<std::int64_t>(i) / cols;
    double& most = amax[scale_index(t.scheme, cols, row, static_cast<std::int64_t>(i) % cols)];
    most = std::max(most, std::fabs(over[i]));
  }
  const double largest = max_finite(t.scheme.element);
  const QuantizedTensor before = t;
  for (std::size_t i = 0; i < amax.size(); ++i)
    if (amax[i] < largest && scale_bits(t.scales, i) > 1) set_scale_bits(t.scales, i, scale_bits(t.scales, i) - 1);
  encode_under_new_units(at.operand, before, t);
}

void scale_plus_one(const FaultContext&, QuantizedTensor& t) {
  const std::uint32_t most = max_code(t.scheme.scale);
  for (std::size_t i = 0; i < scale_count(t.scales); ++i)
    if (scale_bits(t.scales, i) < most) set_scale_bits(t.scales, i, scale_bits(t.scales, i) + 1);
}

void scale_mantissa_never_full(const FaultContext&, QuantizedTensor& t) {
  const std::uint32_t full = mantissa_mask(t.scheme.scale);
  for (std::size_t i = 0; i < scale_count(t.scales); ++i)
    if ((scale_bits(t.scales, i) & full) == full) set_scale_bits(t.scales, i, scale_bits(t.scales, i) - 1);
}

void neighbours_swapped(const FaultContext&, QuantizedTensor& t) {
  for (std::size_t i = 0; i + 1 < scale_count(t.scales); i += 2) {
    const std::uint32_t first = scale_bits(t.scales, i);
    set_scale_bits(t.scales, i, scale_bits(t.scales, i + 1));
    set_scale_bits(t.scales, i + 1, first);
  }
}

// The bytes of the swizzled matrix, read as if they were in rows.
void left_swizzled(const FaultContext&, QuantizedTensor& t) {
  auto& bytes = std::get<std::vector<std::uint8_t>>(t.scales);
  std::vector<std::uint8_t> blocked = reference::swizzle(bytes, scale_extent(t.scheme, t.extent));
  blocked.resize(bytes.size());
  bytes = std::move(blocked);
}

void some_scales_zero(const FaultContext&, QuantizedTensor& t) {
  for (std::size_t i = 0; i < scale_count(t.scales); i += 64) set_scale_bits(t.scales, i, 0);
}

void multiply_global(QuantizedTensor& t, float factor) {
  for (float& global : t.global) global *= factor;
}
void global_off(const FaultContext&, QuantizedTensor& t) { multiply_global(t, 1.016f); }
void global_twice(const FaultContext&, QuantizedTensor& t) { multiply_global(t, 2.0f); }

void no_negative_zero(const FaultContext&, QuantizedTensor& t) {
  for (std::uint8_t& code : t.codes)
    if ((code & magnitude_mask(t.scheme.element)) == 0) code = 0;
  for (float& value : t.values)
    if (value == 0.0f) value = 0.0f;
}

// Codes, or the values of a producer that fake-quantizes: zero.
void zero_entries(QuantizedTensor& t, std::int64_t first, std::int64_t n) {
  if (!t.codes.empty()) std::fill_n(t.codes.begin() + first, n, std::uint8_t{0});
  if (!t.values.empty()) std::fill_n(t.values.begin() + first, n, 0.0f);
}

void last_row_dropped(const FaultContext&, QuantizedTensor& t) {
  zero_entries(t, count(t.extent) - t.extent.cols, t.extent.cols);
}

void one_block_zero(const FaultContext&, QuantizedTensor& t) {
  const std::int64_t width = t.scheme.block.cols == 0 ? t.extent.cols : std::min(t.scheme.block.cols, t.extent.cols);
  zero_entries(t, 0, width);
}

void one_code_off(const FaultContext&, QuantizedTensor& t) {
  step_entry(t, static_cast<std::size_t>(count(t.extent)) / 2);
}

void all_zero(const FaultContext&, QuantizedTensor& t) { zero_entries(t, 0, count(t.extent)); }

void nibbles_swapped(const FaultContext&, QuantizedTensor& t) {
  for (std::size_t i = 0; i + 1 < t.codes.size(); i += 2) std::swap(t.codes[i], t.codes[i + 1]);
}

std::string_view zeros_without_sign(const Recipe& r) {
  using reference::Special;
  switch (r.rules.special.kind) {
    case Special::kMicroxcaling:
      return r.rules.special.path == reference::MxPath::kExtension ? "the extension's zeros have no sign" : "";
    case Special::kGgmlMxfp4Host:
    case Special::kGgmlNvfp4Host: return "of the table's two zeros the first is nearest, which has no sign";
    default: break;
  }
  return r.rules.element.encode == reference::ElementEncode::kLowerOfTie ? "torch.bucketize gives zeros no sign" : "";
}

bool has_e4m3_rows(const reference::Recipe& r) noexcept { return has_e4m3_scales(r) && has_row_blocks(r); }
// A scale that is rounded up to the next power of two may leave the largest code without an input.
bool reaches_largest(const reference::Recipe& r) noexcept {
  return has_float_elements(r) && r.rules.block.form != reference::ScaleForm::kExponentCeil;
}

}  // namespace

std::vector<Fault> quantizer_faults() {
  constexpr FaultGroup kGroup = FaultGroup::kQuantizer;
  constexpr std::string_view kTable = "the table of blind gates, users.md 3.6";
  return {
      {"element-truncated", kGroup, "elements are truncated, not rounded", kTable, rounds_to_nearest, truncates},
      {"largest-never", kGroup, "the largest element code is never produced", kTable, reaches_largest, never_largest},
      {"scale-truncated", kGroup, "block scales are truncated, not rounded", kTable, has_e4m3_rows, scale_truncated},
      {"scale-plus-one", kGroup, "every scale code is one too large", kTable, has_byte_scales, scale_plus_one},
      {"scale-mantissa-7-never", kGroup, "no scale has a full mantissa", kTable, has_e4m3_scales,
       scale_mantissa_never_full},
      {"scales-swapped", kGroup, "neighbouring scales are swapped", kTable, has_byte_scales, neighbours_swapped},
      {"scales-swizzled", kGroup, "scales are left in the 128x4 swizzle", kTable, has_byte_scales, left_swizzled},
      {"scales-zero", kGroup, "one scale in 64 is zero", kTable, has_e4m3_scales, some_scales_zero},
      {"global-off", kGroup, "the global is 1.6 % off", kTable, has_global, global_off},
      {"negative-zero-lost", kGroup, "-0 becomes +0", kTable, has_signed_zero, no_negative_zero, nullptr, nullptr,
       zeros_without_sign},
      {"last-row-dropped", kGroup, "the last row is not written", kTable, always, last_row_dropped},
      {"block-zero", kGroup, "the first block's codes are zero", kTable, always, one_block_zero},
      {"one-code-off", kGroup, "one code is off by one", kTable, always, one_code_off},
      {"all-zero", kGroup, "every code is zero", kTable, always, all_zero},
      {"nibbles-swapped", kGroup, "the two codes of each byte are swapped", kTable, has_nibbles, nibbles_swapped},
      {"global-twice", kGroup, "the global is twice what it should be", kTable, has_global, global_twice},
  };
}

}  // namespace bitgate::compare
