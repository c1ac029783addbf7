// Random words of one tile, in order of use.
#pragma once

#include <cstdint>

#include "bitgate/compare/philox.h"

namespace bitgate::compare {

class MmaDraws {
 public:
  MmaDraws(std::uint64_t seed, std::uint64_t tile) noexcept : seed_(seed), tile_(tile) {}

  std::uint32_t word() noexcept {
    if (next_ == block_.size()) {
      block_ = random_block(seed_, Purpose::kMma, drawn_++, tile_);
      next_ = 0;
    }
    return block_[next_++];
  }

  // 0 .. count - 1, each as likely as the others to within count in 2^32.
  int below(int count) noexcept {
    return static_cast<int>(std::uint64_t{word()} * static_cast<std::uint64_t>(count) >> 32);
  }
  int between(int low, int high) noexcept { return low + below(high - low + 1); }

 private:
  std::uint64_t seed_, tile_;
  std::uint32_t drawn_ = 0;
  PhiloxBlock block_{};
  std::size_t next_ = 4;
};

}  // namespace bitgate::compare
