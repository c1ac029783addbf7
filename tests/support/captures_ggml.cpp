// ggml's captures: raw blocks of its quantizers on an H100 and on the host, RMS_NORM and its fusions, FP4.
#include <fmt/format.h>

#include <algorithm>

#include "bitgate/reference/layout/ggml_blocks.h"
#include "bitgate/tests/support/captures_detail.h"

namespace bitgate::oracle {

namespace {

using reference::Recipe;

// Raw blocks by array name, from one input.
struct Blocks {
  std::string_view recipe, input, array;
};

constexpr Blocks kBlocks[] = {
    {"ggml/q8_1", "x", "q8_1"},
    {"ggml/q8_1-mmq-d4", "x", "q8_1_mmq_d4"},
    {"ggml/q8_1-mmq-ds4", "x", "q8_1_mmq_ds4"},
    {"ggml/q8_1-mmq-d2s6", "x", "q8_1_mmq_d2s6"},
    {"ggml/q8_1-cpu-ref", "x", "q8_1_cpu_ref"},
};
constexpr Blocks kFp4Blocks[] = {
    {"ggml/mxfp4-mmq", "x", "mxfp4_mmq"},
    {"ggml/nvfp4-mmq-v2", "x", "nvfp4_mmq"},
    {"ggml/nvfp4-mmq-v2", "x", "nvfp4_mmq_aligned"},
};

void compare_blocks(const Recipe& recipe, std::span<const Blocks> rows, const ArraySource& source,
                    CaptureTally& tally) {
  for (const Blocks& row : rows) {
    if (row.recipe != recipe.identity.name) continue;
    const auto x = source(std::string(row.input));
    if (!x) continue;
    const TypedTensor input = typed_input(*x, InputType::kF16);
    const QuantizedTensor answer = quantize(recipe, capture_request(input));
    compare_array(tally, source, std::string(row.array),
                  as_bytes(reference::pack_ggml_blocks(recipe.storage.blocks, answer)));
    if (row.array == "nvfp4_mmq") compare_array(tally, source, "nvfp4_mmq_row_scale", as_bytes(answer.global));
  }
}

// ggml's host code: arrays named FORMAT_BUILD from the first 48 rows of x and, after "x2_", from x2.
constexpr Blocks kHostBlocks[] = {
    {"ggml/q8_1-cpu-ref", "q8_1", "q8_1_ref"}, {"ggml/q8_1-cpu-avx", "", "q8_1_avx2"},
    {"ggml/q8_1-cpu-neon", "", "q8_1_neon"},   {"ggml/q8_0-cpu-ref", "q8_0", "q8_0_ref"},
    {"ggml/q8_0-cpu-avx", "", "q8_0_avx2"},    {"ggml/q8_0-cpu-neon", "", "q8_0_neon"},
    {"ggml/q4_0-cpu-ref", "q4_0", "q4_0_ref"}, {"ggml/q4_1-cpu-ref", "q4_1", "q4_1_ref"},
    {"ggml/q5_0-cpu-ref", "q5_0", "q5_0_ref"}, {"ggml/q5_1-cpu-ref", "q5_1", "q5_1_ref"},
    {"ggml/q4_0-cpu-fma", "q4_0", "q4_0_fma"}, {"ggml/q4_1-cpu-fma", "q4_1", "q4_1_fma"},
    {"ggml/q5_0-cpu-fma", "q5_0", "q5_0_fma"}, {"ggml/q5_1-cpu-fma", "q5_1", "q5_1_fma"},
    {"ggml/mxfp4-cpu", "mxfp4", "mxfp4_ref"},  {"ggml/nvfp4-cpu", "nvfp4", "nvfp4_ref"},
};

// Blocks in which C leaves a conversion undefined are not compared: `undefined` has one byte a block.
void drop_blocks(std::vector<std::uint8_t>& blocks, std::span<const std::byte> undefined) {
  if (undefined.empty()) return;
  const std::size_t size = blocks.size() / undefined.size();
  std::vector<std::uint8_t> kept;
  for (std::size_t i = 0; i < undefined.size(); ++i)
    if (undefined[i] == std::byte{0})
      kept.insert(kept.end(), blocks.begin() + static_cast<std::ptrdiff_t>(i * size),
                  blocks.begin() + static_cast<std::ptrdiff_t>((i + 1) * size));
  blocks = std::move(kept);
}

void compare_host_array(const Recipe& recipe, const Blocks& row, const std::string& prefix, const TypedTensor& input,
                        const ArraySource& source, CaptureTally& tally) {
  const auto captured = source(prefix + std::string(row.array));
  if (!captured) return;
  const QuantizedTensor answer = quantize(recipe, capture_request(input));
  // Host blocks of Q8_1 are not padded to 512 values; every length here is a multiple of that.
  std::vector<std::uint8_t> computed = reference::pack_ggml_blocks(recipe.storage.blocks, answer);
  auto expected = compare::values_of<std::uint8_t>(captured->data);
  const auto undefined = source(fmt::format("{}undefined_{}", prefix, row.input));
  if (undefined && expected.size() == computed.size()) {
    drop_blocks(computed, undefined->data);
    drop_blocks(expected, undefined->data);
  }
  compare_bytes(tally, prefix + std::string(row.array), as_bytes(expected), as_bytes(computed));
}

void compare_host(const Recipe& recipe, const ArraySource& source, CaptureTally& tally) {
  for (const Blocks& row : kHostBlocks) {
    if (row.recipe != recipe.identity.name) continue;
    if (const auto x = source("x")) {
      TypedTensor input = typed_input(*x, InputType::kF16);
      auto& values = std::get<std::vector<float>>(input.values);
      input.extent.rows = std::min<std::int64_t>(48, input.extent.rows);
      values.resize(static_cast<std::size_t>(count(input.extent)));
      compare_host_array(recipe, row, "", input, source, tally);
    }
    if (const auto x2 = source("x2"))
      compare_host_array(recipe, row, "x2_", typed_input(*x2, InputType::kF16), source, tally);
  }
}

constexpr int kLengths[] = {64, 300, 1000, 1024, 1100, 2048, 4096, 5120, 8192};

// Norms of nine row lengths, weights from one array, eps 1e-5.
void compare_norms(const Recipe& recipe, const ArraySource& source, CaptureTally& tally) {
  const std::string_view name = recipe.identity.name;
  if (recipe.rules.fusion == reference::Fusion::kNone) return;
  const auto weights = source("norm_w");
  if (!weights) return;
  const std::vector<float> all = floats(*weights);
  for (const int cols : kLengths) {
    const auto x = source(fmt::format("rms_x_{}", cols));
    if (!x) continue;
    const TypedTensor input = typed_input(*x, InputType::kF16);
    Request request = capture_request(input);
    if (name != "ggml/rms_norm")
      request.fused.weight = std::span<const float>(all).first(static_cast<std::size_t>(cols));
    if (name == "ggml/rms_norm-mul-add") continue;
    const QuantizedTensor answer = quantize(recipe, request);
    if (name == "ggml/rms_norm") compare_array(tally, source, fmt::format("rms_y_{}", cols), as_bytes(answer.values));
    if (name == "ggml/rms_norm-mul")
      compare_array(tally, source, fmt::format("rms_mul_y_{}", cols), as_bytes(answer.values));
    if (name == "ggml/rms_norm-mul-q8_1")
      compare_array(tally, source, fmt::format("rms_mul_q8_1_{}", cols),
                    as_bytes(reference::pack_ggml_blocks(recipe.storage.blocks, answer)));
  }
}

// quantize_q8_1 on the norm's own captured result.
void compare_q8_1_of_norms(const Recipe& recipe, const ArraySource& source, CaptureTally& tally) {
  if (recipe.identity.name != "ggml/q8_1") return;
  for (const int cols : kLengths) {
    const auto y = source(fmt::format("rms_mul_y_{}", cols));
    if (!y) continue;
    const TypedTensor input = typed_input(*y, InputType::kF16);
    const QuantizedTensor answer = quantize(recipe, capture_request(input));
    compare_array(tally, source, fmt::format("rms_mul_q8_1_{}", cols), as_bytes(reference::pack_ggml_blocks(answer)));
  }
}

}  // namespace

void compare_ggml(const Recipe& recipe, const Captures& captures, CaptureTally& tally) {
  if (!recipe.identity.name.starts_with("ggml/")) return;
  compare_blocks(recipe, kBlocks, captures.ggml, tally);
  compare_blocks(recipe, kFp4Blocks, captures.ggml_fp4, tally);
  compare_host(recipe, captures.ggml, tally);
  compare_norms(recipe, captures.ggml, tally);
  compare_q8_1_of_norms(recipe, captures.ggml, tally);
}

}  // namespace bitgate::oracle
