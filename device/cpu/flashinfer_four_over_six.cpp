// FlashInfer NVFP4 "4 over 6" with a caller's global scale, and the search itself. Section 3.5 of the note.
//
// flashinfer-ai/flashinfer, commit fb28d724: csrc/nv_internal/tensorrt_llm/kernels/quantization_utils.cuh, built with
// -use_fast_math. A thread holds all 16 elements of a block, as from CUDA 12.9 on sm_100; in the recipes named -8 it
// holds 8, and the errors of a block are two sums added.
#include <array>
#include <cstddef>

#include "bitgate/device/cpu/flashinfer_blocks.h"
#include "bitgate/device/cpu/inference_family.h"
#include "bitgate/device/cpu/inference_math.h"
#include "bitgate/device/cpu/te_family.h"

namespace bitgate::device::cpu {
namespace {

using Math = FlushedMath;
constexpr std::size_t kBlock = 16;

struct Candidate {
  std::uint8_t scale_code;
  std::array<std::uint8_t, kBlock> codes;
  float error;
};

// What the candidates of a block share.
struct Target {
  FourOverSix form;
  float encode_scale, decode_scale, row_amax;
};

// The value of E2M1 code 0..15.
constexpr float e2m1_decoded(std::uint8_t code) noexcept {
  constexpr float kSizes[] = {0.0f, 0.5f, 1.0f, 1.5f, 2.0f, 3.0f, 4.0f, 6.0f};
  return code >= 8 ? -kSizes[code - 8] : kSizes[code];
}

float difference(const Target& target, float x, std::uint8_t code, float scale) noexcept {
  // Six significant bits at most, of 2^-10 to 2688: the product that the fast form makes in binary16 is exact too.
  const float product = Math::mul(e2m1_decoded(code), scale);
  if (target.form.error_fast) return Math::sub(product, Math::mul(x, target.encode_scale));
  if (Math::seen(target.row_amax) > 0.0f) {
    const float times_amax = Math::mul(product, target.row_amax);
    return Math::sub(Math::div_nearest(times_amax, 6.0f * target.form.scale_max), x);
  }
  return Math::sub(Math::mul(product, target.decode_scale), x);
}

float multiplier_of(const Target& target, float scale) noexcept {
  const float product = Math::mul(scale, target.decode_scale);
  if (target.form.build == Flashinfer::kFast) return rcp_approx_ftz(product);
  return min_num(Math::div_nearest(1.0f, product), kFloat32Max);
}

Candidate candidate_of(const Target& target, std::span<const float> x, float unrounded) noexcept {
  Candidate candidate{e4m3_cvt(unrounded), {}, 0.0f};
  float error_of_second = 0.0f;
  const float scale = e4m3_decoded(candidate.scale_code);
  const float multiplier = multiplier_of(target, scale);
  for (std::size_t i = 0; i < x.size(); ++i) {
    candidate.codes[i] = e2m1_hardware(Math::mul(x[i], multiplier));
    const float diff = difference(target, x[i], candidate.codes[i], scale);
    const float term = target.form.squared ? Math::mul(diff, diff) : magnitude(diff);
    float& sum = target.form.two_threads && i >= kBlock / 2 ? error_of_second : candidate.error;
    sum = Math::add(sum, term);
  }
  if (target.form.two_threads) candidate.error = Math::add(candidate.error, error_of_second);
  return candidate;
}

float scale_to_six(const Target& target, float block_amax) noexcept {
  if (target.form.build == Flashinfer::kFast) return Math::mul(target.encode_scale, Math::mul(block_amax, kSixthMufu));
  return Math::mul(Math::div_nearest(block_amax, 6.0f), target.encode_scale);
}

struct Row {
  std::string_view recipe;
  FourOverSix form;
};

QuantizedTensor quantize(const Row& row, const Request& request) {
  const SchemeId id = row.form.scale_max == 448.0f ? SchemeId::kNvfp4 : SchemeId::kNvfp4E256;
  require(request, {row.recipe, kBothHalves, kBlock, GlobalAxis::kTensor});
  require_plain(request, row.recipe);
  const Operand operand = operand_of(request.input, Direction::kRowwise);
  QuantizedTensor answer = make_quantized(scheme_of(id), GlobalNumber::kDivisor, operand.extent);
  answer.global =
      global_of_request(request, GlobalAxis::kTensor, GlobalNumber::kDivisor, operand, 6.0f * row.form.scale_max);
  auto& scales = std::get<std::vector<std::uint8_t>>(answer.scales);
  for (std::size_t b = 0; b < scales.size(); ++b)
    scales[b] = flashinfer_four_over_six(row.form, std::span(operand.x).subspan(b * kBlock, kBlock), answer.global[0],
                                         0.0f, std::span(answer.codes).subspan(b * kBlock, kBlock));
  return answer;
}

// In the order of four_over_six_form().
constexpr std::array<std::string_view, 32> kNames{
    "flashinfer/nvfp4-4over6-448-mae-fast",           "flashinfer/nvfp4-4over6-448-mae-exact",
    "flashinfer/nvfp4-4over6-448-mae-errfast-fast",   "flashinfer/nvfp4-4over6-448-mae-errfast-exact",
    "flashinfer/nvfp4-4over6-448-mse-fast",           "flashinfer/nvfp4-4over6-448-mse-exact",
    "flashinfer/nvfp4-4over6-448-mse-errfast-fast",   "flashinfer/nvfp4-4over6-448-mse-errfast-exact",
    "flashinfer/nvfp4-4over6-256-mae-fast",           "flashinfer/nvfp4-4over6-256-mae-exact",
    "flashinfer/nvfp4-4over6-256-mae-errfast-fast",   "flashinfer/nvfp4-4over6-256-mae-errfast-exact",
    "flashinfer/nvfp4-4over6-256-mse-fast",           "flashinfer/nvfp4-4over6-256-mse-exact",
    "flashinfer/nvfp4-4over6-256-mse-errfast-fast",   "flashinfer/nvfp4-4over6-256-mse-errfast-exact",
    "flashinfer/nvfp4-4over6-448-mae-fast-8",         "flashinfer/nvfp4-4over6-448-mae-exact-8",
    "flashinfer/nvfp4-4over6-448-mae-errfast-fast-8", "flashinfer/nvfp4-4over6-448-mae-errfast-exact-8",
    "flashinfer/nvfp4-4over6-448-mse-fast-8",         "flashinfer/nvfp4-4over6-448-mse-exact-8",
    "flashinfer/nvfp4-4over6-448-mse-errfast-fast-8", "flashinfer/nvfp4-4over6-448-mse-errfast-exact-8",
    "flashinfer/nvfp4-4over6-256-mae-fast-8",         "flashinfer/nvfp4-4over6-256-mae-exact-8",
    "flashinfer/nvfp4-4over6-256-mae-errfast-fast-8", "flashinfer/nvfp4-4over6-256-mae-errfast-exact-8",
    "flashinfer/nvfp4-4over6-256-mse-fast-8",         "flashinfer/nvfp4-4over6-256-mse-exact-8",
    "flashinfer/nvfp4-4over6-256-mse-errfast-fast-8", "flashinfer/nvfp4-4over6-256-mse-errfast-exact-8",
};

constexpr std::array<Row, kNames.size()> kRows = [] {
  std::array<Row, kNames.size()> rows{};
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = {kNames[i], four_over_six_form(i)};
  return rows;
}();

constexpr auto kRecipes = recipes_of<kRows, quantize>();

}  // namespace

std::uint8_t flashinfer_four_over_six(const FourOverSix& form, std::span<const float> x, float encode_scale,
                                      float row_amax, std::span<std::uint8_t> codes) noexcept {
  const float block_amax = amax_by_ternary(x);
  if (Math::seen(block_amax) == 0.0f) {
    for (std::uint8_t& code : codes) code = 0;
    return 0;
  }
  const float decode_scale =
      form.build == Flashinfer::kFast ? rcp_approx_ftz(encode_scale) : Math::div_nearest(1.0f, encode_scale);
  const Target target{form, encode_scale, decode_scale, row_amax};
  const float to_six = scale_to_six(target, block_amax);
  const Candidate four = candidate_of(target, x, Math::mul(to_six, 1.5f));
  const Candidate six = candidate_of(target, x, to_six);
  const Candidate& best = four.error < six.error ? four : six;
  for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = best.codes[i];
  return best.scale_code;
}

std::span<const CpuRecipe> flashinfer_four_over_six_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
