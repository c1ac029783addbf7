// The known recipes: one Rules and one entry each. Arithmetic as the notes state it; sources are named per entry.
#include <fmt/format.h>
#include <algorithm>

#include "bitgate/reference/recipe/recipe.h"
#include "bitgate/reference/recipe/rows.h"

namespace bitgate::reference {

namespace {

// A specialised loop: with constant Rules every branch of quantize_block folds away.
template <const Rules& kRules>
void run(const Request& request, QuantizedTensor& out) {
  quantize_rows(kRules, request, out);
}

constexpr Rules kTeNvfp4{
    .scheme = SchemeId::kNvfp4,
    .global = {.form = GlobalForm::kEncodeScale, .target = 2688.0f, .on_zero = ZeroGlobal::kOneForZeroAmaxOrScale},
    .block = {.form = ScaleForm::kAmaxTimesFoldedGlobal, .ceiling = kFloat32Max},
    .element = {.multiplier = MultiplierForm::kReciprocalOfProduct, .encode = ElementEncode::kCvt}};

constexpr Rules with_scheme(Rules rules, SchemeId scheme) noexcept {
  rules.scheme = scheme;
  return rules;
}
constexpr Rules kTeNvfp4Row = with_scheme(kTeNvfp4, SchemeId::kNvfp4Row);

constexpr Rules kTePyref{
    .scheme = SchemeId::kNvfp4,
    .global = {.form = GlobalForm::kEncodeScale,
               .target = 2688.0f,
               .amax_nan = AmaxNan::kPropagate,
               .on_zero = ZeroGlobal::kOneForZeroScale},
    .block = {.form = ScaleForm::kAmaxTimesFoldedGlobal,
              .amax_nan = AmaxNan::kPropagate,
              .ceiling = 448.0f,
              .encode = kTorchCast},
    .element = {
        .multiplier = MultiplierForm::kReciprocalOfProduct, .clamp = 6.0f, .encode = ElementEncode::kComparisons}};
constexpr Rules kTePyrefRow = with_scheme(kTePyref, SchemeId::kNvfp4Row);

constexpr Rules kTorchaoSingle{
    .scheme = SchemeId::kNvfp4Single,
    .block = {.form = ScaleForm::kAmaxOverElementMax,
              .divide = Divide::kTimesIeeeReciprocal,
              .amax_nan = AmaxNan::kPropagate,
              .floor = 0x1p-6f,
              .ceiling = 448.0f,
              .encode = kTorchCast},
    .element = {.multiplier = MultiplierForm::kReciprocalOfScale, .clamp = 6.0f, .encode = ElementEncode::kFloatBits}};

constexpr Rules on_cpu(Rules rules) noexcept {
  rules.machine = Machine::kX86;
  rules.global.divide = Divide::kIeee;
  rules.block.divide = Divide::kIeee;
  return rules;
}
constexpr Rules kTorchaoSingleCpu = on_cpu(kTorchaoSingle);

constexpr Rules two_level(Rules rules) noexcept {
  rules.scheme = SchemeId::kNvfp4;
  rules.global = {.form = GlobalForm::kDecodeScale,
                  .target = 2688.0f,
                  .divide = Divide::kTimesIeeeReciprocal,
                  .amax_nan = AmaxNan::kPropagate};
  rules.block.form = ScaleForm::kAmaxOverElementMaxThenGlobal;
  rules.element.multiplier = MultiplierForm::kGlobalReciprocalOverScale;
  return rules;
}
constexpr Rules kTorchaoTensorwise = two_level(kTorchaoSingle);
constexpr Rules kTorchaoTensorwiseCpu = on_cpu(kTorchaoTensorwise);

constexpr Rules pr2408(Rules rules) noexcept {
  rules.global.target = 448.0f;
  rules.global.floor = 0x1p-6f;
  rules.global.ceiling = 448.0f;
  rules.block.intermediate = Intermediate::kInputType;
  rules.element.multiplier = MultiplierForm::kDivideByProduct;
  return rules;
}
constexpr Rules kTorchaoPr2408 = pr2408(kTorchaoTensorwise);

constexpr Rules kMxfp4Floor{
    .scheme = SchemeId::kMxfp4,
    .block = {.form = ScaleForm::kExponentFloor, .amax_nan = AmaxNan::kPropagate},
    .element = {.multiplier = MultiplierForm::kExponentNegated, .encode = ElementEncode::kFloatBits}};

constexpr Rules kMxfp8Floor{
    .scheme = SchemeId::kMxfp8E4m3,
    .block = {.form = ScaleForm::kExponentFloor, .amax_nan = AmaxNan::kPropagate},
    .element = {.multiplier = MultiplierForm::kExponentNegated, .clamp = 448.0f, .encode = ElementEncode::kTorchCast}};

// A true division by 448 would give the same scale for every amax (all of them tried).
constexpr Rules kMxfp8Rceil{
    .scheme = SchemeId::kMxfp8E4m3,
    .block = {.form = ScaleForm::kExponentRoundUp,
              .divide = Divide::kTimesIeeeReciprocal,
              .amax_nan = AmaxNan::kPropagate,
              .encode = kCvtRp},
    .element = {.multiplier = MultiplierForm::kExponentNegated, .encode = ElementEncode::kTorchCast}};

constexpr Rules kGgmlQ8_1{
    .scheme = SchemeId::kQ8_1,
    .machine = Machine::kGpuFtz,
    .block = {.form = ScaleForm::kAmaxOver127,
              .divide = Divide::kTimesIeeeReciprocal,
              .amax_nan = AmaxNan::kKeepAllNan,
              .encode = kCvtRnInf},
    .element = {.multiplier = MultiplierForm::kApproxReciprocalOfScale, .encode = ElementEncode::kRoundAwayLowByte},
    .extra = ExtraRule::kWarpSum};

constexpr Rules mmq(SchemeId scheme, ExtraRule extra) noexcept {
  Rules rules = kGgmlQ8_1;
  rules.scheme = scheme;
  rules.block.form = ScaleForm::kReciprocalOfMultiplier;
  rules.element.multiplier = MultiplierForm::k127OverAmax;
  rules.extra = extra;
  return rules;
}
constexpr Rules kGgmlMmqD4 = mmq(SchemeId::kQ8_1MmqD4, ExtraRule::kNone);
constexpr Rules kGgmlMmqDs4 = mmq(SchemeId::kQ8_1MmqDs4, ExtraRule::kQuadThenTree);
constexpr Rules kGgmlMmqD2s6 = mmq(SchemeId::kQ8_1MmqD2s6, ExtraRule::kQuadThenTree);

constexpr Rules kGgmlQ8_1CpuRef{
    .scheme = SchemeId::kQ8_1,
    .machine = Machine::kX86,
    .block = {.form = ScaleForm::kAmaxOver127,
              .divide = Divide::kIeee,
              .amax_nan = AmaxNan::kRestart,
              .encode = kGgmlHostHalf},
    .element = {.multiplier = MultiplierForm::kHostReciprocalOfScale, .encode = ElementEncode::kRoundAwayLowByte},
    .extra = ExtraRule::kScaledCodeSum};

constexpr std::string_view kTeSource =
    "NVIDIA/TransformerEngine, common/cast/nvfp4/core_nvfp4.cuh, quantize_transpose_nvfp4.cuh, d0067d0d";
constexpr std::string_view kPyrefSource =
    "NVIDIA/TransformerEngine, pytorch/custom_recipes/reference_nvfp4.py, d0067d0d";
constexpr std::string_view kAoNvfp4Source = "pytorch/ao, torchao/prototype/mx_formats/nvfp4_tensor.py, 36027d82";
constexpr std::string_view kAoMxSource = "pytorch/ao, torchao/prototype/mx_formats/mx_tensor.py, 36027d82";
constexpr std::string_view kGgmlCudaSource = "ggml-org/ggml, src/ggml-cuda/quantize.cu, d99724f2";

constexpr std::string_view kTeEvidence = "TransformerEngine's kernel, its sm_100a PTX down-levelled, on an H100";
constexpr std::string_view kPyrefEvidence = "TransformerEngine's PyTorch reference, PyTorch 2.11.0, CPU";
constexpr std::string_view kAoCudaEvidence = "torchao eager, PyTorch 2.11.0, H100";
constexpr std::string_view kAoCpuEvidence = "torchao eager, PyTorch 2.11.0, x86 CPU";
constexpr std::string_view kGgmlEvidence = "ggml's kernel, nvcc 13.0 -use_fast_math, H100";

constexpr Storage kAmaxStored{.global_number = GlobalNumber::kAmax};
constexpr Storage kMultiplierStored{.global_number = GlobalNumber::kMultiplier};

constexpr Accepts kTeAccepts{.f32 = true, .bf16 = true, .f16 = true, .col_multiple = 16};
// Of an odd row its packing drops the last code.
constexpr Accepts kPyrefAccepts{
    .f32 = true,
    .bf16 = true,
    .col_multiple = 2,
    .nan = false,
    .empty = false,
    .refusal =
        "an empty tensor has no amax; a NaN makes it NaN, and no note states the sign of the scales that follow"};
constexpr Accepts kAoAccepts{.f32 = true, .bf16 = true, .col_multiple = 16};
constexpr Accepts kAoTwoLevelAccepts{
    .f32 = true, .bf16 = true, .col_multiple = 16, .empty = false, .refusal = "it has no amax"};
constexpr Accepts kAoCpuAccepts{
    .f32 = true,
    .bf16 = true,
    .col_multiple = 16,
    .nan = false,
    .refusal = "on the CPU the payload of an input NaN decides the codes, and no note states the order of operands"};
constexpr Accepts kAoTwoLevelCpuAccepts{
    .f32 = true,
    .bf16 = true,
    .col_multiple = 16,
    .nan = false,
    .empty = false,
    .refusal = "an empty tensor has no amax; of a NaN on the CPU no note states which payload survives"};
constexpr Accepts kMxAccepts{.f32 = true, .bf16 = true, .col_multiple = 32};
constexpr Accepts kGgmlCudaAccepts{.f32 = true};
constexpr Accepts kGgmlCpuAccepts{.f32 = true, .col_multiple = 32};

constexpr Recipe kCatalog[] = {
    {{"te/nvfp4", kTeSource, "v2.14 and later", Evidence::kCaptured, kTeEvidence},
     kTeNvfp4,
     kAmaxStored,
     kTeAccepts,
     DequantizeOrder::kScaleAmaxConstant,
     run<kTeNvfp4>},
    {{"te/nvfp4-row", kTeSource, "v2.16 and later", Evidence::kCaptured, kTeEvidence},
     kTeNvfp4Row,
     kAmaxStored,
     kTeAccepts,
     DequantizeOrder::kScaleAmaxConstant,
     run<kTeNvfp4Row>},
    {{"te/nvfp4-pyref", kPyrefSource, "d0067d0d", Evidence::kReference, kPyrefEvidence},
     kTePyref,
     kAmaxStored,
     kPyrefAccepts,
     DequantizeOrder::kNotStated,
     run<kTePyref>},
    {{"te/nvfp4-pyref-row", kPyrefSource, "d0067d0d", Evidence::kReference, kPyrefEvidence},
     kTePyrefRow,
     kAmaxStored,
     kPyrefAccepts,
     DequantizeOrder::kNotStated,
     run<kTePyrefRow>},
    {{"torchao/nvfp4", kAoNvfp4Source, "2026-04-02 (#4188) and later", Evidence::kCaptured, kAoCudaEvidence},
     kTorchaoSingle,
     {},
     kAoAccepts,
     DequantizeOrder::kScale,
     run<kTorchaoSingle>},
    {{"torchao/nvfp4-cpu", kAoNvfp4Source, "2026-04-02 (#4188) and later", Evidence::kCaptured, kAoCpuEvidence},
     kTorchaoSingleCpu,
     {},
     kAoCpuAccepts,
     DequantizeOrder::kScale,
     run<kTorchaoSingleCpu>},
    {{"torchao/nvfp4-tensorwise", kAoNvfp4Source, "2026-03-13 (#4031) and later", Evidence::kCaptured, kAoCudaEvidence},
     kTorchaoTensorwise,
     kMultiplierStored,
     kAoTwoLevelAccepts,
     DequantizeOrder::kGlobalTimesScale,
     run<kTorchaoTensorwise>},
    {{"torchao/nvfp4-tensorwise-cpu", kAoNvfp4Source, "2026-03-13 (#4031) and later", Evidence::kCaptured,
      kAoCpuEvidence},
     kTorchaoTensorwiseCpu,
     kMultiplierStored,
     kAoTwoLevelCpuAccepts,
     DequantizeOrder::kGlobalTimesScale,
     run<kTorchaoTensorwiseCpu>},
    {{"torchao/nvfp4-pr2408", "pytorch/ao, PR 2408, torchao/prototype/mx_formats/nvfp4_tensor.py, 7ca9f10d048b",
      "2025-06-24 to 2025-07-25", Evidence::kCaptured,
      "fp32: torchao 0.12.0 eager, PyTorch 2.11.0, H100; bf16: worked example W2 of the notes"},
     kTorchaoPr2408,
     {GlobalNumber::kMultiplier, NibbleOrder::kHighFirst},
     kAoTwoLevelAccepts,
     DequantizeOrder::kNotStated,
     run<kTorchaoPr2408>},
    {{"torchao/mxfp4-floor", kAoMxSource, "2026-08-12 (#4725) and later", Evidence::kCaptured, kAoCudaEvidence},
     kMxfp4Floor,
     {},
     kMxAccepts,
     DequantizeOrder::kPowerOfTwo,
     run<kMxfp4Floor>},
    {{"torchao/mxfp8e4m3-floor", kAoMxSource, "2026-08-12 (#4725) and later", Evidence::kCaptured, kAoCudaEvidence},
     kMxfp8Floor,
     {},
     kMxAccepts,
     DequantizeOrder::kPowerOfTwo,
     run<kMxfp8Floor>},
    {{"torchao/mxfp8e4m3-rceil", kAoMxSource, "2026-08-12 (#4725) and later", Evidence::kCaptured, kAoCudaEvidence},
     kMxfp8Rceil,
     {},
     kMxAccepts,
     DequantizeOrder::kPowerOfTwo,
     run<kMxfp8Rceil>},
    {{"ggml/q8_1", kGgmlCudaSource, "d99724f2", Evidence::kCaptured, kGgmlEvidence},
     kGgmlQ8_1,
     {},
     kGgmlCudaAccepts,
     DequantizeOrder::kNotStated,
     run<kGgmlQ8_1>},
    {{"ggml/q8_1-mmq-d4", kGgmlCudaSource, "d99724f2", Evidence::kCaptured, kGgmlEvidence},
     kGgmlMmqD4,
     {},
     kGgmlCudaAccepts,
     DequantizeOrder::kNotStated,
     run<kGgmlMmqD4>},
    {{"ggml/q8_1-mmq-ds4", kGgmlCudaSource, "d99724f2", Evidence::kCaptured, kGgmlEvidence},
     kGgmlMmqDs4,
     {},
     kGgmlCudaAccepts,
     DequantizeOrder::kNotStated,
     run<kGgmlMmqDs4>},
    {{"ggml/q8_1-mmq-d2s6", kGgmlCudaSource, "d99724f2", Evidence::kCaptured, kGgmlEvidence},
     kGgmlMmqD2s6,
     {},
     kGgmlCudaAccepts,
     DequantizeOrder::kNotStated,
     run<kGgmlMmqD2s6>},
    {{"ggml/q8_1-cpu-ref", "ggml-org/ggml, src/ggml-quants.c, d99724f2", "d99724f2", Evidence::kCaptured,
      "ggml 0.25.3's host code, gcc 12.2.0, x86-64"},
     kGgmlQ8_1CpuRef,
     {},
     kGgmlCpuAccepts,
     DequantizeOrder::kNotStated,
     run<kGgmlQ8_1CpuRef>},
};

// Levenshtein distance, for the nearest name.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::span<const Recipe> catalog() noexcept { return kCatalog; }

const Recipe* find_recipe(std::string_view name) noexcept {
  const auto* found = std::find_if(std::begin(kCatalog), std::end(kCatalog),
                                   [&](const Recipe& recipe) { return recipe.identity.name == name; });
  return found == std::end(kCatalog) ? nullptr : found;
}

const Recipe& require_recipe(std::string_view name) {
  if (const Recipe* found = find_recipe(name)) return *found;
  const auto& nearest = *std::min_element(std::begin(kCatalog), std::end(kCatalog), [&](const auto& a, const auto& b) {
    return distance(name, a.identity.name) < distance(name, b.identity.name);
  });
  throw InputError(fmt::format("unknown recipe '{}'; the nearest name is '{}'", name, nearest.identity.name));
}

}  // namespace bitgate::reference
