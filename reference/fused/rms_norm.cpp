#include "bitgate/reference/fused/rms_norm.h"

#include <array>

#include "bitgate/reference/arith/ieee.h"
#include "bitgate/reference/arith/mufu.h"

namespace bitgate::reference {

namespace {

constexpr std::size_t kWarp = 32;

// 32 lanes add the lane 16, 8, 4, 2, 1 away; addition commutes, so all end with the same bits.
float warp_sum(std::array<float, kWarp> lanes) noexcept {
  for (std::size_t offset = kWarp / 2; offset > 0; offset /= 2)
    for (std::size_t i = 0; i < offset; ++i) lanes[i] = add_rn_ftz(lanes[i], lanes[i + offset]);
  return lanes[0];
}

// Thread t's own chain over columns t, t + threads, ...
float thread_sum(std::span<const float> row, std::size_t thread, std::size_t threads) noexcept {
  float sum = 0.0f;
  for (std::size_t col = thread; col < row.size(); col += threads) sum = fma_rn_ftz(row[col], row[col], sum);
  return sum;
}

float modulo(std::span<const float> values, std::size_t i) noexcept { return values[i % values.size()]; }

}  // namespace

float rms_norm_sum(std::span<const float> row) {
  const std::size_t threads = rms_norm_threads(static_cast<std::int64_t>(row.size()));
  std::array<float, kWarp> of_warps{};
  for (std::size_t warp = 0; warp < threads / kWarp; ++warp) {
    std::array<float, kWarp> lanes{};
    for (std::size_t lane = 0; lane < kWarp; ++lane) lanes[lane] = thread_sum(row, warp * kWarp + lane, threads);
    of_warps[warp] = warp_sum(lanes);
  }
  return warp_sum(of_warps);
}

float rms_norm_scale(std::span<const float> row, float epsilon) {
  const float reciprocal = rcp_approx_ftz(static_cast<float>(row.size()));
  const float mean = fma_rn_ftz(rms_norm_sum(row), reciprocal, epsilon);
  return rsqrt_approx_ftz(mean);
}

TypedTensor rms_norm(const TypedView& input, Fusion fusion, const FusedOperands& operands) {
  const auto cols = static_cast<std::size_t>(input.extent.cols);
  const std::span<const float> x = input.f32();
  std::vector<float> y(x.size());
  const bool each = operands.residual.size() == x.size();
  for (std::size_t first = 0; first < x.size(); first += cols) {
    const float scale = rms_norm_scale(x.subspan(first, cols), operands.epsilon);
    for (std::size_t col = 0; col < cols; ++col) {
      const float scaled = mul_rn_ftz(scale, x[first + col]);
      float result = scaled;
      if (fusion == Fusion::kRmsNormMul) result = mul_rn_ftz(scaled, modulo(operands.weight, col));
      if (fusion == Fusion::kRmsNormMulAdd)
        result = fma_rn_ftz(scaled, modulo(operands.weight, col),
                            each ? operands.residual[first + col] : modulo(operands.residual, col));
      y[first + col] = result;
    }
  }
  return {InputType::kF32, input.extent, std::move(y)};
}

}  // namespace bitgate::reference
