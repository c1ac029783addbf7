// Which quantized matrix products are measured: D = A B^T, activations A (M x K) in one recipe, weights B (N x K) in
// another, both along K. Its name is enough to run one again:
// RECIPE+RECIPE/DTYPE/DISTRIBUTION[@2^K]+DISTRIBUTION[@2^K]/MxNxK/sSEED.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/compare/case.h"

namespace bitgate::compare {

// Beside those of distributions(): a linear layer's first weights, uniform in [-1, 1) times 1 / sqrt(K). "uniform" as
// FP32, times the nearest double to 1 / sqrt(K), rounded once more to the type.
inline constexpr std::string_view kLinearInit = "linear";

// The cases of both sides: of one type, one seed, and one K, their columns. The weights are drawn with seed + 2^32, so
// that the two are independent.
struct GemmCase {
  Case a, b;
  std::string name() const;  // te/nvfp4+te/nvfp4-2d/fp32/gelu+linear/64x64x1024/s4
  friend bool operator==(const GemmCase&, const GemmCase&) = default;
};

// The inverse of name(). Throws InputError naming the part that does not parse.
GemmCase parse_gemm_case(std::string_view name);

// Every a_recipe x b_recipe x a_input x b_input x K. Recipes that do not take the type, or make no row-wise side, are
// left out.
struct GemmPanel {
  std::string name;
  std::vector<std::string> a_recipes, b_recipes;
  std::vector<Distribution> a_inputs, b_inputs;
  InputType type = InputType::kF32;
  std::vector<std::int64_t> k;
  Extent extent{64, 64};  // M x N
  std::uint64_t seed = 4;
  std::int64_t seeds = 1;
  friend bool operator==(const GemmPanel&, const GemmPanel&) = default;
};

// Of the default report: normal and GELU activations against a linear layer's weights, five recipes by six, K from 64
// to 4096.
std::vector<GemmPanel> default_gemm_panels();

// The "gemms" of a sweep file (sweep.h), none where it has none: {"panels": [...], "gemms": [{"name": "nvfp4",
// "a_recipes": ["te/nvfp4"], "b_recipes": ["te/nvfp4-2d"], "a_inputs": ["gelu"], "b_inputs": ["linear"], "k": [1024],
// "type": "bf16", "extent": [64, 64], "seed": 4, "seeds": 64}]}; the type and what follows it may be left out. Throws
// InputError with the file and the place in it.
std::vector<GemmPanel> read_gemm_panels(const std::filesystem::path& file);

// Without repeats, in panel order.
std::vector<GemmCase> expand(const std::vector<GemmPanel>& panels);

// The input of one side.
TypedTensor generate_side(const Case& side, bool weights);

}  // namespace bitgate::compare
