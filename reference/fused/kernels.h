// The loops of the fused operations, over lanes, compiled once for each level of instructions
// (reference/arith/level.h). Every pointer is to memory of the caller; numbers of 16 bits
// are bit patterns.
#pragma once

#include <cstdint>

#include "bitgate/reference/arith/level.h"
#include "bitgate/reference/format/tensor.h"
#include "bitgate/reference/recipe/rules.h"

namespace bitgate::reference {

struct FusedKernels {
  // `count` elements, results in the input's type (gelu.h, silu.h). gate: one number an element.
  void (*gelu)(InputType type, const void* input, std::int64_t count, void* results);
  void (*silu_times)(Fusion fusion, InputType type, const void* input, const float* gate, std::int64_t count,
                     void* results);
  // One row: rms_norm.h. weight and residual: one number a column; null where the fusion takes none.
  float (*rms_norm_sum)(const float* row, std::int64_t cols);
  void (*rms_norm)(Fusion fusion, float scale, const float* row, const float* weight, const float* residual,
                   std::int64_t cols, float* results);
  // One row: rms_norm_cute.h.
  void (*rms_norm_cute)(InputType type, const void* row, const float* weight, float factor, std::int64_t cols,
                        float* results);
  // 16 elements a group, in the input's type (hadamard.h).
  void (*hadamard_16)(InputType type, const void* input, std::uint32_t signs, std::int64_t groups, void* results);
};

extern const FusedKernels kFusedV2, kFusedV3, kFusedV4;
const FusedKernels& fused_kernels_of(Level level) noexcept;
// Those of the chosen level.
const FusedKernels& fused_kernels();

}  // namespace bitgate::reference
