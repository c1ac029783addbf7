#include "bitgate/compare/directed.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

#include "bitgate/compare/block_probes.h"
#include "bitgate/compare/choices.h"
#include "bitgate/compare/directed_patterns.h"
#include "bitgate/compare/directed_special.h"

namespace bitgate::compare {

namespace {

constexpr std::size_t kMaxProbeWidth = 128;        // the most that block_probe_width answers
constexpr std::int64_t kProbedElements = 1 << 16;  // searched at once, so that memory stays bounded

using reference::Recipe;

// What every block of a tensor is solved with.
struct Job {
  const Recipe& recipe;
  InputType type;
  int log2_amplitude;
  std::uint64_t seed;
  const Scheme& scheme;
  bool has_global;
  bool of_scales;  // ties of scales, else of elements
  bool positive;   // no signs, and zeros between the ties: the minimum stays what it was solved with
};

std::uint32_t sign_of(const Job& job, Choices& choices) noexcept {
  const std::uint32_t sign = choices.sign(job.type);
  return job.positive ? 0 : sign;
}

std::uint32_t clamped(const Job& job, double magnitude) noexcept {
  return std::clamp(bits_of(job.type, magnitude), 1u, max_code(format_of(job.type)));
}

// max|x| of a tensor or row that shares a global scale. Half of them are 21 * m * 2^e with a small odd m: 2688 = 2^7 *
// 21 and 448 = 2^6 * 7, so the exact quotients by it can be ties that the input type holds, bf16 too, and only the
// roundings of the recipe decide them.
std::uint32_t choose_global_amax(const Job& job, std::uint64_t scope) noexcept {
  Choices choices(job.seed, Purpose::kGlobal, scope);
  const int exponent = job.log2_amplitude + static_cast<int>(choices.below(9)) - 4;
  const bool near_ties = choices.below(2) == 0;
  const double mantissa = near_ties ? 21.0 * (2 * choices.below(6) + 1) / 16.0 : 1.0 + choices.unit();
  return clamped(job, mantissa * power_of_two(exponent));
}

// max|x| of a block: under a global amax down to where its scale underflows, else over 20 binades. For integer codes
// half are 127 * j * 2^e, of which (code + 1/2) / 127 are exact.
std::uint32_t choose_block_amax(const Job& job, Choices& choices, std::uint32_t global_amax) noexcept {
  double mantissa = 1.0 + choices.unit();
  if (is_integer(job.scheme.element) && choices.below(2) == 0) {
    const std::uint32_t precision = 1u << (format_of(job.type).mantissa_bits + 1 - 8);
    mantissa = 127.0 / 64.0 * (choices.below(precision) | 1u) / precision;
  }
  if (job.has_global) {
    const int down = 1 + static_cast<int>(choices.below(choices.below(4) == 0 ? 20 : 10));
    const double below = value_of(job.type, global_amax) * mantissa * power_of_two(-down);
    return std::min(clamped(job, below), global_amax);
  }
  const int exponent = job.log2_amplitude + static_cast<int>(choices.below(21)) - 10;
  return clamped(job, mantissa * power_of_two(exponent));
}

// The largest amax that a block may have.
std::uint32_t ceiling(const Job& job, std::uint32_t global_amax) noexcept {
  return job.has_global ? global_amax : max_code(format_of(job.type));
}

// A block while it is solved. Magnitudes are bits.
struct Block {
  Choices choices;
  std::uint32_t global_amax, amax;
  std::int64_t first;  // index of its first element
  std::size_t size;    // a ragged block is padded with +0, as producers pad it
  // Ties of elements: where its amax stands, and its boundaries, `boundaries` of them from `first_boundary` on.
  std::size_t top = 0, first_boundary = 0, boundaries = 0;
};

// Normals of sigma amax / 4, of magnitude at most amax, with their signs.
void fill(const Job& job, Block& block, std::span<std::uint32_t> out) {
  std::array<std::uint32_t, 2 * kMaxProbeWidth> words;
  for (std::size_t i = 0; i < 2 * out.size(); ++i) words[i] = block.choices.word();
  std::array<double, kMaxProbeWidth> normals;
  for (std::size_t i = 0; i < out.size(); ++i)
    normals[i] = exact::normal_pair(words[2 * i], words[2 * i + 1]).first * 0.25 * value_of(job.type, block.amax);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::uint32_t bits = bits_of(job.type, normals[i]);
    const std::uint32_t sign = bits & sign_mask(format_of(job.type));
    out[i] = sign | std::min(bits ^ sign, block.amax);
  }
}

// The blocks of a tensor, or as many as are searched at once, step by step together.
class Solving {
 public:
  Solving(const Job& job, std::size_t width) : job_(job), probes_(job.recipe, job.type, width) {}

