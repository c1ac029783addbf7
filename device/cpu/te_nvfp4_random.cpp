// TransformerEngine NVFP4 with stochastic rounding: te/nvfp4 but for the last step, which takes a byte of a random
// word.
//
// NVIDIA/TransformerEngine, commit d0067d0d: the kernels named in te_random.cpp; PTX ISA 9.1, cvt.rs.
#include "bitgate/device/cpu/te_family.h"
#include "bitgate/device/cpu/te_math.h"
#include "bitgate/device/cpu/te_nvfp4.h"
#include "bitgate/device/cpu/te_random.h"
#include "bitgate/device/cpu/te_stochastic.h"

namespace bitgate::device::cpu {
namespace {

enum class Rounding { kSoftware, kHardware };

struct Row {
  std::string_view recipe;
  Rounding rounding;
  DrawOrder order;
};

// Four elements share a word; cvt.rs gives the middle two each other's byte.
std::uint32_t byte_of(Rounding rounding, std::uint32_t word, std::int64_t element) noexcept {
  constexpr int kHardwareBytes[] = {0, 2, 1, 3};
  const auto i = static_cast<std::size_t>(element % 4);
  const int byte = rounding == Rounding::kHardware ? kHardwareBytes[i] : static_cast<int>(i);
  return word >> (8 * byte) & 0xFFu;
}

std::uint8_t rounded_code(Rounding rounding, float v, std::uint32_t byte) noexcept {
  return rounding == Rounding::kHardware ? e2m1_stochastic_hardware(v, byte) : e2m1_stochastic_software(v, byte);
}

void require_words(const Row& row, std::span<const std::uint32_t> given, const Extent& extent) {
  const std::int64_t wanted = count(extent) / 4;
  if (!given.empty() && static_cast<std::int64_t>(given.size()) != wanted)
    refuse(row.recipe, std::to_string(given.size()) + " random words were given, expected " + std::to_string(wanted));
}

// The words of the asked sides: given, or all drawn by the kernel's own order.
RandomWords words_of(const Row& row, const Request& request) {
  const Extent& extent = request.input.extent;
  require_words(row, request.random_bits, extent);
  require_words(row, request.random_bits_columnwise, extent);
  RandomWords words{{request.random_bits.begin(), request.random_bits.end()},
                    {request.random_bits_columnwise.begin(), request.random_bits_columnwise.end()}};
  const bool lacks_rowwise = request.direction != Direction::kColumnwise && words.rowwise.empty();
  const bool lacks_columnwise = asks_for_columnwise(request.direction) && words.columnwise.empty();
  if (!lacks_rowwise && !lacks_columnwise) return words;
  if (extent.rows % 128 != 0 || extent.cols % 128 != 0)
    refuse(row.recipe, "no random words were given for " + std::to_string(extent.rows) + " x " +
                           std::to_string(extent.cols) + " elements, and words are drawn for multiples of 128 only");
  RandomWords drawn = drawn_words(row.order, request.philox, extent);
  if (lacks_rowwise) words.rowwise = std::move(drawn.rowwise);
  if (lacks_columnwise) words.columnwise = std::move(drawn.columnwise);
  return words;
}

Accepts accepts_of(const Row& row) {
  const auto directions = row.order == DrawOrder::kTuned ? Directions::kRowwise : Directions::kEvery;
  const bool any_type = row.order == DrawOrder::kFallback;
  return {row.recipe, any_type ? std::span<const InputType>(kEveryType) : std::span<const InputType>(kBf16Only),
          16,         GlobalAxis::kTensor,
          1,          directions,
          16};
}

QuantizedTensor quantize(const Row& row, const Request& request) {
  require(request, accepts_of(row));
  const RandomWords words = words_of(row, request);
  const SchemeId scheme = row.order == DrawOrder::kTwoD ? SchemeId::kNvfp4TwoD : SchemeId::kNvfp4;
  return answer_in(request.direction, [&](Direction side) {
    const Operand operand = operand_of(request.input, side);
    const auto& of_side = side == Direction::kRowwise ? words.rowwise : words.columnwise;
    const auto code_at = [&](float x, float multiplier, std::int64_t r, std::int64_t c) {
      const std::uint32_t word = of_side[static_cast<std::size_t>(r * (operand.extent.cols / 4) + c / 4)];
      return rounded_code(row.rounding, mul_rn<Gpu>(x, multiplier), byte_of(row.rounding, word, c));
    };
    const std::vector<float> amax = amax_of_side(request, GlobalAxis::kTensor, side, operand, amax_without_nan);
    return nvfp4_side(kKernelRule, scheme, operand, amax, code_at);
  });
}

constexpr std::array kRows{
    Row{"te/nvfp4-sr-soft-tuned", Rounding::kSoftware, DrawOrder::kTuned},
    Row{"te/nvfp4-sr-soft-tuned-t", Rounding::kSoftware, DrawOrder::kTunedTransposed},
    Row{"te/nvfp4-sr-soft-2d", Rounding::kSoftware, DrawOrder::kTwoD},
    Row{"te/nvfp4-sr-soft-fallback", Rounding::kSoftware, DrawOrder::kFallback},
    Row{"te/nvfp4-sr-hw-tuned", Rounding::kHardware, DrawOrder::kTuned},
    Row{"te/nvfp4-sr-hw-tuned-t", Rounding::kHardware, DrawOrder::kTunedTransposed},
    Row{"te/nvfp4-sr-hw-2d", Rounding::kHardware, DrawOrder::kTwoD},
    Row{"te/nvfp4-sr-hw-fallback", Rounding::kHardware, DrawOrder::kFallback},
};

constexpr auto kRecipes = recipes_of<kRows, quantize>();

}  // namespace

std::span<const CpuRecipe> te_nvfp4_random_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::device::cpu
