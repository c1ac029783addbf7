// ggml Q8_1: the CUDA quantizers for MMVQ and MMQ as -use_fast_math compiles them, and the portable CPU function.
//
// ggml-org/ggml, commit d99724f2: src/ggml-cuda/quantize.cu, src/ggml-quants.c (quantize_row_q8_1_ref).
#include <algorithm>
#include <array>

#include "bitgate/device/cpu/codes.h"
#include "bitgate/device/cpu/exact.h"
#include "bitgate/device/cpu/mufu_rcp.h"
#include "bitgate/device/cpu/recipes.h"
#include "bitgate/device/cpu/request.h"

namespace bitgate::device::cpu {
namespace {

constexpr std::int64_t kBlock = 32;
constexpr std::size_t kReadAhead = 128;  // columns of the longest structure; what lies past the row reads as +0

using Values = std::span<const float>;

std::uint16_t gpu_half(float x) { return half_bits(x, 0x7FFF); }
std::uint16_t ggml_half(float x) { return half_bits(x, has_minus(x) ? 0xFE00 : 0x7E00); }

std::uint8_t low_byte(double whole) { return static_cast<std::uint8_t>(static_cast<std::int64_t>(whole) & 0xFF); }

// roundf, a saturating conversion to int32 of which one byte is stored: +Inf 0xFF, -Inf 0, NaN 0.
std::uint8_t gpu_byte(float x) {
  if (is_nan(x)) return 0;
  if (x >= 0x1p31f) return low_byte(0x7FFFFFFF);
  if (x <= -0x1p31f) return low_byte(-0x80000000LL);
  const double whole = whole_away(static_cast<double>(magnitude(x)));
  return low_byte(has_minus(x) ? -whole : whole);
}

// The same on x86: NaN and all that int32 cannot hold become INT_MIN, whose low byte is 0.
std::uint8_t x86_byte(float x) { return is_nan(x) || x >= 0x1p31f || x < -0x1p31f ? std::uint8_t{0} : gpu_byte(x); }

// A NaN counts only when there is nothing else.
float gpu_amax(Values x) {
  float amax = flushed(magnitude(x[0]));
  for (const float value : x) amax = max_num(amax, flushed(magnitude(value)));
  return amax;
}

// Lanes add their neighbour at half the distance each time; `lanes` is a power of two of at most 32.
float tree_sum(std::array<float, 32> lane, std::size_t lanes) {
  for (std::size_t half = lanes / 2; half > 0; half /= 2)
    for (std::size_t i = 0; i < half; ++i) lane[i] = add_rn_ftz(lane[i], lane[i + half]);
  return lane[0];
}

// MMVQ: one value a lane.
float sum_by_ones(Values x) {
  std::array<float, 32> lane{};
  std::ranges::copy(x, lane.begin());
  return tree_sum(lane, x.size());
}

// MMQ: four consecutive values a lane, added from the left.
float sum_by_fours(Values x) {
  std::array<float, 32> lane{};
  for (std::size_t i = 0; i < x.size() / 4; ++i) {
    const float two = add_rn_ftz(x[4 * i], x[4 * i + 1]);
    const float three = add_rn_ftz(two, x[4 * i + 2]);
    lane[i] = add_rn_ftz(three, x[4 * i + 3]);
  }
  return tree_sum(lane, x.size() / 4);
}

struct Block {
  float decode_scale, sum;
  std::array<std::uint8_t, 64> codes;
};

Block mmvq_block(Values x) {
  Block block{};
  const float amax = gpu_amax(x);
  block.sum = sum_by_ones(x);
  block.decode_scale = mul_rn_ftz(amax, div_rn<Gpu>(1.0f, 127.0f));
  if (amax == 0.0f) return block;
  const float encode_scale = rcp_approx_ftz(block.decode_scale);
  for (std::size_t i = 0; i < x.size(); ++i) block.codes[i] = gpu_byte(mul_rn_ftz(x[i], encode_scale));
  return block;
}

// No test for zero: there 0 times infinity is NaN, whose code is 0.
Block mmq_block(Values x) {
  Block block{};
  const float encode_scale = mul_rn_ftz(rcp_approx_ftz(gpu_amax(x)), 127.0f);
  for (std::size_t i = 0; i < x.size(); ++i) block.codes[i] = gpu_byte(mul_rn_ftz(x[i], encode_scale));
  block.decode_scale = rcp_approx_ftz(encode_scale);
  block.sum = sum_by_fours(x);
  return block;
}

// ggml's MAX is (a > b ? a : b): a NaN replaces the maximum, and the next value replaces the NaN.
float restarting_amax(Values x) {
  float amax = 0.0f;
  for (const float value : x) amax = amax > magnitude(value) ? amax : magnitude(value);
  return amax;
}

Block cpu_block(Values x) {
  Block block{};
  block.decode_scale = div_rn<X86>(restarting_amax(x), 127.0f);
  const float encode_scale = block.decode_scale == 0.0f ? 0.0f : div_rn<X86>(1.0f, block.decode_scale);
  int code_sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    block.codes[i] = x86_byte(mul_rn<X86>(x[i], encode_scale));
    code_sum += block.codes[i] < 128 ? block.codes[i] : block.codes[i] - 256;
  }
  block.sum = mul_rn<X86>(static_cast<float>(code_sum), block.decode_scale);
  return block;
}

// Walks the blocks of every row; store(index of the block, block) keeps scale and sum.
template <class Compute, class Store>
void for_each_block(const TypedView& input, QuantizedTensor& answer, Compute compute, Store store) {
  const std::int64_t cols = input.extent.cols, width = answer.scheme.block.cols;
  std::size_t index = 0;
  for (std::int64_t r = 0; r < input.extent.rows; ++r) {
    const std::vector<float> row = padded_row(input, r, kReadAhead);
    for (std::int64_t c = 0; c < cols; c += width) {
      const Block block = compute(Values(row.data() + c, static_cast<std::size_t>(width)));
      std::copy_n(block.codes.begin(), std::min(width, cols - c), answer.codes.begin() + r * cols + c);
      store(index++, block);
    }
  }
}

QuantizedTensor start(const Request& request, std::string_view recipe, SchemeId scheme, std::int64_t cols_multiple) {
  require(request, {recipe, kF32Only, cols_multiple, GlobalAxis::kNone});
  return make_quantized(scheme_of(scheme), GlobalNumber::kNone, request.input.extent);
}

template <class Compute, class Half>
QuantizedTensor with_half_sums(const Request& request, QuantizedTensor answer, Compute compute, Half half) {
  auto& scales = std::get<std::vector<std::uint16_t>>(answer.scales);
  for_each_block(request.input, answer, compute, [&](std::size_t i, const Block& block) {
    scales[i] = half(block.decode_scale);
    answer.extras[i] = half(block.sum);
  });
  return answer;
}

}  // namespace

