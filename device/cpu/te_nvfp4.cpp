// TransformerEngine NVFP4, per tensor and per row: the kernels and the PyTorch reference of the same project.
//
// NVIDIA/TransformerEngine, commit d0067d0d: common/cast/nvfp4/*.cuh, common/recipe/current_scaling.cu,
// pytorch/custom_recipes/reference_nvfp4.py.
#include <algorithm>

#include "bitgate/device/cpu/codes.h"
#include "bitgate/device/cpu/exact.h"
#include "bitgate/device/cpu/recipes.h"
#include "bitgate/device/cpu/request.h"

namespace bitgate::device::cpu {
namespace {

enum class Author { kKernel, kPyref };

constexpr std::int64_t kBlock = 16;
constexpr float kOneSixth = div_rn<Gpu>(1.0f, 6.0f);

struct GlobalScale {
  float decode;          // multiplies codes times block scales
  float to_block_scale;  // multiplies the amax of a block
};

// The kernels give an amax of 0 (and of infinity, whose encode scale is 0) the encode scale 1; pyref only the latter.
GlobalScale global_scale(Author author, float amax) {
  float encode = div_rn<Gpu>(2688.0f, amax);
  encode = min_num(encode, kFloat32Max);
  const bool amax_counts_as_one = author == Author::kKernel && amax == 0.0f;
  if (amax_counts_as_one || encode == 0.0f) encode = 1.0f;
  return {div_rn<Gpu>(1.0f, encode), mul_rn<Gpu>(encode, kOneSixth)};
}

// NaN is +6 in hardware and 0 in pyref, which also writes -0 as +0; a negative value that rounds to zero keeps its
// sign.
std::uint8_t element_code(Author author, float scaled) {
  if (author == Author::kKernel) return is_nan(scaled) ? 7 : e2m1_with_sign(scaled);
  if (is_nan(scaled)) return 0;
  return static_cast<std::uint8_t>(e2m1_size(magnitude(scaled)) + (scaled < 0.0f ? 8 : 0));
}

// The scale code of one block; writes `wanted` codes, fewer than 16 at the end of a ragged row.
std::uint8_t quantize_block(Author author, const GlobalScale& global, std::span<const float> x, std::uint8_t* codes,
                            std::int64_t wanted) {
  const float block_amax = amax_without_nan(x);
  const float unrounded = min_num(mul_rn<Gpu>(block_amax, global.to_block_scale), kFloat32Max);
  const std::uint8_t scale_code = e4m3_saturating(unrounded);
  const float decode_scale = mul_rn<Gpu>(e4m3_value(scale_code), global.decode);
  const float encode_scale = min_num(div_rn<Gpu>(1.0f, decode_scale), kFloat32Max);
  for (std::int64_t i = 0; i < wanted; ++i)
    codes[i] = element_code(author, mul_rn<Gpu>(x[static_cast<std::size_t>(i)], encode_scale));
  return scale_code;
}

std::vector<float> global_amax(const Request& request, GlobalAxis axis) {
  const std::span<const float> given = request.global.empty() ? request.amax : request.global;
  if (!given.empty()) return {given.begin(), given.end()};
  std::vector<float> of_rows;
  for (std::int64_t r = 0; r < request.input.extent.rows; ++r)
    of_rows.push_back(amax_without_nan(padded_row(request.input, r, kBlock)));
  return axis == GlobalAxis::kRow ? of_rows : std::vector<float>{amax_without_nan(of_rows)};
}

QuantizedTensor quantize(const Request& request, Author author, const Accepts& accepts) {
  require(request, accepts);
  const auto [rows, cols] = request.input.extent;
  const Scheme& scheme = scheme_of(accepts.global == GlobalAxis::kRow ? SchemeId::kNvfp4Row : SchemeId::kNvfp4);
  QuantizedTensor answer = make_quantized(scheme, GlobalNumber::kAmax, request.input.extent);
  answer.global = global_amax(request, accepts.global);
  auto& scales = std::get<std::vector<std::uint8_t>>(answer.scales);
  std::size_t block = 0;
  for (std::int64_t r = 0; r < rows; ++r) {
    const std::vector<float> x = padded_row(request.input, r, kBlock);
    const float amax = answer.global[accepts.global == GlobalAxis::kRow ? static_cast<std::size_t>(r) : 0];
    const GlobalScale global = global_scale(author, amax);
    for (std::int64_t c = 0; c < cols; c += kBlock)
      scales[block++] = quantize_block(author, global, std::span(x).subspan(static_cast<std::size_t>(c), kBlock),
                                       answer.codes.data() + r * cols + c, std::min(kBlock, cols - c));
  }
  return answer;
}

}  // namespace

QuantizedTensor te_nvfp4(const Request& request) {
  return quantize(request, Author::kKernel, {"te/nvfp4", kEveryType, kBlock, GlobalAxis::kTensor});
}
QuantizedTensor te_nvfp4_row(const Request& request) {
  return quantize(request, Author::kKernel, {"te/nvfp4-row", kEveryType, kBlock, GlobalAxis::kRow});
}
QuantizedTensor te_nvfp4_pyref(const Request& request) {
  return quantize(request, Author::kPyref, {"te/nvfp4-pyref", kEveryType, 1, GlobalAxis::kTensor});
}
QuantizedTensor te_nvfp4_pyref_row(const Request& request) {
  return quantize(request, Author::kPyref, {"te/nvfp4-pyref-row", kEveryType, 1, GlobalAxis::kRow});
}

}  // namespace bitgate::device::cpu
