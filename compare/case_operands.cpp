#include "bitgate/compare/case_operands.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "bitgate/compare/choices.h"
#include "bitgate/compare/distribution.h"
#include "bitgate/reference/fused/silu.h"

namespace bitgate::compare {

namespace {

using reference::Fusion;

constexpr std::uint64_t kFirstTieSeed = 96;

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

// How far a product lies from a tie of the type, in units of its last place; infinitely where it is no normal number.
double distance_from_tie(InputType type, double product) noexcept {
  const Format& format = format_of(type);
  const double size = std::fabs(product);
  if (!(size >= power_of_two(2 - format.bias) && size < max_finite(format)))
    return std::numeric_limits<double>::infinity();
  int exponent = 0;
  const double mantissa = std::ldexp(std::frexp(size, &exponent), format.mantissa_bits + 1);
  return std::fabs(mantissa - std::floor(mantissa) - 0.5);
}

// All gates are small but that of the largest input, whose product decides the tensor's amax: of the gates from 2^-6 to
// 16 the one whose product lies nearest to a tie. SiLU an ulp away rounds to another number there.
std::vector<float> gates_at_a_tie(const Case& c, const TypedTensor& input) {
  Choices choices(c.seed, Purpose::kOperand, 2);
  std::vector<float> values;
  std::int64_t top = 0;
  const auto size = [&](std::int64_t i) { return std::fabs(element(input.view(), i)); };
  for (std::int64_t i = 0; i < count(c.extent); ++i) {
    values.push_back(value_of(c.type, bits_of(c.type, 0x1p-12 * (1.0 + choices.unit()))));
    if (size(i) <= std::numeric_limits<float>::max() && !(size(top) >= size(i))) top = i;
  }
  double least = std::numeric_limits<double>::infinity();
  const std::uint32_t last = bits_of(c.type, 16.0);
  for (std::uint32_t bits = bits_of(c.type, 0x1p-6); values.size() > 0 && bits < last; ++bits) {
    const float gate = value_of(c.type, bits);
    const float silu = reference::silu(Fusion::kSiluIeee, gate);
    const double product = static_cast<double>(silu) * static_cast<double>(element(input.view(), top));
    const double distance = distance_from_tie(c.type, product);
    if (distance < least) values[static_cast<std::size_t>(top)] = gate;
    least = std::min(distance, least);
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
  if (reference::is_silu(fusion)) {
    const bool tie = corner && c.seed >= kFirstTieSeed && c.type != InputType::kF32;
    operands.gate = tie ? gates_at_a_tie(c, generate(recipe, c.input, c.type, c.extent, c.seed)) : gates(c, corner);
  }
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
