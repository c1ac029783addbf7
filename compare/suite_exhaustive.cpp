// Every 16-bit pattern through the element path and through the scale path, and every binary32 through the element
// path. One probe an exponent of the pattern.
#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "bitgate/compare/suite_operand.h"
#include "bitgate/compare/suite_questions.h"

namespace bitgate::compare {
namespace {

// Of blocks of this many elements only every eighth pattern is made the largest number: 16,384 elements for each.
constexpr std::int64_t kLargeBlock = 1024;
// From the largest to the smallest scale of E4M3, and one to either side.
constexpr int kScaleBinades = 20;

// The patterns asked, with the sign at `sign`: 16 bits, of binary32 those of bf16; or all of binary32.
struct Patterns {
  static Patterns of_16_bits(InputType type) noexcept {
    const bool half = type == InputType::kF16;
    return {type, half ? 10 : 7, half ? 31 : 255, 0x8000u, type == InputType::kF32 ? 16 : 0};
  }
  static Patterns of_32_bits() noexcept { return {InputType::kF32, 23, 255, 0x80000000u, 0}; }

  std::uint32_t in_type(std::uint32_t pattern) const noexcept { return pattern << shift; }
  std::uint32_t first(int exponent) const noexcept { return static_cast<std::uint32_t>(exponent) << mantissa_bits; }
  std::uint32_t in_binade() const noexcept { return 1u << mantissa_bits; }
  // 2^distance times the power of two of the exponent, or the largest of the type.
  std::uint32_t pin(int exponent, int distance) const noexcept {
    return first(std::clamp(exponent + distance, 1, exponents - 1));
  }
  InputType type;
  int mantissa_bits, exponents;
  std::uint32_t sign;
  int shift;  // of a pattern in the type's bits
};

Extent block_of(const SuiteScope& scope, const Extent& extent) noexcept {
  const Extent& block = scheme_of(scope.recipe->rules.scheme).block;
  return {block.rows == 0 ? extent.rows : block.rows, block.cols == 0 ? extent.cols : block.cols};
}

// Powers of two between an element's largest and smallest number, and two more on the far side.
int element_binades(const Scheme& scheme) noexcept {
  if (scheme.element.bits == 0) return 1;
  const double smallest = is_integer(scheme.element) ? 1.0 : min_subnormal(scheme.element);
  return std::ilogb(max_finite(scheme.element)) - std::ilogb(smallest) + 3;
}

std::string asked(const SuiteScope& scope, const Subject& subject, const Operand& operand) {
  const QuantizedTensor expected = ask_operand(
      scope, [&](const Request& request) { return reference::quantize(*scope.recipe, request); }, operand);
  return difference(expected, ask_operand(scope, subject, operand));
}

// `size` patterns of the exponent from `first` on and their opposites, each in a block that starts with the pin.
Operand elements(const SuiteScope& scope, const Patterns& patterns, int exponent, int distance, std::uint32_t first,
                 std::uint32_t size) {
  const Extent unit = unit_of(scope);
  Extent extent{unit.rows, 2 * unit.cols};
  const std::int64_t block_cols = block_of(scope, extent).cols;
  const std::int64_t wanted = 2 * static_cast<std::int64_t>(size), in_row = extent.cols - extent.cols / block_cols;
  extent.rows *= ceil_div(wanted, in_row * unit.rows);
  Operand operand{patterns.type, extent, {}};
  operand.bits.reserve(static_cast<std::size_t>(count(extent)));
  std::uint32_t next = 0;
  for (std::int64_t i = 0; i < count(extent); ++i) {
    std::uint32_t pattern = 0;
    if (i % extent.cols % block_cols == 0)
      pattern = patterns.pin(exponent, distance);
    else if (next < wanted) {
      pattern = (patterns.first(exponent) + first + next / 2) | (next % 2 == 0 ? 0u : patterns.sign);
      ++next;
    }
    operand.bits.push_back(patterns.in_type(pattern));
  }
  return operand;
}

// Blocks whose largest numbers are patterns of the exponent, from `first` on, `step` apart. Where there is a global one
// block of all that it governs starts with the pin: the first of the tensor, or of each row.
Operand largest(const SuiteScope& scope, const Patterns& patterns, const Extent& extent, int exponent, int distance,
                std::uint32_t first, std::uint32_t step) {
  const GlobalAxis global = scheme_of(scope.recipe->rules.scheme).global;
  const Extent block = block_of(scope, extent);
  const std::int64_t across = ceil_div(extent.cols, block.cols);
  Operand operand{patterns.type, extent, {}};
  for (std::int64_t i = 0; i < count(extent); ++i) {
    const std::int64_t row = i / extent.cols, col = i % extent.cols;
    // Patterns go to the blocks in order; of a row with a pin its first block has none.
    const std::int64_t index = global == GlobalAxis::kRow
                                   ? row * (across - 1) + std::max<std::int64_t>(col / block.cols - 1, 0)
                                   : row / block.rows * across + col / block.cols;
    const bool pinned = global == GlobalAxis::kRow ? col == 0 : global == GlobalAxis::kTensor && i == 0;
    const auto within = static_cast<std::uint32_t>(row % block.rows * block.cols + col % block.cols);
    const std::uint32_t number = first + static_cast<std::uint32_t>(index) * step;
    const std::uint32_t most = patterns.first(exponent) + number % patterns.in_binade();
    const std::uint32_t magnitude =
        pinned ? std::max(most, patterns.pin(exponent, distance)) : most - std::min(most, within * 29);
    operand.bits.push_back(patterns.in_type(magnitude | (within % 2 == 0 ? 0u : patterns.sign)));
  }
  return operand;
}

// Of which tensors all patterns of an exponent are the largest number of some block that is not pinned: a whole tensor
// is one block and one pattern; else one tensor holds them all, and twice where each row gives up its first block.
Extent extent_of_largest(const SuiteScope& scope, std::uint32_t patterns) noexcept {
  const Scheme& scheme = scheme_of(scope.recipe->rules.scheme);
  const Extent unit = unit_of(scope);
  if (scheme.block.rows == 0) return unit;
  const std::int64_t in_unit = count(unit) / count(block_of(scope, unit));
  const std::int64_t wanted = scheme.global == GlobalAxis::kRow ? 2 * patterns : patterns + 1;
  return {ceil_div(wanted, in_unit) * unit.rows, unit.cols};
}

std::string all_elements(const SuiteScope& scope, InputType type, int exponent, const Subject& subject) {
  const Patterns patterns = Patterns::of_16_bits(type);
  const int binades = element_binades(scheme_of(scope.recipe->rules.scheme));
  std::string differs;
  for (int distance = 0; distance < binades && differs.empty(); ++distance)
    differs = asked(scope, subject, elements(scope, patterns, exponent, distance, 0, patterns.in_binade()));
  return differs;
}

std::string all_scales(const SuiteScope& scope, InputType type, int exponent, const Subject& subject) {
  const Patterns patterns = Patterns::of_16_bits(type);
  const Scheme& scheme = scheme_of(scope.recipe->rules.scheme);
  const std::uint32_t step = count(block_of(scope, unit_of(scope))) < kLargeBlock ? 1 : 8;
  const std::uint32_t tensors = scheme.block.rows == 0 ? patterns.in_binade() : 1;
  const Extent extent = extent_of_largest(scope, patterns.in_binade() / step);
  const int distances = scheme.global == GlobalAxis::kNone ? 1 : kScaleBinades;
  std::string differs;
  for (std::uint32_t first = 0; first < tensors && differs.empty(); first += step)
    for (int distance = 0; distance < distances && differs.empty(); ++distance)
      differs = asked(scope, subject, largest(scope, patterns, extent, exponent, distance, first, step));
  return differs;
}

// Each number of the exponent once, both signs. The pin is another from one part to the next, so that the parts of
// every exponent see all distances.
constexpr std::uint32_t kParts = 16;

std::string all_floats(const SuiteScope& scope, int exponent, const Subject& subject) {
  const Patterns patterns = Patterns::of_32_bits();
  const auto binades = static_cast<std::uint32_t>(element_binades(scheme_of(scope.recipe->rules.scheme)));
  const std::uint32_t size = patterns.in_binade() / kParts;
  std::array<Operand, kParts> operands;
  std::array<QuantizedTensor, kParts> expected;
  const auto reference = [&](const Request& request) { return reference::quantize(*scope.recipe, request); };
  tbb::parallel_for(std::uint32_t{0}, kParts, [&](std::uint32_t part) {
    const auto distance = static_cast<int>((part + static_cast<std::uint32_t>(exponent)) % binades);
    operands[part] = elements(scope, patterns, exponent, distance, part * size, size);
    expected[part] = ask_operand(scope, reference, operands[part]);
  });
  std::string differs;
  for (std::uint32_t part = 0; part < kParts && differs.empty(); ++part)
    differs = difference(expected[part], ask_operand(scope, subject, operands[part]));
  return differs;
}

}  // namespace

std::vector<SuiteProbe> exhaustive_fp32_probes(const SuiteScope& scope) {
  std::vector<SuiteProbe> probes;
  if (std::find(scope.types.begin(), scope.types.end(), InputType::kF32) == scope.types.end()) return probes;
  for (int exponent = 0; exponent < Patterns::of_32_bits().exponents; ++exponent)
    probes.push_back({fmt::format("floats exponent {}", exponent), "",
                      [=](const Subject& subject) { return all_floats(scope, exponent, subject); }});
  return probes;
}

std::vector<SuiteProbe> exhaustive_probes(const SuiteScope& scope) {
  std::vector<SuiteProbe> probes;
  for (const InputType type : scope.types)
    for (int exponent = 0; exponent < Patterns::of_16_bits(type).exponents; ++exponent) {
      probes.push_back({fmt::format("elements {} exponent {}", name_of(type), exponent), "",
                        [=](const Subject& subject) { return all_elements(scope, type, exponent, subject); }});
      probes.push_back({fmt::format("scales {} exponent {}", name_of(type), exponent), "",
                        [=](const Subject& subject) { return all_scales(scope, type, exponent, subject); }});
    }
  return probes;
}

}  // namespace bitgate::compare
