// TransformerEngine: what a situation may say (every knob of te.md 12) and its releases. The rules are in te_rules.h.
#include <array>

#include "bitgate/reference/dispatch/rule.h"
#include "bitgate/reference/dispatch/te_rules.h"

namespace bitgate::reference {
namespace {

using enum WordKind;

constexpr std::string_view kRepository = "NVIDIA/TransformerEngine";
constexpr std::string_view kCommit = "d0067d0d";
constexpr Source kKnobs{kRepository, "transformer_engine/common/recipe/__init__.py", kCommit, "te.md 12"};
constexpr Source kCall{kRepository, "transformer_engine/common/cast/dispatch/quantize.cuh", kCommit, "te.md 1.5"};

constexpr std::array kWords{
    Word{"quantizer", "nvfp4|nvfp4-partialcast|mxfp8|fp8-current|fp8-delayed|fp8-block1x128|fp8-block128x128", "nvfp4",
         kOption, "which quantizer is called", &kCall},
    Word{"implementation", "kernels|jax|pyref|jaxref|ctest", "kernels", kOption,
         "the kernels (from PyTorch or JAX) or one of TransformerEngine's own references", &kCall},
    Word{"dtype", "fp32|bf16|f16", "", kOption, "type of the input", &kCall},
    Word{"role", "none|input|activation|weight|gradient|gemm", "none", kOption,
         "what the default recipe NVFP4BlockScaling takes the tensor for", &kKnobs},
    Word{"direction", "rowwise|columnwise|both", "both", kOption, "which copies are asked for", &kCall},
    Word{"2d", "recipe|0|1", "recipe", kOption, "square blocks", &kCall},
    Word{"rht", "recipe|0|1", "recipe", kOption, "random Hadamard transform of the column-wise copy", &kCall},
    Word{"rht_sign", "0|1", "1", kOption, "the transform's fixed signs (mask D7E8), or none", &kCall},
    Word{"sr", "recipe|0|1", "recipe", kOption, "stochastic rounding", &kCall},
    Word{"row_scaled", "recipe|0|1", "recipe", kOption, "one amax a row", &kCall},
    Word{"4over6", "recipe|0|1", "recipe", kOption, "block maximum to 4 or to 6, whichever errs less", &kCall},
    Word{"e4m3_max", "recipe|448|256", "recipe", kOption, "largest scale that 4over6 plans for", &kCall},
    Word{"grouped", "0|1", "0", kOption, "several tensors in one call", &kCall},
    Word{"noop", "0|1", "0", kOption, "a no-op flag tensor is given", &kCall},
    Word{"activation", "none|fused", "none", kOption, "an activation computed in the same kernel", &kCall},
    Word{"fp8", "e4m3|e5m2", "", kOption, "element of MXFP8 and FP8", &kCall},
    Word{"swizzled", "0|1", "0", kOption, "scales written in the product's own layout", &kCall},
    Word{"amax_reduction", "0|1", "0", kOption, "amax is all-reduced over a process group", &kCall},
    Word{"output", "fp32|bf16|f16|quantized", "bf16", kOption, "type of the product's result", &kCall},
    Word{"epilogue", "none|gelu|bias-gradient", "none", kOption, "what the product fuses", &kCall},
    Word{"overlap", "0|1", "0", kOption, "communication overlapped with the product", &kCall},
    Word{"specialized", "auto|0|1", "auto", kOption, "MXFP8's cast-only kernel", &kCall},
    Word{"NVTE_USE_FAST_MATH", "0|1", "0", kEnvironment, "NVFP4 coefficient S/s rounded to bf16", &kKnobs},
    Word{"NVTE_NVFP4_4OVER6", "none|weights|activations|all", "none", kEnvironment, "which tensors use 4over6",
         &kKnobs},
    Word{"NVTE_NVFP4_4OVER6_E4M3_USE_256", "none|weights|activations|all", "all", kEnvironment,
         "which 4over6 tensors plan for scales up to 256", &kKnobs},
    Word{"NVTE_NVFP4_4OVER6_ERR_MODE", "MAE|MSE", "MAE", kEnvironment, "the error that 4over6 compares", &kKnobs},
    Word{"NVTE_NVFP4_4OVER6_ERR_USE_FAST_MATH", "0|1", "0", kEnvironment, "4over6's error through binary16", &kKnobs},
    Word{"NVTE_NVFP4_ROW_SCALED_ACTIVATION", "0|1", "0", kEnvironment, "one amax a row for activations", &kKnobs},
    Word{"NVTE_NVFP4_DISABLE_RHT", "0|1", "0", kEnvironment, "no transform in the default recipe", &kKnobs},
    Word{"NVTE_NVFP4_DISABLE_STOCHASTIC_ROUNDING", "0|1", "0", kEnvironment, "gradients round to nearest", &kKnobs},
    Word{"NVTE_NVFP4_DISABLE_2D_QUANTIZATION", "0|1", "0", kEnvironment, "weights get 1x16 blocks", &kKnobs},
    Word{"NVTE_BUILD_NUM_PHILOX_ROUNDS", "#", "10", kBuild, "rounds of the generator", &kKnobs},
    Word{"NVTE_BUILD_ACTIVATION_WITH_FAST_MATH", "0|1", "0", kBuild, "fast math in fused activations", &kKnobs},
    Word{"NVTE_FP8_CURRENT_SCALING_POWER_2_SCALES", "0|1", "0", kEnvironment, "FP8 scale cut to a power of two",
         &kKnobs},
    Word{"NVTE_FP8_BLOCK_SCALING_FP32_SCALES", "0|1", "0", kEnvironment, "FP8 block scales not cut", &kKnobs},
    Word{"NVTE_BACKWARD_OVERRIDE", "*", "unset", kEnvironment, "backward pass in another precision", &kKnobs},
    Word{"NVTE_FUSED_GROUP_REQUANTIZE", "0|1", "1", kEnvironment, "path selection", &kKnobs},
    Word{"NVTE_UNFUSED_FP8_UPDATE", "0|1|unset", "unset", kEnvironment, "path selection", &kKnobs},
    Word{"NVTE_CUDNN_MXFP8_NORM_OUTPUT_IN_INPUT_DTYPE", "0|1|unset", "unset", kEnvironment, "path selection", &kKnobs},
    Word{"NVTE_CUTEDSL_FUSED_GROUPED_MLP_FC1_GLU_RHT_AMAX_TMEM", "0|1|unset", "unset", kEnvironment, "path selection",
         &kKnobs},
    Word{"NVTE_FP8_GEMM_HIGH_PRECISION_ACCUMULATION", "0|1|unset", "unset", kEnvironment, "JAX's product", &kKnobs},
    Word{"arch", "", "", kDerived, "--arch (e.g. sm_100a)", &kCall},
    Word{"cc", "", "", kDerived, "--arch (e.g. sm_100a)", &kCall},
    Word{"chip", "", "", kDerived, "--arch (e.g. sm_100a)", &kCall},
    Word{"aligned32", "", "", kDerived, "--shape ROWSxCOLS (not empty)", &kCall},
    Word{"aligned16", "", "", kDerived, "--shape ROWSxCOLS (not empty)", &kCall},
    Word{"rht_tile", "", "", kDerived, "--shape ROWSxCOLS (not empty)", &kCall},
    Word{"spec_shape", "", "", kDerived, "--shape ROWSxCOLS (not empty)", &kCall}};

// PR #2412 was never in a release by default: it has a name of its own, between v2.11 and v2.12.
constexpr std::array kReleases{Release{"v2.8", 2080},  Release{"v2.9", 2090},    Release{"v2.10", 2100},
                               Release{"v2.11", 2110}, Release{"pr2412", 2115},  Release{"v2.12", 2120},
                               Release{"v2.13", 2130}, Release{"v2.14", 2140},   Release{"v2.15", 2150},
                               Release{"v2.16", 2160}, Release{"v2.17", 2170},   Release{"v2.18", 2180},
                               Release{"main", 9999},  Release{"d0067d0d", 9999}};

constexpr std::array<std::string_view, 2> kParts{"rowwise", "columnwise"};

void set(Facts& facts, const char* name, bool value) { facts.emplace(name, value ? "yes" : "no"); }

void derive(Facts& facts) {
  if (facts["role"] == "activation") facts["role"] = "input";
  facts.emplace("chip", !facts.contains("cc") ? "unsaid" : facts["cc"] == "0" ? "cpu" : "gpu");
  const bool is_said = facts.contains("rows");
  const std::int64_t rows = is_said ? whole_number(facts["rows"]) : 0;
  const std::int64_t cols = is_said ? whole_number(facts["cols"]) : 0;
  // No note says which kernel an empty tensor runs: it decides as little as a shape that is not said.
  if (rows == 0 || cols == 0) {
    facts.emplace("aligned16", "unsaid");  // only a shape that is said can be refused
    return;
  }
  const std::string& direction = facts["direction"];
  const bool row = direction != "columnwise";
  const bool column = direction != "rowwise";
  const bool both32 = rows % 32 == 0 && cols % 32 == 0;
  set(facts, "aligned32", both32);
  set(facts, "aligned16", (!row || cols % 16 == 0) && (!column || rows % 16 == 0));
  set(facts, "rht_tile", rows % 64 == 0 && cols % 128 == 0);
  set(facts, "spec_shape", (row && !column && cols % 128 == 0) || (row && column && both32));
}

}  // namespace

const Producer& te_producer() noexcept {
  static const Producer producer{"te",  "TransformerEngine", "NVTE_", kWords, kReleases, te_rules(), "main", derive,
                                 kParts};
  return producer;
}

}  // namespace bitgate::reference
