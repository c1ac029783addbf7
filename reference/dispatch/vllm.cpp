// vLLM: NVFP4, MXFP4 before and after its change of rounding, and FP8; CUDA, without fast math
// (flashinfer-vllm-cutlass.md 4).
#include <array>

#include "bitgate/reference/dispatch/rule.h"

namespace bitgate::reference {
namespace {

using enum WordKind;

constexpr std::string_view kRepository = "vllm-project/vllm";
constexpr Source kNvfp4{kRepository, "csrc/quantization/fp4/nvfp4_utils.cuh", "20b4ad8e",
                        "flashinfer-vllm-cutlass.md 4.1"};
constexpr Source kTests{kRepository, "tests/kernels/quantization, test_nvfp4_quant", "07b13497",
                        "flashinfer-vllm-cutlass.md 4.1"};
constexpr Source kNorm{kRepository, "rmsnorm_nvfp4", "106e7c7e", "flashinfer-vllm-cutlass.md 4.1"};
constexpr Source kOld{kRepository, "csrc/quantization/fp4/nvfp4_utils.cuh", "bde90062 and 2c9ff65d",
                      "flashinfer-vllm-cutlass.md 4.2"};
constexpr Source kNew{kRepository, "csrc/quantization/fp4/nvfp4_utils.cuh", "20b4ad8e",
                      "flashinfer-vllm-cutlass.md 4.2"};
constexpr Source kFp8{kRepository, "csrc/quantization/w8a8/fp8/common.cu", "096d3dc9",
                      "flashinfer-vllm-cutlass.md 4.3"};
constexpr Source kGroup{kRepository, "csrc/quantization/w8a8/fp8/per_token_group_quant.cu", "0f5257e2",
                        "flashinfer-vllm-cutlass.md 4.3"};

constexpr std::array kWords{
    Word{"quantizer", "nvfp4|mxfp4|fp8", "nvfp4", kOption, "the scheme", &kNvfp4},
    Word{"dtype", "fp32|bf16|f16", "", kOption, "type of the input", &kNvfp4},
    Word{"direction", "rowwise", "rowwise", kOption, "blocks along the last dimension", &kNvfp4},
    Word{"op", "quantize|experts|silu|rmsnorm|reference", "quantize", kOption,
         "the quantizer alone, the kernel that it is a part of, or the Python reference of the tests", &kNvfp4},
    Word{"granularity", "none|static|tensor|token|group", "none", kOption, "what an FP8 scale covers", &kFp8},
    Word{"scale_ub", "0|1", "0", kOption, "FP8 per token with an upper bound of amax", &kFp8},
    Word{"group", "#", "128", kOption, "elements of an FP8 group", &kGroup},
    Word{"ue8m0", "0|1", "0", kOption, "FP8 groups: scales as powers of two, in fp32", &kGroup},
    Word{"packed", "0|1", "0", kOption, "FP8 groups: four UE8M0 bytes a word", &kGroup},
    Word{"device", "", "", kDerived, "--arch (e.g. sm_100a)", &kNvfp4},
    Word{"cc", "", "", kDerived, "--arch (e.g. sm_100a)", &kNvfp4},
    Word{"blocks_whole", "", "", kDerived, "--shape ROWSxCOLS", &kNvfp4}};

constexpr std::array kReleases{Release{"2c9ff65d", 1}, Release{"bde90062", 1}, Release{"20b4ad8e", 2}};
constexpr std::array<std::string_view, 1> kParts{"rowwise"};

constexpr std::array kRules{
    Rule{"vllm.reference.scheme", "op=reference; quantizer!=nvfp4", "refuse",
         "no recipe stands for the Python reference of {quantizer}", &kTests},
    Rule{"vllm.cpu", "op!=reference; device=cpu", "refuse", "vLLM's CUDA kernels run on GPUs", &kNvfp4},
    Rule{"vllm.arch", "op!=reference; quantizer!=fp8; cc<=99", "refuse", "FP4 kernels need sm_100 or later", &kNvfp4},
    Rule{"vllm.dtype", "quantizer!=fp8; dtype=fp32", "refuse", "FP4 kernels take bf16 and f16", &kNvfp4},
    Rule{"vllm.dtype-group", "quantizer=fp8; granularity=group; dtype=fp32", "refuse",
         "no recipe stands for FP8 groups of fp32: bf16 and f16 have one", &kGroup},
    Rule{"vllm.blocks", "blocks_whole=no", "refuse", "the last dimension has to be a multiple of the block", &kNvfp4},
    Rule{"vllm.scheme.granularity", "quantizer!=fp8; granularity!=none", "refuse", "granularity is an option of FP8",
         &kFp8},
    Rule{"vllm.scheme.no-granularity", "quantizer=fp8; granularity=none", "refuse",
         "an FP8 scale covers what? say granularity=static, tensor, token or group", &kFp8},
    Rule{"vllm.group.size", "quantizer=fp8; granularity=group; group!=128", "refuse",
         "no recipe stands for groups of {group}: 128", &kGroup},
    Rule{"vllm.group.size-elsewhere", "granularity!=group; group!=128", "refuse",
         "group is an option of granularity=group", &kGroup},
    Rule{"vllm.group.ue8m0", "granularity!=group; ue8m0=1", "refuse", "ue8m0 is an option of granularity=group",
         &kGroup},
    Rule{"vllm.group.packed", "granularity!=group; packed=1", "refuse", "packed is an option of granularity=group",
         &kGroup},
    Rule{"vllm.token.ub-elsewhere", "granularity!=token; scale_ub=1", "refuse",
         "scale_ub is an option of granularity=token", &kFp8},
    Rule{"vllm.token.ub", "quantizer=fp8; granularity=token; scale_ub=1", "refuse",
         "no recipe stands for FP8 per token under scale_ub", &kFp8},

    // FP4.
    Rule{"vllm.rmsnorm", "quantizer=nvfp4; op=rmsnorm", "refuse",
         "no recipe stands for NVFP4 behind RMS norm: its sum's order is not stated", &kNorm},
    Rule{"vllm.reference", "quantizer=nvfp4; op=reference", "rowwise=vllm/nvfp4-pyref; kernel=ref_nvfp4_quant (Python)",
         "The tests' reference takes rounded reciprocals and clamps before it rounds.", &kTests},
    Rule{"vllm.silu", "quantizer=nvfp4; op=silu", "rowwise=vllm/silu-nvfp4; kernel=silu_and_mul_nvfp4_quant",
         "SiLU by __fdividef; the product is rounded to the input's type.", &kNvfp4},
    Rule{"vllm.experts", "quantizer=nvfp4; op=experts", "rowwise=vllm/nvfp4; kernel=scaled_fp4_experts_quant",
         "The experts' kernel moves scales: its arithmetic is the quantizer's.", &kNvfp4},
    Rule{"vllm.nvfp4", "quantizer=nvfp4", "rowwise=vllm/nvfp4; kernel=scaled_fp4_quant",
         "No flushing but in MUFU.RCP; the rounded scale decides whether a block is zero.", &kNvfp4},
    Rule{"vllm.mxfp4.op", "quantizer=mxfp4; op=silu|rmsnorm", "refuse", "no recipe stands for MXFP4 in op {op}", &kNew},
    Rule{"vllm.mxfp4.old", "quantizer=mxfp4; release<=1", "rowwise=vllm/mxfp4-old; kernel=cvt_warp_fp16_to_fp4",
         "Before 20b4ad8e the scale's exponent was cut out of amax / 6; the recipe takes S as 1.", &kOld},
    Rule{"vllm.mxfp4.new", "quantizer=mxfp4", "rowwise=vllm/mxfp4-new; kernel=mxfp4_experts_quant",
         "Since 20b4ad8e amax is rounded to a power of two, up from 1.75.", &kNew},

    // FP8.
    Rule{"vllm.fp8.op", "quantizer=fp8; granularity!=none; op!=quantize", "refuse",
         "no recipe stands for FP8 in op {op}", &kFp8},
    Rule{"vllm.fp8.static", "quantizer=fp8; granularity=static",
         "rowwise=vllm/fp8-static; kernel=static_scaled_fp8_quant",
         "The caller's scale is inverted, and values are multiplied.", &kFp8},
    Rule{"vllm.fp8.tensor", "quantizer=fp8; granularity=tensor",
         "rowwise=vllm/fp8-tensor; kernel=dynamic_scaled_fp8_quant",
         "amax / 448 without a floor; values are multiplied by its reciprocal.", &kFp8},
    Rule{"vllm.fp8.token", "quantizer=fp8; granularity=token",
         "rowwise=vllm/fp8-token; kernel=dynamic_per_token_scaled_fp8_quant",
         "A row's scale is at least 1/(448*512), and values are divided by it.", &kFp8},
    Rule{"vllm.fp8.packed", "quantizer=fp8; granularity=group; packed=1",
         "rowwise=vllm/fp8-group-packed; kernel=per_token_group_quant_8bit_packed",
         "Powers of two, four bytes a word; a zero block has 5E.", &kGroup},
    Rule{"vllm.fp8.ue8m0", "quantizer=fp8; granularity=group; ue8m0=1",
         "rowwise=vllm/fp8-group-ue8m0; kernel=per_token_group_quant_fp8", "y_s up to a power of two, from 1e-10 on.",
         &kGroup},
    Rule{"vllm.fp8.group", "quantizer=fp8; granularity=group",
         "rowwise=vllm/fp8-group; kernel=per_token_group_quant_fp8",
         "amax is at least 1e-10; values are divided by amax / 448.", &kGroup}};

std::int64_t multiple_of(const Facts& facts) {
  const std::string& quantizer = facts.at("quantizer");
  if (quantizer == "nvfp4") return 16;
  if (quantizer == "mxfp4") return 32;
  return facts.at("granularity") == "group" ? 128 : 1;
}

void derive(Facts& facts) { facts.emplace("blocks_whole", whole_blocks(facts, multiple_of(facts))); }

}  // namespace

const Producer& vllm_producer() noexcept {
  static const Producer producer{"vllm", "vLLM", "VLLM_", kWords, kReleases, kRules, "20b4ad8e", derive, kParts};
  return producer;
}

}  // namespace bitgate::reference
