// All recipes in one list, and their names.
#include <fmt/format.h>

#include <algorithm>

#include "bitgate/reference/recipe/catalog/families.h"

namespace bitgate::reference {

namespace {

std::vector<Recipe> all_recipes() {
  std::vector<Recipe> all;
  for (const std::span<const Recipe> family : {te_nvfp4_recipes(),
                                               te_pyref_recipes(),
                                               te_fp8_recipes(),
                                               torchao_nvfp4_recipes(),
                                               torchao_mx_recipes(),
                                               microxcaling_recipes(),
                                               ggml_recipes(),
                                               flashinfer_nvfp4_recipes(),
                                               flashinfer_four_over_six_recipes(),
                                               flashinfer_pertoken_recipes(),
                                               flashinfer_mx_recipes(),
                                               trtllm_nvfp4_recipes(),
                                               trtllm_mx_recipes(),
                                               trtllm_fp8_recipes(),
                                               vllm_nvfp4_recipes(),
                                               vllm_mxfp4_recipes(),
                                               vllm_fp8_recipes(),
                                               sglang_fp8_recipes(),
                                               silu_nvfp4_recipes(),
                                               sglang_silu_recipes(),
                                               cutlass_nvfp4_recipes(),
                                               cutlass_mx_recipes(),
                                               deepseek_fp8_recipes(),
                                               modelopt_recipes(),
                                               compressed_tensors_recipes(),
                                               gfloat_recipes()})
    all.insert(all.end(), family.begin(), family.end());
  return all;
}

}  // namespace

std::span<const Recipe> catalog() noexcept {
  static const std::vector<Recipe> recipes = all_recipes();
  return recipes;
}

const Recipe* find_recipe(std::string_view name) noexcept {
  const std::span<const Recipe> recipes = catalog();
  const auto found =
      std::find_if(recipes.begin(), recipes.end(), [&](const Recipe& recipe) { return recipe.identity.name == name; });
  return found == recipes.end() ? nullptr : &*found;
}

const Recipe& require_recipe(std::string_view name) {
  if (const Recipe* found = find_recipe(name)) return *found;
  throw InputError(fmt::format("unknown recipe '{}'; `bitgate list recipes` names them", name));
}

}  // namespace bitgate::reference
