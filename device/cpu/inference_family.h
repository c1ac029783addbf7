// The recipes of inference libraries in parts, one list a file.
#pragma once

#include <span>

#include "bitgate/device/cpu/families.h"

namespace bitgate::device::cpu {

std::span<const CpuRecipe> flashinfer_nvfp4_recipes() noexcept;
std::span<const CpuRecipe> flashinfer_four_over_six_recipes() noexcept;
std::span<const CpuRecipe> flashinfer_per_token_recipes() noexcept;
std::span<const CpuRecipe> flashinfer_rmsnorm_recipes() noexcept;
std::span<const CpuRecipe> trtllm_nvfp4_recipes() noexcept;
std::span<const CpuRecipe> vllm_nvfp4_recipes() noexcept;  // and SGLang's
std::span<const CpuRecipe> cutlass_nvfp4_recipes() noexcept;

}  // namespace bitgate::device::cpu
