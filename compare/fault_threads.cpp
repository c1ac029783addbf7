#include "bitgate/compare/fault_threads.h"

namespace bitgate::compare {
namespace {

constexpr std::string_view kTolerance = "about a tolerance: bytes have none";
constexpr std::string_view kPadding =
    "padding and stale memory lie outside the answer: poison and guard zones of a plugin see them";
constexpr std::string_view kProcess = "about tests that do not run, or how they report";
constexpr FaultThread kThreads[] = {
    // 1.1 zero, infinite and NaN scales
    {"NVIDIA/Model-Optimizer#1397", "zero-block-nan-scale", ""},
    {"vllm-project/compressed-tensors#595", "global-infinite", ""},
    {"NVIDIA/Model-Optimizer#1898", "zero-scale-divides", ""},
    {"vllm-project/vllm#58089", "zero-scale-divides", ""},
    {"ROCm/TransformerEngine#737", "encode-scale-infinite", ""},
    {"pytorch/ao#4598", "zero-block-unit-scale", ""},
    {"pytorch/ao#4598", "scale-clamped", ""},
    {"pytorch/ao#4598", "sr-bytes-reversed", ""},
    // 1.2 E8M0
    {"NVIDIA/TransformerEngine#2407", "e8m0-254-wiped", ""},
    {"NVIDIA/TransformerEngine#2408", "e8m0-254-wiped", ""},
    {"NVIDIA/TransformerEngine#3262", "e8m0-0-wiped", ""},
    {"NVIDIA/TransformerEngine#3262", "e8m0-255-is-254", ""},
    {"flashinfer-ai/flashinfer#4023", "e8m0-254-wiped", ""},
    {"NVIDIA/TransformerEngine#2589", "packing-pollutes", ""},
    {"pytorch/ao#4725", "amax-through-bf16", ""},
    {"jax-ml/ml_dtypes#298", "exponent-nearest", ""},
    {"ml-explore/mlx#4353", "exponent-nearest", ""},
    {"ROCm/aiter#3212", "exponent-floor-for-ceil", ""},
    {"ROCm/aiter#3212", "exponent-up", ""},
    {"vllm-project/vllm#43557", "exponent-nearest", ""},
    // 1.3 off by one bit
    {"radixark/miles#1261", "candidates-scored-otherwise", ""},
    {"flashinfer-ai/flashinfer#3448", "candidates-scored-otherwise", ""},
    {"radixark/miles#1054", "division-for-multiplier", ""},
    {"flashinfer-ai/flashinfer#3387", "subnormals-flushed", ""},
    {"flashinfer-ai/flashinfer#3264", "sixth-elsewhere", ""},
    {"NVIDIA/Fuser#5696", "multiplier-other", ""},
    {"NVIDIA/TransformerEngine#2931", "multiplier-other", ""},
    {"meta-pytorch/MSLK#161", "reciprocal-for-division", ""},
    {"ROCm/aiter#5259", "reciprocal-for-division", ""},
    {"pytorch/ao#4852", "amax-drops-nan", ""},
    {"NVIDIA/TransformerEngine#2972", "", "a wish for a reference on the CPU"},
    // 1.4 casts
    {"triton-lang/triton#11753", "ties-off", ""},
    {"triton-lang/triton#11753", "double-rounding", ""},
    {"triton-lang/triton#7382", "double-rounding", ""},
    {"triton-lang/triton#10846", "subnormals-flushed", ""},
    {"triton-lang/triton#7904", "", "a contributor's exhaustive check, without a fault"},
    {"ahrefs/ocannl#646", "negative-zero-lost", ""},
    {"ahrefs/ocannl#657", "ties-off", ""},
    {"jax-ml/ml_dtypes#260", "clamp-left-out", ""},
    {"jax-ml/ml_dtypes#400", "clamp-left-out", ""},
    {"ucb-bar/saturn-vectors#101", "", "the golden vectors came from the faulty model itself: no fault of one answer"},
    // 1.5 stochastic rounding
    {"NVIDIA/TransformerEngine#3281", "all-zero", ""},
    {"oneapi-src/oneDNN#2903", "sr-misaligned", ""},
    {"ROCm/llvm-project#3275", "carry-lost", ""},
    {"AMD-AGI/Primus-Turbo#365", "sr-seed-zero", ""},
    {"AMD-AGI/Primus-Turbo#365", "sr-seed-equal", ""},
    {"pytorch/ao#3384", "sr-seed-equal", ""},
    // 1.6 layout
    {"vllm-project/vllm#50085", "scales-swizzled", ""},
    {"vllm-project/vllm#55976", "scales-swizzled", ""},
    {"vllm-project/vllm#42118", "scales-unswizzled", ""},
    {"flashinfer-ai/flashinfer#3057", "stale-scales", ""},
    {"flashinfer-ai/flashinfer#3571", "stale-scales", ""},
    {"vllm-project/vllm#48898", "", kPadding},
    {"vllm-project/vllm#37564", "", kPadding},
    {"vllm-project/vllm#31097", "", kPadding},
    {"vllm-project/vllm#30260", "", kPadding},
    {"vllm-project/vllm#27439", "", kPadding},
    {"NVIDIA/cutlass#3394", "scale-rows-shifted", ""},
    {"NVIDIA/TensorRT-LLM#10331", "period-32", ""},
    {"iree-org/iree#22104", "scale-stride", ""},
    {"ROCm/aiter#2900", "", kPadding},
    {"ROCm/rocm-libraries#12232", "scales-swizzled", ""},
    {"NVIDIA/cudnn-frontend#221", "", "a wish for documentation"},
    {"NVIDIA/cudnn-frontend#237", "", "a wish for documentation"},
    {"NVIDIA/TransformerEngine#3041", "", "a statistic counts padding; the bytes are right"},
    // 1.7 producer and consumer
    {"sgl-project/sglang#26766", "scale-up-after-data", ""},
    {"sgl-project/sglang#28307", "scale-up-after-data", ""},
    {"sgl-project/sglang#28418", "scale-up-after-data", ""},
    {"sgl-project/sglang#39193", "scale-cut-after-data", ""},
    {"huggingface/transformers#47030", "scale-up-after-data", ""},
    // 1.8 ggml
    {"ggml-org/llama.cpp#21652", "sum-in-half", ""},
    {"ikawrakow/ik_llama.cpp#1659", "sum-in-half", ""},
    {"ggml-org/llama.cpp#11972", "", kTolerance},
    {"ggml-org/llama.cpp#16544", "", kTolerance},
    {"ggml-org/llama.cpp#4698", "integer-ties-off", ""},
    {"ggml-org/llama.cpp#14528", "integer-ties-off", ""},
    {"ggml-org/llama.cpp#27062", "", kTolerance},
    {"ggml-org/llama.cpp#22710", "", "fused bytes against unfused ones: two recipes, which mutants of the fusion part"},
    // 1.9 tolerances
    {"ROCm/rocm-libraries#11003", "gain", ""},
    {"ROCm/rocm-libraries#11003", "sign-flipped", ""},
    {"ROCm/rocm-libraries#11003", "all-zero", ""},
    {"flashinfer-ai/flashinfer-bench#178", "", kTolerance},
    {"flashinfer-ai/flashinfer#3824", "", kTolerance},
    {"flashinfer-ai/flashinfer#4578", "", kTolerance},
    {"flashinfer-ai/flashinfer#1755", "one-code-off", ""},
    {"flashinfer-ai/flashinfer#3944", "", kProcess},
    {"vllm-project/vllm#46944", "ties-off", ""},
    {"vllm-project/vllm#46658", "amax-one-ulp", ""},
    {"vllm-project/vllm#48847", "amax-one-ulp", ""},
    {"ROCm/aiter#5031", "", kTolerance},
    {"pytorch/ao#2666", "", kTolerance},
    {"pytorch/ao#3362", "", kTolerance},
    {"pytorch/ao#2408", "bf16-between", ""},
    {"ScalingIntelligence/KernelBench#165", "all-zero", ""},
    {"NVIDIA/cutlass#3570", "", "the test compares one output twice; nothing is wrong with the bytes"},
    {"triton-lang/triton#6633", "", kTolerance},
    // 1.10 hardware, skips, wishes
    {"NVIDIA/TransformerEngine#2289", "", kProcess},
    {"sgl-project/sglang#34327", "", kProcess},
    {"sgl-project/sglang#24604", "", kProcess},
    {"pytorch/pytorch#168822", "", kProcess},
    {"jax-ml/jax#34600", "", kProcess},
    {"flashinfer-ai/flashinfer#4257", "", kProcess},
    {"NVIDIA/cutlass#584", "one-code-off", ""},
    {"pytorch/pytorch#83038", "", kProcess},
    {"sgl-project/sglang-jax#1136", "", kProcess},
    {"kekzl/imp#530", "scale-clamped", ""},
    {"kekzl/imp#540", "", "a baseline refreshed on a bad day: thresholds are reviewed"},
    {"ggml-org/llama.cpp#22897", "global-inverted", ""},
};

}  // namespace

std::span<const FaultThread> fault_threads() noexcept { return kThreads; }

}  // namespace bitgate::compare
