#include "bitgate/reference/gemm/ggml_mmvq.h"

#include <fmt/format.h>

#include <algorithm>

#include "bitgate/reference/format/error.h"
#include "bitgate/reference/gemm/ggml_mmvq_call.h"
#include "bitgate/reference/layout/ggml_blocks.h"
#include "bitgate/reference/recipe/lanes/threads.h"

namespace bitgate::reference {
namespace {

using namespace mmvq;

constexpr std::int64_t kLanes = 32;
constexpr int kMostWarps = 8;
constexpr std::int64_t kMostThreads = kMostWarps * kLanes;

struct Row {
  std::vector<Activations> blocks;
};

Row read_column(const GgmlProduct& product, std::int64_t column) {
  const BlockLayout& layout = layout_of(RawBlocks::kQ8_1);
  const std::int64_t in_row = ggml_blocks_shape(RawBlocks::kQ8_1, {1, product.extent.cols})[1];
  Row row;
  for (std::int64_t block = 0; block < product.extent.cols / kQ8Cols; ++block) {
    const auto at = static_cast<std::size_t>((column * in_row + block) * layout.bytes);
    const Q8Block q8 =
        read_q8_block(RawBlocks::kQ8_1, product.activations.subspan(at, static_cast<std::size_t>(layout.bytes)));
    row.blocks.push_back({q8.d, q8.s, half_value(q8.d), half_value(q8.s), q8.codes});
  }
  return row;
}

std::vector<WeightBlock> read_row(const GgmlProduct& product, std::int64_t row, const Build& build) {
  const GgmlWeights& type = *product.type;
  const std::int64_t in_row = product.extent.cols / type.cols;
  std::vector<WeightBlock> blocks;
  blocks.reserve(static_cast<std::size_t>(in_row));
  for (std::int64_t block = 0; block < in_row; ++block) {
    const auto at = static_cast<std::size_t>((row * in_row + block) * type.bytes);
    const GgmlWeightBlock numbers =
        read_ggml_block(type, product.weights.subspan(at, static_cast<std::size_t>(type.bytes)));
    blocks.push_back({numbers, factors_of(type, numbers, build)});
  }
  return blocks;
}

// Calls `seen` after each call, in the order of blocks: that of each thread's own calls.
template <class Seen>
void run_calls(const GgmlWeights& type, const std::vector<WeightBlock>& weights, const Row& activations,
               const MmvqOrder& order, std::array<float, kMostThreads>& partials, Seen seen) {
  const Build build(order);
  const std::int64_t calls = calls_of(type), threads = order.warps * kLanes;
  for (std::size_t block = 0; block < weights.size(); ++block) {
    const auto at = static_cast<std::int64_t>(block);
    const Activations* const q8 = activations.blocks.data() + at * (type.cols / kQ8Cols);
    for (std::int64_t i = 0; i < calls; ++i) {
      const auto thread = static_cast<std::size_t>((at * calls + i) % threads);
      MmvqCall call{static_cast<int>(thread), at, i, {}, {}, 0.0f};
      sum_call(type, weights[block].numbers, q8, call);
      call.partial = after_call(type, weights[block], q8, call, build, partials[thread]);
      partials[thread] = call.partial;
      seen(call);
    }
  }
}

std::array<float, kLanes> lane_sums(const std::array<float, kMostThreads>& partials, const MmvqOrder& order) noexcept {
  const Build on(order);
  std::array<float, kLanes> lanes{};
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    lanes[lane] = partials[lane];
    for (std::size_t warp = 1; warp < static_cast<std::size_t>(order.warps); ++warp)
      lanes[lane] = on.add(lanes[lane], partials[warp * kLanes + lane]);
  }
  return lanes;
}

// Addition commutes, so every lane of the butterfly ends with the first one's bits.
float sum_of_lanes(std::array<float, kLanes> lanes, const MmvqOrder& order) noexcept {
  const Build on(order);
  for (std::size_t offset = kLanes / 2; offset > 0; offset /= 2)
    for (std::size_t i = 0; i < offset; ++i) lanes[i] = on.add(lanes[i], lanes[i + offset]);
  return lanes[0];
}

void require_runs(const GgmlProduct& product, const MmvqOrder& order) {
  require_fits(product, RawBlocks::kQ8_1);
  if (product.columns < 1 || product.columns > kMmvqMostColumns)
    throw InputError(fmt::format("MMVQ takes 1 to {} columns, not {}", kMmvqMostColumns, product.columns));
  if (order.warps < 1 || order.warps > kMostWarps)
    throw InputError(fmt::format("MMVQ runs 1 to {} warps, not {}", kMostWarps, order.warps));
}

}  // namespace

