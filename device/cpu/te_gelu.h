// TransformerEngine's GELU as its kernels compute it (common/util/math.h; tanhf of CUDA 13.0's libdevice).
#pragma once

#include "bitgate/reference/format/tensor.h"

namespace bitgate::device::cpu {

// tanhf: an odd function but for NaN, which is 0x7FFFFFFF.
float cuda_tanh(float t) noexcept;

// x * (1 + tanh(...)) / 2, rounded as nvcc's contractions round it; -infinity gives NaN, -0 itself.
float te_gelu(float x) noexcept;

// The whole input, each result stored in its type: nearest-even, NaN 0x7FFF in 16 bits.
TypedTensor te_gelu_of(const TypedView& input);

}  // namespace bitgate::device::cpu
