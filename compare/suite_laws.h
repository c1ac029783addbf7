// Metamorphic suite: laws between two answers of one subject, to the byte. No recipe's arithmetic enters but in the
// laws of row scaling, which hold a subject against the reference of the tensor-scaled recipe.
#pragma once

#include <span>
#include <string_view>

#include "bitgate/compare/suite_probe.h"

namespace bitgate::compare {

struct Law {
  std::string_view name;      // "row-permutation"
  std::string_view sentence;  // what holds
  bool of_any_recipe;         // it says something of a subject whose recipe is not known, its scheme alone
  // Why it does not hold for a recipe, or says nothing of it; empty: it holds on the reference.
  std::string_view (*why_not)(const reference::Recipe&);
  // As SuiteProbe::differs: asks two requests that belong together.
  std::string (*differs)(const SuiteScope&, InputType, const Subject&);
};

std::span<const Law> laws() noexcept;

// Every law that holds for the scope's recipe, of each of its types. `recipe_known` false: the recipe only says the
// scheme, and laws that need more are left out.
std::vector<SuiteProbe> metamorphic_probes(const SuiteScope& scope, bool recipe_known);

namespace law {

// suite_laws_places.cpp: what belongs together stays together, wherever it lies.
std::string row_permutation(const SuiteScope& scope, InputType type, const Subject& subject);
std::string column_permutation(const SuiteScope& scope, InputType type, const Subject& subject);
std::string batch_split(const SuiteScope& scope, InputType type, const Subject& subject);
std::string padding(const SuiteScope& scope, InputType type, const Subject& subject);
std::string transpose(const SuiteScope& scope, InputType type, const Subject& subject);
std::string directions(const SuiteScope& scope, InputType type, const Subject& subject);

// suite_laws_numbers.cpp: what a change of the numbers changes.
std::string power_of_two(const SuiteScope& scope, InputType type, const Subject& subject);
std::string negation(const SuiteScope& scope, InputType type, const Subject& subject);
std::string row_is_a_tensor(const SuiteScope& scope, InputType type, const Subject& subject);
std::string equal_row_amaxes(const SuiteScope& scope, InputType type, const Subject& subject);
// The recipe that differs in nothing but one global for the tensor instead of one a row; null: none.
const reference::Recipe* tensor_scaled(const reference::Recipe& recipe) noexcept;

}  // namespace law

}  // namespace bitgate::compare
