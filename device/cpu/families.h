// The second implementation by producer: each family lists its recipes in a file of its own.
#pragma once

#include <span>
#include <string_view>

#include "bitgate/device/cpu/subject.h"

namespace bitgate::device::cpu {

struct CpuRecipe {
  std::string_view recipe;
  CpuQuantize quantize;
};

std::span<const CpuRecipe> te_recipes() noexcept;
std::span<const CpuRecipe> torchao_recipes() noexcept;
std::span<const CpuRecipe> microxcaling_recipes() noexcept;
std::span<const CpuRecipe> ggml_recipes() noexcept;
std::span<const CpuRecipe> inference_nvfp4_recipes() noexcept;

}  // namespace bitgate::device::cpu
