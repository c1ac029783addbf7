#include "bitgate/compare/directed_errors.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "bitgate/compare/choices.h"
#include "bitgate/compare/directed.h"
#include "bitgate/reference/format/encode.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::compare {

namespace {

constexpr int kScaleTries = 16, kTries = 8;
constexpr std::size_t kCandidates = 256;

// What one unit of an element's code stands for under either scale.
struct Steps {
  double six, four;
};

struct Job {
  InputType type;
  reference::BlockError error;
  double target;         // S times the tensor's (or the row's) amax; 0: S is 1
  double largest_scale;  // target / 6
  int tries;
};

double rounded(InputType type, double x) noexcept { return value_of(type, bits_of(type, x)); }

double nearest(double x, double step) noexcept {
  double best = 0.0;
  for (const double code : {0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0})
    if (std::fabs(code * step - x) < std::fabs(best - x)) best = code * step;
  return best;
}

// The error of x with the amax at 4, less that with the amax at 6.
double gain(const Job& job, const Steps& steps, double x) noexcept {
  const double four = std::fabs(nearest(x, steps.four) - x), six = std::fabs(nearest(x, steps.six) - x);
  return job.error == reference::BlockError::kMae ? four - six : four * four - six * six;
}

double scale_of(double unrounded) {
  return decode(kE4m3, encode(kE4m3, static_cast<float>(unrounded), kCvtRnSatfinite));
}

// An amax of the block below the global one, under which the scale for 4 is 1.5 times that for 6, if one is found.
double choose_amax(const Job& job, Choices& choices, double global_amax, double encode_scale, Steps& steps) {
  double amax = global_amax;
  for (int i = 0; i < kScaleTries; ++i) {
    const double down = power_of_two(-1 - static_cast<int>(choices.below(4)));
    amax = rounded(job.type, global_amax * down * (1.0 + choices.unit()));
    const double six = scale_of(amax * encode_scale / 6.0), four = scale_of(amax * encode_scale / 4.0);
    steps = {six / encode_scale, four / encode_scale};
    if (four == 1.5 * six) break;
  }
  return amax;
}

// x, moved until `sum`, to which it contributes, is 0, where no code changes on the way.
double balanced(const Job& job, const Steps& steps, double x, double amax, double sum) {
  const double h = x * 0x1p-20;
  const double slope = (gain(job, steps, x + h) - gain(job, steps, x - h)) / (2.0 * h);
  if (slope == 0.0 || x == 0.0) return x;
  const double moved = rounded(job.type, x - sum / slope);
  const double after = sum + gain(job, steps, moved) - gain(job, steps, x);
  return moved > 0.0 && moved < amax && std::fabs(after) < std::fabs(sum) ? moved : x;
}

// Two numbers of whose gains and `sum` little is left.
std::array<double, 2> choose_two(const Job& job, Choices& choices, const Steps& steps, double amax, double sum) {
  std::vector<std::pair<double, double>> list;
  for (std::size_t i = 0; i < kCandidates; ++i) {
    const double x = rounded(job.type, amax * choices.unit());
    list.emplace_back(gain(job, steps, x), x);
  }
  std::sort(list.begin(), list.end());
  std::array<double, 2> best{list[0].second, list[0].second};
  double least = std::fabs(sum + 2.0 * list[0].first);
  std::size_t j = list.size() - 1;
  for (const auto& [of_x, x] : list) {
    while (j > 0 && sum + of_x + list[j].first > 0.0) --j;
    for (const std::size_t k : {j, std::min(j + 1, list.size() - 1)}) {
      const double left = std::fabs(sum + of_x + list[k].first);
      if (left < least) best = {x, list[k].second};
      least = std::min(left, least);
    }
  }
  const double left = sum + gain(job, steps, best[0]) + gain(job, steps, best[1]);
  best[0] = balanced(job, steps, best[0], amax, left);
  return best;
}

// Magnitudes of one block, its amax among them.
std::vector<double> solved_block(const Job& job, Choices& choices, double global_amax, std::size_t n) {
  const double encode_scale = job.target == 0.0 ? 1.0 : job.target / global_amax;
  Steps steps{};
  const double amax = choose_amax(job, choices, global_amax, encode_scale, steps);
  std::vector<double> best(n, amax);
  double least = -1.0;
  for (int attempt = 0; attempt < job.tries && n > 3 && least != 0.0; ++attempt) {
    std::vector<double> x(n, amax);
    double sum = gain(job, steps, amax);
    for (std::size_t i = 0; i < n - 3; ++i) {
      const double unit = choices.unit();
      const double small = (1.0 + unit) * power_of_two(-8 - static_cast<int>(choices.below(8)));
      x[i] = rounded(job.type, amax * (choices.below(4) == 0 ? small : unit));
      sum += gain(job, steps, x[i]);
    }
    const std::array<double, 2> two = choose_two(job, choices, steps, amax, sum);
    std::copy(two.begin(), two.end(), x.end() - 3);
    const double left = std::fabs(sum + gain(job, steps, two[0]) + gain(job, steps, two[1]));
    if (least >= 0.0 && left >= least) continue;
    least = left;
    best = x;
  }
  for (std::size_t i = n; i > 1; --i) std::swap(best[i - 1], best[choices.below(static_cast<std::uint32_t>(i))]);
  return best;
}

// The tensor's amax, or a row's: of odd seeds the largest scale times a power of two, so that S is 3 times one.
double choose_global_amax(const Job& job, std::uint64_t seed, std::uint64_t scope) {
  Choices choices(seed, Purpose::kGlobal, scope);
  const int exponent = static_cast<int>(choices.below(9)) - 4;
  const double any = 256.0 * (1.0 + choices.unit());
  return rounded(job.type, (seed % 2 == 1 ? job.largest_scale : any) * power_of_two(exponent));
}

}  // namespace

