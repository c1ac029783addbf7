// The epilogues, one row of data each, and what their producers answer to other requests.
#include <fmt/format.h>

#include <array>

#include "bitgate/reference/gemm/epilogue.h"

namespace bitgate::reference {
namespace {

constexpr std::string_view kTeTensorSource =
    "NVIDIA/TransformerEngine d0067d0d transformer_engine/common/recipe/nvfp4.cu, common/gemm/cublaslt_gemm.cu";
constexpr std::string_view kTeRowSource =
    "NVIDIA/TransformerEngine d0067d0d transformer_engine/pytorch/cpp_extensions/gemm.py, general_gemm";
constexpr std::string_view kTePyrefSource =
    "NVIDIA/TransformerEngine d0067d0d transformer_engine/pytorch/custom_recipes/reference_nvfp4.py, qgemm";
constexpr std::string_view kTorchaoSource =
    "pytorch/ao 02a1bc44 torchao/prototype/mx_formats/nvfp4_tensor.py: nvfp4_linear, nvfp4_addmm, "
    "_addmm_nvfp4_dispatch";
constexpr std::string_view kCublasltSource = "CUDA 13.0 cublasLt.h; the cuBLAS manual's D = alpha scales A B + beta C";
constexpr std::string_view kCutlassSource =
    "NVIDIA/cutlass 7107b055 include/cutlass/epilogue/fusion/sm90_callbacks_tma_warpspecialized.hpp";

constexpr std::string_view kNotRun = "read; the library was not run";
constexpr std::string_view kCublasltRun =
    "cuBLASLt 13.1 on an H100: FP8 products, D in FP32 and BF16, 327,680 elements "
    "(tests/golden/hardware/h100-matmul.json)";
constexpr std::string_view kTeHalf = "TransformerEngine refuses FP16 output of NVFP4 products";
constexpr std::string_view kTorchaoHalf = "torchao's NVFP4 quantizers take fp32 and bf16, and D has the input's type";
constexpr std::string_view kTeTensorVectors =
    "one amax an operand: cuBLASLt is given one alpha; a row-scaled operand takes te/gemm-nvfp4-row";
constexpr std::string_view kTorchaoVectors = "a per-tensor scale is one number";
constexpr std::string_view kCublasltVectors =
    "SCALAR_32F takes one scale an operand; one a row is cublaslt/fp8-outer-vector";

constexpr std::string_view kTeOpenC =
    "open: whether cuBLASLt adds beta * C to alpha * accumulator in one FMA, and which product is rounded, and whether "
    "the bias joins before C, is not documented and was not measured; the readings differ for these operands";
constexpr std::string_view kWeightOnlyOpen =
    "open: whether PyTorch's linear adds the bias inside the product (one rounding) or to a product already rounded to "
    "D's type depends on the path that it takes; the readings differ for these operands";
constexpr std::string_view kCublasltOpenBias =
    "open: whether cuBLASLt's bias joins before C is not documented and was not measured; the readings differ for "
    "these "
    "operands";
constexpr std::string_view kVectorOpen =
    "open: in which order cuBLASLt multiplies alpha and the scales of the row and of the column with the accumulator "
    "is not documented and was not measured; the readings differ for these operands";

using enum GemmAsk;

constexpr std::array kTeTensorAnswers{
    AskAnswer{kRowScaledFlag, "the C++ entry of cuBLASLt refuses an operand that still carries the row-scaled flag"},
    AskAnswer{kGrouped, ""},
    AskAnswer{kQuantizedOutput, "D as FP4 is refused for NVFP4 operands"},
    AskAnswer{kGelu, "a fused GELU is not covered: no source tells its order and its approximation"},
};
// What te/gemm-nvfp4 computes, whatever the operands' largest scale.
constexpr std::array kTeTensor256Answers{
    kTeTensorAnswers[0],
    AskAnswer{kGrouped,
              "the grouped product takes the constant of 448 and 448 whatever the operands' largest scale: "
              "its numbers are those of te/gemm-nvfp4"},
    kTeTensorAnswers[2],
    kTeTensorAnswers[3],
};
constexpr std::array kTeRowAnswers{
    AskAnswer{kRowScaledFlag,
              "the C++ entry of cuBLASLt refuses an operand that still carries the row-scaled flag: "
              "general_gemm hands it operands without it, and an amax of 1"},
    AskAnswer{kGrouped, ""},
    AskAnswer{kGroupedTensor, "a grouped tensor with row scaling is refused"},
    AskAnswer{kQuantizedOutput, "a row-scaled product has no quantized output"},
    AskAnswer{kGelu, "a row-scaled product has no fused GELU"},
    AskAnswer{kCommOverlap, "a row-scaled product has no communication overlap"},
    AskAnswer{kBiasGradient, "a row-scaled product has no fused gradient of the bias"},
};
constexpr std::array kCublasltAnswers{
    AskAnswer{kQuantizedOutput, "how cuBLASLt rounds the scales of an FP8 or FP4 D is not documented"},
};

constexpr float kE448x448 = 36.0f * 448.0f * 448.0f;
constexpr float kE448x256 = 36.0f * 448.0f * 256.0f;
constexpr float kE256x256 = 36.0f * 256.0f * 256.0f;

constexpr EpilogueRules te_tensor_rules(float constant) {
  return {Factor::kTeNvfp4, constant, CTerm::kOpen, Rescale::kNone, Bias::kOpenFused, Accumulate::kBetaOne};
}
constexpr EpilogueAccepts te_tensor_accepts(std::span<const AskAnswer> answers) {
  return {true, true, false, kTeHalf, false, kTeTensorVectors, answers};
}
constexpr EpilogueRules te_row_rules(float constant) {
  return {Factor::kTeNvfp4Ones, constant, CTerm::kNone, Rescale::kAmaxFoldedOrTwo, Bias::kFp32, Accumulate::kAfterCast};
}
constexpr EpilogueRules kTorchaoRules{Factor::kNone,       1.0f, CTerm::kNone, Rescale::kOutputType, Bias::kOutputType,
                                      Accumulate::kRefused};
constexpr EpilogueAccepts kTorchaoAccepts{true, true, false, kTorchaoHalf, false, kTorchaoVectors, {}};

constexpr Identity te_tensor(std::string_view name, std::string_view note) {
  return {name, kTeTensorSource, "v2.8+", Evidence::kExample, note};
}
constexpr Identity te_row(std::string_view name) {
  return {name, kTeRowSource, "v2.16+", Evidence::kExample, "the factor of te.md 3.1; the order is read"};
}
constexpr Identity torchao(std::string_view name, std::string_view note, Evidence evidence = Evidence::kRead) {
  return {name, kTorchaoSource, "2026-08", evidence, note};
}

constexpr std::array kEpilogues{
    Epilogue{te_tensor("te/gemm-nvfp4", "alpha of te.md 8.1 and tensor-core.md 10; the largest scales are 448 and 448"),
             te_tensor_rules(kE448x448), te_tensor_accepts(kTeTensorAnswers), kTeOpenC},
    Epilogue{
        te_tensor("te/gemm-nvfp4-448-256", "as te/gemm-nvfp4; the largest scales are 448 and 256, either way round"),
        te_tensor_rules(kE448x256), te_tensor_accepts(kTeTensor256Answers), kTeOpenC},
    Epilogue{te_tensor("te/gemm-nvfp4-256", "as te/gemm-nvfp4; the largest scales are 256 and 256"),
             te_tensor_rules(kE256x256), te_tensor_accepts(kTeTensor256Answers), kTeOpenC},
    Epilogue{{"te/gemm-nvfp4-row", kTeRowSource, "v2.16+", Evidence::kReference,
              "transformer-engine 2.20.2's own general_gemm behind given products, PyTorch 2.15.0, CPU; alpha' by the "
              "example of te.md 3.1"},
             te_row_rules(kE448x448),
             {true, true, true, {}, true, {}, kTeRowAnswers}},
    Epilogue{
        te_row("te/gemm-nvfp4-row-448-256"), te_row_rules(kE448x256), {true, true, true, {}, true, {}, kTeRowAnswers}},
    Epilogue{te_row("te/gemm-nvfp4-row-256"), te_row_rules(kE256x256), {true, true, true, {}, true, {}, kTeRowAnswers}},
    Epilogue{{"te/gemm-nvfp4-pyref", kTePyrefSource, "v2.16+", Evidence::kRead, "read; its accumulator is its own"},
             {Factor::kTeQuotient, kE448x448, CTerm::kNone, Rescale::kNone, Bias::kNone, Accumulate::kRefused},
             {true, true, true, {}, false, "its row-scaled form is not covered", {}}},
    Epilogue{torchao("torchao/linear-nvfp4-weight-only",
                     "read; the weights are dequantized to the input's type and PyTorch multiplies"),
             {Factor::kNone, 1.0f, CTerm::kNone, Rescale::kNone, Bias::kOpenCast, Accumulate::kRefused},
             {true, true, false, kTorchaoHalf, false, kTorchaoVectors, {}},
             kWeightOnlyOpen},
    Epilogue{torchao("torchao/linear-nvfp4-dynamic",
                     "torchao 0.18.0's own linear around a given product, PyTorch 2.15.0, CPU; weights by "
                     "torchao/nvfp4-tensorwise, activations by torchao/nvfp4-mslk: two recipes in one product",
                     Evidence::kReference),
             kTorchaoRules, kTorchaoAccepts},
    Epilogue{
        torchao("torchao/linear-nvfp4-static",
                "as torchao/linear-nvfp4-dynamic, with a calibrated scale of the activations", Evidence::kReference),
        kTorchaoRules, kTorchaoAccepts},
    Epilogue{torchao("torchao/addmm-nvfp4",
                     "read; operands without a per-tensor scale, so that the bias joins inside _scaled_mm"),
             {Factor::kNone, 1.0f, CTerm::kNone, Rescale::kNone, Bias::kFp32, Accumulate::kRefused},
             kTorchaoAccepts},
    Epilogue{{"cublaslt/alpha-beta", kCublasltSource, "CUDA 13.0", Evidence::kCaptured, kCublasltRun},
             {Factor::kAlpha, 1.0f, CTerm::kFusedAcc, Rescale::kNone, Bias::kOpenFused, Accumulate::kBetaOne},
             {true, true, true, {}, false, kCublasltVectors, kCublasltAnswers},
             kCublasltOpenBias},
    Epilogue{{"cublaslt/fp8-scalar", kCublasltSource, "CUDA 13.0", Evidence::kCaptured, kCublasltRun},
             {Factor::kFactorFirst, 1.0f, CTerm::kFusedAcc, Rescale::kNone, Bias::kOpenFused, Accumulate::kBetaOne},
             {true, true, true, {}, false, kCublasltVectors, kCublasltAnswers},
             kCublasltOpenBias},
    Epilogue{{"cublaslt/fp8-outer-vector", kCublasltSource, "CUDA 13.0", Evidence::kRead, kNotRun},
             {Factor::kOpenVectors, 1.0f, CTerm::kOpen, Rescale::kNone, Bias::kOpenFused, Accumulate::kBetaOne},
             {true, true, true, {}, true, {}, kCublasltAnswers},
             kVectorOpen},
    Epilogue{{"cutlass/linear-combination", kCutlassSource, "4.x", Evidence::kRead, kNotRun},
             {Factor::kAlpha, 1.0f, CTerm::kFusedC, Rescale::kNone, Bias::kNone, Accumulate::kBetaOne},
             {true, true, true, {}, false, "the default epilogue takes one alpha", {}}},
};

template <class Axis>
struct Choice {
  Axis axis;
  std::string_view words;
};

std::vector<Choice<Factor>> choices(Factor factor) {
  const Choice<Factor> first{Factor::kFactorFirst, "acc * ((alpha * scale A) * scale B)"};
  const Choice<Factor> scales{Factor::kScalesFirst, "(acc * (scale A * scale B)) * alpha"};
  const Choice<Factor> a_then_b{Factor::kAThenB, "((acc * scale A) * scale B) * alpha"};
  const Choice<Factor> b_then_a{Factor::kBThenA, "((acc * scale B) * scale A) * alpha"};
  if (factor == Factor::kOpenVectors) return {first, scales, a_then_b, b_then_a};
  return {{factor, ""}};
}
std::vector<Choice<CTerm>> choices(CTerm c) {
  if (c != CTerm::kOpen) return {{c, ""}};
  return {{CTerm::kFusedC, "C by fma(beta, C, product)"},
          {CTerm::kFusedAcc, "C by fma(factor, acc, beta * C)"},
          {CTerm::kSeparate, "C by product + beta * C, each rounded"}};
}
std::vector<Choice<Bias>> choices(Bias bias) {
  if (bias == Bias::kOpenFused)
    return {{Bias::kFp32, "the bias added after C"}, {Bias::kFused, "the bias by fma(factor, acc, bias)"}};
  if (bias == Bias::kOpenCast)
    return {{Bias::kFp32, "the bias added before the cast"}, {Bias::kOutputType, "the bias added after the cast"}};
  return {{bias, ""}};
}

void append(std::string& words, std::string_view more) {
  if (!words.empty() && !more.empty()) words += "; ";
  words += more;
}

}  // namespace

std::string_view name_of(GemmAsk ask) noexcept {
  switch (ask) {
    case kRowScaledFlag: return "row-scaled-flag";
    case kGrouped: return "grouped";
    case kGroupedTensor: return "grouped-tensor";
    case kQuantizedOutput: return "quantized-output";
    case kGelu: return "gelu";
    case kCommOverlap: return "comm-overlap";
    case kBiasGradient: return "bias-gradient";
  }
  return "?";
}

std::span<const Epilogue> epilogues() noexcept { return kEpilogues; }

const Epilogue* find_epilogue(std::string_view name) noexcept {
  for (const Epilogue& epilogue : kEpilogues)
    if (epilogue.identity.name == name) return &epilogue;
  return nullptr;
}

const Epilogue& require_epilogue(std::string_view name) {
  if (const Epilogue* found = find_epilogue(name)) return *found;
  std::string known;
  for (const Epilogue& epilogue : kEpilogues)
    known += fmt::format("{}{}", known.empty() ? "" : ", ", epilogue.identity.name);
  throw InputError(fmt::format("unknown epilogue '{}': expected one of {}", name, known));
}

std::vector<EpilogueReading> readings_of(const Epilogue& epilogue) {
  std::vector<EpilogueReading> readings;
  for (const auto& factor : choices(epilogue.rules.factor))
    for (const auto& c : choices(epilogue.rules.c))
      for (const auto& bias : choices(epilogue.rules.bias)) {
        EpilogueReading reading{epilogue.rules, std::string(factor.words)};
        append(reading.words, c.words);
        append(reading.words, bias.words);
        reading.rules.factor = factor.axis;
        reading.rules.c = c.axis;
        reading.rules.bias = bias.axis;
        readings.push_back(std::move(reading));
      }
  return readings;
}

}  // namespace bitgate::reference
