// FlashInfer's captures: its CUDA kernels in both builds on an H100, bf16 and f16 (96 x 512), the per-token kernel of
// fp32 too. S is given, as are 1/S, S of each row and S for E4M3 values of at most 256.
#include <fmt/format.h>

#include <algorithm>

#include "bitgate/tests/support/captures_detail.h"

namespace bitgate::oracle {

namespace {

using reference::Recipe;

// A recipe, the arrays PREFIX_codes and PREFIX_scales that it made, and the array that it was given, if any.
struct Kernel {
  std::string_view recipe, array, given;
};
constexpr Kernel kKernels[] = {
    {"flashinfer/nvfp4-fast", "nvfp4_fast", "S"},
    {"flashinfer/nvfp4-exact", "nvfp4_exact", "S"},
    {"flashinfer/nvfp4-fast-inverse", "nvfp4_fast_inverse", "Sinv"},
    {"flashinfer/nvfp4-fast-row", "nvfp4_fast_row", "Srow"},
    {"flashinfer/nvfp4-exact-row", "nvfp4_exact_row", "Srow"},
    {"flashinfer/nvfp4-4over6-448-mae-exact", "nvfp4_4o6_448mae_exact", "S"},
    {"flashinfer/nvfp4-4over6-256-mse-exact", "nvfp4_4o6_256mse_exact", "S256"},
    {"flashinfer/nvfp4-4over6-256-mae-errfast-fast", "nvfp4_4o6_256maeerrfast_fast", "S256"},
    {"flashinfer/mxfp4", "mxfp4", ""},
    {"flashinfer/mxfp8", "mxfp8", ""},
};

// The numbers that a row of kKernels was given: none, one, or one a row.
std::vector<float> given_numbers(const ArraySource& source, const std::string& name) {
  const auto array = source(name);
  return array ? floats(*array) : std::vector<float>{};
}

void compare_kernel(const Recipe& recipe, const Kernel& kernel, InputType type, const ArraySource& source,
                    CaptureTally& tally) {
  const std::string prefix = fmt::format("{}_", name_of(type));
  const auto x = source(prefix + "x");
  if (!x) return;
  const TypedTensor input = typed_input(*x, type);
  const std::vector<float> given = given_numbers(source, prefix + std::string(kernel.given));
  const QuantizedTensor answer = quantize(recipe, capture_request(input, {}, given));
  const std::string name = prefix + std::string(kernel.array);
  compare_array(tally, source, name + "_codes", as_bytes(stored_codes(recipe, answer)));
  compare_array(tally, source, name + "_scales", stored_scales(answer));
}

// What the per-token kernels multiply a row's max|x| by: 1, or 1/S of the tensor.
struct PerToken {
  std::string_view recipe, array;
  bool given_inverse;
};
constexpr PerToken kPerToken[] = {
    {"flashinfer/nvfp4-pertoken-fast", "pertoken_fast_g1", false},
    {"flashinfer/nvfp4-pertoken-fast", "pertoken_fast_gs", true},
    {"flashinfer/nvfp4-pertoken-exact", "pertoken_exact_g1", false},
    {"flashinfer/nvfp4-pertoken-exact", "pertoken_exact_gs", true},
    {"flashinfer/nvfp4-pertoken-fp32", "pertoken_g1", false},
};

// The rules with another factor of the whole tensor than the one by convention.
template <class Rules>
Rules with_inverse(Rules rules, float inverse) {
  if constexpr (requires { rules.global.given_inverse; }) rules.global.given_inverse = inverse;
  return rules;
}

void compare_per_token(const Recipe& recipe, const PerToken& kernel, InputType type, const ArraySource& source,
                       CaptureTally& tally) {
  const std::string prefix = type == InputType::kF32 ? "f32_" : fmt::format("{}_", name_of(type));
  const auto x = source(prefix + "x");
  if (!x) return;
  const TypedTensor input = typed_input(*x, type);
  const std::vector<float> inverse = given_numbers(source, prefix + "Sinv");
  if (kernel.given_inverse && inverse.empty()) return;
  const reference::Rules rules = with_inverse(recipe.rules, kernel.given_inverse ? inverse.front() : 1.0f);
  const QuantizedTensor answer = reference::quantize_with(rules, recipe.storage, capture_request(input));
  const std::string name = prefix + std::string(kernel.array);
  compare_array(tally, source, name + "_codes", as_bytes(stored_codes(recipe, answer)));
  compare_array(tally, source, name + "_scales", stored_scales(answer));
  compare_array(tally, source, name + "_pertoken", as_bytes(answer.global));
}

}  // namespace

void compare_flashinfer(const Recipe& recipe, const ArraySource& source, CaptureTally& tally) {
  for (const Kernel& kernel : kKernels)
    for (const InputType type : {InputType::kBf16, InputType::kF16})
      if (kernel.recipe == recipe.identity.name) compare_kernel(recipe, kernel, type, source, tally);
  for (const PerToken& kernel : kPerToken)
    for (const InputType type : kInputTypes)
      if (kernel.recipe == recipe.identity.name && accepts(recipe.accepts, type))
        compare_per_token(recipe, kernel, type, source, tally);
}

}  // namespace bitgate::oracle
