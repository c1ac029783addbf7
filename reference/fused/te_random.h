// The random words that TransformerEngine's stochastic kernels draw, in the order in which their threads draw them,
// laid out as this project lays them out: one word for each four elements of a row of the output.
//
// Philox4x32-10, key the seed, counter (offset, sequence), the offset counting blocks of four words; each thread has
// the sequence thread + block x * T + block y * blocks x * T and draws on as it works. The word order differs by
// kernel, and asking the tuned kernel for the transposed output changes the row-wise words too. Rows and columns are
// multiples of 128: no note says whether threads outside a ragged tile draw. Source: te.md 2.1 and 2.2
// (NVIDIA/TransformerEngine d0067d0d, common/util/curanddx.hpp, common/cast/nvfp4).
#pragma once

#include <cstdint>
#include <vector>

#include "bitgate/reference/format/tensor.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::reference {

struct TeRandom {
  std::vector<std::uint32_t> rowwise;     // [rows, cols / 4]
  std::vector<std::uint32_t> columnwise;  // [cols, rows / 4]; empty where the kernel makes no transposed output
};
// `extent` of the input. Throws InputError unless both sides are multiples of 128.
TeRandom te_random_words(RandomOrder order, const Extent& extent, const PhiloxState& state);

}  // namespace bitgate::reference
