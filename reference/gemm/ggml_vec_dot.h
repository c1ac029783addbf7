// ggml's dot products of quantized rows on CPUs, in their generic form (ggml_vec_dot_*_generic): block after block,
// left to right, IEEE binary32 and nothing contracted. Activations are Q8_1 for q4_1 and q5_1, Q8_0 for the others.
//   q4_0         acc += (sum of (code - 8) * q8) * d * d8, from the left
//   q5_0, q8_0   acc += sum * (d * d8)
//   q4_1, q5_1   acc += (d * d8) * sum + m * s
//   mxfp4        acc += (d8 * (E8M0 / 2)) * sum of twice the numbers; code 255 is 2^127, no NaN
//   nvfp4        acc += (d8 * (E4M3 / 2)) * sum for each 16 values
//                The sign of a scale is not read; code 0x7F is 0, 0xFF 240.
// The SIMD forms differ in order, and so does a build that contracts (-mfma with gcc): neither is this one.
// Sources: ggml.md 5.1 and 6, E10; ggml-org/llama.cpp 01c20eae, ggml/src/ggml-cpu/quants.c, and ggml/src/ggml-impl.h.
#pragma once

#include <vector>

#include "bitgate/reference/arith/machine.h"
#include "bitgate/reference/gemm/ggml_weights.h"

namespace bitgate::reference {

// Of the activations that the type meets on CPUs.
constexpr RawBlocks cpu_activations(const GgmlWeights& type) noexcept {
  return type.dot == GgmlDot::kMinimum ? RawBlocks::kQ8_1 : RawBlocks::kQ8_0;
}

// [columns][rows]; any number of columns. `machine` decides what a NaN looks like: kX86 or kArm. Throws InputError:
// bytes that do not fit, K-quants (their activations are Q8_K).
std::vector<float> ggml_vec_dot(const GgmlProduct& product, Machine machine = Machine::kX86);

}  // namespace bitgate::reference
