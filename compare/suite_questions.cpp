#include "bitgate/compare/suite_questions.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>

#include "bitgate/compare/common_input.h"
#include "bitgate/compare/suite_operand.h"

namespace bitgate::compare {
namespace {

bool one_of(const std::string& name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// An amax that a search found, no round number.
bool searched(float amax) noexcept {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(amax), mantissa = bits & 0x7FFFFFu;
  return mantissa != 0 && bits < infinity_code(kFp32) && amax != std::numeric_limits<float>::max() && amax >= 0x1p-126f;
}

bool is_directed(const Question& question) {
  if (question.amax && searched(*question.amax)) return true;
  return one_of(question.id.input.name, {"element_ties", "scale_ties", "positive_ties", "bit_patterns", "pow2_edges"});
}

bool in_scope(const SuiteScope& scope, const Question& question) {
  const bool type = std::find(scope.types.begin(), scope.types.end(), question.id.type) != scope.types.end();
  return type && (question.direction == Direction::kRowwise || !scope.rowwise_only);
}

// Rounded up to what the recipe asks for and the subject, too.
Extent taken(const SuiteScope& scope, const Question& question) {
  const Extent least = common_extent({scope.recipe}, question.direction);
  const auto up = [](std::int64_t n, std::int64_t multiple, std::int64_t least_side) {
    if (n % multiple == 0) return n;
    const std::int64_t step = std::lcm(multiple, std::max<std::int64_t>(least_side, 1));
    return ceil_div(n, step) * step;
  };
  const Extent& extent = question.id.extent;
  return {up(extent.rows, scope.row_multiple, least.rows), up(extent.cols, scope.col_multiple, least.cols)};
}

std::vector<SuiteProbe> quick_probes(const SuiteScope& scope, bool directed) {
  std::vector<SuiteProbe> probes;
  for (Question question : quick_questions(*scope.recipe)) {
    if (is_directed(question) != directed || !in_scope(scope, question)) continue;
    question.id.extent = taken(scope, question);
    probes.push_back(question_probe(scope, question));
  }
  return probes;
}

}  // namespace

SuiteProbe question_probe(const SuiteScope& scope, const Question& question) {
  const reference::Recipe* recipe = scope.recipe;
  return {question.id.name(), question.options(), [recipe, question](const Subject& subject) {
            const Asked asked(*recipe, question);
            const QuantizedTensor expected = reference::quantize(*recipe, asked.request);
            return difference(expected, subject(asked.request));
          }};
}

std::vector<SuiteProbe> directed_probes(const SuiteScope& scope) { return quick_probes(scope, true); }
std::vector<SuiteProbe> special_probes(const SuiteScope& scope) { return quick_probes(scope, false); }

std::vector<SuiteProbe> random_probes(const SuiteScope& scope) {
  constexpr std::int64_t kRows = 64, kCols = 256;
  constexpr std::uint64_t kSeeds = 4;
  const Direction direction = reference::default_direction(*scope.recipe);
  const Extent unit = unit_of(scope);
  const Extent operand{ceil_div(kRows, unit.rows) * unit.rows, ceil_div(kCols, unit.cols) * unit.cols};
  const Extent extent = direction == Direction::kColumnwise ? Extent{operand.cols, operand.rows} : operand;
  std::vector<SuiteProbe> probes;
  for (const InputType type : scope.types)
    for (const char* name : {"normal", "uniform", "laplace", "student_t3", "lognormal", "gelu", "swiglu",
                             "outlier_channel", "sparse_blocks", "row_lognormal"})
      for (std::uint64_t seed = 0; seed < kSeeds; ++seed)
        probes.push_back(question_probe(
            scope, {{std::string(scope.recipe->identity.name), type, {name}, extent, 1000 + seed}, direction, {}}));
  return probes;
}

}  // namespace bitgate::compare
