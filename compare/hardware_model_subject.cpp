// The subject that is the models themselves.
#include <tbb/parallel_for.h>

#include <algorithm>
#include <vector>

#include "bitgate/compare/hardware_check.h"

namespace bitgate::compare {
namespace {

class ModelSubject final : public HardwareSubject {
 public:
  explicit ModelSubject(std::optional<HardwareFault> fault) : fault_(std::move(fault)) {}

  bool has(const HardwareModel&) const override { return true; }

  void start(const HardwareModel& model, const HardwareOperands& operands, std::uint32_t count) override {
    constexpr std::uint32_t kStep = 1u << 16;
    std::vector<std::uint32_t>& results = results_[started_++ % results_.size()];
    results.resize(count);
    const bool faulty = fault_ && fault_->op == model.op;
    tbb::parallel_for(std::uint32_t{0}, (count + kStep - 1) / kStep, [&](std::uint32_t step) {
      const std::uint32_t begin = step * kStep, size = std::min(kStep, count - begin);
      model.expected(operands, begin, std::span(results).subspan(begin, size));
      for (std::uint32_t i = begin; faulty && i < begin + size; ++i)
        if (operands[0].at(i) == fault_->input) results[i] ^= fault_->flip;
    });
  }

  std::span<const std::uint32_t> finish() override { return results_[finished_++ % results_.size()]; }

 private:
  std::optional<HardwareFault> fault_;
  std::array<std::vector<std::uint32_t>, 2> results_;
  std::uint64_t started_ = 0, finished_ = 0;
};

}  // namespace

std::unique_ptr<HardwareSubject> model_subject(std::optional<HardwareFault> fault) {
  return std::make_unique<ModelSubject>(std::move(fault));
}

}  // namespace bitgate::compare
