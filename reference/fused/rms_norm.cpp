#include "bitgate/reference/fused/rms_norm.h"

#include "bitgate/reference/arith/mufu.h"
#include "bitgate/reference/fused/kernels.h"
#include "bitgate/reference/recipe/lanes/threads.h"

namespace bitgate::reference {

namespace {

// One number a column, of values taken modulo their count.
std::vector<float> repeated(std::span<const float> values, std::size_t cols) {
  std::vector<float> row(values.empty() ? 0 : cols);
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = values[i % values.size()];
  return row;
}

}  // namespace

float rms_norm_sum(std::span<const float> row) {
  return fused_kernels().rms_norm_sum(row.data(), static_cast<std::int64_t>(row.size()));
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
  const std::vector<float> weight = repeated(operands.weight, cols);
  const std::vector<float> residual = each ? std::vector<float>{} : repeated(operands.residual, cols);
  over_threads(input.extent.rows, [&](std::int64_t row) {
    const std::size_t first = static_cast<std::size_t>(row) * cols;
    const std::span<const float> of_row = x.subspan(first, cols);
    const float scale = rms_norm_scale(of_row, operands.epsilon);
    const float* added = each ? operands.residual.data() + first : residual.data();
    fused_kernels().rms_norm(fusion, scale, of_row.data(), weight.data(), added, input.extent.cols, y.data() + first);
  });
  return {InputType::kF32, input.extent, std::move(y)};
}

}  // namespace bitgate::reference
