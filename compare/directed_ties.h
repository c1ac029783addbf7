// Ties of elements and of scales for the blocks of a directed input, searched step by step together.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "bitgate/compare/block_probes.h"
#include "bitgate/compare/choices.h"

namespace bitgate::compare {

inline constexpr std::size_t kMaxProbeWidth = 128;  // the most that block_probe_width answers

// What every block of a tensor is solved with.
struct TieJob {
  const reference::Recipe& recipe;
  InputType type;
  int log2_amplitude;
  std::uint64_t seed;
  const Scheme& scheme;
  bool has_global;
  bool of_scales;  // ties of scales, else of elements
  bool positive;   // no signs, and zeros between the ties: the minimum stays what it was solved with
};

inline std::uint32_t clamped(const TieJob& job, double magnitude) noexcept {
  return std::clamp(bits_of(job.type, magnitude), 1u, max_code(format_of(job.type)));
}

// A block while it is solved. Magnitudes are bits.
struct TieBlock {
  Choices choices;
  std::uint32_t global_amax, amax;
  std::int64_t first;  // index of its first element
  std::size_t size;    // a ragged block is padded with +0, as producers pad it
  // Ties of elements: where its amax stands, and its boundaries, `boundaries` of them from `first_boundary` on.
  std::size_t top = 0, first_boundary = 0, boundaries = 0;
};

// The blocks of a tensor, or as many as are searched at once, step by step together.
class TieSearch {
 public:
  TieSearch(const TieJob& job, std::size_t width) : job_(job), probes_(job.recipe, job.type, width) {}

  // Throws away what was solved before.
  void begin(std::vector<TieBlock> blocks) { blocks_ = std::move(blocks); }
  std::span<TieBlock> blocks() noexcept { return blocks_; }

  void search_element_ties();
  void search_scale_ties();
  // Magnitudes and signs of a solved block.
  void write_element_ties(TieBlock& block, std::span<std::uint32_t> out);
  void write_scale_ties(TieBlock& block, std::span<std::uint32_t> out);

 private:
  // Bits between which a code boundary lies: code(below) < code <= code(from); of codes that fall with the magnitude
  // code(below) > code >= code(from).
  struct Boundary {
    std::uint32_t code, below, from;
    bool falls;
    bool open() const noexcept { return from - below > 1; }
    // Three elements probe its quarters.
    std::uint32_t probe(std::size_t quarter) const noexcept {
      return below + static_cast<std::uint32_t>(std::uint64_t{from - below} * quarter / 4);
    }
  };
  // A scale search: the block's scale at `same`, another at `differs`.
  struct ScaleSearch {
    std::size_t block;
    std::uint32_t same, differs, scale;
  };

  std::span<Boundary> boundaries_of(const TieBlock& block) noexcept {
    return std::span(boundaries_).subspan(block.first_boundary, block.boundaries);
  }
  void choose_boundaries();
  void narrow(std::span<const std::size_t> open);
  template <class BitsOf>
  std::vector<std::uint32_t> scales_at(const std::vector<ScaleSearch>& searches, BitsOf bits_of_search);

  const TieJob& job_;
  BlockProbes probes_;
  std::vector<TieBlock> blocks_;
  std::vector<Boundary> boundaries_;
};

}  // namespace bitgate::compare