  // Throws away what was solved before.
  void begin(std::vector<Block> blocks) { blocks_ = std::move(blocks); }
  std::span<Block> blocks() noexcept { return blocks_; }

  void search_element_ties();
  void search_scale_ties();
  // Magnitudes and signs of a solved block.
  void write_element_ties(Block& block, std::span<std::uint32_t> out);
  void write_scale_ties(Block& block, std::span<std::uint32_t> out);

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

  std::span<Boundary> boundaries_of(const Block& block) noexcept {
    return std::span(boundaries_).subspan(block.first_boundary, block.boundaries);
  }
  void choose_boundaries();
  void narrow(std::span<const std::size_t> open);
  template <class BitsOf>
  std::vector<std::uint32_t> scales_at(const std::vector<ScaleSearch>& searches, BitsOf bits_of_search);

  const Job& job_;
  BlockProbes probes_;
  std::vector<Block> blocks_;
  std::vector<Boundary> boundaries_;
};

// The place of a block's i-th probe: the amax at `top` alone decides the scale.
constexpr std::size_t place(const Block& block, std::size_t i) noexcept { return i < block.top ? i : i + 1; }

// For each three elements of a block a code boundary to look for, among the codes from zero's to the amax's.
void Solving::choose_boundaries() {
  boundaries_.clear();
  probes_.clear(blocks_.size());
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    Block& block = blocks_[i];
    block.top = block.choices.below(static_cast<std::uint32_t>(block.size));
    probes_.set_amax(i, value_of(job_.type, block.global_amax));
    probes_.set(i, block.top, block.amax);
  }
  probes_.quantize();
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    Block& block = blocks_[i];
    const std::uint32_t zero_code = block.size > 1 ? probes_.code(i, block.top == 0 ? 1 : 0) : 0;
    const std::uint32_t top_code = probes_.code(i, block.top);
    const bool falls = job_.positive && top_code < zero_code;
    block.first_boundary = boundaries_.size();
    block.boundaries = top_code > zero_code || falls ? (block.size - 1) / 3 : 0;
    for (std::size_t b = 0; b < block.boundaries; ++b)
      boundaries_.push_back(
          falls ? Boundary{zero_code - 1 - block.choices.below(zero_code - top_code), 0, block.amax, true}
                : Boundary{zero_code + 1 + block.choices.below(top_code - zero_code), 0, block.amax, false});
  }
}

// One step of all boundaries of the blocks named.
void Solving::narrow(std::span<const std::size_t> open) {
  probes_.clear(open.size());
  for (std::size_t i = 0; i < open.size(); ++i) {
    const Block& block = blocks_[open[i]];
    const std::span<const Boundary> boundaries = boundaries_of(block);
    probes_.set_amax(i, value_of(job_.type, block.global_amax));
    probes_.set(i, block.top, block.amax);
    for (std::size_t k = 0; k < 3 * boundaries.size(); ++k)
      probes_.set(i, place(block, k), boundaries[k / 3].probe(1 + k % 3));
  }
  probes_.quantize();
  for (std::size_t i = 0; i < open.size(); ++i) {
    const Block& block = blocks_[open[i]];
    for (std::size_t k = 0; Boundary & boundary : boundaries_of(block)) {
      const Boundary before = boundary;
      for (std::size_t quarter = 1; quarter <= 3; ++quarter, ++k) {
        if (boundary.from != before.from) continue;
        const std::uint32_t code = probes_.code(i, place(block, k));
        const bool reached = before.falls ? code <= before.code : code >= before.code;
        (reached ? boundary.from : boundary.below) = before.probe(quarter);
      }
    }
  }
}

