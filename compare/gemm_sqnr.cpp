#include "bitgate/compare/gemm_sqnr.h"

#include <fmt/format.h>
#include <oneapi/tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <optional>

#include "bitgate/compare/case_operands.h"
#include "bitgate/compare/decoded_rows.h"
#include "bitgate/compare/exact_math.h"
#include "bitgate/compare/metrics.h"
#include "bitgate/compare/ordered_product.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::compare {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Energy {
  double signal = 0, noise = 0;
  void add(double exact, double actual) noexcept {
    if (!std::isfinite(exact)) return;
    signal += exact * exact;
    noise += std::isfinite(actual) ? (actual - exact) * (actual - exact) : kInfinity;
  }
  void add(const Energy& other) noexcept {
    signal += other.signal;
    noise += other.noise;
  }
};

// One recipe's answer to one side, or why there is none.
struct Answer {
  QuantizedTensor tensor;
  std::string refusal;
  double sqnr_db = kNan;
};

bool same_input(const TypedTensor& a, const TypedTensor& b) { return a.extent == b.extent && a.values == b.values; }

void decode_row(const QuantizedTensor& tensor, std::int64_t row, std::span<double> out) {
  if (!tensor.codes.empty()) return reference::exact_row(tensor, row, out);
  std::copy_n(tensor.values.begin() + row * tensor.extent.cols, out.size(), out.begin());
}

void widen_row(const TypedTensor& input, std::int64_t row, std::span<double> out) {
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = element(input.view(), row * input.extent.cols + static_cast<std::int64_t>(i));
}

double operand_sqnr(const TypedTensor& input, const QuantizedTensor& tensor) {
  const auto cols = static_cast<std::size_t>(input.extent.cols);
  std::vector<double> x(cols), y(cols);
  Energy total;
  for (std::int64_t row = 0; row < input.extent.rows; ++row) {
    widen_row(input, row, x);
    decode_row(tensor, row, y);
    Energy of_row;
    for (std::size_t i = 0; i < cols; ++i) of_row.add(x[i], y[i]);
    total.add(of_row);
  }
  return sqnr_db(total.signal, total.noise);
}

Answer ask(const Case& side, const TypedTensor& input) {
  Answer answer;
  const reference::Recipe& recipe = reference::require_recipe(side.recipe);
  try {
    const CaseOperands operands = operands_of(recipe, side);
    const Request request = request_of(recipe, input, operands);
    answer.tensor = reference::quantize(recipe, request);
    // A fused operation or a transform: the product would be of something else.
    if (!same_input(reference::operand(recipe, request, request.direction), input))
      throw InputError(fmt::format("{} quantizes more than its input: no product is measured of it", side.recipe));
    answer.sqnr_db = operand_sqnr(input, answer.tensor);
  } catch (const InputError& reason) {
    answer.refusal = reason.what();
  }
  return answer;
}

// One side's input and its answers, by recipe.
struct Side {
  TypedTensor input;
  std::vector<std::string> recipes;
  std::vector<Answer> answers;

  std::size_t add(const std::string& recipe) {
    const auto at = std::find(recipes.begin(), recipes.end(), recipe);
    if (at == recipes.end()) recipes.push_back(recipe);
    return static_cast<std::size_t>(std::find(recipes.begin(), recipes.end(), recipe) - recipes.begin());
  }
};

void quantize_all(const Case& like, bool weights, Side& side) {
  side.input = generate_side(like, weights);
  side.answers.resize(side.recipes.size());
  oneapi::tbb::parallel_for(std::size_t{0}, side.recipes.size(), [&](std::size_t i) {
    Case c = like;
    c.recipe = side.recipes[i];
    side.answers[i] = ask(c, side.input);
  });
}

// kTile rows of the input, or of an answer, from `first` on, beyond the last row zeros; transposed for B.
class Tile {
 public:
  Tile(std::int64_t first, const Extent& extent, bool transposed)
      : first_(first), extent_(extent), transposed_(transposed), row_(static_cast<std::size_t>(extent.cols)) {}

  template <class Fill>
  std::vector<double> make(Fill&& fill) {
    std::vector<double> out(kTile * row_.size());
    for (std::size_t r = 0; r < kTile && first_ + static_cast<std::int64_t>(r) < extent_.rows; ++r) {
      fill(first_ + static_cast<std::int64_t>(r), std::span(row_));
      for (std::size_t i = 0; i < row_.size(); ++i) out[transposed_ ? i * kTile + r : r * row_.size() + i] = row_[i];
    }
    return out;
  }

 private:
  std::int64_t first_;
  Extent extent_;
  bool transposed_;
  std::vector<double> row_;
};

std::vector<double> tile_of(const Side& side, std::optional<std::size_t> answer, std::int64_t first, bool transposed) {
  return Tile(first, side.input.extent, transposed).make([&](std::int64_t row, std::span<double> out) {
    if (answer)
      decode_row(side.answers[*answer].tensor, row, out);
    else
      widen_row(side.input, row, out);
  });
}

// Cases of one pair of inputs: A's tile and B's are generated, quantized and decoded once.
struct Problem {
  std::vector<std::size_t> cases;                          // places in the rows
  std::vector<std::pair<std::size_t, std::size_t>> pairs;  // of the cases: answers of a and b
  Side a, b;
};

