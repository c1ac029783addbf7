// Every recipe of a family against every other on one set of small tensors: what two producers that claim the same
// format share, and how far they are apart where they do not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bitgate/compare/common_input.h"
#include "bitgate/compare/probe.h"

namespace bitgate::compare {

// Two recipes over all tensors, in each direction that both make. Only fields that both store count (compare_common).
struct PairTally {
  std::int64_t bytes = 0, different = 0;  // a code counts as one byte; bytes 0: no tensor is answered by both
  bool same_fields = false;               // of one scheme and kind of global number: then no difference means equal
  friend bool operator==(const PairTally&, const PairTally&) = default;
};

struct LeftOut {
  std::string recipe, why;
  friend bool operator==(const LeftOut&, const LeftOut&) = default;
};

struct PairTable {
  std::string family;  // "nvfp4": that of the schemes whose names begin so
  InputType type = InputType::kBf16;
  std::vector<std::string> recipes;  // in the catalog's order
  std::vector<LeftOut> left_out;     // of the family, and cannot be asked with an input of the type alone
  std::vector<std::string> tensors;  // what they are: "normal, seed 1"
  std::vector<PairTally> pairs;      // (0, 1), (0, 2), ... (1, 2), ...
  const PairTally& at(std::size_t a, std::size_t b) const noexcept;  // a != b, in either order
  friend bool operator==(const PairTable&, const PairTable&) = default;
};

constexpr std::size_t pair_count(std::size_t recipes) noexcept { return recipes < 2 ? 0 : recipes * (recipes - 1) / 2; }

// The recipes of NVFP4. Generated tensors, directed ones of a few recipes, and `more` of that type, whose recipes that
// refuse one are not held against others on it. Each recipe answers each tensor once. Deterministic, whatever the
// number of threads; no pairs where fewer than two recipes take the type.
PairTable nvfp4_pairs(InputType type, std::span<const Probe> more = {});

}  // namespace bitgate::compare
