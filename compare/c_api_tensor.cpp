#include "bitgate/compare/c_api_tensor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "bitgate/compare/case.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reference/layout/ggml_blocks.h"
#include "bitgate/reference/layout/nibbles.h"
#include "bitgate/reference/layout/scale_layout.h"
#include "bitgate/reference/layout/transpose.h"

namespace bitgate::compare {
namespace {

struct Member {
  const char* name;
  bitgate_array bitgate_tensor::*array;
};
constexpr std::array<Member, 6> kMembers{{{"codes", &bitgate_tensor::codes},
                                          {"scales", &bitgate_tensor::scales},
                                          {"global", &bitgate_tensor::global},
                                          {"extras", &bitgate_tensor::extras},
                                          {"packed", &bitgate_tensor::packed},
                                          {"values", &bitgate_tensor::values}}};
constexpr std::pair<std::int32_t, NpyType> kTypes[] = {
    {BITGATE_UINT8, NpyType::kUint8}, {BITGATE_UINT16, NpyType::kUint16}, {BITGATE_FLOAT32, NpyType::kFloat32}};

std::int32_t c_type(NpyType type) {
  for (const auto& [c, npy] : kTypes)
    if (npy == type) return c;
  throw std::logic_error("an array of a type that C has no name for");
}

NpyType npy_type(const char* name, std::int32_t type) {
  for (const auto& [c, npy] : kTypes)
    if (c == type) return npy;
  throw InputError(fmt::format("{}: type {}: 1 (uint8), 2 (uint16) or 3 (float32)", name, type));
}

// What tensor_members makes of a tensor, without one: the arrays by name, without data.
using Shapes = std::map<std::string_view, NpyArray>;

Shapes shapes_of(const TensorDescription& d) {
  const Scheme& scheme = scheme_of(d.scheme);
  const Extent x = d.direction == Direction::kColumnwise ? reference::swapped(d.extent) : d.extent;
  Shapes shapes;
  if (d.values) shapes["values"] = {NpyType::kFloat32, {x.rows, x.cols}, {}};
  if (is_values_only(scheme)) return shapes;
  const Extent codes = reference::codes_are_turned(scheme, d.direction) ? reference::swapped(x) : x;
  shapes["codes"] = {
      NpyType::kUint8, {codes.rows, has_nibbles(scheme) ? reference::packed_nibble_cols(codes.cols) : codes.cols}, {}};
  const Extent scales = reference::stored_scale_extent(scheme, x, d.direction, d.layout);
  const NpyType scale_type = scheme.scale.bits == 8    ? NpyType::kUint8
                             : scheme.scale.bits == 16 ? NpyType::kUint16
                                                       : NpyType::kFloat32;
  shapes["scales"] = {scale_type, {scales.rows, scales.cols}, {}};
  if (scheme.extra_cols != 0) shapes["extras"] = {NpyType::kUint16, {x.rows, extras_per_row(scheme, x.cols)}, {}};
  if (scheme.global != GlobalAxis::kNone) shapes["global"] = {NpyType::kFloat32, {global_count(scheme, x)}, {}};
  if (d.blocks == RawBlocks::kNone) return shapes;
  const auto blocks = reference::ggml_blocks_shape(d.blocks, x);
  shapes["packed"] = {NpyType::kUint8, {blocks.begin(), blocks.end()}, {}};
  return shapes;
}

std::span<const std::int64_t> shape_of(const bitgate_array& array) {
  const bool sound = array.dims >= 0 && array.dims <= 3;
  return {array.shape, static_cast<std::size_t>(sound ? array.dims : 0)};
}

void require_place(const char* name, const Shapes& shapes, const bitgate_array& to) {
  if (to.data == nullptr) return;
  const auto at = shapes.find(name);
  if (at == shapes.end()) throw InputError(fmt::format("{}: the recipe stores none", name));
  const NpyArray& stored = at->second;
  if (to.type != c_type(stored.type) || !std::ranges::equal(shape_of(to), stored.shape))
    throw InputError(fmt::format("{}: the recipe stores {} of {}, and the array is another (see bitgate_sizes)", name,
                                 name_of(stored.type), shape_text(stored.shape)));
}

bitgate_array described(const char* name, const Shapes& shapes, void* data) {
  bitgate_array array{};
  array.data = data;
  const auto at = shapes.find(name);
  if (at == shapes.end()) return array;
  array.type = c_type(at->second.type);
  array.dims = static_cast<std::int32_t>(at->second.shape.size());
  std::ranges::copy(at->second.shape, array.shape);
  return array;
}

NpyArray array_from(const char* name, const bitgate_array& from) {
  NpyArray array;
  array.type = npy_type(name, from.type);
  if (from.dims < 0 || from.dims > 3) throw InputError(fmt::format("{}: {} dimensions", name, from.dims));
  std::int64_t elements = 1;
  for (std::int32_t i = 0; i < from.dims; ++i) {
    const std::int64_t side = from.shape[i];
    if (side < 0 || (side != 0 && elements > kMaxElements / side))
      throw InputError(fmt::format("{}: a dimension of {}", name, side));
    elements *= side;
    array.shape.push_back(side);
  }
  if (from.data == nullptr && elements != 0) throw InputError(fmt::format("{}: has a shape and no data", name));
  array.data.resize(static_cast<std::size_t>(elements) * size_of(array.type));
  if (!array.data.empty()) std::memcpy(array.data.data(), from.data, array.data.size());
  return array;
}

}  // namespace

void describe(const TensorDescription& description, bitgate_tensor& tensor) {
  const Shapes shapes = shapes_of(description);
  for (const Member& m : kMembers) tensor.*m.array = described(m.name, shapes, (tensor.*m.array).data);
}

void require_places(const TensorDescription& description, const bitgate_tensor& to) {
  const Shapes shapes = shapes_of(description);
  for (const Member& m : kMembers) require_place(m.name, shapes, to.*m.array);
}

void store(const TensorDescription& description, const QuantizedTensor& tensor, bitgate_tensor& to) {
  const char* const suffix = description.direction == Direction::kColumnwise ? "_t.npy" : ".npy";
  ArchiveMembers files = tensor_members(description, tensor);
  std::vector<std::pair<void*, NpyArray>> writes;
  for (const Member& m : kMembers) {
    const bitgate_array& place = to.*m.array;
    const auto file = files.find(m.name + std::string(suffix));
    if (file == files.end() || place.data == nullptr) continue;
    NpyArray from = parse_npy(std::move(file->second), file->first);
    if (!std::ranges::equal(from.shape, shape_of(place))) throw std::logic_error("a tensor and its places differ");
    writes.emplace_back(place.data, std::move(from));
  }
  for (const auto& [data, from] : writes)
    if (!from.data.empty()) std::memcpy(data, from.data.data(), from.data.size());
}

LoadedTensor load(const TensorDescription& description, const bitgate_tensor* from) {
  if (from == nullptr) throw InputError("no tensor is given");
  std::map<std::string, NpyArray> arrays;
  for (const Member& m : kMembers)
    if ((from->*m.array).type != BITGATE_NONE) arrays[m.name] = array_from(m.name, from->*m.array);
  TensorDescription anybody = description;
  anybody.recipe.clear();  // whose arithmetic made it is what is asked
  return tensor_from(arrays, anybody);
}

}  // namespace bitgate::compare
