// max|x| of a tensor, of each row and of each column: the launches that quantizers begin with, alone.
#include <array>

#include "bitgate/device/launch/families.h"
#include "bitgate/device/launch/operations.h"
#include "bitgate/device/launch/te_nvfp4_tiles.h"
#include "bitgate/device/launch/tiling.h"

namespace bitgate::device {
namespace {

constexpr Buffer kInputOnly[] = {Buffer::kInput};

BufferBytes bytes_for(const Extent& extent, InputType type, std::int64_t numbers) noexcept {
  BufferBytes bytes{};
  set_bytes(bytes, Buffer::kInput, count(extent) * input_bytes(type));
  set_bytes(bytes, Buffer::kAmax, numbers * 4);
  return bytes;
}
BufferBytes tensor_bytes(const Operation&, const Extent& extent, InputType type) { return bytes_for(extent, type, 1); }
BufferBytes row_bytes(const Operation&, const Extent& extent, InputType type) {
  return bytes_for(extent, type, extent.rows);
}

BufferBytes column_bytes(const Operation&, const Extent& extent, InputType type) {
  return bytes_for(extent, type, extent.cols);
}

std::vector<Launch> plan_tensor(const Operation&, const Extent& extent, InputType type) {
  if (is_empty(extent)) return {};
  return {amax_launch(as_one_row(extent), type)};
}
std::vector<Launch> plan_row(const Operation&, const Extent& extent, InputType type) {
  if (is_empty(extent)) return {};
  return {amax_launch(extent, type)};
}

std::vector<Launch> plan_column(const Operation&, const Extent& extent, InputType type) {
  if (is_empty(extent)) return {};
  return {strip_launch("amax", "amax_columns", extent, type, {Buffer::kInput, Buffer::kAmax})};
}

constexpr Operation amax(std::string_view name, Lengths lengths, OperationBytes bytes, OperationPlan plan) noexcept {
  return {.name = name,
          .types = kEveryType,
          .lengths = lengths,
          .given = kInputOnly,
          .answer = Buffer::kAmax,
          .raised = true,
          .stem = "amax",
          .bytes = bytes,
          .plan = plan};
}

constexpr std::array kTable = {
    amax("amax/tensor", Lengths::kWholeVectorsInAll, tensor_bytes, plan_tensor),
    amax("amax/row", Lengths::kWholeVectors, row_bytes, plan_row),
    amax("amax/column", Lengths::kAny, column_bytes, plan_column),
};

}  // namespace

std::span<const Operation> amax_operations() noexcept { return kTable; }

}  // namespace bitgate::device
