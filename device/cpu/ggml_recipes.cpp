// All recipes of ggml, file after file.
#include "bitgate/device/cpu/ggml_recipes.h"

#include <vector>

namespace bitgate::device::cpu {

std::span<const CpuRecipe> ggml_recipes() noexcept {
  static const std::vector<CpuRecipe> all = [] {
    std::vector<CpuRecipe> joined;
    for (const auto part : {ggml_q8_cuda_recipes(), ggml_q8_host_recipes(), ggml_q4_q5_recipes(),
                            ggml_fp4_host_recipes(), ggml_fp4_mmq_recipes(), ggml_rms_norm_recipes()})
      joined.insert(joined.end(), part.begin(), part.end());
    return joined;
  }();
  return all;
}

}  // namespace bitgate::device::cpu
