#include "bitgate/reports/program/cuda_plan.h"

#include "bitgate/compare/case_operands.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::program {

std::string cuda_plan(const device::Kernel& kernel, const compare::Case& c) {
  const reference::Recipe& recipe = reference::require_recipe(kernel.recipe);
  const compare::CaseOperands operands = compare::operands_of(recipe, c);
  Request request = compare::request_of(recipe, TypedTensor{}, operands);
  request.input = {c.type, c.extent, nullptr};  // a plan reads no element
  return device::to_text(device::plan_of(kernel, request));
}

}  // namespace bitgate::program
