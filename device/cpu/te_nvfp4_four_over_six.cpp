// TransformerEngine NVFP4 "4 over 6": each block is quantized twice, its maximum mapped to 6 and to 4, and the smaller
// error wins. The kernels, and the PyTorch reference of the same project.
//
// NVIDIA/TransformerEngine, commit d0067d0d: common/cast/nvfp4/quantize_4over6_nvfp4.cuh,
// pytorch/custom_recipes/reference_nvfp4.py.
#include <algorithm>

#include "bitgate/device/cpu/te_blocks.h"
#include "bitgate/device/cpu/te_family.h"
#include "bitgate/device/cpu/te_math.h"
#include "bitgate/device/cpu/te_nvfp4.h"

namespace bitgate::device::cpu {
namespace {

enum class Author { kKernel, kPyref };
enum class Kind { kTensor, kRow, kSquare };
enum class Error { kAbsolute, kSquared, kAbsoluteFast, kSquaredFast };

struct Row {
  std::string_view recipe;
  Author author;
  Kind kind;
  float scale_max;  // 448 or 256: only the global scale and the error see it
  Error error;
};

constexpr bool is_fast(Error error) noexcept { return error == Error::kAbsoluteFast || error == Error::kSquaredFast; }
constexpr bool is_squared(Error error) noexcept { return error == Error::kSquared || error == Error::kSquaredFast; }

// What one block is measured against.
struct Globals {
  float amax, encode_scale, target;  // target: six times the largest scale
};

struct Candidate {
  std::uint8_t scale_code;
  std::vector<std::uint8_t> codes;
  float error;
};

float difference(const Row& row, const Globals& global, float x, std::uint8_t code, float block_scale) {
  // Six significant bits at most and no subnormal half: the product that the fast form makes in binary16 is exact too.
  const float product = mul_rn<Gpu>(e2m1_value(code), block_scale);
  if (is_fast(row.error)) return add_rn<Gpu>(product, -mul_rn<Gpu>(x, global.encode_scale));
  const float times_amax = mul_rn<Gpu>(product, global.amax);
  const float value = div_rn<Gpu>(times_amax, global.target);
  return add_rn<Gpu>(value, -x);
}

float added(Error error, float sum, float diff) {
  return add_rn<Gpu>(sum, is_squared(error) ? mul_rn<Gpu>(diff, diff) : magnitude(diff));
}

// The sums of the rows of a block, each in the order of its columns, then by halves: rows 0-7 and 8-15, then 4, 2, 1.
// One row is its own sum; rows that a ragged block lacks count as zero.
float error_of(const Row& row, const Globals& global, const Block& block, std::span<const float> x,
               const Candidate& candidate) {
  std::array<float, 16> of_rows{};
  const float block_scale = e4m3_value(candidate.scale_code);
  for (std::size_t i = 0; i < x.size(); ++i) {
    float& sum = of_rows[i / static_cast<std::size_t>(block.cols)];
    sum = added(row.error, sum, difference(row, global, x[i], candidate.codes[i], block_scale));
  }
  for (std::size_t half = 8; half > 0; half /= 2)
    for (std::size_t i = 0; i < half; ++i) of_rows[i] = add_rn<Gpu>(of_rows[i], of_rows[i + half]);
  return of_rows[0];
}

Candidate candidate_of(const Row& row, const Globals& global, const Block& block, std::span<const float> x,
                       float unrounded) {
  // The limit is 448 also where scales are meant to stay below 256.
  Candidate candidate{e4m3_saturating(min_num(unrounded, 448.0f)), {}, 0.0f};
  const float multiplier = reciprocal_multiplier(unrounded, e4m3_value(candidate.scale_code), global.encode_scale);
  candidate.codes.reserve(x.size());
  for (const float value : x)
    candidate.codes.push_back(row.author == Author::kKernel ? kernel_code(value, multiplier)
                                                            : pyref_code(value, multiplier));
  candidate.error = error_of(row, global, block, x, candidate);
  return candidate;
}

// A tie, and an error that is NaN, leave the map to 6.
Candidate better_of(const Row& row, const Globals& global, const Block& block, std::span<const float> x) {
  const float sixth = div_rn<Gpu>(amax_without_nan(x), 6.0f);
  const float base = mul_rn<Gpu>(sixth, global.encode_scale);
  const Candidate to_four = candidate_of(row, global, block, x, mul_rn<Gpu>(base, 1.5f));
  const Candidate to_six = candidate_of(row, global, block, x, base);
  return to_four.error < to_six.error ? to_four : to_six;
}

SchemeId scheme_of_kind(const Row& row) noexcept {
  const bool is_448 = row.scale_max == 448.0f;
  switch (row.kind) {
    case Kind::kTensor: return is_448 ? SchemeId::kNvfp4 : SchemeId::kNvfp4E256;
    case Kind::kRow: return is_448 ? SchemeId::kNvfp4Row : SchemeId::kNvfp4RowE256;
    case Kind::kSquare: return is_448 ? SchemeId::kNvfp4TwoD : SchemeId::kNvfp4TwoDE256;
  }
  return SchemeId::kNvfp4;
}

QuantizedTensor side_of(const Row& row, const Operand& operand, const std::vector<float>& amax) {
  QuantizedTensor answer = make_quantized(scheme_of(scheme_of_kind(row)), GlobalNumber::kAmax, operand.extent);
  answer.global = amax;
  const float target = mul_rn<Gpu>(6.0f, row.scale_max);
  for (const Block& block : blocks_of(operand.extent, answer.scheme.block)) {
    const float of_block = amax[global_index(answer.scheme, block.row)];
    const float encode_scale =
        row.author == Author::kKernel ? kernel_encode_scale(of_block, target) : pyref_encode_scale(of_block, target);
    const Candidate best = better_of(row, {of_block, encode_scale, target}, block, values_of(operand, block));
    store_scale(answer, block, best.scale_code);
    auto code = best.codes.begin();
    for (std::int64_t r = block.row; r < block.row + block.rows; ++r)
      for (std::int64_t c = block.col; c < block.col + block.cols; ++c)
        answer.codes[code_index(answer, r, c)] = *code++;
  }
  return answer;
}

QuantizedTensor quantize(const Row& row, const Request& request) {
  const GlobalAxis global = scheme_of(scheme_of_kind(row)).global;
  const bool kernel = row.author == Author::kKernel;
  const std::int64_t multiple = kernel ? 16 : 1;
  const Directions directions = kernel && row.kind == Kind::kRow ? Directions::kRowwise : Directions::kEvery;
  require(request, {row.recipe, kEveryType, multiple, global, 1, directions, multiple});
  return answer_in(request.direction, [&](Direction side) {
    const Operand operand = operand_of(request.input, side);
    return side_of(row, operand, amax_of_side(request, global, side, operand, amax_without_nan));
  });
}

// Eight of one author and kind, in the order 448 before 256, absolute before squared, exact before fast.
constexpr std::array<std::string_view, 48> kNames{
    "te/nvfp4-4over6-448-mae",           "te/nvfp4-4over6-448-mae-errfast",
    "te/nvfp4-4over6-448-mse",           "te/nvfp4-4over6-448-mse-errfast",
    "te/nvfp4-4over6-256-mae",           "te/nvfp4-4over6-256-mae-errfast",
    "te/nvfp4-4over6-256-mse",           "te/nvfp4-4over6-256-mse-errfast",
    "te/nvfp4-row-4over6-448-mae",       "te/nvfp4-row-4over6-448-mae-errfast",
    "te/nvfp4-row-4over6-448-mse",       "te/nvfp4-row-4over6-448-mse-errfast",
    "te/nvfp4-row-4over6-256-mae",       "te/nvfp4-row-4over6-256-mae-errfast",
    "te/nvfp4-row-4over6-256-mse",       "te/nvfp4-row-4over6-256-mse-errfast",
    "te/nvfp4-2d-4over6-448-mae",        "te/nvfp4-2d-4over6-448-mae-errfast",
    "te/nvfp4-2d-4over6-448-mse",        "te/nvfp4-2d-4over6-448-mse-errfast",
    "te/nvfp4-2d-4over6-256-mae",        "te/nvfp4-2d-4over6-256-mae-errfast",
    "te/nvfp4-2d-4over6-256-mse",        "te/nvfp4-2d-4over6-256-mse-errfast",
    "te/nvfp4-pyref-4over6-448-mae",     "te/nvfp4-pyref-4over6-448-mae-errfast",
    "te/nvfp4-pyref-4over6-448-mse",     "te/nvfp4-pyref-4over6-448-mse-errfast",
    "te/nvfp4-pyref-4over6-256-mae",     "te/nvfp4-pyref-4over6-256-mae-errfast",
    "te/nvfp4-pyref-4over6-256-mse",     "te/nvfp4-pyref-4over6-256-mse-errfast",
    "te/nvfp4-pyref-row-4over6-448-mae", "te/nvfp4-pyref-row-4over6-448-mae-errfast",
    "te/nvfp4-pyref-row-4over6-448-mse", "te/nvfp4-pyref-row-4over6-448-mse-errfast",
    "te/nvfp4-pyref-row-4over6-256-mae", "te/nvfp4-pyref-row-4over6-256-mae-errfast",
    "te/nvfp4-pyref-row-4over6-256-mse", "te/nvfp4-pyref-row-4over6-256-mse-errfast",
    "te/nvfp4-pyref-2d-4over6-448-mae",  "te/nvfp4-pyref-2d-4over6-448-mae-errfast",
    "te/nvfp4-pyref-2d-4over6-448-mse",  "te/nvfp4-pyref-2d-4over6-448-mse-errfast",
    "te/nvfp4-pyref-2d-4over6-256-mae",  "te/nvfp4-pyref-2d-4over6-256-mae-errfast",
    "te/nvfp4-pyref-2d-4over6-256-mse",  "te/nvfp4-pyref-2d-4over6-256-mse-errfast",
};

constexpr std::array<Row, kNames.size()> kRows = [] {
  constexpr Error kErrors[] = {Error::kAbsolute, Error::kAbsoluteFast, Error::kSquared, Error::kSquaredFast};
  constexpr Kind kKinds[] = {Kind::kTensor, Kind::kRow, Kind::kSquare};
  std::array<Row, kNames.size()> rows{};
  for (std::size_t i = 0; i < rows.size(); ++i)
    rows[i] = {kNames[i], i < 24 ? Author::kKernel : Author::kPyref, kKinds[i / 8 % 3], i % 8 < 4 ? 448.0f : 256.0f,
               kErrors[i % 4]};
  return rows;
}();

constexpr auto kRecipes = recipes_of<kRows, quantize>();

}  // namespace

std::span<const CpuRecipe> te_nvfp4_four_over_six_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
