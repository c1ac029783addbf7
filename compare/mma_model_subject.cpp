// The subject that is the model itself.
#include <tbb/parallel_for.h>

#include "bitgate/compare/mma_check.h"

namespace bitgate::compare {
namespace {

class ModelSubject final : public MmaSubject {
 public:
  explicit ModelSubject(std::optional<MmaFault> fault) : fault_(std::move(fault)) {}

  bool has(const MmaModel&) const override { return true; }

  void start(const MmaModel& model, std::span<const MmaTile> tiles) override {
    std::vector<std::uint32_t>& results = results_[started_++ % results_.size()];
    results.assign(tiles.size() * kMmaDots, 0);
    const reference::MmaInstruction& row = fault_ && fault_->op == model.op ? fault_->row : instruction_of(model);
    tbb::parallel_for(std::size_t{0}, tiles.size(), [&](std::size_t tile) {
      std::vector<std::uint32_t> asked(tiles[tile].asked);
      mma_expected(model, row, tiles[tile], asked);
      for (std::size_t i = 0; i < asked.size(); ++i) results[tile * kMmaDots + place_of(tiles[tile], i)] = asked[i];
    });
  }

  std::span<const std::uint32_t> finish() override { return results_[finished_++ % results_.size()]; }

 private:
  std::optional<MmaFault> fault_;
  std::array<std::vector<std::uint32_t>, 2> results_;
  std::uint64_t started_ = 0, finished_ = 0;
};

}  // namespace

std::unique_ptr<MmaSubject> mma_model_subject(std::optional<MmaFault> fault) {
  return std::make_unique<ModelSubject>(std::move(fault));
}

}  // namespace bitgate::compare
