// What one run of a sweep found, complete enough that a report, a gate or a merge needs nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/compare/gemm_sqnr.h"
#include "bitgate/compare/gemm_unit.h"
#include "bitgate/compare/pair_table.h"
#include "bitgate/compare/probe.h"
#include "bitgate/compare/sweep.h"
#include "bitgate/reports/provenance.h"

namespace bitgate::reports {

// What stands behind a recipe, kept with the results so that a gate can be run on the file alone.
struct RecipeFact {
  std::string name;
  std::string evidence;  // captured, reference, example, read
  std::string source;
};

// A probe set and whom identify names on it; the confusion matrix of the recipes it asks.
struct IdentifySet {
  std::string name;    // "nvfp4-bf16"
  std::string scheme;  // "nvfp4"
  InputType type = InputType::kF32;
  std::vector<compare::ConfusionRow> rows;  // one a recipe and direction
  std::vector<compare::EqualPair> equal;    // listed as equal
};

// Which part of a sweep the rows are: every `of`-th case, and every `of`-th probe set, from the `index`-th on.
struct Shard {
  std::int64_t index = 1, of = 1;  // 1 <= index <= of
  std::string sweep;               // SHA-256 of the panels and of all their cases; of the whole, not of the part
  std::string files;               // SHA-256 of the recordings and probe sets that were given
};

struct Results {
  Provenance provenance;
  std::vector<compare::Panel> panels;
  std::vector<RecipeFact> recipes;  // one for each recipe that has a row
  std::vector<compare::Row> rows;
  std::vector<IdentifySet> identify;        // one a probe set; none when none was asked for
  std::optional<Shard> shard{};             // none: the whole sweep
  std::vector<compare::PairTable> pairs{};  // one an input type; none when none was asked for
  std::vector<compare::GemmRow> gemm{};     // products of two quantized matrices; none when the sweep names none
  std::vector<compare::UnitRow> units{};    // what matrix units add to some; of the default sweep alone
};

// Whether the set lists the two as equal in that direction.
bool listed_equal(const IdentifySet& set, std::string_view a, std::string_view b, Direction direction) noexcept;

// Whether identify names the row's recipe, and no other but those listed as its equals.
bool names_right(const IdentifySet& set, const compare::ConfusionRow& row) noexcept;

// The facts of every recipe that `rows` names, from the catalog, in order of first appearance.
// Throws InputError for a recipe that the catalog does not hold.
std::vector<RecipeFact> recipe_facts(const std::vector<compare::Row>& rows);

// Null when `results` says nothing of the recipe.
const RecipeFact* find_fact(const Results& results, std::string_view recipe) noexcept;

// The distribution as case names spell it: "normal@2^-4".
std::string label_of(const compare::Distribution& input);

// Whether there is any digest, as there is of every answer of the reference.
bool answered(const compare::Digests& digests) noexcept;

// Whether the recipe refused the input: no digest, and no subject ran.
bool refused(const compare::Row& row) noexcept;

// Whether some subject ran the row's case and differed.
bool differs(const compare::Row& row) noexcept;

}  // namespace bitgate::reports
