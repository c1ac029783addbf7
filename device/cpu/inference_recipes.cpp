// All NVFP4 recipes of inference libraries in one list.
#include <vector>

#include "bitgate/device/cpu/inference_family.h"

namespace bitgate::device::cpu {

std::span<const CpuRecipe> inference_nvfp4_recipes() noexcept {
  static const std::vector<CpuRecipe> kAll = [] {
    std::vector<CpuRecipe> all;
    for (const auto part :
         {flashinfer_nvfp4_recipes(), flashinfer_four_over_six_recipes(), flashinfer_per_token_recipes(),
          flashinfer_rmsnorm_recipes(), trtllm_nvfp4_recipes(), vllm_nvfp4_recipes(), cutlass_nvfp4_recipes()})
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }();
  return kAll;
}

}  // namespace bitgate::device::cpu
