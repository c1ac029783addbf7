#include "bitgate/device/launch/operations.h"

#include <algorithm>

#include "bitgate/device/launch/tiling.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::device {
namespace {

std::vector<Operation> joined() {
  std::vector<Operation> all;
  for (const auto table : {dequantize_operations(), moving_operations(), amax_operations(), mmvq_operations()})
    all.insert(all.end(), table.begin(), table.end());
  return all;
}

[[noreturn]] void refuse(const Operation& operation, const std::string& what) {
  throw InputError(std::string(operation.name) + " " + what);
}

void require_length(const Operation& operation, const Extent& extent, InputType type) {
  const std::int64_t vector = per_vector(type);
  const std::int64_t length = operation.lengths == Lengths::kWholeVectors ? extent.cols : count(extent);
  if (operation.lengths != Lengths::kAny && length % vector != 0)
    refuse(operation, "takes " + std::string(operation.lengths == Lengths::kWholeVectors ? "columns" : "elements") +
                          " in multiples of " + std::to_string(vector) + ", not " + std::to_string(length));
}

}  // namespace

std::span<const Operation> operations() noexcept {
  static const std::vector<Operation> all = joined();
  return all;
}

const Operation* find_operation(std::string_view name) noexcept {
  const std::span<const Operation> all = operations();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Operation& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

const Operation* find_dequantize(SchemeId scheme, FactorOrder order) noexcept {
  const std::span<const Operation> all = operations();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Operation& one) {
    return order != FactorOrder::kNone && one.scheme == scheme && one.order == order;
  });
  return found == all.end() ? nullptr : &*found;
}

std::int64_t code_pitch(const Scheme& scheme, std::int64_t cols) noexcept {
  return scheme.scale.bits == 32 && scheme.element.exponent_bits != 0
             ? cols
             : ceil_div(cols, scheme.cell.cols) * scheme.cell.cols;
}

void require_accepted(const Operation& operation, const Extent& extent, InputType type, const OperationData& given) {
  if (extent.rows < 0 || extent.cols < 0) refuse(operation, "takes no negative extent");
  if (std::find(operation.types.begin(), operation.types.end(), type) == operation.types.end())
    refuse(operation, "has no values of type " + std::string(name_of(type)));
  require_length(operation, extent, type);
  const BufferBytes bytes = operation.bytes(operation, extent, type);
  for (const Buffer buffer : operation.given) {
    const auto at = static_cast<std::size_t>(buffer);
    if (static_cast<std::int64_t>(given[at].size()) != bytes[at])
      refuse(operation, "takes " + std::to_string(bytes[at]) + " bytes of " + std::string(name_of(buffer)) + ", not " +
                            std::to_string(given[at].size()));
  }
}

}  // namespace bitgate::device
