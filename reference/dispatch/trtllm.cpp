// TensorRT-LLM: its quantizers built without fast math, in the form of 2025 and after it, and FP8
// (flashinfer-vllm-cutlass.md 2, 3 and 12).
#include <array>

#include "bitgate/reference/dispatch/rule.h"

namespace bitgate::reference {
namespace {

using enum WordKind;

constexpr std::string_view kRepository = "NVIDIA/TensorRT-LLM";
constexpr std::string_view kFile = "cpp/tensorrt_llm/kernels/quantization.cuh";
constexpr std::string_view k2025 = "0193dbd4";
constexpr Source kFlags{kRepository, "cpp/CMakeLists.txt", "02fbea28", "flashinfer-vllm-cutlass.md 2"};
constexpr Source kNvfp4{kRepository, kFile, k2025, "flashinfer-vllm-cutlass.md 3.3 and 12"};
constexpr Source kExact{kRepository, kFile, "after 0193dbd4", "flashinfer-vllm-cutlass.md 3.4"};
constexpr Source kMxfp4{kRepository, kFile, k2025, "flashinfer-vllm-cutlass.md 3.7"};
constexpr Source kMxfp8{kRepository, kFile, k2025, "flashinfer-vllm-cutlass.md 3.8"};
constexpr Source kMxNew{kRepository, kFile, "after 0193dbd4", "flashinfer-vllm-cutlass.md 3.7, 3.8 and 12"};
constexpr Source kToken{kRepository, kFile, k2025, "flashinfer-vllm-cutlass.md 3.14"};
constexpr Source kBlock{kRepository, "kernels of 1x128 and 128x128 scales in fp8_blockscale_gemm", "2025",
                        "flashinfer-vllm-cutlass.md 3.15"};

constexpr std::array kWords{
    Word{"quantizer", "nvfp4|mxfp4|mxfp8|fp8", "nvfp4", kOption, "the scheme", &kNvfp4},
    Word{"dtype", "fp32|bf16|f16", "", kOption, "type of the input", &kNvfp4},
    Word{"direction", "rowwise", "rowwise", kOption, "blocks along the last dimension", &kNvfp4},
    Word{"zero_test", "unrounded|rounded", "unrounded", kOption,
         "which scale the kernel compares with zero: the quantizer's own is not yet rounded", &kNvfp4},
    Word{"block", "none|token|1x128|128x128", "none", kOption, "what an FP8 scale covers", &kToken},
    Word{"min_scale", "0|1", "0", kOption, "FP8 per token with a smallest scale", &kToken},
    Word{"cast", "bf16|direct", "bf16", kOption, "FP8 per token: the helper that converts pairs", &kToken},
    Word{"clamp", "0|1", "0", kOption, "FP8 per token with a given range", &kToken},
    Word{"kernels", "blockscale_gemm|fp8_blockscale_gemm", "", kOption, "folder of the kernel of 128x128 scales",
         &kBlock},
    Word{"TRTLLM_DISABLE_FP4_QUANT_FAST_MATH", "0|1", "0", kEnvironment, "FP4 in TransformerEngine's order", &kExact},
    Word{"FAST_MATH", "OFF|ON", "OFF", kBuild, "CMake's option: -use_fast_math", &kFlags},
    Word{"device", "", "", kDerived, "--arch (e.g. sm_100a)", &kNvfp4},
    Word{"cc", "", "", kDerived, "--arch (e.g. sm_100a)", &kNvfp4},
    Word{"blocks_whole", "", "", kDerived, "--shape ROWSxCOLS", &kNvfp4}};

// The commit read, and what came after it: FlashInfer's sources descend from the latter.
constexpr std::array kReleases{Release{"0193dbd4", 1}, Release{"after-0193dbd4", 2}};
constexpr std::array<std::string_view, 1> kParts{"rowwise"};

constexpr std::array kRules{
    Rule{"trtllm.fast-math", "FAST_MATH=ON", "refuse",
         "built with FAST_MATH=ON the sources after 0193dbd4 are FlashInfer's: ask producer flashinfer", &kFlags},
    Rule{"trtllm.cpu", "device=cpu", "refuse", "TensorRT-LLM's quantizers run on GPUs", &kNvfp4},
    Rule{"trtllm.dtype", "dtype=fp32", "refuse", "the kernels take bf16 and f16", &kNvfp4},
    Rule{"trtllm.arch", "quantizer!=fp8; cc<=99", "refuse", "FP4 and MX kernels need sm_100 or later", &kNvfp4},
    Rule{"trtllm.blocks", "blocks_whole=no", "refuse", "the last dimension has to be a multiple of the block", &kNvfp4},
    Rule{"trtllm.scheme.zero-test", "quantizer!=nvfp4; zero_test=rounded", "refuse", "zero_test is an option of NVFP4",
         &kNvfp4},
    Rule{"trtllm.scheme.block", "quantizer!=fp8; block!=none", "refuse", "block is an option of FP8", &kToken},
    Rule{"trtllm.scheme.no-block", "quantizer=fp8; block=none", "refuse",
         "an FP8 scale covers what? say block=token, 1x128 or 128x128", &kToken},
    Rule{"trtllm.token.min-scale", "min_scale=1; block!=token", "refuse", "min_scale is an option of block=token",
         &kToken},
    Rule{"trtllm.token.cast", "cast=direct; block!=token", "refuse", "cast is an option of block=token", &kToken},
    Rule{"trtllm.token.clamp", "clamp=1; block!=token", "refuse", "clamp is an option of block=token", &kToken},

    // FP4.
    Rule{"trtllm.exact.2025", "quantizer!=fp8; TRTLLM_DISABLE_FP4_QUANT_FAST_MATH=1; release<=1", "refuse",
         "0193dbd4 knows no TRTLLM_DISABLE_FP4_QUANT_FAST_MATH", &kExact},
    Rule{"trtllm.exact", "quantizer!=fp8; TRTLLM_DISABLE_FP4_QUANT_FAST_MATH=1", "refuse",
         "no recipe stands for exact FP4 built without fast math", &kExact},
    Rule{"trtllm.nvfp4.new", "quantizer=nvfp4; release>=2", "refuse",
         "no recipe stands for NVFP4 after 0193dbd4 built without fast math: say version 0193dbd4, or ask producer "
         "flashinfer",
         &kNvfp4},
    Rule{"trtllm.nvfp4.rounded", "quantizer=nvfp4; zero_test=rounded",
         "rowwise=trtllm/nvfp4-2025-rounded; kernel=a kernel that tests the rounded scale",
         "Some kernels of 2025 call a block zero by its rounded scale.", &kNvfp4},
    Rule{"trtllm.nvfp4", "quantizer=nvfp4", "rowwise=trtllm/nvfp4-2025; kernel=cvt_warp_fp16_to_fp4",
         "The quantizer of 2025 calls a block zero by its scale before rounding.", &kNvfp4},
    Rule{"trtllm.mxfp4.2025", "quantizer=mxfp4; release<=1", "rowwise=trtllm/mxfp4-2025; kernel=cvt_warp_fp16_to_fp4",
         "In 2025 MXFP4 multiplied by MUFU.RCP of its scale, and S entered: the recipe takes it as 1.", &kMxfp4},
    Rule{"trtllm.mxfp8.2025", "quantizer=mxfp8; release<=1", "rowwise=trtllm/mxfp8-2025; kernel=cvt_warp_fp16_to_mxfp8",
         "In 2025 MXFP8 was not clamped to 448.", &kMxfp8},
    Rule{"trtllm.mxfp4", "quantizer=mxfp4", "rowwise=trtllm/mxfp4; kernel=cvt_warp_fp16_to_fp4",
         "FlashInfer's lines without flushing.", &kMxNew},
    Rule{"trtllm.mxfp8", "quantizer=mxfp8", "rowwise=trtllm/mxfp8; kernel=cvt_warp_fp16_to_mxfp8",
         "FlashInfer's lines without flushing: amax itself says whether a block is zero.", &kMxNew},

    // FP8.
    Rule{"trtllm.fp8.clamp", "quantizer=fp8; block=token; clamp=1", "refuse",
         "no recipe stands for FP8 per token with a given range", &kToken},
    Rule{"trtllm.fp8.min-direct", "quantizer=fp8; block=token; min_scale=1; cast=direct", "refuse",
         "no recipe stands for a smallest scale with the helper that converts directly", &kToken},
    Rule{"trtllm.fp8.token-min", "quantizer=fp8; block=token; min_scale=1",
         "rowwise=trtllm/fp8-token-minscale; kernel=perTokenQuantization",
         "The scale is at least 1/(448*512), and the multiplier at most its inverse.", &kToken},
    Rule{"trtllm.fp8.token-direct", "quantizer=fp8; block=token; cast=direct",
         "rowwise=trtllm/fp8-token-direct; kernel=perTokenQuantization",
         "The other copy of the helper converts fp32 to E4M3 directly.", &kToken},
    Rule{"trtllm.fp8.token", "quantizer=fp8; block=token", "rowwise=trtllm/fp8-token; kernel=perTokenQuantization",
         "Scale and multiplier are two divisions; pairs go through bf16 to E4M3.", &kToken},
    Rule{"trtllm.fp8.1x128", "quantizer=fp8; block=1x128", "rowwise=trtllm/fp8-1x128; kernel=scale_1x128",
         "The multiplier is 448 / amax and the stored scale its reciprocal.", &kBlock},
    Rule{"trtllm.fp8.128x128-32", "quantizer=fp8; block=128x128; kernels=fp8_blockscale_gemm",
         "rowwise=trtllm/fp8-128x128-2025; kernel=scale_128x128",
         "The kernel of cutlass_kernels/fp8_blockscale_gemm takes a tile's maximum from some of its rows only.",
         &kBlock},
    Rule{"trtllm.fp8.128x128", "quantizer=fp8; block=128x128", "rowwise=trtllm/fp8-128x128; kernel=scale_128x128",
         "The kernel of blockscale_gemm looks at the whole tile.", &kBlock}};

std::int64_t multiple_of(const Facts& facts) {
  const std::string& quantizer = facts.at("quantizer");
  if (quantizer == "nvfp4") return 16;
  if (quantizer != "fp8") return 32;
  const std::string& block = facts.at("block");
  return block == "128x128" ? 128 : block == "token" ? 8 : 2;
}

void derive(Facts& facts) { facts.emplace("blocks_whole", whole_blocks(facts, multiple_of(facts))); }

}  // namespace

const Producer& trtllm_producer() noexcept {
  static const Producer producer{"trtllm", "TensorRT-LLM",   "TRTLLM_", kWords, kReleases,
                                 kRules,   "after-0193dbd4", derive,    kParts};
  return producer;
}

}  // namespace bitgate::reference
