#include "bitgate/compare/tensor_files.h"

#include <fmt/format.h>

#include <bit>
#include <stdexcept>
#include <utility>

#include "bitgate/compare/tensor_directory.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reference/layout/ggml_blocks.h"
#include "bitgate/reference/layout/nibbles.h"
#include "bitgate/reference/layout/scale_layout.h"
#include "bitgate/reference/layout/transpose.h"

namespace bitgate::compare {
namespace {

// What the callers of this file owe it; the sizes of the other fields are held against their shapes by make_npy.
void require_promises(const TensorDescription& d, const QuantizedTensor& t, Direction side) {
  const Extent extent = side == Direction::kColumnwise ? reference::swapped(d.extent) : d.extent;
  const bool described =
      d.scheme == t.scheme.id && extent == t.extent && d.global_number == t.global_number && t.direction == side;
  const bool values_only = d.values && t.codes.empty();
  const bool sized = values_only || t.codes.size() == static_cast<std::size_t>(count(t.extent));
  const auto scale_bytes = std::visit([](const auto& scales) { return sizeof(scales[0]); }, t.scales);
  const bool scaled =
      values_only || (scale_bytes * 8 == t.scheme.scale.bits &&
                      scale_count(t.scales) == static_cast<std::size_t>(count(scale_extent(t.scheme, t.extent))));
  if (!described || !sized || !scaled) throw std::logic_error("a tensor and its description differ");
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

class Members {
 public:
  void add(const std::string& stem, const NpyArray& array) { members_[stem + ".npy"] = npy_bytes(array); }
  void add_text(const std::string& name, const std::string& text) {
    const auto bytes = std::as_bytes(std::span<const char>(text));
    members_[name].assign(bytes.begin(), bytes.end());
  }
  ArchiveMembers take() { return std::move(members_); }

 private:
  ArchiveMembers members_;
};

void add_values(const TensorDescription& d, const QuantizedTensor& t, Members& members) {
  const std::vector<std::int64_t> shape{t.extent.rows, t.extent.cols};
  if (*d.values == InputType::kF32)
    members.add("values", make_npy(shape, t.values));
  else
    members.add("values", make_npy(shape, narrowed(t.values, *d.values)));
}

NpyArray stored_codes(const TensorDescription& d, const QuantizedTensor& t) {
  const auto [rows, cols] = t.extent;
  if (has_nibbles(t.scheme))
    return make_npy({rows, reference::packed_nibble_cols(cols)}, reference::pack_nibbles(t.codes, t.extent, d.nibbles));
  if (reference::codes_are_turned(t.scheme, t.direction))
    return make_npy({cols, rows}, reference::transposed(t.codes, t.extent));
  return make_npy({rows, cols}, t.codes);
}

// The files of one direction; `suffix` is "" or "_t".
void add_side(const TensorDescription& d, const QuantizedTensor& t, const std::string& suffix, Members& members) {
  members.add("codes" + suffix, stored_codes(d, t));
  const Extent stored = reference::stored_scale_extent(t.scheme, t.extent, t.direction, d.layout);
  const Scales scales = reference::store_scales(t, d.layout);
  std::visit([&](const auto& s) { members.add("scales" + suffix, make_npy({stored.rows, stored.cols}, s)); }, scales);
  if (t.scheme.extra_cols != 0)
    members.add("extras" + suffix, make_npy({t.extent.rows, extras_per_row(t.scheme, t.extent.cols)}, t.extras));
  if (t.scheme.global != GlobalAxis::kNone)
    members.add("global" + suffix, make_npy({global_count(t.scheme, t.extent)}, t.global));
}

}  // namespace

TensorDescription description_of(const QuantizedTensor& t, NibbleOrder nibbles, std::string recipe, RawBlocks blocks) {
  TensorDescription d;
  d.scheme = t.scheme.id;
  d.direction = t.columnwise.empty() ? t.direction : Direction::kBoth;
  d.extent = t.direction == Direction::kColumnwise ? reference::swapped(t.extent) : t.extent;
  d.global_number = t.global_number;
  d.nibbles = nibbles;
  if (is_values_only(t.scheme) || !t.values.empty()) d.values = InputType::kF32;
  d.recipe = std::move(recipe);
  d.blocks = blocks;
  return d;
}

TensorDescription description_of(const QuantizedTensor& t, NibbleOrder nibbles, std::string recipe) {
  const bool by_rows = t.direction == Direction::kRowwise && t.columnwise.empty();
  return description_of(t, nibbles, std::move(recipe),
                        by_rows ? reference::default_blocks(t.scheme.id) : RawBlocks::kNone);
}

ArchiveMembers tensor_members(const TensorDescription& d, const QuantizedTensor& t) {
  require_consistent(d, "tensor.json");
  if (t.columnwise.size() != (d.direction == Direction::kBoth ? 1 : 0))
    throw std::logic_error("a tensor's column-wise twin and its description differ");
  const bool columnwise = d.direction == Direction::kColumnwise;
  require_promises(d, t, columnwise ? Direction::kColumnwise : Direction::kRowwise);
  Members members;
  members.add_text("tensor.json", to_json(d));
  if (d.values) add_values(d, t, members);
  if (d.values && t.codes.empty()) return members.take();
  add_side(d, t, columnwise ? "_t" : "", members);
  for (const QuantizedTensor& twin : t.columnwise) {
    require_promises(d, twin, Direction::kColumnwise);
    add_side(d, twin, "_t", members);
  }
  if (d.blocks != RawBlocks::kNone) {
    const auto shape = reference::ggml_blocks_shape(d.blocks, t.extent);
    members.add("packed", make_npy({shape.begin(), shape.end()}, reference::pack_ggml_blocks(d.blocks, t)));
  }
  return members.take();
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
