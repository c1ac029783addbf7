#include "bitgate/compare/tensor_files.h"

#include <fmt/format.h>

#include <bit>
#include <stdexcept>
#include <utility>

#include "bitgate/compare/tensor_directory.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reference/layout/ggml_blocks.h"
#include "bitgate/reference/layout/nibbles.h"

namespace bitgate::compare {
namespace {

// What the callers of this file owe it; the sizes of the other fields are held against their shapes by make_npy.
void require_promises(const TensorDescription& d, const QuantizedTensor& t) {
  require_consistent(d, "tensor.json");
  const bool described = d.scheme == t.scheme.id && d.extent == t.extent && d.global_number == t.global_number &&
                         t.direction == Direction::kRowwise;
  const bool values_only = d.values && t.codes.empty();
  const bool sized = values_only || t.codes.size() == static_cast<std::size_t>(count(t.extent));
  const auto scale_bytes = std::visit([](const auto& scales) { return sizeof(scales[0]); }, t.scales);
  if (!described || !sized || (!values_only && scale_bytes * 8 != t.scheme.scale.bits))
    throw std::logic_error("a tensor and its description differ");
}

std::vector<std::uint16_t> narrowed(const std::vector<float>& values, InputType type) {
  std::vector<std::uint16_t> bits;
  for (const float value : values) {
    const auto wide = std::bit_cast<std::uint32_t>(value);
    // A NaN's payload lies in the leading bits of both types; encode() would replace it.
    const std::uint32_t f16_nan = (wide >> 16 & 0x8000) | 0x7C00 | (wide >> 13 & 0x3FF);
    const std::uint32_t narrow = type == InputType::kBf16 ? wide >> 16
                                 : value != value         ? f16_nan
                                                          : encode(kFp16, value, kCvtRnInf);
    bits.push_back(static_cast<std::uint16_t>(narrow));
    if (std::bit_cast<std::uint32_t>(widen(type, bits.back())) != wide)
      throw InputError(fmt::format("values: {} is no {}", value, bitgate::name_of(type)));
  }
  return bits;
}

}  // namespace

TensorDescription description_of(const QuantizedTensor& tensor, NibbleOrder nibbles, std::string recipe) {
  return {tensor.scheme.id,
          tensor.extent,
          tensor.global_number,
          nibbles,
          tensor.values.empty() ? std::nullopt : std::optional(InputType::kF32),
          std::move(recipe)};
}

ArchiveMembers tensor_members(const TensorDescription& d, const QuantizedTensor& t) {
  const std::int64_t rows = t.extent.rows, cols = t.extent.cols;
  require_promises(d, t);
  ArchiveMembers members;
  const std::string json = to_json(d);
  const auto json_bytes = std::as_bytes(std::span<const char>(json));
  members["tensor.json"].assign(json_bytes.begin(), json_bytes.end());
  const auto add = [&](const std::string& stem, const NpyArray& array) { members[stem + ".npy"] = npy_bytes(array); };
  if (d.values && *d.values == InputType::kF32)
    add("values", make_npy({rows, cols}, t.values));
  else if (d.values)
    add("values", make_npy({rows, cols}, narrowed(t.values, *d.values)));
  if (d.values && t.codes.empty()) return members;

  if (t.scheme.element.bits == 4) {
    const std::vector<std::uint8_t> packed = reference::pack_nibbles(t.codes, t.extent, d.nibbles);
    add("codes", make_npy({rows, reference::packed_nibble_cols(cols)}, packed));
  } else {
    add("codes", make_npy({rows, cols}, t.codes));
  }
  const std::vector<std::int64_t> scale_shape{rows, blocks_per_row(t.scheme, cols)};
  std::visit([&](const auto& scales) { add("scales", make_npy(scale_shape, scales)); }, t.scales);
  if (t.scheme.extra_cols != 0) add("extras", make_npy({rows, extras_per_row(t.scheme, cols)}, t.extras));
  if (t.scheme.global != GlobalAxis::kNone) add("global", make_npy({global_count(t.scheme, t.extent)}, t.global));
  if (reference::has_ggml_blocks(d.scheme)) {
    const auto shape = reference::ggml_blocks_shape(d.scheme, t.extent);
    add("packed", make_npy({shape.begin(), shape.end()}, reference::pack_ggml_blocks(t)));
  }
  return members;
}

void write_tensor(const std::filesystem::path& to, const TensorDescription& description,
                  const QuantizedTensor& tensor) {
  const ArchiveMembers members = tensor_members(description, tensor);
  if (to.extension() == ".npz")
    write_npz(to, members);
  else
    write_directory(to, members);
}

}  // namespace bitgate::compare
