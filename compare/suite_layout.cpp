// Shapes, and blocks that hold their addresses.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <utility>

#include "bitgate/compare/choices.h"
#include "bitgate/compare/common_input.h"
#include "bitgate/compare/suite_operand.h"
#include "bitgate/compare/suite_questions.h"

namespace bitgate::compare {
namespace {

// Rows and columns of a shape, in whole blocks.
constexpr Extent kSteps[] = {{1, 1}, {1, 7}, {3, 1}, {2, 3}, {7, 5}, {17, 3}, {2, 33}, {65, 2}, {33, 17}, {128, 4}};
// Of steps of 128 on both sides the larger shapes are left out.
constexpr std::int64_t kLargestShape = std::int64_t{1} << 17;
// Scales that the addresses tell apart where blocks are small, and the most elements that it takes.
constexpr std::int64_t kAddressedScales = 64, kLeastAddressed = 1024, kMostAddressed = std::int64_t{1} << 16;

// What columns and rows of the input are multiples of; blocks may be cut where the recipe takes that.
Extent step_of(const SuiteScope& scope, Direction direction) noexcept {
  const reference::Accepts& a = scope.recipe->accepts;
  const std::int64_t columnwise = std::max<std::int64_t>(a.columnwise_multiple, 1);
  const std::int64_t rows = std::lcm(a.row_multiple, scope.row_multiple);
  if (direction == Direction::kRowwise) return {rows, std::lcm(a.col_multiple, scope.col_multiple)};
  return {std::lcm(columnwise, std::lcm(rows, a.col_multiple)),
          std::lcm(std::lcm(columnwise, scope.col_multiple), std::lcm(a.row_multiple, a.columnwise_cols))};
}

// Where a block can be cut: a column more and less than whole blocks, and a few alone.
std::vector<Extent> ragged(const SuiteScope& scope, const Extent& step) {
  const Extent block = unit_of(scope);
  std::vector<Extent> extents;
  if (step.cols < block.cols)
    for (const std::int64_t cols : {step.cols, block.cols + step.cols, 2 * block.cols - step.cols})
      extents.push_back({5 * step.rows, cols});
  if (step.rows < block.rows)
    for (const std::int64_t rows : {step.rows, block.rows + step.rows, 2 * block.rows - step.rows})
      extents.push_back({rows, 3 * block.cols});
  return extents;
}

std::vector<Extent> shapes(const SuiteScope& scope, Direction direction) {
  const Extent step = step_of(scope, direction);
  std::vector<Extent> extents;
  Extent whole = common_extent({scope.recipe}, direction);
  whole = {std::lcm(whole.rows, step.rows), std::lcm(whole.cols, step.cols)};
  // Kernels that make both sides want whole blocks along both.
  if (direction == Direction::kColumnwise)
    whole.cols = std::lcm(whole.cols, std::max<std::int64_t>(scheme_of(scope.recipe->rules.scheme).block.cols, 1));
  for (const Extent& steps : kSteps) extents.push_back({steps.rows * whole.rows, steps.cols * whole.cols});
  std::erase_if(extents, [](const Extent& extent) { return count(extent) > kLargestShape; });
  if (direction == Direction::kRowwise)
    for (const Extent& extent : ragged(scope, step)) extents.push_back(extent);
  return extents;
}

// What an element or a scale is in each of the tensors of addresses.
using Signature = std::vector<std::uint32_t>;

std::vector<Signature> signatures(const std::vector<QuantizedTensor>& answers, Field field) {
  const QuantizedTensor& any = answers.front();
  std::vector<Signature> all(field == Field::kScale ? scale_count(any.scales) : any.codes.size());
  for (const QuantizedTensor& answer : answers)
    for (std::size_t i = 0; i < all.size(); ++i)
      all[i].push_back(field == Field::kScale ? scale_bits(answer.scales, i) : answer.codes[i]);
  return all;
}

// "scale (0, 1) is that of (1, 0); 6 of 8 lie elsewhere", for those whose address is told by what the reference gives.
std::string misplaced(const std::vector<QuantizedTensor>& expected, const std::vector<QuantizedTensor>& actual,
                      Field field) {
  const std::vector<Signature> want = signatures(expected, field), got = signatures(actual, field);
  std::map<Signature, std::size_t> home;
  std::set<Signature> shared;
  for (std::size_t i = 0; i < want.size(); ++i)
    if (!home.emplace(want[i], i).second) shared.insert(want[i]);
  const Extent& extent = expected.front().extent;
  const std::int64_t cols = field == Field::kScale ? blocks_per_row(expected.front().scheme, extent.cols) : extent.cols;
  const auto place = [cols](std::size_t i) {
    const auto at = static_cast<std::int64_t>(i);
    return fmt::format("({}, {})", at / cols, at % cols);
  };
  std::string first;
  std::size_t elsewhere = 0;
  for (std::size_t i = 0; i < want.size(); ++i) {
    const auto found = home.find(got[i]);
    if (got[i] == want[i] || found == home.end() || shared.contains(got[i])) continue;
    if (elsewhere++ == 0) first = fmt::format("{} {} is that of {}", name_of(field), place(i), place(found->second));
  }
  return elsewhere == 0 ? "" : fmt::format("; {}, {} of {} lie elsewhere", first, elsewhere, want.size());
}

Extent addressed_extent(const SuiteScope& scope) {
  const Scheme& scheme = scheme_of(scope.recipe->rules.scheme);
  const bool has_blocks = !is_values_only(scheme) && scheme.cell.rows != 0;
  const auto enough = [&](const Extent& extent) {
    if (count(extent) >= kMostAddressed) return true;
    return has_blocks ? count(scale_extent(scheme, extent)) >= kAddressedScales : count(extent) >= kLeastAddressed;
  };
  const Extent unit = unit_of(scope);
  Extent extent = unit;
  while (!enough(extent)) (extent.rows / unit.rows <= extent.cols / unit.cols ? extent.rows : extent.cols) *= 2;
  return extent;
}

int bits_of_index(std::int64_t n) noexcept {
  int bits = 1;
  while ((std::int64_t{1} << bits) < n) ++bits;
  return bits;
}

// Tensor `t` of the addresses: an element's sign is bit t of its index, a block's magnitude a digit, of two bits, of
// the block's.
Operand addresses(const SuiteScope& scope, InputType type, const Extent& extent, int t) {
  const Scheme& scheme = scheme_of(scope.recipe->rules.scheme);
  Operand operand{type, extent, {}};
  const int digits = (bits_of_index(count(extent)) + 1) / 2;
  for (std::int64_t i = 0; i < count(extent); ++i) {
    const auto block = static_cast<std::int64_t>(scale_index(scheme, extent.cols, i / extent.cols, i % extent.cols));
    const auto digit = static_cast<int>((block >> (2 * (t % digits))) & 3);
    const double magnitude = power_of_two(2 * digit);
    operand.bits.push_back(bits_of(type, ((i >> t) & 1) != 0 ? -magnitude : magnitude));
  }
  return operand;
}

std::string address_difference(const SuiteScope& scope, InputType type, const Subject& subject) {
  const Extent extent = addressed_extent(scope);
  const Subject reference = [&](const Request& request) { return reference::quantize(*scope.recipe, request); };
  std::vector<QuantizedTensor> expected, actual;
  std::string first;
  for (int t = 0; t < bits_of_index(count(extent)); ++t) {
    const Operand operand = addresses(scope, type, extent, t);
    expected.push_back(ask_operand(scope, reference, operand));
    actual.push_back(ask_operand(scope, subject, operand));
    std::string what = difference(expected.back(), actual.back());
    if (first.empty() && !what.empty()) first = fmt::format("tensor {} of addresses: {}", t, what);
  }
  if (first.empty() || expected.front().codes.size() != actual.front().codes.size()) return first;
  return first + misplaced(expected, actual, Field::kScale) + misplaced(expected, actual, Field::kElement);
}

// Both sides at one call. `bitgate verify` does not ask for them, so the probe has no command of its own.
SuiteProbe both_probe(const SuiteScope& scope, InputType type, const Distribution& input, const Extent& extent,
                      std::uint64_t seed) {
  const Question question{{std::string(scope.recipe->identity.name), type, input, extent, seed}, Direction::kBoth, {}};
  SuiteProbe probe = question_probe(scope, question);
  probe.name = "both sides of " + probe.name;
  probe.repeat.clear();
  return probe;
}

bool makes_both(const SuiteScope& scope, InputType type) noexcept {
  const reference::Accepts& a = scope.recipe->accepts;
  return a.directions.both && !scope.rowwise_only && !scope.one_side &&
         (type == InputType::kBf16 || !a.bf16_only_columnwise);
}

void add_both(const SuiteScope& scope, InputType type, std::vector<SuiteProbe>& probes) {
  if (!makes_both(scope, type)) return;
  // The row-wise side's multiple too.
  std::vector<Extent> extents = shapes(scope, Direction::kColumnwise);
  const std::int64_t cols = step_of(scope, Direction::kRowwise).cols;
  for (Extent& extent : extents) extent.cols = ceil_div(extent.cols, cols) * cols;
  const auto several = std::find_if(extents.begin(), extents.end(), [](const Extent& e) { return count(e) >= 4096; });
  for (const Extent& extent : extents) probes.push_back(both_probe(scope, type, {"normal"}, extent, 6));
  for (const char* name : {"special", "bit_patterns", "row_ladder", "sparse_blocks"})
    for (std::uint64_t seed = 0; seed < 4; ++seed)
      if (scope.recipe->accepts.nan_columnwise || name != std::string_view("special"))
        probes.push_back(both_probe(scope, type, {name}, several == extents.end() ? extents.back() : *several, seed));
}

}  // namespace

std::vector<SuiteProbe> layout_probes(const SuiteScope& scope) {
  std::vector<SuiteProbe> probes;
  const std::string recipe(scope.recipe->identity.name);
  for (const InputType type : scope.types) {
    probes.push_back({fmt::format("addresses {}", name_of(type)), "",
                      [scope, type](const Subject& subject) { return address_difference(scope, type, subject); }});
    for (const Direction direction : {Direction::kRowwise, Direction::kColumnwise}) {
      const reference::Directions& makes = scope.recipe->accepts.directions;
      if (direction == Direction::kRowwise ? !makes.rowwise : !makes.columnwise || scope.rowwise_only) continue;
      if (direction == Direction::kColumnwise && scope.recipe->accepts.bf16_only_columnwise && type != InputType::kBf16)
        continue;
      for (const Extent& extent : shapes(scope, direction))
        probes.push_back(question_probe(scope, {{recipe, type, {"normal"}, extent, 5}, direction, {}}));
    }
    add_both(scope, type, probes);
  }
  return probes;
}

}  // namespace bitgate::compare
