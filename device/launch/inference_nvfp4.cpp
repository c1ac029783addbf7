// FlashInfer's and vLLM's NVFP4, plain and of SiLU(gate) * input: amax unless it or the stored number is given, then
// the quantizer, which makes the stored number of amax.
#include <array>
#include <utility>

#include "bitgate/device/kernels/tile.h"
#include "bitgate/device/launch/families.h"
#include "bitgate/device/launch/tiling.h"

namespace bitgate::device {
namespace {

constexpr std::int64_t kBlock = 16;

struct Row {
  std::string_view subject;  // "cuda/" and the recipe
  std::string_view unit, stem;
  std::string_view amax_stem = {};  // of the product; "": of the input itself
};

constexpr std::array<Row, 5> kRows{{
    {"cuda/flashinfer/nvfp4-fast", "inference_nvfp4", "flashinfer_nvfp4_fast"},
    {"cuda/flashinfer/nvfp4-exact", "inference_nvfp4", "flashinfer_nvfp4_exact"},
    {"cuda/vllm/nvfp4", "inference_nvfp4", "vllm_nvfp4"},
    {"cuda/flashinfer/silu-nvfp4-fast", "inference_silu_nvfp4", "flashinfer_silu_nvfp4_fast",
     "flashinfer_silu_nvfp4_fast_amax"},
    {"cuda/vllm/silu-nvfp4", "inference_silu_nvfp4", "vllm_silu_nvfp4", "vllm_silu_nvfp4_amax"},
}};

constexpr bool has_silu(const Row& row) noexcept { return !row.amax_stem.empty(); }

Launch amax_of_operand(const Row& row, const Extent& line, InputType type) {
  if (!has_silu(row)) return amax_launch(line, type);
  const KernelShape shape{row.unit, row.amax_stem, kVectorsPerThread, {Buffer::kInput, Buffer::kGate, Buffer::kAmax}};
  return launch_of(shape, line, line.cols / per_vector(type), type);
}

// A block a thread; all rows are one. Of an empty tensor the stored number alone is written, by the first thread.
std::vector<Launch> plan(const Row& row, const Extent& extent, InputType type, const PlanOptions& options) {
  const bool empty = is_empty(extent);
  if (empty && options.global_given) return {};
  const Extent line = as_one_row(extent);
  std::vector<Launch> launches;
  if (!empty && !options.amax_given && !options.global_given) launches.push_back(amax_of_operand(row, line, type));
  std::vector<Buffer> pointers{Buffer::kInput};
  if (has_silu(row)) pointers.push_back(Buffer::kGate);
  for (const Buffer buffer : {Buffer::kAmax, Buffer::kGlobal, Buffer::kCodes, Buffer::kScales})
    pointers.push_back(buffer);
  const KernelShape shape{row.unit, row.stem, kBlocksPerThread, std::move(pointers)};
  launches.push_back(launch_of(shape, line, empty ? 1 : line.cols / kBlock, type));
  launches.back().scalars.push_back({"global_given", options.global_given ? 1 : 0});
  return launches;
}

template <std::size_t kRow>
constexpr Kernel kernel_of() noexcept {
  constexpr std::size_t kPrefix = std::string_view("cuda/").size();
  return {.subject = kRows[kRow].subject,
          .recipe = kRows[kRow].subject.substr(kPrefix),
          .scheme = SchemeId::kNvfp4,
          .global_number = GlobalNumber::kDivisor,
          .types = kBothHalves,
          .cols_multiple = kBlock,
          .takes_gate = has_silu(kRows[kRow]),
          .plan = [](const Extent& extent, InputType type, const PlanOptions& options) {
            return plan(kRows[kRow], extent, type, options);
          }};
}

template <std::size_t... kRow>
constexpr std::array<Kernel, sizeof...(kRow)> table_of(std::index_sequence<kRow...>) noexcept {
  return {{kernel_of<kRow>()...}};
}
constexpr auto kTable = table_of(std::make_index_sequence<kRows.size()>());

}  // namespace

std::span<const Kernel> inference_nvfp4_kernels() noexcept { return kTable; }

}  // namespace bitgate::device
