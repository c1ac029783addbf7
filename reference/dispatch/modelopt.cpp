// NVIDIA ModelOpt: quantizers that store, by release and device, and fake quantizers, which write values
// (torchao-and-ocp.md 4).
#include <array>

#include "bitgate/reference/dispatch/rule.h"

namespace bitgate::reference {
namespace {

using enum WordKind;

constexpr std::string_view kRepository = "NVIDIA/TensorRT-Model-Optimizer";
constexpr std::string_view kCommit = "5a4242fa";
constexpr Source kNvfp4{kRepository, "modelopt/torch/quantization/qtensor/nvfp4_tensor.py", kCommit,
                        "torchao-and-ocp.md 4.1"};
constexpr Source kClamp{kRepository, "modelopt/torch/quantization/qtensor/nvfp4_tensor.py", "release 0.47.0",
                        "torchao-and-ocp.md 4.1"};
constexpr Source kTriton{kRepository, "modelopt/torch/quantization/triton/fp4_kernel.py", kCommit,
                         "torchao-and-ocp.md 4.2"};
constexpr Source kExtension{kRepository, "modelopt/torch/quantization/src/tensor_quant_mx.cu", kCommit,
                            "torchao-and-ocp.md 4.3"};
constexpr Source kMxfp4{kRepository, "modelopt/torch/quantization/qtensor/mxfp4_tensor.py", kCommit,
                        "torchao-and-ocp.md 4.4"};
constexpr Source kFp8{kRepository, "modelopt/torch/quantization/src/tensor_quant_gpu_fp8.cu", kCommit,
                      "torchao-and-ocp.md 4.5"};

constexpr std::array kWords{
    Word{"quantizer", "nvfp4|mxfp4|mxfp6e2m3|mxfp6e3m2|mxfp8e4m3|mxfp8e5m2|mxint8|fp8", "nvfp4", kOption, "the scheme",
         &kNvfp4},
    Word{"dtype", "fp32|bf16|f16", "", kOption, "type of the input", &kNvfp4},
    Word{"direction", "rowwise", "rowwise", kOption, "blocks along the last dimension", &kNvfp4},
    Word{"path", "real|fake", "real", kOption, "codes and scales, or values only", &kNvfp4},
    Word{"trtllm", "0|1", "0", kOption, "TensorRT-LLM is there and quantizes NVFP4 in ModelOpt's place", &kNvfp4},
    Word{"triton", "0|1", "1", kOption, "Triton is there for the fake quantizer of NVFP4", &kTriton},
    Word{"amax", "given|none", "given", kOption, "the fake quantizer of NVFP4 knows the tensor's amax", &kExtension},
    Word{"device", "", "", kDerived, "--arch (e.g. sm_90, x86)", &kNvfp4},
    Word{"cc", "", "", kDerived, "--arch (e.g. sm_90, x86)", &kTriton},
    Word{"blocks_whole", "", "", kDerived, "--shape ROWSxCOLS", &kNvfp4}};

constexpr std::array kReleases{Release{"5a4242fa", 42}, Release{"0.43.0", 43}, Release{"0.44.0", 44},
                               Release{"0.45.0", 45}, Release{"0.47.0", 47}};
constexpr std::array<std::string_view, 1> kParts{"rowwise"};

constexpr std::array kRules{
    Rule{"modelopt.fp8", "quantizer=fp8", "refuse", "no recipe stands for ModelOpt's FP8 under one scale", &kFp8},
    Rule{"modelopt.real.scheme", "path=real; quantizer!=nvfp4|mxfp4", "refuse",
         "{quantizer} is quantized to values only: path=fake", &kExtension},
    Rule{"modelopt.blocks", "path=real; blocks_whole=no", "refuse",
         "the last dimension has to be a multiple of the block", &kNvfp4},
    Rule{"modelopt.trtllm.scheme", "quantizer!=nvfp4; trtllm=1", "refuse", "trtllm is an option of NVFP4", &kNvfp4},
    Rule{"modelopt.trtllm.fake", "path=fake; trtllm=1", "refuse", "trtllm is an option of path=real", &kNvfp4},
    Rule{"modelopt.trtllm", "trtllm=1", "refuse",
         "TensorRT-LLM's kernel, called with 1 / s in two roundings, has no recipe of ModelOpt's: ask producer trtllm",
         &kNvfp4},
    Rule{"modelopt.triton", "path=real; triton=0", "refuse", "triton is an option of path=fake", &kTriton},
    Rule{"modelopt.amax", "path=real; amax=none", "refuse", "amax is an option of path=fake", &kExtension},
    Rule{"modelopt.amax.scheme", "quantizer!=nvfp4; amax=none", "refuse", "amax is an option of NVFP4", &kExtension},

    Rule{"modelopt.cpu", "path=real; device=cpu", "host=-cpu", "On a CPU the divisions by 6 and 2688 are true ones.",
         &kNvfp4},
    Rule{"modelopt.cuda", "path=real",
         "host=", "On CUDA a division by a constant multiplies by its rounded reciprocal.", &kNvfp4},
    Rule{"modelopt.nvfp4.clamp", "path=real; quantizer=nvfp4; release>=45",
         "rowwise=modelopt/nvfp4-clamp{host}; kernel=NVFP4QTensor.quantize (PyTorch)",
         "Since 0.45.0 scales are held between 2^-9 and 448.", &kClamp},
    Rule{"modelopt.nvfp4", "path=real; quantizer=nvfp4",
         "rowwise=modelopt/nvfp4{host}; kernel=NVFP4QTensor.quantize (PyTorch)",
         "Until 0.44.0 a scale of 0 became 1, and nothing else was bounded.", &kNvfp4},
    Rule{"modelopt.mxfp4", "path=real; quantizer=mxfp4",
         "rowwise=modelopt/mxfp4{host}; kernel=MXFP4QTensor.quantize (PyTorch)",
         "The exponent is that of a rounded log2; ties go toward zero, and every zero is 8.", &kMxfp4},

    Rule{"modelopt.fake.cpu", "path=fake; device=cpu", "refuse", "ModelOpt's fake quantizers of blocks run on GPUs",
         &kExtension},
    Rule{"modelopt.fake.version", "path=fake; release>=45", "refuse",
         "the fake quantizers were read at 5a4242fa only: say version 5a4242fa, 0.43.0 or 0.44.0", &kExtension},
    Rule{"modelopt.fake.amax", "path=fake; amax=none", "refuse",
         "no recipe stands for the fake quantizer of NVFP4 without the tensor's amax", &kExtension},
    Rule{"modelopt.fake.sm89", "path=fake; quantizer=nvfp4; triton=1; cc=89", "refuse",
         "on sm_89 Triton casts to E4M3 through binary16, for which no recipe stands", &kTriton},
    Rule{"modelopt.fake.blocks", "path=fake; quantizer=nvfp4; triton=1; cc>=90; blocks_whole=no", "refuse",
         "no recipe stands for the Triton fake quantizer of a row that ends in a part of a block", &kTriton},
    Rule{"modelopt.fake.triton", "path=fake; quantizer=nvfp4; triton=1; cc>=90",
         "rowwise=modelopt/nvfp4-fake-triton; kernel=fp4_fake_quant_block (Triton)",
         "From sm_89 on Triton quantizes NVFP4's values; a scale below 1e-5 becomes 1.", &kTriton},
    Rule{"modelopt.fake", "path=fake; quantizer!=fp8",
         "rowwise=modelopt/{quantizer}-fake-ext; kernel=fused_amax_convert",
         "The CUDA extension, built with -use_fast_math: approximate quotients, flushed subnormals.", &kExtension}};

void derive(Facts& facts) {
  facts.emplace("blocks_whole", whole_blocks(facts, facts.at("quantizer") == "nvfp4" ? 16 : 32));
}

}  // namespace

const Producer& modelopt_producer() noexcept {
  static const Producer producer{"modelopt", "ModelOpt", "MODELOPT_", kWords, kReleases,
                                 kRules,     "0.47.0",   derive,      kParts};
  return producer;
}

}  // namespace bitgate::reference
