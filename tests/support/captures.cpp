#include "bitgate/tests/support/captures.h"

#include <fmt/format.h>

#include <fstream>
#include <memory>
#include <ostream>
#include <sstream>

#include "bitgate/compare/npz.h"
#include "bitgate/reference/layout/nibbles.h"
#include "bitgate/tests/support/captures_detail.h"

namespace bitgate::oracle {

namespace {

constexpr std::size_t kDifferencesKept = 4;

}  // namespace

std::vector<float> floats(const compare::NpyArray& array) { return compare::values_of<float>(array.data); }

void compare_bytes(CaptureTally& tally, const std::string& name, std::span<const std::byte> expected,
                   std::span<const std::byte> actual) {
  if (expected.size() != actual.size()) {
    tally.different += static_cast<std::int64_t>(expected.size()) + 1;
    tally.first.push_back(fmt::format("{}: {} bytes captured, {} computed", name, expected.size(), actual.size()));
    return;
  }
  tally.compared += static_cast<std::int64_t>(expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (expected[i] == actual[i]) continue;
    ++tally.different;
    if (tally.first.size() < kDifferencesKept)
      tally.first.push_back(fmt::format("{}: byte {}: captured {:02x}, computed {:02x}", name, i,
                                        static_cast<unsigned>(expected[i]), static_cast<unsigned>(actual[i])));
  }
}

void expect_given(CaptureTally& tally, const std::string& name, std::span<const std::byte> given,
                  std::span<const std::byte> computed) {
  const std::int64_t compared = tally.compared;
  compare_bytes(tally, name, given, computed);
  tally.compared = compared;
}

void compare_array(CaptureTally& tally, const ArraySource& source, const std::string& name,
                   std::span<const std::byte> actual) {
  if (const auto array = source(name)) compare_bytes(tally, name, array->data, actual);
}

std::vector<std::uint8_t> stored_codes(const reference::Recipe& recipe, const QuantizedTensor& tensor) {
  if (tensor.scheme.element.bits != 4) return tensor.codes;
  return reference::pack_nibbles(tensor.codes, tensor.extent, recipe.storage.nibbles);
}

std::span<const std::byte> stored_scales(const QuantizedTensor& tensor) {
  return as_bytes(std::get<std::vector<std::uint8_t>>(tensor.scales));
}

Request capture_request(const TypedTensor& input, std::span<const float> amax, std::span<const float> global) {
  Request request;
  request.input = input.view();
  request.amax = amax;
  request.global = global;
  return request;
}

ArraySource npz_source(const std::filesystem::path& file) {
  const auto archive = std::make_shared<compare::NpzFile>(file);
  return [archive](const std::string& name) -> std::optional<compare::NpyArray> {
    if (!archive->contains(name + ".npy")) return std::nullopt;
    return archive->array(name);
  };
}

ArraySource folder_source(const std::filesystem::path& folder) {
  return [folder](const std::string& name) -> std::optional<compare::NpyArray> {
    const std::filesystem::path file = folder / (name + ".npy");
    if (!std::filesystem::exists(file)) return std::nullopt;
    return compare::read_npy(file);
  };
}

ArraySource no_source() {
  return [](const std::string&) -> std::optional<compare::NpyArray> { return std::nullopt; };
}

ArraySource first_of(ArraySource first, ArraySource second) {
  return [first = std::move(first), second = std::move(second)](const std::string& name) {
    auto array = first(name);
    return array ? std::move(array) : second(name);
  };
}

TypedTensor typed_input(const compare::NpyArray& array, InputType sixteen_bit) {
  const Extent extent{array.shape.at(0), array.shape.at(1)};
  if (array.type == compare::NpyType::kFloat32) return {InputType::kF32, extent, floats(array)};
  return {sixteen_bit, extent, compare::values_of<std::uint16_t>(array.data)};
}

std::vector<ExpectedBytes> expected_bytes(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error(fmt::format("{} cannot be read", file.string()));
  std::vector<ExpectedBytes> rows;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    ExpectedBytes row;
    if (!(words >> row.recipe >> row.bytes))
      throw std::runtime_error(fmt::format("{}: \"{}\": RECIPE BYTES expected", file.string(), line));
    rows.push_back(row);
  }
  return rows;
}

void PrintTo(const ExpectedBytes& expected, std::ostream* out) {
  *out << expected.recipe << ", " << expected.bytes << " bytes";
}

std::string test_name(std::string_view recipe) {
  std::string name(recipe);
  for (char& c : name)
    if (c == '/' || c == '-' || c == '.') c = '_';
  return name;
}

CaptureTally compare_with_captures(std::string_view name, const Captures& captures) {
  const reference::Recipe& recipe = reference::require_recipe(name);
  CaptureTally tally;
  compare_te_kernel(recipe, captures.te_kernel, tally);
  compare_te_pyref(recipe, captures.torch, tally);
  compare_torch(recipe, captures, tally);
  compare_torch_cpu(recipe, captures.torch, tally);
  compare_ggml(recipe, captures, tally);
  compare_flashinfer(recipe, captures.flashinfer, tally);
  return tally;
}

}  // namespace bitgate::oracle
