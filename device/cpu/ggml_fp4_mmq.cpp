// ggml's FP4 activations for MMQ on sm_120: MXFP4, and NVFP4 before and since it has a scale for each row. All under
// -use_fast_math, with CUDA 12.8 or newer for what is not said to be software.
//
// ggml-org/ggml, commits d99724f2 (MXFP4), c21ff638 (NVFP4 v1), e7059df1 (NVFP4 v2): src/ggml-cuda/quantize.cu.
#include "bitgate/device/cpu/ggml_arithmetic.h"
#include "bitgate/device/cpu/ggml_blocks.h"
#include "bitgate/device/cpu/ggml_recipes.h"
#include "bitgate/device/cpu/mufu_lg2.h"

namespace bitgate::device::cpu {
namespace {

// cvt.rn.satfinite.e2m1x2.f32: NaN is +6.
std::uint8_t e2m1_of(float x) { return is_nan(x) ? std::uint8_t{7} : e2m1_with_sign(x); }

float gpu_amax_of(Values x) { return max_num(0.0f, gpu_amax<FastMath>(x)); }

// The exponent is the nearest whole number to the approximate logarithm, not the one below it. That of infinity
// saturates, and the sum then wraps to what counts as the largest.
std::uint8_t e8m0_of(float amax) {
  if (!(amax > 0.0f)) return 0;
  if (is_infinite(amax)) return 254;
  const std::int32_t exponent = saturating_int32(lg2_approx_ftz(amax), whole_even);
  return static_cast<std::uint8_t>(std::min(std::max(exponent, -125) + 125, 254));
}

// rcp.rn.ftz of 2^(code - 127): the subnormal 2^-127 counts as zero, and so does the reciprocal of 2^127.
float encode_scale_of(std::uint8_t e8m0) {
  const float decode_scale = static_cast<float>(two_to(e8m0 - 127));
  return flushed(div_rn<Gpu>(1.0f, flushed(decode_scale)));
}

Block mxfp4_block(Values x) {
  Block block{};
  const float amax = gpu_amax_of(x);
  const std::uint8_t scale_code = e8m0_of(amax);
  const float encode_scale = amax == 0.0f ? 0.0f : encode_scale_of(scale_code);
  block.scale_bits = scale_code;
  for (std::size_t i = 0; i < x.size(); ++i) block.codes[i] = e2m1_of(mul_rn_ftz(x[i], encode_scale));
  return block;
}

constexpr float kE2m1[8] = {0.0f, 0.5f, 1.0f, 1.5f, 2.0f, 3.0f, 4.0f, 6.0f};

// The first of the eight magnitudes that lies nearest; bit 3 for what compares less than zero.
std::uint8_t e2m1_by_search(float x, float encode_scale) {
  const float scaled = mul_rn_ftz(magnitude(x), encode_scale);
  std::uint8_t best = 0;
  float best_distance = magnitude(scaled);
  for (std::uint8_t code = 1; code < 8; ++code) {
    const float distance = magnitude(add_rn_ftz(scaled, -kE2m1[code]));
    if (distance < best_distance) {
      best = code;
      best_distance = distance;
    }
  }
  return static_cast<std::uint8_t>(best + (flushed(x) < 0.0f ? 8 : 0));
}

float half_e4m3_value(int code) { return mul_rn_ftz(e4m3_value(static_cast<std::uint8_t>(code)), 0.5f); }

// 0.5 / h by MUFU, 0 for no scale.
float encode_scale_of_half(float half_scale) {
  return half_scale > 0.0f ? mul_rn_ftz(rcp_approx_ftz(half_scale), 0.5f) : 0.0f;
}

std::uint8_t first_scale_code(float amax) {
  const float scale_value = FastMath::div_by_constant(amax, 6.0f);
  return scale_value > 0.0f ? e4m3_saturating(scale_value) : std::uint8_t{0};
}

// The sum of squared differences that a scale code leaves, from the first value to the last.
template <class ToCode>
float squared_error(Values x, int scale_code, const ToCode& to_code) {
  const float half_scale = half_e4m3_value(scale_code);
  const float encode_scale = encode_scale_of_half(half_scale);
  float error = 0.0f;
  for (const float value : x) {
    const std::uint8_t code = to_code(value, encode_scale);
    const float doubled = kE2m1[code % 8] + kE2m1[code % 8];
    const float decoded = mul_rn_ftz(doubled, half_scale);
    const float difference = add_rn_ftz(magnitude(value), -decoded);
    error = fma_rn_ftz(difference, difference, error);
  }
  return error;
}

struct Candidate {
  int scale_code;
  float error;
};

// Tries the neighbours of `first` in ggml's order; one must be strictly better than what came before.
template <class ToCode>
int best_scale_code(Values x, int first, std::span<const int> offsets, Candidate best, const ToCode& to_code) {
  for (const int offset : offsets) {
    const int scale_code = first + offset;
    if (scale_code < 0 || scale_code > 0x7E) continue;
    const float error = squared_error(x, scale_code, to_code);
    if (error < best.error) best = {scale_code, error};
  }
  return best.scale_code;
}

// The search begins with nothing: when no error is below the largest number, the scale is 0 and so are the codes.
Block nvfp4_v1_block(Values x) {
  constexpr int kOffsets[] = {0, -1, 1, -2, 2};
  Block block{};
  const int first = first_scale_code(gpu_amax_of(x));
  const int scale_code = best_scale_code(x, first, kOffsets, {0, kFloat32Max}, e2m1_by_search);
  const float encode_scale = encode_scale_of_half(half_e4m3_value(scale_code));
  block.scale_bits = static_cast<std::uint32_t>(scale_code);
  for (std::size_t i = 0; i < x.size(); ++i) block.codes[i] = e2m1_by_search(x[i], encode_scale);
  return block;
}

// The search sees values that are scaled twice, the final codes come from one product of both scales.
Block nvfp4_v2_block(Values x, float row_encode_scale) {
  constexpr int kOffsets[] = {-1, 1, -2, 2};
  const auto to_code = [](float value, float encode_scale) { return e2m1_of(mul_rn_ftz(value, encode_scale)); };
  std::array<float, 16> scaled{};
  std::ranges::transform(x, scaled.begin(), [&](float value) { return mul_rn_ftz(value, row_encode_scale); });
  const int first = first_scale_code(gpu_amax_of(scaled));
  const int scale_code =
      best_scale_code(scaled, first, kOffsets, {first, squared_error(scaled, first, to_code)}, to_code);
  const float block_encode_scale = encode_scale_of_half(half_e4m3_value(scale_code));
  const float encode_scale = mul_rn_ftz(row_encode_scale, block_encode_scale);
  Block block{};
  block.scale_bits = static_cast<std::uint32_t>(scale_code);
  for (std::size_t i = 0; i < x.size(); ++i) block.codes[i] = to_code(x[i], encode_scale);
  return block;
}

// A given global is the stored row scale, a given amax what it is computed from.
QuantizedTensor nvfp4_v2(const Request& request) {
  constexpr std::string_view kRecipe = "ggml/nvfp4-mmq-v2";
  require(request, {kRecipe, kF32Only, 1, GlobalAxis::kRow});
  require_fused(request, kRecipe, {});
  QuantizedTensor answer =
      make_quantized(scheme_of(SchemeId::kNvfp4Row), GlobalNumber::kMultiplier, request.input.extent);
  for (std::int64_t r = 0; r < request.input.extent.rows; ++r) {
    const auto i = static_cast<std::size_t>(r);
    const std::vector<float> row = padded_row(request.input, r, kReadAhead);
    const float amax = !request.amax.empty() ? request.amax[i] : row.empty() ? 0.0f : gpu_amax_of(row);
    const float computed = FastMath::div_by_constant(amax, 2688.0f);
    const float row_decode_scale = request.global.empty() ? computed : request.global[i];
    const float encode_scale = flushed(row_decode_scale) > 0.0f ? rcp_approx_ftz(row_decode_scale) : 0.0f;
    answer.global[i] = row_decode_scale;
    fill_row(answer, r, row, [&](Values x) { return nvfp4_v2_block(x, encode_scale); });
  }
  return answer;
}

constexpr CpuRecipe kRecipes[] = {
    {"ggml/mxfp4-mmq",
     [](const Request& r) { return in_blocks(r, start(r, "ggml/mxfp4-mmq", SchemeId::kMxfp4, 1), mxfp4_block); }},
    {"ggml/nvfp4-mmq-v1",
     [](const Request& r) {
       return in_blocks(r, start(r, "ggml/nvfp4-mmq-v1", SchemeId::kNvfp4Single, 1), nvfp4_v1_block);
     }},
    {"ggml/nvfp4-mmq-v2", nvfp4_v2},
};

}  // namespace

std::span<const CpuRecipe> ggml_fp4_mmq_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
