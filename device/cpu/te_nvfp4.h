// TransformerEngine's NVFP4 as one text with five places to fill: shared by the plain, the Hadamard and the stochastic
// recipes.
#pragma once

#include <functional>
#include <vector>

#include "bitgate/device/cpu/request.h"

namespace bitgate::device::cpu {

// In the words of the notes: S is the encode scale of the tensor or row, sd the block scale before E4M3, s after it.
struct Nvfp4Rule {
  float (*encode_scale)(float amax, float target) noexcept;                              // S
  float (*unrounded_scale)(float block_amax, float encode_scale) noexcept;               // sd
  float (*multiplier)(float unrounded, float block_scale, float encode_scale) noexcept;  // of the elements
  std::uint8_t (*code)(float x, float multiplier) noexcept;
  AmaxRule block_amax;
};

extern const Nvfp4Rule kKernelRule;  // te/nvfp4
extern const Nvfp4Rule kPyrefRule;   // te/nvfp4-pyref
extern const Nvfp4Rule kFusedRule;   // te/nvfp4-rht-fused

// S of the kernels, fminf and both ways to 1 included; `target` is six times the largest scale.
float kernel_encode_scale(float amax, float target) noexcept;
float pyref_encode_scale(float amax, float target) noexcept;
// min(1 / (s * (1 / S)), largest float).
float reciprocal_multiplier(float unrounded, float block_scale, float encode_scale) noexcept;
// The code of x times the multiplier: as cvt does it, and as the PyTorch reference does (-0 and NaN give 0).
std::uint8_t kernel_code(float x, float multiplier) noexcept;
std::uint8_t pyref_code(float x, float multiplier) noexcept;

// The code of element (row, col) of the operand, where it depends on the place.
using CodeAt = std::function<std::uint8_t(float x, float multiplier, std::int64_t row, std::int64_t col)>;

// One side; `amax` has one number, or one a row of the operand.
QuantizedTensor nvfp4_side(const Nvfp4Rule& rule, SchemeId scheme, const Operand& operand,
                           const std::vector<float>& amax, const CodeAt& code_at);
QuantizedTensor nvfp4_side(const Nvfp4Rule& rule, SchemeId scheme, const Operand& operand,
                           const std::vector<float>& amax);

}  // namespace bitgate::device::cpu
