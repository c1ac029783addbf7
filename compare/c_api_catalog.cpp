#include "bitgate/compare/c_api_catalog.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "bitgate/compare/suite.h"
#include "bitgate/compare/tensor_description.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reference/fused/silu.h"

namespace bitgate::compare {
namespace {

bool takes(const reference::Recipe& recipe, const Request& request) {
  try {
    reference::require_accepted(recipe, request);
    return true;
  } catch (const InputError&) {
    return false;
  }
}

nlohmann::ordered_json operands_of(reference::Fusion fusion) {
  using reference::Fusion;
  auto taken = nlohmann::ordered_json::array();
  const bool added = fusion == Fusion::kRmsNormMulAdd, factored = fusion == Fusion::kRmsNormCute;
  if (fusion == Fusion::kRmsNormMul || added || factored) taken.push_back("weight");
  if (added) taken.push_back("residual");
  if (reference::is_silu(fusion)) taken.push_back("gate");
  if (factored) taken.push_back("row_factor");
  return taken;
}

}  // namespace

std::string recipe_info(const reference::Recipe& recipe) {
  const Scheme& scheme = scheme_of(recipe.rules.scheme);
  const reference::Directions& made = recipe.accepts.directions;
  auto inputs = nlohmann::ordered_json::array(), directions = nlohmann::ordered_json::array();
  for (const InputType type : kInputTypes)
    if (accepts(recipe.accepts, type)) inputs.push_back(name_of(type));
  if (made.rowwise) directions.push_back("row");
  if (made.columnwise) directions.push_back("column");
  const nlohmann::ordered_json operands = operands_of(recipe.rules.fusion);
  const nlohmann::ordered_json info = {{"name", recipe.identity.name},
                                       {"scheme", scheme.name},
                                       {"element", scheme.element.name},
                                       {"scale", scheme.scale.name},
                                       {"block", {scheme.block.rows, scheme.block.cols}},
                                       {"global", name_of(scheme.global)},
                                       {"global_number", name_of(recipe.storage.global_number)},
                                       {"nibble_order", has_nibbles(scheme) ? name_of(recipe.storage.nibbles) : "none"},
                                       {"inputs", inputs},
                                       {"directions", directions},
                                       {"operands", !operands.empty()},
                                       {"takes", operands},
                                       {"draws", recipe.storage.random != reference::RandomOrder::kNone},
                                       {"runs", runs(recipe)},
                                       {"evidence", name_of(recipe.identity.evidence)},
                                       {"evidence_note", recipe.identity.evidence_note},
                                       {"versions", recipe.identity.versions},
                                       {"source", recipe.identity.source}};
  return info.dump();
}

std::string quick_case_names(const reference::Recipe& recipe) {
  if (!runs(recipe)) throw InputError(fmt::format("{}: {}", recipe.identity.name, recipe.open_question));
  std::string names;
  for (const Question& question : quick_questions(recipe)) {
    if (question.amax || question.direction != reference::default_direction(recipe)) continue;
    const Asked asked(recipe, question);
    if (takes(recipe, asked.request)) names += question.id.name() + "\n";
  }
  return names;
}

}  // namespace bitgate::compare