int mmvq_warps(const GgmlWeights& type, std::int64_t columns, int capability) {
  if (columns < 1 || columns > kMmvqMostColumns)
    throw InputError(fmt::format("MMVQ takes 1 to {} columns, not {}", kMmvqMostColumns, columns));
  if (capability == 121 && columns == 1)
    throw InputError("MMVQ of one column on sm_121 may double its warps; when it does is not known");
  const bool turing = capability >= 75 && capability < 80;
  if (turing && columns == 1 && type.blocks == RawBlocks::kNone) return 2;
  return columns <= 4 ? 4 : 2;
}

std::vector<float> ggml_mmvq(const GgmlProduct& product, const MmvqOrder& order) {
  require_runs(product, order);
  const GgmlWeights& type = *product.type;
  std::vector<Row> columns;
  for (std::int64_t column = 0; column < product.columns; ++column) columns.push_back(read_column(product, column));
  const std::int64_t rows = product.extent.rows;
  std::vector<float> outputs(static_cast<std::size_t>(product.columns * rows));
  over_threads(rows, [&](std::int64_t row) {
    const std::vector<WeightBlock> weights = read_row(product, row, Build(order));
    for (std::size_t column = 0; column < columns.size(); ++column) {
      std::array<float, kMostThreads> partials{};
      run_calls(type, weights, columns[column], order, partials, [](const MmvqCall&) {});
      outputs[column * static_cast<std::size_t>(rows) + static_cast<std::size_t>(row)] =
          sum_of_lanes(lane_sums(partials, order), order);
    }
  });
  return outputs;
}

std::vector<float> ggml_mmvq(const GgmlProduct& product, int capability) {
  MmvqOrder order;
  order.warps = mmvq_warps(*product.type, product.columns, capability);
  return ggml_mmvq(product, order);
}

MmvqTrace explain_ggml_mmvq(const GgmlProduct& product, std::int64_t row, std::int64_t column, const MmvqOrder& order) {
  require_runs(product, order);
  if (row < 0 || row >= product.extent.rows || column < 0 || column >= product.columns)
    throw InputError(
        fmt::format("no output at row {}, column {} of {} x {}", row, column, product.extent.rows, product.columns));
  MmvqTrace trace;
  std::array<float, kMostThreads> partials{};
  run_calls(*product.type, read_row(product, row, Build(order)), read_column(product, column), order, partials,
            [&](const MmvqCall& call) { trace.calls.push_back(call); });
  trace.partials.assign(partials.begin(), partials.begin() + order.warps * kLanes);
  trace.lanes = lane_sums(partials, order);
  trace.result = sum_of_lanes(trace.lanes, order);
  return trace;
}

std::string to_text(const GgmlWeights& type, const MmvqTrace& trace) {
  const auto bits = [](float value) { return fmt::format("{:08X} = {}", bits_of(value), value); };
  std::string text;
  for (const MmvqCall& call : trace.calls) {
    text += fmt::format("thread {} block {} call {}: sum {}", call.thread, call.block, call.call, call.sums[0]);
    if (type.sums == 2) text += fmt::format(" and {}", call.sums[1]);
    if (type.dot == GgmlDot::kSuperMinimums) text += fmt::format(", codes {} and {}", call.codes[0], call.codes[1]);
    text += fmt::format(", partial {}\n", bits(call.partial));
  }
  for (std::size_t lane = 0; lane < trace.lanes.size(); ++lane)
    if (bits_of(trace.lanes[lane]) != 0) text += fmt::format("lane {}: {}\n", lane, bits(trace.lanes[lane]));
  return text + fmt::format("result {}\n", bits(trace.result));
}

}  // namespace bitgate::reference
