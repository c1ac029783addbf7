// SGLang's sgl-kernel: one source in two libraries, the one for sm_90 with -use_fast_math
// (flashinfer-vllm-cutlass.md 2 and 5).
#include <array>

#include "bitgate/reference/dispatch/rule.h"

namespace bitgate::reference {
namespace {

using enum WordKind;

constexpr std::string_view kRepository = "sgl-project/sglang";
constexpr Source kLibraries{kRepository, "sgl-kernel/CMakeLists.txt, 00390b86; python/sgl_kernel/load_utils.py",
                            "00acd8d7", "flashinfer-vllm-cutlass.md 2"};
constexpr Source kFp4{kRepository, "sgl-kernel/csrc/gemm/nvfp4_quant_kernels.cu", "1636e190",
                      "flashinfer-vllm-cutlass.md 5"};
constexpr Source kFirst{kRepository, "sgl-kernel/csrc/gemm/per_token_group_quant_8bit.cu", "00568d90",
                        "flashinfer-vllm-cutlass.md 5"};
constexpr Source kSecond{kRepository, "sgl-kernel/csrc/gemm/per_token_group_quant_8bit_v2.cu", "037cd6ea",
                         "flashinfer-vllm-cutlass.md 5"};
constexpr Source kToken{kRepository, "sgl-kernel/csrc/gemm/per_token_quant_fp8.cu", "0490047f",
                        "flashinfer-vllm-cutlass.md 5"};

constexpr std::array kWords{
    Word{"quantizer", "nvfp4|mxfp4|fp8", "nvfp4", kOption, "the scheme", &kFp4},
    Word{"dtype", "fp32|bf16|f16", "", kOption, "type of the input", &kFp4},
    Word{"direction", "rowwise", "rowwise", kOption, "blocks along the last dimension", &kFp4},
    Word{"op", "quantize|experts|silu", "quantize", kOption, "the quantizer alone, or the kernel that it is a part of",
         &kFp4},
    Word{"granularity", "none|group|token", "none", kOption, "what an FP8 scale covers", &kFirst},
    Word{"v", "1|2", "2", kOption, "per_token_group_quant_8bit, or its v2", &kSecond},
    Word{"ue8m0", "0|1", "0", kOption, "FP8 groups: scales as powers of two", &kFirst},
    Word{"layout", "row|column", "", kOption, "FP8 groups: how v2's scales lie", &kSecond},
    Word{"multiprocessors", "#", "", kOption, "of the GPU: FP8 per token has another kernel for few rows", &kToken},
    Word{"device", "", "", kDerived, "--arch (e.g. sm_90)", &kLibraries},
    Word{"cc", "", "", kDerived, "--arch (e.g. sm_90)", &kLibraries},
    Word{"many_rows", "", "", kDerived, "--shape ROWSxCOLS and multiprocessors=N", &kToken},
    Word{"blocks_whole", "", "", kDerived, "--shape ROWSxCOLS", &kFp4}};

constexpr std::array kReleases{Release{"1636e190", 1}};
constexpr std::array<std::string_view, 1> kParts{"rowwise"};

constexpr std::array kRules{
    Rule{"sglang.cpu", "device=cpu", "refuse", "sgl-kernel's CPU code is in no note", &kLibraries},
    Rule{"sglang.dtype", "dtype=fp32", "refuse", "no recipe stands for fp32: bf16 and f16 have one", &kFirst},
    Rule{"sglang.mxfp4", "quantizer=mxfp4", "refuse",
         "the E8M0 branch of SGLang's FP4 kernel is never launched: which blocks it would have is not stated", &kFp4},
    Rule{"sglang.arch", "quantizer=nvfp4; cc<=99", "refuse", "FP4 kernels need sm_100 or later", &kFp4},
    Rule{"sglang.blocks", "blocks_whole=no", "refuse", "the last dimension has to be a multiple of the block", &kFp4},
    Rule{"sglang.scheme.granularity", "quantizer!=fp8; granularity!=none", "refuse", "granularity is an option of FP8",
         &kFirst},
    Rule{"sglang.scheme.no-granularity", "quantizer=fp8; granularity=none", "refuse",
         "an FP8 scale covers what? say granularity=group or token", &kFirst},
    Rule{"sglang.group.ue8m0", "granularity!=group; ue8m0=1", "refuse", "ue8m0 is an option of granularity=group",
         &kFirst},
    Rule{"sglang.group.v", "granularity!=group; v=1", "refuse", "v is an option of granularity=group", &kFirst},

    // NVFP4.
    Rule{"sglang.nvfp4.silu", "quantizer=nvfp4; op=silu", "refuse", "no recipe stands for SGLang's NVFP4 behind SiLU",
         &kFp4},
    Rule{"sglang.nvfp4.experts", "quantizer=nvfp4; op=experts", "rowwise=sglang/nvfp4; kernel=scaled_fp4_experts_quant",
         "The experts' kernel moves scales: its arithmetic is the quantizer's.", &kFp4},
    Rule{"sglang.nvfp4", "quantizer=nvfp4", "rowwise=sglang/nvfp4; kernel=scaled_fp4_quant",
         "FP4 runs on sm_100 and later, so in the precise library; the rounded scale decides whether a block is zero.",
         &kFp4},

    // FP8: the library, then the kernel.
    Rule{"sglang.library.sm90", "quantizer=fp8; granularity!=none; cc=90", "build=-sm90",
         "On sm_90 the library built with -use_fast_math is loaded: approximate divisions, flushed subnormals.",
         &kLibraries},
    Rule{"sglang.library", "quantizer=fp8", "build=", "On any other GPU the precise library is loaded.", &kLibraries},
    Rule{"sglang.fp8.experts", "quantizer=fp8; granularity!=none; op=experts", "refuse",
         "no recipe stands for FP8 in op experts", &kFirst},
    Rule{"sglang.silu.token", "quantizer=fp8; granularity=token; op=silu", "refuse",
         "SiLU is fused into the group kernel v2 only", &kSecond},
    Rule{"sglang.silu.v1", "quantizer=fp8; granularity=group; op=silu; v=1", "refuse",
         "SiLU is fused into the group kernel v2 only: v=2", &kSecond},
    Rule{"sglang.silu.ue8m0", "quantizer=fp8; granularity=group; op=silu; ue8m0=1", "refuse",
         "no recipe stands for SiLU with UE8M0 scales", &kSecond},
    Rule{"sglang.silu.sm90", "quantizer=fp8; granularity=group; op=silu; build=-sm90",
         "rowwise=sglang/silu-fp8-group-sm90; kernel=per_token_group_quant_8bit_v2 (fuse_silu_and_mul)",
         "The library for sm_90 takes SiLU from __expf.", &kSecond},
    Rule{"sglang.silu", "quantizer=fp8; granularity=group; op=silu",
         "rowwise=sglang/silu-fp8-group; kernel=per_token_group_quant_8bit_v2 (fuse_silu_and_mul)",
         "The precise library takes SiLU from tanh.approx, of which there is no model: the recipe refuses to run.",
         &kSecond},
    Rule{"sglang.group.v1-ue8m0", "quantizer=fp8; granularity=group; v=1; ue8m0=1",
         "rowwise=sglang/fp8-group-v1-ue8m0{build}; kernel=per_token_group_quant_8bit",
         "y_s up to a power of two, whose byte gives the multiplier too.", &kFirst},
    Rule{"sglang.group.v1", "quantizer=fp8; granularity=group; v=1",
         "rowwise=sglang/fp8-group-v1{build}; kernel=per_token_group_quant_8bit",
         "amax / 448 is stored as a product, 448 / amax is a division of its own.", &kFirst},
    Rule{"sglang.group.v2-row", "quantizer=fp8; granularity=group; ue8m0=1; layout=row",
         "rowwise=sglang/fp8-group-v2-ue8m0-row{build}; kernel=per_token_group_quant_8bit_v2",
         "With row-major scales v2 stores the rounded scale and multiplies by the unrounded one's.", &kSecond},
    Rule{"sglang.group.v2-ue8m0", "quantizer=fp8; granularity=group; ue8m0=1",
         "rowwise=sglang/fp8-group-v2-ue8m0{build}; kernel=per_token_group_quant_8bit_v2",
         "y_s up to a power of two, whose byte gives the multiplier too; v2 clamps to 448.", &kSecond},
    Rule{"sglang.group.v2", "quantizer=fp8; granularity=group",
         "rowwise=sglang/fp8-group-v2{build}; kernel=per_token_group_quant_8bit_v2", "v2 clamps to 448.", &kSecond},
    Rule{"sglang.token.many", "quantizer=fp8; granularity=token; many_rows=yes",
         "rowwise=sglang/fp8-token{build}; kernel=per_token_quant_fp8_kernel",
         "From 16 rows a multiprocessor on, a warp takes a row, and a scale of 0 multiplies by 0.", &kToken},
    Rule{"sglang.token.small", "quantizer=fp8; granularity=token",
         "rowwise=sglang/fp8-token-small{build}; kernel=per_token_quant_fp8_small_batch_kernel",
         "With fewer rows the kernel of small batches inverts a scale of 0 too.", &kToken}};

constexpr std::int64_t kRowsPerMultiprocessor = 16;

std::int64_t multiple_of(const Facts& facts) {
  if (facts.at("quantizer") != "fp8") return 16;
  return facts.at("granularity") == "token" ? 4 : 128;
}

void derive(Facts& facts) {
  facts.emplace("blocks_whole", whole_blocks(facts, multiple_of(facts)));
  if (!facts.contains("rows") || !facts.contains("multiprocessors")) return;
  const std::int64_t many = kRowsPerMultiprocessor * whole_number(facts["multiprocessors"]);
  facts.emplace("many_rows", whole_number(facts["rows"]) >= many ? "yes" : "no");
}

}  // namespace

const Producer& sglang_producer() noexcept {
  static const Producer producer{"sglang", "SGLang", "SGLANG_", kWords, kReleases, kRules, "1636e190", derive, kParts};
  return producer;
}

}  // namespace bitgate::reference
