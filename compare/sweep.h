// A sweep: recipes x input types x distributions expanded into cases, each run once through the reference, its subjects
// and the metrics. One row a case, in case order, whatever the thread count.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "bitgate/compare/case.h"
#include "bitgate/compare/compare.h"
#include "bitgate/compare/digest.h"
#include "bitgate/compare/explained.h"
#include "bitgate/compare/metrics.h"
#include "bitgate/compare/peer_metrics.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::compare {

enum class Outcome : std::uint8_t {
  kEqual,      // ran (or was held by a recording), every byte equal
  kDifferent,  // ran, some byte differs
  kNotRun,     // did not run: never counts as passed
};
std::string_view name_of(Outcome outcome) noexcept;

// Thrown by a subject that could not run here (no GPU, no valid recording): the outcome is kNotRun, the message its
// note. Any other exception is a crash or a failed launch, and counts as a difference.
class NotRun : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What one subject did with one case.
struct SubjectResult {
  std::string subject;  // "cpu/te/nvfp4", "cuda/te/nvfp4"
  Outcome outcome = Outcome::kNotRun;
  std::string note;  // why it did not run or broke off; or the first difference, in the words of describe()
  std::array<Tally, kFieldCount> tally{};
  // Only of a subject that ran and differed: what another recipe explains of it, where one can be asked; and the SQNR
  // of its own answer. The SQNR of an equal one is the row's.
  std::optional<Explained> explained{};
  std::optional<double> sqnr_db{};
};

// Where the recipe refuses the input, every subject is kNotRun with the reason, every metric NaN, every digest empty.
struct Row {
  Case id;
  std::vector<SubjectResult> subjects;
  Metrics metrics;
  Digests digests;   // of the reference's answer
  PeerErrors peers;  // of the same, as the producers' own tests would compute it
};

// Something that can be asked for a recipe's answer. An empty function: none for this recipe, and no entry in the row.
// A subject is called from several threads at once; `find` once a recipe, from the thread that calls run_sweep.
struct SubjectSource {
  std::string prefix;  // "cpu", "cuda"
  std::function<Subject(const std::string& recipe)> find;
};

// Which cases. The JSON of `report --sweep FILE` has these names.
struct Panel {
  std::string name;                  // "distribution", "amplitude", "row_range"
  std::vector<std::string> recipes;  // empty: all that run
  std::vector<InputType> types;      // those the recipe does not accept are left out
  std::vector<Distribution> inputs;
  Extent extent{256, 256};
  std::uint64_t seed = 4;  // `special` holds its whole ladder, infinities too, at multiples of 4
  std::int64_t seeds = 1;  // so many cases of each kind, of seeds `seed`, `seed` + 1, ...: for statistical thresholds
};

// The panels of the default report (distribution, amplitude, row_range).
std::vector<Panel> default_panels();
// A sweep file: {"panels": [{"name": "noise", "recipes": ["te/nvfp4"], "types": ["fp32"], "inputs": ["normal",
// "gelu@2^-4"], "extent": [256, 256], "seed": 4, "seeds": 64}]}. Only name and inputs are required. Throws InputError
// with the file and the place in it. "gemms" beside "panels" is read_gemm_panels' (gemm_case.h).
std::vector<Panel> read_panels(const std::filesystem::path& file);
// Cases of all panels, without repeats, in panel order. Throws InputError for an unknown recipe or distribution.
std::vector<Case> expand(const std::vector<Panel>& panels);

// The scale bits that the recipe gives to a block of zeros in a tensor whose amax is 1: the smallest it gives.
std::uint32_t floor_scale_bits(const reference::Recipe& recipe);

// Rows in the order of `cases`, the same for any number of threads. Cases with the same input share one generation of
// it. `progress` is called with the number of rows done, from any thread, never at the same time twice; may be empty.
// Throws InputError for an unknown recipe or distribution before anything runs.
std::vector<Row> run_sweep(const std::vector<Case>& cases, const std::vector<SubjectSource>& subjects,
                           const std::function<void(std::size_t)>& progress);

}  // namespace bitgate::compare
