#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <optional>
#include <system_error>
#include <utility>

#include "bitgate/compare/digest.h"
#include "bitgate/compare/file_bytes.h"
#include "bitgate/compare/input_file.h"
#include "bitgate/compare/tensor_files.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reference/layout/ggml_blocks.h"
#include "bitgate/reference/layout/nibbles.h"

namespace bitgate::compare {
namespace {

constexpr std::string_view kJson = "tensor.json";

struct NamedArray {
  std::string name;  // of the file, for complaints
  NpyArray array;
};

// Where arrays come from: a directory, an archive, or a list of files. Asked by "codes"; none when there is no such
// file.
using FindArray = std::function<std::optional<NamedArray>(const std::string& stem)>;

void require_array(const NamedArray& file, std::initializer_list<NpyType> types, std::vector<std::int64_t> shape) {
  bool type_fits = false;
  for (const NpyType type : types) type_fits |= file.array.type == type;
  if (type_fits && file.array.shape == shape) return;
  throw InputError(fmt::format("{}: holds {} of {}, expected {} of {}", file.name, name_of(file.array.type),
                               shape_text(file.array.shape), name_of(*types.begin()), shape_text(shape)));
}

NamedArray require_found(const FindArray& find, const std::string& stem, const std::string& from) {
  std::optional<NamedArray> found = find(stem);
  if (!found) throw InputError(fmt::format("{}: has no {}.npy, which its description calls for", from, stem));
  return std::move(*found);
}

std::vector<std::uint8_t> read_codes(const NamedArray& file, const TensorDescription& d,
                                     std::int64_t& nonzero_padding) {
  if (scheme_of(d.scheme).element.bits != 4) {
    require_array(file, {NpyType::kUint8, NpyType::kInt8}, {d.extent.rows, d.extent.cols});
    return values_of<std::uint8_t>(file.array.data);
  }
  require_array(file, {NpyType::kUint8}, {d.extent.rows, reference::packed_nibble_cols(d.extent.cols)});
  const auto packed = values_of<std::uint8_t>(file.array.data);
  nonzero_padding += reference::nonzero_pad_nibbles(packed, d.extent, d.nibbles);
  return reference::unpack_nibbles(packed, d.extent, d.nibbles);
}

Scales read_scales(const NamedArray& file, const Scheme& scheme, const Extent& extent) {
  const std::vector<std::int64_t> shape{extent.rows, blocks_per_row(scheme, extent.cols)};
  if (scheme.scale.bits == 8) {
    require_array(file, {NpyType::kUint8}, shape);
    return values_of<std::uint8_t>(file.array.data);
  }
  if (scheme.scale.bits == 16) {
    require_array(file, {NpyType::kUint16, NpyType::kFloat16}, shape);
    return values_of<std::uint16_t>(file.array.data);
  }
  require_array(file, {NpyType::kFloat32}, shape);
  return values_of<float>(file.array.data);
}

// One number or one a row: any shape with at most one side other than 1, so that the order is never in doubt.
std::vector<float> read_global(const NamedArray& file, const Scheme& scheme, const Extent& extent) {
  const std::int64_t expected = global_count(scheme, extent);
  int long_sides = 0;
  for (const std::int64_t side : file.array.shape) long_sides += side != 1;
  const auto held = static_cast<std::int64_t>(file.array.data.size() / size_of(file.array.type));
  if (long_sides > 1 || held != expected) require_array(file, {NpyType::kFloat32}, {expected});
  require_array(file, {NpyType::kFloat32}, file.array.shape);
  return values_of<float>(file.array.data);
}

QuantizedTensor empty_tensor(const TensorDescription& d) {
  QuantizedTensor t;
  t.scheme = scheme_of(d.scheme);
  t.global_number = d.global_number;
  t.extent = d.extent;
  return t;
}

QuantizedTensor read_blocks(const NamedArray& file, const TensorDescription& d, std::int64_t& nonzero_padding) {
  if (!reference::has_ggml_blocks(d.scheme))
    throw InputError(fmt::format("{}: scheme {} has no raw blocks", file.name, scheme_of(d.scheme).name));
  const auto shape = reference::ggml_blocks_shape(d.scheme, d.extent);
  require_array(file, {NpyType::kUint8}, {shape.begin(), shape.end()});
  const auto packed = values_of<std::uint8_t>(file.array.data);
  nonzero_padding += reference::nonzero_ggml_padding(d.scheme, d.extent, packed);
  return reference::unpack_ggml_blocks(d.scheme, d.extent, packed);
}

bool same_bytes(std::span<const std::byte> a, std::span<const std::byte> b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

void read_logical(const FindArray& find, const NamedArray& codes, const std::string& from, LoadedTensor& out) {
  const TensorDescription& d = out.description;
  QuantizedTensor& t = out.tensor;
  t.codes = read_codes(codes, d, out.nonzero_padding);
  t.scales = read_scales(require_found(find, "scales", from), t.scheme, d.extent);
  if (t.scheme.extra_cols == 0) return;
  const NamedArray extras = require_found(find, "extras", from);
  require_array(extras, {NpyType::kUint16, NpyType::kFloat16},
                {d.extent.rows, extras_per_row(t.scheme, d.extent.cols)});
  t.extras = values_of<std::uint16_t>(extras.array.data);
}

// Codes, scales and extras from the logical files, the raw blocks, or both.
void read_fields(const FindArray& find, const std::string& from, LoadedTensor& out) {
  const std::optional<NamedArray> packed = find("packed");
  if (!packed) return read_logical(find, require_found(find, "codes", from), from, out);
  QuantizedTensor blocks = read_blocks(*packed, out.description, out.nonzero_padding);
  const std::optional<NamedArray> codes = find("codes");
  if (!codes) {
    blocks.values = std::move(out.tensor.values);
    out.tensor = std::move(blocks);
    return;
  }
  read_logical(find, *codes, from, out);
  const QuantizedTensor& logical = out.tensor;
  if (!same_bytes(codes_bytes(blocks), codes_bytes(logical)) ||
      !same_bytes(scales_bytes(blocks), scales_bytes(logical)) ||
      !same_bytes(extras_bytes(blocks), extras_bytes(logical)))
    throw InputError(fmt::format("{}: packed.npy holds other codes, scales or extras than the files beside it", from));
}

void read_values(const NamedArray& file, LoadedTensor& out) {
  const InputType type = *out.description.values;
  const std::vector<std::int64_t> shape{out.tensor.extent.rows, out.tensor.extent.cols};
  if (type == InputType::kF32)
    require_array(file, {NpyType::kFloat32}, shape);
  else if (type == InputType::kF16)
    require_array(file, {NpyType::kUint16, NpyType::kFloat16}, shape);
  else
    require_array(file, {NpyType::kUint16}, shape);
  if (type == InputType::kF32)
    out.tensor.values = values_of<float>(file.array.data);
  else
    for (const std::uint16_t bits : values_of<std::uint16_t>(file.array.data))
      out.tensor.values.push_back(widen(type, bits));
}

LoadedTensor load(const FindArray& find, const std::string& from, const TensorDescription& description) {
  require_consistent(description, from);
  LoadedTensor out{description, empty_tensor(description), 0};
  const std::optional<NamedArray> values = find("values");
  if (values && !description.values)
    throw InputError(fmt::format("{}: is there, but the description states no type of values", values->name));
  if (!values && description.values)
    throw InputError(fmt::format("{}: has no values.npy, which its description calls for", from));
  if (values) read_values(*values, out);
  if (values && !find("codes") && !find("packed")) return out;
  read_fields(find, from, out);
  const std::optional<NamedArray> global = find("global");
  if (global && out.tensor.scheme.global == GlobalAxis::kNone)
    throw InputError(fmt::format("{}: is there, but scheme {} has no global", global->name, out.tensor.scheme.name));
  if (out.tensor.scheme.global != GlobalAxis::kNone)
    out.tensor.global = read_global(require_found(find, "global", from), out.tensor.scheme, description.extent);
  return out;
}

TensorDescription chosen(const std::optional<std::vector<std::byte>>& json, const std::string& from,
                         const TensorDescription* given) {
  if (!json && given == nullptr)
    throw InputError(fmt::format("{}: has no tensor.json, and no flags say what its files mean", from));
  if (!json) return *given;
  TensorDescription stated = parse_description(*json, fmt::format("{}:{}", from, kJson));
  if (given != nullptr && !given->agrees_with(stated))
    throw InputError(fmt::format("{}: its tensor.json contradicts the flags that were given", from));
  return stated;
}

}  // namespace

LoadedTensor read_tensor(const std::filesystem::path& from, const TensorDescription* given) {
  const std::string name = from.string();
  std::error_code none;
  if (std::filesystem::is_directory(from, none)) {
    const std::filesystem::path json = from / kJson;
    std::optional<std::vector<std::byte>> text;
    if (std::filesystem::exists(json, none)) text = read_bytes(json);
    const FindArray find = [&](const std::string& stem) -> std::optional<NamedArray> {
      const std::filesystem::path file = from / (stem + ".npy");
      std::error_code absent;
      if (!std::filesystem::exists(file, absent)) return std::nullopt;
      return NamedArray{file.string(), read_npy(file)};
    };
    return load(find, name, chosen(text, name, given));
  }
  if (from.extension() != ".npz")
    throw InputError(fmt::format("{}: expected a directory or a .npz file with the files of a tensor", name));
  const NpzFile archive(from);
  const FindArray find = [&](const std::string& stem) -> std::optional<NamedArray> {
    if (!archive.contains(stem + ".npy")) return std::nullopt;
    return NamedArray{fmt::format("{}:{}.npy", name, stem), archive.array(stem)};
  };
  return load(find, name, chosen(archive.bytes(kJson), name, given));
}

LoadedTensor read_tensor(const std::map<std::string, std::string>& files, const TensorDescription& given) {
  const FindArray find = [&](const std::string& stem) -> std::optional<NamedArray> {
    const auto file = files.find(stem);
    if (file == files.end()) return std::nullopt;
    return NamedArray{file->second, read_array(file->second)};
  };
  return load(find, "the given files", given);
}

}  // namespace bitgate::compare
