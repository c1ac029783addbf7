// FlashInfer's CuTe-DSL RMS norm with NVFP4 and MXFP4, from the row statistic on. Section 3.11 of the note.
//
// flashinfer-ai/flashinfer, commit fb28d724: flashinfer/cute_dsl/rmsnorm_fp4quant.py; its decoder of scales and its
// integer steps are those of flashinfer/cute_dsl/fp4_common.py, commit 02ae0b7a. The row statistic is
// Request.fused.row_factor, 1 / sqrt(mean square + epsilon): the order in which the kernel sums squares is not known.
// The weight, a number of the input's type for each column, multiplies first, rounded to that type. No operation
// flushes but rcp.approx.ftz; that the products are plain, and that the minimum passes over a NaN, rests on reading.
#include <algorithm>
#include <array>
#include <string>

#include "bitgate/device/cpu/inference_family.h"
#include "bitgate/device/cpu/inference_math.h"
#include "bitgate/device/cpu/inference_nvfp4.h"
#include "bitgate/device/cpu/mufu_ex2.h"
#include "bitgate/device/cpu/mufu_lg2.h"
#include "bitgate/device/cpu/serving_math.h"
#include "bitgate/device/cpu/te_family.h"

namespace bitgate::device::cpu {
namespace {

constexpr std::string_view kNvfp4 = "flashinfer/nvfp4-cute-rmsnorm", kMxfp4 = "flashinfer/rmsnorm-mxfp4-cute";

void require_counts(const Request& request, std::string_view recipe) {
  const FusedOperands& fused = request.fused;
  const auto [rows, cols] = request.input.extent;
  if (static_cast<std::int64_t>(fused.row_factor.size()) != rows)
    refuse(recipe,
           std::to_string(fused.row_factor.size()) + " factors of rows were given, expected " + std::to_string(rows));
  if (static_cast<std::int64_t>(fused.weight.size()) != cols)
    refuse(recipe, std::to_string(fused.weight.size()) + " weights were given, expected " + std::to_string(cols));
}

void require_norm(const Request& request, std::string_view recipe) {
  const FusedOperands& fused = request.fused;
  if (count(request.input.extent) != 0) require_counts(request, recipe);
  const auto is_positive = [](float x) { return x > 0.0f && !is_infinite(x); };
  if (!std::ranges::all_of(fused.row_factor, is_positive))
    refuse(recipe, "a factor of a row is not a positive finite number");
  if (!fused.residual.empty() || !fused.gate.empty())
    refuse(recipe, "a residual or a gate was given, expected neither");
  require_plain_numbers(request, recipe);
}

// Elements by weights, in 16 bits; the product is exact in binary64.
Operand weighted(const Request& request) {
  Operand operand = operand_of(request.input, Direction::kRowwise);
  const auto cols = static_cast<std::size_t>(request.input.extent.cols);
  for (std::size_t i = 0; i < operand.x.size(); ++i) {
    const double weight = static_cast<double>(request.fused.weight[i % cols]);
    operand.x[i] = stored_as(request.input.type, static_cast<double>(operand.x[i]) * weight);
  }
  return operand;
}

Operand normalized(Operand operand, std::span<const float> row_factor) {
  const auto cols = static_cast<std::size_t>(operand.extent.cols);
  for (std::size_t i = 0; i < operand.x.size(); ++i) operand.x[i] = mul_rn<Gpu>(operand.x[i], row_factor[i / cols]);
  return operand;
}

// The kernel's own decoder gives every code but 0 a leading one, so that 1 to 7 are 2^-7 times 1.125 to 1.875, and
// takes no notice of the sign, which a positive global scale never sets.
float decoded_with_leading_one(std::uint8_t code) {
  if (code == 0) return 0.0f;
  return static_cast<float>((1.0 + code % 8 / 8.0) * two_to(code / 8 % 16 - 7));
}

BlockScale nvfp4_scale(float block_amax, float encode_scale) {
  const float scaled = mul_rn<Gpu>(encode_scale, block_amax);
  const std::uint8_t code = e4m3_cvt(min_num(mul_rn<Gpu>(scaled, kSixthMufu), 448.0f));
  const float decoded = decoded_with_leading_one(code);
  const float reciprocal = decoded == 0.0f ? 0.0f : rcp_approx_ftz(decoded);
  return {code, mul_rn<Gpu>(reciprocal, encode_scale)};
}

// lg2.approx without .ftz: a subnormal is taken 2^24 times as large, and 24 subtracted.
float lg2_approx(float x) {
  if (x >= 0x1p-126f || x == 0.0f) return lg2_approx_ftz(x);
  return add_rn<Gpu>(lg2_approx_ftz(mul_rn<Gpu>(x, 0x1p24f)), -24.0f);
}

// The logarithm, rounded up to an integer, plus 127. NaN is the integer 0; that of infinity, 2^31 - 1, wraps below 0.
std::uint8_t exponent_code(float unrounded) {
  if (unrounded <= 0.0f || is_infinite(unrounded)) return 0;
  if (is_nan(unrounded)) return 127;
  const float log = lg2_approx(unrounded);
  const int toward_zero = static_cast<int>(log);
  const int up = static_cast<float>(toward_zero) < log ? toward_zero + 1 : toward_zero;
  return static_cast<std::uint8_t>(std::clamp(up + 127, 0, 255));
}

BlockScale mxfp4_scale(float block_amax, float) {
  const std::uint8_t code = exponent_code(mul_rn<Gpu>(block_amax, kSixthMufu));
  return {code, code == 0 ? 0.0f : ex2_approx_ftz(static_cast<float>(127 - code))};
}

struct Row {
  std::string_view recipe;
  SchemeId scheme;
  GlobalNumber number;
  BlockScale (*block_scale)(float, float);
};

QuantizedTensor quantize(const Row& row, const Request& request) {
  const Scheme& scheme = scheme_of(row.scheme);
  const std::int64_t block = scheme.block.cols;
  require(request, {row.recipe, kBothHalves, block, scheme.global});
  require_norm(request, row.recipe);
  const Operand in_16_bits = weighted(request);
  const std::span<const float> row_factor = request.fused.row_factor;
  const Operand operand = normalized(in_16_bits, row_factor);
  QuantizedTensor answer = make_quantized(scheme, row.number, operand.extent);
  const bool has_global = row.number != GlobalNumber::kNone;
  if (has_global) answer.global = global_of_request(request, GlobalAxis::kTensor, row.number, operand);
  auto& scales = std::get<std::vector<std::uint8_t>>(answer.scales);
  for (std::size_t b = 0; b < scales.size(); ++b) {
    const auto width = static_cast<std::size_t>(block), first = b * width;
    // The maximum is found ahead of the row's factor.
    const float amax = amax_by_hmax(std::span(in_16_bits.x).subspan(first, width));
    const float of_row = row_factor[first / static_cast<std::size_t>(operand.extent.cols)];
    const BlockScale scale = row.block_scale(mul_rn<Gpu>(amax, of_row), has_global ? answer.global[0] : 1.0f);
    scales[b] = scale.code;
    for (std::size_t i = first; i < first + width; ++i)
      answer.codes[i] = e2m1_hardware(mul_rn<Gpu>(operand.x[i], scale.multiplier));
  }
  return answer;
}

constexpr std::array kRows{
    Row{kNvfp4, SchemeId::kNvfp4, GlobalNumber::kDivisor, nvfp4_scale},
    Row{kMxfp4, SchemeId::kMxfp4, GlobalNumber::kNone, mxfp4_scale},
};
constexpr auto kRecipes = recipes_of<kRows, quantize>();

}  // namespace

std::span<const CpuRecipe> flashinfer_rmsnorm_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
