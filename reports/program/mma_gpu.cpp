#include "bitgate/reports/program/mma_gpu.h"

#include <tbb/parallel_for.h>

#include <string>
#include <vector>

#include "bitgate/device/mma.h"

namespace bitgate::program {

namespace {

using compare::kMmaDots;
using compare::kMmaRows;
using compare::MmaModel;
using compare::MmaTile;

static_assert(compare::MmaSubject::kMaxTiles <= device::MmaRun::kMaxTiles);
static_assert(kMmaRows == device::kMmaTile);
static_assert(compare::kMmaFromRegisters == device::kMmaRegisters && compare::kMmaWithoutC == device::kMmaNoC &&
              compare::kMmaMinusA == device::kMmaNegateA && compare::kMmaMinusB == device::kMmaNegateB);

constexpr std::size_t kSideWords = kMmaRows * device::kMmaWords;

const device::MmaOpInfo& operation_of(const MmaModel& model) {
  const device::MmaOpInfo* op = device::find_mma_op(model.op);
  if (op == nullptr || op->k != model.k) throw device::DeviceError("no kernel does " + std::string(model.op));
  return *op;
}

// Codes of 64 rows as eight words each, the first in the low bits; what an instruction of half the k leaves stays 0.
void pack(std::span<const std::uint32_t> codes, const device::MmaOpInfo& op, std::span<std::uint32_t> words) {
  const auto k = static_cast<std::size_t>(op.k), bits = static_cast<std::size_t>(op.element_bits);
  for (std::size_t row = 0; row < kMmaRows; ++row)
    for (std::size_t i = 0; i < k; ++i)
      words[row * device::kMmaWords + i * bits / 32] |= codes[row * k + i] << (i * bits % 32);
}

class MmaGpuSubject final : public compare::MmaSubject {
 public:
  bool has(const MmaModel& model) const override { return run_.has(operation_of(model)); }

  void start(const MmaModel& model, std::span<const MmaTile> tiles) override {
    const device::MmaOpInfo& op = operation_of(model);
    std::vector<std::uint32_t> a(tiles.size() * kSideWords), b(a.size()), c(tiles.size() * kMmaDots),
        flags(tiles.size());
    tbb::parallel_for(std::size_t{0}, tiles.size(), [&](std::size_t i) {
      pack(tiles[i].a, op, std::span(a).subspan(i * kSideWords, kSideWords));
      pack(tiles[i].b, op, std::span(b).subspan(i * kSideWords, kSideWords));
      std::copy(tiles[i].c.begin(), tiles[i].c.end(), c.begin() + static_cast<std::ptrdiff_t>(i * kMmaDots));
      flags[i] = tiles[i].flags;
    });
    run_.start(op, {a, b, c, flags});
  }

  std::span<const std::uint32_t> finish() override { return run_.finish(); }

 private:
  device::MmaRun run_;
};

}  // namespace

std::unique_ptr<compare::MmaSubject> mma_gpu_subject() { return std::make_unique<MmaGpuSubject>(); }

}  // namespace bitgate::program
