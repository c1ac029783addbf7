// See inference_nvfp4.h.
#include "bitgate/device/cpu/inference_nvfp4.h"

#include <algorithm>
#include <string>

#include "bitgate/device/cpu/exact.h"

namespace bitgate::device::cpu {

namespace {

bool is_taken(float x, Takes takes) noexcept {
  const bool nan_taken = takes == Takes::kEverything || takes == Takes::kAllButInfinity;
  const bool infinity_taken = takes == Takes::kEverything || takes == Takes::kAllButNan;
  return (nan_taken || !is_nan(x)) && (infinity_taken || !is_infinite(x));
}

}  // namespace

void require_plain(const Request& request, std::string_view recipe) {
  const FusedOperands& fused = request.fused;
  if (!fused.weight.empty() || !fused.residual.empty() || !fused.gate.empty() || !fused.row_factor.empty())
    refuse(recipe, "an operand of a fused operation was given, expected none");
  require_plain_numbers(request, recipe);
}

void require_plain_numbers(const Request& request, std::string_view recipe) {
  if (!request.random_bits.empty() || !request.random_bits_columnwise.empty())
    refuse(recipe, "random words were given, expected none");
  for (const std::span<const float> amax : {request.amax, request.amax_columnwise})
    if (std::ranges::any_of(amax, [](float each) { return each < 0.0f; }))
      refuse(recipe, "an amax is negative, expected zero or more");
}

void require_taken(const Request& request, const Operand& operand, std::string_view recipe, Takes takes) {
  const auto taken = [takes](float x) { return is_taken(x, takes); };
  const std::string wanted = takes == Takes::kAllButNan        ? "NaN, expected none"
                             : takes == Takes::kAllButInfinity ? "infinite, expected no infinity"
                                                               : "NaN or infinite, expected numbers";
  if (!std::ranges::all_of(operand.x, taken)) refuse(recipe, "an element is " + wanted);
  if (!std::ranges::all_of(request.amax, taken) || !std::ranges::all_of(request.amax_columnwise, taken))
    refuse(recipe, "an amax is " + wanted);
}

float global_of_amax(GlobalNumber number, float amax, float target) noexcept {
  return number == GlobalNumber::kDivisor ? div_rn<Gpu>(target, amax) : div_rn<Gpu>(amax, target);
}

std::vector<float> global_of_request(const Request& request, GlobalAxis axis, GlobalNumber number,
                                     const Operand& operand, float target) {
  if (!request.global.empty()) return {request.global.begin(), request.global.end()};
  std::vector<float> globals = amax_of_side(request, axis, Direction::kRowwise, operand, amax_without_nan);
  for (float& each : globals) each = global_of_amax(number, each, target);
  return globals;
}

QuantizedTensor quantize_scaled(const ScaledRow& row, const Request& request) {
  const Scheme& scheme = scheme_of(row.scheme);
  const std::int64_t block = scheme.block.cols;
  require(request, {row.recipe, row.types, block, scheme.global});
  require_plain(request, row.recipe);
  const Operand operand = operand_of(request.input, Direction::kRowwise);
  require_taken(request, operand, row.recipe, row.takes);
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
