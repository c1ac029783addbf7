#include "bitgate/compare/distribution.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "bitgate/compare/directed.h"
#include "bitgate/compare/laws.h"
#include "bitgate/compare/round_to_type.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {

namespace {

struct Law {
  DistributionInfo info;
  ElementLaw draw;     // null: directed
  PlaceEffect effect;  // null: none
  int period;
};

constexpr Law plain(std::string_view name, std::string_view law, ElementLaw draw, PlaceEffect effect = nullptr) {
  return {{name, Family::kPlain, law}, draw, effect, 0};
}
constexpr Law rows(std::string_view name, std::string_view law, PlaceEffect effect, int period = 0) {
  return {{name, Family::kRowVarying, law}, normal_law, effect, period};
}
constexpr Law directed(std::string_view name, std::string_view law) {
  return {{name, Family::kDirected, law}, nullptr, nullptr, 0};
}

constexpr Law corner(std::string_view name, std::string_view law) {
  return {{name, Family::kCorner, law}, nullptr, nullptr, 0};
}

constexpr std::array kLaws{
    plain("normal", "normal, sigma 1", normal_law),
    plain("uniform", "uniform in [-1, 1)", uniform_law),
    plain("laplace", "Laplace, scale 1 (variance 2)", laplace_law),
    plain("student_t3", "Student's t, 3 degrees of freedom", student_t3_law),
    plain("student_t5", "Student's t, 5 degrees of freedom", student_t5_law),
    plain("lognormal", "exp of a normal of sigma 1, random sign", lognormal_law),
    plain("gelu", "x * Phi(x), x normal of sigma 1", gelu_law),
    plain("swiglu", "a / (1 + exp(-a)) * b, a and b normal of sigma 1", swiglu_law),
    plain("outlier_channel", "normal, sigma 1; columns 0, 64, 128, ... times 64", normal_law, outlier_columns),
    plain("sparse_blocks",
          "normal, sigma 1; one in four groups of 32 columns zero, half of the rest; zeros of either sign", normal_law,
          sparse_groups),
    plain("pow2_edges", "2^k, k in -8 .. 8, or its neighbour in the input type below or above; random sign",
          pow2_edges_law),
    rows("row_ladder", "normal, row r times 2^-(r mod 24)", row_ladder, 24),
    rows("row_ladder_1", "normal, every row the same scale", row_ladder, 1),
    rows("row_ladder_2", "normal, row r times 2^-(r mod 2)", row_ladder, 2),
    rows("row_ladder_4", "normal, row r times 2^-(r mod 4)", row_ladder, 4),
    rows("row_ladder_8", "normal, row r times 2^-(r mod 8)", row_ladder, 8),
    rows("row_ladder_12", "normal, row r times 2^-(r mod 12)", row_ladder, 12),
    rows("row_ladder_16", "normal, row r times 2^-(r mod 16)", row_ladder, 16),
    rows("row_ladder_20", "normal, row r times 2^-(r mod 20)", row_ladder, 20),
    rows("row_ladder_28", "normal, row r times 2^-(r mod 28)", row_ladder, 28),
    rows("row_ladder_32", "normal, row r times 2^-(r mod 32)", row_ladder, 32),
    rows("row_lognormal", "normal, each row times exp of a normal of sigma 2", row_lognormal),
    rows("one_hot_row", "normal, row 0 times 2^10, the others times 2^-6", one_hot_row),
    directed("element_ties", "each block: the inputs at which the recipe's code changes, and 1 ulp to either side"),
    directed("scale_ties", "each block: an amax at which the recipe's block scale changes, or 1 ulp to either side"),
    directed("special",
             "zeros of both signs, NaN, infinity, subnormals, the largest and smallest numbers, by block; "
             "seed mod 4 leaves out: 1 infinity, 2 NaN and infinity, 3 all but zeros; an odd seed / 4: "
             "magnitudes above 3000"),
    corner("positive_ties",
           "as element_ties, of positive numbers and zeros alone; also where codes fall with the magnitude"),
    corner("tile_ties",
           "as scale_ties, of whole tiles: the amax in one row of each, and in half of the tiles zeros above it"),
    corner("bit_patterns",
           "each tile of a scale: one special value throughout, or an exponent of its own and mantissas of a few bits, "
           "next to a power of two, or any"),
    corner("nan_halves",
           "normal; by turns all odd places of a block are NaN, all even places, none; seed mod 12: 3 to 5 and 9 to 11 "
           "infinity instead, 6 NaN in every place, 7 NaN in the second place, and zeros follow"),
    corner("error_ties",
           "each block: the two errors of a search between an amax at 6 and one at 4 all but tie; of a square one row"),
};

constexpr auto kInfos = [] {
  std::array<DistributionInfo, kLaws.size()> infos{};
  for (std::size_t i = 0; i < infos.size(); ++i) infos[i] = kLaws[i].info;
  return infos;
}();

const Law& require_law(std::string_view name) {
  const auto* found = std::find_if(kLaws.begin(), kLaws.end(), [&](const Law& law) { return law.info.name == name; });
  if (found != kLaws.end()) return *found;
  throw InputError(fmt::format("unknown distribution \"{}\": expected one of {}", name, [] {
    std::string names;
    for (const DistributionInfo& info : kInfos) names += (names.empty() ? "" : ", ") + std::string(info.name);
    return names;
  }()));
}

void require_extent(const Extent& extent) {
  const bool fits =
      extent.rows >= 0 && extent.cols >= 0 && (extent.rows == 0 || extent.cols <= kMaxElements / extent.rows);
  if (!fits)
    throw InputError(
        fmt::format("extent {}x{}: expected sizes of at least 0 and at most 2^40 elements", extent.rows, extent.cols));
}

void require_amplitude(int log2_amplitude) {
  if (log2_amplitude < kMinLog2Amplitude || log2_amplitude > kMaxLog2Amplitude)
    throw InputError(fmt::format("amplitude 2^{}: expected an exponent from {} to {}", log2_amplitude,
                                 kMinLog2Amplitude, kMaxLog2Amplitude));
}

void store(std::span<const double> values, double amplitude, std::size_t first, TypedTensor& out) noexcept {
  const std::size_t n = values.size();
  if (out.type == InputType::kF32) {
    float* to = std::get<0>(out.values).data() + first;
    for (std::size_t i = 0; i < n; ++i) to[i] = static_cast<float>(values[i] * amplitude);
    return;
  }
  std::uint16_t* to = std::get<1>(out.values).data() + first;
  if (out.type == InputType::kBf16)
    for (std::size_t i = 0; i < n; ++i) to[i] = round_to_16(kBf16, values[i] * amplitude);
  else
    for (std::size_t i = 0; i < n; ++i) to[i] = round_to_16(kFp16, values[i] * amplitude);
}

void fill(const Law& law, double amplitude, std::uint64_t seed, TypedTensor& out) noexcept {
  const auto total = static_cast<std::size_t>(count(out.extent));
  Lanes<double> lanes;
  std::array<double, kBatch> batch;
  for (std::size_t first = 0; first < total; first += kBatch) {
    law.draw({seed, first / 4, out.type}, lanes);
    for (std::size_t j = 0; j < kQuads; ++j)
      for (std::size_t l = 0; l < 4; ++l) batch[4 * j + l] = lanes[l][j];
    const std::span<double> values(batch.data(), std::min(kBatch, total - first));
    if (law.effect != nullptr) law.effect({seed, out.extent, static_cast<std::int64_t>(first)}, law.period, values);
    store(values, amplitude, first, out);
  }
}

}  // namespace

