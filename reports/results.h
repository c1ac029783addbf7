// What one run of a sweep found, complete enough that a report, a gate or a merge needs nothing else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bitgate/compare/sweep.h"
#include "bitgate/reports/provenance.h"

namespace bitgate::reports {

// What stands behind a recipe, kept with the results so that a gate can be run on the file alone.
struct RecipeFact {
  std::string name;
  std::string evidence;  // captured, reference, example, read
  std::string source;
};

struct Results {
  Provenance provenance;
  std::vector<compare::Panel> panels;
  std::vector<RecipeFact> recipes;  // one for each recipe that has a row
  std::vector<compare::Row> rows;
};

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
