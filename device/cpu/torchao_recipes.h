// The three parts of torchao_recipes(), one file each.
#pragma once

#include <span>

#include "bitgate/device/cpu/families.h"

namespace bitgate::device::cpu {

std::span<const CpuRecipe> torchao_mx_recipes() noexcept;
std::span<const CpuRecipe> torchao_nvfp4_recipes() noexcept;         // PyTorch's operations, eager or compiled
std::span<const CpuRecipe> torchao_nvfp4_kernel_recipes() noexcept;  // Triton kernels

}  // namespace bitgate::device::cpu
