// The second implementations by name: the lists of all producers, one after the other.
#include "bitgate/device/cpu/subject.h"

#include <array>
#include <vector>

#include "bitgate/device/cpu/families.h"

namespace bitgate::device {
namespace {

std::array<std::span<const cpu::CpuRecipe>, 5> families() noexcept {
  return {cpu::te_recipes(), cpu::torchao_recipes(), cpu::microxcaling_recipes(), cpu::ggml_recipes(),
          cpu::inference_nvfp4_recipes()};
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
