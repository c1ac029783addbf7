// The catalog's parts, one file a producer.
#pragma once

#include <span>

#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::reference {

std::span<const Recipe> te_nvfp4_recipes() noexcept;
std::span<const Recipe> te_pyref_recipes() noexcept;
std::span<const Recipe> te_fp8_recipes() noexcept;
std::span<const Recipe> torchao_nvfp4_recipes() noexcept;
std::span<const Recipe> torchao_mx_recipes() noexcept;
std::span<const Recipe> microxcaling_recipes() noexcept;
std::span<const Recipe> ggml_recipes() noexcept;
std::span<const Recipe> flashinfer_mx_recipes() noexcept;
std::span<const Recipe> trtllm_mx_recipes() noexcept;
std::span<const Recipe> vllm_mxfp4_recipes() noexcept;
std::span<const Recipe> cutlass_mx_recipes() noexcept;
std::span<const Recipe> sglang_silu_recipes() noexcept;
std::span<const Recipe> silu_nvfp4_recipes() noexcept;
std::span<const Recipe> vllm_fp8_recipes() noexcept;
std::span<const Recipe> sglang_fp8_recipes() noexcept;
std::span<const Recipe> trtllm_fp8_recipes() noexcept;
std::span<const Recipe> deepseek_fp8_recipes() noexcept;
std::span<const Recipe> flashinfer_nvfp4_recipes() noexcept;
std::span<const Recipe> trtllm_nvfp4_recipes() noexcept;
std::span<const Recipe> vllm_nvfp4_recipes() noexcept;
std::span<const Recipe> cutlass_nvfp4_recipes() noexcept;

std::span<const Recipe> flashinfer_four_over_six_recipes() noexcept;
std::span<const Recipe> flashinfer_pertoken_recipes() noexcept;
std::span<const Recipe> modelopt_recipes() noexcept;
std::span<const Recipe> compressed_tensors_recipes() noexcept;
std::span<const Recipe> gfloat_recipes() noexcept;

}  // namespace bitgate::reference
