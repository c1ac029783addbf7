// The DeepSeek family, one library a situation: DeepSeek-V3's Triton kernel, DeepGEMM's PyTorch code, DeepEP's dispatch
// (flashinfer-vllm-cutlass.md 7).
#include <array>

#include "bitgate/reference/dispatch/rule.h"

namespace bitgate::reference {
namespace {

using enum WordKind;

constexpr std::string_view kNote = "flashinfer-vllm-cutlass.md 7";
constexpr Source kTriton{"deepseek-ai/DeepSeek-V3", "inference/kernel.py", "06231633", kNote};
constexpr Source kGemm{"deepseek-ai/DeepGEMM", "deep_gemm/utils/math.py", "38939a4c", kNote};
constexpr Source kDispatch{"deepseek-ai/DeepEP", "csrc/kernels/utils.cuh", "01cc84a9", kNote};
constexpr Source kTritonCast{"triton-lang/triton",
                             "third_party/nvidia/lib/TritonNVIDIAGPUToLLVM/ElementwiseOpToLLVM.cpp", "0043a8d8",
                             "torchao-and-ocp.md 1.2"};
constexpr Source kTorchCast{"pytorch/pytorch", "torch/headeronly/util/Float8_e4m3fn.h", "0316fdce", kNote};
constexpr Source kDivision{"pytorch/pytorch", "aten/src/ATen/native/cuda/BinaryDivTrueKernel.cu", "2.11.0",
                           "torchao-and-ocp.md 1.2"};

constexpr std::array kWords{
    Word{"library", "v3|deepgemm|deepep", "", kOption, "DeepSeek-V3's act_quant, DeepGEMM or DeepEP", &kGemm},
    Word{"quantizer", "fp8|fp4", "fp8", kOption, "the scheme", &kGemm},
    Word{"dtype", "fp32|bf16|f16", "", kOption, "type of the input", &kGemm},
    Word{"direction", "rowwise", "rowwise", kOption, "blocks along the last dimension", &kGemm},
    Word{"block", "1x32|1x128|128x128", "1x128", kOption, "what a scale covers", &kGemm},
    Word{"ue8m0", "0|1", "0", kOption, "scales as powers of two", &kGemm},
    Word{"torch", "2.11|2.12|2.13", "2.11", kOption, "PyTorch, which casts for DeepGEMM", &kTorchCast},
    Word{"fast_math", "0|1", "0", kOption, "DeepEP built with -use_fast_math", &kDispatch},
    Word{"device", "", "", kDerived, "--arch (e.g. sm_90, x86)", &kDivision},
    Word{"cc", "", "", kDerived, "--arch (e.g. sm_90, x86)", &kTritonCast},
    Word{"blocks_whole", "", "", kDerived, "--shape ROWSxCOLS", &kTriton}};

// Each library at the commit that was read, or one of the commits by name.
constexpr std::array kReleases{Release{"as-read", 0}, Release{"06231633", 1}, Release{"38939a4c", 2},
                               Release{"01cc84a9", 3}};
constexpr std::array<std::string_view, 1> kParts{"rowwise"};
constexpr std::array<std::string_view, 3> kFamilies{"deepseek", "deepgemm", "deepep"};

constexpr std::array kRules{
    Rule{"deepseek.version.v3", "release=1; library!=v3", "refuse", "06231633 is a commit of DeepSeek-V3", &kTriton},
    Rule{"deepseek.version.deepgemm", "release=2; library!=deepgemm", "refuse", "38939a4c is a commit of DeepGEMM",
         &kGemm},
    Rule{"deepseek.version.deepep", "release=3; library!=deepep", "refuse", "01cc84a9 is a commit of DeepEP",
         &kDispatch},
    Rule{"deepseek.dtype", "dtype=fp32", "refuse", "no recipe stands for fp32: bf16 and f16 have one", &kGemm},
    Rule{"deepseek.cpu", "library!=deepgemm; device=cpu", "refuse", "{library} quantizes on GPUs", &kTriton},
    Rule{"deepseek.fp4", "library!=deepgemm; quantizer=fp4", "refuse", "DeepGEMM alone quantizes FP4", &kGemm},
    Rule{"deepseek.block", "library!=deepgemm; block!=1x128", "refuse", "{library} scales rows of 128", &kTriton},
    Rule{"deepseek.blocks", "library!=deepgemm; blocks_whole=no", "refuse",
         "the last dimension has to be a multiple of 128", &kTriton},
    Rule{"deepseek.fast-math", "library!=deepep; fast_math=1", "refuse", "fast_math is an option of DeepEP",
         &kDispatch},

    Rule{"deepseek.v3.ue8m0", "library=v3; ue8m0=1", "refuse", "no recipe stands for act_quant with UE8M0 scales",
         &kTriton},
    Rule{"deepseek.v3.arch", "library=v3; cc<=89", "refuse",
         "below sm_90 Triton casts to E4M3 through binary16, for which no recipe stands", &kTritonCast},
    Rule{"deepseek.v3", "library=v3", "rowwise=deepseek/fp8-1x128; kernel=act_quant (Triton)",
         "Both divisions are Triton's div.full, and nothing holds amax up: a zero block becomes NaN.", &kTriton},

    Rule{"deepseek.deepgemm.torch", "library=deepgemm; torch=2.13", "refuse",
         "PyTorch 2.13 casts to E4M3 in another way: no recipe stands for DeepGEMM on it", &kTorchCast},
    Rule{"deepseek.deepgemm.fp4-block", "library=deepgemm; quantizer=fp4; block=128x128", "refuse",
         "DeepGEMM's FP4 scales rows of 32 or 128", &kGemm},
    Rule{"deepseek.deepgemm.fp4-ue8m0", "library=deepgemm; quantizer=fp4; ue8m0=0", "refuse",
         "DeepGEMM's FP4 has UE8M0 scales: ue8m0=1", &kGemm},
    Rule{"deepseek.deepgemm.fp8-block", "library=deepgemm; quantizer=fp8; block=1x32", "refuse",
         "no recipe stands for DeepGEMM's FP8 of rows of 32", &kGemm},
    Rule{"deepseek.deepgemm.cpu-ue8m0", "library=deepgemm; device=cpu; ue8m0=1", "refuse",
         "no recipe stands for DeepGEMM's UE8M0 scales on a CPU", &kDivision},
    Rule{"deepseek.deepgemm.fp4", "library=deepgemm; quantizer=fp4; block!=128x128",
         "rowwise=deepgemm/fp4-{block}; kernel=per_token_cast_to_fp4 (PyTorch)",
         "A value on a boundary takes the lower code, and a zero has no sign.", &kGemm},
    Rule{"deepseek.deepgemm.cpu", "library=deepgemm; device=cpu; block!=1x32",
         "rowwise=deepgemm/fp8-{block}-cpu; kernel=PyTorch, {block}", "On a CPU amax / 448 is a true division.",
         &kDivision},
    Rule{"deepseek.deepgemm.ue8m0", "library=deepgemm; ue8m0=1; block!=1x32",
         "rowwise=deepgemm/fp8-{block}-ue8m0; kernel=PyTorch, {block}", "The scale is cut up to a power of two.",
         &kGemm},
    Rule{"deepseek.deepgemm", "library=deepgemm; block!=1x32", "rowwise=deepgemm/fp8-{block}; kernel=PyTorch, {block}",
         "On CUDA amax / 448 multiplies by the rounded reciprocal; values by that of the scale.", &kDivision},

    Rule{"deepseek.deepep.dtype", "library=deepep; dtype=f16", "refuse", "DeepEP's dispatch takes bf16", &kDispatch},
    Rule{"deepseek.deepep.fast-math", "library=deepep; fast_math=1", "refuse",
         "no recipe stands for DeepEP built with -use_fast_math", &kDispatch},
    Rule{"deepseek.deepep.ue8m0", "library=deepep; ue8m0=1", "rowwise=deepep/fp8-1x128-ue8m0; kernel=dispatch",
         "The scale is cut up to a power of two and stored as its byte.", &kDispatch},
    Rule{"deepseek.deepep", "library=deepep", "rowwise=deepep/fp8-1x128; kernel=dispatch",
         "amax / 448 is stored as a product, values are multiplied by 448 / amax.", &kDispatch}};

void derive(Facts& facts) { facts.emplace("blocks_whole", whole_blocks(facts, 128)); }

}  // namespace

const Producer& deepseek_producer() noexcept {
  static const Producer producer{
      "deepseek", "DeepSeek, DeepGEMM, DeepEP", "", kWords, kReleases, kRules, "as-read", derive, kParts, kFamilies};
  return producer;
}

}  // namespace bitgate::reference
