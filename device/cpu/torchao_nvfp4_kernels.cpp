// torchao NVFP4 by Triton kernels: MSLK's quantizer, the kernel that torchao had in 2025, and its training path.
//
// pytorch/ao, commit 36027d82: torchao/prototype/moe_training/nvfp4_training/{hadamard_utils,quantize_2d_triton}.py,
// and mx_formats/kernels.py of 2025; meta-pytorch/MSLK, commit 2a3c8978:
// mslk/quantize/triton/quantize_kernels/nvfp4.py. All end in cvt.rn.satfinite.e2m1x2. Where a NaN or an infinity is
// involved these rest on reading alone.
#include <algorithm>

#include "bitgate/device/cpu/request.h"
#include "bitgate/device/cpu/torchao_div_full.h"
#include "bitgate/device/cpu/torchao_elements.h"
#include "bitgate/device/cpu/torchao_recipes.h"

namespace bitgate::device::cpu {
namespace {

constexpr std::int64_t kBlock = 16;
constexpr float kOneSixth = div_rn<Gpu>(1.0f, 6.0f);

// Triton's maximum passes over a NaN, but of nothing else than NaNs it is NaN.
float triton_amax(std::span<const float> x) {
  float amax = from_bits(0x7FFFFFFFu);
  for (const float value : x) amax = max_num(amax, magnitude(value));
  return amax;
}

// Triton's clamp: a NaN becomes the lower bound.
float triton_clamped(float x, float low, float high) { return min_num(max_num(x, low), high); }

// MSLK. `decode` is per-tensor amax / 2688 as PyTorch on CUDA divides by a constant; the kernel gets its reciprocal.
struct Mslk {
  float floor;  // of the block scale
  float encode;

  static Mslk of(float floor, float decode) { return {floor, div_rn<Gpu>(1.0f, decode)}; }
  std::uint8_t block_scale(float block_amax) const {
    const float block = div_rn<Gpu>(block_amax, 6.0f);
    const float unrounded = mul_rn<Gpu>(block, encode);
    return e4m3_saturating(triton_clamped(unrounded, floor, 448.0f));
  }
  std::uint8_t code(float x, float block_decode) const {
    const float multiplier = div_rn<Gpu>(encode, block_decode);
    return e2m1_hardware(mul_rn<Gpu>(x, multiplier));
  }
};

// torchao's own kernel, 2025-07-03 to 2026-03-13: the scale by "/", the element by div_rn.
struct Triton2025 {
  float decode;

  std::uint8_t block_scale(float block_amax) const {
    const float block = div_full(block_amax, 6.0f);
    const float unrounded = div_full(block, decode);
    return e4m3_saturating(triton_clamped(unrounded, 0x1p-16f, 448.0f));
  }
  std::uint8_t code(float x, float block_decode) const {
    const float total = mul_rn<Gpu>(decode, block_decode);
    return e2m1_hardware(div_rn<Gpu>(x, total));
  }
};

// The training path, which follows TransformerEngine: encode scale 2688 / amax, no floor.
struct Train {
  float decode;
  float to_block_scale;  // multiplies the amax of a block

