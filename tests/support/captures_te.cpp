// TransformerEngine's captures: its kernels (sets s0 .. s5 in three input types, amax given) and its PyTorch references
// (the whole input, a tensor for each of its twelve distributions, and a few more sets).
#include <fmt/format.h>

#include <algorithm>

#include "bitgate/tests/support/captures_detail.h"

namespace bitgate::oracle {

namespace {

using reference::Recipe;

// Under which names the archives hold a recipe.
struct Variant {
  std::string_view recipe, name;
};

constexpr Variant kKernelVariants[] = {
    {"te/nvfp4", "1d"},
    {"te/nvfp4", "1d_only"},
    {"te/nvfp4-row", "row"},
    {"te/nvfp4-2d", "2d"},
    {"te/nvfp4-4over6-448-mae", "4o6_448_mae"},
    {"te/nvfp4-4over6-448-mse", "4o6_448_mse"},
    {"te/nvfp4-4over6-448-mse-errfast", "4o6_448_mse_errfast"},
    {"te/nvfp4-4over6-256-mae", "4o6_256_mae"},
    {"te/nvfp4-4over6-256-mae-errfast", "4o6_256_mae_errfast"},
    {"te/nvfp4-4over6-256-mse", "4o6_256_mse"},
    {"te/nvfp4-2d-4over6-256-mae", "4o6_2d_256_mae"},
    {"te/nvfp4-2d-4over6-256-mse-errfast", "4o6_2d_256_mse_errfast"},
    {"te/nvfp4-row-4over6-256-mae", "4o6_row_256_mae"},
};

// Of te/nvfp4-v1 the archive has what the older PyTorch reference gave.
constexpr Variant kPyrefVariants[] = {
    {"te/nvfp4-pyref", "1d"},
    {"te/nvfp4-pyref-row", "row"},
    {"te/nvfp4-pyref-2d", "2d"},
    {"te/nvfp4-pyref-rht", "rht"},
    {"te/nvfp4-pyref-4over6-448-mae", "4o6mae"},
    {"te/nvfp4-pyref-4over6-448-mae-errfast", "4o6fast"},
    {"te/nvfp4-pyref-4over6-448-mse", "4o6-448-mse"},
    {"te/nvfp4-pyref-4over6-448-mse-errfast", "4o6-448-mse-errfast"},
    {"te/nvfp4-pyref-4over6-256-mae", "4o6-256-mae"},
    {"te/nvfp4-pyref-4over6-256-mae-errfast", "4o6-256-mae-errfast"},
    {"te/nvfp4-pyref-4over6-256-mse", "4o6mse"},
    {"te/nvfp4-pyref-4over6-256-mse-errfast", "4o6-256-mse-errfast"},
    {"te/nvfp4-pyref-row-4over6-448-mae", "row-4o6-448-mae"},
    {"te/nvfp4-pyref-row-4over6-448-mae-errfast", "row-4o6-448-mae-errfast"},
    {"te/nvfp4-pyref-row-4over6-448-mse", "row-4o6-448-mse"},
    {"te/nvfp4-pyref-row-4over6-448-mse-errfast", "row-4o6-448-mse-errfast"},
    {"te/nvfp4-pyref-row-4over6-256-mae", "row-4o6-256-mae"},
    {"te/nvfp4-pyref-row-4over6-256-mae-errfast", "row-4o6-256-mae-errfast"},
    {"te/nvfp4-pyref-row-4over6-256-mse", "row-4o6-256-mse"},
    {"te/nvfp4-pyref-row-4over6-256-mse-errfast", "row-4o6-256-mse-errfast"},
    {"te/nvfp4-pyref-2d-4over6-448-mae", "2d-4o6-448-mae"},
    {"te/nvfp4-pyref-2d-4over6-448-mae-errfast", "2d-4o6-448-mae-errfast"},
    {"te/nvfp4-pyref-2d-4over6-448-mse", "2d-4o6-448-mse"},
    {"te/nvfp4-pyref-2d-4over6-448-mse-errfast", "2d-4o6-448-mse-errfast"},
    {"te/nvfp4-pyref-2d-4over6-256-mae", "2d-4o6-256-mae"},
    {"te/nvfp4-pyref-2d-4over6-256-mae-errfast", "2d-4o6-256-mae-errfast"},
    {"te/nvfp4-pyref-2d-4over6-256-mse", "2d-4o6-256-mse"},
    {"te/nvfp4-pyref-2d-4over6-256-mse-errfast", "2d-4o6-256-mse-errfast"},
    {"te/nvfp4-v1", "v1-1d"},
    {"te/fp8-current-e4m3", "fp8-current-e4m3"},
    {"te/fp8-current-e4m3-pow2", "fp8-current-e4m3-pow2"},
    {"te/fp8-current-e5m2", "fp8-current-e5m2"},
    {"te/fp8-current-e5m2-pow2", "fp8-current-e5m2-pow2"},
};

// The side that is captured beside the row-wise one, where the recipe makes it from this input.
void compare_twin(const Recipe& recipe, Request request, const std::string& prefix, const ArraySource& source,
                  CaptureTally& tally) {
  if (!source(prefix + "codes_t") || !recipe.accepts.directions.columnwise) return;
  request.direction = Direction::kColumnwise;
  const QuantizedTensor twin = quantize(recipe, request);
  compare_array(tally, source, prefix + "codes_t", as_bytes(stored_codes(recipe, twin)));
  compare_array(tally, source, prefix + "scales_t", stored_scales(twin));
  compare_array(tally, source, prefix + "amax_col", as_bytes(twin.global));
}

void compare_kernel_set(const Recipe& recipe, const std::string& prefix, InputType type, bool finite,
                        const ArraySource& source, CaptureTally& tally) {
  const auto x = source(prefix + "x");
  if (!x) return;
  const bool by_row = scheme_of(recipe.rules.scheme).global == GlobalAxis::kRow;
  const TypedTensor input = typed_input(*x, type);
  const std::vector<float> amax = floats(*source(prefix + (by_row ? "amax_row" : "amax")));
  const Request request = capture_request(input, amax);
  const QuantizedTensor answer = quantize(recipe, request);
  for (const Variant& variant : kKernelVariants) {
    if (variant.recipe != recipe.identity.name) continue;
    const std::string name = fmt::format("{}{}_", prefix, variant.name);
    compare_array(tally, source, name + "codes", as_bytes(stored_codes(recipe, answer)));
    compare_array(tally, source, name + "scales", stored_scales(answer));
    compare_array(tally, source, name + "deq", as_bytes(dequantize(recipe, answer, InputType::kF32)));
    if (!by_row) compare_twin(recipe, request, name, source, tally);
  }
  // With NaN and Inf the amax given is that of the finite elements.
  if (finite) expect_given(tally, prefix + "amax", as_bytes(amax), as_bytes(amax_of(recipe.rules, input.view())));
}

bool listed(std::span<const Variant> variants, std::string_view recipe) {
  return std::any_of(variants.begin(), variants.end(), [&](const Variant& each) { return each.recipe == recipe; });
}

void compare_pyref_set(const Recipe& recipe, const Variant& variant, const std::string& set, const char* dtype,
                       const ArraySource& source, CaptureTally& tally) {
  const auto x = source("te/in16/" + set + "/" + dtype);
  if (!x) return;
  const TypedTensor input = typed_input(*x, InputType::kBf16);
  const std::string prefix = fmt::format("te/{}/{}/{}/", set, dtype, variant.name);
  const Request request = capture_request(input);
  if (recipe.accepts.directions.rowwise) {
    const QuantizedTensor answer = quantize(recipe, request);
    compare_array(tally, source, prefix + "codes", as_bytes(stored_codes(recipe, answer)));
    if (const auto* inverse = std::get_if<std::vector<float>>(&answer.scales))
      compare_array(tally, source, prefix + "scale_inv", as_bytes(*inverse));
    else
      compare_array(tally, source, prefix + "scales", stored_scales(answer));
    compare_array(tally, source, prefix + "amax_row", as_bytes(answer.global));
  }
  compare_twin(recipe, request, prefix, source, tally);
}

}  // namespace

void compare_te_kernel(const Recipe& recipe, const ArraySource& source, CaptureTally& tally) {
  if (!listed(kKernelVariants, recipe.identity.name)) return;
  constexpr std::pair<const char*, InputType> kTypes[] = {
      {"bf16", InputType::kBf16}, {"f16", InputType::kF16}, {"f32", InputType::kF32}};
  for (int set = 0; set < 6; ++set)
    for (const auto& [name, type] : kTypes)
      compare_kernel_set(recipe, fmt::format("s{}_{}_", set, name), type, set != 5, source, tally);
}

void compare_te_pyref(const Recipe& recipe, const ArraySource& source, CaptureTally& tally) {
  for (const Variant& variant : kPyrefVariants) {
    if (variant.recipe != recipe.identity.name) continue;
    std::vector<std::string> sets{"all", "s0", "s1", "s4", "v1"};
    for (int i = 0; i < 12; ++i) sets.push_back(fmt::format("d{}", i));
    for (const std::string& set : sets)
      for (const char* dtype : {"f32", "bf16"}) compare_pyref_set(recipe, variant, set, dtype, source, tally);
  }
}

}  // namespace bitgate::oracle
