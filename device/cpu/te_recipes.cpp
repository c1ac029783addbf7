// All recipes of TransformerEngine, in one list.
#include <vector>

#include "bitgate/device/cpu/te_family.h"

namespace bitgate::device::cpu {

std::span<const CpuRecipe> te_recipes() noexcept {
  static const std::vector<CpuRecipe> all = [] {
    std::vector<CpuRecipe> list;
    for (const auto part : {te_nvfp4_recipes(), te_nvfp4_rht_recipes(), te_nvfp4_four_over_six_recipes(),
                            te_nvfp4_random_recipes(), te_fp8_recipes(), te_gelu_recipes()})
      list.insert(list.end(), part.begin(), part.end());
    return list;
  }();
  return all;
}

}  // namespace bitgate::device::cpu
