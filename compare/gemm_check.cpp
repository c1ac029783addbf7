#include "bitgate/compare/gemm_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <span>

#include "bitgate/compare/gemm_bound.h"

namespace bitgate::compare {
namespace {

using reference::MmaMatrix;
using reference::MmaSchedule;

constexpr std::int64_t kLongestPromotion = 1024;
constexpr std::size_t kMostRegisters = 6;

std::span<const std::uint8_t> row_of(const std::vector<std::uint8_t>& scales, std::int64_t row, std::int64_t blocks) {
  if (scales.empty()) return {};
  return std::span(scales).subspan(static_cast<std::size_t>(row * blocks), static_cast<std::size_t>(blocks));
}

std::int64_t blocks_of(const reference::MmaInstruction& instruction, std::int64_t k) {
  return instruction.scale_block == 0 ? 0 : (k + instruction.scale_block - 1) / instruction.scale_block;
}

// One element alone, of the first k.
std::uint32_t element(const MmaSchedule& schedule, const GemmInput& input, std::int64_t row, std::int64_t col,
                      std::int64_t k) {
  const auto codes = [&](const std::vector<std::uint32_t>& all, std::int64_t at) {
    return std::span(all).subspan(static_cast<std::size_t>(at * input.k), static_cast<std::size_t>(k));
  };
  const std::int64_t all_blocks = blocks_of(*schedule.instruction, input.k);
  const auto blocks = static_cast<std::size_t>(blocks_of(*schedule.instruction, k));
  const auto scales = [&](const std::vector<std::uint8_t>& all, std::int64_t at) {
    return row_of(all, at, all_blocks).first(all.empty() ? 0 : blocks);
  };
  const MmaMatrix a{input.a_format, 1, k, codes(input.a, row), scales(input.a_scales, row)};
  const MmaMatrix b{input.b_format, 1, k, codes(input.b, col), scales(input.b_scales, col)};
  std::vector<std::uint32_t> c;
  if (!input.c.empty()) c.push_back(input.c[static_cast<std::size_t>(row * input.n + col)]);
  return reference::mma_product(schedule, a, b, c).front();
}

// The main register after each promotion, or the only one after each instruction: the first few.
std::string trace(const MmaSchedule& schedule, const GemmInput& input, std::int64_t row, std::int64_t col) {
  const std::int64_t of_one = schedule.promotion == 0 ? schedule.instruction->k : schedule.promotion;
  std::string text;
  std::int64_t k = 0;
  for (std::size_t i = 0; i < kMostRegisters && k < input.k; ++i) {
    k = std::min(k + of_one, input.k);
    text += fmt::format("{}0x{:08X} after k {}", i == 0 ? "" : ", ", element(schedule, input, row, col, k), k);
  }
  return text + (k < input.k ? ", ..." : "");
}

std::string promotions_text(const std::vector<std::int64_t>& promotions) {
  std::string text;
  for (const std::int64_t promotion : promotions)
    text += fmt::format("{}{}", text.empty() ? "" : " or ",
                        promotion == 0 ? "no promotion" : fmt::format("promotion every {}", promotion));
  return text;
}

std::string first_difference(const CheckedGemm& gemm, const GemmInput& input, std::int64_t different, std::size_t first,
                             const std::vector<std::uint32_t>& expected, const std::vector<std::uint32_t>& actual) {
  const auto at = static_cast<std::int64_t>(first);
  const std::int64_t row = at / input.n, col = at % input.n;
  std::string text = fmt::format(
      "{} of {} elements differ; the first ({}, {}): expected 0x{:08X} = {}, got 0x{:08X} = {}; expected {}", different,
      actual.size(), row, col, expected[first], std::bit_cast<float>(expected[first]), actual[first],
      std::bit_cast<float>(actual[first]), trace(gemm.schedule, input, row, col));
  const auto explained = promotions_of(*gemm.schedule.instruction, input, actual);
  if (!explained.empty()) text += fmt::format("; all are those of {}", promotions_text(explained));
  return text;
}

std::string bytes_difference(const CheckedGemm& gemm, const GemmInput& input,
                             const std::vector<std::uint32_t>& actual) {
  const std::vector<std::uint32_t> expected = emulated(gemm.schedule, input);
  std::int64_t different = 0;
  std::size_t first = 0;
  for (std::size_t i = 0; i < expected.size(); ++i)
    if (expected[i] != actual[i] && different++ == 0) first = i;
  return different == 0 ? "" : first_difference(gemm, input, different, first, expected, actual);
}

GemmOperand operand(const reference::MmaInstruction& instruction, const Format& format, const Extent& extent,
                    const std::vector<std::uint32_t>& codes, const std::vector<std::uint8_t>& scales) {
  if (scales.empty()) return gemm_operand(format, extent, codes);
  return gemm_operand(format, extent, codes, instruction.scale, instruction.scale_block, scales, instruction.order);
}

bool is_number(std::uint32_t bits) { return std::isfinite(std::bit_cast<float>(bits)); }

// Where the emulation is no number, the answer is of the same kind; elsewhere it lies within the bound.
std::string bound_difference(const CheckedGemm& gemm, const GemmInput& input,
                             const std::vector<std::uint32_t>& actual) {
  const reference::MmaInstruction& instruction = *gemm.schedule.instruction;
  const std::vector<std::uint32_t> expected = emulated(gemm.schedule, input);
  const GemmAccumulator accumulator = accumulator_of(instruction, static_cast<int>(gemm.schedule.promotion));
  const GemmOperand a = operand(instruction, input.a_format, {input.m, input.k}, input.a, input.a_scales);
  const GemmOperand b = operand(instruction, input.b_format, {input.n, input.k}, input.b, input.b_scales);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i) / input.n, col = static_cast<std::int64_t>(i) % input.n;
    const float got = std::bit_cast<float>(actual[i]), want = std::bit_cast<float>(expected[i]);
    if (!is_number(expected[i])) {
      if (std::isnan(want) ? std::isnan(got) : got == want) continue;
      return fmt::format("({}, {}) is {}, expected {}", row, col, got, want);
    }
    const double c = input.c.empty() ? 0 : static_cast<double>(std::bit_cast<float>(input.c[i]));
    const Bounded bound = gemm_bound(accumulator, a, b, row, col, c);
    const double error = static_cast<double>(got) - bound.exact;
    if (error >= -bound.below && error <= bound.above) continue;  // false of NaN
    return fmt::format("({}, {}) is {}, the exact product {}: off by {}, beyond the bound of -{} and +{}", row, col,
                       got, bound.exact, error, bound.below, bound.above);
  }
  return "";
}

}  // namespace

