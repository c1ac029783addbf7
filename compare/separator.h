// The smallest input that tells two recipes apart: found among generated and directed inputs, then shrunk to few
// blocks, few elements and few significant bits.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bitgate/compare/common_input.h"
#include "bitgate/compare/distribution.h"

namespace bitgate::compare {

struct Separator {
  TypedTensor input;
  Direction direction = Direction::kRowwise;
  std::string found_in;  // the distribution it was shrunk from, and for which recipe if that matters
  Mismatch first{};      // between the two answers: `expected` is a's, `actual` b's
};

struct NonzeroElement {
  std::int64_t row = 0, col = 0;
  std::uint32_t bits = 0;  // of the input's type
  float value = 0.0f;
};
std::vector<NonzeroElement> nonzero_elements(const TypedTensor& tensor);

// How far to look: a search that finds nothing costs this much.
struct SearchEffort {
  std::uint64_t seeds = 6;        // of each distribution on each of two small extents
  std::uint64_t boundaries = 24;  // small tensors on which the edges of decisions are searched (boundary_search.h)
  bool large = true;              // then larger tensors
};

// None: equal on everything tried, or no input that both take. Without a direction: row-wise, else column-wise.
// Deterministic.
std::optional<Separator> find_separator(const reference::Recipe& a, const reference::Recipe& b, InputType type,
                                        const SearchEffort& effort = {}, std::optional<Direction> direction = {});

// Shrinks an input on which the two differ; the result is one on which they differ.
TypedTensor shrink(const reference::Recipe& a, const reference::Recipe& b, const TypedTensor& input,
                   Direction direction);

}  // namespace bitgate::compare