void Solving::search_element_ties() {
  choose_boundaries();
  for (;;) {
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      const std::span<const Boundary> boundaries = boundaries_of(blocks_[i]);
      if (std::any_of(boundaries.begin(), boundaries.end(), [](const Boundary& b) { return b.open(); }))
        open.push_back(i);
    }
    if (open.empty()) return;
    narrow(open);
  }
}

// For each three elements a code boundary with 1 ulp to either side, the amax at `top`.
void Solving::write_element_ties(Block& block, std::span<std::uint32_t> out) {
  if (job_.positive)
    std::fill(out.begin(), out.end(), 0u);
  else
    fill(job_, block, out);
  const std::span<const Boundary> boundaries = boundaries_of(block);
  for (std::size_t i = 0; i < 3 * boundaries.size(); ++i) {
    const auto neighbour = static_cast<std::uint32_t>(i % 3);  // 0, 1, 2: below, at, above
    const std::uint32_t bits = std::min(boundaries[i / 3].from + neighbour - 1, block.amax);
    out[place(block, i)] = bits | sign_of(job_, block.choices);
  }
  out[block.top] = block.amax | sign_of(job_, block.choices);
}

// The scales of blocks whose one number is bits_of_search(search).
template <class BitsOf>
std::vector<std::uint32_t> Solving::scales_at(const std::vector<ScaleSearch>& searches, BitsOf bits_of_search) {
  probes_.clear(searches.size());
  for (std::size_t i = 0; i < searches.size(); ++i) {
    probes_.set_amax(i, value_of(job_.type, blocks_[searches[i].block].global_amax));
    probes_.set(i, 0, bits_of_search(searches[i]));
  }
  probes_.quantize();
  std::vector<std::uint32_t> scales(searches.size());
  for (std::size_t i = 0; i < searches.size(); ++i) scales[i] = probes_.scale_bits(i);
  return scales;
}

// Moves each block's amax to the first above it whose scale is another, or to a neighbour of that; it stays about where
// it is when none is at most four times as large.
void Solving::search_scale_ties() {
  std::vector<ScaleSearch> searches;
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    const std::uint32_t low = blocks_[i].amax, most = ceiling(job_, blocks_[i].global_amax);
    const std::uint32_t high = std::min(clamped(job_, 4.0 * value_of(job_.type, low)), most);
    // A block that holds the global's own amax has no choice left.
    if (low != most) searches.push_back({i, low, high, 0});
  }
  const std::vector<std::uint32_t> lowest = scales_at(searches, [](const ScaleSearch& s) { return s.same; });
  const std::vector<std::uint32_t> highest = scales_at(searches, [](const ScaleSearch& s) { return s.differs; });
  for (std::size_t i = 0; i < searches.size(); ++i) {
    searches[i].scale = lowest[i];
    if (highest[i] == lowest[i]) searches[i].differs = searches[i].same;
  }
  std::vector<ScaleSearch> open = searches;
  const auto middle = [](const ScaleSearch& s) { return s.same + (s.differs - s.same) / 2; };
  const auto closed = [this](const ScaleSearch& s) {
    if (s.differs - s.same > 1) return false;
    blocks_[s.block].amax = s.differs;
    return true;
  };
  for (;;) {
    std::erase_if(open, closed);
    if (open.empty()) break;
    const std::vector<std::uint32_t> scales = scales_at(open, middle);
    for (std::size_t i = 0; i < open.size(); ++i)
      (scales[i] == open[i].scale ? open[i].same : open[i].differs) = middle(open[i]);
  }
  for (const ScaleSearch& s : searches) {
    Block& block = blocks_[s.block];
    const std::uint32_t most = ceiling(job_, block.global_amax);
    block.amax = std::clamp(block.amax + block.choices.below(3) - 1, 1u, most);
  }
}

