#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

#include "bitgate/reference/mma/evaluate.h"
#include "bitgate/reference/mma/instruction.h"

namespace bitgate::reference {
namespace {

constexpr std::size_t kMostProducts = 64;

bool is_one_of(const Format& f, std::initializer_list<Format> formats) noexcept {
  for (const Format& one : formats)
    if (one.name == f.name) return true;
  return false;
}

std::string_view why_not_operand(const MmaInstruction& instruction, const Format& f) noexcept {
  switch (instruction.inputs) {
    case MmaInputs::kFp16: return is_one_of(f, {kFp16}) ? "" : "its operands are fp16";
    case MmaInputs::kBf16: return is_one_of(f, {kBf16}) ? "" : "its operands are bf16";
    case MmaInputs::kTf32: return is_one_of(f, {kTf32}) ? "" : "its operands are tf32";
    case MmaInputs::kFp8: return is_one_of(f, {kE4m3, kE5m2}) ? "" : "its operands are e4m3 or e5m2";
    case MmaInputs::kFp6Fp4:
    case MmaInputs::kMxFp8Fp6Fp4:
      return is_one_of(f, {kE4m3, kE5m2, kE3m2, kE2m3, kE2m1}) ? "" : "its operands are e4m3, e5m2, e3m2, e2m3 or e2m1";
    case MmaInputs::kMxFp4:
    case MmaInputs::kNvFp4: return is_one_of(f, {kE2m1}) ? "" : "its operands are e2m1";
    case MmaInputs::kInt8: return is_one_of(f, {kInt8, kUint8}) ? "" : "its operands are int8 or uint8";
  }
  return "its inputs are unknown";
}

[[noreturn]] void refuse(const MmaInstruction& instruction, std::string_view why) {
  throw std::invalid_argument(std::string(instruction.name) + ": " + std::string(why));
}

void check_sizes(const MmaInstruction& instruction, const MmaDot& dot) {
  if (dot.a.size() != dot.b.size()) refuse(instruction, "a and b are of different sizes");
  if (dot.a.size() > std::min<std::size_t>(instruction.k, kMostProducts))
    refuse(instruction, "a and b have more operands than the instruction's k");
  const std::size_t block = instruction.scale_block;
  const std::size_t scales = block == 0 ? 0 : (dot.a.size() + block - 1) / block;
  if (dot.a_scales.size() != scales || dot.b_scales.size() != scales)
    refuse(instruction, block == 0 ? "it takes no scales" : "it takes one scale for each block of operands");
}

}  // namespace

std::string_view why_not_modelled(const MmaInstruction& instruction, const Format& a, const Format& b) noexcept {
  const std::string_view of_a = why_not_operand(instruction, a);
  return of_a.empty() ? why_not_operand(instruction, b) : of_a;
}

std::uint32_t multiply_accumulate(const MmaInstruction& instruction, const MmaDot& dot) {
  if (const std::string_view why = why_not_modelled(instruction, dot.a_format, dot.b_format); !why.empty())
    refuse(instruction, why);
  check_sizes(instruction, dot);
  std::array<MmaNumber, kMostProducts> a, b;
  for (std::size_t i = 0; i < dot.a.size(); ++i) {
    a[i] = operand_number(instruction, dot.a_format, dot.a[i]);
    b[i] = operand_number(instruction, dot.b_format, dot.b[i]);
  }
  std::array<MmaScale, kMostProducts / 16> a_scales, b_scales;
  for (std::size_t i = 0; i < dot.a_scales.size(); ++i) {
    a_scales[i] = scale_number(instruction.scale, dot.a_scales[i]);
    b_scales[i] = scale_number(instruction.scale, dot.b_scales[i]);
  }
  const int bits = multiplied_format(instruction, dot.a_format).mantissa_bits +
                   multiplied_format(instruction, dot.b_format).mantissa_bits;
  return evaluate(
      instruction,
      {std::span(a).first(dot.a.size()), std::span(b).first(dot.a.size()),
       std::span(a_scales).first(dot.a_scales.size()), std::span(b_scales).first(dot.a_scales.size()), bits},
      dot.c);
}

}  // namespace bitgate::reference
