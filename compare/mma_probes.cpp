#include "bitgate/compare/mma_probes.h"

#include <array>

#include "bitgate/compare/mma_draft.h"
#include "bitgate/compare/mma_families.h"

namespace bitgate::compare {
namespace {

using mma_family::Family;

constexpr std::array kFamilies{
    Family{{"P1", "how many bits are kept below the largest exponent"}, mma_family::fraction_bits},
    Family{{"P2", "which products are added at once"}, mma_family::membership},
    Family{{"P3", "terms cut toward zero, down or to nearest"}, mma_family::cut},
    Family{{"P4", "each term cut, or their sum"}, mma_family::each_term},
    Family{{"P5", "how the sum is rounded to D"}, mma_family::rounding},
    Family{{"P6", "subnormal operands and results"}, mma_family::subnormals},
    Family{{"P7", "the exponent of a subnormal operand"}, mma_family::subnormal_exponents},
    Family{{"P8", "whether a zero product counts in the largest exponent"}, mma_family::zero_products},
    Family{{"P9", "the smallest exponent of the grid, FP32 result"}, mma_family::floor_fp32},
    Family{{"P10", "the smallest exponent of the grid, FP16 result"}, mma_family::floor_fp16},
    Family{{"P11", "products and sums beyond the range of D"}, mma_family::overflow},
    Family{{"P12", "NaN and infinities"}, mma_family::not_numbers},
    Family{{"P13", "signs of zeros"}, mma_family::zero_signs},
    Family{{"P14", "the options of wgmma, and C alone"}, mma_family::options},
    Family{{"P15", "the low bits of a TF32 register"}, mma_family::tf32_registers},
    Family{{"P16", "the order of a chain"}, mma_family::chains},
    Family{{"P17", "FP8: rows on which mma.sync and wgmma differ"}, mma_family::fp8_rows},
};

constexpr auto family_facts() {
  std::array<MmaFamily, kFamilies.size()> facts{};
  for (std::size_t i = 0; i < facts.size(); ++i) facts[i] = kFamilies[i].facts;
  return facts;
}
constexpr auto kFacts = family_facts();

// Probes first .. first + asked - 1 on the diagonal of a tile.
MmaTile tile_of(const MmaModel& model, std::span<const MmaProbe> probes) {
  MmaTile tile = empty_tile(model);
  tile.diagonal = true;
  tile.asked = probes.size();
  tile.flags = probes.front().flags;
  const auto k = static_cast<std::size_t>(model.k);
  for (std::size_t i = 0; i < probes.size(); ++i) {
    std::copy(probes[i].a.begin(), probes[i].a.end(), tile.a.begin() + static_cast<std::ptrdiff_t>(i * k));
    std::copy(probes[i].b.begin(), probes[i].b.end(), tile.b.begin() + static_cast<std::ptrdiff_t>(i * k));
    tile.c[i * kMmaRows + i] = probes[i].c;
  }
  return tile;
}

std::vector<MmaTile> tiles_of(const MmaModel& model, std::span<const MmaProbe> probes) {
  std::vector<MmaTile> tiles;
  std::size_t first = 0;
  while (first < probes.size()) {
    std::size_t end = first + 1;
    while (end < probes.size() && end - first < kMmaRows && probes[end].flags == probes[first].flags) ++end;
    tiles.push_back(tile_of(model, probes.subspan(first, end - first)));
    first = end;
  }
  return tiles;
}

}  // namespace

std::span<const MmaFamily> mma_families() noexcept { return kFacts; }

std::vector<MmaProbe> mma_probes(const MmaModel& model) {
  std::vector<MmaProbe> probes;
  for (const Family& family : kFamilies) family.make(model, probes);
  return probes;
}

std::vector<MmaProbePart> mma_probe_parts(const MmaModel& model) {
  std::vector<MmaProbePart> parts;
  for (const Family& family : kFamilies) {
    std::vector<MmaProbe> probes;
    family.make(model, probes);
    if (probes.empty()) continue;
    std::vector<MmaTile> tiles = tiles_of(model, probes);
    MmaPart part{std::string(family.facts.name), tiles.size(), nullptr, true};
    part.at = [tiles = std::move(tiles)](std::uint64_t i) { return tiles[static_cast<std::size_t>(i)]; };
    parts.push_back({std::move(part), std::move(probes)});
  }
  return parts;
}

}  // namespace bitgate::compare
