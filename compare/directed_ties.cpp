#include "bitgate/compare/directed_ties.h"

#include <array>

namespace bitgate::compare {
namespace {

std::uint32_t sign_of(const TieJob& job, Choices& choices) noexcept {
  const std::uint32_t sign = choices.sign(job.type);
  return job.positive ? 0 : sign;
}

// The largest amax that a block may have.
std::uint32_t ceiling(const TieJob& job, std::uint32_t global_amax) noexcept {
  return job.has_global ? global_amax : max_code(format_of(job.type));
}

// Normals of sigma amax / 4, of magnitude at most amax, with their signs.
void fill(const TieJob& job, TieBlock& block, std::span<std::uint32_t> out) {
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

// The place of a block's i-th probe: the amax at `top` alone decides the scale.
constexpr std::size_t place(const TieBlock& block, std::size_t i) noexcept { return i < block.top ? i : i + 1; }

}  // namespace

// For each three elements of a block a code boundary to look for, among the codes from zero's to the amax's.
void TieSearch::choose_boundaries() {
  boundaries_.clear();
  probes_.clear(blocks_.size());
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    TieBlock& block = blocks_[i];
    block.top = block.choices.below(static_cast<std::uint32_t>(block.size));
    probes_.set_amax(i, value_of(job_.type, block.global_amax));
    probes_.set(i, block.top, block.amax);
  }
  probes_.quantize();
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    TieBlock& block = blocks_[i];
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
void TieSearch::narrow(std::span<const std::size_t> open) {
  probes_.clear(open.size());
  for (std::size_t i = 0; i < open.size(); ++i) {
    const TieBlock& block = blocks_[open[i]];
    const std::span<const Boundary> boundaries = boundaries_of(block);
    probes_.set_amax(i, value_of(job_.type, block.global_amax));
    probes_.set(i, block.top, block.amax);
    for (std::size_t k = 0; k < 3 * boundaries.size(); ++k)
      probes_.set(i, place(block, k), boundaries[k / 3].probe(1 + k % 3));
  }
  probes_.quantize();
  for (std::size_t i = 0; i < open.size(); ++i) {
    const TieBlock& block = blocks_[open[i]];
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

void TieSearch::search_element_ties() {
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
void TieSearch::write_element_ties(TieBlock& block, std::span<std::uint32_t> out) {
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
std::vector<std::uint32_t> TieSearch::scales_at(const std::vector<ScaleSearch>& searches, BitsOf bits_of_search) {
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
void TieSearch::search_scale_ties() {
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
    TieBlock& block = blocks_[s.block];
    const std::uint32_t most = ceiling(job_, block.global_amax);
    block.amax = std::clamp(block.amax + block.choices.below(3) - 1, 1u, most);
  }
}

void TieSearch::write_scale_ties(TieBlock& block, std::span<std::uint32_t> out) {
  const std::uint32_t top = block.choices.below(static_cast<std::uint32_t>(block.size));
  fill(job_, block, out);
  out[top] = block.amax | sign_of(job_, block.choices);
}

}  // namespace bitgate::compare
