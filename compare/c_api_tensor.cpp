#include "bitgate/compare/c_api_tensor.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include "bitgate/compare/alias.h"
#include "bitgate/compare/case.h"
#include "bitgate/compare/input_file.h"
#include "bitgate/reference/format/error.h"
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

template <class T>
std::span<const T> numbers(const char* name, const T* data, std::int64_t n) {
  if (n < 0 || n > kMaxElements || (n != 0) != (data != nullptr))
    throw InputError(fmt::format("{}: a pointer and its count expected, or none of the two", name));
  return {data, static_cast<std::size_t>(n)};
}

std::span<const float> not_negative(const char* name, const float* data, std::int64_t n, bool nan_allowed) {
  const std::span<const float> all = numbers(name, data, n);
  for (const float number : all)
    if (number < 0.0f || (!nan_allowed && number != number))
      throw InputError(fmt::format("{} {}: a number that is not negative expected", name, number));
  return all;
}

TypedView input_of(const bitgate_request& asked, bool with_input) {
  constexpr InputType kOfC[] = {InputType::kF32, InputType::kBf16, InputType::kF16};
  if (asked.dtype < BITGATE_FP32 || asked.dtype > BITGATE_F16)
    throw InputError(fmt::format("dtype {}: 0 (fp32), 1 (bf16) or 2 (f16) expected", asked.dtype));
  const Extent extent{asked.rows, asked.cols};
  if (extent.rows < 0 || extent.cols < 0) throw InputError(fmt::format("input: {} x {}", extent.rows, extent.cols));
  require_extent("input", extent);
  if (extent.cols != 0 && extent.rows > kMaxElements / extent.cols)
    throw InputError(fmt::format("input: {} x {} are more than 2^40 elements", extent.rows, extent.cols));
  if (with_input && asked.input == nullptr && count(extent) != 0)
    throw InputError(fmt::format("input: {} x {} values, and no pointer to them", extent.rows, extent.cols));
  return {kOfC[asked.dtype], extent, asked.input};
}

Direction direction_of(const bitgate_request& asked, const reference::Recipe& recipe) {
  switch (asked.direction) {
    case BITGATE_DEFAULT_DIRECTION: return reference::default_direction(recipe);
    case BITGATE_ROWWISE: return Direction::kRowwise;
    case BITGATE_COLUMNWISE: return Direction::kColumnwise;
    default:
      throw InputError(fmt::format("direction {}: 0 (the recipe's), 1 (row) or 2 (column) expected", asked.direction));
  }
}

reference::ScaleLayout layout_of(const bitgate_request& asked) {
  if (asked.scale_layout < BITGATE_LOGICAL || asked.scale_layout > BITGATE_128X4)
    throw InputError(fmt::format("scale_layout {}: 0 (logical), 1 (padded) or 2 (128x4) expected", asked.scale_layout));
  return reference::kScaleLayouts[asked.scale_layout];
}

void add_random_words(const bitgate_request& asked, Request& request) {
  const auto words = numbers("random_bits", asked.random_bits, asked.random_bits_count);
  const bool columnwise = request.direction == Direction::kColumnwise;
  const Extent x = columnwise ? reference::swapped(request.input.extent) : request.input.extent;
  if (!words.empty() && (x.cols % 4 != 0 || std::ssize(words) != x.rows * (x.cols / 4)))
    throw InputError(fmt::format("random_bits: {} words, and {} x {} values take one for four of a row", words.size(),
                                 x.rows, x.cols));
  (columnwise ? request.random_bits_columnwise : request.random_bits) = words;
  request.philox = {asked.philox_seed, asked.philox_offset};
}

void add_operands(const bitgate_request& asked, Request& request) {
  request.amax = not_negative("amax", asked.amax, asked.amax_count, true);
  if (request.direction == Direction::kColumnwise) request.amax_columnwise = request.amax;
  request.global = not_negative("global", asked.global, asked.global_count, false);
  request.fused.weight = numbers("weight", asked.weight, asked.weight_count);
  request.fused.residual = numbers("residual", asked.residual, asked.residual_count);
  if (asked.epsilon != nullptr) request.fused.epsilon = not_negative("epsilon", asked.epsilon, 1, false).front();
  add_random_words(asked, request);
}

void require_place(const char* name, const NpyArray* stored, const bitgate_array& to) {
  if (to.data == nullptr) return;
  if (stored == nullptr) throw InputError(fmt::format("{}: the recipe stores none", name));
  bitgate_array expected{};
  for (const auto& [c, npy] : kTypes)
    if (npy == stored->type) expected.type = c;
  const auto dims = static_cast<std::size_t>(to.dims < 0 || to.dims > 3 ? 0 : to.dims);
  const std::span<const std::int64_t> shape(to.shape, dims);
  if (to.type != expected.type || !std::equal(shape.begin(), shape.end(), stored->shape.begin(), stored->shape.end()))
    throw InputError(fmt::format("{}: the recipe stores {} of {}, and the array is another (see bitgate_sizes)", name,
                                 name_of(stored->type), shape_text(stored->shape)));
}

void describe_array(const NpyArray* stored, bitgate_array& to) {
  void* const data = to.data;
  to = {};
  to.data = data;
  if (stored == nullptr) return;
  for (const auto& [c, npy] : kTypes)
    if (npy == stored->type) to.type = c;
  to.dims = static_cast<std::int32_t>(stored->shape.size());
  std::copy(stored->shape.begin(), stored->shape.end(), to.shape);
}

NpyArray array_from(const char* name, const bitgate_array& from) {
  NpyArray array;
  bool known = false;
  for (const auto& [c, npy] : kTypes)
    if (from.type == c) {
      array.type = npy;
      known = true;
    }
  if (!known) throw InputError(fmt::format("{}: type {}: 1 (uint8), 2 (uint16) or 3 (float32)", name, from.type));
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

CRequest::CRequest(const bitgate_request* asked, bool with_input) {
  if (asked == nullptr) throw InputError("no request is given");
  if (asked->recipe == nullptr) throw InputError("the request names no recipe");
  recipe = &require_named(asked->recipe);
  request.input = input_of(*asked, with_input);
  request.direction = direction_of(*asked, *recipe);
  add_operands(*asked, request);
  description = description_of(*recipe, request.input.extent, request.direction);
  description.layout = layout_of(*asked);
  require_consistent(description, recipe->identity.name);
}

void store(const TensorDescription& description, const QuantizedTensor& tensor, bool write_data, bitgate_tensor& to) {
  std::map<std::string, NpyArray> stored;
  const std::string suffix = description.direction == Direction::kColumnwise ? "_t.npy" : ".npy";
  for (const auto& [file, bytes] : tensor_members(description, tensor))
    if (file.ends_with(suffix)) stored[file.substr(0, file.size() - suffix.size())] = parse_npy(bytes, file);
  const auto find = [&](const char* name) -> const NpyArray* {
    const auto at = stored.find(name);
    return at == stored.end() ? nullptr : &at->second;
  };
  for (const Member& m : kMembers) {
    if (write_data)
      require_place(m.name, find(m.name), to.*m.array);
    else
      describe_array(find(m.name), to.*m.array);
  }
  if (!write_data) return;
  for (const Member& m : kMembers)
    if (const NpyArray* from = find(m.name); from != nullptr && (to.*m.array).data != nullptr && !from->data.empty())
      std::memcpy((to.*m.array).data, from->data.data(), from->data.size());
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
