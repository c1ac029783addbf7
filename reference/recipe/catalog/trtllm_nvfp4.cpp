// TensorRT-LLM's NVFP4 of 2025, built without fast math: FlashInfer's ancestor. Source of the formulas:
// flashinfer-vllm-cutlass.md 2, 3.2, 3.3 and 12.
#include "bitgate/reference/recipe/catalog/families.h"
#include "bitgate/reference/recipe/catalog/inference_rules.h"

namespace bitgate::reference {

namespace {

constexpr Rules with_zero_test(ZeroScale test) noexcept {
  Rules rules = kMufuNvfp4;
  rules.element.zero_scale = test;
  return rules;
}

constexpr std::string_view kSource =
    "NVIDIA/TensorRT-LLM, cpp/tensorrt_llm/kernels/quantization.cuh, 0193dbd4189221d0fd5e9f20cdb384d3da8dbc24";
constexpr std::string_view kRead =
    "flashinfer-vllm-cutlass.md 3.3 and 12 of the notes; for normal numbers flashinfer/nvfp4-fast, which has bytes";
constexpr std::string_view kVersion = "0193dbd4 (2025), option FAST_MATH off";

constexpr Recipe kRecipes[] = {
    {{"trtllm/nvfp4-2025", kSource, kVersion, Evidence::kRead, kRead},
     with_zero_test(ZeroScale::kZeroUnrounded),
     {.global_number = GlobalNumber::kDivisor},
     kSixteenBits,
     DequantizeOrder::kNotStated},
    {{"trtllm/nvfp4-2025-rounded", kSource, kVersion, Evidence::kRead, kRead},
     with_zero_test(ZeroScale::kZero),
     {.global_number = GlobalNumber::kDivisor},
     kSixteenBits,
     DequantizeOrder::kNotStated},
};

}  // namespace

std::span<const Recipe> trtllm_nvfp4_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::reference
