#include "bitgate/compare/mma_check.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>
#include <zlib.h>

#include <algorithm>
#include <chrono>

namespace bitgate::compare {
namespace {

struct TileTally {
  std::uint64_t different = 0;
  std::vector<std::uint32_t> actual;
  std::vector<MmaCase> first, agreeing;
  std::uint32_t crc32 = 0;
};

MmaCase case_of(const MmaModel& model, const MmaTile& tile, std::size_t place) {
  const auto k = static_cast<std::ptrdiff_t>(model.k);
  MmaCase one;
  one.row = place / kMmaRows;
  one.column = place % kMmaRows;
  one.flags = tile.flags;
  const auto a = tile.a.begin() + static_cast<std::ptrdiff_t>(one.row) * k;
  const auto b = tile.b.begin() + static_cast<std::ptrdiff_t>(one.column) * k;
  one.a.assign(a, a + k);
  one.b.assign(b, b + k);
  one.c = tile.c[place];
  return one;
}

void keep(std::vector<MmaCase>& cases, const MmaModel& model, const MmaTile& tile, std::size_t place,
          std::uint32_t expected, std::uint32_t actual) {
  if (cases.size() == MmaFindings::kKeptCases) return;
  MmaCase one = case_of(model, tile, place);
  one.expected = expected;
  one.actual = actual;
  cases.push_back(std::move(one));
}

// `results`: D of the whole tile.
TileTally tally_tile(const MmaModel& model, const reference::MmaInstruction& row, const MmaTile& tile,
                     std::span<const std::uint32_t> results) {
  std::vector<std::uint32_t> expected(tile.asked);
  mma_expected(model, row, tile, expected);
  TileTally tally;
  std::vector<std::uint32_t>& actual = tally.actual;
  actual.resize(tile.asked);
  for (std::size_t i = 0; i < tile.asked; ++i) actual[i] = results[place_of(tile, i)];
  tally.crc32 = static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(actual.data()), actual.size() * sizeof(std::uint32_t)));
  if (expected == actual) return tally;
  for (std::size_t i = 0; i < tile.asked; ++i) {
    const bool same = expected[i] == actual[i];
    tally.different += same ? 0 : 1;
    keep(same ? tally.agreeing : tally.first, model, tile, place_of(tile, i), expected[i], actual[i]);
  }
  return tally;
}

void append(std::vector<MmaCase>& to, std::vector<MmaCase>& from, std::uint64_t tile) {
  for (MmaCase& one : from) {
    if (to.size() == MmaFindings::kKeptCases) return;
    one.tile = tile;
    to.push_back(std::move(one));
  }
}

void compare_batch(const MmaModel& model, std::span<const MmaTile> tiles, std::span<const std::uint32_t> results,
                   std::uint64_t before, bool kept, MmaFindings& result) {
  const reference::MmaInstruction& row = instruction_of(model);
  std::vector<TileTally> tallies(tiles.size());
  tbb::parallel_for(std::size_t{0}, tiles.size(), [&](std::size_t i) {
    tallies[i] = tally_tile(model, row, tiles[i], results.subspan(i * kMmaDots, kMmaDots));
  });
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    if (before + i == 0) {
      result.first_asked = tiles[i].asked;
      result.first_crc32 = tallies[i].crc32;
    }
    result.different += tallies[i].different;
    append(result.first, tallies[i].first, before + i);
    append(result.agreeing, tallies[i].agreeing, before + i);
    result.crc32 = static_cast<std::uint32_t>(
        crc32_combine(result.crc32, tallies[i].crc32, static_cast<z_off_t>(tiles[i].asked * sizeof(std::uint32_t))));
    result.asked += tiles[i].asked;
    if (kept) result.results.insert(result.results.end(), tallies[i].actual.begin(), tallies[i].actual.end());
  }
}

std::vector<MmaTile> made(const MmaPart& part, std::uint64_t begin, std::size_t count) {
  std::vector<MmaTile> tiles(count);
  tbb::parallel_for(std::size_t{0}, count, [&](std::size_t i) { tiles[i] = part.at(begin + i); });
  return tiles;
}

std::string codes(std::span<const std::uint32_t> all, int digits) {
  std::size_t size = all.size();
  while (size > 1 && all[size - 1] == 0) --size;
  std::string text;
  for (const std::uint32_t code : all.first(size)) text += fmt::format(" {:0{}x}", code, digits);
  return text;
}

int digits_of(const Format& format) noexcept { return format.bits > 16 ? 8 : format.bits / 4; }

}  // namespace

std::vector<MmaPart> mma_mix_parts(const MmaModel& model, std::uint64_t seed, std::uint64_t dots) {
  std::vector<MmaPart> parts;
  const std::uint64_t each = kMmaMixNames.size() * kMmaDots;
  for (std::size_t i = 0; i < kMmaMixNames.size(); ++i)
    parts.push_back({"mix/" + std::string(kMmaMixNames[i]), (dots + each - 1) / each,
                     [&model, seed, mix = static_cast<MmaMix>(i)](std::uint64_t tile) {
                       return stress_tile(model, mix, seed, tile);
                     }});
  return parts;
}

void ask_mma(const MmaModel& model, const MmaPart& part, MmaSubject& subject, MmaFindings& result,
             const std::function<void(std::uint64_t)>& progress) {
  result = MmaFindings{};
  result.model = &model;
  result.part = part.name;
  const auto since = std::chrono::steady_clock::now();
  std::array<std::vector<MmaTile>, 2> flying;
  std::uint64_t started = 0, finished = 0;
  const auto start_next = [&](std::vector<MmaTile>& tiles) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(MmaSubject::kMaxTiles, part.tiles - started));
    tiles = made(part, started, count);
    for (const MmaTile& tile : tiles) result.dots += tile.asked;
    subject.start(model, tiles);
    started += count;
  };
  if (part.tiles != 0) start_next(flying[0]);
  for (std::size_t batch = 0; finished < part.tiles; ++batch) {
    if (started < part.tiles) start_next(flying[(batch + 1) % 2]);
    const std::vector<MmaTile>& tiles = flying[batch % 2];
    compare_batch(model, tiles, subject.finish(), finished, part.kept, result);
    finished += tiles.size();
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
    progress(result.asked);
  }
}

std::string describe(const MmaModel& model, const MmaCase& one) {
  const int digits = digits_of(result_format(model));
  std::string flags;
  if ((one.flags & kMmaFromRegisters) != 0) flags += ", a from registers";
  if ((one.flags & kMmaMinusA) != 0) flags += ", -a";
  if ((one.flags & kMmaMinusB) != 0) flags += ", -b";
  if ((one.flags & kMmaWithoutC) != 0) flags += ", scale-d 0";
  return fmt::format("tile {} ({}, {}){}: a{} b{} c {:0{}x}: expected {:0{}x}, got {:0{}x}", one.tile, one.row,
                     one.column, flags, codes(one.a, digits_of(model.a)), codes(one.b, digits_of(model.b)), one.c,
                     digits, one.expected, digits, one.actual, digits);
}

}  // namespace bitgate::compare
