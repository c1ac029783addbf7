// NVFP4 of vLLM and SGLang, whose kernels share their text, and vLLM's Python reference. Precise flags: subnormals live
// in products and die in MUFU.RCP. Source of the formulas: flashinfer-vllm-cutlass.md 4.1 and 5.
#include "bitgate/reference/recipe/catalog/families.h"
#include "bitgate/reference/recipe/catalog/inference_rules.h"

namespace bitgate::reference {

namespace {

// The last maximum is __hmax; the zero test looks at the scale as stored.
constexpr Rules kKernel = [] {
  Rules rules = kMufuNvfp4;
  rules.block.amax_nan = AmaxNan::kKeepAllNan;
  rules.element.zero_scale = ZeroScale::kZero;
  return rules;
}();

// torch: reciprocals are rounded, and that of 0 is 0; the scale is cut to 448, the element to 6. Its cast by intervals
// gives values: a value of NaN has no code, and 0 stands for it here.
constexpr Rules kPython{
    .scheme = SchemeId::kNvfp4,
    .global = {.form = GlobalForm::kGivenEncodeScale, .target = 2688.0f, .reciprocal = Divide::kIeeeOrZero},
    .block = {.form = ScaleForm::kAmaxOverElementMaxTimesGlobal,
              .divide = Divide::kTimesIeeeReciprocal,
              .amax_nan = AmaxNan::kPropagate,
              .floor = -448.0f,
              .ceiling = 448.0f,
              .encode = kTorchCast},
    .element = {.multiplier = MultiplierForm::kReciprocalOfProduct,
                .divide = Divide::kIeeeOrZero,
                .clamp = 6.0f,
                .encode = ElementEncode::kComparisons}};

constexpr Accepts kPythonAccepts{.bf16 = true,
                                 .f16 = true,
                                 .col_multiple = 16,
                                 .nan = false,
                                 .infinity = false,
                                 .refusal = "the Python reference gives values, and a value of NaN has no code"};

constexpr std::string_view kVllm = "vllm-project/vllm, csrc/quantization/fp4/nvfp4_utils.cuh, 20b4ad8eb933";
constexpr std::string_view kVllmPython = "vllm-project/vllm, tests/kernels/quantization, test_nvfp4_quant, 07b13497";
constexpr std::string_view kSglang =
    "sgl-project/sglang, sgl-kernel/csrc/gemm/nvfp4_quant_kernels.cu and nvfp4_quant.cuh, 1636e190";
constexpr std::string_view kGolden = "golden vectors of the notes (11.1)";

constexpr Storage kDivisor{.global_number = GlobalNumber::kDivisor};

constexpr Recipe kRecipes[] = {
    {{"vllm/nvfp4", kVllm, "20b4ad8e, scaled_fp4_quant and its experts", Evidence::kExample, kGolden},
     kKernel,
     kDivisor,
     kSixteenBits,
     DequantizeOrder::kNotStated},
    {{"vllm/nvfp4-pyref", kVllmPython, "07b13497, the reference of its tests", Evidence::kExample,
      "golden vectors of the notes (11.1), column of IEEE reciprocals"},
     kPython,
     kDivisor,
     kPythonAccepts,
     DequantizeOrder::kNotStated},
    {{"sglang/nvfp4", kSglang, "1636e190, the library for sm_100 and later", Evidence::kExample, kGolden},
     kKernel,
     kDivisor,
     kSixteenBits,
     DequantizeOrder::kNotStated},
};

}  // namespace

std::span<const Recipe> vllm_nvfp4_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::reference
