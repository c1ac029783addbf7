// compressed-tensors (llm-compressor): NVFP4 in the dtype of its data, MXFP4 and MXFP8. All eager PyTorch: the Triton
// backends are registered as disabled at the commit read. Source of the formulas: torchao-and-ocp.md 5.1 and 5.2.
#include "bitgate/reference/recipe/catalog/families.h"

namespace bitgate::reference {

namespace {

// Intermediates are in the input's type: bf16 data round 1/amax, G and amax / 6.
constexpr Rules kNvfp4{
    .scheme = SchemeId::kNvfp4,
    .global = {.form = GlobalForm::kReciprocalTimesTarget, .target = 2688.0f, .amax_nan = AmaxNan::kPropagate},
    .block = {.form = ScaleForm::kAmaxOverElementMaxTimesGlobal,
              .divide = Divide::kTimesIeeeReciprocal,
              .intermediate = Intermediate::kInputType,
              .amax_nan = AmaxNan::kPropagate,
              .ceiling = 448.0f,
              .encode = kTorchCast,
              .on_zero = ZeroBlockScale::kEighthOnceEncoded},
    .element = {
        .multiplier = MultiplierForm::kDivideByScaleOverGlobal, .clamp = 6.0f, .encode = ElementEncode::kComparisons}};
constexpr Rules kNvfp4Cpu = [] {
  Rules rules = kNvfp4;
  rules.machine = Machine::kX86;
  rules.block.divide = Divide::kIeee;
  return rules;
}();

// The FP4 rounding constant decides the exponent of MXFP8 too.
constexpr Rules mx(SchemeId scheme) noexcept {
  const Format& element = scheme_of(scheme).element;
  return {.scheme = scheme,
          .block = {.form = ScaleForm::kExponentQuarter, .amax_nan = AmaxNan::kPropagate},
          .element = {.multiplier = MultiplierForm::kDivideByPower,
                      .clamp = static_cast<float>(max_finite(element)),
                      .encode = element.bits == 4 ? ElementEncode::kComparisons : ElementEncode::kTorchCast,
                      .scaled = Intermediate::kInputType}};
}

constexpr std::string_view kSource =
    "vllm-project/compressed-tensors, src/compressed_tensors/quantization/utils/{helpers,fp4_utils}.py, ac8e2ba82f4e";
constexpr std::string_view kMxSource =
    "vllm-project/compressed-tensors, src/compressed_tensors/quantization/utils/mxfp_utils.py, ac8e2ba82f4e";
constexpr std::string_view kEvidence = "compressed-tensors 0.20.0, PyTorch 2.11.0, x86 CPU";
constexpr std::string_view kBf16Evidence =
    "compressed-tensors 0.20.0, PyTorch 2.11.0, x86 CPU, whose division by 6 rounds to the same bf16 as CUDA's product";
constexpr std::string_view kFp32Evidence =
    "worked examples W2 and W3 and the counts of scale bytes in the notes; the same code on a CPU has bytes";
constexpr std::string_view kRefusal = "a NaN is packed by a conversion to int8 that C++ leaves undefined";
constexpr std::string_view kEmptyRefusal =
    "an empty tensor has no amax; a NaN, which an infinity leads to, is packed by a conversion to int8 that C++ leaves "
    "undefined";

constexpr Storage kDivisorStored{.global_number = GlobalNumber::kDivisor};

constexpr Accepts accepts_of(bool f32, bool bf16) noexcept {
  return {.f32 = f32,
          .bf16 = bf16,
          .col_multiple = 16,
          .nan = false,
          .infinity = false,
          .empty = false,
          .refusal = kEmptyRefusal};
}
constexpr Accepts kMxAccepts{
    .f32 = true, .bf16 = true, .col_multiple = 32, .nan = false, .infinity = false, .refusal = kRefusal};

constexpr Recipe kRecipes[] = {
    {{"compressed-tensors/nvfp4-bf16", kSource, "ac8e2ba82f4e, bf16 data", Evidence::kReference, kBf16Evidence},
     kNvfp4,
     kDivisorStored,
     accepts_of(false, true),
     DequantizeOrder::kScaleOverGlobal},
    {{"compressed-tensors/nvfp4-fp32", kSource, "ac8e2ba82f4e, fp32 data on CUDA", Evidence::kExample, kFp32Evidence},
     kNvfp4,
     kDivisorStored,
     accepts_of(true, false),
     DequantizeOrder::kScaleOverGlobal},
    {{"compressed-tensors/nvfp4-fp32-cpu", kSource, "ac8e2ba82f4e, fp32 data on a CPU", Evidence::kReference,
      kEvidence},
     kNvfp4Cpu,
     kDivisorStored,
     accepts_of(true, false),
     DequantizeOrder::kScaleOverGlobal},
    {{"compressed-tensors/mxfp4", kMxSource, "ac8e2ba82f4e", Evidence::kReference, kEvidence},
     mx(SchemeId::kMxfp4),
     {},
     kMxAccepts,
     DequantizeOrder::kPowerOfTwo},
    {{"compressed-tensors/mxfp8", kMxSource, "ac8e2ba82f4e", Evidence::kReference, kEvidence},
     mx(SchemeId::kMxfp8E4m3),
     {},
     kMxAccepts,
     DequantizeOrder::kPowerOfTwo},
};

}  // namespace

std::span<const Recipe> compressed_tensors_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::reference
