// The second implementations by name: the lists of all producers, one after the other.
#include "bitgate/device/cpu/subject.h"

#include <array>
#include <vector>

#include "bitgate/device/cpu/families.h"

namespace bitgate::device {
namespace {

auto families() noexcept {
  using namespace cpu;
  return std::to_array<std::span<const CpuRecipe>>({
      te_recipes(),
      torchao_recipes(),
      microxcaling_recipes(),
      ggml_recipes(),
      inference_nvfp4_recipes(),
      flashinfer_mx_recipes(),
      vllm_mx_recipes(),
      cutlass_mx_recipes(),
      silu_nvfp4_recipes(),
      modelopt_recipes(),
      modelopt_fake_recipes(),
      compressed_tensors_recipes(),
      gfloat_mx_recipes(),
      vllm_fp8_recipes(),
      sglang_fp8_recipes(),
      trtllm_fp8_recipes(),
      flashinfer_fp8_recipes(),
      deepseek_fp8_recipes(),
  });
}

std::vector<std::string_view> joined_names() {
  std::vector<std::string_view> names;
  for (const auto family : families())
    for (const cpu::CpuRecipe& each : family) names.push_back(each.recipe);
  return names;
}

}  // namespace

CpuQuantize find_cpu_subject(std::string_view recipe) noexcept {
  for (const auto family : families())
    for (const cpu::CpuRecipe& each : family)
      if (each.recipe == recipe) return each.quantize;
  return nullptr;
}

std::span<const std::string_view> cpu_subject_names() noexcept {
  static const std::vector<std::string_view> names = joined_names();
  return names;
}

}  // namespace bitgate::device
