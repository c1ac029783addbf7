// See inference_nvfp4.h.
#include "bitgate/device/cpu/inference_nvfp4.h"

#include "bitgate/device/cpu/exact.h"

namespace bitgate::device::cpu {

float global_of_amax(GlobalNumber number, float amax) noexcept {
  constexpr float kTarget = 2688.0f;  // 448 * 6
  return number == GlobalNumber::kDivisor ? div_rn<Gpu>(kTarget, amax) : div_rn<Gpu>(amax, kTarget);
}

std::vector<float> global_of_request(const Request& request, GlobalAxis axis, GlobalNumber number,
                                     const Operand& operand) {
  if (!request.global.empty()) return {request.global.begin(), request.global.end()};
  std::vector<float> globals = amax_of_side(request, axis, Direction::kRowwise, operand, amax_without_nan);
  for (float& each : globals) each = global_of_amax(number, each);
  return globals;
}

QuantizedTensor quantize_scaled(const ScaledRow& row, const Request& request) {
  const Scheme& scheme = scheme_of(row.scheme);
  const std::int64_t block = scheme.block.cols;
  require(request, {row.recipe, row.types, block, scheme.global});
  const Operand operand = operand_of(request.input, Direction::kRowwise);
  QuantizedTensor answer = make_quantized(scheme, row.number, operand.extent);
  answer.global = global_of_request(request, scheme.global, row.number, operand);
  auto& scales = std::get<std::vector<std::uint8_t>>(answer.scales);
  const auto [rows, cols] = operand.extent;
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = 0; c < cols; c += block) {
      const auto first = static_cast<std::size_t>(r * cols + c);
      const auto x = std::span(operand.x).subspan(first, static_cast<std::size_t>(block));
      const BlockScale scale = row.block_scale(row.block_amax(x), answer.global[global_index(scheme, r)]);
      scales[scale_index(scheme, cols, r, c)] = scale.code;
      for (std::size_t i = 0; i < x.size(); ++i) answer.codes[first + i] = row.element_code(x[i], scale.multiplier);
    }
  return answer;
}

}  // namespace bitgate::device::cpu
