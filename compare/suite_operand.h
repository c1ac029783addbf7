// Operands that suites make for themselves: bit patterns in the orientation of the answer, and answers rearranged as
// their operand was.
#pragma once

#include <functional>
#include <vector>

#include "bitgate/compare/case_operands.h"
#include "bitgate/compare/suite_probe.h"

namespace bitgate::compare {

// Of a column-wise question the input is its transpose.
struct Operand {
  InputType type = InputType::kF32;
  Extent extent;
  std::vector<std::uint32_t> bits;  // row-major
};

// Rows and columns that no block, transform, extra or refusal parts, of the recipe's own direction.
Extent unit_of(const SuiteScope& scope) noexcept;

// Normal numbers without -0, so that a changed sign is one bit.
Operand normal_operand(const SuiteScope& scope, InputType type, const Extent& extent, std::uint64_t seed);

// What a request for an operand points into. Random words are the same everywhere, so that they follow no place; the
// rest is that of a case of seed 1 (case_operands.h). Not copyable.
struct AskedOperand {
  TypedTensor input;
  CaseOperands operands;
  std::vector<std::uint32_t> words;
  Request request;

  AskedOperand(const SuiteScope& scope, const Operand& operand);  // in the recipe's own direction
  AskedOperand(const SuiteScope& scope, const Operand& operand, Direction direction);
  AskedOperand(const AskedOperand&) = delete;
  AskedOperand& operator=(const AskedOperand&) = delete;
};

// The subject's answer, in the recipe's own direction, or the one given.
QuantizedTensor ask_operand(const SuiteScope& scope, const Subject& subject, const Operand& operand);
QuantizedTensor ask_operand(const SuiteScope& scope, const Subject& subject, const Operand& operand,
                            Direction direction);

// difference() of the reference's answer and the subject's.
std::string operand_difference(const SuiteScope& scope, const Subject& subject, const Operand& operand);

// For a place (row, col) of the new matrix, its place in the old one.
using PlaceOf = std::function<Extent(std::int64_t row, std::int64_t col)>;
Operand rearranged(const Operand& from, const Extent& extent, const PlaceOf& place);
// Whole blocks go together: a scale follows the first element of its cell. A tensor's global stays.
QuantizedTensor rearranged(const QuantizedTensor& from, const Extent& extent, const PlaceOf& place);

}  // namespace bitgate::compare
