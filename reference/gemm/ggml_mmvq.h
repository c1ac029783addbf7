// ggml's product of quantized weights with up to eight columns of Q8_1 activations on CUDA (MMVQ), to the bit.
//
// Threads of one row of weights: warps of 32, thread t takes call t % calls of block t / calls and of every block
// 32 * warps / calls further on. Its partial sum p starts at +0. Whole sums are exact; the scales d, m of a block and
// d8, s8 of its activations are FP16; every fma, product and sum below rounds once, in binary32 with subnormals flushed
// (-use_fast_math):
//   Q4_0    p = fma(d, fma(d8, sum, -4 s8), p)
//           The zero point is taken from s8, not from the codes: each of two calls takes half of it.
//   Q5_0    the same with -8 s8
//   Q4_1    p = fma(sum, d d8, (m s8) / 2) + p
//           d d8 and m s8 are rounded to FP16, and may overflow.
//   Q5_1    the same
//   Q8_0    p = fma(d d8, sum, p)
//   MXFP4   p = fma((E8M0 / 2) d8, sum of twice the numbers, p)
//           E8M0 codes 0 and 1 are flushed, 255 is NaN.
//   NVFP4   p = fma(g1 d8, sum1, fma(g0 d8, sum0, +0)) + p
//           g is E4M3 / 2, with its sign; of a NaN code 0.
//   Q4_K    p = fma(d, D, -(m M)) + p
//           D = fma(d8', sc' sum', fma(d8, sc sum, +0)); M likewise, of minimums and the sums of the activations'
//           codes.
//   Q6_K    p = fma(d, D, p), with such a D
// Lane by lane the warps' partial sums are added, ((w0 + w1) + w2) + w3, then the lanes 16, 8, 4, 2 and 1 apart. Every
// NaN is 0x7FFFFFFF. Four warps for 1 to 4 columns and two for 5 to 8, so the bits change there; a column's bits depend
// on no other column. MUL_MAT_ID of several tokens runs the kernel of one column.
// Not covered: fused bias and gate, the scale tensor of NVFP4, more than eight columns (MMQ), HIP.
//
// Sources: ggml.md 0, 1, 6 and E10; ggml-org/llama.cpp 000f4625 ggml/src/ggml-cuda/mmvq.cu and 027ef876 .../vecdotq.cuh
// (Q4_K and Q6_K were read there alone). Where products and sums are one FFMA was seen in the machine code that nvcc
// 13.0 (-O3 -use_fast_math) makes of the same expressions in such a loop, for sm_75, sm_90a and sm_100a, for one column
// and for five. No run of ggml itself was compared.
#pragma once

#include <string>
#include <vector>

#include "bitgate/reference/arith/machine.h"
#include "bitgate/reference/format/encode.h"
#include "bitgate/reference/gemm/ggml_weights.h"
#include "bitgate/reference/recipe/rules.h"

namespace bitgate::reference {

struct MmvqOrder {
  int warps = 4;                                  // 1 to 8
  Machine machine = Machine::kGpuFtz;             // kGpu: built without -use_fast_math
  Contraction contraction = Contraction::kFused;  // kNone: built with -fmad=false
};

inline constexpr int kMmvqMostColumns = 8;

// Warps of NVIDIA's tables; `capability` is 75, 90, ... Turing has two for K-quants and one column. Throws InputError:
// not 1 to 8 columns, or one column on 121, whose table may double the warps in cases that are not known.
int mmvq_warps(const GgmlWeights& type, std::int64_t columns, int capability = 90);

// [columns][rows]; activations of Q8_1, rows padded to 512 values of which those past K are not read. Throws
// InputError: bytes that do not fit, not 1 to 8 columns, not 1 to 8 warps.
std::vector<float> ggml_mmvq(const GgmlProduct& product, const MmvqOrder& order);
// As `capability` runs it.
std::vector<float> ggml_mmvq(const GgmlProduct& product, int capability = 90);

// One output, thread by thread.
struct MmvqCall {
  int thread = 0;
  std::int64_t block = 0, call = 0;
  std::array<std::int32_t, 2> sums{};   // products; the second 0 where the type has one
  std::array<std::int32_t, 2> codes{};  // Q4_K: sums of the activations' codes
  float partial = 0.0f;                 // of the thread, after this call
};
struct MmvqTrace {
  std::vector<MmvqCall> calls;    // by block, then by call
  std::vector<float> partials;    // of each thread
  std::array<float, 32> lanes{};  // the warps' sums
  float result = 0.0f;
};
MmvqTrace explain_ggml_mmvq(const GgmlProduct& product, std::int64_t row, std::int64_t column, const MmvqOrder& order);
// A line for each call, each lane that is not +0 and the result, with bits.
std::string to_text(const GgmlWeights& type, const MmvqTrace& trace);

}  // namespace bitgate::reference
