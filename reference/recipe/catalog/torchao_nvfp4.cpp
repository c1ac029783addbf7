// torchao's NVFP4: eager, compiled, its Triton and MSLK kernels, its training path, and older versions. Source of the
// formulas: torchao-and-ocp.md 2.7 and 2.8.
#include "bitgate/reference/arith/ieee.h"
#include "bitgate/reference/recipe/catalog/families.h"

namespace bitgate::reference {

namespace {

constexpr Rules kSingle{
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
constexpr Rules kSingleCpu = on_cpu(kSingle);

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
constexpr Rules kTensorwise = two_level(kSingle);
constexpr Rules kTensorwiseCpu = on_cpu(kTensorwise);

// Inductor lowers the division of tensors to Triton's, which is div.full. The bytes show both divisions of the
// multiplier; the scale's own division gives the same bytes either way.
constexpr Rules kInductor = [] {
  Rules rules = kTensorwise;
  rules.global.reciprocal = Divide::kFull;
  rules.block.global_divide = Divide::kFull;
  rules.element.divide = Divide::kFull;
  return rules;
}();

constexpr Rules kDivides = [] {
  Rules rules = kTensorwise;
  rules.element.multiplier = MultiplierForm::kDivideByProduct;
  return rules;
}();

constexpr Rules kPr2408 = [] {
  Rules rules = kDivides;
  rules.global.target = 448.0f;
  rules.global.floor = 0x1p-6f;
  rules.global.ceiling = 448.0f;
  rules.block.intermediate = Intermediate::kInputType;
  return rules;
}();

constexpr Rules kTriton2025 = [] {
  Rules rules = kDivides;
  rules.block.divide = Divide::kFull;
  rules.block.global_divide = Divide::kFull;
  rules.block.amax_nan = AmaxNan::kIgnore;
  rules.block.floor = 0x1p-16f;
  rules.block.bounds_nan = BoundsNan::kFloor;
  rules.block.encode = kCvtRnSatfinite;
  rules.element.clamp = 0.0f;
  rules.element.encode = ElementEncode::kCvt;
  return rules;
}();

// MSLK multiplies by 1/s where eager divides by s.
constexpr Rules mslk(float floor) noexcept {
  Rules rules = kTensorwise;
  rules.block.form = ScaleForm::kAmaxOverElementMaxTimesGlobal;
  rules.block.divide = Divide::kIeee;
  rules.block.amax_nan = AmaxNan::kIgnore;
  rules.block.floor = floor;
  rules.block.bounds_nan = BoundsNan::kFloor;
  rules.block.encode = kCvtRnSatfinite;
  rules.element.clamp = 0.0f;
  rules.element.encode = ElementEncode::kCvt;
  return rules;
}
constexpr Rules kMslk = mslk(0x1p-9f);
constexpr Rules kMslkOld = mslk(0x1p-16f);

// Meant to match TransformerEngine's bytes.
constexpr Rules kTrain{
    .scheme = SchemeId::kNvfp4,
    .global = {.form = GlobalForm::kEncodeScale, .target = 2688.0f, .on_zero = ZeroGlobal::kOneForZeroAmaxOrScale},
    .block = {.form = ScaleForm::kAmaxTimesFoldedGlobal,
              .amax_nan = AmaxNan::kKeepAllNan,
              .ceiling = 448.0f,
              .bounds_nan = BoundsNan::kCeiling},
    .element = {.multiplier = MultiplierForm::kReciprocalOfProduct,
                .multiplier_ceiling = kFloat32Max,
                .clamp = 6.0f,
                .encode = ElementEncode::kCvt}};
constexpr Rules kTrainTwoD = [] {
  Rules rules = kTrain;
  rules.scheme = SchemeId::kNvfp4TwoD;
  return rules;
}();

constexpr std::string_view kSource = "pytorch/ao, torchao/prototype/mx_formats/nvfp4_tensor.py, 36027d82";
constexpr std::string_view kMslkSource =
    "meta-pytorch/MSLK, mslk/quantize/triton/quantize_kernels/nvfp4.py, 2a3c89786adf";
constexpr std::string_view kTrainSource =
    "pytorch/ao, torchao/prototype/moe_training/nvfp4_training/quantize_2d_triton.py, 36027d82";
constexpr std::string_view kCudaEvidence = "torchao eager, PyTorch 2.11.0, H100";
constexpr std::string_view kCpuEvidence = "torchao eager, PyTorch 2.11.0, x86 CPU";

constexpr Storage kMultiplierStored{.global_number = GlobalNumber::kMultiplier};

constexpr Accepts kAccepts{.f32 = true, .bf16 = true, .col_multiple = 16};
constexpr Accepts kTwoLevelAccepts{
    .f32 = true, .bf16 = true, .col_multiple = 16, .empty = false, .refusal = "it has no amax"};
constexpr Accepts kTrainSquareAccepts{
    .f32 = true, .bf16 = true, .col_multiple = 16, .row_multiple = 16, .empty = false, .refusal = "it has no amax"};
constexpr Accepts kCpuAccepts{
    .f32 = true,
    .bf16 = true,
    .col_multiple = 16,
    .nan = false,
    .refusal = "on the CPU the payload of an input NaN decides the codes, and no note states the order of operands"};
constexpr Accepts kTwoLevelCpuAccepts{
    .f32 = true,
    .bf16 = true,
    .col_multiple = 16,
    .nan = false,
    .empty = false,
    .refusal = "an empty tensor has no amax; of a NaN on the CPU no note states which payload survives"};

constexpr Recipe kRecipes[] = {
    {{"torchao/nvfp4", kSource, "2026-04-02 (#4188) and later", Evidence::kCaptured, kCudaEvidence},
     kSingle,
     {},
     kAccepts,
     DequantizeOrder::kScale},
    {{"torchao/nvfp4-cpu", kSource, "2026-04-02 (#4188) and later", Evidence::kCaptured, kCpuEvidence},
     kSingleCpu,
     {},
     kCpuAccepts,
     DequantizeOrder::kScale},
    {{"torchao/nvfp4-tensorwise", kSource, "2026-03-13 (#4031) and later", Evidence::kCaptured, kCudaEvidence},
     kTensorwise,
     kMultiplierStored,
     kTwoLevelAccepts,
     DequantizeOrder::kGlobalTimesScale},
    {{"torchao/nvfp4-tensorwise-cpu", kSource, "2026-03-13 (#4031) and later", Evidence::kCaptured, kCpuEvidence},
     kTensorwiseCpu,
     kMultiplierStored,
     kTwoLevelCpuAccepts,
     DequantizeOrder::kGlobalTimesScale},
    {{"torchao/nvfp4-tensorwise-inductor", kSource, "2026-03-13 (#4031) and later under torch.compile, inductor",
      Evidence::kCaptured, "torchao under torch.compile (inductor), PyTorch 2.11.0, H100"},
     kInductor,
     kMultiplierStored,
     kTwoLevelAccepts,
     DequantizeOrder::kGlobalTimesScale},
    {{"torchao/nvfp4-div", kSource, "2025-10-08 (#3123) to 2026-03-13", Evidence::kCaptured,
      "torchao 0.16.0 eager, PyTorch 2.11.0, H100"},
     kDivides,
     kMultiplierStored,
     kTwoLevelAccepts,
     DequantizeOrder::kNotStated},
    {{"torchao/nvfp4-div-high", kSource, "2025-07-25 (#2604) to 2025-10-08", Evidence::kCaptured,
      "torchao 0.14.1 eager, PyTorch 2.11.0, H100"},
     kDivides,
     {GlobalNumber::kMultiplier, NibbleOrder::kHighFirst},
     kTwoLevelAccepts,
     DequantizeOrder::kNotStated},
    {{"torchao/nvfp4-pr2408", "pytorch/ao, PR 2408, torchao/prototype/mx_formats/nvfp4_tensor.py, 7ca9f10d048b",
      "2025-06-24 to 2025-07-25; bf16 until 2025-07-03 (#2439)", Evidence::kCaptured,
      "fp32: torchao 0.12.0 eager, PyTorch 2.11.0, H100; bf16: no bytes, worked example W2 of the notes"},
     kPr2408,
     {GlobalNumber::kMultiplier, NibbleOrder::kHighFirst},
     kTwoLevelAccepts,
     DequantizeOrder::kNotStated},
    {{"torchao/nvfp4-triton-2025", "pytorch/ao, torchao/prototype/mx_formats/kernels.py, before 2026-03-13",
      "2025-10-08 (#3123) to 2026-03-13", Evidence::kRead,
      "torchao-and-ocp.md 2.7 of the notes; div.full by ptx.md 2.6"},
     kTriton2025,
     kMultiplierStored,
     kTwoLevelAccepts,
     DequantizeOrder::kNotStated},
    {{"torchao/nvfp4-mslk", kMslkSource, "2026-08-13 (#486) and later", Evidence::kExample,
      "worked examples W2, W3 and W5 of the notes"},
     kMslk,
     kMultiplierStored,
     kTwoLevelAccepts,
     DequantizeOrder::kNotStated},
    {{"torchao/nvfp4-mslk-pre486", kMslkSource, "until 2026-08-13 (#486)", Evidence::kExample,
      "worked example W5 of the notes"},
     kMslkOld,
     kMultiplierStored,
     kTwoLevelAccepts,
     DequantizeOrder::kNotStated},
    {{"torchao/nvfp4-train", kTrainSource, "36027d82", Evidence::kExample, "worked example W3 of the notes"},
     kTrain,
     {.global_number = GlobalNumber::kAmax},
     kTwoLevelAccepts,
     DequantizeOrder::kNotStated},
    {{"torchao/nvfp4-train-2d", kTrainSource, "36027d82, weights", Evidence::kRead,
      "torchao-and-ocp.md 2.7 of the notes"},
     kTrainTwoD,
     {.global_number = GlobalNumber::kAmax},
     kTrainSquareAccepts,
     DequantizeOrder::kNotStated},
};

}  // namespace

std::span<const Recipe> torchao_nvfp4_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::reference
