#include "bitgate/compare/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>

#include "bitgate/compare/exact_math.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::compare {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Codes of at most eight bits whose magnitude is that of the largest finite positive code, or beyond it (int8's -128).
using SaturatedCodes = std::array<bool, 256>;
SaturatedCodes saturated_codes(const Format& element) noexcept {
  SaturatedCodes saturated{};
  for (std::uint32_t code = 0; code < std::min<std::uint64_t>(code_count(element), saturated.size()); ++code)
    saturated[code] = std::fabs(decode(element, code)) >= max_finite(element);
  return saturated;
}

struct RowInput {
  TypedView input;
  std::int64_t row;
  std::span<const std::uint8_t> codes;  // of the row; empty when the tensor has values only
  std::span<const double> decoded;      // y
};

Sums sums_of_row(const RowInput& in, const SaturatedCodes& saturated) noexcept {
  Sums sums;
  for (std::size_t col = 0; col < in.decoded.size(); ++col) {
    const double x = element(in.input, in.row * in.input.extent.cols + static_cast<std::int64_t>(col));
    if (!std::isfinite(x)) {
      ++sums.nonfinite;
      continue;
    }
    const double y = in.decoded[col];
    const double error = std::isfinite(y) ? std::fabs(x - y) : kInfinity;
    sums.signal += x * x;
    sums.noise += error * error;
    sums.max_error = std::max(sums.max_error, error);
    ++sums.elements;
    sums.nonzero += x != 0;
    sums.underflowed += x != 0 && y == 0;
    if (!in.codes.empty()) sums.saturated += saturated[in.codes[col]] && std::fabs(x) > std::fabs(y);
  }
  return sums;
}

void add_row(Sums& total, const Sums& row) noexcept {
  total.signal += row.signal;
  total.noise += row.noise;
  total.max_error = std::max(total.max_error, row.max_error);
  total.elements += row.elements;
  total.nonfinite += row.nonfinite;
  total.saturated += row.saturated;
  total.nonzero += row.nonzero;
  total.underflowed += row.underflowed;
}

double share(std::int64_t part, std::int64_t whole) noexcept {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

double sqnr_db(double signal, double noise) noexcept {
  if (signal == 0) return noise == 0 ? kNan : -kInfinity;
  if (noise == 0) return kInfinity;
  const double ratio = signal / noise;
  if (!std::isnormal(ratio)) return ratio < 1 ? -kInfinity : kInfinity;
  constexpr double kTenOverLn10 = 0x1.15f2ced384f29p+2;  // 10 / ln 10, to nearest
  return kTenOverLn10 * exact::log(ratio);
}

Spread spread(std::vector<double> values) {
  if (values.empty()) return {kNan, kNan, kNan};
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return {values[0], values[(n + 99) / 100 - 1], values[(n + 1) / 2 - 1]};
}

Metrics measure(const TypedView& input, const QuantizedTensor& quantized, std::uint32_t floor_scale_bits) {
  const Extent extent = quantized.extent;
  if (!(input.extent == extent))
    throw InputError(fmt::format("cannot measure: the input is {} x {}, the quantized tensor {} x {}",
                                 input.extent.rows, input.extent.cols, extent.rows, extent.cols));
  const auto cols = static_cast<std::size_t>(extent.cols);
  const bool values_only = quantized.codes.empty() && !quantized.values.empty();
  const SaturatedCodes saturated = saturated_codes(quantized.scheme.element);
  Metrics m;
  std::vector<double> decoded(cols), row_sqnr;
  for (std::int64_t row = 0; row < extent.rows; ++row) {
    const std::size_t start = static_cast<std::size_t>(row) * cols;
    if (values_only)
      std::copy_n(quantized.values.begin() + static_cast<std::ptrdiff_t>(start), cols, decoded.begin());
    else
      reference::exact_row(quantized, row, decoded);
    const std::span<const std::uint8_t> codes(quantized.codes);
    const Sums sums = sums_of_row({input, row, values_only ? codes : codes.subspan(start, cols), decoded}, saturated);
    add_row(m.sums, sums);
    if (sums.signal != 0) row_sqnr.push_back(sqnr_db(sums.signal, sums.noise));
  }
  m.sums.blocks = static_cast<std::int64_t>(scale_count(quantized.scales));
  for (std::size_t i = 0; i < scale_count(quantized.scales); ++i)
    m.sums.floor_blocks += scale_bits(quantized.scales, i) == floor_scale_bits;

  m.sqnr_db = sqnr_db(m.sums.signal, m.sums.noise);
  m.nmse = m.sums.signal == 0 ? kNan : m.sums.noise / m.sums.signal;
  m.max_error = m.sums.max_error;
  m.saturated_share = share(m.sums.saturated, m.sums.elements);
  m.underflow_share = share(m.sums.underflowed, m.sums.nonzero);
  m.floor_share = share(m.sums.floor_blocks, m.sums.blocks);
  m.rows_counted = static_cast<std::int64_t>(row_sqnr.size());
  m.row_sqnr_db = spread(std::move(row_sqnr));
  return m;
}

}  // namespace bitgate::compare
