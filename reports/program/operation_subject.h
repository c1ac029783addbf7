// The device operations that quantize nothing as subjects of `check`: cuda/dequantize/RECIPE, cuda/swizzle/128x4,
// cuda/unswizzle/128x4, cuda/pack/BLOCKS, cuda/amax/tensor, cuda/amax/row, cuda/mmvq/WEIGHTS/COLUMNS.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bitgate/compare/operation_check.h"
#include "bitgate/device/operation.h"
#include "bitgate/reports/program/subjects.h"

namespace bitgate::program {

struct OperationHere {
  std::string key;  // "cuda/dequantize/te/nvfp4"
  compare::CheckedOperation checked;
  const device::Operation* operation = nullptr;
};

// Those that the device has, in the order of `bitgate list subjects`.
std::vector<OperationHere> operations_here();
std::optional<OperationHere> find_operation_here(const std::string& key);

// The device's operation for what is checked; null: it has none.
const device::Operation* device_operation(const compare::CheckedOperation& checked);

// What one call is given as the device takes it: codes packed, rows padded to whole blocks with bytes that no answer
// may depend on.
class OperationMemory {
 public:
  OperationMemory(const device::Operation& operation, const compare::OperationInput& input);
  const device::OperationData& data() const noexcept { return data_; }

 private:
  std::vector<std::uint8_t> codes_;
  device::OperationData data_{};
};

// Over two poisons. Throws DeviceError.
compare::OperationSubject cuda_operation(const OperationHere& here);

std::vector<SubjectInfo> operation_subjects();

}  // namespace bitgate::program
