// A chain of instructions for one row of A and as many rows of B as there are lanes, compiled once for each level of
// instructions (reference/arith/level.h). Operands lie in the order in which the steps take them.
#pragma once

#include <cstdint>

#include "bitgate/reference/arith/level.h"
#include "bitgate/reference/mma/instruction.h"
#include "bitgate/reference/mma/step.h"

namespace bitgate::reference {

struct MmaLaneJob {
  const MmaInstruction* instruction;
  mma_step::Shape shape;
  mma_step::Target target;
  int products, steps;                   // of a step; of an instruction
  std::int64_t instructions, promotion;  // of the chain; of a partial sum, 0: the chain is one
  // Significands and exponents of one row; of the panel with one number a lane at each place; a place is absent where
  // both exponents say so.
  const std::int16_t *a_significands, *a_exponents, *b_significands, *b_exponents;
  // Whether an instruction has a NaN or infinity among its operands.
  const std::uint8_t *a_special, *b_special;
  bool has_c;
  std::uint32_t* d;  // one a lane; holds C at first, where there is one
  // One instruction for every lane, element by element: what special values ask for.
  void (*each_element)(const void* context, std::int64_t instruction, bool has_c, std::uint32_t* d);
  const void* context;
};

// narrow: sums fit 23 bits. wide: terms fit 28 bits, sums 52.
struct MmaKernels {
  int lanes;
  void (*narrow)(const MmaLaneJob& job);
  void (*wide)(const MmaLaneJob& job);
};

extern const MmaKernels kMmaV2, kMmaV3, kMmaV4;
// Those of the chosen level.
const MmaKernels& mma_kernels();

// Whether lanes compute what evaluate() does: which kernel, or null.
using MmaKernel = void (*)(const MmaLaneJob& job);
MmaKernel kernel_for(const MmaInstruction& instruction, const MmaKernels& kernels) noexcept;

}  // namespace bitgate::reference
