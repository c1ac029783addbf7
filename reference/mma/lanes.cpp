#include "bitgate/reference/mma/lanes.h"

#include <bit>

namespace bitgate::reference {

const MmaKernels& mma_kernels() { return of_level(chosen_level(), kMmaV2, kMmaV3, kMmaV4); }

MmaKernel kernel_for(const MmaInstruction& instruction, const MmaKernels& kernels) noexcept {
  const MmaRules& rules = instruction.rules;
  const bool order = instruction.order == MmaOrder::kChain || instruction.order == MmaOrder::kPtxasFp8;
  if (!order || rules.product_exponent != MmaProductExponent::kSumOfFields || rules.addend != MmaAddend::kInSum)
    return nullptr;
  // Terms are below 2^(F + 2); products of eleven bits and halves as C have room to be shifted up.
  const int carries = static_cast<int>(std::bit_width(4u * instruction.products + 1u));
  if (instruction.fraction_bits + carries <= 23) return kernels.narrow;
  return instruction.fraction_bits <= 25 ? kernels.wide : nullptr;
}

}  // namespace bitgate::reference
