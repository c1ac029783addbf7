// Kernels that let the reference answer: what is tested with them is the way there and back, every operand, side and
// layout of device/plugin.h. A user's library sees none of these headers but the first.
#include <cstring>
#include <iterator>
#include <vector>

#include "bitgate/device/plugin.h"
#include "bitgate/reference/layout/nibbles.h"
#include "bitgate/reference/layout/padded.h"
#include "bitgate/reference/layout/scale_layout.h"
#include "bitgate/reference/recipe/recipe.h"

namespace {

using namespace bitgate;

struct Options {
  const char* name;
  const char* recipe;
  std::uint32_t directions = BITGATE_ROWWISE, wants_amax = BITGATE_NEVER, wants_global = BITGATE_NEVER,
                random = BITGATE_RANDOM_NONE, scale_layout = BITGATE_SCALES_ROWS, code_layout = BITGATE_CODES_ROWS,
                padding = BITGATE_PADDING_ZERO;
  bool bf16_only = false;
  bool faulty_padding = false;  // a byte of the padding of scales is not what it should be
};

constexpr std::uint32_t kEverySide = BITGATE_ROWWISE | BITGATE_COLUMNWISE | BITGATE_BOTH;

constexpr Options kOptions[] = {
    {.name = "nvfp4", .recipe = "te/nvfp4", .directions = kEverySide, .wants_amax = BITGATE_MAYBE},
    {.name = "nvfp4-both", .recipe = "te/nvfp4", .directions = BITGATE_BOTH, .wants_amax = BITGATE_ALWAYS},
    {.name = "nvfp4-swizzled",
     .recipe = "te/nvfp4",
     .directions = kEverySide,
     .wants_amax = BITGATE_MAYBE,
     .scale_layout = BITGATE_SCALES_128X4},
    {.name = "nvfp4-small-tiles",
     .recipe = "te/nvfp4",
     .directions = kEverySide,
     .wants_amax = BITGATE_MAYBE,
     .scale_layout = BITGATE_SCALES_8X4},
    {.name = "nvfp4-untouched",
     .recipe = "te/nvfp4",
     .wants_amax = BITGATE_MAYBE,
     .scale_layout = BITGATE_SCALES_PADDED,
     .padding = BITGATE_PADDING_UNTOUCHED},
    {.name = "nvfp4-untouched-but-written",
     .recipe = "te/nvfp4",
     .wants_amax = BITGATE_MAYBE,
     .scale_layout = BITGATE_SCALES_PADDED,
     .padding = BITGATE_PADDING_UNTOUCHED,
     .faulty_padding = true},
    {.name = "nvfp4-padding-not-zero",
     .recipe = "te/nvfp4",
     .wants_amax = BITGATE_MAYBE,
     .scale_layout = BITGATE_SCALES_PADDED,
     .faulty_padding = true},
    {.name = "nvfp4-row", .recipe = "te/nvfp4-row", .wants_amax = BITGATE_ALWAYS},
    {.name = "rht",
     .recipe = "te/nvfp4-rht",
     .directions = BITGATE_COLUMNWISE,
     .wants_amax = BITGATE_MAYBE,
     .bf16_only = true},
    {.name = "tensorwise", .recipe = "torchao/nvfp4-tensorwise", .wants_global = BITGATE_ALWAYS},
    {.name = "words",
     .recipe = "te/nvfp4-sr-soft-tuned",
     .wants_amax = BITGATE_MAYBE,
     .random = BITGATE_RANDOM_WORDS,
     .bf16_only = true},
    {.name = "either",
     .recipe = "te/nvfp4-sr-soft-tuned",
     .wants_amax = BITGATE_MAYBE,
     .random = BITGATE_RANDOM_EITHER,
     .bf16_only = true},
    {.name = "norm", .recipe = "ggml/rms_norm-mul-q8_1", .code_layout = BITGATE_CODES_BLOCKS},
    {.name = "norm-add", .recipe = "ggml/rms_norm-mul-add"},
    {.name = "silu", .recipe = "vllm/silu-nvfp4", .wants_amax = BITGATE_MAYBE},
    {.name = "norm-factor", .recipe = "flashinfer/nvfp4-cute-rmsnorm", .wants_amax = BITGATE_MAYBE},
    {.name = "fp8", .recipe = "te/fp8-current-e4m3", .wants_amax = BITGATE_ALWAYS},
    {.name = "fp8-lines",
     .recipe = "te/fp8-block1x128-e4m3",
     .directions = kEverySide,
     .scale_layout = BITGATE_SCALES_PADDED},
    {.name = "mxfp8", .recipe = "te/mxfp8-e4m3", .directions = kEverySide, .scale_layout = BITGATE_SCALES_PADDED},
};

template <class T>
std::span<const T> some(const T* first, std::int64_t count) {
  return first == nullptr ? std::span<const T>{} : std::span(first, static_cast<std::size_t>(count));
}

InputType type_of(std::uint32_t bit) {
  return bit == BITGATE_FP32 ? InputType::kF32 : bit == BITGATE_BF16 ? InputType::kBf16 : InputType::kF16;
}

Direction direction_of(std::uint32_t bit) {
  return bit == BITGATE_ROWWISE      ? Direction::kRowwise
         : bit == BITGATE_COLUMNWISE ? Direction::kColumnwise
                                     : Direction::kBoth;
}

// Widened; none where there is none.
std::vector<float> gate_of(const bitgate_launch& l) {
  std::vector<float> gate;
  const TypedView view{type_of(l.input_type), {l.rows, l.cols}, l.gate};
  for (std::int64_t i = 0; l.gate != nullptr && i < l.rows * l.cols; ++i) gate.push_back(element(view, i));
  return gate;
}

// One number for each, or one for both sides where there is no pointer of the other.
Request request_of(const bitgate_launch& l, const Scheme& scheme, const std::vector<float>& gate) {
  const Extent extent{l.rows, l.cols}, turned{l.cols, l.rows};
  Request request;
  request.input = {type_of(l.input_type), extent, l.input};
  request.direction = direction_of(l.direction);
  const Extent first = request.direction == Direction::kColumnwise ? turned : extent;
  request.amax = some(l.amax, amax_count(scheme, first));
  request.amax_columnwise = some(l.amax_t, amax_count(scheme, turned));
  request.global = some(l.global_given, global_count(scheme, first));
  request.random_bits = some(l.random, l.rows * l.cols / 4);
  request.random_bits_columnwise = some(l.random_t, l.rows * l.cols / 4);
  request.philox = {l.philox_seed, l.philox_offset};
  request.fused = {some(l.weight, l.weight_count), some(l.residual, l.residual_count), l.epsilon, gate,
                   some(l.row_factor, l.rows)};
  return request;
}

template <class T>
void write(void* to, const std::vector<T>& from) {
  if (to != nullptr && !from.empty()) std::memcpy(to, from.data(), from.size() * sizeof(T));
}

void write_codes(void* to, const QuantizedTensor& tensor, std::uint32_t layout) {
  if (tensor.codes.empty()) return;
  const bool nibbles = tensor.scheme.element.bits == 4;
  const std::vector<std::uint8_t> tight =
      nibbles ? reference::pack_nibbles(tensor.codes, tensor.extent, NibbleOrder::kLowFirst) : tensor.codes;
  const std::int64_t used = static_cast<std::int64_t>(tight.size()) / tensor.extent.rows;
  const std::int64_t block = tensor.scheme.block.cols / (nibbles ? 2 : 1);
  const std::int64_t pitch = layout == BITGATE_CODES_BLOCKS ? reference::round_up(used, block) : used;
  write(to, reference::pad(tight, {tensor.extent.rows, used}, {tensor.extent.rows, pitch}));
}

// All of the layout, or its scales alone.
void write_scales(void* to, const QuantizedTensor& tensor, const Options& options) {
  if (options.scale_layout == BITGATE_SCALES_ROWS) {
    std::visit([&](const auto& scales) { write(to, scales); }, tensor.scales);
    return;
  }
  const reference::ScaleLayout layout = reference::kScaleLayouts[options.scale_layout];
  Scales stored = store_scales(tensor, layout);
  if (options.padding == BITGATE_PADDING_UNTOUCHED) {
    const Extent logical = scale_extent(tensor.scheme, tensor.extent);
    const Extent padded = stored_scale_extent(tensor.scheme, tensor.extent, tensor.direction, layout);
    for (std::int64_t row = 0; row < logical.rows; ++row)
      std::memcpy(static_cast<char*>(to) + row * padded.cols,
                  std::get<std::vector<std::uint8_t>>(tensor.scales).data() + row * logical.cols,
                  static_cast<std::size_t>(logical.cols));
    if (options.faulty_padding) static_cast<char*>(to)[padded.rows * padded.cols - 1] = 1;
    return;
  }
  if (options.faulty_padding) std::get<std::vector<std::uint8_t>>(stored).back() = 1;
  std::visit([&](const auto& scales) { write(to, scales); }, stored);
}

void write_side(const bitgate_launch& l, const QuantizedTensor& tensor, const Options& options) {
  const bool rows = tensor.direction == Direction::kRowwise;
  write_codes(rows ? l.codes : l.codes_t, tensor, options.code_layout);
  write_scales(rows ? l.scales : l.scales_t, tensor, options);
  write(rows || l.global_t == nullptr ? l.global : l.global_t, tensor.global);
  write(l.extras, tensor.extras);
  write(l.values, tensor.values);
  for (const QuantizedTensor& twin : tensor.columnwise) write_side(l, twin, options);
}

template <std::size_t kIndex>
std::int32_t run(const bitgate_launch* launch) {
  const Options& options = kOptions[kIndex];
  const reference::Recipe& recipe = reference::require_recipe(options.recipe);
  if (options.wants_amax == BITGATE_ALWAYS && launch->amax == nullptr && launch->amax_t == nullptr) return 1;
  if (options.wants_global == BITGATE_ALWAYS && (launch->global_given == nullptr || launch->global != nullptr))
    return 2;
  if (options.random == BITGATE_RANDOM_WORDS && launch->random == nullptr) return 3;
  if (launch->workspace == nullptr) return 4;
  std::memset(launch->workspace, 0, static_cast<std::size_t>(launch->rows + 1));
  const std::vector<float> gate = gate_of(*launch);
  const Request request = request_of(*launch, scheme_of(recipe.rules.scheme), gate);
  write_side(*launch, reference::quantize(recipe, request), options);
  return 0;
}

template <std::size_t kIndex>
const bitgate_kernel* described() {
  static const bitgate_kernel kernel = [] {
    const Options& options = kOptions[kIndex];
    const reference::Recipe& recipe = reference::require_recipe(options.recipe);
    bitgate_kernel k{};
    k.size = sizeof k;
    k.input_types = options.bf16_only
                        ? BITGATE_BF16
                        : (recipe.accepts.f32 ? BITGATE_FP32 : 0) | (recipe.accepts.bf16 ? BITGATE_BF16 : 0);
    k.name = options.name;
    k.recipe = options.recipe;
    k.col_multiple = 1;
    k.run = run<kIndex>;
    k.directions = options.directions;
    k.row_multiple_t = options.directions == BITGATE_BOTH ? 16 : 0;
    k.wants_amax = options.wants_amax;
    k.wants_global = options.wants_global;
    k.random = options.random;
    k.scale_layout = options.scale_layout;
    k.code_layout = options.code_layout;
    k.padding = options.padding;
    k.workspace = [](std::int64_t rows, std::int64_t, std::uint32_t) { return rows + 1; };
    return k;
  }();
  return &kernel;
}

template <std::size_t... kIndex>
const bitgate_plugin_table* table(std::index_sequence<kIndex...>) {
  static const bitgate_kernel* const kernels[] = {described<kIndex>()...};
  static const bitgate_plugin_table all{sizeof all, BITGATE_PLUGIN_VERSION, std::size(kernels), kernels};
  return &all;
}

}  // namespace

extern "C" const bitgate_plugin_table* bitgate_plugin(void) {
  return table(std::make_index_sequence<std::size(kOptions)>());
}
