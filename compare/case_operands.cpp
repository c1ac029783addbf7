#include "bitgate/compare/case_operands.h"

#include "bitgate/compare/choices.h"
#include "bitgate/reference/fused/silu.h"

namespace bitgate::compare {

namespace {

using reference::Fusion;

std::vector<float> normals(std::uint64_t seed, std::uint64_t purpose, std::int64_t n, double mean, double sigma) {
  Choices choices(seed, Purpose::kOperand, purpose);
  std::vector<float> values;
  for (std::int64_t i = 0; i < n; ++i) values.push_back(static_cast<float>(mean + sigma * choices.normal()));
  return values;
}

std::vector<float> patterns(std::uint64_t seed, std::uint64_t purpose, std::int64_t n) {
  Choices choices(seed, Purpose::kOperand, purpose);
  const std::uint32_t field = 1 + choices.below(254), kept = choices.below(24);
  std::vector<float> values;
  for (std::int64_t i = 0; i < n; ++i) {
    const std::uint32_t sign = choices.sign(InputType::kF32), mantissa = choices.word() & 0x7FFFFF;
    const std::uint32_t number = field << 23 | (mantissa & ~(0x7FFFFFu >> kept));
    const std::uint32_t special = choices.below(2) == 0 ? 0 : infinity_code(kFp32);
    values.push_back(value_of(InputType::kF32, sign | (choices.below(16) == 0 ? special : number)));
  }
  return values;
}

// Numbers of the input's type. SiLU is near its argument from 4 on and near 0 below -4: twice a normal meets it all.
std::vector<float> gates(const Case& c, bool corner) {
  Choices choices(c.seed, Purpose::kOperand, 2);
  const Format& format = format_of(c.type);
  std::vector<float> values;
  for (std::int64_t i = 0; i < count(c.extent); ++i) {
    const auto drawn = static_cast<float>(2.0 * choices.normal());
    const std::uint32_t bits = corner ? choices.word() : encode(format, drawn, kCvtRnInf);
    values.push_back(value_of(c.type, bits));
  }
  return values;
}

}  // namespace

CaseOperands operands_of(const reference::Recipe& recipe, const Case& c) {
  CaseOperands operands;
  operands.philox = {c.seed, 0};
  const Fusion fusion = recipe.rules.fusion;
  const bool weight = fusion == Fusion::kRmsNormMul || fusion == Fusion::kRmsNormMulAdd;
  const bool residual = fusion == Fusion::kRmsNormMulAdd;
  // Even seeds keep the plain operands: what the input alone does is seen too.
  const bool corner = c.input.name == "bit_patterns" && c.seed % 2 == 1;
  if (weight)
    operands.weight = corner ? patterns(c.seed, 0, c.extent.cols) : normals(c.seed, 0, c.extent.cols, 1.0, 0.1);
  if (residual)
    operands.residual = corner ? patterns(c.seed, 1, c.extent.cols) : normals(c.seed, 1, c.extent.cols, 0.0, 1.0);
  // The weight is of the input's type.
  if (fusion == Fusion::kRmsNormCute) {
    operands.weight = normals(c.seed, 0, c.extent.cols, 1.0, 0.1);
    for (float& number : operands.weight) number = value_of(c.type, encode(format_of(c.type), number, kCvtRnInf));
    operands.row_factor = normals(c.seed, 1, c.extent.rows, 1.0, 0.1);
  }
  if (reference::is_silu(fusion)) operands.gate = gates(c, corner);
  return operands;
}

Request request_of(const reference::Recipe& recipe, const TypedTensor& input, const CaseOperands& operands) {
  Request request;
  request.input = input.view();
  request.direction = reference::default_direction(recipe);
  request.philox = operands.philox;
  request.fused.weight = operands.weight;
  request.fused.residual = operands.residual;
  request.fused.row_factor = operands.row_factor;
  request.fused.gate = operands.gate;
  return request;
}

}  // namespace bitgate::compare
