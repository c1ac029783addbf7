// Every 16-bit pattern through the element path and through the scale path, and every binary32 through the element
// path. Operands that share no number, or share the same one, are asked as one tensor: what a question costs is mostly
// not its elements.
#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <compare>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "bitgate/compare/suite_patterns.h"
#include "bitgate/compare/suite_questions.h"

namespace bitgate::compare {
namespace {

// Of blocks of this many elements only every eighth pattern is made the largest number: 16,384 elements for each.
constexpr std::int64_t kLargeBlock = 1024;
// From the largest to the smallest scale of E4M3, and one to either side.
constexpr int kScaleBinades = 20;
// Elements of a tensor that holds several operands.
constexpr std::int64_t kTogether = std::int64_t{1} << 18;

// Patterns of one exponent, and the number that a block, a row or the tensor has as its largest beside them.
struct Part {
  int exponent;
  std::uint32_t pin;
  friend auto operator<=>(const Part&, const Part&) = default;
};
// Parts by the largest number that all of their operand has: rows of operands of one key may stand in one tensor.
using Parts = std::map<std::uint32_t, std::vector<Part>>;
using PartOperand = std::function<Operand(const Part&)>;

// Rows of the tensor have no number in common.
bool rows_are_apart(const Scheme& scheme) noexcept {
  return scheme.block.rows != 0 && (scheme.global == GlobalAxis::kNone || scheme.global == GlobalAxis::kRow);
}

// Powers of two between an element's largest and smallest number, and two more on the far side.
int element_binades(const Scheme& scheme) noexcept {
  if (scheme.element.bits == 0) return 1;
  const double smallest = is_integer(scheme.element) ? 1.0 : min_subnormal(scheme.element);
  return std::ilogb(max_finite(scheme.element)) - std::ilogb(smallest) + 3;
}

// Every exponent beside a pin of every distance, each pair once.
std::set<Part> pairs(const Patterns& patterns, int distances) {
  std::set<Part> all;
  for (int exponent = 0; exponent < patterns.exponents; ++exponent)
    for (int distance = 0; distance < distances; ++distance) all.insert({exponent, patterns.pin(exponent, distance)});
  return all;
}

Operand joined(const PartOperand& operand_of, const std::vector<Part>& parts) {
  Operand all = operand_of(parts.front());
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const Operand more = operand_of(parts[i]);
    all.extent.rows += more.extent.rows;
    all.bits.insert(all.bits.end(), more.bits.begin(), more.bits.end());
  }
  return all;
}

std::string probe_name(std::string_view what, const Patterns& patterns, const std::vector<Part>& parts) {
  const auto [first, last] = std::minmax_element(parts.begin(), parts.end(),
                                                 [](const Part& a, const Part& b) { return a.exponent < b.exponent; });
  const auto [low, high] =
      std::minmax_element(parts.begin(), parts.end(), [](const Part& a, const Part& b) { return a.pin < b.pin; });
  const auto range = [](int from, int to) {
    return from == to ? fmt::to_string(from) : fmt::format("{}-{}", from, to);
  };
  const auto exponent_of = [&](std::uint32_t pin) { return static_cast<int>(pin >> patterns.mantissa_bits); };
  return fmt::format("{} {} exponent {} beside {}", what, name_of(patterns.type),
                     range(first->exponent, last->exponent), range(exponent_of(low->pin), exponent_of(high->pin)));
}

// One probe for as many parts as go into one tensor.
void add_probes(const SuiteScope& scope, std::string_view what, const Patterns& patterns, const Parts& parts,
                const PartOperand& operand_of, std::vector<SuiteProbe>& probes) {
  for (const auto& [key, alike] : parts) {
    const std::int64_t one = count(operand_of(alike.front()).extent);
    const auto most = static_cast<std::size_t>(std::max<std::int64_t>(kTogether / one, 1));
    for (std::size_t first = 0; first < alike.size(); first += most) {
      const auto start = alike.begin() + static_cast<std::ptrdiff_t>(first);
      const std::vector<Part> some(start, start + static_cast<std::ptrdiff_t>(std::min(most, alike.size() - first)));
      probes.push_back({probe_name(what, patterns, some), "", [=](const Subject& subject) {
                          return operand_difference(scope, subject, joined(operand_of, some));
                        }});
    }
  }
}

void add_elements(const SuiteScope& scope, const Patterns& patterns, std::vector<SuiteProbe>& probes) {
  const Scheme& scheme = scheme_of(scope.recipe->rules.scheme);
  Parts parts;
  for (const Part& part : pairs(patterns, element_binades(scheme)))
    parts[rows_are_apart(scheme) ? 0 : std::max(part.pin, patterns.first(part.exponent) + patterns.in_binade() - 1)]
        .push_back(part);
  const PartOperand operand_of = [=](const Part& part) {
    return elements_under(scope, patterns, part.pin, patterns.first(part.exponent), patterns.in_binade());
  };
  add_probes(scope, "elements", patterns, parts, operand_of, probes);
}

// From one largest number to the next.
std::uint32_t step_of(const SuiteScope& scope) { return count(block_of(scope, unit_of(scope))) < kLargeBlock ? 1 : 8; }

// A block of all rows has one pattern as its largest number: as many tensors as there are patterns.
std::string one_a_tensor(const SuiteScope& scope, const Patterns& patterns, const Part& part, const Subject& subject) {
  const std::uint32_t step = step_of(scope);
  std::string differs;
  for (std::uint32_t first = 0; first < patterns.in_binade() && differs.empty(); first += step)
    differs =
        operand_difference(scope, subject, largest_numbers(scope, patterns, part.exponent, part.pin, first, step));
  return differs;
}

void add_scales(const SuiteScope& scope, const Patterns& patterns, std::vector<SuiteProbe>& probes) {
  const Scheme& scheme = scheme_of(scope.recipe->rules.scheme);
  const std::set<Part> all = pairs(patterns, scheme.global == GlobalAxis::kNone ? 1 : kScaleBinades);
  if (scheme.block.rows == 0) {
    for (const Part& part : all)
      probes.push_back({probe_name("scales", patterns, {part}), "",
                        [=](const Subject& subject) { return one_a_tensor(scope, patterns, part, subject); }});
    return;
  }
  const std::uint32_t step = step_of(scope);
  Parts parts;
  for (const Part& part : all) {
    const std::uint32_t largest = patterns.first(part.exponent) + patterns.in_binade() - step;
    parts[rows_are_apart(scheme) ? 0 : std::max(part.pin, largest)].push_back(part);
  }
  const PartOperand operand_of = [=](const Part& part) {
    return largest_numbers(scope, patterns, part.exponent, part.pin, 0, step);
  };
  add_probes(scope, "scales", patterns, parts, operand_of, probes);
}

// Each number of the exponent once, both signs. The pin is another from one part to the next, so that the parts of
// every exponent see all distances. A subject that is asked in turn has the reference's answers made beforehand.
constexpr std::uint32_t kParts = 16;

std::string all_floats(const SuiteScope& scope, int exponent, const Subject& subject) {
  const Patterns patterns = Patterns::of_32_bits();
  const auto binades = static_cast<std::uint32_t>(element_binades(scheme_of(scope.recipe->rules.scheme)));
  const std::uint32_t size = patterns.in_binade() / kParts, ahead = scope.at_once ? 1 : kParts;
  std::array<std::unique_ptr<AskedOperand>, kParts> asked;
  std::array<QuantizedTensor, kParts> expected;
  std::string differs;
  for (std::uint32_t next = 0; next < kParts && differs.empty(); next += ahead) {
    tbb::parallel_for(next, next + ahead, [&](std::uint32_t part) {
      const auto distance = static_cast<int>((part + static_cast<std::uint32_t>(exponent)) % binades);
      asked[part] =
          std::make_unique<AskedOperand>(scope, elements_under(scope, patterns, patterns.pin(exponent, distance),
                                                               patterns.first(exponent) + part * size, size));
      reference::quantize_into(*scope.recipe, asked[part]->request, expected[part]);
    });
    for (std::uint32_t part = next; part < next + ahead && differs.empty(); ++part) {
      differs = difference(expected[part], subject(asked[part]->request));
      asked[part].reset();
    }
  }
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
  for (const InputType type : scope.types) {
    const Patterns patterns = Patterns::of_16_bits(type);
    add_elements(scope, patterns, probes);
    add_scales(scope, patterns, probes);
  }
  return probes;
}

}  // namespace bitgate::compare
