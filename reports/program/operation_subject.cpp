#include "bitgate/reports/program/operation_subject.h"

#include <fmt/format.h>

#include <cstring>

#include "bitgate/reference/layout/swizzle.h"
#include "bitgate/reports/program/served.h"

namespace bitgate::program {

namespace {

using device::Buffer;
using reference::DequantizeOrder;

constexpr std::string_view kCudaPrefix = "cuda/";
constexpr std::uint8_t kNoCode = 0x5A;  // what fills the padding of rows

device::FactorOrder order_of(DequantizeOrder order) {
  switch (order) {
    case DequantizeOrder::kScaleAmaxConstant: return device::FactorOrder::kScaleAmaxConstant;
    case DequantizeOrder::kGlobalTimesScale: return device::FactorOrder::kGlobalTimesScale;
    case DequantizeOrder::kScale:
    case DequantizeOrder::kPowerOfTwo: return device::FactorOrder::kScale;
    case DequantizeOrder::kGlobalTimesScaleOfPlusZero:
    case DequantizeOrder::kScaleOverGlobal:
    case DequantizeOrder::kNotStated:
    case DequantizeOrder::kValues: break;
  }
  return device::FactorOrder::kNone;
}

std::vector<std::uint8_t> device_codes(const QuantizedTensor& tensor) {
  const std::int64_t cols = tensor.extent.cols, pitch = device::code_pitch(tensor.scheme, cols);
  std::vector<std::uint8_t> one_a_byte(static_cast<std::size_t>(tensor.extent.rows * pitch), kNoCode);
  for (std::int64_t row = 0; row < tensor.extent.rows; ++row)
    std::copy_n(tensor.codes.begin() + row * cols, cols, one_a_byte.begin() + row * pitch);
  if (tensor.scheme.element.bits != 4) return one_a_byte;
  std::vector<std::uint8_t> packed(one_a_byte.size() / 2);
  for (std::size_t i = 0; i < packed.size(); ++i)
    packed[i] = static_cast<std::uint8_t>((one_a_byte[2 * i] & 0xF) | one_a_byte[2 * i + 1] << 4);
  return packed;
}

template <class T>
std::span<const std::byte> operand_bytes(const std::vector<T>& values) {
  return std::as_bytes(std::span(values));
}

std::span<const std::byte> operand_bytes(const TypedTensor& tensor) {
  return std::visit([](const auto& values) { return operand_bytes(values); }, tensor.values);
}

}  // namespace

const device::Operation* device_operation(const compare::CheckedOperation& checked) {
  if (checked.kind == compare::OperationKind::kDequantize)
    return device::find_dequantize(checked.scheme, order_of(checked.recipe->dequantize));
  return device::find_operation(checked.name);
}

std::vector<OperationHere> operations_here() {
  std::vector<OperationHere> all;
  for (compare::CheckedOperation& checked : compare::checked_operations())
    if (const device::Operation* operation = device_operation(checked))
      all.push_back({fmt::format("{}{}", kCudaPrefix, checked.name), std::move(checked), operation});
  return all;
}

std::optional<OperationHere> find_operation_here(const std::string& key) {
  if (!key.starts_with(kCudaPrefix)) return std::nullopt;
  auto checked = compare::find_checked_operation(key.substr(kCudaPrefix.size()));
  if (!checked) return std::nullopt;
  const device::Operation* operation = device_operation(*checked);
  if (operation == nullptr) return std::nullopt;
  return OperationHere{key, std::move(*checked), operation};
}

OperationMemory::OperationMemory(const device::Operation& operation, const compare::OperationInput& input) {
  const auto give = [&](Buffer buffer, std::span<const std::byte> bytes) {
    data_[static_cast<std::size_t>(buffer)] = bytes;
  };
  const QuantizedTensor& tensor = input.tensor;
  for (const Buffer buffer : operation.given) switch (buffer) {
      case Buffer::kCodes:
        codes_ = device_codes(tensor);
        give(buffer, operand_bytes(codes_));
        break;
      case Buffer::kScales:
        if (input.bytes.empty())
          give(buffer, std::visit([](const auto& scales) { return operand_bytes(scales); }, tensor.scales));
        else
          give(buffer, operand_bytes(input.bytes));
        break;
      case Buffer::kTiles: give(buffer, operand_bytes(input.bytes)); break;
      case Buffer::kExtras: give(buffer, operand_bytes(tensor.extras)); break;
      case Buffer::kAmax:
      case Buffer::kGlobal: give(buffer, operand_bytes(tensor.global)); break;
      case Buffer::kInput: give(buffer, operand_bytes(input.values)); break;
      default: break;
    }
}

compare::OperationSubject cuda_operation(const OperationHere& here) {
  return [operation = here.operation](const compare::OperationInput& input) {
    const OperationMemory memory(*operation, input);
    const device::RunOptions twice{.poisons = std::span(device::kPoisons).first(2)};
    const std::vector<std::byte> answer =
        served([&] { return device::run(*operation, input.extent, input.type, memory.data(), twice); });
    std::vector<std::uint8_t> bytes(answer.size());
    if (!bytes.empty()) std::memcpy(bytes.data(), answer.data(), bytes.size());
    return bytes;
  };
}

std::vector<SubjectInfo> operation_subjects() {
  const std::string why = device::why_no_gpu().value_or("");
  std::vector<SubjectInfo> subjects;
  for (const OperationHere& here : operations_here())
    subjects.push_back(
        {here.key, here.checked.recipe == nullptr ? "" : std::string(here.checked.recipe->identity.name), why});
  return subjects;
}

}  // namespace bitgate::program
