#include "bitgate/reports/program/plugin_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "bitgate/device/launch/plan.h"
#include "bitgate/device/plugin.h"
#include "bitgate/reference/layout/nibbles.h"
#include "bitgate/reference/layout/scale_layout.h"
#include "bitgate/reference/layout/transpose.h"
#include "bitgate/reports/program/plugin_subject.h"

namespace bitgate::program {

namespace {

using reference::ScaleLayout;

// Row-wise or column-wise, in the words of both sides.
struct PluginSide {
  Direction direction;
  PluginBuffer codes, scales, global;
};
constexpr PluginSide kRows{Direction::kRowwise, PluginBuffer::kCodes, PluginBuffer::kScales, PluginBuffer::kGlobal};
constexpr PluginSide kColumns{Direction::kColumnwise, PluginBuffer::kCodesT, PluginBuffer::kScalesT,
                              PluginBuffer::kGlobalT};

Extent extent_of(const PluginSide& side, const Extent& input) noexcept {
  return side.direction == Direction::kRowwise ? input : reference::swapped(input);
}

ScaleLayout layout_of(const PluginKernel& kernel) noexcept {
  constexpr ScaleLayout kLayouts[] = {ScaleLayout::kLogical, ScaleLayout::kPadded, ScaleLayout::k128x4,
                                      ScaleLayout::k8x4};
  return kLayouts[kernel.scale_layout];
}

QuantizedTensor empty_side(const PluginKernel& kernel, const PluginSide& side, const Extent& input) {
  QuantizedTensor tensor =
      make_quantized(kernel.scheme(), kernel.recipe->storage.global_number, extent_of(side, input));
  tensor.direction = side.direction;
  return tensor;
}

template <class T>
std::size_t bytes_of(const std::vector<T>& values) {
  return values.size() * sizeof(T);
}
std::size_t bytes_of(const Scales& scales) {
  return std::visit([](const auto& values) { return bytes_of(values); }, scales);
}

std::size_t row_bytes(const Scheme& scheme, std::int64_t cols) noexcept {
  return static_cast<std::size_t>(scheme.element.bits == 4 ? reference::packed_nibble_cols(cols) : cols);
}

// Bytes of a row of codes in memory: those that hold codes, and all.
struct CodeRow {
  std::size_t used, pitch;
};
CodeRow code_row(const PluginKernel& kernel, const Extent& side) noexcept {
  const Scheme& scheme = kernel.scheme();
  const std::size_t used = row_bytes(scheme, side.cols);
  if (kernel.code_layout == BITGATE_CODES_ROWS) return {used, used};
  return {used, row_bytes(scheme, device::padded_cols(scheme, side.cols))};
}

PluginOutput codes_output(const PluginKernel& kernel, const PluginSide& side, const Extent& input) {
  const Extent extent = extent_of(side, input);
  const CodeRow row = code_row(kernel, extent);
  PluginOutput output{side.codes, static_cast<std::size_t>(extent.rows) * row.pitch, {}};
  if (is_values_only(kernel.scheme())) return {side.codes, 0, {}};
  if (row.used == row.pitch) return output;
  output.padding.resize(output.bytes);
  for (std::size_t i = 0; i < output.bytes; ++i) output.padding[i] = i % row.pitch >= row.used;
  return output;
}

// The logical matrix in the layout of the kernel; a layout pads with zero.
Scales laid_out(const PluginKernel& kernel, const QuantizedTensor& tensor) {
  return kernel.scale_layout == BITGATE_SCALES_ROWS ? tensor.scales
                                                    : reference::store_scales(tensor, layout_of(kernel));
}

PluginOutput scales_output(const PluginKernel& kernel, const PluginSide& side, const Extent& input) {
  QuantizedTensor marked = empty_side(kernel, side, input);
  if (is_values_only(kernel.scheme())) return {side.scales, 0, {}};
  const auto mark = [](auto& scales) {
    for (auto& scale : scales) std::memset(&scale, 0xFF, sizeof scale);
  };
  std::visit(mark, marked.scales);
  const Scales stored = laid_out(kernel, marked);
  PluginOutput output{side.scales, bytes_of(stored), {}};
  if (output.bytes == bytes_of(marked.scales)) return output;
  std::visit(
      [&](const auto& scales) {
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(scales.data());
        for (std::size_t i = 0; i < output.bytes; ++i) output.padding.push_back(bytes[i] == 0);
      },
      stored);
  return output;
}

void add_side(const PluginKernel& kernel, const PluginSide& side, const Extent& input, bool global,
              std::vector<PluginOutput>& outputs) {
  const QuantizedTensor tensor = empty_side(kernel, side, input);
  outputs.push_back(codes_output(kernel, side, input));
  outputs.push_back(scales_output(kernel, side, input));
  if (side.direction == Direction::kRowwise) {
    outputs.push_back({PluginBuffer::kExtras, bytes_of(tensor.extras), {}});
    outputs.push_back({PluginBuffer::kValues, bytes_of(tensor.values), {}});
  }
  if (global) outputs.push_back({side.global, bytes_of(tensor.global), {}});
}

// The bytes of one buffer in an answer; empty: it is none of the outputs.
std::span<const std::byte> find(const std::vector<PluginOutput>& outputs, const Frame& answer, PluginBuffer buffer) {
  std::size_t at = 0;
  for (const PluginOutput& output : outputs) {
    if (output.buffer == buffer) return std::span(answer).subspan(at, output.bytes);
    at += output.bytes;
  }
  return {};
}

template <class T>
void copy_to(std::vector<T>& values, std::span<const std::byte> from) {
  const std::size_t bytes = std::min(from.size(), bytes_of(values));
  if (bytes != 0) std::memcpy(values.data(), from.data(), bytes);
}

std::vector<std::uint8_t> unpacked(const PluginKernel& kernel, const Extent& extent, std::span<const std::byte> from) {
  const CodeRow row = code_row(kernel, extent);
  std::vector<std::uint8_t> tight(static_cast<std::size_t>(extent.rows) * row.used);
  for (std::size_t r = 0; row.used != 0 && r * row.pitch < from.size(); ++r)
    std::memcpy(tight.data() + r * row.used, from.data() + r * row.pitch, row.used);
  return kernel.scheme().element.bits == 4 ? reference::unpack_nibbles(tight, extent, kernel.nibbles) : tight;
}

QuantizedTensor side_answer(const PluginKernel& kernel, const PluginSide& side, const Extent& input,
                            const std::vector<PluginOutput>& outputs, const Frame& answer) {
  QuantizedTensor tensor = empty_side(kernel, side, input);
  const bool shared = kernel.shares_numbers();
  copy_to(tensor.global, find(outputs, answer, shared ? PluginBuffer::kGlobal : side.global));
  if (side.direction == Direction::kRowwise) {
    copy_to(tensor.extras, find(outputs, answer, PluginBuffer::kExtras));
    copy_to(tensor.values, find(outputs, answer, PluginBuffer::kValues));
  }
  if (is_values_only(kernel.scheme())) return tensor;
  tensor.codes = unpacked(kernel, tensor.extent, find(outputs, answer, side.codes));
  Scales stored = laid_out(kernel, tensor);
  std::visit([&](auto& scales) { copy_to(scales, find(outputs, answer, side.scales)); }, stored);
  std::int64_t nonzero_padding = 0;  // judged by require_same()
  tensor.scales = kernel.scale_layout == BITGATE_SCALES_ROWS
                      ? std::move(stored)
                      : reference::load_scales(stored, tensor, layout_of(kernel), nonzero_padding);
  return tensor;
}

[[noreturn]] void refuse(const PluginOutput& output, bool padding, std::size_t bad, std::size_t first,
                         std::string_view what) {
  const auto pads = static_cast<std::size_t>(std::count(output.padding.begin(), output.padding.end(), true));
  const std::size_t all = padding ? pads : output.bytes - pads;
  throw SubjectFailed(fmt::format("{}{}: {} of {} bytes {}, the first is byte {}", padding ? "the padding of " : "",
                                  kPluginBufferNames[at(output.buffer)], bad, all, what, first));
}

// Counts the bytes of one kind, padding or not, for which `bad` holds, and refuses if there are any.
template <class Bad>
void require_none(const PluginOutput& output, bool padding, std::string_view what, Bad bad) {
  std::size_t count = 0, first = output.bytes;
  for (std::size_t i = 0; i < output.bytes; ++i) {
    if ((!output.padding.empty() && output.padding[i]) != padding || !bad(i)) continue;
    first = std::min(first, i);
    ++count;
  }
  if (count != 0) refuse(output, padding, count, first, what);
}

}  // namespace

std::vector<PluginOutput> plugin_outputs(const PluginKernel& kernel, const Extent& extent, std::uint32_t asked_as,
                                         const PluginNumbers& given) {
  std::vector<PluginOutput> outputs;
  const bool writes = given.global.empty(), writes_t = given.global_t.empty();
  const bool rows = asked_as != BITGATE_COLUMNWISE, columns = asked_as != BITGATE_ROWWISE;
  const bool shared = kernel.shares_numbers();
  if (rows) add_side(kernel, kRows, extent, writes, outputs);
  if (!rows && shared && writes)
    outputs.push_back({PluginBuffer::kGlobal, bytes_of(empty_side(kernel, kColumns, extent).global), {}});
  if (columns) add_side(kernel, kColumns, extent, !shared && writes_t, outputs);
  std::erase_if(outputs, [](const PluginOutput& output) { return output.bytes == 0; });
  std::ranges::sort(outputs, {}, [](const PluginOutput& output) { return at(output.buffer); });
  return outputs;
}

void require_same(const std::vector<PluginOutput>& outputs, const Frame& first, const Frame& answer,
                  std::uint8_t first_poison, std::uint8_t poison, std::uint32_t padding) {
  std::size_t start = 0;
  for (const PluginOutput& output : outputs) {
    const std::span a = std::span(first).subspan(start, output.bytes);
    const std::span b = std::span(answer).subspan(start, output.bytes);
    const auto kept = [&](std::size_t i) { return a[i] == std::byte{first_poison} && b[i] == std::byte{poison}; };
    start += output.bytes;
    require_none(output, false, "were not written", [&](std::size_t i) { return first_poison != poison && kept(i); });
    require_none(output, false, "differ between two runs", [&](std::size_t i) { return a[i] != b[i]; });
    if (output.padding.empty()) continue;
    if (padding == BITGATE_PADDING_UNTOUCHED) {
      require_none(output, true, "were written, and are to stay untouched", [&](std::size_t i) { return !kept(i); });
      continue;
    }
    require_none(output, true, "were not written", [&](std::size_t i) { return first_poison != poison && kept(i); });
    require_none(output, true, "differ between two runs", [&](std::size_t i) { return a[i] != b[i]; });
    if (padding == BITGATE_PADDING_ZERO)
      require_none(output, true, "are not zero", [&](std::size_t i) { return b[i] != std::byte{0}; });
  }
}

QuantizedTensor plugin_answer(const PluginKernel& kernel, const Extent& extent, Direction direction,
                              const std::vector<PluginOutput>& outputs, const Frame& answer) {
  if (direction == Direction::kColumnwise) return side_answer(kernel, kColumns, extent, outputs, answer);
  QuantizedTensor tensor = side_answer(kernel, kRows, extent, outputs, answer);
  if (direction == Direction::kBoth)
    tensor.columnwise.push_back(side_answer(kernel, kColumns, extent, outputs, answer));
  return tensor;
}

}  // namespace bitgate::program