TypedTensor generate_error_ties(const reference::Recipe& recipe, const Distribution& distribution, InputType type,
                                Extent extent, std::uint64_t seed) {
  if (distribution.log2_amplitude != 0)
    throw InputError(fmt::format("distribution \"{}@2^{}\": expected no amplitude, ties of errors have none",
                                 distribution.name, distribution.log2_amplitude));
  const Scheme& scheme = scheme_of(recipe.rules.scheme);
  const double target = recipe.rules.global.target;
  const reference::Special kind = recipe.rules.special.kind;
  const bool weighs = kind == reference::Special::kFourOverSix || kind == reference::Special::kFlashinferFourOverSix;
  const Job job{type, recipe.rules.special.error, target, target == 0.0 ? 448.0 : target / 6.0, weighs ? kTries : 1};
  const std::int64_t width = block_probe_width(scheme), blocks = ceil_div(extent.cols, width);
  const std::int64_t height = std::max<std::int64_t>(scheme.block.rows, 1);
  const bool by_row = scheme.global == GlobalAxis::kRow;
  TypedTensor out = make_input(type, extent);
  for (std::int64_t i = 0; i < extent.rows * blocks; ++i) {
    const std::int64_t row = i / blocks, col = i % blocks * width;
    if (row % height != 0) continue;
    const double global_amax = choose_global_amax(job, seed, by_row ? static_cast<std::uint64_t>(row) : 0);
    Choices choices(seed, Purpose::kBlock, static_cast<std::uint64_t>(i));
    const auto n = static_cast<std::size_t>(std::min(width, extent.cols - col));
    std::vector<double> x = solved_block(job, choices, global_amax, n);
    if (by_row ? col == 0 : i == 0) x[0] = global_amax;
    for (std::size_t k = 0; k < n; ++k)
      put(out, row * extent.cols + col + static_cast<std::int64_t>(k), bits_of(type, x[k]) | choices.sign(type));
  }
  return out;
}

}  // namespace bitgate::compare
