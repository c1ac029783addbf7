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

std::span<const CpuRecipe> flashinfer_mx_recipes() noexcept;  // and TensorRT-LLM's builds of the same kernels
std::span<const CpuRecipe> vllm_mx_recipes() noexcept;
std::span<const CpuRecipe> cutlass_mx_recipes() noexcept;
std::span<const CpuRecipe> silu_nvfp4_recipes() noexcept;
std::span<const CpuRecipe> modelopt_recipes() noexcept;
std::span<const CpuRecipe> modelopt_fake_recipes() noexcept;
std::span<const CpuRecipe> compressed_tensors_recipes() noexcept;
std::span<const CpuRecipe> gfloat_mx_recipes() noexcept;
std::span<const CpuRecipe> vllm_fp8_recipes() noexcept;
std::span<const CpuRecipe> sglang_fp8_recipes() noexcept;
std::span<const CpuRecipe> trtllm_fp8_recipes() noexcept;      // and FlashInfer's builds of the same kernels
std::span<const CpuRecipe> flashinfer_fp8_recipes() noexcept;  // its own kernels
std::span<const CpuRecipe> deepseek_fp8_recipes() noexcept;    // DeepSeek-V3, DeepGEMM, DeepEP

}  // namespace bitgate::device::cpu
