// ggml's FP4 activations for MMQ.
#include <algorithm>
#include <array>

#include "bitgate/device/kernels/ggml_nvfp4.h"
#include "bitgate/device/launch/families.h"
#include "bitgate/device/launch/tiling.h"

namespace bitgate::device {
namespace {

constexpr std::int64_t kMxfp4Block = 32, kNvfp4Block = 16;

// Four vectors a thread, as the INT8 quantizers.
std::vector<Launch> plan_mxfp4(const Extent& extent, InputType type, const PlanOptions&) {
  if (is_empty(extent)) return {};
  const Extent rows = extent.cols % kMxfp4Block == 0 ? as_one_row(extent) : extent;
  const KernelShape shape{
      "ggml_mxfp4", "ggml_mxfp4_mmq", kVectorsPerThread, {Buffer::kInput, Buffer::kCodes, Buffer::kScales}};
  return {launch_of(shape, rows, ceil_div(rows.cols, kMxfp4Block) * kMxfp4Block / per_vector(type), type)};
}

// One thread a block, row after row.
std::vector<Launch> plan_nvfp4_v1(const Extent& extent, InputType type, const PlanOptions&) {
  if (is_empty(extent)) return {};
  const Extent rows = extent.cols % kNvfp4Block == 0 ? as_one_row(extent) : extent;
  const std::int64_t blocks = ceil_div(rows.cols, kNvfp4Block), all_blocks = rows.rows * blocks;
  return {{"ggml_nvfp4",
           symbol_of("ggml_nvfp4_mmq_v1", type),
           {grid_x(ceil_div(all_blocks, kNvfp4V1Threads), extent), 1, 1},
           {kNvfp4V1Threads, 1, 1},
           0,
           {Buffer::kInput, Buffer::kCodes, Buffer::kScales},
           {{"cols", rows.cols}, {"blocks", blocks}, {"all_blocks", all_blocks}}}};
}

Nvfp4RowGiven given_of(const PlanOptions& options) noexcept {
  if (options.global_given) return Nvfp4RowGiven::kGlobal;
  return options.amax_given ? Nvfp4RowGiven::kAmax : Nvfp4RowGiven::kNothing;
}

// One thread block a row, one thread a block of 16: whole warps, no more than the row fills.
std::vector<Launch> plan_nvfp4_v2(const Extent& extent, InputType type, const PlanOptions& options) {
  if (is_empty(extent)) return {};
  const std::int64_t blocks = ceil_div(extent.cols, kNvfp4Block);
  const std::int64_t whole_warps = ceil_div(blocks, kWarpLanes) * kWarpLanes;
  const auto threads = static_cast<std::uint32_t>(std::min<std::int64_t>(whole_warps, kNvfp4V2Threads));
  return {{"ggml_nvfp4",
           symbol_of("ggml_nvfp4_mmq_v2", type),
           {grid_x(extent.rows, extent), 1, 1},
           {threads, 1, 1},
           0,
           {Buffer::kInput, Buffer::kAmax, Buffer::kGlobal, Buffer::kCodes, Buffer::kScales},
           {{"cols", extent.cols}, {"given", static_cast<std::int64_t>(given_of(options))}}}};
}

constexpr std::array<Kernel, 3> kTable{{
    {.subject = "cuda/ggml/mxfp4-mmq",
     .recipe = "ggml/mxfp4-mmq",
     .scheme = SchemeId::kMxfp4,
     .types = kF32Only,
     .plan = plan_mxfp4},
    {.subject = "cuda/ggml/nvfp4-mmq-v1",
     .recipe = "ggml/nvfp4-mmq-v1",
     .scheme = SchemeId::kNvfp4Single,
     .types = kF32Only,
     .plan = plan_nvfp4_v1},
    {.subject = "cuda/ggml/nvfp4-mmq-v2",
     .recipe = "ggml/nvfp4-mmq-v2",
     .scheme = SchemeId::kNvfp4Row,
     .global_number = GlobalNumber::kMultiplier,
     .types = kF32Only,
     .plan = plan_nvfp4_v2},
}};

}  // namespace

std::span<const Kernel> ggml_fp4_kernels() noexcept { return kTable; }

}  // namespace bitgate::device
