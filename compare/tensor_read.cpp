#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <system_error>
#include <utility>

#include "bitgate/compare/digest.h"
#include "bitgate/compare/file_bytes.h"
#include "bitgate/compare/input_file.h"
#include "bitgate/compare/tensor_arrays.h"
#include "bitgate/compare/tensor_files.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reference/layout/transpose.h"

namespace bitgate::compare {
namespace {

constexpr std::string_view kJson = "tensor.json";

// Where arrays come from: a directory, an archive, or a list of files. Asked by "codes"; none when there is no such
// file.
using FindArray = std::function<std::optional<NamedArray>(const std::string& stem)>;

// The files of one direction.
class Side {
 public:
  Side(const FindArray& find, const std::string& from, const std::string& suffix)
      : find_(find), from_(from), suffix_(suffix) {}
  std::optional<NamedArray> find(const std::string& stem) const { return find_(stem + suffix_); }
  NamedArray require(const std::string& stem) const {
    std::optional<NamedArray> found = find(stem);
    if (!found)
      throw InputError(fmt::format("{}: has no {}{}.npy, which its description calls for", from_, stem, suffix_));
    return std::move(*found);
  }
  // What the description does not speak of has no meaning.
  void refuse(const std::string& stem, const std::string& reason) const {
    if (const auto found = find(stem)) throw InputError(fmt::format("{}: is there, but {}", found->name, reason));
  }
  const std::string& from() const noexcept { return from_; }

 private:
  const FindArray& find_;
  const std::string& from_;
  std::string suffix_;
};

QuantizedTensor empty_tensor(const TensorDescription& d, Direction direction) {
  QuantizedTensor t;
  t.scheme = scheme_of(d.scheme);
  t.global_number = d.global_number;
  t.extent = direction == Direction::kColumnwise ? reference::swapped(d.extent) : d.extent;
  t.direction = direction;
  return t;
}

bool same_bytes(std::span<const std::byte> a, std::span<const std::byte> b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

void read_logical(const Side& side, const NamedArray& codes, const TensorDescription& d, QuantizedTensor& t,
                  std::int64_t& nonzero_padding) {
  t.codes = read_codes(codes, t, d.nibbles, nonzero_padding);
  t.scales = read_scales(side.require("scales"), t, d, nonzero_padding);
  if (t.scheme.extra_cols == 0) return;
  t.extras = read_extras(side.require("extras"), t);
}

// Codes, scales and extras from the logical files, the raw blocks, or both.
void read_fields(const Side& side, const TensorDescription& d, QuantizedTensor& t, std::int64_t& nonzero_padding) {
  const std::optional<NamedArray> packed = side.find("packed");
  if (!packed) return read_logical(side, side.require("codes"), d, t, nonzero_padding);
  QuantizedTensor blocks = read_blocks(*packed, d, nonzero_padding);
  const std::optional<NamedArray> codes = side.find("codes");
  if (!codes) {
    t.codes = std::move(blocks.codes);
    t.scales = std::move(blocks.scales);
    t.extras = std::move(blocks.extras);
    return;
  }
  read_logical(side, *codes, d, t, nonzero_padding);
  if (!same_bytes(codes_bytes(blocks), codes_bytes(t)) || !same_bytes(scales_bytes(blocks), scales_bytes(t)) ||
      !same_bytes(extras_bytes(blocks), extras_bytes(t)))
    throw InputError(
        fmt::format("{}: packed.npy holds other codes, scales or extras than the files beside it", side.from()));
}

QuantizedTensor read_side(const Side& side, const TensorDescription& d, Direction direction,
                          std::int64_t& nonzero_padding) {
  QuantizedTensor t = empty_tensor(d, direction);
  const bool has_global = t.scheme.global != GlobalAxis::kNone;
  if (!has_global) side.refuse("global", fmt::format("scheme {} has no global", t.scheme.name));
  if (t.scheme.extra_cols == 0) side.refuse("extras", fmt::format("scheme {} has no extras", t.scheme.name));
  if (d.blocks == RawBlocks::kNone) side.refuse("packed", "the description states no blocks");
  read_fields(side, d, t, nonzero_padding);
  if (has_global) t.global = read_global(side.require("global"), t);
  return t;
}

void refuse_other_sides(const Side& row, const Side& column, Direction direction) {
  const std::string reason = fmt::format("the description states direction {}", name_of(direction));
  for (const char* stem : {"codes", "scales", "extras", "global", "packed", "values"}) {
    if (direction == Direction::kColumnwise) row.refuse(stem, reason);
    if (direction == Direction::kRowwise) column.refuse(stem, reason);
  }
}

LoadedTensor load(const FindArray& find, const std::string& from, const TensorDescription& d) {
  require_consistent(d, from);
  const Side row(find, from, ""), column(find, from, "_t");
  refuse_other_sides(row, column, d.direction);
  LoadedTensor out{d, empty_tensor(d, Direction::kRowwise), 0};
  if (!d.values) row.refuse("values", "the description states no type of values");
  std::vector<float> values;
  if (d.values) values = read_values(row.require("values"), d);
  const bool only_values = d.values && !row.find("codes") && !row.find("packed");
  if (is_values_only(out.tensor.scheme))
    for (const char* stem : {"codes", "scales", "extras", "global", "packed"})
      row.refuse(stem, fmt::format("scheme {} has only values", out.tensor.scheme.name));
  if (d.direction == Direction::kColumnwise)
    out.tensor = read_side(column, d, Direction::kColumnwise, out.nonzero_padding);
  else if (!only_values)
    out.tensor = read_side(row, d, Direction::kRowwise, out.nonzero_padding);
  if (d.direction == Direction::kBoth)
    out.tensor.columnwise.push_back(read_side(column, d, Direction::kColumnwise, out.nonzero_padding));
  out.tensor.values = std::move(values);
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

LoadedTensor tensor_from(const std::map<std::string, NpyArray>& arrays, const TensorDescription& given) {
  const std::string suffix = given.direction == Direction::kColumnwise ? "_t" : "";
  const FindArray find = [&](const std::string& stem) -> std::optional<NamedArray> {
    if (!stem.ends_with(suffix)) return std::nullopt;
    const auto array = arrays.find(stem.substr(0, stem.size() - suffix.size()));
    if (array == arrays.end()) return std::nullopt;
    return NamedArray{array->first, array->second};
  };
  return load(find, "the tensor", given);
}

}  // namespace bitgate::compare
