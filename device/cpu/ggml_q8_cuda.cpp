// ggml Q8_1 on CUDA: the quantizers for MMVQ and MMQ, with and without -use_fast_math, and the copy kernel's Q8_0.
//
// ggml-org/ggml, commit d99724f2: src/ggml-cuda/quantize.cu, src/ggml-cuda/cpy-utils.cuh.
#include <array>
#include <bit>

#include "bitgate/device/cpu/ggml_arithmetic.h"
#include "bitgate/device/cpu/ggml_blocks.h"
#include "bitgate/device/cpu/ggml_recipes.h"

namespace bitgate::device::cpu {
namespace {

// roundf, then a saturating conversion to int32 of which one byte is stored: +Inf 0xFF, -Inf 0, NaN 0.
std::uint8_t gpu_byte(float x) { return low_byte(saturating_int32(x, whole_away)); }

// cvt.rn.bf16.f32: NaN is 0x7FFF.
std::uint16_t gpu_bf16(float x) {
  return is_nan(x) ? std::uint16_t{0x7FFF} : static_cast<std::uint16_t>(to_bits(bf16_rn(x)) >> 16);
}

// MMVQ: one value a lane.
template <class Math>
float sum_by_ones(Values x) {
  std::array<float, 32> lane{};
  std::ranges::copy(x, lane.begin());
  return tree_sum<Math>(lane, x.size());
}

// MMQ: four consecutive values a lane, added from the left.
template <class Math>
float sum_by_fours(Values x) {
  std::array<float, 32> lane{};
  for (std::size_t i = 0; i < x.size() / 4; ++i) {
    const float two = Math::add(x[4 * i], x[4 * i + 1]);
    const float three = Math::add(two, x[4 * i + 2]);
    lane[i] = Math::add(three, x[4 * i + 3]);
  }
  return tree_sum<Math>(lane, x.size() / 4);
}

using Store = std::uint16_t (*)(float);

// The zero test is made by the machine: where it flushes, a subnormal maximum is zero.
template <class Math, Store store>
Block mmvq_block(Values x) {
  Block block{};
  const float amax = gpu_amax<Math>(x);
  const float decode_scale = Math::div_by_constant(amax, 127.0f);
  block.scale_bits = store(decode_scale);
  block.extra = store(sum_by_ones<Math>(x));
  if (amax == 0.0f) return block;
  for (std::size_t i = 0; i < x.size(); ++i) block.codes[i] = gpu_byte(Math::div(x[i], decode_scale));
  return block;
}

enum class ScaleType { kHalf, kFloat };

// No test for zero: there 0 times infinity is NaN, whose code is 0.
template <class Math, ScaleType type>
Block mmq_block(Values x) {
  Block block{};
  const float encode_scale = Math::div(127.0f, gpu_amax<Math>(x));
  for (std::size_t i = 0; i < x.size(); ++i) block.codes[i] = gpu_byte(Math::mul(x[i], encode_scale));
  const float decode_scale = Math::div(1.0f, encode_scale);
  block.scale_bits = type == ScaleType::kHalf ? gpu_half(decode_scale) : to_bits(decode_scale);
  if (x.size() == 32) block.extra = gpu_half(sum_by_fours<Math>(x));
  return block;
}

template <class Math, Store store>
QuantizedTensor q8_1(const Request& request, std::string_view recipe, SchemeId scheme) {
  return in_blocks(request, start(request, recipe, scheme, 1), mmvq_block<Math, store>);
}
template <class Math>
QuantizedTensor mmq_d4(const Request& request, std::string_view recipe) {
  return in_blocks(request, start(request, recipe, SchemeId::kQ8_1MmqD4, 1), mmq_block<Math, ScaleType::kFloat>);
}
template <class Math>
QuantizedTensor mmq_ds4(const Request& request, std::string_view recipe) {
  return in_blocks(request, start(request, recipe, SchemeId::kQ8_1MmqDs4, 1), mmq_block<Math, ScaleType::kHalf>);
}

// One scale for 64 values; sums of 16 for the first 96 of each 128 values.
template <class Math>
QuantizedTensor mmq_d2s6(const Request& request, std::string_view recipe) {
  QuantizedTensor answer =
      in_blocks(request, start(request, recipe, SchemeId::kQ8_1MmqD2s6, 1), mmq_block<Math, ScaleType::kHalf>);
  std::size_t index = 0;
  for (std::int64_t r = 0; r < request.input.extent.rows; ++r) {
    const std::vector<float> row = padded_row(request.input, r, kReadAhead);
    for (std::size_t c = 0; c < row.size(); c += 16)
      if (c % 128 < 96) answer.extras[index++] = gpu_half(sum_by_fours<Math>(Values(row).subspan(c, 16)));
  }
  return answer;
}

// The maximum begins at +0, so that NaNs alone give scale 0; and here it is the scale that is tested for zero: where
// it is flushed the codes are 0, not the bytes of infinities. (The notes call this the arithmetic of Q8_1; the two
// tests are read from cpy-utils.cuh.)
Block copy_block(Values x) {
  Block block{};
  const float amax = max_num(0.0f, gpu_amax<FastMath>(x));
  const float decode_scale = FastMath::div_by_constant(amax, 127.0f);
  block.scale_bits = gpu_half(decode_scale);
  const float encode_scale = decode_scale == 0.0f ? 0.0f : rcp_approx_ftz(decode_scale);
  for (std::size_t i = 0; i < x.size(); ++i) block.codes[i] = gpu_byte(mul_rn_ftz(x[i], encode_scale));
  return block;
}

constexpr CpuRecipe kRecipes[] = {
    {"ggml/q8_1", ggml_q8_1},
    {"ggml/q8_1-ieee", [](const Request& r) { return q8_1<IeeeMath, gpu_half>(r, "ggml/q8_1-ieee", SchemeId::kQ8_1); }},
    {"ggml/q8_1-bf16",
     [](const Request& r) { return q8_1<FastMath, gpu_bf16>(r, "ggml/q8_1-bf16", SchemeId::kQ8_1Bf16); }},
    {"ggml/q8_1-mmq-d4", [](const Request& r) { return mmq_d4<FastMath>(r, "ggml/q8_1-mmq-d4"); }},
    {"ggml/q8_1-mmq-d4-ieee", [](const Request& r) { return mmq_d4<IeeeMath>(r, "ggml/q8_1-mmq-d4-ieee"); }},
    {"ggml/q8_1-mmq-ds4", [](const Request& r) { return mmq_ds4<FastMath>(r, "ggml/q8_1-mmq-ds4"); }},
    {"ggml/q8_1-mmq-ds4-ieee", [](const Request& r) { return mmq_ds4<IeeeMath>(r, "ggml/q8_1-mmq-ds4-ieee"); }},
    {"ggml/q8_1-mmq-d2s6", [](const Request& r) { return mmq_d2s6<FastMath>(r, "ggml/q8_1-mmq-d2s6"); }},
    {"ggml/q8_1-mmq-d2s6-ieee", [](const Request& r) { return mmq_d2s6<IeeeMath>(r, "ggml/q8_1-mmq-d2s6-ieee"); }},
    {"ggml/q8_0-cuda-cpy",
     [](const Request& r) {
       return in_blocks(r, start(r, "ggml/q8_0-cuda-cpy", SchemeId::kQ8_0, kHostBlock), copy_block);
     }},
};

}  // namespace

QuantizedTensor ggml_q8_1(const Request& request) {
  return q8_1<FastMath, gpu_half>(request, "ggml/q8_1", SchemeId::kQ8_1);
}

std::span<const CpuRecipe> ggml_q8_cuda_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
