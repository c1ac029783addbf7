// Several dumps of one tensor held against each other, two at a time: eager against compiled, trainer against rollout,
// one GPU against another; and each against the reference where one is given.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/compare/compare.h"

namespace bitgate::compare {

struct NamedTensor {
  std::string name;
  QuantizedTensor tensor;
};

struct PairDifference {
  std::string a, b;
  std::array<Tally, kFieldCount> tally{};  // by Field, of both sides where the tensors have twins
  std::int64_t different_bytes = 0;        // a code counts as one
  double sqnr_db = 0.0;                    // of b's decoded values against a's; see value_sqnr_db
  std::optional<Mismatch> parts;           // first of the earliest stage that differs: `expected` is a's, `actual` b's
  bool parts_in_twin = false;              // and it is in the column-wise twin
  bool equal() const noexcept { return !parts.has_value(); }
};

// 10 log10(sum a^2 / sum (a - b)^2) over the decoded values, code * scale * global in double (reference::exact_row), or
// the stored values; sums in index order. Elements where a is not finite are left out; a b that is not finite where a
// is makes it -inf. +inf where the values agree, NaN where all are zero. Both of one scheme and extent.
double value_sqnr_db(const QuantizedTensor& a, const QuantizedTensor& b);

// Every pair (i, j), i < j, in that order. Throws InputError naming the two where they are not of one scheme, kind of
// global number, extent and direction, and for a name that two tensors have.
std::vector<PairDifference> matrix(const std::vector<NamedTensor>& tensors);

// The stage that makes a field: "global", "scales", "codes", "extras", "values".
std::string_view stage_of(Field field) noexcept;

}  // namespace bitgate::compare
