#include "bitgate/compare/directed.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

#include "bitgate/compare/choices.h"
#include "bitgate/compare/directed_errors.h"
#include "bitgate/compare/directed_patterns.h"
#include "bitgate/compare/directed_special.h"

namespace bitgate::compare {

namespace {

using reference::BlockAnswer;
using reference::Recipe;

constexpr std::size_t kMaxBlock = 128;

// One block while it is solved: magnitudes as bits, the recipe as a function of them.
class Block {
 public:
  Block(const Recipe& recipe, InputType type, std::size_t width, std::uint32_t global_amax)
      : recipe_(recipe), type_(type), width_(width), global_(value_of(type, global_amax)) {}

  void set(std::size_t i, std::uint32_t bits) noexcept { values_[i] = value_of(type_, bits); }
  // A ragged block is padded with +0, as producers pad it.
  BlockAnswer quantize() const {
    return reference::quantize_one_block(recipe_.rules, type_, std::span(values_).first(width_), global_);
  }

 private:
  const Recipe& recipe_;
  InputType type_;
  std::size_t width_;
  float global_;
  std::array<float, kMaxBlock> values_{};
};

// What every block of a tensor is solved with.
struct Job {
  const Recipe& recipe;
  InputType type;
  int log2_amplitude;
  std::uint64_t seed;
  const Scheme& scheme;
  bool has_global;
  bool positive;  // no signs, and zeros between the ties: the minimum stays what it was solved with
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

// A normal of sigma amax / 4, of magnitude at most amax, with its sign.
std::uint32_t filler(const Job& job, Choices& choices, std::uint32_t amax) noexcept {
  const std::uint32_t bits = bits_of(job.type, choices.normal() * 0.25 * value_of(job.type, amax));
  const std::uint32_t sign = bits & sign_mask(format_of(job.type));
  return sign | std::min(bits ^ sign, amax);
}

// Bits between which a code boundary lies: code(below) < code <= code(from); of codes that fall with the magnitude
// code(below) > code >= code(from).
struct Boundary {
  std::uint32_t code, below, from;
  bool falls;
};

// Narrows all boundaries at once: each has three elements, which probe its quarters, since the block's amax at
// position `top` alone decides the scale.
void narrow(Block& block, std::size_t top, std::vector<Boundary>& boundaries) {
  const auto place = [top](std::size_t i) { return i < top ? i : i + 1; };
  const auto probe = [](const Boundary& b, std::uint32_t quarter) {
    return b.below + static_cast<std::uint32_t>(std::uint64_t{b.from - b.below} * quarter / 4);
  };
  const auto open = [](const Boundary& b) { return b.from - b.below > 1; };
  while (std::any_of(boundaries.begin(), boundaries.end(), open)) {
    for (std::size_t i = 0; i < 3 * boundaries.size(); ++i)
      block.set(place(i), probe(boundaries[i / 3], 1 + static_cast<std::uint32_t>(i % 3)));
    const BlockAnswer answer = block.quantize();
    for (std::size_t j = 0; j < boundaries.size(); ++j) {
      const Boundary before = boundaries[j];
      for (std::size_t k = 0; k < 3 && boundaries[j].from == before.from; ++k) {
        const std::uint32_t at = probe(before, 1 + static_cast<std::uint32_t>(k));
        const std::uint32_t code = answer.codes[place(3 * j + k)];
        const bool reached = before.falls ? code <= before.code : code >= before.code;
        (reached ? boundaries[j].from : boundaries[j].below) = at;
      }
    }
  }
}

// Magnitudes of one block with its amax at `top`: for each three elements, a code boundary with 1 ulp to either side.
void solve_element_ties(const Job& job, Choices& choices, std::uint32_t global_amax, std::uint32_t amax,
                        std::span<std::uint32_t> out) {
  const std::size_t n = out.size(), top = choices.below(static_cast<std::uint32_t>(n));
  Block block(job.recipe, job.type, static_cast<std::size_t>(block_probe_width(job.scheme)), global_amax);
  block.set(top, amax);
  const BlockAnswer alone = block.quantize();
  const std::uint32_t zero_code = n > 1 ? alone.codes[top == 0 ? 1 : 0] : 0, top_code = alone.codes[top];
  const bool falls = job.positive && top_code < zero_code;
  std::vector<Boundary> boundaries(top_code > zero_code || falls ? (n - 1) / 3 : 0);
  for (Boundary& b : boundaries)
    b = falls ? Boundary{zero_code - 1 - choices.below(zero_code - top_code), 0, amax, true}
              : Boundary{zero_code + 1 + choices.below(top_code - zero_code), 0, amax, false};
  narrow(block, top, boundaries);

  for (std::uint32_t& bits : out) bits = job.positive ? 0 : filler(job, choices, amax);
  for (std::size_t i = 0; i < 3 * boundaries.size(); ++i) {
    const auto neighbour = static_cast<std::uint32_t>(i % 3);  // 0, 1, 2: below, at, above
    const std::uint32_t bits = std::min(boundaries[i / 3].from + neighbour - 1, amax);
    out[i < top ? i : i + 1] = bits | sign_of(job, choices);
  }
  out[top] = amax | sign_of(job, choices);
}

// The first amax above `low` whose block scale differs from that of `low`, at most four times `low`; `low` when none.
std::uint32_t scale_boundary(const Job& job, std::uint32_t global_amax, std::uint32_t low) {
  Block block(job.recipe, job.type, static_cast<std::size_t>(block_probe_width(job.scheme)), global_amax);
  const auto scale_at = [&block](std::uint32_t bits) {
    block.set(0, bits);
    return block.quantize().scale_bits;
  };
  const std::uint32_t ceiling = job.has_global ? global_amax : max_code(format_of(job.type));
  const std::uint32_t scale = scale_at(low);
  std::uint32_t same = low, differs = std::min(clamped(job, 4.0 * value_of(job.type, low)), ceiling);
  if (scale_at(differs) == scale) return low;
  while (differs - same > 1) {
    const std::uint32_t middle = same + (differs - same) / 2;
    (scale_at(middle) == scale ? same : differs) = middle;
  }
  return differs;
}

// A block that holds the global's own amax has no choice left.
std::uint32_t next_to_scale_boundary(const Job& job, Choices& choices, std::uint32_t global_amax, std::uint32_t start) {
  const std::uint32_t ceiling = job.has_global ? global_amax : max_code(format_of(job.type));
  if (start == ceiling) return ceiling;
  return std::clamp(scale_boundary(job, global_amax, start) + choices.below(3) - 1, 1u, ceiling);
}

void solve_scale_ties(const Job& job, Choices& choices, std::uint32_t global_amax, std::uint32_t start,
                      std::span<std::uint32_t> out) {
  const std::uint32_t amax = next_to_scale_boundary(job, choices, global_amax, start);
  const std::uint32_t top = choices.below(static_cast<std::uint32_t>(out.size()));
  for (std::uint32_t& bits : out) bits = filler(job, choices, amax);
  out[top] = amax | sign_of(job, choices);
}

using Solver = void (*)(const Job&, Choices&, std::uint32_t global_amax, std::uint32_t amax, std::span<std::uint32_t>);

// Block by block. The first block of what shares a global has the global's amax, no other exceeds it: the tensor has
// exactly the amax it was solved for.
void solve(const Job& job, Solver solver, TypedTensor& out) {
  const Extent& extent = out.extent;
  const std::int64_t width = block_probe_width(job.scheme), blocks = ceil_div(extent.cols, width);
  const bool by_row = job.scheme.global == GlobalAxis::kRow;
  std::uint32_t global_amax = 0;
  std::vector<std::uint32_t> values;
  for (std::int64_t i = 0; i < extent.rows * blocks; ++i) {
    const std::int64_t row = i / blocks, col = i % blocks * width;
    const bool opens_global = job.has_global && (by_row ? col == 0 : i == 0);
    if (opens_global) global_amax = choose_global_amax(job, static_cast<std::uint64_t>(row));
    Choices choices(job.seed, Purpose::kBlock, static_cast<std::uint64_t>(i));
    const std::uint32_t amax = opens_global ? global_amax : choose_block_amax(job, choices, global_amax);
    values.resize(static_cast<std::size_t>(std::min(width, extent.cols - col)));
    solver(job, choices, global_amax, amax, values);
    for (std::size_t j = 0; j < values.size(); ++j)
      put(out, row * extent.cols + col + static_cast<std::int64_t>(j), values[j]);
  }
}

// As solve_scale_ties, of whole tiles: the amax is in one row, and in half of the tiles the rows above are zeros.
void solve_tiles(const Job& job, TypedTensor& out) {
  const Extent& extent = out.extent;
  const Extent& block = job.scheme.block;
  const Extent tile{block.rows == 0 ? extent.rows : block.rows, block.cols == 0 ? extent.cols : block.cols};
  if (count(extent) == 0) return;
  const std::int64_t across = ceil_div(extent.cols, tile.cols), down = ceil_div(extent.rows, tile.rows);
  const bool by_row = job.scheme.global == GlobalAxis::kRow;
  std::uint32_t global_amax = 0;
  for (std::int64_t i = 0; i < down * across; ++i) {
    const Extent first{i / across * tile.rows, i % across * tile.cols};
    const std::int64_t rows = std::min(tile.rows, extent.rows - first.rows);
    const std::int64_t cols = std::min(tile.cols, extent.cols - first.cols);
    const bool opens_global = job.has_global && (by_row ? first.cols == 0 : i == 0);
    if (opens_global) global_amax = choose_global_amax(job, static_cast<std::uint64_t>(i));
    Choices choices(job.seed, Purpose::kBlock, static_cast<std::uint64_t>(i));
    const std::uint32_t start = opens_global ? global_amax : choose_block_amax(job, choices, global_amax);
    const std::uint32_t amax = next_to_scale_boundary(job, choices, global_amax, start);
    const std::int64_t top = choices.below(static_cast<std::uint32_t>(rows));
    const std::int64_t place = choices.below(static_cast<std::uint32_t>(cols));
    const bool zeros = choices.below(2) == 0;
    for (std::int64_t row = 0; row < rows; ++row)
      for (std::int64_t col = 0; col < cols; ++col) {
        const std::uint32_t other = zeros && row < top ? sign_of(job, choices) : filler(job, choices, amax);
        const bool is_top = row == top && col == place;
        put(out, (first.rows + row) * extent.cols + first.cols + col, is_top ? amax : other);
      }
  }
}

}  // namespace

TypedTensor generate_directed(const Recipe& recipe, const Distribution& distribution, InputType type, Extent extent,
                              std::uint64_t seed) {
  if (distribution.name == "special") return generate_special(recipe, distribution, type, extent, seed);
  if (distribution.name == "bit_patterns") return generate_patterns(recipe, distribution, type, extent, seed);
  if (distribution.name == "error_ties") return generate_error_ties(recipe, distribution, type, extent, seed);
  if (distribution.name == "nan_halves") return generate_nan_halves(recipe, distribution, type, extent, seed);
  const Scheme& scheme = scheme_of(recipe.rules.scheme);
  // A tensor's one scale follows from its amax as a global does.
  const bool has_global = amax_count(scheme, {1, 1}) != 0;
  const bool positive = distribution.name == "positive_ties";
  const Job job{recipe, type, distribution.log2_amplitude, seed, scheme, has_global, positive};
  TypedTensor out = make_input(type, extent);
  if (distribution.name == "element_ties" || positive)
    solve(job, solve_element_ties, out);
  else if (distribution.name == "scale_ties")
    solve(job, solve_scale_ties, out);
  else if (distribution.name == "tile_ties")
    solve_tiles(job, out);
  else
    std::abort();
  return out;
}

}  // namespace bitgate::compare
