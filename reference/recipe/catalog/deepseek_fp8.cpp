// FP8 and FP4 of the DeepSeek family: DeepSeek-V3's Triton kernel, DeepGEMM's PyTorch code, DeepEP's dispatch.
// Source of the formulas: flashinfer-vllm-cutlass.md 7 and 12; torchao-and-ocp.md 1.2 of the notes for PyTorch's and
// Triton's divisions.
#include "bitgate/reference/recipe/catalog/families.h"
#include "bitgate/reference/recipe/catalog/fp8_rules.h"

namespace bitgate::reference {

namespace {

// Triton's "/" on binary32, twice; no floor: a zero block is 0 / 0. Its maximum is max.f32 over the elements, started
// from none but them: NaN of nothing but NaN.
constexpr Rules full_divisions(Rules rules) noexcept {
  rules.element.divide = Divide::kFull;
  rules.block.amax_nan = AmaxNan::kKeepAllNan;
  return rules;
}
constexpr Rules kTriton =
    full_divisions(fp8_rules(SchemeId::kFp8E4m3Row128, Divide::kFull, MultiplierForm::kDivideByScale));

// PyTorch: amax of at least 1e-4, NaN kept; x * (1 / sf). A scalar divisor is a reciprocal on CUDA, and divides on a
// CPU.
constexpr Rules torch_cast(SchemeId scheme, Divide divide) noexcept {
  Rules rules = with_amax_floor(fp8_rules(scheme, divide, MultiplierForm::kReciprocalOfScale), kDeepEpsilon);
  rules.block.amax_nan = AmaxNan::kPropagate;
  rules.element.encode = ElementEncode::kTorchCast;
  return rules;
}
constexpr Rules on_cuda(SchemeId scheme) noexcept { return torch_cast(scheme, Divide::kTimesIeeeReciprocal); }
constexpr Rules on_cpu(SchemeId scheme) noexcept {
  Rules rules = torch_cast(scheme, Divide::kIeee);
  rules.machine = Machine::kX86;
  return rules;
}
constexpr Rules power(Rules rules) noexcept { return with_shape(rules, ScaleShape::kPowerCeilNormal); }
constexpr Rules fp4(SchemeId scheme) noexcept {
  Rules rules = power(on_cuda(scheme));
  rules.element.encode = ElementEncode::kLowerOfTie;
  return rules;
}

// amax * RN(1/448) is stored, values are multiplied by 448 / amax.
constexpr Rules kDispatch = with_amax_floor(
    fp8_rules(SchemeId::kFp8E4m3Row128, Divide::kTimesIeeeReciprocal, MultiplierForm::kElementMaxOverAmax),
    kDeepEpsilon);
constexpr Rules kDispatchPower =
    with_shape(with_amax_floor(
                   fp8_rules(SchemeId::kFp8E4m3Row128E8m0, Divide::kTimesIeeeReciprocal, MultiplierForm::kNegatedField),
                   kDeepEpsilon),
               ScaleShape::kPowerCeil);

constexpr std::string_view kTritonSource = "deepseek-ai/DeepSeek-V3, inference/kernel.py, 06231633";
constexpr std::string_view kGemmSource = "deepseek-ai/DeepGEMM, deep_gemm/utils/math.py, 38939a4c";
constexpr std::string_view kDispatchSource = "deepseek-ai/DeepEP, csrc/kernels/utils.cuh, 01cc84a9";
constexpr std::string_view kTritonEvidence =
    "flashinfer-vllm-cutlass.md 7 of the notes; its divisions are div.full by torchao-and-ocp.md 1.2";
constexpr std::string_view kCudaEvidence =
    "flashinfer-vllm-cutlass.md 7 of the notes; on CUDA the division by 448 is a product by torchao-and-ocp.md 1.2";
constexpr std::string_view kEvidence = "flashinfer-vllm-cutlass.md 7 of the notes";
constexpr std::string_view kCuda = "38939a4c, PyTorch before 2.13, CUDA";
constexpr std::string_view kCudaPower = "38939a4c, use_ue8m0, PyTorch before 2.13, CUDA";
constexpr std::string_view kCpu = "38939a4c, PyTorch before 2.13, CPU";

constexpr Accepts kGroupAccepts{.bf16 = true, .f16 = true, .col_multiple = 128, .directions = kRowwiseOnly};
constexpr Accepts kBf16Accepts{.bf16 = true, .col_multiple = 128, .directions = kRowwiseOnly};
constexpr Accepts kTorchAccepts{.bf16 = true, .f16 = true, .directions = kRowwiseOnly};
constexpr Accepts kTorchPairs{.bf16 = true, .f16 = true, .col_multiple = 2, .directions = kRowwiseOnly};
constexpr Accepts kTorchCpu{.bf16 = true,
                            .f16 = true,
                            .directions = kRowwiseOnly,
                            .nan = false,
                            .infinity = false,
                            .refusal = "which NaN PyTorch's vectorised CPU cast gives was not read"};

constexpr Recipe kRecipes[] = {
    {{"deepseek/fp8-1x128", kTritonSource, "06231633, sm_90 and later", Evidence::kRead, kTritonEvidence},
     kTriton,
     {},
     kGroupAccepts,
     DequantizeOrder::kScale},
    {{"deepgemm/fp8-1x128", kGemmSource, kCuda, Evidence::kRead, kCudaEvidence},
     on_cuda(SchemeId::kFp8E4m3Row128),
     {},
     kTorchAccepts,
     DequantizeOrder::kScale},
    {{"deepgemm/fp8-1x128-cpu", kGemmSource, kCpu, Evidence::kRead, kEvidence},
     on_cpu(SchemeId::kFp8E4m3Row128),
     {},
     kTorchCpu,
     DequantizeOrder::kScale},
    {{"deepgemm/fp8-1x128-ue8m0", kGemmSource, kCudaPower, Evidence::kRead, kEvidence},
     power(on_cuda(SchemeId::kFp8E4m3Row128)),
     {},
     kTorchAccepts,
     DequantizeOrder::kScale},
    {{"deepgemm/fp8-128x128", kGemmSource, kCuda, Evidence::kRead, kCudaEvidence},
     on_cuda(SchemeId::kFp8E4m3Square128),
     {},
     kTorchAccepts,
     DequantizeOrder::kScale},
    {{"deepgemm/fp8-128x128-cpu", kGemmSource, kCpu, Evidence::kRead, kEvidence},
     on_cpu(SchemeId::kFp8E4m3Square128),
     {},
     kTorchCpu,
     DequantizeOrder::kScale},
    {{"deepgemm/fp8-128x128-ue8m0", kGemmSource, kCudaPower, Evidence::kRead, kEvidence},
     power(on_cuda(SchemeId::kFp8E4m3Square128)),
     {},
     kTorchAccepts,
     DequantizeOrder::kScale},
    {{"deepgemm/fp4-1x32", kGemmSource, kCudaPower, Evidence::kRead, kEvidence},
     fp4(SchemeId::kFp4Row32),
     {},
     kTorchPairs,
     DequantizeOrder::kScale},
    {{"deepgemm/fp4-1x128", kGemmSource, kCudaPower, Evidence::kRead, kEvidence},
     fp4(SchemeId::kFp4Row128),
     {},
     kTorchPairs,
     DequantizeOrder::kScale},
    {{"deepep/fp8-1x128", kDispatchSource, "01cc84a9, without fast math", Evidence::kRead, kEvidence},
     kDispatch,
     {},
     kBf16Accepts,
     DequantizeOrder::kScale},
    {{"deepep/fp8-1x128-ue8m0", kDispatchSource, "01cc84a9, round_scale, UE8M0 bytes", Evidence::kRead, kEvidence},
     kDispatchPower,
     {},
     kBf16Accepts,
     DequantizeOrder::kPowerOfTwo},
};

}  // namespace

std::span<const Recipe> deepseek_fp8_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::reference
