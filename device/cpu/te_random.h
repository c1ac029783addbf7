// TransformerEngine's random words: Philox4x32, and which word of which draw each four elements get.
//
// NVIDIA/TransformerEngine, commit d0067d0d: common/util/curanddx.hpp and the quantizers named in te_random.cpp.
#pragma once

#include <array>
#include <vector>

#include "bitgate/reference/format/tensor.h"

namespace bitgate::device::cpu {

// Philox4x32 of ten rounds; the counter counts blocks of 128 bits from the offset on.
class Philox {
 public:
  Philox(const PhiloxState& state, std::uint64_t sequence) noexcept;
  // The words of a draw one by one, then the next draw.
  std::uint32_t next_word() noexcept;

 private:
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> draw_{};
  std::size_t used_ = 4;
};

// Whose order of draws. kTuned makes the row-wise side alone, the others both.
enum class DrawOrder { kTuned, kTunedTransposed, kTwoD, kFallback };

// One word for four elements of a row: [rows, cols / 4], and [cols, rows / 4] of the column-wise side.
struct RandomWords {
  std::vector<std::uint32_t> rowwise, columnwise;
};

// Rows and columns must be multiples of 128.
RandomWords drawn_words(DrawOrder order, const PhiloxState& state, const Extent& extent);

}  // namespace bitgate::device::cpu
