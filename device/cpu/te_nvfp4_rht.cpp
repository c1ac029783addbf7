// TransformerEngine NVFP4 after the random Hadamard transform: the column-wise side only, the row-wise one is plain.
//
// NVIDIA/TransformerEngine, commit d0067d0d: common/hadamard_transform/*, common/cast/nvfp4/*.cuh,
// pytorch/custom_recipes/reference_nvfp4.py.
#include <bit>

#include "bitgate/device/cpu/te_family.h"
#include "bitgate/device/cpu/te_math.h"
#include "bitgate/device/cpu/te_nvfp4.h"

namespace bitgate::device::cpu {
namespace {

constexpr std::int64_t kGroup = 16;
constexpr std::uint32_t kSigns = 0xD7E8;  // bit i: input i of a group changes its sign
constexpr std::uint32_t kNoSigns = 0;

struct Row {
  std::string_view recipe;
  const Nvfp4Rule& columnwise;
  const Nvfp4Rule& rowwise;
  std::uint32_t signs;
  std::span<const InputType> types;
};

// Output j of one group. The products are exact (but for binary32 subnormals), and the sum starts from +0. Where the
// exponents of the inputs differ by at most 12 every order gives this sum; beyond, tensor cores may add otherwise.
float transformed(std::span<const float> group, std::uint32_t signs, std::uint32_t j) noexcept {
  float sum = 0.0f;
  for (std::uint32_t i = 0; i < kGroup; ++i) {
    const bool minus = (std::popcount(i & j) + static_cast<int>(signs >> i & 1u)) % 2 == 1;
    sum = add_rn<Gpu>(sum, mul_rn<Gpu>(group[i], minus ? -0.25f : 0.25f));
  }
  return sum;
}

// Groups run along the rows of the operand, which is the transpose. A binary32 result stays binary32.
Operand hadamard(const Operand& operand, std::uint32_t signs, InputType type) {
  Operand result{operand.extent, {}};
  for (std::int64_t r = 0; r < operand.extent.rows; ++r) {
    const std::span<const float> row = operand.row(r);
    for (std::size_t first = 0; first < row.size(); first += kGroup)
      for (std::uint32_t j = 0; j < kGroup; ++j) {
        const float sum = transformed(row.subspan(first, kGroup), signs, j);
        result.x.push_back(type == InputType::kBf16 ? bf16_rn(sum) : sum);
      }
  }
  return result;
}

constexpr std::array kRows{
    Row{"te/nvfp4-rht", kKernelRule, kKernelRule, kSigns, kBf16Only},
    Row{"te/nvfp4-rht-nosign", kKernelRule, kKernelRule, kNoSigns, kBf16Only},
    Row{"te/nvfp4-rht-fused", kFusedRule, kKernelRule, kSigns, kBf16Only},
    Row{"te/nvfp4-pyref-rht", kPyrefRule, kPyrefRule, kSigns, kF32AndBf16},
};

QuantizedTensor quantize(const Row& row, const Request& request) {
  require(request, {row.recipe, row.types, kGroup, GlobalAxis::kTensor, kGroup, Directions::kWithColumnwise});
  return answer_in(request.direction, [&](Direction side) {
    Operand operand = operand_of(request.input, side);
    const bool columnwise = side == Direction::kColumnwise;
    if (columnwise) operand = hadamard(operand, row.signs, request.input.type);
    // The amax of the input says nothing of the transformed values: they have one of their own, given or computed.
    Request own = request;
    if (columnwise) own.amax = request.amax_columnwise;
    if (columnwise && request.direction == Direction::kBoth) own.global = {};
    const std::vector<float> amax = amax_of_side(own, GlobalAxis::kTensor, side, operand, amax_without_nan);
    return nvfp4_side(columnwise ? row.columnwise : row.rowwise, SchemeId::kNvfp4, operand, amax);
  });
}

constexpr auto kRecipes = recipes_of<kRows, quantize>();

}  // namespace

std::span<const CpuRecipe> te_nvfp4_rht_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