QuantizedTensor ggml_q8_1(const Request& request) {
  return with_half_sums(request, start(request, "ggml/q8_1", SchemeId::kQ8_1, 1), mmvq_block, gpu_half);
}
QuantizedTensor ggml_q8_1_mmq_ds4(const Request& request) {
  return with_half_sums(request, start(request, "ggml/q8_1-mmq-ds4", SchemeId::kQ8_1MmqDs4, 1), mmq_block, gpu_half);
}
QuantizedTensor ggml_q8_1_cpu_ref(const Request& request) {
  return with_half_sums(request, start(request, "ggml/q8_1-cpu-ref", SchemeId::kQ8_1, kBlock), cpu_block, ggml_half);
}

QuantizedTensor ggml_q8_1_mmq_d4(const Request& request) {
  QuantizedTensor answer = start(request, "ggml/q8_1-mmq-d4", SchemeId::kQ8_1MmqD4, 1);
  auto& scales = std::get<std::vector<float>>(answer.scales);
  for_each_block(request.input, answer, mmq_block,
                 [&](std::size_t i, const Block& block) { scales[i] = block.decode_scale; });
  return answer;
}

// One scale for 64 values; sums of 16 for the first 96 of each 128 values.
QuantizedTensor ggml_q8_1_mmq_d2s6(const Request& request) {
  QuantizedTensor answer = start(request, "ggml/q8_1-mmq-d2s6", SchemeId::kQ8_1MmqD2s6, 1);
  auto& scales = std::get<std::vector<std::uint16_t>>(answer.scales);
  for_each_block(request.input, answer, mmq_block,
                 [&](std::size_t i, const Block& block) { scales[i] = gpu_half(block.decode_scale); });
  std::size_t index = 0;
  for (std::int64_t r = 0; r < request.input.extent.rows; ++r) {
    const std::vector<float> row = padded_row(request.input, r, kReadAhead);
    for (std::size_t c = 0; c < row.size(); c += 16)
      if (c % 128 < 96) answer.extras[index++] = gpu_half(sum_by_fours(Values(row).subspan(c, 16)));
  }
  return answer;
}

}  // namespace bitgate::device::cpu
