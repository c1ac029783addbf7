#include "bitgate/reference/gemm/epilogue.h"

#include <fmt/format.h>

#include <bit>

#include "bitgate/reference/arith/ieee.h"
#include "bitgate/reference/format/encode.h"
#include "bitgate/reference/gemm/epilogue_stages.h"
#include "bitgate/reference/recipe/stage_trace.h"

namespace bitgate::reference {
namespace {

TypedTensor empty_result(const EpilogueOperands& operands) {
  TypedTensor d{operands.output, {operands.rows, operands.cols}, {}};
  const auto n = static_cast<std::size_t>(count(d.extent));
  if (d.type == InputType::kF32)
    d.values = std::vector<float>(n);
  else
    d.values = std::vector<std::uint16_t>(n);
  return d;
}

bool same_bits(const TypedTensor& a, const TypedTensor& b) {
  if (a.type != InputType::kF32) return std::get<1>(a.values) == std::get<1>(b.values);
  const auto& x = std::get<0>(a.values);
  const auto& y = std::get<0>(b.values);
  for (std::size_t i = 0; i < x.size(); ++i)
    if (std::bit_cast<std::uint32_t>(x[i]) != std::bit_cast<std::uint32_t>(y[i])) return false;
  return true;
}

[[noreturn]] void refuse_open(const Epilogue& epilogue) {
  throw InputError(fmt::format("{}: {}", epilogue.identity.name, epilogue.open_question));
}

void require_inside(const EpilogueOperands& operands, std::int64_t row, std::int64_t col) {
  if (row < 0 || row >= operands.rows || col < 0 || col >= operands.cols)
    throw InputError(
        fmt::format("element ({}, {}) lies outside the {} x {} product", row, col, operands.rows, operands.cols));
}

}  // namespace

TypedTensor apply_rules(const EpilogueRules& rules, const EpilogueOperands& operands) {
  TypedTensor d = empty_result(operands);
  const NoTrace none;
  std::size_t i = 0;
  for (std::int64_t row = 0; row < operands.rows; ++row)
    for (std::int64_t col = 0; col < operands.cols; ++col, ++i) {
      const std::uint32_t bits = EpilogueElement{rules, operands, row, col}.bits(none);
      if (d.type == InputType::kF32)
        std::get<0>(d.values)[i] = std::bit_cast<float>(bits);
      else
        std::get<1>(d.values)[i] = static_cast<std::uint16_t>(bits);
    }
  return d;
}

TypedTensor apply_epilogue(const Epilogue& epilogue, const EpilogueOperands& operands) {
  require_accepted(epilogue, operands);
  const std::vector<EpilogueReading> readings = readings_of(epilogue);
  TypedTensor d = apply_rules(readings.front().rules, operands);
  for (std::size_t i = 1; i < readings.size(); ++i)
    if (!same_bits(d, apply_rules(readings[i].rules, operands))) refuse_open(epilogue);
  return d;
}

std::vector<Stage> explain_rules(const EpilogueRules& rules, const EpilogueOperands& operands, std::int64_t row,
                                 std::int64_t col) {
  require_inside(operands, row, col);
  StageTrace trace;
  EpilogueElement{rules, operands, row, col}.bits(trace);
  return trace.stages;
}

std::vector<Stage> explain_epilogue(const Epilogue& epilogue, const EpilogueOperands& operands, std::int64_t row,
                                    std::int64_t col) {
  require_accepted(epilogue, operands);
  const std::vector<EpilogueReading> readings = readings_of(epilogue);
  std::vector<Stage> stages = explain_rules(readings.front().rules, operands, row, col);
  const NoTrace none;
  for (const EpilogueReading& reading : readings)
    if (EpilogueElement{reading.rules, operands, row, col}.bits(none) != stages.back().bits) refuse_open(epilogue);
  return stages;
}

}  // namespace bitgate::reference
