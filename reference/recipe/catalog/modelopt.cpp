// NVIDIA ModelOpt: NVFP4 and MXFP4 as stored, and its fake quantizers, which write values only. Source of the formulas:
// torchao-and-ocp.md 4.1 to 4.4.
#include "bitgate/reference/recipe/catalog/families.h"

namespace bitgate::reference {

namespace {

constexpr Rules kNvfp4{
    .scheme = SchemeId::kNvfp4,
    .global = {.form = GlobalForm::kDecodeScale,
               .target = 2688.0f,
               .divide = Divide::kTimesIeeeReciprocal,
               .amax_nan = AmaxNan::kPropagate},
    .block = {.form = ScaleForm::kAmaxOverScaledElementMax,
              .amax_nan = AmaxNan::kPropagate,
              .encode = kTorchCast,
              .on_zero = ZeroBlockScale::kOneBeforeEncoding},
    .element = {.multiplier = MultiplierForm::kDivideByProduct, .encode = ElementEncode::kTableSearch}};

constexpr Rules on_cpu(Rules rules) noexcept {
  rules.machine = Machine::kX86;
  rules.global.divide = Divide::kIeee;
  rules.block.divide = Divide::kIeee;
  return rules;
}

// Since 0.45.0 scales are held between the smallest E4M3 number and the largest.
constexpr Rules clamped_scales(Rules rules) noexcept {
  rules.block.floor = 0x1p-9f;
  rules.block.ceiling = 448.0f;
  return rules;
}

constexpr Rules kMxfp4{
    .scheme = SchemeId::kMxfp4,
    .block = {.form = ScaleForm::kExponentCeilOfLog2,
              .divide = Divide::kTimesIeeeReciprocal,
              .amax_nan = AmaxNan::kPropagate},
    .element = {.multiplier = MultiplierForm::kExponentNegated, .encode = ElementEncode::kTiesDownZeroNegative}};

constexpr Rules kFakeTriton{
    .scheme = SchemeId::kValuesE2m1Row16,
    .global = {.form = GlobalForm::kDecodeScale, .target = 2688.0f, .divide = Divide::kTimesIeeeReciprocal},
    .special = {.kind = Special::kModeloptTriton}};

// The tensor's amax itself enters, as kEncodeScale keeps it.
constexpr Rules fake_extension(SchemeId scheme) noexcept {
  const bool nvfp4 = scheme == SchemeId::kValuesE2m1Row16;
  return {.scheme = scheme,
          .machine = Machine::kGpuFtz,
          .global = {.form = nvfp4 ? GlobalForm::kEncodeScale : GlobalForm::kNone, .target = nvfp4 ? 2688.0f : 0.0f},
          .special = {.kind = Special::kModeloptExtension}};
}

constexpr std::string_view kSource =
    "NVIDIA/TensorRT-Model-Optimizer, modelopt/torch/quantization/qtensor/nvfp4_tensor.py, 5a4242faf414";
constexpr std::string_view kClampSource =
    "NVIDIA/TensorRT-Model-Optimizer, modelopt/torch/quantization/qtensor/nvfp4_tensor.py, release 0.47.0";
constexpr std::string_view kMxSource =
    "NVIDIA/TensorRT-Model-Optimizer, modelopt/torch/quantization/qtensor/mxfp4_tensor.py, 5a4242faf414";
constexpr std::string_view kTritonSource =
    "NVIDIA/TensorRT-Model-Optimizer, modelopt/torch/quantization/triton/fp4_kernel.py, 5a4242faf414";
constexpr std::string_view kExtSource =
    "NVIDIA/TensorRT-Model-Optimizer, modelopt/torch/quantization/src/tensor_quant_mx.{h,cu}, 5a4242faf414";
constexpr std::string_view kCudaEvidence =
    "worked examples W2, W3 and W5 and the counts of scale bytes in the notes; the same code on a CPU has bytes";
constexpr std::string_view kCpuEvidence = "nvidia-modelopt 0.43.0, PyTorch 2.11.0, x86 CPU";
constexpr std::string_view kClampCpuEvidence = "nvidia-modelopt 0.47.0, PyTorch 2.11.0, x86 CPU";
constexpr std::string_view kClampEvidence = "read, version 0.47.0; the same code on a CPU has bytes";
constexpr std::string_view kMxEvidence =
    "worked example W11 of the notes; the same code on a CPU has bytes; CUDA's log2f is taken to be correctly rounded";
constexpr std::string_view kTritonEvidence =
    "torchao-and-ocp.md 4.2 of the notes, Triton's own conversion of sm_90; div.full by ptx.md 2.6";
constexpr std::string_view kExtEvidence =
    "torchao-and-ocp.md 4.3 of the notes; the sign of a zero is an uninitialised variable there, and +0 here";

constexpr Storage kMultiplierStored{.global_number = GlobalNumber::kMultiplier};

constexpr Accepts kAccepts{
    .f32 = true, .bf16 = true, .f16 = true, .col_multiple = 16, .empty = false, .refusal = "it has no amax"};
constexpr Accepts kCpuAccepts{
    .f32 = true,
    .bf16 = true,
    .f16 = true,
    .col_multiple = 16,
    .nan = false,
    .empty = false,
    .refusal = "an empty tensor has no amax; of a NaN on the CPU no note states which payload survives"};
constexpr Accepts kMxAccepts{.f32 = true,
                             .bf16 = true,
                             .f16 = true,
                             .col_multiple = 32,
                             .nan = false,
                             .infinity = false,
                             .refusal = "the scale byte is then an undefined conversion from float to uint8"};
constexpr Accepts kTritonAccepts{
    .f32 = true,
    .bf16 = true,
    .f16 = true,
    .col_multiple = 16,
    .nan = false,
    .infinity = false,
    .empty = false,
    .refusal = "it has no finite amax: every value is then a NaN, whose sign is not stated"};
constexpr Accepts kExtAccepts{.f32 = true,
                              .bf16 = true,
                              .f16 = true,
                              .nan = false,
                              .refusal = "the sign of a NaN's value is an uninitialised variable"};
constexpr Accepts kExtNvfp4Accepts{
    .f32 = true,
    .bf16 = true,
    .f16 = true,
    .nan = false,
    .empty = false,
    .refusal = "an empty tensor has no amax; the sign of a NaN's value is an uninitialised variable"};

constexpr Recipe kRecipes[] = {
    {{"modelopt/nvfp4", kSource, "until 0.44.0, on CUDA", Evidence::kExample, kCudaEvidence},
     kNvfp4,
     kMultiplierStored,
     kAccepts,
     DequantizeOrder::kGlobalTimesScaleOfPlusZero},
    {{"modelopt/nvfp4-cpu", kSource, "until 0.44.0, on a CPU", Evidence::kReference, kCpuEvidence},
     on_cpu(kNvfp4),
     kMultiplierStored,
     kCpuAccepts,
     DequantizeOrder::kGlobalTimesScaleOfPlusZero},
    {{"modelopt/nvfp4-clamp", kClampSource, "0.45.0 and later, on CUDA", Evidence::kRead, kClampEvidence},
     clamped_scales(kNvfp4),
     kMultiplierStored,
     kAccepts,
     DequantizeOrder::kGlobalTimesScaleOfPlusZero},
    {{"modelopt/nvfp4-clamp-cpu", kClampSource, "0.45.0 and later, on a CPU", Evidence::kReference, kClampCpuEvidence},
     clamped_scales(on_cpu(kNvfp4)),
     kMultiplierStored,
     kCpuAccepts,
     DequantizeOrder::kGlobalTimesScaleOfPlusZero},
    {{"modelopt/mxfp4", kMxSource, "5a4242faf414, on CUDA", Evidence::kExample, kMxEvidence},
     kMxfp4,
     {},
     kMxAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"modelopt/mxfp4-cpu", kMxSource, "5a4242faf414, on a CPU", Evidence::kReference, kClampCpuEvidence},
     on_cpu(kMxfp4),
     {},
     kMxAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"modelopt/nvfp4-fake-triton", kTritonSource, "5a4242faf414, on sm_90 and later", Evidence::kRead,
      kTritonEvidence},
     kFakeTriton,
     {},
     kTritonAccepts,
     DequantizeOrder::kValues},
    {{"modelopt/nvfp4-fake-ext", kExtSource, "5a4242faf414", Evidence::kRead, kExtEvidence},
     fake_extension(SchemeId::kValuesE2m1Row16),
     {},
     kExtNvfp4Accepts,
     DequantizeOrder::kValues},
    {{"modelopt/mxfp4-fake-ext", kExtSource, "5a4242faf414", Evidence::kRead, kExtEvidence},
     fake_extension(SchemeId::kValuesE2m1),
     {},
     kExtAccepts,
     DequantizeOrder::kValues},
    {{"modelopt/mxfp6e2m3-fake-ext", kExtSource, "5a4242faf414", Evidence::kRead, kExtEvidence},
     fake_extension(SchemeId::kValuesE2m3),
     {},
     kExtAccepts,
     DequantizeOrder::kValues},
    {{"modelopt/mxfp6e3m2-fake-ext", kExtSource, "5a4242faf414", Evidence::kRead, kExtEvidence},
     fake_extension(SchemeId::kValuesE3m2),
     {},
     kExtAccepts,
     DequantizeOrder::kValues},
    {{"modelopt/mxfp8e4m3-fake-ext", kExtSource, "5a4242faf414", Evidence::kRead, kExtEvidence},
     fake_extension(SchemeId::kValuesE4m3),
     {},
     kExtAccepts,
     DequantizeOrder::kValues},
    {{"modelopt/mxfp8e5m2-fake-ext", kExtSource, "5a4242faf414", Evidence::kRead, kExtEvidence},
     fake_extension(SchemeId::kValuesE5m2),
     {},
     kExtAccepts,
     DequantizeOrder::kValues},
    {{"modelopt/mxint8-fake-ext", kExtSource, "5a4242faf414", Evidence::kRead, kExtEvidence},
     fake_extension(SchemeId::kValuesInt8),
     {},
     kExtAccepts,
     DequantizeOrder::kValues},
};

}  // namespace

std::span<const Recipe> modelopt_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::reference
