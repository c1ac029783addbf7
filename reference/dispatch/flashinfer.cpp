// FlashInfer: NVFP4, MXFP4 and MXFP8 of its CUDA kernels (-use_fast_math) and its CuTe kernels, by environment, and its
// FP8 quantizers (flashinfer-vllm-cutlass.md 2 and 3).
#include <array>

#include "bitgate/reference/dispatch/rule.h"

namespace bitgate::reference {
namespace {

using enum WordKind;

constexpr std::string_view kRepository = "flashinfer-ai/flashinfer";
constexpr std::string_view kCommit = "fb28d724";
constexpr std::string_view kUtils = "csrc/nv_internal/tensorrt_llm/kernels/quantization_utils.cuh";
constexpr Source kScale{kRepository, kUtils, kCommit, "flashinfer-vllm-cutlass.md 3.1"};
constexpr Source kFast{kRepository, kUtils, kCommit, "flashinfer-vllm-cutlass.md 3.3"};
constexpr Source kExact{kRepository, kUtils, kCommit, "flashinfer-vllm-cutlass.md 3.4"};
constexpr Source kSearch{kRepository, kUtils, kCommit, "flashinfer-vllm-cutlass.md 3.5"};
constexpr Source kPerToken{kRepository, "csrc/nv_internal/tensorrt_llm/kernels/quantization.cuh", kCommit,
                           "flashinfer-vllm-cutlass.md 3.6"};
constexpr Source kMxfp4{kRepository, kUtils, kCommit, "flashinfer-vllm-cutlass.md 3.7"};
constexpr Source kMxfp8{kRepository, kUtils, kCommit, "flashinfer-vllm-cutlass.md 3.8"};
constexpr Source kNarrow{kRepository, kUtils, kCommit, "flashinfer-vllm-cutlass.md 3.9"};
constexpr Source kCache{kRepository, "csrc/fp4_kv_quantization.cu", kCommit, "flashinfer-vllm-cutlass.md 3.10"};
constexpr Source kReduce{kRepository, "include/flashinfer/comm/trtllm_allreduce_fusion.cuh", kCommit,
                         "flashinfer-vllm-cutlass.md 3.10"};
constexpr Source kMoeReduce{kRepository, "include/flashinfer/comm/trtllm_moe_allreduce_fusion.cuh", kCommit,
                            "flashinfer-vllm-cutlass.md 3.10"};
constexpr Source kPacked{kRepository, "kPerTokenGroupFP8Packed", kCommit, "flashinfer-vllm-cutlass.md 3.10"};
constexpr Source kCute{kRepository, "flashinfer/quantization/quantization_cute_dsl_utils.py", kCommit,
                       "flashinfer-vllm-cutlass.md 3.11"};
constexpr Source kNorm{kRepository, "flashinfer/cute_dsl/rmsnorm_fp4quant.py", kCommit,
                       "flashinfer-vllm-cutlass.md 3.11"};
constexpr Source kSilu{kRepository, kUtils, kCommit, "flashinfer-vllm-cutlass.md 3.12"};
constexpr Source kToken{kRepository, "csrc/nv_internal/tensorrt_llm/kernels/quantization.cuh", kCommit,
                        "flashinfer-vllm-cutlass.md 3.14"};
constexpr Source kBlock{kRepository, "csrc/nv_internal/tensorrt_llm/kernels/cutlass_kernels/fp8_blockscale_gemm",
                        kCommit, "flashinfer-vllm-cutlass.md 3.15"};
constexpr Source kTile{kRepository, "flashinfer/quantization/kernels/cutile/per_token_group_quant_8bit_cutile.py",
                       kCommit, "flashinfer-vllm-cutlass.md 3.16"};

constexpr std::array kWords{
    Word{"quantizer", "nvfp4|mxfp4|mxfp8|fp8", "nvfp4", kOption, "the scheme", &kFast},
    Word{"dtype", "fp32|bf16|f16", "", kOption, "type of the input", &kFast},
    Word{"direction", "rowwise", "rowwise", kOption, "blocks along the last dimension", &kFast},
    Word{"op", "quantize|vecmax|kv|allreduce|moe-allreduce|silu|rmsnorm|fp8-to-fp4|layernorm|smooth|moe-block",
         "quantize", kOption, "the quantizer alone, or the kernel that it is a part of", &kCache},
    Word{"backend", "cuda|cute-dsl|host", "cuda", kOption, "whose code runs", &kCute},
    Word{"scale", "tensor|row", "tensor", kOption, "one global scale, or one a row", &kScale},
    Word{"inverse", "0|1", "0", kOption, "the caller gives 1/S", &kScale},
    Word{"per_token", "0|1", "0", kOption, "S is made from each row's own maximum", &kPerToken},
    Word{"nvcc", "12.8|12.9|13.0", "13.0", kOption, "compiler of the CUDA kernels", &kSearch},
    Word{"block", "none|tensor|token|1x128|128x128|group", "none", kOption, "what an FP8 scale covers", &kToken},
    Word{"min_scale", "0|1", "0", kOption, "FP8 per token with a smallest scale", &kToken},
    Word{"cast", "bf16|direct", "bf16", kOption, "FP8 per token: the helper that converts pairs", &kToken},
    Word{"clamp", "0|1", "0", kOption, "FP8 per token with a given range", &kToken},
    Word{"path", "cutile|packed", "cutile", kOption, "FP8 of groups: cuTile's, or the kernel of packed scales", &kTile},
    Word{"layout", "row|column", "row", kOption, "cuTile's scales", &kTile},
    Word{"ue8m0", "0|1", "0", kOption, "cuTile's scales as powers of two", &kTile},
    Word{"FLASHINFER_DISABLE_FP4_QUANT_FAST_MATH", "0|1", "0", kEnvironment, "FP4 in TransformerEngine's order",
         &kExact},
    Word{"TRTLLM_DISABLE_FP4_QUANT_FAST_MATH", "0|1", "0", kEnvironment, "the same under its older name", &kExact},
    Word{"FLASHINFER_NVFP4_4OVER6", "0|1", "0", kEnvironment, "block maximum to 4 or to 6, whichever errs less",
         &kSearch},
    Word{"FLASHINFER_NVFP4_4OVER6_ERR_MODE", "MAE|MSE", "MAE", kEnvironment, "the error that 4over6 compares",
         &kSearch},
    Word{"FLASHINFER_NVFP4_4OVER6_ERR_USE_FAST_MATH", "0|1", "0", kEnvironment, "4over6's error through binary16",
         &kSearch},
    Word{"FLASHINFER_NVFP4_4OVER6_E4M3_USE_256", "0|1", "0", kEnvironment, "4over6 plans for scales up to 256",
         &kSearch},
    Word{"device", "", "", kDerived, "--arch (e.g. sm_100a)", &kFast},
    Word{"cc", "", "", kDerived, "--arch (e.g. sm_100a)", &kFast},
    Word{"blocks_whole", "", "", kDerived, "--shape ROWSxCOLS", &kFast}};

constexpr std::array kReleases{Release{"fb28d724", 1}};
constexpr std::array<std::string_view, 1> kParts{"rowwise"};

constexpr std::array kRules{
    // The build: two names of one switch.
    Rule{"flashinfer.env.exact", "FLASHINFER_DISABLE_FP4_QUANT_FAST_MATH=1", "build=exact",
         "FLASHINFER_DISABLE_FP4_QUANT_FAST_MATH=1: S * 1/6 first, IEEE divisions, a multiplier of at most FLT_MAX; "
         "-use_fast_math still flushes.",
         &kExact},
    Rule{"flashinfer.env.exact-trtllm", "TRTLLM_DISABLE_FP4_QUANT_FAST_MATH=1", "build=exact",
         "TRTLLM_DISABLE_FP4_QUANT_FAST_MATH=1 is the same switch.", &kExact},
    Rule{"flashinfer.env.fast", "", "build=fast", "", &kFast},
    Rule{"flashinfer.env.256", "FLASHINFER_NVFP4_4OVER6_E4M3_USE_256=1", "largest=256", "", &kSearch},
    Rule{"flashinfer.env.448", "", "largest=448", "", &kSearch},
    Rule{"flashinfer.env.mse", "FLASHINFER_NVFP4_4OVER6_ERR_MODE=MSE", "error=mse", "", &kSearch},
    Rule{"flashinfer.env.mae", "", "error=mae", "", &kSearch},
    Rule{"flashinfer.env.errfast", "FLASHINFER_NVFP4_4OVER6_ERR_USE_FAST_MATH=1", "errors=-errfast", "", &kSearch},
    Rule{"flashinfer.env.errstrict", "", "errors=", "", &kSearch},

    // What there is, and on which chip.
    Rule{"flashinfer.host.scheme", "backend=host; quantizer!=mxfp8", "refuse", "the host has a function of MXFP8 only",
         &kMxfp8},
    Rule{"flashinfer.host.op", "quantizer=mxfp8; backend=host; op!=quantize", "refuse",
         "the host's function quantizes, without {op}", &kMxfp8},
    Rule{"flashinfer.host.dtype", "quantizer=mxfp8; backend=host; dtype!=fp32", "refuse",
         "mxfp8_quantize_host takes fp32", &kMxfp8},
    Rule{"flashinfer.cpu", "backend!=host; device=cpu", "refuse",
         "FlashInfer's kernels run on GPUs; MXFP8 has backend=host", &kMxfp8},
    Rule{"flashinfer.arch", "quantizer!=fp8; backend!=host; op!=kv; cc<=99", "refuse",
         "FP4 and MX kernels need sm_100 or later", &kFast},
    Rule{"flashinfer.blocks", "blocks_whole=no", "refuse", "the last dimension has to be a multiple of the block",
         &kFast},

    // Which options belong to which scheme.
    Rule{"flashinfer.scheme.per-token", "quantizer!=nvfp4; per_token=1", "refuse", "per_token is an option of NVFP4",
         &kPerToken},
    Rule{"flashinfer.scheme.scale", "quantizer!=nvfp4; scale=row", "refuse",
         "{quantizer} reads no global scale: scale is an option of NVFP4", &kScale},
    Rule{"flashinfer.scheme.inverse", "quantizer!=nvfp4; inverse=1", "refuse",
         "{quantizer} reads no global scale: inverse is an option of NVFP4", &kScale},
    Rule{"flashinfer.scheme.block", "quantizer!=fp8; block!=none", "refuse", "block is an option of FP8", &kToken},
    Rule{"flashinfer.scheme.no-block", "quantizer=fp8; block=none", "refuse",
         "an FP8 scale covers what? say block=token, 1x128, 128x128 or group", &kToken},
    Rule{"flashinfer.token.min-scale", "min_scale=1; block!=token", "refuse", "min_scale is an option of block=token",
         &kToken},
    Rule{"flashinfer.token.cast", "cast=direct; block!=token", "refuse", "cast is an option of block=token", &kToken},
    Rule{"flashinfer.token.clamp", "clamp=1; block!=token", "refuse", "clamp is an option of block=token", &kToken},
    Rule{"flashinfer.group.path", "path=packed; block!=group", "refuse", "path is an option of block=group", &kPacked},
    Rule{"flashinfer.group.layout", "layout=column; block!=group", "refuse", "layout is an option of block=group",
         &kTile},
    Rule{"flashinfer.group.ue8m0", "ue8m0=1; block!=group", "refuse", "ue8m0 is an option of block=group", &kTile},
    Rule{"flashinfer.dtype", "backend!=host; dtype=fp32; per_token=0", "refuse",
         "the kernels take bf16 and f16; fp32 has the per-token kernel alone (per_token=1)", &kPerToken},

    // Which kernels a quantizer is a part of, and whose they are.
    Rule{"flashinfer.op.fp8", "quantizer=fp8; block!=none; op!=quantize", "refuse",
         "no recipe stands for FP8 in op {op}", &kReduce},
    Rule{"flashinfer.op.mxfp8", "quantizer=mxfp8; op!=quantize", "refuse", "no recipe stands for MXFP8 in op {op}",
         &kMxfp8},
    Rule{"flashinfer.op.mxfp4", "quantizer=mxfp4; op!=quantize|rmsnorm", "refuse",
         "no recipe stands for MXFP4 in op {op}", &kMxfp4},
    Rule{"flashinfer.op.fp8-to-fp4", "quantizer=nvfp4; op=fp8-to-fp4", "refuse",
         "no recipe stands for FP4 made from FP8: no input of this program is FP8", &kNarrow},
    Rule{"flashinfer.op.other", "quantizer=nvfp4; op=layernorm|smooth|moe-block", "refuse",
         "no recipe stands for NVFP4 in op {op}", &kReduce},
    Rule{"flashinfer.op.norm-backend", "op=rmsnorm; backend=cuda", "refuse",
         "the norm with FP4 is a CuTe kernel: backend=cute-dsl", &kNorm},
    Rule{"flashinfer.op.cuda", "op=vecmax|kv|allreduce|moe-allreduce; backend=cute-dsl", "refuse",
         "op {op} is CUDA code: backend=cuda", &kReduce},
    Rule{"flashinfer.op.fp8-backend", "quantizer=fp8; block!=none; backend=cute-dsl", "refuse",
         "no note knows CuTe kernels of FP8", &kTile},
    Rule{"flashinfer.op.scale", "op!=quantize; scale=row", "refuse", "op {op} with a scale a row is in no note",
         &kScale},
    Rule{"flashinfer.op.inverse", "op!=quantize; inverse=1", "refuse", "op {op} with 1/S given is in no note", &kScale},
    Rule{"flashinfer.op.per-token", "op!=quantize; per_token=1", "refuse",
         "the per-token kernel quantizes, without {op}", &kPerToken},
    Rule{"flashinfer.per-token.scale", "per_token=1; scale=row", "refuse",
         "per_token=1 makes S from each row: scale=row is for a caller who gives it", &kPerToken},
    Rule{"flashinfer.per-token.inverse", "per_token=1; inverse=1", "refuse",
         "per_token=1 makes S from each row: there is none to invert", &kPerToken},
    Rule{"flashinfer.scale.both", "scale=row; inverse=1", "refuse",
         "no recipe stands for scales a row that are given inverted", &kScale},
    Rule{"flashinfer.cute.scale", "backend=cute-dsl; scale=row", "refuse",
         "CuTe kernels with a scale a row are in no note", &kCute},
    Rule{"flashinfer.cute.inverse", "backend=cute-dsl; inverse=1", "refuse", "CuTe kernels given 1/S are in no note",
         &kCute},
    Rule{"flashinfer.cute.per-token", "backend=cute-dsl; per_token=1", "refuse",
         "no recipe stands for the per-token kernel of CuTe", &kPerToken},

    // What the two switches are known to reach.
    Rule{"flashinfer.exact.mx", "quantizer=mxfp4|mxfp8; backend!=host; build=exact", "refuse",
         "the notes state MXFP4 and MXFP8 without the switch of exact FP4 only", &kMxfp4},
    Rule{"flashinfer.exact.op", "quantizer=nvfp4; op!=quantize|vecmax; build=exact", "refuse",
         "no recipe stands for op {op} with the switch of exact FP4", &kExact},
    Rule{"flashinfer.exact.fp32", "dtype=fp32; per_token=1; build=exact", "refuse",
         "the per-token kernel of fp32 with the switch of exact FP4 is in no note", &kPerToken},
    Rule{"flashinfer.fast.vecmax", "op=vecmax; build=fast", "refuse",
         "no recipe stands for op vecmax without the switch of exact FP4", &kExact},
    Rule{"flashinfer.4over6.op", "quantizer=nvfp4; op!=quantize; FLASHINFER_NVFP4_4OVER6=1", "refuse",
         "no recipe stands for op {op} with 4over6", &kSearch},
    Rule{"flashinfer.4over6.cute", "quantizer=nvfp4; backend=cute-dsl; FLASHINFER_NVFP4_4OVER6=1", "refuse",
         "no recipe stands for CuTe kernels with 4over6", &kSearch},
    Rule{"flashinfer.4over6.row", "scale=row; FLASHINFER_NVFP4_4OVER6=1", "refuse",
         "no recipe stands for 4over6 with a scale a row given by the caller", &kSearch},
    Rule{"flashinfer.4over6.inverse", "inverse=1; FLASHINFER_NVFP4_4OVER6=1", "refuse",
         "no recipe stands for 4over6 given 1/S", &kSearch},
    Rule{"flashinfer.4over6.fp32", "dtype=fp32; per_token=1; FLASHINFER_NVFP4_4OVER6=1", "refuse",
         "the per-token kernel of fp32 with 4over6 is in no note", &kSearch},

    // NVFP4 as a part of another kernel.
    Rule{"flashinfer.rmsnorm", "quantizer=nvfp4; op=rmsnorm",
         "rowwise=flashinfer/nvfp4-cute-rmsnorm; kernel=rmsnorm_fp4quant",
         "x * w is rounded to 16 bits and the block's maximum multiplied by the row's factor, which the recipe takes "
         "from the caller: its sum's order is not stated.",
         &kNorm},
    Rule{"flashinfer.rmsnorm-mxfp4", "quantizer=mxfp4; op=rmsnorm",
         "rowwise=flashinfer/rmsnorm-mxfp4-cute; kernel=rmsnorm_fp4quant",
         "The norm's MXFP4 takes its scale's exponent from lg2.approx.", &kNorm},
    Rule{"flashinfer.silu-cute", "op=silu; backend=cute-dsl",
         "rowwise=flashinfer/silu-nvfp4-cute; kernel=silu_and_mul (CuTe)",
         "SiLU by an IEEE division; the product is rounded to the input's type.", &kSilu},
    Rule{"flashinfer.silu", "op=silu", "rowwise=flashinfer/silu-nvfp4-fast; kernel=experts kernel, silu_and_mul",
         "SiLU by div.approx and ex2.approx; the product is rounded to the input's type.", &kSilu},
    Rule{"flashinfer.kv", "op=kv", "rowwise=flashinfer/nvfp4-kv; kernel=fp4_kv_quantization",
         "The KV cache is given the decoding scale g, and multiplies by MUFU.RCP(g).", &kCache},
    Rule{"flashinfer.allreduce", "op=allreduce", "rowwise=flashinfer/nvfp4-allreduce; kernel=trtllm_allreduce_fusion",
         "The all-reduce divides S by the scale, approximately.", &kReduce},
    Rule{"flashinfer.moe-allreduce", "op=moe-allreduce",
         "rowwise=flashinfer/nvfp4-moe-allreduce; kernel=trtllm_moe_allreduce_fusion",
         "As the fast quantizer, but the rounded scale decides whether a block is zero.", &kMoeReduce},
    Rule{"flashinfer.vecmax", "op=vecmax",
         "rowwise=flashinfer/nvfp4-vecmax-exact; kernel=cvt_warp_fp16_to_fp4_with_vec_max",
         "Given the maximum and 1/S, the exact branch has no bound of FLT_MAX.", &kExact},

    // NVFP4 alone.
    Rule{"flashinfer.per-token.fp32", "per_token=1; dtype=fp32",
         "rowwise=flashinfer/nvfp4-pertoken-fp32; kernel=nvfp4QuantAndPerTokenScaleFP32Kernel",
         "The kernel of fp32 makes its codes before the scale is rounded.", &kPerToken},
    Rule{"flashinfer.per-token.4over6", "per_token=1; FLASHINFER_NVFP4_4OVER6=1",
         "rowwise=flashinfer/nvfp4-pertoken-4over6-{largest}-{error}{errors}-{build}; "
         "kernel=nvfp4QuantAndPerTokenScaleKernel",
         "A thread holds a block, and a row's own maximum enters 4over6's error; globalScaleInv is 1 over 6 times the "
         "largest scale.",
         &kPerToken},
    Rule{"flashinfer.per-token", "per_token=1",
         "rowwise=flashinfer/nvfp4-pertoken-{build}; kernel=nvfp4QuantAndPerTokenScaleKernel",
         "A row's own maximum takes the tensor's place; globalScaleInv is 1/2688.", &kPerToken},
    Rule{"flashinfer.4over6.8", "quantizer=nvfp4; FLASHINFER_NVFP4_4OVER6=1; nvcc=12.8", "eights=-8",
         "Built before 12.9, a thread holds 8 elements: a block's error is the sum of two sums.", &kSearch},
    Rule{"flashinfer.4over6.16", "quantizer=nvfp4; FLASHINFER_NVFP4_4OVER6=1",
         "eights=", "From nvcc 12.9 on a thread holds a block's 16 elements and sums their errors in order.", &kSearch},
    Rule{"flashinfer.4over6", "quantizer=nvfp4; FLASHINFER_NVFP4_4OVER6=1",
         "rowwise=flashinfer/nvfp4-4over6-{largest}-{error}{errors}-{build}{eights}; kernel=cvt_warp_fp16_to_fp4",
         "FLASHINFER_NVFP4_4OVER6=1: two candidates a block, the smaller error wins; S is made for scales up to "
         "{largest}.",
         &kSearch},
    Rule{"flashinfer.cute", "quantizer=nvfp4; backend=cute-dsl",
         "rowwise=flashinfer/nvfp4-cute-{build}; kernel=nvfp4_quantize (CuTe)",
         "CuTe kernels do not flush; their fast form calls a block zero by its rounded scale.", &kCute},
    Rule{"flashinfer.row", "quantizer=nvfp4; scale=row",
         "rowwise=flashinfer/nvfp4-{build}-row; kernel=cvt_warp_fp16_to_fp4", "The caller gives one S a row.", &kScale},
    Rule{"flashinfer.inverse", "quantizer=nvfp4; inverse=1",
         "rowwise=flashinfer/nvfp4-{build}-inverse; kernel=cvt_warp_fp16_to_fp4",
         "The kernel inverts what it is given: by MUFU.RCP, or by a division in the exact build.", &kScale},
    Rule{"flashinfer.nvfp4", "quantizer=nvfp4", "rowwise=flashinfer/nvfp4-{build}; kernel=cvt_warp_fp16_to_fp4",
         "The CUDA quantizer under -use_fast_math; the caller gives S = 2688 / amax.", &kFast},

    // MX.
    Rule{"flashinfer.mxfp8-host", "quantizer=mxfp8; backend=host; dtype=fp32",
         "rowwise=flashinfer/mxfp8-host; kernel=mxfp8_quantize_host",
         "The host's function: a scale byte of 0 multiplies by 1, not by 0.", &kMxfp8},
    Rule{"flashinfer.mx-cute", "quantizer=mxfp4|mxfp8; backend=cute-dsl",
         "rowwise=flashinfer/{quantizer}-cute; kernel={quantizer}_quantize (CuTe)",
         "CuTe rounds the exponent by integer steps, keeps subnormals, and gives a NaN byte 254.", &kCute},
    Rule{"flashinfer.mxfp4", "quantizer=mxfp4", "rowwise=flashinfer/mxfp4; kernel=cvt_warp_fp16_to_fp4",
         "amax / 6 up to a power of two; S is not read.", &kMxfp4},
    Rule{"flashinfer.mxfp8", "quantizer=mxfp8", "rowwise=flashinfer/mxfp8; kernel=cvt_warp_fp16_to_mxfp8",
         "amax / 448 up to a power of two; a flushed scale makes its block zero.", &kMxfp8},

    // FP8.
    Rule{"flashinfer.fp8.tensor", "quantizer=fp8; block=tensor", "refuse",
         "no recipe stands for FP8 under one scale of the caller", &kReduce},
    Rule{"flashinfer.fp8.clamp", "quantizer=fp8; block=token; clamp=1", "refuse",
         "no recipe stands for FP8 per token with a given range", &kToken},
    Rule{"flashinfer.fp8.min-direct", "quantizer=fp8; block=token; min_scale=1; cast=direct", "refuse",
         "no recipe stands for a smallest scale with the helper that converts directly", &kToken},
    Rule{"flashinfer.fp8.token-min", "quantizer=fp8; block=token; min_scale=1",
         "rowwise=flashinfer/fp8-token-minscale; kernel=perTokenQuantization",
         "The scale is at least 1/(448*512), and the multiplier at most its inverse.", &kToken},
    Rule{"flashinfer.fp8.token-direct", "quantizer=fp8; block=token; cast=direct",
         "rowwise=flashinfer/fp8-token-direct; kernel=perTokenQuantization",
         "The helper of include/flashinfer/trtllm converts fp32 to E4M3 directly.", &kToken},
    Rule{"flashinfer.fp8.token", "quantizer=fp8; block=token",
         "rowwise=flashinfer/fp8-token; kernel=perTokenQuantization",
         "Scale and multiplier are two approximate divisions; pairs go through bf16 to E4M3.", &kToken},
    Rule{"flashinfer.fp8.block", "quantizer=fp8; block=1x128|128x128",
         "rowwise=flashinfer/fp8-{block}; kernel=scale_{block}",
         "The multiplier is 448 / amax and the stored scale its reciprocal, both approximate.", &kBlock},
    Rule{"flashinfer.fp8.packed", "quantizer=fp8; block=group; path=packed",
         "rowwise=flashinfer/fp8-group-packed; kernel=kPerTokenGroupFP8Packed",
         "Powers of two, four bytes a word; y_s is at least 1e-10.", &kPacked},
    Rule{"flashinfer.fp8.tile-row-ue8m0", "quantizer=fp8; block=group; path=cutile; ue8m0=1; layout=row", "refuse",
         "cuTile's scale_ue8m0 needs column-major scales: layout=column", &kTile},
    Rule{"flashinfer.fp8.tile-ue8m0", "quantizer=fp8; block=group; path=cutile; ue8m0=1; layout=column",
         "rowwise=flashinfer/fp8-cutile-ue8m0; kernel=per_token_group_quant_8bit_cutile",
         "cuTile's scale up to a power of two.", &kTile},
    Rule{"flashinfer.fp8.tile", "quantizer=fp8; block=group",
         "rowwise=flashinfer/fp8-cutile-{layout}; kernel=per_token_group_quant_8bit_cutile",
         "cuTile multiplies by 1 / y_s with row-major scales and divides by y_s with column-major ones.", &kTile}};

// Columns that a block's kernel asks for.
std::int64_t multiple_of(const Facts& facts) {
  const std::string& quantizer = facts.at("quantizer");
  if (quantizer == "nvfp4") return 16;
  if (quantizer != "fp8") return 32;
  const std::string& block = facts.at("block");
  return block == "group" || block == "128x128" ? 128 : block == "token" ? 8 : 2;
}

void derive(Facts& facts) { facts.emplace("blocks_whole", whole_blocks(facts, multiple_of(facts))); }

}  // namespace

const Producer& flashinfer_producer() noexcept {
  static const Producer producer{"flashinfer", "FlashInfer", "FLASHINFER_", kWords, kReleases,
                                 kRules,       "fb28d724",   derive,        kParts};
  return producer;
}

}  // namespace bitgate::reference
