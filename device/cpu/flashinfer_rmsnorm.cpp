// FlashInfer's CuTe-DSL RMS norm with NVFP4, from the row statistic on. Section 3.11 of the note.
//
// flashinfer-ai/flashinfer, commit fb28d724: flashinfer/cute_dsl/rmsnorm_fp4quant.py. No operation flushes but
// rcp.approx.ftz; that the products are plain, and that the minimum passes over a NaN, rests on reading.
#include "bitgate/device/cpu/flashinfer_rmsnorm.h"

#include "bitgate/device/cpu/inference_family.h"
#include "bitgate/device/cpu/inference_math.h"
#include "bitgate/device/cpu/inference_nvfp4.h"

namespace bitgate::device::cpu {
namespace {

constexpr std::string_view kName = "flashinfer/nvfp4-cute-rmsnorm";
constexpr std::int64_t kBlock = 16;

// A product of two numbers of a 16-bit type, rounded to it.
float product_16(InputType type, float x, float weight) {
  const float product = mul_rn<Gpu>(x, weight);  // exact, but for bf16 below 2^-133
  return type == InputType::kBf16 ? bf16_rn(product) : half_value(half_bits(product, 0x7FFF));
}

BlockScale block_scale(float block_amax, float rstd, float encode_scale) {
  const float normalized = mul_rn<Gpu>(block_amax, rstd);
  const float scaled = mul_rn<Gpu>(encode_scale, normalized);
  const std::uint8_t code = e4m3_cvt(min_num(mul_rn<Gpu>(scaled, kSixthMufu), 448.0f));
  const float decoded = e4m3_decoded(code);
  const float reciprocal = decoded == 0.0f ? 0.0f : rcp_approx_ftz(decoded);
  return {code, mul_rn<Gpu>(reciprocal, encode_scale)};
}

constexpr CpuRecipe kRecipes[] = {{kName, [](const Request& r) { return quantize_cute_rmsnorm(r, {}); }}};

}  // namespace

QuantizedTensor quantize_cute_rmsnorm(const Request& request, std::span<const float> rstd) {
  require(request, {kName, kBothHalves, kBlock, GlobalAxis::kTensor});
  const auto [rows, cols] = request.input.extent;
  if (!rstd.empty() && static_cast<std::int64_t>(rstd.size()) != rows)
    refuse(kName, std::to_string(rstd.size()) + " row statistics were given, expected " + std::to_string(rows));
  Operand operand = operand_of(request.input, Direction::kRowwise);
  const std::span<const float> weight = request.fused.weight;
  if (!weight.empty())
    for (std::size_t i = 0; i < operand.x.size(); ++i) {
      const std::size_t col = i % static_cast<std::size_t>(cols);
      operand.x[i] = product_16(request.input.type, operand.x[i], weight[col % weight.size()]);
    }
  QuantizedTensor answer = make_quantized(scheme_of(SchemeId::kNvfp4), GlobalNumber::kDivisor, operand.extent);
  answer.global = global_of_request(request, GlobalAxis::kTensor, GlobalNumber::kDivisor, operand);
  auto& scales = std::get<std::vector<std::uint8_t>>(answer.scales);
  for (std::size_t b = 0; b < scales.size(); ++b) {
    const auto first = b * static_cast<std::size_t>(kBlock);
    const auto x = std::span(operand.x).subspan(first, static_cast<std::size_t>(kBlock));
    const float of_row = rstd.empty() ? 1.0f : rstd[first / static_cast<std::size_t>(cols)];
    const BlockScale scale = block_scale(amax_by_hmax(x), of_row, answer.global[0]);
    scales[b] = scale.code;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const float normalized = mul_rn<Gpu>(x[i], of_row);
      answer.codes[first + i] = e2m1_cvt(mul_rn<Gpu>(normalized, scale.multiplier));
    }
  }
  return answer;
}

std::span<const CpuRecipe> flashinfer_rmsnorm_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