// Noise and signal of each case in one tile of D.
std::vector<Energy> measure_tile(const Problem& problem, std::int64_t row, std::int64_t col) {
  const Extent extent{problem.a.input.extent.rows, problem.b.input.extent.rows};
  const auto k = static_cast<std::size_t>(problem.a.input.extent.cols);
  std::vector<double> exact(kTile * kTile), actual(kTile * kTile);
  ordered_product(tile_of(problem.a, {}, row, false), tile_of(problem.b, {}, col, true), k, exact);
  std::vector<std::vector<double>> of_b(problem.b.answers.size());
  std::vector<Energy> energies(problem.pairs.size());
  for (std::size_t a = 0; a < problem.a.answers.size(); ++a) {
    if (!problem.a.answers[a].refusal.empty()) continue;
    const std::vector<double> left = tile_of(problem.a, a, row, false);
    for (std::size_t i = 0; i < problem.pairs.size(); ++i) {
      const std::size_t b = problem.pairs[i].second;
      if (problem.pairs[i].first != a || !problem.b.answers[b].refusal.empty()) continue;
      if (of_b[b].empty()) of_b[b] = tile_of(problem.b, b, col, true);
      ordered_product(left, of_b[b], k, actual);
      for (std::size_t r = 0; r < kTile && row + static_cast<std::int64_t>(r) < extent.rows; ++r) {
        Energy of_row;
        for (std::size_t c = 0; c < kTile && col + static_cast<std::int64_t>(c) < extent.cols; ++c)
          of_row.add(exact[r * kTile + c], actual[r * kTile + c]);
        energies[i].add(of_row);
      }
    }
  }
  return energies;
}

void finish(const Problem& problem, std::size_t i, const Energy& energy, GemmRow& row) {
  const Answer &a = problem.a.answers[problem.pairs[i].first], &b = problem.b.answers[problem.pairs[i].second];
  row.refusal = a.refusal.empty() ? b.refusal : a.refusal;
  row.a_sqnr_db = a.sqnr_db;
  row.b_sqnr_db = b.sqnr_db;
  if (!row.refusal.empty()) {
    row.signal = row.noise = row.sqnr_db = row.predicted_db = kNan;
    return;
  }
  row.signal = energy.signal;
  row.noise = energy.noise;
  row.sqnr_db = sqnr_db(energy.signal, energy.noise);
  row.predicted_db = predicted_gemm_db(row.a_sqnr_db, row.b_sqnr_db);
}

void run_problem(Problem& problem, std::vector<GemmRow>& rows) {
  const GemmCase& like = rows[problem.cases.front()].id;
  quantize_all(like.a, false, problem.a);
  quantize_all(like.b, true, problem.b);
  constexpr auto kSide = static_cast<std::int64_t>(kTile);
  const std::int64_t down = ceil_div(like.a.extent.rows, kSide), across = ceil_div(like.b.extent.rows, kSide);
  std::vector<std::vector<Energy>> tiles(static_cast<std::size_t>(down * across));
  oneapi::tbb::parallel_for(std::int64_t{0}, down * across, [&](std::int64_t tile) {
    tiles[static_cast<std::size_t>(tile)] = measure_tile(problem, tile / across * kSide, tile % across * kSide);
  });
  for (std::size_t i = 0; i < problem.cases.size(); ++i) {
    Energy total;
    for (const std::vector<Energy>& tile : tiles) total.add(tile[i]);
    finish(problem, i, total, rows[problem.cases[i]]);
  }
}

std::vector<Problem> problems_of(const std::vector<GemmCase>& cases) {
  std::vector<Problem> problems;
  std::map<std::string, std::size_t> known;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    GemmCase inputs = cases[i];
    inputs.a.recipe.clear();
    inputs.b.recipe.clear();
    const auto [at, is_new] = known.emplace(inputs.name(), problems.size());
    if (is_new) problems.emplace_back();
    Problem& problem = problems[at->second];
    problem.cases.push_back(i);
    problem.pairs.emplace_back(problem.a.add(cases[i].a.recipe), problem.b.add(cases[i].b.recipe));
  }
  return problems;
}

}  // namespace

double predicted_gemm_db(double a_sqnr_db, double b_sqnr_db) noexcept {
  if (std::isnan(a_sqnr_db) || std::isnan(b_sqnr_db)) return kNan;
  if (std::min(a_sqnr_db, b_sqnr_db) == -kInfinity) return -kInfinity;
  constexpr double kTenth = 0.23025850929940458;  // ln 10 / 10
  // Beyond 1000 dB there is no noise to speak of, and exp() ends.
  const auto share = [](double db) { return db > 1000 ? 0.0 : exact::exp(-kTenth * std::max(db, -1000.0)); };
  const double r = share(a_sqnr_db), s = share(b_sqnr_db);
  return sqnr_db(1.0, r + s + r * s);
}

std::vector<GemmRow> run_gemms(const std::vector<GemmCase>& cases, const std::function<void(std::size_t)>& progress) {
  for (const GemmCase& c : cases)
    for (const Case* side : {&c.a, &c.b}) reference::require_recipe(side->recipe);
  std::vector<GemmRow> rows(cases.size());
  for (std::size_t i = 0; i < cases.size(); ++i) rows[i].id = cases[i];
  std::vector<Problem> problems = problems_of(cases);
  std::mutex mutex;
  std::size_t done = 0;
  oneapi::tbb::parallel_for(std::size_t{0}, problems.size(), [&](std::size_t i) {
    run_problem(problems[i], rows);
    const std::size_t n = problems[i].cases.size();
    problems[i] = {};
    if (!progress) return;
    const std::lock_guard lock(mutex);
    progress(done += n);
  });
  return rows;
}

}  // namespace bitgate::compare
