// The order in which TransformerEngine's quantizers use random words; see te_random.h.
//
// NVIDIA/TransformerEngine, commit d0067d0d: common/cast/nvfp4/specialized/*tuned_1D.cuh,
// common/cast/nvfp4/quantize_transpose_nvfp4.cuh, common/transpose/quantize_transpose_vector_blockwise_fp4.cu.
#include "bitgate/device/cpu/te_random.h"

namespace bitgate::device::cpu {
namespace {

constexpr int kRounds = 10;

std::uint32_t high(std::uint64_t product) noexcept { return static_cast<std::uint32_t>(product >> 32); }
std::uint32_t low(std::uint64_t product) noexcept { return static_cast<std::uint32_t>(product); }

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> c, std::array<std::uint32_t, 2> key) noexcept {
  for (int round = 0; round < kRounds; ++round) {
    const std::uint64_t of_z = std::uint64_t{0xCD9E8D57u} * c[2];
    const std::uint64_t of_x = std::uint64_t{0xD2511F53u} * c[0];
    c = {high(of_z) ^ c[1] ^ key[0], low(of_z), high(of_x) ^ c[3] ^ key[1], low(of_x)};
    key = {key[0] + 0x9E3779B9u, key[1] + 0xBB67AE85u};
  }
  return c;
}

// One thread of a kernel: its place, its generator, and where its words go. Blocks of threads cover 128 x 128 elements.
struct Thread {
  Extent extent;
  std::int64_t row0, col0;  // of the block
  std::int64_t id;          // in the block
  Philox random;
  RandomWords& words;

  std::int64_t lane() const noexcept { return id % 32; }
  std::int64_t warp() const noexcept { return id / 32; }

  // `count` words for the elements from (row, col) on, along the row, or down the column.
  void along_row(std::int64_t row, std::int64_t col, int count) {
    for (int i = 0; i < count; ++i)
      words.rowwise[static_cast<std::size_t>(row * (extent.cols / 4) + col / 4 + i)] = random.next_word();
  }
  void down_column(std::int64_t row, std::int64_t col, int count) {
    for (int i = 0; i < count; ++i)
      words.columnwise[static_cast<std::size_t>(col * (extent.rows / 4) + row / 4 + i)] = random.next_word();
  }
  // Sixteen elements in two halves; the upper half of a warp takes its second half first.
  void along_row_in_waves(std::int64_t row, std::int64_t col) {
    for (std::int64_t wave = 0; wave < 2; ++wave) along_row(row, col + (wave + lane() / 16) % 2 * 8, 2);
  }
};

// Four stages of 64 x 64.
void draw_tuned(Thread& t, bool transposed) {
  for (std::int64_t stage = 0; stage < 4; ++stage) {
    const std::int64_t row0 = t.row0 + stage / 2 * 64, col0 = t.col0 + stage % 2 * 64;
    for (std::int64_t it = 0; it < 2; ++it) t.along_row_in_waves(row0 + it * 32 + t.id / 4, col0 + t.id % 4 * 16);
    if (!transposed) continue;
    for (std::int64_t w = 0; w < 2; ++w)
      t.down_column(row0 + (t.lane() / 2 + t.warp()) % 4 * 16, col0 + 2 * t.lane() + w, 4);
  }
}

// Four stages of 32 rows; columns come first.
void draw_two_d(Thread& t) {
  for (std::int64_t stage = 0; stage < 4; ++stage) {
    const std::int64_t row0 = t.row0 + stage * 32;
    for (std::int64_t it = 0; it < 2; ++it) t.down_column(row0 + it * 16, t.col0 + t.id, 4);
    for (std::int64_t it = 0; it < 2; ++it) t.along_row_in_waves(row0 + it * 16 + t.id / 8, t.col0 + t.id % 8 * 16);
  }
}

// Twice as many threads; all rows, then all columns.
void draw_fallback(Thread& t) {
  for (std::int64_t it = 0; it < 4; ++it) t.along_row(t.row0 + it * 32 + t.id / 8, t.col0 + t.id % 8 * 16, 4);
  for (std::int64_t it = 0; it < 2; ++it)
    for (std::int64_t w = 0; w < 2; ++w)
      t.down_column(t.row0 + t.id % 8 * 16, t.col0 + (it * 32 + t.id / 8) * 2 + w, 4);
}

void draw(DrawOrder order, Thread& thread) {
  switch (order) {
    case DrawOrder::kTuned: return draw_tuned(thread, false);
    case DrawOrder::kTunedTransposed: return draw_tuned(thread, true);
    case DrawOrder::kTwoD: return draw_two_d(thread);
    case DrawOrder::kFallback: return draw_fallback(thread);
  }
}

}  // namespace

Philox::Philox(const PhiloxState& state, std::uint64_t sequence) noexcept
    : key_{low(state.seed), high(state.seed)},
      counter_{low(state.offset), high(state.offset), low(sequence), high(sequence)} {}

std::uint32_t Philox::next_word() noexcept {
  if (used_ == draw_.size()) {
    draw_ = philox(counter_, key_);
    used_ = 0;
    for (std::uint32_t& part : counter_)
      if (++part != 0) break;
  }
  return draw_[used_++];
}

RandomWords drawn_words(DrawOrder order, const PhiloxState& state, const Extent& extent) {
  RandomWords words;
  words.rowwise.resize(static_cast<std::size_t>(count(extent) / 4));
  words.columnwise.resize(words.rowwise.size());
  const std::int64_t threads = order == DrawOrder::kFallback ? 256 : 128;
  const std::int64_t across = extent.cols / 128;
  for (std::int64_t by = 0; by < extent.rows / 128; ++by)
    for (std::int64_t bx = 0; bx < across; ++bx)
      for (std::int64_t id = 0; id < threads; ++id) {
        const std::int64_t sequence = id + bx * threads + by * across * threads;
        Thread thread{extent, by * 128, bx * 128, id, Philox(state, static_cast<std::uint64_t>(sequence)), words};
        draw(order, thread);
      }
  return words;
}

}  // namespace bitgate::device::cpu
