#include "bitgate/compare/gemm_truth.h"

#include <fmt/format.h>

#include <Eigen/Dense>
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "bitgate/compare/long_accumulator.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reference/format/format.h"

namespace bitgate::compare {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using View = Eigen::Map<const RowMajor>;

constexpr std::int64_t kMaxK = std::int64_t{1} << 20;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The power of two that the last set bit of a finite number stands for; infinity for zero, a multiple of anything.
double last_place(double x) noexcept {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const int field = static_cast<int>(bits >> 52 & 0x7FF);
  const std::uint64_t fraction = bits & ((std::uint64_t{1} << 52) - 1);
  const std::uint64_t significand = field == 0 ? fraction : fraction | std::uint64_t{1} << 52;
  if (significand == 0) return kInfinity;
  return power_of_two(std::max(field, 1) - 1075 + std::countr_zero(significand));
}

// Of each row: a power of two of which every element is a multiple.
std::vector<double> grids(const View& m) {
  std::vector<double> grid(static_cast<std::size_t>(m.rows()), kInfinity);
  for (Eigen::Index row = 0; row < m.rows(); ++row)
    for (Eigen::Index col = 0; col < m.cols(); ++col)
      grid[static_cast<std::size_t>(row)] = std::min(grid[static_cast<std::size_t>(row)], last_place(m(row, col)));
  return grid;
}

View matrix(std::string_view name, std::span<const double> values, std::int64_t k) {
  if (k < 1 || k > kMaxK || values.size() % static_cast<std::size_t>(k) != 0)
    throw InputError(fmt::format("product: {} has {} numbers, expected rows of K = {} with K from 1 to 2^20", name,
                                 values.size(), k));
  for (const double x : values)
    if (!std::isfinite(x)) throw InputError(fmt::format("product: {} holds a number that is not finite", name));
  return {values.data(), static_cast<Eigen::Index>(values.size()) / k, k};
}

double exact_sum(const View& a, const View& b, Eigen::Index row, Eigen::Index col, double& error) {
  LongAccumulator sum;
  for (Eigen::Index k = 0; k < a.cols(); ++k) sum.add_product(a(row, k), b(col, k));
  const double value = sum.rounded();
  // Half a unit of the last place, of at most 53 bits.
  const int half_place = value == 0 ? -1074 : std::max(std::ilogb(value) - 53, -1074);
  error = sum.is(value) ? 0.0 : power_of_two(half_place);
  return value;
}

// The grid may underflow, to 0: then nothing is claimed to be exact.
bool is_exact(double magnitude, double grid) noexcept { return magnitude < 0x1p53 * grid; }

}  // namespace

GemmTruth gemm_truth(std::span<const double> a_values, std::span<const double> b_values, std::int64_t k,
                     TruthMethod method) {
  const View a = matrix("A", a_values, k), b = matrix("B", b_values, k);
  const auto n = static_cast<std::size_t>(a.rows() * b.rows());
  GemmTruth truth{{a.rows(), b.rows()}, std::vector<double>(n), std::vector<double>(n), std::vector<double>(n)};
  Eigen::Map<RowMajor> magnitudes(truth.magnitudes.data(), a.rows(), b.rows());
  magnitudes.noalias() = a.cwiseAbs() * b.cwiseAbs().transpose();
  // (K + 1) 2^-53 is below 2^-32; the smallest number covers products that became zero.
  magnitudes.array() = magnitudes.array() * (1.0 + 0x1p-31);
  if (method == TruthMethod::kDouble) {
    Eigen::Map<RowMajor> values(truth.values.data(), a.rows(), b.rows());
    values.noalias() = a * b.transpose();
  }
  const std::vector<double> a_grids = grids(a), b_grids = grids(b);
  const double unit = static_cast<double>(k + 1) * 0x1p-53, underflow = static_cast<double>(k) * 0x1p-1074;
  for (std::size_t i = 0; i < n; ++i) {
    const auto row = static_cast<Eigen::Index>(i) / b.rows(), col = static_cast<Eigen::Index>(i) % b.rows();
    const double grid = a_grids[static_cast<std::size_t>(row)] * b_grids[static_cast<std::size_t>(col)];
    double& magnitude = truth.magnitudes[i];
    if (magnitude >= 0x1p1000) throw InputError("product: the magnitudes of an element reach 2^1000");
    const bool every_bit_fits = is_exact(magnitude, grid);
    if (!every_bit_fits) magnitude += underflow;
    if (method == TruthMethod::kExact)
      truth.values[i] = exact_sum(a, b, row, col, truth.errors[i]);
    else
      truth.errors[i] = every_bit_fits ? 0.0 : unit * magnitude + underflow;
  }
  return truth;
}

}  // namespace bitgate::compare
