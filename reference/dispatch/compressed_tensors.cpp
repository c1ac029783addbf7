// compressed-tensors (llm-compressor): eager PyTorch in the dtype of the data (torchao-and-ocp.md 5).
#include <array>

#include "bitgate/reference/dispatch/rule.h"

namespace bitgate::reference {
namespace {

using enum WordKind;

constexpr std::string_view kRepository = "vllm-project/compressed-tensors";
constexpr std::string_view kCommit = "ac8e2ba8";
constexpr Source kNvfp4{kRepository, "src/compressed_tensors/quantization/utils/helpers.py", kCommit,
                        "torchao-and-ocp.md 5.1"};
constexpr Source kMx{kRepository, "src/compressed_tensors/quantization/utils/mxfp_utils.py", kCommit,
                     "torchao-and-ocp.md 5.2"};
constexpr Source kBackend{kRepository, "src/compressed_tensors/utils/impl_backend.py", kCommit,
                          "torchao-and-ocp.md 5.1"};

constexpr std::array kWords{
    Word{"quantizer", "nvfp4|mxfp4|mxfp8", "nvfp4", kOption, "the scheme", &kNvfp4},
    Word{"dtype", "fp32|bf16|f16", "", kOption, "type of the data and of its amax", &kNvfp4},
    Word{"direction", "rowwise", "rowwise", kOption, "groups along the last dimension", &kNvfp4},
    Word{"backend", "eager|triton", "eager", kOption, "the Triton backends are registered as disabled", &kBackend},
    Word{"device", "", "", kDerived, "--arch (e.g. sm_90, x86)", &kNvfp4},
    Word{"blocks_whole", "", "", kDerived, "--shape ROWSxCOLS", &kNvfp4}};

constexpr std::array kReleases{Release{"ac8e2ba8", 1}, Release{"0.20.0", 1}};
constexpr std::array<std::string_view, 1> kParts{"rowwise"};

constexpr std::array kRules{
    Rule{"compressed-tensors.dtype", "dtype=f16", "refuse", "no recipe stands for f16: fp32 and bf16 have one",
         &kNvfp4},
    Rule{"compressed-tensors.triton", "backend=triton", "refuse",
         "the Triton backends are disabled, and no recipe stands for them: they round to bf16 before FP4", &kBackend},
    Rule{"compressed-tensors.blocks", "blocks_whole=no", "refuse",
         "the last dimension has to be a multiple of the group", &kNvfp4},
    Rule{"compressed-tensors.nvfp4-bf16", "quantizer=nvfp4; dtype=bf16",
         "rowwise=compressed-tensors/nvfp4-bf16; kernel=PyTorch (eager)",
         "bf16 data round 1 / amax, G and amax / 6 to bf16, after which a CPU's division is CUDA's product.", &kNvfp4},
    Rule{"compressed-tensors.nvfp4-cpu", "quantizer=nvfp4; device=cpu",
         "rowwise=compressed-tensors/nvfp4-fp32-cpu; kernel=PyTorch (eager)", "On a CPU amax / 6 is a true division.",
         &kNvfp4},
    Rule{"compressed-tensors.nvfp4", "quantizer=nvfp4", "rowwise=compressed-tensors/nvfp4-fp32; kernel=PyTorch (eager)",
         "On CUDA amax / 6 multiplies by the rounded reciprocal.", &kNvfp4},
    Rule{"compressed-tensors.mx", "quantizer=mxfp4|mxfp8",
         "rowwise=compressed-tensors/{quantizer}; kernel=PyTorch (eager)",
         "The exponent goes up from 1.75, FP4's constant, in MXFP8 too.", &kMx}};

void derive(Facts& facts) {
  facts.emplace("blocks_whole", whole_blocks(facts, facts.at("quantizer") == "nvfp4" ? 16 : 32));
}

}  // namespace

const Producer& compressed_tensors_producer() noexcept {
  static const Producer producer{
      "compressed-tensors", "compressed-tensors", "", kWords, kReleases, kRules, "ac8e2ba8", derive, kParts};
  return producer;
}

}  // namespace bitgate::reference
