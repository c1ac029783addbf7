// A sweep: recipes x input types x distributions expanded into cases, each run once through the reference, its subjects
// and the metrics. One row a case, in case order, whatever the thread count.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bitgate/compare/case.h"
#include "bitgate/compare/compare.h"
#include "bitgate/compare/digest.h"
#include "bitgate/compare/metrics.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::compare {

enum class Outcome : std::uint8_t {
  kEqual,      // ran (or was held by a recording), every byte equal
  kDifferent,  // ran, some byte differs
  kNotRun,     // did not run: never counts as passed
};
std::string_view name_of(Outcome outcome) noexcept;

// What one subject did with one case.
struct SubjectResult {
  std::string subject;  // "cpu/te/nvfp4", "cuda/te/nvfp4"
  Outcome outcome = Outcome::kNotRun;
  std::string note;     // why it did not run; or the first difference, in the words of describe()
  std::array<Tally, kFieldCount> tally{};
};

struct Row {
  Case id;
  std::vector<SubjectResult> subjects;
  Metrics metrics;
  Digests digests;  // of the reference's answer
};

// Something that can be asked for a recipe's answer. An empty function: none for this recipe.
struct SubjectSource {
  std::string prefix;  // "cpu", "cuda"
  std::function<Subject(const std::string& recipe)> find;
};

// Which cases. The JSON of `report --sweep FILE` has these names.
struct Panel {
  std::string name;                    // "distribution", "amplitude", "row_range"
  std::vector<std::string> recipes;    // empty: all that run
  std::vector<InputType> types;        // those the recipe does not accept are left out
  std::vector<Distribution> inputs;
  Extent extent{256, 256};
  std::uint64_t seed = 1;
};

// The panels of the default report (distribution, amplitude, row_range).
std::vector<Panel> default_panels();
// Cases of all panels, without repeats, in panel order. Throws InputError for an unknown recipe or distribution.
std::vector<Case> expand(const std::vector<Panel>& panels);

// `progress` is called with the number of rows done, from any thread, never at the same time twice; may be empty.
std::vector<Row> run_sweep(const std::vector<Case>& cases, const std::vector<SubjectSource>& subjects,
                           const std::function<void(std::size_t)>& progress);

}  // namespace bitgate::compare
