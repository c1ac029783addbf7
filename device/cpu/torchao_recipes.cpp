// All torchao recipes in one list.
#include "bitgate/device/cpu/torchao_recipes.h"

#include <vector>

namespace bitgate::device::cpu {

std::span<const CpuRecipe> torchao_recipes() noexcept {
  static const std::vector<CpuRecipe> kAll = [] {
    std::vector<CpuRecipe> all;
    for (const auto part : {torchao_nvfp4_recipes(), torchao_nvfp4_kernel_recipes(), torchao_mx_recipes()})
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }();
  return kAll;
}

}  // namespace bitgate::device::cpu
