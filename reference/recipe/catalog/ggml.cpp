// ggml: Q8_1 in its CUDA and host forms, the older quantizers, FP4, RMS_NORM and its fusions. Source of the formulas:
// ggml.md 2 to 5.
#include "bitgate/reference/recipe/catalog/families.h"

namespace bitgate::reference {

namespace {

constexpr Rules kQ8_1{
    .scheme = SchemeId::kQ8_1,
    .machine = Machine::kGpuFtz,
    .block = {.form = ScaleForm::kAmaxOver127,
              .divide = Divide::kTimesIeeeReciprocal,
              .amax_nan = AmaxNan::kKeepAllNan,
              .encode = kCvtRnInf},
    .element = {.multiplier = MultiplierForm::kApproxReciprocalOfScale, .encode = ElementEncode::kRoundAwayLowByte},
    .extra = ExtraRule::kWarpSum};

constexpr Rules mmq(SchemeId scheme, ExtraRule extra) noexcept {
  Rules rules = kQ8_1;
  rules.scheme = scheme;
  rules.block.form = ScaleForm::kReciprocalOfMultiplier;
  rules.element.multiplier = MultiplierForm::k127OverAmax;
  rules.extra = extra;
  return rules;
}
constexpr Rules kMmqD4 = mmq(SchemeId::kQ8_1MmqD4, ExtraRule::kNone);
constexpr Rules kMmqDs4 = mmq(SchemeId::kQ8_1MmqDs4, ExtraRule::kQuadThenTree);
constexpr Rules kMmqD2s6 = mmq(SchemeId::kQ8_1MmqD2s6, ExtraRule::kQuadThenTree);

// Built without -use_fast_math: divisions are IEEE and subnormals are kept.
constexpr Rules without_fast_math(Rules rules) noexcept {
  rules.machine = Machine::kGpu;
  rules.block.divide = Divide::kIeee;
  return rules;
}
constexpr Rules kQ8_1Ieee = [] {
  Rules rules = without_fast_math(kQ8_1);
  rules.element.multiplier = MultiplierForm::kDivideByUnroundedScale;
  return rules;
}();

constexpr Rules kQ8_1Bf16 = [] {
  Rules rules = kQ8_1;
  rules.scheme = SchemeId::kQ8_1Bf16;
  return rules;
}();

constexpr Rules kQ8_1CpuRef{
    .scheme = SchemeId::kQ8_1,
    .machine = Machine::kX86,
    .block = {.form = ScaleForm::kAmaxOver127,
              .divide = Divide::kIeee,
              .amax_nan = AmaxNan::kRestart,
              .encode = kGgmlHostHalf},
    .element = {.multiplier = MultiplierForm::kHostReciprocalOfScale, .encode = ElementEncode::kRoundAwayLowByte},
    .extra = ExtraRule::kScaledCodeSum};
constexpr Rules kQ8_1CpuAvx = [] {
  Rules rules = kQ8_1CpuRef;
  rules.block.amax_nan = AmaxNan::kAvxTree;
  rules.element.multiplier = MultiplierForm::kHost127OverAmax;
  rules.element.encode = ElementEncode::kRoundEvenPacked;
  rules.extra = ExtraRule::kScaledWholeSum;
  return rules;
}();
constexpr Rules kQ8_1CpuNeon = [] {
  Rules rules = kQ8_1CpuRef;
  rules.machine = Machine::kArm;
  rules.block.amax_nan = AmaxNan::kPropagate;
  rules.element.encode = ElementEncode::kRoundEvenLowByte;
  rules.extra = ExtraRule::kScaledWholeSum;
  return rules;
}();

// Q8_0 is Q8_1 without the sum.
constexpr Rules without_sum(Rules rules) noexcept {
  rules.scheme = SchemeId::kQ8_0;
  rules.extra = ExtraRule::kNone;
  return rules;
}
constexpr Rules kQ8_0CpuRef = without_sum(kQ8_1CpuRef);
constexpr Rules kQ8_0CpuAvx = without_sum(kQ8_1CpuAvx);
constexpr Rules kQ8_0CpuNeon = without_sum(kQ8_1CpuNeon);
// The copy for the KV cache starts its maximum at 0 and tests the scale, not the amax, for zero.
constexpr Rules kQ8_0Cuda = [] {
  Rules rules = without_sum(kQ8_1);
  rules.block.amax_nan = AmaxNan::kIgnore;
  rules.element.multiplier = MultiplierForm::kApproxReciprocalOrZero;
  return rules;
}();

constexpr Rules special(SchemeId scheme, Machine machine, Special kind) noexcept {
  return {.scheme = scheme, .machine = machine, .special = {.kind = kind}};
}
constexpr Rules legacy(SchemeId scheme, Contraction contraction) noexcept {
  Rules rules = special(scheme, Machine::kX86, Special::kGgmlLegacy);
  rules.block.encode = kGgmlHostHalf;
  rules.special.contraction = contraction;
  return rules;
}
constexpr Rules legacy_cuda(SchemeId scheme) noexcept {
  Rules rules = special(scheme, Machine::kGpuFtz, Special::kGgmlLegacy);
  rules.block.divide = Divide::kTimesIeeeReciprocal;
  rules.block.encode = kCvtRnInf;
  rules.special.contraction = Contraction::kFused;
  return rules;
}

// The stored number is the row's amax over 2688.
constexpr Rules kNvfp4MmqV2 = [] {
  Rules rules = special(SchemeId::kNvfp4Row, Machine::kGpuFtz, Special::kGgmlNvfp4MmqV2);
  rules.global = {.form = GlobalForm::kDecodeScale, .target = 2688.0f, .divide = Divide::kTimesIeeeReciprocal};
  return rules;
}();

constexpr Rules norm(Fusion fusion) noexcept {
  Rules rules = special(SchemeId::kValues, Machine::kGpuFtz, Special::kValuesOnly);
  rules.fusion = fusion;
  return rules;
}
constexpr Rules kNormQ8_1 = [] {
  Rules rules = kQ8_1;
  rules.fusion = Fusion::kRmsNormMul;
  return rules;
}();

constexpr std::string_view kCudaSource = "ggml-org/ggml, src/ggml-cuda/quantize.cu, d99724f2";
constexpr std::string_view kCpySource = "ggml-org/ggml, src/ggml-cuda/cpy-utils.cuh, d99724f2";
constexpr std::string_view kNormSource = "ggml-org/ggml, src/ggml-cuda/norm.cu, d99724f2";
constexpr std::string_view kHostSource = "ggml-org/ggml, src/ggml-quants.c, d99724f2";
constexpr std::string_view kX86Source = "ggml-org/ggml, src/ggml-cpu/arch/x86/quants.c, d99724f2";
constexpr std::string_view kArmSource = "ggml-org/ggml, src/ggml-cpu/arch/{arm,riscv}/quants.c, d99724f2";
constexpr std::string_view kGpuEvidence = "ggml's kernel, nvcc 13.0 -use_fast_math, H100";
constexpr std::string_view kFp4Evidence = "ggml's kernel, its sm_120a PTX down-levelled, on an H100";
constexpr std::string_view kHostEvidence = "ggml 0.25.3's host code, gcc 12.2.0, x86-64";
constexpr std::string_view kHostFmaEvidence = "ggml 0.25.3's host code, gcc 12.2.0 -mfma, x86-64";
constexpr std::string_view kAvxEvidence = "ggml 0.25.3's AVX2 code, gcc 12.2.0, x86-64";
constexpr std::string_view kNeonEvidence = "ggml 0.25.3's NEON code, gcc 12.2.0, aarch64 under QEMU 7.2";
constexpr std::string_view kNormEvidence = "ggml's kernel, nvcc 13.0 -use_fast_math, H100; 64 to 8192 columns";

constexpr Accepts kAnyLength{.f32 = true};
constexpr Accepts kWhole32{.f32 = true, .col_multiple = 32};
constexpr Accepts kWhole64{.f32 = true, .col_multiple = 64};
constexpr Accepts kNormAccepts{.f32 = true, .empty = false, .refusal = "a row of no columns has no mean"};

constexpr Recipe kRecipes[] = {
    {{"ggml/q8_1", kCudaSource, "d99724f2", Evidence::kCaptured, kGpuEvidence},
     kQ8_1,
     {.blocks = RawBlocks::kQ8_1},
     kAnyLength,
     DequantizeOrder::kNotStated},
    {{"ggml/q8_1-ieee", kCudaSource, "d99724f2 built without -use_fast_math", Evidence::kRead,
      "ggml.md 2.5 of the notes"},
     kQ8_1Ieee,
     {.blocks = RawBlocks::kQ8_1},
     kAnyLength,
     DequantizeOrder::kNotStated},
    {{"ggml/q8_1-mmq-d4", kCudaSource, "d99724f2", Evidence::kCaptured, kGpuEvidence},
     kMmqD4,
     {.blocks = RawBlocks::kMmqD4},
     kAnyLength,
     DequantizeOrder::kNotStated},
    {{"ggml/q8_1-mmq-ds4", kCudaSource, "d99724f2", Evidence::kCaptured, kGpuEvidence},
     kMmqDs4,
     {.blocks = RawBlocks::kMmqDs4},
     kAnyLength,
     DequantizeOrder::kNotStated},
    {{"ggml/q8_1-mmq-d2s6", kCudaSource, "d99724f2", Evidence::kCaptured, kGpuEvidence},
     kMmqD2s6,
     {.blocks = RawBlocks::kMmqD2s6},
     kAnyLength,
     DequantizeOrder::kNotStated},
    {{"ggml/q8_1-mmq-d4-ieee", kCudaSource, "d99724f2 built without -use_fast_math", Evidence::kRead,
      "ggml.md 2.5 of the notes"},
     without_fast_math(kMmqD4),
     {.blocks = RawBlocks::kMmqD4},
     kAnyLength,
     DequantizeOrder::kNotStated},
    {{"ggml/q8_1-mmq-ds4-ieee", kCudaSource, "d99724f2 built without -use_fast_math", Evidence::kRead,
      "ggml.md 2.5 of the notes"},
     without_fast_math(kMmqDs4),
     {.blocks = RawBlocks::kMmqDs4},
     kAnyLength,
     DequantizeOrder::kNotStated},
    {{"ggml/q8_1-mmq-d2s6-ieee", kCudaSource, "d99724f2 built without -use_fast_math", Evidence::kRead,
      "ggml.md 2.5 of the notes"},
     without_fast_math(kMmqD2s6),
     {.blocks = RawBlocks::kMmqD2s6},
     kAnyLength,
     DequantizeOrder::kNotStated},
    {{"ggml/q8_1-cpu-ref", kHostSource, "d99724f2", Evidence::kCaptured, kHostEvidence},
     kQ8_1CpuRef,
     {.blocks = RawBlocks::kQ8_1},
     kWhole32,
     DequantizeOrder::kNotStated},
    {{"ggml/q8_1-cpu-avx", kX86Source, "d99724f2, AVX and AVX2", Evidence::kCaptured, kAvxEvidence},
     kQ8_1CpuAvx,
     {.blocks = RawBlocks::kQ8_1},
     kWhole32,
     DequantizeOrder::kNotStated},
    {{"ggml/q8_1-cpu-neon", kArmSource, "d99724f2, NEON; RISC-V V rounds alike", Evidence::kCaptured, kNeonEvidence},
     kQ8_1CpuNeon,
     {.blocks = RawBlocks::kQ8_1},
     kWhole32,
     DequantizeOrder::kNotStated},
    {{"ggml/q8_1-bf16", "hypothetical: ggml-org/llama.cpp #22571 proposes bf16 scales; its rounding order is unknown",
      "none", Evidence::kRead,
      "no source: the arithmetic of ggml/q8_1, d and s rounded to nearest even in bf16; no producer is claimed"},
     kQ8_1Bf16,
     {},
     kAnyLength,
     DequantizeOrder::kNotStated},
    {{"ggml/q8_0-cpu-ref", kHostSource, "d99724f2", Evidence::kCaptured, kHostEvidence},
     kQ8_0CpuRef,
     {.blocks = RawBlocks::kQ8_0},
     kWhole32,
     DequantizeOrder::kScale},
    {{"ggml/q8_0-cpu-avx", kX86Source, "d99724f2, AVX and AVX2", Evidence::kCaptured, kAvxEvidence},
     kQ8_0CpuAvx,
     {.blocks = RawBlocks::kQ8_0},
     kWhole32,
     DequantizeOrder::kScale},
    {{"ggml/q8_0-cpu-neon", kArmSource, "d99724f2, NEON; RISC-V V rounds alike", Evidence::kCaptured, kNeonEvidence},
     kQ8_0CpuNeon,
     {.blocks = RawBlocks::kQ8_0},
     kWhole32,
     DequantizeOrder::kScale},
    {{"ggml/q8_0-cuda-cpy", kCpySource, "d99724f2", Evidence::kRead,
      "ggml.md 5.4 of the notes; its zero test and maximum are those of cpy-utils.cuh"},
     kQ8_0Cuda,
     {.blocks = RawBlocks::kQ8_0},
     kWhole32,
     DequantizeOrder::kScale},
    {{"ggml/q4_0-cpu-ref", kHostSource, "d99724f2", Evidence::kCaptured, kHostEvidence},
     legacy(SchemeId::kQ4_0, Contraction::kNone),
     {.blocks = RawBlocks::kQ4_0},
     kWhole32,
     DequantizeOrder::kScale},
    {{"ggml/q4_0-cpu-fma", kHostSource, "d99724f2 compiled by GCC for a target with FMA", Evidence::kCaptured,
      kHostFmaEvidence},
     legacy(SchemeId::kQ4_0, Contraction::kFused),
     {.blocks = RawBlocks::kQ4_0},
     kWhole32,
     DequantizeOrder::kScale},
    {{"ggml/q4_0-cuda-cpy", kCpySource, "d99724f2", Evidence::kRead, "ggml.md 5.4 of the notes"},
     legacy_cuda(SchemeId::kQ4_0),
     {.blocks = RawBlocks::kQ4_0},
     kWhole32,
     DequantizeOrder::kScale},
    {{"ggml/q4_1-cpu-ref", kHostSource, "d99724f2", Evidence::kCaptured, kHostEvidence},
     legacy(SchemeId::kQ4_1, Contraction::kNone),
     {.blocks = RawBlocks::kQ4_1},
     kWhole32,
     DequantizeOrder::kNotStated},
    {{"ggml/q4_1-cpu-fma", kHostSource, "d99724f2 compiled by GCC for a target with FMA", Evidence::kCaptured,
      kHostFmaEvidence},
     legacy(SchemeId::kQ4_1, Contraction::kFused),
     {.blocks = RawBlocks::kQ4_1},
     kWhole32,
     DequantizeOrder::kNotStated},
    {{"ggml/q4_1-cuda-cpy", kCpySource, "d99724f2", Evidence::kRead, "ggml.md 5.4 of the notes"},
     legacy_cuda(SchemeId::kQ4_1),
     {.blocks = RawBlocks::kQ4_1},
     kWhole32,
     DequantizeOrder::kNotStated},
    {{"ggml/q5_0-cpu-ref", kHostSource, "d99724f2", Evidence::kCaptured, kHostEvidence},
     legacy(SchemeId::kQ5_0, Contraction::kNone),
     {.blocks = RawBlocks::kQ5_0},
     kWhole32,
     DequantizeOrder::kScale},
    {{"ggml/q5_0-cpu-fma", kHostSource, "d99724f2 compiled by GCC for a target with FMA", Evidence::kCaptured,
      kHostFmaEvidence},
     legacy(SchemeId::kQ5_0, Contraction::kFused),
     {.blocks = RawBlocks::kQ5_0},
     kWhole32,
     DequantizeOrder::kScale},
    {{"ggml/q5_0-cuda-cpy", kCpySource, "d99724f2", Evidence::kRead, "ggml.md 5.4 of the notes"},
     legacy_cuda(SchemeId::kQ5_0),
     {.blocks = RawBlocks::kQ5_0},
     kWhole32,
     DequantizeOrder::kScale},
    {{"ggml/q5_1-cpu-ref", kHostSource, "d99724f2", Evidence::kCaptured, kHostEvidence},
     legacy(SchemeId::kQ5_1, Contraction::kNone),
     {.blocks = RawBlocks::kQ5_1},
     kWhole32,
     DequantizeOrder::kNotStated},
    {{"ggml/q5_1-cpu-fma", kHostSource, "d99724f2 compiled by GCC for a target with FMA", Evidence::kCaptured,
      kHostFmaEvidence},
     legacy(SchemeId::kQ5_1, Contraction::kFused),
     {.blocks = RawBlocks::kQ5_1},
     kWhole32,
     DequantizeOrder::kNotStated},
    {{"ggml/q5_1-cuda-cpy", kCpySource, "d99724f2", Evidence::kRead, "ggml.md 5.4 of the notes"},
     legacy_cuda(SchemeId::kQ5_1),
     {.blocks = RawBlocks::kQ5_1},
     kWhole32,
     DequantizeOrder::kNotStated},
    // Its own decoder gives scale code 255 the value 2^127, which E8M0 does not: dequantize is refused.
    {{"ggml/mxfp4-cpu", kHostSource, "d99724f2", Evidence::kCaptured, kHostEvidence},
     special(SchemeId::kMxfp4, Machine::kX86, Special::kGgmlMxfp4Host),
     {.blocks = RawBlocks::kMxfp4},
     kWhole32,
     DequantizeOrder::kNotStated},
    {{"ggml/mxfp4-mmq", kCudaSource, "d99724f2, sm_120 and sm_121", Evidence::kCaptured, kFp4Evidence},
     special(SchemeId::kMxfp4, Machine::kGpuFtz, Special::kGgmlMxfp4Mmq),
     {.blocks = RawBlocks::kFp4MmqMx},
     kAnyLength,
     DequantizeOrder::kNotStated},
    {{"ggml/nvfp4-cpu", kHostSource, "d99724f2", Evidence::kCaptured, kHostEvidence},
     special(SchemeId::kNvfp4Single, Machine::kX86, Special::kGgmlNvfp4Host),
     {.blocks = RawBlocks::kNvfp4},
     kWhole64,
     DequantizeOrder::kScale},
    {{"ggml/nvfp4-mmq-v1", "ggml-org/ggml, src/ggml-cuda/quantize.cu, c21ff638",
      "2026-04-28 to 2026-07-22, sm_120 and sm_121", Evidence::kRead, "ggml.md 5.3 of the notes"},
     special(SchemeId::kNvfp4Single, Machine::kGpuFtz, Special::kGgmlNvfp4MmqV1),
     {.blocks = RawBlocks::kFp4MmqNv},
     kAnyLength,
     DequantizeOrder::kNotStated},
    {{"ggml/nvfp4-mmq-v2", kCudaSource, "2026-07-22 (e7059df1) and later, sm_120 and sm_121", Evidence::kCaptured,
      kFp4Evidence},
     kNvfp4MmqV2,
     {.global_number = GlobalNumber::kMultiplier, .blocks = RawBlocks::kFp4MmqNv},
     kAnyLength,
     DequantizeOrder::kNotStated},
    {{"ggml/rms_norm", kNormSource, "d99724f2", Evidence::kCaptured, kNormEvidence},
     norm(Fusion::kRmsNorm),
     {},
     kNormAccepts,
     DequantizeOrder::kValues},
    {{"ggml/rms_norm-mul", kNormSource, "d99724f2", Evidence::kCaptured, kNormEvidence},
     norm(Fusion::kRmsNormMul),
     {},
     kNormAccepts,
     DequantizeOrder::kValues},
    {{"ggml/rms_norm-mul-add", kNormSource, "d99724f2", Evidence::kRead,
      "ggml.md 3 of the notes: the fma in machine code"},
     norm(Fusion::kRmsNormMulAdd),
     {},
     kNormAccepts,
     DequantizeOrder::kValues},
    {{"ggml/rms_norm-mul-q8_1",
      "ggml-org/ggml, src/ggml-cuda/norm.cu and quantize.cu, d99724f2; fused by llama.cpp #22710, closed",
      "unfused: d99724f2", Evidence::kCaptured,
      "ggml's RMS_NORM + MUL and quantize_q8_1 kernels one after the other, H100; 1024 to 8192 columns"},
     kNormQ8_1,
     {.blocks = RawBlocks::kQ8_1},
     kNormAccepts,
     DequantizeOrder::kNotStated},
};

}  // namespace

std::span<const Recipe> ggml_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::reference