std::vector<std::uint32_t> emulated(const MmaSchedule& schedule, const GemmInput& input) {
  return reference::mma_product(schedule, {input.a_format, input.m, input.k, input.a, input.a_scales},
                                {input.b_format, input.n, input.k, input.b, input.b_scales}, input.c);
}

std::string gemm_difference(const CheckedGemm& gemm, const GemmInput& input, const std::vector<std::uint32_t>& actual) {
  const auto expected = static_cast<std::size_t>(input.m * input.n);
  if (actual.size() != expected) return fmt::format("{} elements were expected, {} came", expected, actual.size());
  return gemm.held == GemmHeld::kBytes ? bytes_difference(gemm, input, actual) : bound_difference(gemm, input, actual);
}

std::vector<std::int64_t> promotions_of(const reference::MmaInstruction& instruction, const GemmInput& input,
                                        const std::vector<std::uint32_t>& answer) {
  std::vector<std::int64_t> found;
  if (answer.empty()) return found;
  for (std::int64_t promotion = 0; promotion <= kLongestPromotion; promotion += instruction.k) {
    // An interval of all of K or more is one chain; without C it reads the same.
    if (promotion >= input.k && promotion != 0) break;
    const MmaSchedule schedule{&instruction, promotion};
    if (element(schedule, input, 0, 0, input.k) == answer.front() && emulated(schedule, input) == answer)
      found.push_back(promotion);
  }
  return found;
}

}  // namespace bitgate::compare
