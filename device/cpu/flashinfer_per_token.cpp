// FlashInfer NVFP4 per token: each row's amax makes its global scale. From 16-bit input in the fast and exact form and
// by "4 over 6"; and the kernel for binary32 input, whose codes never see the rounded scale. Section 3.6 of the note.
//
// flashinfer-ai/flashinfer, commit fb28d724: csrc/nv_internal/tensorrt_llm/kernels/quantization.cuh
// (nvfp4QuantAndPerTokenScaleKernel, nvfp4QuantAndPerTokenScaleFP32Kernel), built with -use_fast_math. A row of nothing
// but NaNs counts as zero, which rests on reading.
#include "bitgate/device/cpu/flashinfer_per_token.h"

#include <array>
#include <cstddef>

#include "bitgate/device/cpu/inference_family.h"
#include "bitgate/device/cpu/inference_math.h"
#include "bitgate/device/cpu/te_family.h"

namespace bitgate::device::cpu {
namespace {

using Math = FlushedMath;
constexpr std::size_t kBlock = 16;

struct TokenScale {
  float encode;  // S, what the blocks see
  float stored;  // perTokenScale
};

// S of a zero row: the largest float, or zero where "4 over 6" is on.
TokenScale exact_token_scale(float row_amax, float global_scale_inverse, bool searches) {
  const bool is_zero = Math::seen(row_amax) == 0.0f;
  if (is_zero && searches) return {0.0f, 0.0f};
  const float target = Math::div_nearest(1.0f, global_scale_inverse);
  float encode = is_zero ? kFloat32Max : min_num(Math::div_nearest(target, row_amax), kFloat32Max);
  if (encode == 0.0f) encode = 1.0f;
  return {encode, Math::div_nearest(1.0f, encode)};
}

TokenScale fast_token_scale(float stored) { return {rcp_approx_ftz(stored), stored}; }

// One multiplier a block.
std::uint8_t plain_block(Flashinfer build, std::span<const float> x, float encode_scale,
                         std::span<std::uint8_t> codes) {
  const float amax = amax_by_ternary(x);
  const BlockScale scale =
      build == Flashinfer::kFast ? flashinfer_fast(amax, encode_scale) : flashinfer_exact(amax, encode_scale);
  for (std::size_t i = 0; i < x.size(); ++i) codes[i] = e2m1_hardware(Math::mul(x[i], scale.multiplier));
  return scale.code;
}

// The codes are made before the row's maximum is known.
std::uint8_t float32_block(std::span<const float> x, float stored, std::span<std::uint8_t> codes) {
  const float amax = amax_without_nan(x);
  const float local = Math::seen(amax) == 0.0f ? 0.0f : Math::mul(6.0f, rcp_approx_ftz(amax));
  for (std::size_t i = 0; i < x.size(); ++i) codes[i] = e2m1_hardware(Math::mul(x[i], local));
  return e4m3_cvt(rcp_approx_ftz(Math::mul(stored, local)));
}

TokenScale token_scale(const PerTokenRow& row, const Request& request, float row_amax, std::size_t r,
                       float global_scale_inverse) {
  const bool searches = row.kernel == PerTokenKernel::kHalvesFourOverSix;
  const bool is_given = !request.global.empty();
  if (row.form.build == Flashinfer::kExact) {
    const TokenScale made = exact_token_scale(row_amax, global_scale_inverse, searches);
    return {made.encode, is_given ? request.global[r] : made.stored};
  }
  return fast_token_scale(is_given ? request.global[r] : Math::mul(row_amax, global_scale_inverse));
}

SchemeId scheme_of_row(const PerTokenRow& row) noexcept {
  const bool is_256 = row.kernel == PerTokenKernel::kHalvesFourOverSix && row.form.scale_max == 256.0f;
  return is_256 ? SchemeId::kNvfp4RowE256 : SchemeId::kNvfp4Row;
}

QuantizedTensor quantize(const PerTokenRow& row, const Request& request) {
  return quantize_per_token(row, request, scheme_of_row(row) == SchemeId::kNvfp4Row ? kInverse2688 : kInverse1536);
}

constexpr std::array<PerTokenRow, 3> kPlainRows{
    PerTokenRow{"flashinfer/nvfp4-pertoken-fast", PerTokenKernel::kHalves, {Flashinfer::kFast}},
    PerTokenRow{"flashinfer/nvfp4-pertoken-exact", PerTokenKernel::kHalves, {Flashinfer::kExact}},
    PerTokenRow{"flashinfer/nvfp4-pertoken-fp32", PerTokenKernel::kFloat32, {Flashinfer::kFast}},
};

// In the order of four_over_six_form().
constexpr std::array<std::string_view, 16> kSearchNames{
    "flashinfer/nvfp4-pertoken-4over6-448-mae-fast",         "flashinfer/nvfp4-pertoken-4over6-448-mae-exact",
    "flashinfer/nvfp4-pertoken-4over6-448-mae-errfast-fast", "flashinfer/nvfp4-pertoken-4over6-448-mae-errfast-exact",
    "flashinfer/nvfp4-pertoken-4over6-448-mse-fast",         "flashinfer/nvfp4-pertoken-4over6-448-mse-exact",
    "flashinfer/nvfp4-pertoken-4over6-448-mse-errfast-fast", "flashinfer/nvfp4-pertoken-4over6-448-mse-errfast-exact",
    "flashinfer/nvfp4-pertoken-4over6-256-mae-fast",         "flashinfer/nvfp4-pertoken-4over6-256-mae-exact",
    "flashinfer/nvfp4-pertoken-4over6-256-mae-errfast-fast", "flashinfer/nvfp4-pertoken-4over6-256-mae-errfast-exact",
    "flashinfer/nvfp4-pertoken-4over6-256-mse-fast",         "flashinfer/nvfp4-pertoken-4over6-256-mse-exact",
    "flashinfer/nvfp4-pertoken-4over6-256-mse-errfast-fast", "flashinfer/nvfp4-pertoken-4over6-256-mse-errfast-exact",
};

constexpr std::array<PerTokenRow, 19> kRows = [] {
  std::array<PerTokenRow, 19> rows{};
  for (std::size_t i = 0; i < kPlainRows.size(); ++i) rows[i] = kPlainRows[i];
  for (std::size_t i = 0; i < kSearchNames.size(); ++i)
    rows[kPlainRows.size() + i] = {kSearchNames[i], PerTokenKernel::kHalvesFourOverSix, four_over_six_form(i)};
  return rows;
}();

constexpr auto kRecipes = recipes_of<kRows, quantize>();

}  // namespace

QuantizedTensor quantize_per_token(const PerTokenRow& row, const Request& request, float global_scale_inverse) {
  const std::span<const InputType> types = row.kernel == PerTokenKernel::kFloat32
                                               ? std::span<const InputType>(kF32Only)
                                               : std::span<const InputType>(kBothHalves);
  require(request, {row.recipe, types, kBlock, GlobalAxis::kRow});
  require_plain(request, row.recipe);
  const Operand operand = operand_of(request.input, Direction::kRowwise);
  // What becomes of its S of 0 is not stated.
  const bool searches_exactly =
      row.kernel == PerTokenKernel::kHalvesFourOverSix && row.form.build == Flashinfer::kExact;
  require_taken(request, operand, row.recipe, searches_exactly ? Takes::kAllButInfinity : Takes::kEverything);
  QuantizedTensor answer = make_quantized(scheme_of(scheme_of_row(row)), GlobalNumber::kMultiplier, operand.extent);
  auto& scales = std::get<std::vector<std::uint8_t>>(answer.scales);
  const std::size_t per_row = static_cast<std::size_t>(operand.extent.cols) / kBlock;
  for (std::size_t r = 0; r < answer.global.size(); ++r) {
    const float found = amax_without_nan(operand.row(static_cast<std::int64_t>(r)));
    const float row_amax = request.amax.empty() ? found : request.amax[r];
    const TokenScale scale = token_scale(row, request, row_amax, r, global_scale_inverse);
    answer.global[r] = scale.stored;
    for (std::size_t b = r * per_row; b < (r + 1) * per_row; ++b) {
      const auto x = std::span(operand.x).subspan(b * kBlock, kBlock);
      const auto codes = std::span(answer.codes).subspan(b * kBlock, kBlock);
      switch (row.kernel) {
        case PerTokenKernel::kHalves: scales[b] = plain_block(row.form.build, x, scale.encode, codes); break;
        case PerTokenKernel::kFloat32: scales[b] = float32_block(x, scale.stored, codes); break;
        case PerTokenKernel::kHalvesFourOverSix:
          scales[b] = flashinfer_four_over_six(row.form, x, scale.encode, row_amax, codes);
          break;
      }
    }
  }
  return answer;
}

std::span<const CpuRecipe> flashinfer_per_token_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
