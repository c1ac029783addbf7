#include "bitgate/reference/fused/rms_norm_cute.h"

#include "bitgate/reference/fused/kernels.h"
#include "bitgate/reference/recipe/lanes/threads.h"

namespace bitgate::reference {

TypedTensor rms_norm_cute(const TypedView& input, const FusedOperands& operands) {
  const std::int64_t cols = input.extent.cols;
  std::vector<float> values(static_cast<std::size_t>(count(input.extent)));
  over_threads(input.extent.rows, [&](std::int64_t row) {
    const float factor = operands.row_factor[static_cast<std::size_t>(row)];
    const std::int64_t first = row * cols;
    fused_kernels().rms_norm_cute(input.type, input.bits16().data() + first, operands.weight.data(), factor, cols,
                                  values.data() + first);
  });
  return {InputType::kF32, input.extent, std::move(values)};
}

}  // namespace bitgate::reference
