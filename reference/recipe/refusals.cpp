// The table of refusals, and which row speaks for a recipe.
#include "bitgate/reference/recipe/refusals.h"

#include <array>

namespace bitgate::reference {

namespace {

using enum RefusalKind;

constexpr std::string_view kRow = "NVIDIA/TransformerEngine, PR 2931 (c74e5aa37), te.md 3";
constexpr std::string_view kRowTranspose = "NVIDIA/TransformerEngine, PR 3206 (f1d5f8d52), te.md 3";
constexpr std::string_view kGemm = "NVIDIA/TransformerEngine, pytorch/cpp_extensions/gemm.py, d0067d0d, te.md 3.1";
constexpr std::string_view kProduct = "NVIDIA/TransformerEngine, common/recipe/nvfp4.cu, d0067d0d, te.md 8.1";
constexpr std::string_view kFour =
    "NVIDIA/TransformerEngine, common/cast/nvfp4/quantize_4over6_nvfp4.cuh, d0067d0d, te.md 5";
constexpr std::string_view kDispatch =
    "NVIDIA/TransformerEngine, common/cast/dispatch/quantize.cuh, d0067d0d, te.md 1.5";
constexpr std::string_view kRht = "NVIDIA/TransformerEngine, common/hadamard_transform, d0067d0d, te.md 4.3";
constexpr std::string_view kSr = "NVIDIA/TransformerEngine, common/util/curanddx.hpp, d0067d0d, te.md 2.2";
constexpr std::string_view kPyref =
    "NVIDIA/TransformerEngine, pytorch/custom_recipes/reference_nvfp4.py, d0067d0d, te.md 9";
constexpr std::string_view kCtest =
    "NVIDIA/TransformerEngine, tests/cpp/operator/test_cast_nvfp4_transpose.cu, d0067d0d, te.md 9";
constexpr std::string_view kJax = "NVIDIA/TransformerEngine, jax/quantize/quantizer.py, d0067d0d, te.md 9";
constexpr std::string_view kMx = "NVIDIA/TransformerEngine, common/cast/mxfp8, d0067d0d, te.md 6.1";
constexpr std::string_view kFp8 = "NVIDIA/TransformerEngine, common/recipe/current_scaling.cu, d0067d0d, te.md 6.2";
constexpr std::string_view kTeDequantize =
    "NVIDIA/TransformerEngine, common/cast/nvfp4/dequantize_nvfp4.cuh, d0067d0d, te.md 8.2";
constexpr std::string_view kAo =
    "pytorch/ao, torchao/prototype/mx_formats/nvfp4_tensor.py, 36027d82, torchao-and-ocp.md 2.7";
constexpr std::string_view kAoCode =
    "pytorch/ao, torchao/prototype/custom_fp_utils.py, 36027d82, torchao-and-ocp.md 2.1";
constexpr std::string_view kAoMx =
    "pytorch/ao, torchao/prototype/mx_formats/mx_tensor.py, 36027d82, torchao-and-ocp.md 2.4";
constexpr std::string_view kAoTrain =
    "pytorch/ao, torchao/prototype/moe_training/nvfp4_training, 36027d82, torchao-and-ocp.md 2.7";
constexpr std::string_view kMicro = "microsoft/microxcaling, mx/mx_ops.py, 7bc41952, torchao-and-ocp.md 3.3";
constexpr std::string_view kMo =
    "NVIDIA/TensorRT-Model-Optimizer, qtensor/nvfp4_tensor.py, 5a4242faf414, torchao-and-ocp.md 4.1";
constexpr std::string_view kMoTriton =
    "NVIDIA/TensorRT-Model-Optimizer, triton/fp4_kernel.py, 5a4242faf414, torchao-and-ocp.md 4.2";
constexpr std::string_view kMoExt =
    "NVIDIA/TensorRT-Model-Optimizer, src/tensor_quant_mx.cu, 5a4242faf414, torchao-and-ocp.md 4.3";
constexpr std::string_view kMoMx =
    "NVIDIA/TensorRT-Model-Optimizer, qtensor/mxfp4_tensor.py, 5a4242faf414, torchao-and-ocp.md 4.4";
constexpr std::string_view kCt =
    "vllm-project/compressed-tensors, quantization/utils/helpers.py, ac8e2ba82f4e, torchao-and-ocp.md 5.1";
constexpr std::string_view kCtMx =
    "vllm-project/compressed-tensors, quantization/utils/mxfp_utils.py, ac8e2ba82f4e, torchao-and-ocp.md 5.2";
constexpr std::string_view kGf = "graphcore-research/gfloat, src/gfloat/block.py, b142762de8d0, torchao-and-ocp.md 6";
constexpr std::string_view kGgml = "ggml-org/ggml, src/ggml-quants.c, d99724f2, ggml.md 5.4";
constexpr std::string_view kGgmlCuda = "ggml-org/ggml, src/ggml-cuda/quantize.cu, d99724f2, ggml.md 2";
constexpr std::string_view kGgmlNorm = "ggml-org/ggml, src/ggml-cuda/norm.cu, d99724f2, ggml.md 3";

constexpr std::string_view kFlashinfer =
    "flashinfer-ai/flashinfer, csrc/nv_internal/tensorrt_llm/kernels/quantization.cuh, fb28d724, "
    "flashinfer-vllm-cutlass.md 3.6";
constexpr std::string_view kFlashinferNorm =
    "flashinfer-ai/flashinfer, flashinfer/cute_dsl/rmsnorm_fp4quant.py, fb28d724, flashinfer-vllm-cutlass.md 3.11";
constexpr std::string_view kSearches = "flashinfer/nvfp4-4over6-* flashinfer/nvfp4-pertoken-*";
constexpr std::string_view kNorms = "flashinfer/nvfp4-cute-rmsnorm flashinfer/rmsnorm-mxfp4-cute";

constexpr std::string_view kInferenceMxSource =
    "flashinfer-ai/flashinfer fb28d724, NVIDIA/TensorRT-LLM 0193dbd4, vllm-project/vllm 20b4ad8e, NVIDIA/cutlass "
    "7107b055, flashinfer-vllm-cutlass.md 3.7, 3.8, 4.2 and 6.1";
constexpr std::string_view kFlashinferHost =
    "flashinfer-ai/flashinfer, csrc/nv_internal/tensorrt_llm/thop/fp8Quantize.cpp, fb28d724, "
    "flashinfer-vllm-cutlass.md 3.8";
constexpr std::string_view kCutlassEpilogue =
    "NVIDIA/cutlass, epilogue/fusion/sm100_visitor_store_tma_warpspecialized.hpp, 7107b055, "
    "flashinfer-vllm-cutlass.md 6.1";
constexpr std::string_view kSglangFp4 =
    "sgl-project/sglang, sgl-kernel/csrc/gemm/nvfp4_quant_kernels.cu, 1636e190, flashinfer-vllm-cutlass.md 5";

constexpr std::string_view kGate =
    "flashinfer-ai/flashinfer fb28d724, vllm-project/vllm 20b4ad8e, sgl-project/sglang 037cd6ea, "
    "flashinfer-vllm-cutlass.md 3.12, 4.1 and 5";

constexpr std::string_view kGated = "flashinfer/silu-* vllm/silu-* sglang/silu-*";
constexpr std::string_view kInferenceMx = "flashinfer/mx* trtllm/mx* vllm/mx* sglang/mx* cutlass/mx*";
constexpr std::string_view kVllmFp8 =
    "vllm-project/vllm, csrc/quantization/w8a8/fp8, 0f5257e2, flashinfer-vllm-cutlass.md 4.3";
constexpr std::string_view kSglangFp8 =
    "sgl-project/sglang, sgl-kernel/csrc/gemm, 037cd6ea, flashinfer-vllm-cutlass.md 5";
constexpr std::string_view kTrtllmFp8 =
    "NVIDIA/TensorRT-LLM, cpp/tensorrt_llm/kernels, 0193dbd4, flashinfer-vllm-cutlass.md 3.14";
constexpr std::string_view kTrtllmBlock =
    "NVIDIA/TensorRT-LLM, fp8_blockscale_gemm_kernel.cuh, flashinfer-vllm-cutlass.md 3.15";
constexpr std::string_view kCutile =
    "flashinfer-ai/flashinfer, flashinfer/quantization/kernels/cutile, fb28d724, flashinfer-vllm-cutlass.md 3.16";
constexpr std::string_view kFlashPacked =
    "flashinfer-ai/flashinfer, kPerTokenGroupFP8Packed, fb28d724, flashinfer-vllm-cutlass.md 3.10";
constexpr std::string_view kDeepSeek =
    "deepseek-ai/DeepSeek-V3, inference/kernel.py, 06231633, flashinfer-vllm-cutlass.md 7";
constexpr std::string_view kDeepGemm =
    "deepseek-ai/DeepGEMM, deep_gemm/utils/math.py, 38939a4c, flashinfer-vllm-cutlass.md 7";
constexpr std::string_view kDeepEp = "deepseek-ai/DeepEP, csrc/kernels, 01cc84a9, flashinfer-vllm-cutlass.md 7";

constexpr std::string_view kEnginesFp8 =
    "vllm/fp8-* sglang/fp8-* trtllm/fp8-* flashinfer/fp8-* deepseek/fp8-* deepgemm/* deepep/fp8-*";
constexpr std::string_view kInfer =
    "flashinfer-ai/flashinfer, quantization_utils.cuh, fb28d724, and the kernels that share its text, "
    "flashinfer-vllm-cutlass.md 3.2, 3.9, 4.1 and 5";
constexpr std::string_view kInferKv =
    "flashinfer-ai/flashinfer, csrc/fp4_kv_quantization.cu, fb28d724, flashinfer-vllm-cutlass.md 3.10";
constexpr std::string_view kVllmReference =
    "vllm-project/vllm, tests/kernels/quantization, 07b13497, flashinfer-vllm-cutlass.md 4.1";
constexpr std::string_view kCutlass =
    "NVIDIA/cutlass, include/cutlass/epilogue/fusion, 7107b05535f8, flashinfer-vllm-cutlass.md 6.1";
constexpr std::string_view kCutlassHost =
    "NVIDIA/cutlass, tools/util/include/cutlass/util/reference/host/gett.hpp, 7107b05535f8, "
    "flashinfer-vllm-cutlass.md 6.2 and 6.3";

constexpr std::string_view kEngineNvfp4 =
    "flashinfer/nvfp4-fast flashinfer/nvfp4-exact flashinfer/nvfp4-fast-row flashinfer/nvfp4-exact-row "
    "flashinfer/nvfp4-fast-inverse flashinfer/nvfp4-exact-inverse flashinfer/nvfp4-vecmax-exact "
    "flashinfer/nvfp4-cute-fast flashinfer/nvfp4-cute-exact flashinfer/nvfp4-kv flashinfer/nvfp4-allreduce "
    "flashinfer/nvfp4-moe-allreduce trtllm/nvfp4-* vllm/nvfp4 vllm/nvfp4-pyref sglang/nvfp4";
constexpr std::string_view kTuned = "te/nvfp4-fast te/nvfp4-row-fast te/nvfp4-v1div";

constexpr std::array kRows{
    // Combinations that no recipe stands for.
    Refusal{"te.row-2d", kCombination, "te", "row_scaled=1 2d=1", "row scaling refuses 2D blocks", kRow},
    Refusal{"te.row-rht", kCombination, "te", "row_scaled=1 rht=1 direction=columnwise",
            "row scaling refuses the Hadamard transform", kRow},
    Refusal{"te.row-sr", kCombination, "te", "row_scaled=1 sr=1", "row scaling refuses stochastic rounding", kRow},
    Refusal{"te.row-backward", kCombination, "te", "row_scaled=1 role=gradient NVTE_NVFP4_DISABLE_RHT=1",
            "row scaling refuses stochastic rounding", kRow},
    Refusal{"te.row-grouped", kCombination, "te", "row_scaled=1 grouped=1",
            "grouped tensors: row scaling and 4over6 refuse them", kGemm},
    Refusal{"te.row-4over6-columnwise", kCombination, "te", "row_scaled=1 4over6=1 direction=columnwise",
            "4over6 with row scaling has row-wise output only", kFour},
    Refusal{"te.row-quantized-output", kCombination, "te", "row_scaled=1 output=quantized",
            "the product of row-scaled operands has no quantized output", kGemm},
    Refusal{"te.row-gelu", kCombination, "te", "row_scaled=1 epilogue=gelu",
            "the product of row-scaled operands fuses no GELU", kGemm},
    Refusal{"te.row-bias-gradient", kCombination, "te", "row_scaled=1 epilogue=bias-gradient",
            "the product of row-scaled operands fuses no bias gradient", kGemm},
    Refusal{"te.row-overlap", kCombination, "te", "row_scaled=1 overlap=1",
            "the product of row-scaled operands overlaps with no communication", kGemm},
    Refusal{"te.row-amax-reduction", kCombination, "te", "row_scaled=1 amax_reduction=1",
            "row-scaled column-wise output takes no all-reduced amax", kRowTranspose},
    Refusal{"te.row-columnwise-fp32", kCombination, "te", "row_scaled=1 dtype=fp32",
            "row-scaled column-wise output is bf16 only", kRowTranspose},
    Refusal{"te.row-columnwise-shape", kCombination, "te", "row_scaled=1 shape=48x256",
            "row-scaled column-wise output needs rows and columns in 32s", kRowTranspose},
    Refusal{"te.4over6-sr", kCombination, "te", "4over6=1 sr=1", "4over6 refuses stochastic rounding", kFour},
    Refusal{"te.4over6-rht", kCombination, "te", "4over6=1 rht=1 direction=columnwise",
            "4over6 refuses the Hadamard transform", kFour},
    Refusal{"te.4over6-swizzled", kCombination, "te", "4over6=1 swizzled=1", "4over6 writes no swizzled scales", kFour},
    Refusal{"te.4over6-grouped", kCombination, "te", "4over6=1 grouped=1",
            "grouped tensors: row scaling and 4over6 refuse them", kFour},
    Refusal{"te.rht-fp32", kCombination, "te", "rht=1 dtype=fp32 direction=columnwise",
            "the Hadamard kernels take bf16 only", kRht},
    Refusal{"te.rht-2d", kCombination, "te", "rht=1 2d=1 direction=columnwise",
            "the transform and 2D blocks together are in no rule", kRht},
    Refusal{"te.rht-sr", kCombination, "te", "rht=1 sr=1 direction=columnwise",
            "stochastic rounding of the transformed copy is in no recipe", kSr},
    Refusal{"te.fp16-output", kCombination, "te", "output=f16", "the NVFP4 product refuses FP16 output", kProduct},
    Refusal{"te.blocks", kCombination, "te", "shape=128x250", "a blocked side that is no multiple of 16 is in no rule",
            kDispatch},
    Refusal{"te.hopper", kCombination, "te", "arch=sm_90", "NVFP4 needs the FP4 conversions of sm_100a", kDispatch},
    Refusal{"torchao.f16", kCombination, "torchao", "dtype=f16", "torchao's quantizers take fp32 and bf16", kAo},
    Refusal{"torchao.blocks", kCombination, "torchao", "shape=128x250",
            "the last dimension has to be a multiple of the block", kAoMx},
    Refusal{"torchao.cpu-kernels", kCombination, "torchao", "path=mslk arch=x86", "path mslk exists on GPUs only", kAo},
    Refusal{"ggml.weights-on-cuda", kCombination, "ggml", "role=weight weight_type=q4_0", "CUDA quantizes no weights",
            kGgmlCuda},
    Refusal{"ggml.imatrix", kCombination, "ggml", "role=weight weight_type=q4_0 arch=x86 imatrix=1",
            "with an importance matrix a scale search runs", kGgml},

    // Questions that are open.
    Refusal{"te.rht-fast", kOpen, "te/nvfp4-rht-fast", "to be run",
            "its reciprocal is rcp.approx.ftz of the chip, and what a zero scale and -0 give is not stated", kRht},
    Refusal{"te.jaxref", kOpen, "te/nvfp4-jaxref", "to be run",
            "the notes give its block scale but not its element multiplier", kJax},

    Refusal{"sglang.silu-tanh", kOpen, "sglang/silu-fp8-group", "to be run",
            "SiLU is by tanh.approx.f32, of which there is no model to the bit", kGate},
    Refusal{"sglang.mxfp4", kOpen, "sglang/mxfp4", "to be run",
            "the branch for E8M0 scales is written for blocks of 16, and its launcher never takes it", kSglangFp4},

    // Directions.
    Refusal{"te.rht-rowwise", kRowwise, "te/nvfp4-rht* te/nvfp4-pyref-rht", "the row-wise side alone",
            "the transform is of the column-wise data only", kRht},
    Refusal{"te.row-4over6-transposed", kColumnwise, "te/nvfp4-row-4over6-*", "the column-wise side",
            "4over6 with row scaling has row-wise output only", kFour},
    Refusal{"te.rht-fused-both", kBoth, "te/nvfp4-rht-fused", "both directions",
            "for finite data the fused kernel's row-wise half is te/nvfp4; for NaN and Inf no source states it", kRht},
    Refusal{"te.row-4over6-both", kBoth, "te/nvfp4-row-4over6-*", "both directions",
            "4over6 with row scaling has row-wise output only", kFour},
    Refusal{"te.sr-tuned-transposed", kColumnwise, "te/nvfp4-sr-*-tuned", "the column-wise side",
            "asking the tuned kernel for the transpose changes its random words: that is recipe -tuned-t", kSr},
    Refusal{"te.sr-tuned-both", kBoth, "te/nvfp4-sr-*-tuned", "both directions",
            "asking the tuned kernel for the transpose changes its random words: that is recipe -tuned-t", kSr},
    Refusal{"te.mxfp8-spec-columnwise", kColumnwise, "te/mxfp8-*-spec", "the column-wise side alone",
            "the specialised kernel runs for row-wise output alone or for both directions", kMx},
    Refusal{"torchao.columnwise", kColumnwise, "torchao/*", "the column-wise side",
            "blocks run along the last dimension: the caller transposes", kAo},
    Refusal{"torchao.both", kBoth, "torchao/*", "both directions",
            "blocks run along the last dimension: the caller transposes", kAo},
    Refusal{"mx.columnwise", kColumnwise, "mx/*", "the column-wise side",
            "one call quantizes along one axis, which the caller names", kMicro},
    Refusal{"mx.both", kBoth, "mx/*", "both directions", "one call quantizes along one axis, which the caller names",
            kMicro},
    Refusal{"flashinfer.search-columnwise", kColumnwise, kSearches, "the column-wise side",
            "blocks run along the last dimension only", kFlashinfer},
    Refusal{"flashinfer.search-both", kBoth, kSearches, "both directions", "blocks run along the last dimension only",
            kFlashinfer},
    Refusal{"flashinfer.norm-columnwise", kColumnwise, kNorms, "the column-wise side",
            "blocks run along the row that is normed", kFlashinferNorm},
    Refusal{"flashinfer.norm-both", kBoth, kNorms, "both directions", "blocks run along the row that is normed",
            kFlashinferNorm},
    Refusal{"modelopt.columnwise", kColumnwise, "modelopt/*", "the column-wise side",
            "blocks run along the last dimension: the caller transposes", kMo},
    Refusal{"modelopt.both", kBoth, "modelopt/*", "both directions",
            "blocks run along the last dimension: the caller transposes", kMo},
    Refusal{"compressed-tensors.columnwise", kColumnwise, "compressed-tensors/*", "the column-wise side",
            "groups run along the last dimension: the caller transposes", kCt},
    Refusal{"compressed-tensors.both", kBoth, "compressed-tensors/*", "both directions",
            "groups run along the last dimension: the caller transposes", kCt},
    Refusal{"gfloat.columnwise", kColumnwise, "gfloat/*", "the column-wise side",
            "a call quantizes one block, which the caller names", kGf},
    Refusal{"gfloat.both", kBoth, "gfloat/*", "both directions", "a call quantizes one block, which the caller names",
            kGf},
    Refusal{"ggml.columnwise", kColumnwise, "ggml/*", "the column-wise side", "ggml quantizes rows only", kGgml},
    Refusal{"ggml.both", kBoth, "ggml/*", "both directions", "ggml quantizes rows only", kGgml},
    Refusal{"fp8.columnwise", kColumnwise, kEnginesFp8, "the column-wise side",
            "the engines' FP8 quantizers scale rows, or square tiles, of what they are given", kVllmFp8},
    Refusal{"fp8.both", kBoth, kEnginesFp8, "both directions",
            "the engines' FP8 quantizers scale rows, or square tiles, of what they are given", kVllmFp8},

    Refusal{"silu.columnwise", kColumnwise, kGated, "the column-wise side", "the fused kernels quantize rows only",
            kGate},
    Refusal{"silu.both", kBoth, kGated, "both directions", "the fused kernels quantize rows only", kGate},
    Refusal{"inference.mx-columnwise", kColumnwise, kInferenceMx, "the column-wise side",
            "the MX kernels for inference quantize rows only", kInferenceMxSource},
    Refusal{"inference.mx-both", kBoth, kInferenceMx, "both directions",
            "the MX kernels for inference quantize rows only", kInferenceMxSource},

    Refusal{"engines.nvfp4-columnwise", kColumnwise, kEngineNvfp4, "the column-wise side",
            "blocks run along the last dimension: the caller transposes", kInfer},
    Refusal{"engines.nvfp4-both", kBoth, kEngineNvfp4, "both directions",
            "blocks run along the last dimension: the caller transposes", kInfer},
    Refusal{"cutlass.nvfp4-columnwise", kColumnwise, "cutlass/nvfp4-*", "the column-wise side",
            "this is the row store; the column store is the same of the transposed D", kCutlass},
    Refusal{"cutlass.nvfp4-both", kBoth, "cutlass/nvfp4-*", "both directions",
            "one epilogue stores rows or columns, not both", kCutlass},

    // Types.
    Refusal{"te.row-transposed-type", kColumnwiseType, "te/nvfp4-row", "the column-wise side of fp32 or f16",
            "row-scaled column-wise output is bf16 only", kRowTranspose},
    Refusal{"te.rht-type", kType, "te/nvfp4-rht*", "fp32 or f16", "the Hadamard kernels take bf16 only", kRht},
    Refusal{"te.tuned-type", kType, kTuned, "fp32 or f16", "the tuned 1D kernel runs for bf16 only", kDispatch},
    Refusal{"te.sr-type", kType, "te/nvfp4-sr-*", "fp32 or f16",
            "the tuned 1D and the 2D kernel run for bf16 only: other types go to the fallback", kDispatch},
    Refusal{"te.pyref-type", kType, "te/nvfp4-pyref*", "f16", "the PyTorch reference was read for fp32 and bf16 only",
            kPyref},
    Refusal{"te.mxfp8-spec-type", kType, "te/mxfp8-*-spec", "fp32", "the specialised kernel takes bf16 and f16 only",
            kMx},
    Refusal{"torchao.type", kType, "torchao/*", "f16", "torchao's quantizers take fp32 and bf16", kAo},
    Refusal{"engines.nvfp4-type", kType, kEngineNvfp4, "fp32",
            "the NVFP4 kernels take bf16, f16 and FP8, and FP8 is no input type here", kInfer},
    Refusal{"mx.type", kType, "mx/*", "bf16 or f16",
            "the Python path works in the input's type, and the notes state it for fp32", kMicro},
    Refusal{"flashinfer.pertoken-fp32-type", kType, "flashinfer/nvfp4-pertoken-fp32", "bf16 or f16",
            "16-bit rows have a kernel of their own", kFlashinfer},
    Refusal{"flashinfer.search-type", kType, kSearches, "fp32", "this kernel takes bf16 and f16", kFlashinfer},
    Refusal{"flashinfer.norm-type", kType, kNorms, "fp32", "the norm takes bf16 and f16", kFlashinferNorm},
    Refusal{"compressed-tensors.nvfp4-type", kType, "compressed-tensors/nvfp4-*", "another type",
            "intermediates are rounded to the data's type: fp32 and bf16 are recipes of their own, f16 was not read",
            kCt},
    Refusal{"compressed-tensors.mx-type", kType, "compressed-tensors/mx*", "f16",
            "scales are kept in the data's type, whose exponents f16 lacks", kCtMx},
    Refusal{"gfloat.type", kType, "gfloat/*", "bf16 or f16", "gfloat takes numpy arrays: their numbers widened", kGf},
    Refusal{"ggml.type", kType, "ggml/*", "bf16 or f16", "ggml's quantizers take F32 rows", kGgml},

    Refusal{"silu.type", kType, kGated, "fp32", "the fused kernels take bf16 and f16 only", kGate},
    Refusal{"flashinfer.mxfp8-host-type", kType, "flashinfer/mxfp8-host", "bf16 or f16",
            "the host's MXFP8 takes binary32", kFlashinferHost},
    Refusal{"cutlass.mx-type", kType, "cutlass/mx*", "bf16 or f16",
            "the epilogue quantizes binary32 before anything is rounded to 16 bits", kCutlassEpilogue},
    Refusal{"inference.mx-type", kType, "flashinfer/mx* trtllm/mx* vllm/mx* sglang/mx*", "fp32",
            "the MX kernels for inference take bf16 and f16 only", kInferenceMxSource},
    Refusal{"fp8.vllm-group-type", kType, "vllm/fp8-group*", "fp32",
            "the register kernels of groups of 128 take bf16 and f16 only", kVllmFp8},
    Refusal{"fp8.sglang-type", kType, "sglang/fp8-*", "fp32", "SGLang's FP8 quantizers were read for bf16 and f16 only",
            kSglangFp8},
    Refusal{"fp8.trtllm-type", kType, "trtllm/fp8-* flashinfer/fp8-*", "fp32",
            "the FP8 kernels were read for bf16 and f16 only", kTrtllmFp8},
    Refusal{"fp8.deepseek-type", kType, "deepseek/fp8-*", "fp32", "act_quant was read for bf16 and f16 only",
            kDeepSeek},
    Refusal{"fp8.deepgemm-type", kType, "deepgemm/*", "fp32",
            "DeepGEMM's casts were read for bf16 and f16 only: maxima of fp32 part the two devices further", kDeepGemm},
    Refusal{"fp8.deepep-type", kType, "deepep/fp8-*", "fp32 or f16", "dispatch casts bf16 only", kDeepEp},

    // Multiples.
    Refusal{"te.row-transposed-multiple", kColumnwiseMultiple, "te/nvfp4-row", "a side not in 32s",
            "row-scaled column-wise output needs rows and columns in 32s", kRowTranspose},
    Refusal{"te.rht-fused-rows", kMultiple, "te/nvfp4-rht-fused", "rows not in 64s",
            "the fused transform takes rows in 64s and columns in 128s", kRht},
    Refusal{"te.rht-fused-columns", kColumnwiseMultiple, "te/nvfp4-rht-fused", "columns not in 128s",
            "the fused transform takes rows in 64s and columns in 128s", kRht},
    Refusal{"te.tuned-multiple", kMultiple, kTuned, "a side not in 32s",
            "the tuned 1D kernel runs for rows and columns in 32s", kDispatch},
    Refusal{"te.sr-multiple", kMultiple, "te/nvfp4-sr-*", "a side not in 128s",
            "whether threads outside a ragged tile of 128 draw random words is not stated", kSr},
    Refusal{"te.pyref-multiple", kMultiple, "te/nvfp4-pyref te/nvfp4-pyref-row", "an odd row",
            "two codes share a byte: a row has an even number of them", kPyref},
    Refusal{"te.pyref-blocks", kMultiple, "te/nvfp4-pyref-*", "a side not in 16s",
            "the notes state this variant of the PyTorch reference for whole blocks only", kPyref},
    Refusal{"te.ctest-multiple", kMultiple, "te/nvfp4-ctest*", "columns not in 16s",
            "the C++ test asks for whole blocks of 16", kCtest},
    Refusal{"te.nvfp4-multiple", kMultiple, "te/nvfp4*", "columns not in 16s", "a blocked side is a multiple of 16",
            kDispatch},
    Refusal{"te.mxfp8-spec-multiple", kMultiple, "te/mxfp8-*-spec", "columns not in 128s",
            "the specialised kernel takes row-wise output alone with columns in 128s", kMx},
    Refusal{"te.mxfp8-spec-both-multiple", kColumnwiseMultiple, "te/mxfp8-*-spec", "rows not in 32s",
            "the specialised kernel takes both directions with rows and columns in 32s", kMx},
    Refusal{"te.mxfp8-2d-multiple", kMultiple, "te/mxfp8-*-2d", "a side not in 32s", "square blocks of 32 are whole",
            kMx},
    Refusal{"torchao.train-2d-multiple", kMultiple, "torchao/nvfp4-train-2d", "a side not in 16s",
            "square blocks of 16 are whole", kAoTrain},
    Refusal{"torchao.nvfp4-multiple", kMultiple, "torchao/nvfp4*", "columns not in 16s",
            "the last dimension is a multiple of the block of 16", kAo},
    Refusal{"torchao.mx-multiple", kMultiple, "torchao/mx*", "columns not in 32s",
            "the last dimension is a multiple of the block of 32", kAoMx},
    Refusal{"flashinfer.search-multiple", kMultiple, kSearches, "columns not in 16s", "a row is whole blocks of 16",
            kFlashinfer},
    Refusal{"flashinfer.norm-multiple", kMultiple, "flashinfer/nvfp4-cute-rmsnorm", "columns not in 16s",
            "a row is whole blocks of 16", kFlashinferNorm},
    Refusal{"flashinfer.norm-mx-multiple", kMultiple, "flashinfer/rmsnorm-mxfp4-cute", "columns not in 32s",
            "a row is whole blocks of 32", kFlashinferNorm},
    Refusal{"engines.nvfp4-multiple", kMultiple, kEngineNvfp4, "columns not in 16s", "a row is whole blocks of 16",
            kInfer},
    Refusal{"cutlass.nvfp4-multiple", kMultiple, "cutlass/nvfp4-*", "columns not in whole blocks",
            "a row of D is whole blocks of the output", kCutlass},
    Refusal{"modelopt.nvfp4-multiple", kMultiple, "modelopt/nvfp4*", "columns not in 16s",
            "a padded row has other codes than the notes state", kMo},
    Refusal{"modelopt.mx-multiple", kMultiple, "modelopt/mxfp4 modelopt/mxfp4-cpu", "columns not in 32s",
            "the tensor is viewed as rows of 32", kMoMx},
    Refusal{"compressed-tensors.nvfp4-multiple", kMultiple, "compressed-tensors/nvfp4-*", "columns not in 16s",
            "columns are whole groups of 16", kCt},
    Refusal{"compressed-tensors.mx-multiple", kMultiple, "compressed-tensors/mx*", "columns not in 32s",
            "columns are whole groups of 32", kCtMx},
    Refusal{"gfloat.multiple", kMultiple, "gfloat/*", "columns not in 32s", "a call quantizes one whole block", kGf},
    Refusal{"ggml.nvfp4-multiple", kMultiple, "ggml/nvfp4-cpu", "columns not in 64s",
            "a row is whole blocks of 64 values", kGgml},
    Refusal{"ggml.multiple", kMultiple, "ggml/*", "columns not in 32s", "a row is whole blocks of 32 values", kGgml},
    Refusal{"fp8.vllm-multiple", kMultiple, "vllm/fp8-group*", "columns not in 128s", "a row is whole groups of 128",
            kVllmFp8},
    Refusal{"fp8.sglang-group-multiple", kMultiple, "sglang/fp8-group*", "columns not in 128s",
            "a row is whole groups of 128", kSglangFp8},
    Refusal{"fp8.sglang-token-multiple", kMultiple, "sglang/fp8-token*", "columns not in 4s",
            "the hidden dimension is a multiple of 4", kSglangFp8},
    Refusal{"fp8.trtllm-token-multiple", kMultiple, "trtllm/fp8-token* flashinfer/fp8-token*", "columns not in 8s",
            "a row is whole vectors of 16 bytes", kTrtllmFp8},
    Refusal{"fp8.trtllm-pair-multiple", kMultiple, "trtllm/fp8-1x128 flashinfer/fp8-1x128", "an odd row",
            "elements are loaded in pairs", kTrtllmBlock},
    Refusal{"fp8.trtllm-square-multiple", kMultiple, "trtllm/fp8-128x128* flashinfer/fp8-128x128",
            "columns not in 128s", "over a ragged tile the maximum reads past the row", kTrtllmBlock},
    Refusal{"fp8.cutile-multiple", kMultiple, "flashinfer/fp8-cutile-*", "columns not in 128s",
            "the last dimension is a multiple of the group", kCutile},
    Refusal{"fp8.packed-multiple", kMultiple, "flashinfer/fp8-group-packed", "columns not in 128s",
            "the notes state it for whole groups", kFlashPacked},
    Refusal{"fp8.deepseek-multiple", kMultiple, "deepseek/fp8-*", "columns not in 128s",
            "the last dimension is a multiple of the block", kDeepSeek},
    Refusal{"fp8.deepgemm-multiple", kMultiple, "deepgemm/fp4-*", "an odd row",
            "two codes share a byte: a row has an even number of them", kDeepGemm},
    Refusal{"fp8.deepep-multiple", kMultiple, "deepep/fp8-*", "columns not in 128s",
            "the hidden dimension is whole groups of 128", kDeepEp},

    Refusal{"silu.fp8-multiple", kMultiple, "sglang/silu-*", "columns not in 128s", "a row is whole groups of 128",
            kGate},
    Refusal{"silu.multiple", kMultiple, kGated, "columns not in 16s", "a row is whole blocks of 16", kGate},
    Refusal{"inference.mx-multiple", kMultiple, kInferenceMx, "columns not in 32s",
            "the MX kernels for inference take whole blocks of 32", kInferenceMxSource},

    // Values.
    Refusal{"te.pyref-nan", kNan, "te/nvfp4-pyref*", "a NaN",
            "its amax propagates NaN, and the notes do not state what follows", kPyref},
    Refusal{"te.pyref-rht-infinity", kInfinity, "te/nvfp4-pyref-rht", "an infinity",
            "infinities of both signs make NaN in the transform's sums", kPyref},
    Refusal{"flashinfer.pertoken-4over6-infinity", kInfinity, "flashinfer/nvfp4-pertoken-4over6-*", "an infinity",
            "its S is 0, and whether 1 stands in for it under 4over6 is not stated", kFlashinfer},
    Refusal{"torchao.cpu-nan", kNan, "torchao/nvfp4-cpu torchao/nvfp4-tensorwise-cpu", "a NaN",
            "the payload of a NaN decides its code, and on x86 it is the input's", kAoCode},
    Refusal{"flashinfer.kv-nan", kNan, "flashinfer/nvfp4-kv", "a NaN",
            "its maximum is a chain of comparisons that a NaN breaks off, elsewhere in each thread", kInferKv},
    Refusal{"vllm.pyref-nan", kNan, "vllm/nvfp4-pyref", "a NaN", "its values of NaN have no code", kVllmReference},
    Refusal{"vllm.pyref-infinity", kInfinity, "vllm/nvfp4-pyref", "an infinity", "its values of NaN have no code",
            kVllmReference},
    Refusal{"cutlass.host-nan", kNan, "cutlass/nvfp4-host", "a NaN",
            "its converter keeps a NaN's sign, and the compiler decides which of two NaN a product keeps",
            kCutlassHost},
    Refusal{"modelopt.cpu-nan", kNan, "modelopt/nvfp4-cpu modelopt/nvfp4-clamp-cpu", "a NaN",
            "the tensor's scale is then a NaN of the input's payload, and no note states which survives", kMo},
    Refusal{"modelopt.mx-nan", kNan, "modelopt/mxfp4 modelopt/mxfp4-cpu", "a NaN",
            "the scale byte of a NaN is an undefined conversion", kMoMx},
    Refusal{"modelopt.mx-infinity", kInfinity, "modelopt/mxfp4 modelopt/mxfp4-cpu", "an infinity",
            "the scale byte of an infinity is an undefined conversion", kMoMx},
    Refusal{"modelopt.triton-nan", kNan, "modelopt/nvfp4-fake-triton", "a NaN",
            "the tensor's scale is then a NaN, and the sign of what follows is not stated", kMoTriton},
    Refusal{"modelopt.triton-infinity", kInfinity, "modelopt/nvfp4-fake-triton", "an infinity",
            "the tensor's scale is then infinite, and the sign of the NaN that follows is not stated", kMoTriton},
    Refusal{"modelopt.ext-nan", kNan, "modelopt/*-fake-ext", "a NaN",
            "the sign of a NaN's value is an uninitialised variable", kMoExt},
    Refusal{"compressed-tensors.nvfp4-nan", kNan, "compressed-tensors/nvfp4-*", "a NaN",
            "the code of a NaN is an undefined conversion to int8", kCt},
    Refusal{"compressed-tensors.nvfp4-infinity", kInfinity, "compressed-tensors/nvfp4-*", "an infinity",
            "G is then 0 and the scale NaN: the code of a NaN is an undefined conversion to int8", kCt},
    Refusal{"compressed-tensors.mx-nan", kNan, "compressed-tensors/mx*", "a NaN",
            "a NaN's payload decides the scale, and the code of a NaN is an undefined conversion to int8", kCtMx},
    Refusal{"compressed-tensors.mx-infinity", kInfinity, "compressed-tensors/mx*", "an infinity",
            "an infinity over its scale is a NaN, whose code is an undefined conversion to int8", kCtMx},
    Refusal{"gfloat.nan", kNan, "gfloat/*", "a NaN", "a format without a NaN raises, and the scale is not stated", kGf},
    Refusal{"gfloat.infinity", kInfinity, "gfloat/*", "an infinity", "no note states the scale of an infinity", kGf},
    Refusal{"modelopt.empty", kEmpty, "modelopt/nvfp4*", "an empty tensor", "torch's amax of nothing is an error", kMo},
    Refusal{"compressed-tensors.empty", kEmpty, "compressed-tensors/nvfp4-*", "an empty tensor",
            "torch's amax of nothing is an error", kCt},
    Refusal{"te.pyref-empty", kEmpty, "te/nvfp4-pyref*", "an empty tensor", "torch's amax of nothing is an error",
            kPyref},
    Refusal{"te.fp8-empty", kEmpty, "te/fp8-current-* te/fp8-delayed-*", "an empty tensor",
            "a tensor without numbers has no amax to scale by", kFp8},
    Refusal{"torchao.empty", kEmpty, "torchao/nvfp4-*", "an empty tensor", "torch's amax of nothing is an error", kAo},
    Refusal{"ggml.norm-empty", kEmpty, "ggml/rms_norm*", "an empty tensor", "a row of no columns has no mean",
            kGgmlNorm},
    Refusal{"fp8.trtllm-token-nan", kNan, "trtllm/fp8-token* flashinfer/fp8-token*", "a NaN",
            "what the clamp of 16-bit pairs makes of a NaN was not read", kTrtllmFp8},
    Refusal{"fp8.cutile-nan", kNan, "flashinfer/fp8-cutile-*", "a NaN",
            "what cuTile's maximum and minimum make of a NaN was not read", kCutile},
    Refusal{"fp8.cutile-infinity", kInfinity, "flashinfer/fp8-cutile-*", "an infinity",
            "its scale is infinite and its quotient a NaN, which the clamp meets", kCutile},
    Refusal{"fp8.packed-nan", kNan, "flashinfer/fp8-group-packed", "a NaN",
            "which bound its clamp takes first was not read", kFlashPacked},
    Refusal{"fp8.packed-infinity", kInfinity, "flashinfer/fp8-group-packed", "an infinity",
            "its scale is infinite and its quotient a NaN, which the clamp meets", kFlashPacked},
    Refusal{"fp8.deepgemm-cpu-nan", kNan, "deepgemm/*-cpu", "a NaN",
            "which NaN PyTorch's vectorised CPU cast gives was not read", kDeepGemm},
    Refusal{"fp8.deepgemm-cpu-infinity", kInfinity, "deepgemm/*-cpu", "an infinity",
            "it becomes a NaN, and which one PyTorch's vectorised CPU cast gives was not read", kDeepGemm},
    Refusal{"fp8.vllm-empty", kEmpty, "vllm/fp8-static vllm/fp8-tensor", "an empty tensor",
            "a tensor without numbers has no amax to scale by", kVllmFp8},

    // Codes back to numbers.
    Refusal{"te.dequantize-columnwise", kDequantizeColumnwise, "te/nvfp4*", "values of a column-wise tensor",
            "this producer does not dequantize a column-wise tensor", kTeDequantize},
    Refusal{"engines.nvfp4-dequantize", kDequantize, kEngineNvfp4, "values of codes",
            "no note states in which order this producer multiplies when it dequantizes", kInfer},
    Refusal{"cutlass.nvfp4-dequantize", kDequantize, "cutlass/nvfp4-*", "values of codes",
            "no note states in which order this producer multiplies when it dequantizes", kCutlass},
    Refusal{"gfloat.dequantize", kDequantize, "gfloat/*", "values of codes",
            "no note states in which order this producer multiplies when it dequantizes", kGf},
    Refusal{"ggml.dequantize", kDequantize, "ggml/*", "values of codes",
            "no note states in which order this producer multiplies when it dequantizes", kGgml},
};

// * stands for any text.
constexpr bool matches(std::string_view pattern, std::string_view name) noexcept {
  if (pattern.empty()) return name.empty();
  if (pattern[0] != '*') return !name.empty() && pattern[0] == name[0] && matches(pattern.substr(1), name.substr(1));
  for (std::size_t skipped = 0; skipped <= name.size(); ++skipped)
    if (matches(pattern.substr(1), name.substr(skipped))) return true;
  return false;
}
static_assert(matches("te/nvfp4-sr-*-tuned", "te/nvfp4-sr-hw-tuned"));
static_assert(!matches("te/nvfp4-sr-*-tuned", "te/nvfp4-sr-hw-tuned-t"));

constexpr bool matches_one_of(std::string_view patterns, std::string_view name) noexcept {
  for (;;) {
    const std::size_t end = patterns.find(' ');
    if (matches(patterns.substr(0, end), name)) return true;
    if (end == std::string_view::npos) return false;
    patterns.remove_prefix(end + 1);
  }
}

}  // namespace

std::string_view name_of(RefusalKind kind) noexcept {
  switch (kind) {
    case kRowwise: return "row-wise";
    case kColumnwise: return "column-wise";
    case kBoth: return "both directions";
    case kType: return "type";
    case kColumnwiseType: return "column-wise type";
    case kMultiple: return "multiple";
    case kColumnwiseMultiple: return "column-wise multiple";
    case kNan: return "NaN";
    case kInfinity: return "infinity";
    case kEmpty: return "empty";
    case kOpen: return "open question";
    case kDequantize: return "dequantize";
    case kDequantizeColumnwise: return "dequantize column-wise";
    case kCombination: return "combination";
  }
  return "?";
}

std::span<const Refusal> refusals() noexcept { return kRows; }

const Refusal* find_refusal(std::string_view recipe, RefusalKind kind) noexcept {
  for (const Refusal& row : kRows)
    if (row.kind == kind && kind != kCombination && matches_one_of(row.recipes, recipe)) return &row;
  return nullptr;
}

}  // namespace bitgate::reference
