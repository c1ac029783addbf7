#include "bitgate/compare/input_file.h"

#include <fmt/format.h>

#include "bitgate/compare/npz.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

constexpr std::string_view kArchive = ".npz";

Extent matrix_of(const NpyArray& array, std::string_view name) {
  const auto& shape = array.shape;
  switch (shape.size()) {
    case 1: return {1, shape[0]};
    case 2: return {shape[0], shape[1]};
    case 3: return {shape[0] * shape[1], shape[2]};  // a .npy shape multiplies without overflow
    default: break;
  }
  throw InputError(
      fmt::format("{}: the shape {} is not a matrix: expected 1, 2 or 3 dimensions", name, shape_text(shape)));
}

InputType type_of(const NpyArray& array, std::string_view name, std::string_view dtype) {
  const std::optional<InputType> asked = find_input_type(dtype);
  if (!dtype.empty() && !asked)
    throw InputError(fmt::format("{}: unknown dtype '{}': expected fp32, bf16 or f16", name, dtype));
  std::optional<InputType> held;
  if (array.type == NpyType::kFloat32)
    held = InputType::kF32;
  else if (array.type == NpyType::kFloat16)
    held = InputType::kF16;
  else if (array.type == NpyType::kUint16 && asked != InputType::kF32)
    held = asked;
  if (held && (!asked || asked == held)) return *held;
  if (array.type == NpyType::kUint16)
    throw InputError(fmt::format("{}: holds uint16, whose bit patterns need the dtype bf16 or f16", name));
  throw InputError(fmt::format("{}: holds {}, expected {}", name, name_of(array.type),
                               !asked                      ? "float32, float16 or uint16 bit patterns"
                               : asked == InputType::kF32  ? "float32 for dtype fp32"
                               : asked == InputType::kBf16 ? "uint16 bit patterns for dtype bf16"
                                                           : "float16 or uint16 bit patterns for dtype f16"));
}

bool ends_with(const std::string& text, std::string_view end) noexcept {
  return text.size() >= end.size() && std::string_view(text).substr(text.size() - end.size()) == end;
}

std::string only_array(const NpzFile& file) {
  const std::vector<std::string> members = file.members();
  if (members.size() == 1 && ends_with(members[0], ".npy")) return members[0].substr(0, members[0].size() - 4);
  throw InputError(
      fmt::format("{}: holds {} members: name one array as {}:KEY", file.name(), members.size(), file.name()));
}

}  // namespace

std::optional<InputType> find_input_type(std::string_view name) noexcept {
  for (const InputType type : kInputTypes)
    if (name == bitgate::name_of(type)) return type;
  return std::nullopt;
}

NpyArray read_array(const std::string& where) {
  if (ends_with(where, ".npy") && where.find(".npz:") == std::string::npos) return read_npy(where);
  const std::size_t archive_end = where.find(".npz:");
  if (archive_end != std::string::npos) {
    const std::size_t key = archive_end + kArchive.size() + 1;
    return NpzFile(where.substr(0, key - 1)).array(where.substr(key));
  }
  if (!ends_with(where, kArchive))
    throw InputError(fmt::format("{}: is not read: expected FILE.npy, FILE.npz or FILE.npz:KEY", where));
  const NpzFile file{std::filesystem::path(where)};
  return file.array(only_array(file));
}

TypedTensor input_from(const NpyArray& array, std::string_view name, std::string_view dtype) {
  TypedTensor tensor;
  tensor.type = type_of(array, name, dtype);
  tensor.extent = matrix_of(array, name);
  require_extent(name, tensor.extent);
  if (tensor.type == InputType::kF32)
    tensor.values = values_of<float>(array.data);
  else
    tensor.values = values_of<std::uint16_t>(array.data);
  return tensor;
}

TypedTensor read_input(const std::string& where, std::string_view dtype) {
  return input_from(read_array(where), where, dtype);
}

void require_extent(std::string_view file, const Extent& extent) {
  constexpr std::int64_t kMaxSide = std::int64_t{1} << 40, kMaxEmptySide = std::int64_t{1} << 20;
  const std::int64_t limit = extent.rows == 0 || extent.cols == 0 ? kMaxEmptySide : kMaxSide;
  if (extent.rows >= 0 && extent.cols >= 0 && extent.rows <= limit && extent.cols <= limit) return;
  throw InputError(fmt::format("{}: {} x {} is not a tensor's size: expected at most {} rows and columns", file,
                               extent.rows, extent.cols, limit));
}

}  // namespace bitgate::compare
