#include "bitgate/compare/case_operands.h"

#include "bitgate/compare/choices.h"

namespace bitgate::compare {

namespace {

using reference::Fusion;

std::vector<float> normals(std::uint64_t seed, std::uint64_t purpose, std::int64_t n, double mean, double sigma) {
  Choices choices(seed, Purpose::kOperand, purpose);
  std::vector<float> values;
  for (std::int64_t i = 0; i < n; ++i) values.push_back(static_cast<float>(mean + sigma * choices.normal()));
  return values;
}

}  // namespace

CaseOperands operands_of(const reference::Recipe& recipe, const Case& c) {
  CaseOperands operands;
  operands.philox = {c.seed, 0};
  const Fusion fusion = recipe.rules.fusion;
  if (fusion == Fusion::kRmsNormMul || fusion == Fusion::kRmsNormMulAdd)
    operands.weight = normals(c.seed, 0, c.extent.cols, 1.0, 0.1);
  if (fusion == Fusion::kRmsNormMulAdd) operands.residual = normals(c.seed, 1, c.extent.cols, 0.0, 1.0);
  return operands;
}

Request request_of(const reference::Recipe& recipe, const TypedTensor& input, const CaseOperands& operands) {
  Request request;
  request.input = input.view();
  request.direction = reference::default_direction(recipe);
  request.philox = operands.philox;
  request.fused.weight = operands.weight;
  request.fused.residual = operands.residual;
  return request;
}

}  // namespace bitgate::compare
