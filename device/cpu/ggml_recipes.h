// The parts of ggml's list of recipes, one for each file, and what one of them borrows from another.
#pragma once

#include <span>

#include "bitgate/device/cpu/families.h"

namespace bitgate::device::cpu {

std::span<const CpuRecipe> ggml_q8_cuda_recipes() noexcept;
std::span<const CpuRecipe> ggml_q8_host_recipes() noexcept;
std::span<const CpuRecipe> ggml_q4_q5_recipes() noexcept;
std::span<const CpuRecipe> ggml_fp4_host_recipes() noexcept;
std::span<const CpuRecipe> ggml_fp4_mmq_recipes() noexcept;
std::span<const CpuRecipe> ggml_rms_norm_recipes() noexcept;

QuantizedTensor ggml_q8_1(const Request& request);

}  // namespace bitgate::device::cpu