void Solving::write_scale_ties(Block& block, std::span<std::uint32_t> out) {
  const std::uint32_t top = block.choices.below(static_cast<std::uint32_t>(block.size));
  fill(job_, block, out);
  out[top] = block.amax | sign_of(job_, block.choices);
}

// The first block of what shares a global has the global's amax, no other exceeds it: the tensor has exactly the amax
// it was solved for.
void solve(const Job& job, TypedTensor& out) {
  const Extent& extent = out.extent;
  const std::int64_t width = block_probe_width(job.scheme), per_row = ceil_div(extent.cols, width);
  const std::int64_t total = extent.rows * per_row, at_once = std::max<std::int64_t>(1, kProbedElements / width);
  const bool by_row = job.scheme.global == GlobalAxis::kRow;
  Solving solving(job, static_cast<std::size_t>(width));
  std::uint32_t global_amax = 0;
  for (std::int64_t begin = 0; begin < total; begin += at_once) {
    std::vector<Block> blocks;
    for (std::int64_t i = begin; i < std::min(total, begin + at_once); ++i) {
      const std::int64_t row = i / per_row, col = i % per_row * width;
      const bool opens_global = job.has_global && (by_row ? col == 0 : i == 0);
      if (opens_global) global_amax = choose_global_amax(job, static_cast<std::uint64_t>(row));
      Choices choices(job.seed, Purpose::kBlock, static_cast<std::uint64_t>(i));
      const std::uint32_t amax = opens_global ? global_amax : choose_block_amax(job, choices, global_amax);
      blocks.push_back({choices, global_amax, amax, row * extent.cols + col,
                        static_cast<std::size_t>(std::min(width, extent.cols - col))});
    }
    solving.begin(std::move(blocks));
    if (job.of_scales)
      solving.search_scale_ties();
    else
      solving.search_element_ties();
    for (Block& block : solving.blocks()) {
      std::array<std::uint32_t, kMaxProbeWidth> values;
      const std::span<std::uint32_t> written = std::span(values).first(block.size);
      if (job.of_scales)
        solving.write_scale_ties(block, written);
      else
        solving.write_element_ties(block, written);
      for (std::size_t j = 0; j < block.size; ++j) put(out, block.first + static_cast<std::int64_t>(j), values[j]);
    }
  }
}

}  // namespace

TypedTensor generate_directed(const Recipe& recipe, const Distribution& distribution, InputType type, Extent extent,
                              std::uint64_t seed) {
  if (distribution.name == "special") return generate_special(recipe, distribution, type, extent, seed);
  if (distribution.name == "bit_patterns") return generate_patterns(recipe, distribution, type, extent, seed);
  if (distribution.name == "nan_halves") return generate_nan_halves(recipe, distribution, type, extent, seed);
  const Scheme& scheme = scheme_of(recipe.rules.scheme);
  // A tensor's one scale follows from its amax as a global does.
  const bool has_global = amax_count(scheme, {1, 1}) != 0;
  const bool positive = distribution.name == "positive_ties";
  const bool of_scales = distribution.name == "scale_ties";
  if (!of_scales && !positive && distribution.name != "element_ties") std::abort();
  const Job job{recipe, type, distribution.log2_amplitude, seed, scheme, has_global, of_scales, positive};
  TypedTensor out = make_input(type, extent);
  solve(job, out);
  return out;
}

}  // namespace bitgate::compare
