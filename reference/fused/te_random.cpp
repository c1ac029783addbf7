#include "bitgate/reference/fused/te_random.h"

#include <fmt/format.h>

#include "bitgate/reference/arith/philox.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::reference {

namespace {

constexpr std::int64_t kTile = 128;

// One thread's generator: words of consecutive counters, x y z w of each.
class Draws {
 public:
  Draws(const PhiloxState& state, std::uint64_t sequence) noexcept
      : key_(state.seed), offset_(state.offset), sequence_(sequence) {}

  std::uint32_t next() noexcept {
    if (used_ % 4 == 0) {
      block_ = philox4x32_10({static_cast<std::uint32_t>(offset_), static_cast<std::uint32_t>(offset_ >> 32),
                              static_cast<std::uint32_t>(sequence_), static_cast<std::uint32_t>(sequence_ >> 32)},
                             {static_cast<std::uint32_t>(key_), static_cast<std::uint32_t>(key_ >> 32)});
      // The counter is one number of 128 bits.
      if (++offset_ == 0) ++sequence_;
    }
    return block_[used_++ % 4];
  }

 private:
  std::uint64_t key_, offset_, sequence_;
  std::uint32_t used_ = 0;
  PhiloxBlock block_{};
};

// Where one thread's words go.
struct Place {
  TeRandom& out;
  Extent extent;
  std::int64_t top, left;  // of the thread's tile
  int thread;

  // The words of elements col, col + 4, ... of a row of the tile.
  void row(Draws& draws, std::int64_t row, std::int64_t col, int words) const {
    const std::int64_t first = ((top + row) * extent.cols + left + col) / 4;
    for (int w = 0; w < words; ++w) out.rowwise[static_cast<std::size_t>(first + w)] = draws.next();
  }
  // The same of a column: a row of the transposed output.
  void column(Draws& draws, std::int64_t col, std::int64_t row, int words) const {
    const std::int64_t first = ((left + col) * extent.rows + top + row) / 4;
    for (int w = 0; w < words; ++w) out.columnwise[static_cast<std::size_t>(first + w)] = draws.next();
  }
  // Sixteen elements of a row; threads of the upper half-warp do the second eight first.
  void row_in_waves(Draws& draws, std::int64_t at_row, std::int64_t col) const {
    for (int wave = 0; wave < 2; ++wave) row(draws, at_row, col + 8 * ((wave + thread % 32 / 16) % 2), 2);
  }
};

void draw_tuned(const Place& place, Draws& draws, bool transposed) {
  const int lane = place.thread % 32, warp = place.thread / 32;
  for (int stage = 0; stage < 4; ++stage) {
    const int y = stage / 2 * 64, x = stage % 2 * 64;
    for (int it = 0; it < 2; ++it) place.row_in_waves(draws, y + it * 32 + place.thread / 4, x + place.thread % 4 * 16);
    for (int w = 0; transposed && w < 2; ++w) place.column(draws, x + 2 * lane + w, y + (lane / 2 + warp) % 4 * 16, 4);
  }
}

void draw_two_d(const Place& place, Draws& draws) {
  for (int stage = 0; stage < 4; ++stage) {
    for (int it = 0; it < 2; ++it) place.column(draws, place.thread, stage * 32 + it * 16, 4);
    for (int it = 0; it < 2; ++it)
      place.row_in_waves(draws, stage * 32 + it * 16 + place.thread / 8, place.thread % 8 * 16);
  }
}

void draw_fallback(const Place& place, Draws& draws) {
  const int across = place.thread / 8, along = place.thread % 8 * 16;
  for (int it = 0; it < 4; ++it) place.row(draws, it * 32 + across, along, 4);
  for (int it = 0; it < 2; ++it)
    for (int k = 0; k < 2; ++k) place.column(draws, (it * 32 + across) * 2 + k, along, 4);
}

}  // namespace

TeRandom te_random_words(RandomOrder order, const Extent& extent, const PhiloxState& state) {
  if (extent.rows % kTile != 0 || extent.cols % kTile != 0)
    throw InputError(
        fmt::format("stochastic rounding of {}x{}: rows and columns must be multiples of {}; no note says "
                    "what threads outside a ragged tile draw",
                    extent.rows, extent.cols, kTile));
  TeRandom out;
  out.rowwise.resize(static_cast<std::size_t>(count(extent) / 4));
  if (order != RandomOrder::kTeTuned) out.columnwise.resize(out.rowwise.size());
  const int threads = order == RandomOrder::kTeFallback ? 256 : 128;
  const std::int64_t across = extent.cols / kTile;
  for (std::int64_t block = 0; block < extent.rows / kTile * across; ++block)
    for (int thread = 0; thread < threads; ++thread) {
      const Place place{out, extent, block / across * kTile, block % across * kTile, thread};
      Draws draws(state, static_cast<std::uint64_t>(block * threads + thread));
      if (order == RandomOrder::kTeTwoD)
        draw_two_d(place, draws);
      else if (order == RandomOrder::kTeFallback)
        draw_fallback(place, draws);
      else
        draw_tuned(place, draws, order == RandomOrder::kTeTunedTransposed);
    }
  return out;
}

}  // namespace bitgate::reference