  static Train of(float amax) {
    float encode = div_rn<Gpu>(2688.0f, amax);
    encode = min_num(encode, kFloat32Max);
    if (amax == 0.0f || encode == 0.0f) encode = 1.0f;
    return {div_rn<Gpu>(1.0f, encode), mul_rn<Gpu>(encode, kOneSixth)};
  }
  std::uint8_t block_scale(float block_amax) const {
    const float unrounded = mul_rn<Gpu>(block_amax, to_block_scale);
    return e4m3_saturating(min_num(unrounded, 448.0f));
  }
  std::uint8_t code(float x, float block_decode) const {
    const float product = mul_rn<Gpu>(block_decode, decode);
    const float multiplier = min_num(div_rn<Gpu>(1.0f, product), kFloat32Max);
    const float scaled = mul_rn<Gpu>(x, multiplier);
    return e2m1_hardware(clamped(scaled, -6.0f, 6.0f));  // saturates and takes NaN to +6 whichever clamp this is
  }
};

// The largest magnitude of a block of `block_rows` rows, fewer at the lower edge, in 16 columns.
float block_amax(const Operand& operand, std::int64_t row, std::int64_t col, std::int64_t block_rows) {
  std::vector<float> x;
  for (std::int64_t r = row; r < std::min(row + block_rows, operand.extent.rows); ++r) {
    const auto part = operand.row(r).subspan(static_cast<std::size_t>(col), kBlock);
    x.insert(x.end(), part.begin(), part.end());
  }
  return triton_amax(x);
}

// A scale is stored in every row of its block.
template <class Rule>
void quantize_blocks(const Rule& rule, const Operand& operand, QuantizedTensor& answer) {
  auto& scales = std::get<std::vector<std::uint8_t>>(answer.scales);
  const std::int64_t block_rows = answer.scheme.block.rows;
  const auto [rows, cols] = operand.extent;
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = 0; c < cols; c += kBlock) {
      const float amax = block_amax(operand, r / block_rows * block_rows, c, block_rows);
      const std::uint8_t scale_code = rule.block_scale(amax);
      scales[scale_index(answer.scheme, cols, r, c)] = scale_code;
      for (std::int64_t i = r * cols + c; i < r * cols + c + kBlock; ++i)
        answer.codes[static_cast<std::size_t>(i)] =
            rule.code(operand.x[static_cast<std::size_t>(i)], e4m3_value(scale_code));
    }
}

// The inference kernels get amax / 2688 of PyTorch's maximum, which a NaN wins.
float decode_of(const Request& request, const Operand& operand) {
  if (!request.global.empty()) return request.global[0];
  const float amax = request.amax.empty() ? amax_or_nan(operand.x) : request.amax[0];
  return mul_rn<Gpu>(amax, div_rn<Gpu>(1.0f, 2688.0f));
}

template <class MakeRule>
QuantizedTensor inference(const Request& request, std::string_view recipe, MakeRule rule_of) {
  require(request, {recipe, kF32AndBf16, kBlock, GlobalAxis::kTensor});
  const Operand operand = operand_of(request.input, Direction::kRowwise);
  QuantizedTensor answer = make_quantized(scheme_of(SchemeId::kNvfp4), GlobalNumber::kMultiplier, operand.extent);
  answer.global = {decode_of(request, operand)};
  quantize_blocks(rule_of(answer.global[0]), operand, answer);
  return answer;
}

// Its tensor amax comes from a kernel that passes over NaN.
QuantizedTensor training(const Request& request, std::string_view recipe, SchemeId scheme) {
  require(request, {recipe, kF32AndBf16, kBlock, GlobalAxis::kTensor});
  const Operand operand = operand_of(request.input, Direction::kRowwise);
  QuantizedTensor answer = make_quantized(scheme_of(scheme), GlobalNumber::kAmax, operand.extent);
  answer.global = amax_of_side(request, GlobalAxis::kTensor, Direction::kRowwise, operand, amax_without_nan);
  quantize_blocks(Train::of(answer.global[0]), operand, answer);
  return answer;
}

constexpr float kFloorBefore486 = 0x1p-16f;  // rounds to a scale of zero
constexpr float kFloorNow = 0x1p-9f;

constexpr CpuRecipe kRecipes[] = {
    {"torchao/nvfp4-mslk",
     [](const Request& r) {
       return inference(r, "torchao/nvfp4-mslk", [](float decode) { return Mslk::of(kFloorNow, decode); });
     }},
    {"torchao/nvfp4-mslk-pre486",
     [](const Request& r) {
       return inference(r, "torchao/nvfp4-mslk-pre486", [](float decode) { return Mslk::of(kFloorBefore486, decode); });
     }},
    {"torchao/nvfp4-triton-2025",
     [](const Request& r) {
       return inference(r, "torchao/nvfp4-triton-2025", [](float decode) { return Triton2025{decode}; });
     }},
    {"torchao/nvfp4-train", [](const Request& r) { return training(r, "torchao/nvfp4-train", SchemeId::kNvfp4); }},
    {"torchao/nvfp4-train-2d",
     [](const Request& r) { return training(r, "torchao/nvfp4-train-2d", SchemeId::kNvfp4TwoD); }},
};

}  // namespace

std::span<const CpuRecipe> torchao_nvfp4_kernel_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