std::span<const DistributionInfo> distributions() noexcept { return kInfos; }

const DistributionInfo* find_distribution(std::string_view name) noexcept {
  const auto* found = std::find_if(kInfos.begin(), kInfos.end(), [&](const auto& info) { return info.name == name; });
  return found == kInfos.end() ? nullptr : found;
}

TypedTensor make_input(InputType type, Extent extent) {
  TypedTensor tensor{type, extent, {}};
  const auto n = static_cast<std::size_t>(count(extent));
  if (type == InputType::kF32)
    tensor.values = std::vector<float>(n);
  else
    tensor.values = std::vector<std::uint16_t>(n);
  return tensor;
}

TypedTensor generate(const reference::Recipe& recipe, const Distribution& distribution, InputType type, Extent extent,
                     std::uint64_t seed) {
  const Law& law = require_law(distribution.name);
  require_extent(extent);
  require_amplitude(distribution.log2_amplitude);
  if (law.draw == nullptr) return generate_directed(recipe, distribution, type, extent, seed);
  TypedTensor tensor = make_input(type, extent);
  fill(law, power_of_two(distribution.log2_amplitude), seed, tensor);
  return tensor;
}

TypedTensor generate(const Case& c) {
  return generate(reference::require_recipe(c.recipe), c.input, c.type, c.extent, c.seed);
}

}  // namespace bitgate::compare
