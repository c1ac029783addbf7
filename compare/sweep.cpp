#include "bitgate/compare/sweep.h"

#include <oneapi/tbb/parallel_for.h>

#include <limits>
#include <map>
#include <mutex>
#include <utility>

#include "bitgate/compare/case_operands.h"
#include "bitgate/compare/directed.h"
#include "bitgate/compare/distribution.h"

namespace bitgate::compare {
namespace {

// A recipe as the sweep needs it, looked up before any thread starts.
struct Prepared {
  const reference::Recipe* recipe = nullptr;
  std::uint32_t floor_bits = 0;
  std::vector<std::pair<std::string, Subject>> subjects;  // by name
};
using PreparedRecipes = std::map<std::string, Prepared>;

PreparedRecipes prepare(const std::vector<Case>& cases, const std::vector<SubjectSource>& sources) {
  PreparedRecipes prepared;
  for (const Case& c : cases) {
    if (prepared.contains(c.recipe)) continue;
    Prepared entry;
    entry.recipe = &reference::require_recipe(c.recipe);
    entry.floor_bits = floor_scale_bits(*entry.recipe);
    for (const SubjectSource& source : sources)
      if (Subject subject = source.find(c.recipe))
        entry.subjects.emplace_back(source.prefix + "/" + c.recipe, std::move(subject));
    prepared.emplace(c.recipe, std::move(entry));
  }
  return prepared;
}

// Generating costs more than quantizing, so cases of one input stand together. A directed input belongs to its recipe.
using Group = std::vector<std::size_t>;

std::vector<Group> group_by_input(const std::vector<Case>& cases) {
  std::vector<Group> groups;
  std::map<std::string, std::size_t> group_of;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const DistributionInfo* info = find_distribution(cases[i].input.name);
    if (info == nullptr)
      throw InputError("unknown distribution \"" + cases[i].input.name + "\" in case " + cases[i].name());
    Case input = cases[i];
    if (!follows_recipe(info->family)) input.recipe.clear();
    const auto [at, is_new] = group_of.emplace(input.name(), groups.size());
    if (is_new) groups.emplace_back();
    groups[at->second].push_back(i);
  }
  return groups;
}

Metrics not_measured() {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  Metrics m;
  m.sqnr_db = m.nmse = m.max_error = m.saturated_share = m.underflow_share = m.floor_share = kNan;
  m.row_sqnr_db = {kNan, kNan, kNan};
  return m;
}

void refuse(const Prepared& prepared, const std::string& reason, Row& row) {
  row.metrics = not_measured();
  for (const auto& [name, subject] : prepared.subjects) row.subjects.push_back({name, Outcome::kNotRun, reason, {}});
}

// `stood_for`: what the codes stand for.
SubjectResult ask(const std::string& name, const Subject& subject, const Prepared& prepared, const Request& request,
                  const TypedView& stood_for, const QuantizedTensor& expected) {
  SubjectResult result;
  result.subject = name;
  try {
    const QuantizedTensor actual = subject(request);
    const Comparison comparison = compare(expected, actual);
    result.outcome = comparison.bit_exact() ? Outcome::kEqual : Outcome::kDifferent;
    result.tally = comparison.tally;
    result.note = describe(comparison, expected);
    if (result.outcome == Outcome::kDifferent) {
      result.explained = best_explanation(*prepared.recipe, request, actual);
      result.sqnr_db = measure(stood_for, actual, prepared.floor_bits).sqnr_db;
    }
  } catch (const NotRun& reason) {
    result.note = reason.what();
  } catch (const std::exception& failure) {
    result.outcome = Outcome::kDifferent;
    result.note = failure.what();
  }
  return result;
}

// measure() and peer_errors(), with one decoding for both.
void measure_row(const TypedView& stood_for, const QuantizedTensor& expected, std::uint32_t floor_bits, Row& row) {
  DecodedRows decoded(stood_for, expected);
  MetricSums metrics(expected, floor_bits);
  PeerSums peers(stood_for.type);
  for (std::int64_t r = 0; r < decoded.rows(); ++r) {
    const DecodedRow numbers = decoded.row(r);
    metrics.add(numbers);
    peers.add(numbers.x, numbers.y_f32, decoded.cols());
  }
  row.metrics = metrics.metrics();
  row.peers = peers.errors();
}

void run_case(const Prepared& prepared, const TypedTensor& input, Row& row) {
  const CaseOperands operands = operands_of(*prepared.recipe, row.id);
  const Request request = request_of(*prepared.recipe, input, operands);
  QuantizedTensor expected;
  try {
    expected = reference::quantize(*prepared.recipe, request);
  } catch (const InputError& reason) {
    refuse(prepared, reason.what(), row);
    return;
  }
  const TypedTensor stood_for = reference::operand(*prepared.recipe, request, request.direction);
  measure_row(stood_for.view(), expected, prepared.floor_bits, row);
  row.digests = digest(expected);
  for (const auto& [name, subject] : prepared.subjects)
    row.subjects.push_back(ask(name, subject, prepared, request, stood_for.view(), expected));
}

// Counts rows for the caller, one call at a time.
class Progress {
 public:
  explicit Progress(const std::function<void(std::size_t)>& report) : report_(report) {}
  void one_more() {
    if (!report_) return;
    const std::lock_guard lock(mutex_);
    report_(++done_);
  }

 private:
  const std::function<void(std::size_t)>& report_;
  std::mutex mutex_;
  std::size_t done_ = 0;
};

void run_group(const Group& group, const PreparedRecipes& prepared, Progress& progress, std::vector<Row>& rows) {
  TypedTensor input;
  std::string refusal;
  try {
    input = generate(rows[group.front()].id);
  } catch (const InputError& reason) {
    refusal = reason.what();
  }
  oneapi::tbb::parallel_for(std::size_t{0}, group.size(), [&](std::size_t i) {
    Row& row = rows[group[i]];
    const Prepared& recipe = prepared.at(row.id.recipe);
    if (refusal.empty())
      run_case(recipe, input, row);
    else
      refuse(recipe, refusal, row);
    progress.one_more();
  });
}

}  // namespace

std::string_view name_of(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::kEqual: return "equal";
    case Outcome::kDifferent: return "different";
    case Outcome::kNotRun: return "not run";
  }
  return "?";
}

std::uint32_t floor_scale_bits(const reference::Recipe& recipe) {
  const std::vector<float> zeros(static_cast<std::size_t>(block_probe_width(scheme_of(recipe.rules.scheme))));
  const InputType type = recipe.accepts.f32    ? InputType::kF32
                         : recipe.accepts.bf16 ? InputType::kBf16
                                               : InputType::kF16;
  return reference::quantize_one_block(recipe.rules, type, zeros, 1.0f).scale_bits;
}

std::vector<Row> run_sweep(const std::vector<Case>& cases, const std::vector<SubjectSource>& subjects,
                           const std::function<void(std::size_t)>& progress) {
  const PreparedRecipes prepared = prepare(cases, subjects);
  const std::vector<Group> groups = group_by_input(cases);
  std::vector<Row> rows(cases.size());
  for (std::size_t i = 0; i < cases.size(); ++i) rows[i].id = cases[i];
  Progress counter(progress);
  oneapi::tbb::parallel_for(std::size_t{0}, groups.size(),
                            [&](std::size_t i) { run_group(groups[i], prepared, counter, rows); });
  return rows;
}

}  // namespace bitgate::compare
