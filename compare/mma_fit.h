// Which other row would explain what a chip did: names the model instead of only failing.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "bitgate/compare/mma_check.h"

namespace bitgate::compare {

// A row that gives the actual result of every case: what it has otherwise than the model's.
struct MmaFit {
  std::vector<std::string> changes;  // "F 24", "C added afterwards"
  reference::MmaInstruction row;
};

// All rows with one change.
std::vector<MmaFit> changed_rows(const MmaModel& model);

// Of cases whose `actual` is what the chip did, those that differ and those that agree. All rows that explain all of
// them with the fewest changes: F 10 .. 40, G, what is cut and how, result, exponents of products, subnormals and
// zeros, floor, when C is added, signs of zeros, overflow, NaN. At most `most_changes` of them. None: no such row.
std::vector<MmaFit> fit_mma(const MmaModel& model, std::span<const MmaCase> cases, std::size_t most_changes = 3);

// The result of one case with a row other than the model's.
std::uint32_t result_of(const MmaModel& model, const reference::MmaInstruction& row, const MmaCase& one);

}  // namespace bitgate::compare
