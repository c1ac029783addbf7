// The models of instructions that run over lanes, compiled once for each level of instruction sets. Their results do
// not depend on the level.
#pragma once

#include "bitgate/compare/hardware_model.h"

namespace bitgate::compare {

// As HardwareModel::expected.
using HardwareFill = void (*)(const HardwareOperands& operands, std::uint32_t begin, std::span<std::uint32_t> results);

struct HardwareFills {
  HardwareFill rcp_approx_ftz, rsqrt_approx_ftz, ex2_approx_ftz, lg2_approx_ftz, rcp_approx, rsqrt_approx, ex2_approx,
      lg2_approx, rcp_rn, round_half_even, tanh_of_cuda, gelu;
  HardwareFill div_approx_ftz, div_approx, div_full_ftz, div_full, add_rn, mul_rn, div_rn, add_rn_ftz, mul_rn_ftz,
      div_rn_ftz;
  HardwareFill fma_rn, fma_rn_ftz;
  HardwareFill e4m3_pair, e5m2_pair, fp16, bf16, fp16_pair, bf16_pair, e2m1_pair, e2m3_pair, e3m2_pair, e8m0_pair_up,
      e8m0_pair_toward_zero, int32_toward_zero, int32_nearest, float_of_int32;
};

extern const HardwareFills kHardwareFillsV2, kHardwareFillsV3, kHardwareFillsV4;
// Those of the chosen level (reference/arith/level.h).
const HardwareFills& hardware_fills();

}  // namespace bitgate::compare
