#include "bitgate/compare/operation_check.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>

#include "bitgate/reference/layout/ggml_blocks.h"
#include "bitgate/reference/layout/swizzle.h"

namespace bitgate::compare {
namespace {

using reference::DequantizeOrder;
using reference::Recipe;
using Bytes = std::vector<std::uint8_t>;

static_assert(std::endian::native == std::endian::little);

template <class T>
Bytes bytes_of(const std::vector<T>& values) {
  Bytes bytes(values.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

// Values that are already rounded to their type, as it stores them.
Bytes stored_values(const std::vector<float>& values, InputType type) {
  if (type == InputType::kF32) return bytes_of(values);
  std::vector<std::uint16_t> bits;
  for (const float value : values)
    bits.push_back(static_cast<std::uint16_t>(encode(format_of(type), value, kCvtRnInf)));
  return bytes_of(bits);
}

// Whether it states an order that an operation on a device forms.
bool states_an_order(const Recipe& recipe) {
  if (recipe.dequantize == DequantizeOrder::kGlobalTimesScaleOfPlusZero ||
      recipe.dequantize == DequantizeOrder::kScaleOverGlobal)
    return false;
  return runs(recipe) && recipe.dequantize != DequantizeOrder::kNotStated &&
         recipe.dequantize != DequantizeOrder::kValues;
}

std::vector<InputType> types_of(const Recipe& recipe) {
  std::vector<InputType> types;
  for (const InputType type : kInputTypes)
    if (accepts(recipe.accepts, type)) types.push_back(type);
  return types;
}

CheckedOperation packed(std::string_view name, SchemeId scheme, RawBlocks blocks) {
  return {fmt::format("pack/{}", name), OperationKind::kPack, nullptr, scheme, blocks, {InputType::kF32}};
}

// The maximum that quantizers with a global number begin with: a NaN is ignored.
CheckedOperation amax(std::string_view name, OperationKind kind, std::string_view recipe) {
  const Recipe& rules = reference::require_recipe(recipe);
  return {fmt::format("amax/{}", name),
          kind,
          &rules,
          rules.rules.scheme,
          RawBlocks::kNone,
          {std::begin(kInputTypes), std::end(kInputTypes)}};
}

CheckedOperation mmvq(const reference::GgmlWeights& weights, std::int64_t columns) {
  CheckedOperation operation{fmt::format("mmvq/{}/{}", weights.name, columns),
                             OperationKind::kMmvq,
                             nullptr,
                             SchemeId::kValues,
                             RawBlocks::kNone,
                             {InputType::kF32}};
  operation.weights = &weights;
  operation.columns = columns;
  return operation;
}

// Of NVIDIA's general table, on whichever GPU.
Bytes products(const CheckedOperation& operation, const OperationInput& input) {
  return bytes_of(
      reference::ggml_mmvq({operation.weights, input.extent, input.bytes, operation.columns, input.activations}));
}

std::int64_t unit_bytes(const CheckedOperation& operation, InputType type) {
  switch (operation.kind) {
    case OperationKind::kDequantize: return format_of(type).bits / 8;
    case OperationKind::kAmaxTensor:
    case OperationKind::kAmaxRow:
    case OperationKind::kAmaxColumn:
    case OperationKind::kMmvq: return 4;
    default: return 1;
  }
}

std::string_view unit_name(OperationKind kind) {
  switch (kind) {
    case OperationKind::kDequantize: return "values";
    case OperationKind::kAmaxTensor:
    case OperationKind::kAmaxRow:
    case OperationKind::kAmaxColumn: return "maxima";
    case OperationKind::kUnswizzle: return "scales";
    case OperationKind::kMmvq: return "outputs";
    default: return "bytes";
  }
}

// Where unit `at` of an answer lies.
std::string place_of(const CheckedOperation& operation, const OperationInput& input, std::int64_t at) {
  if (operation.kind == OperationKind::kMmvq)
    return fmt::format("of row {}, column {}", at % input.extent.rows, at / input.extent.rows);
  const bool matrix = operation.kind == OperationKind::kDequantize || operation.kind == OperationKind::kUnswizzle;
  if (!matrix) return fmt::format("{}", at);
  return fmt::format("({}, {})", at / input.extent.cols, at % input.extent.cols);
}

std::uint32_t unit_at(const Bytes& bytes, std::int64_t at, std::int64_t size) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, bytes.data() + at * size, static_cast<std::size_t>(size));
  return bits;
}

// The rows of the transpose. A column of no rows has the maximum that it starts from, as a row of no columns has.
Bytes column_maxima(const Recipe& recipe, const TypedTensor& values) {
  const Extent& extent = values.extent;
  if (count(extent) == 0) return bytes_of(std::vector<float>(static_cast<std::size_t>(extent.cols)));
  Request request;
  request.input = values.view();
  const TypedTensor columns = reference::operand(recipe, request, Direction::kColumnwise);
  return bytes_of(reference::amax_of(recipe.rules, columns.view()));
}

}  // namespace

std::vector<CheckedOperation> checked_operations() {
  std::vector<CheckedOperation> all;
  for (const Recipe& recipe : reference::catalog())
    if (states_an_order(recipe))
      all.push_back({fmt::format("dequantize/{}", recipe.identity.name), OperationKind::kDequantize, &recipe,
                     recipe.rules.scheme, RawBlocks::kNone, types_of(recipe)});
  all.push_back(
      {"swizzle/128x4", OperationKind::kSwizzle, nullptr, SchemeId::kValues, RawBlocks::kNone, {InputType::kF32}});
  all.push_back(
      {"unswizzle/128x4", OperationKind::kUnswizzle, nullptr, SchemeId::kValues, RawBlocks::kNone, {InputType::kF32}});
  all.push_back(packed("q8_0", SchemeId::kQ8_0, RawBlocks::kQ8_0));
  all.push_back(packed("q8_1", SchemeId::kQ8_1, RawBlocks::kQ8_1));
  all.push_back(packed("mmq-d4", SchemeId::kQ8_1MmqD4, RawBlocks::kMmqD4));
  all.push_back(packed("mmq-ds4", SchemeId::kQ8_1MmqDs4, RawBlocks::kMmqDs4));
  all.push_back(packed("mmq-d2s6", SchemeId::kQ8_1MmqD2s6, RawBlocks::kMmqD2s6));
  all.push_back(amax("tensor", OperationKind::kAmaxTensor, "te/nvfp4"));
  all.push_back(amax("row", OperationKind::kAmaxRow, "te/nvfp4-row"));
  all.push_back(amax("column", OperationKind::kAmaxColumn, "te/nvfp4-row"));
  for (const reference::GgmlWeights& weights : reference::kGgmlWeights)
    for (std::int64_t columns = 1; columns <= reference::kMmvqMostColumns; ++columns)
      all.push_back(mmvq(weights, columns));
  return all;
}

std::optional<CheckedOperation> find_checked_operation(std::string_view name) {
  for (CheckedOperation& operation : checked_operations())
    if (operation.name == name) return std::move(operation);
  return std::nullopt;
}

Bytes reference_answer(const CheckedOperation& operation, const OperationInput& input) {
  switch (operation.kind) {
    case OperationKind::kDequantize:
      return stored_values(reference::dequantize(*operation.recipe, input.tensor, input.type), input.type);
    case OperationKind::kSwizzle: return reference::swizzle(input.bytes, input.extent);
    case OperationKind::kUnswizzle: return reference::unswizzle(input.bytes, input.extent);
    case OperationKind::kPack: return reference::pack_ggml_blocks(operation.blocks, input.tensor);
    case OperationKind::kAmaxTensor:
    case OperationKind::kAmaxRow: return bytes_of(reference::amax_of(operation.recipe->rules, input.values.view()));
    case OperationKind::kAmaxColumn: return column_maxima(*operation.recipe, input.values);
    case OperationKind::kMmvq: return products(operation, input);
  }
  return {};
}

OperationSubject reference_subject(const CheckedOperation& operation) {
  return [operation](const OperationInput& input) { return reference_answer(operation, input); };
}

std::string answer_difference(const CheckedOperation& operation, const OperationInput& input, const Bytes& expected,
                              const Bytes& actual) {
  if (expected.size() != actual.size()) return fmt::format("{} bytes expected, got {}", expected.size(), actual.size());
  const std::int64_t size = unit_bytes(operation, input.type);
  const std::int64_t units = static_cast<std::int64_t>(expected.size()) / size;
  std::int64_t different = 0, first = 0;
  for (std::int64_t at = units; at-- > 0;)
    if (unit_at(expected, at, size) != unit_at(actual, at, size)) {
      ++different;
      first = at;
    }
  if (different == 0) return "";
  return fmt::format("{} of {} {} differ; the first {}: expected 0x{:0{}X}, got 0x{:0{}X}", different, units,
                     unit_name(operation.kind), place_of(operation, input, first), unit_at(expected, first, size),
                     2 * size, unit_at(actual, first, size), 2 * size);
}

}  // namespace bitgate::compare
