#include "bitgate/device/launch/plan.h"

#include <algorithm>
#include <limits>

#include "bitgate/device/kernels/tile.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::device {
namespace {

constexpr std::int64_t kMaxGridX = std::numeric_limits<std::int32_t>::max();

constexpr std::int64_t input_bytes(InputType type) noexcept { return format_of(type).bits / 8; }
constexpr std::int64_t per_vector(InputType type) noexcept { return kVectorBytes / input_bytes(type); }

struct Tiling {
  std::uint32_t grid = 0, threads = 0;
  std::int64_t chunks = 0;
};

// Whole warps, no more than the row fills; then as many thread blocks a row as its vectors need.
Tiling tile_rows(std::int64_t rows, std::int64_t vectors, int vectors_per_thread) {
  const std::int64_t threads_wanted = ceil_div(vectors, vectors_per_thread);
  const std::int64_t whole_warps = ceil_div(threads_wanted, kWarpLanes) * kWarpLanes;
  const std::int64_t threads = std::min<std::int64_t>(whole_warps, kMaxThreads);
  const std::int64_t chunks = ceil_div(vectors, threads * vectors_per_thread);
  if (rows > kMaxGridX / chunks)
    throw InputError("a tensor of " + std::to_string(rows) + " rows of " + std::to_string(vectors) +
                     " 16-byte vectors needs more thread blocks than the " + std::to_string(kMaxGridX) + " of a grid");
  return {static_cast<std::uint32_t>(rows * chunks), static_cast<std::uint32_t>(threads), chunks};
}

// What tells one kernel's launch from another's.
struct KernelShape {
  std::string_view unit, stem;  // the symbol is bitgate_STEM_TYPE
  int vectors_per_thread;
  std::vector<Buffer> pointers;
};

Launch launch_of(const KernelShape& shape, const Extent& extent, std::int64_t vectors, InputType type) {
  const Tiling tiling = tile_rows(extent.rows, vectors, shape.vectors_per_thread);
  std::string symbol = "bitgate_";
  symbol.append(shape.stem).append("_").append(name_of(type));
  return {shape.unit,
          symbol,
          {tiling.grid, 1, 1},
          {tiling.threads, 1, 1},
          0,
          shape.pointers,
          {{"cols", extent.cols}, {"chunks", tiling.chunks}}};
}

bool is_empty(const Extent& extent) noexcept { return extent.rows == 0 || extent.cols == 0; }

// Rows that end with a whole block follow each other without a seam: one long row tiles better than many short ones.
constexpr Extent as_one_row(const Extent& extent) noexcept { return {1, count(extent)}; }

std::vector<Launch> plan_nvfp4(const Extent& extent, InputType type, const PlanOptions& options) {
  if (is_empty(extent)) return {};
  const std::int64_t vectors = extent.cols / per_vector(type);
  std::vector<Launch> launches;
  if (!options.amax_given) {
    const KernelShape amax{"amax", "amax", kAmaxVectorsPerThread, {Buffer::kInput, Buffer::kAmax}};
    launches.push_back(launch_of(amax, extent, vectors, type));
  }
  const KernelShape quantizer{
      "te_nvfp4", "te_nvfp4", kVectorsPerThread, {Buffer::kInput, Buffer::kAmax, Buffer::kCodes, Buffer::kScales}};
  launches.push_back(launch_of(quantizer, extent, vectors, type));
  return launches;
}

std::vector<Launch> plan_mx(std::string_view stem, const Extent& extent, InputType type) {
  if (is_empty(extent)) return {};
  const Extent row = as_one_row(extent);
  const KernelShape shape{"torchao_mx", stem, kVectorsPerThread, {Buffer::kInput, Buffer::kCodes, Buffer::kScales}};
  return {launch_of(shape, row, row.cols / per_vector(type), type)};
}

std::vector<Launch> plan_q8_1(std::string_view unit, const Extent& extent, InputType type) {
  if (is_empty(extent)) return {};
  const Scheme& scheme = scheme_of(SchemeId::kQ8_1);
  const Extent rows = extent.cols % scheme.block.cols == 0 ? as_one_row(extent) : extent;
  const KernelShape shape{
      unit, unit, kVectorsPerThread, {Buffer::kInput, Buffer::kCodes, Buffer::kScales, Buffer::kExtras}};
  return {launch_of(shape, rows, padded_cols(scheme, rows.cols) / per_vector(type), type)};
}

std::string to_text(const Dim3& d) {
  return std::to_string(d.x) + "x" + std::to_string(d.y) + "x" + std::to_string(d.z);
}

}  // namespace

std::string_view name_of(Buffer buffer) noexcept {
  switch (buffer) {
    case Buffer::kInput: return "input";
    case Buffer::kAmax: return "amax";
    case Buffer::kCodes: return "codes";
    case Buffer::kScales: return "scales";
    case Buffer::kExtras: return "extras";
  }
  return "?";
}

std::string to_text(const Launch& launch) {
  std::string text = launch.kernel + " grid=" + to_text(launch.grid) + " block=" + to_text(launch.block) +
                     " shared=" + std::to_string(launch.shared_bytes) + " args=";
  for (std::size_t i = 0; i < launch.pointers.size(); ++i)
    text.append(i == 0 ? "" : ",").append(name_of(launch.pointers[i]));
  for (const Scalar& scalar : launch.scalars)
    text.append(" ").append(scalar.name).append("=").append(std::to_string(scalar.value));
  return text;
}

std::string to_text(const std::vector<Launch>& launches) {
  if (launches.empty()) return "nothing";
  std::string text;
  for (const Launch& launch : launches) text.append(text.empty() ? "" : "; ").append(to_text(launch));
  return text;
}

std::vector<Launch> plan_te_nvfp4(const Extent& extent, InputType type, const PlanOptions& options) {
  return plan_nvfp4(as_one_row(extent), type, options);
}
std::vector<Launch> plan_te_nvfp4_row(const Extent& extent, InputType type, const PlanOptions& options) {
  return plan_nvfp4(extent, type, options);
}
std::vector<Launch> plan_torchao_mxfp4_floor(const Extent& extent, InputType type, const PlanOptions&) {
  return plan_mx("torchao_mxfp4_floor", extent, type);
}
std::vector<Launch> plan_torchao_mxfp8e4m3_rceil(const Extent& extent, InputType type, const PlanOptions&) {
  return plan_mx("torchao_mxfp8e4m3_rceil", extent, type);
}
std::vector<Launch> plan_ggml_q8_1(const Extent& extent, InputType type, const PlanOptions&) {
  return plan_q8_1("ggml_q8_1", extent, type);
}
std::vector<Launch> plan_ggml_q8_1_fast_math(const Extent& extent, InputType type, const PlanOptions&) {
  return plan_q8_1("ggml_q8_1_fast_math", extent, type);
}

std::int64_t padded_cols(const Scheme& scheme, std::int64_t cols) noexcept {
  return ceil_div(cols, scheme.block.cols) * scheme.block.cols;
}

BufferBytes buffer_bytes(const Scheme& scheme, const Extent& extent, InputType type) noexcept {
  const std::int64_t bits = scheme.element.bits;
  return {count(extent) * input_bytes(type), global_count(scheme, extent) * static_cast<std::int64_t>(sizeof(float)),
          extent.rows * padded_cols(scheme, extent.cols) * bits / 8,
          extent.rows * blocks_per_row(scheme, extent.cols) * scheme.scale.bits / 8,
          extent.rows * extras_per_row(scheme, extent.cols) * scheme.extra.bits / 8};
}

}  // namespace bitgate::device
