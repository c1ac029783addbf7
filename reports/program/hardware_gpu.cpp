#include "bitgate/reports/program/hardware_gpu.h"

#include <array>
#include <string>

#include "bitgate/device/hardware.h"

namespace bitgate::program {

namespace {

static_assert(compare::HardwareSubject::kMaxCount <= device::HardwareRun::kMaxCount);

const device::HardwareOpInfo& operation_of(const compare::HardwareModel& model) {
  const device::HardwareOpInfo* op = device::find_hardware_op(model.op);
  if (op == nullptr) throw device::DeviceError("no kernel does " + std::string(model.op));
  return *op;
}

class GpuSubject final : public compare::HardwareSubject {
 public:
  bool has(const compare::HardwareModel& model) const override { return run_.has(operation_of(model)); }

  void start(const compare::HardwareModel& model, const compare::HardwareOperands& operands,
             std::uint32_t count) override {
    std::array<device::HardwareOperand, 3> words;
    for (std::size_t k = 0; k < words.size(); ++k) words[k] = {operands[k].words, operands[k].first, operands[k].step};
    const auto taken = static_cast<std::size_t>(compare::operands_of(model.input));
    run_.start(operation_of(model), std::span(words).first(taken), count);
  }

  std::span<const std::uint32_t> finish() override { return run_.finish(); }

 private:
  device::HardwareRun run_;
};

}  // namespace

std::unique_ptr<compare::HardwareSubject> gpu_subject() { return std::make_unique<GpuSubject>(); }

}  // namespace bitgate::program
