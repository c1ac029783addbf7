#include "bitgate/compare/metrics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "bitgate/compare/exact_math.h"

namespace bitgate::compare {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::array<std::uint8_t, 256> saturated_codes(const Format& element) noexcept {
  std::array<std::uint8_t, 256> saturated{};
  for (std::uint32_t code = 0; code < std::min<std::uint64_t>(code_count(element), saturated.size()); ++code)
    saturated[code] = std::fabs(decode(element, code)) >= max_finite(element) ? 1 : 0;
  return saturated;
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

MetricSums::MetricSums(const QuantizedTensor& quantized, std::uint32_t floor_scale_bits)
    : cols_(static_cast<std::size_t>(quantized.extent.cols)),
      saturated_codes_(saturated_codes(quantized.scheme.element)),
      stride_(lanes::padded(cols_)),
      saturated_(stride_),
      square_(kChains * stride_),
      noise_(kChains * stride_) {
  m_.sums.blocks = static_cast<std::int64_t>(scale_count(quantized.scales));
  for (std::size_t i = 0; i < scale_count(quantized.scales); ++i)
    m_.sums.floor_blocks += scale_bits(quantized.scales, i) == floor_scale_bits;
}

void MetricSums::add(const DecodedRow& row) {
  std::transform(row.codes.begin(), row.codes.end(), saturated_.begin(),
                 [this](std::uint8_t code) { return saturated_codes_[code]; });
  const std::size_t at = waiting_ * stride_;
  counts_[waiting_++] = lanes::kernels().metric_terms(row.x.data(), row.y.data(), saturated_.data(), stride_,
                                                      square_.data() + at, noise_.data() + at);
  if (waiting_ == kChains) sum_waiting();
}

void MetricSums::sum_waiting() {
  std::array<double, kChains> signal{}, noise{};
  for (std::size_t col = 0; col < cols_; ++col)
    for (std::size_t r = 0; r < kChains; ++r) {
      signal[r] += square_[r * stride_ + col];
      noise[r] += noise_[r * stride_ + col];
    }
  for (std::size_t r = 0; r < waiting_; ++r) {
    const lanes::RowCounts& counts = counts_[r];
    const std::int64_t elements = counts.elements - static_cast<std::int64_t>(stride_ - cols_);
    add_row(m_.sums, {signal[r], noise[r], counts.max_error, elements, static_cast<std::int64_t>(cols_) - elements,
                      counts.saturated, counts.nonzero, counts.underflowed});
    if (signal[r] != 0) row_sqnr_.push_back(sqnr_db(signal[r], noise[r]));
  }
  waiting_ = 0;
}

Metrics MetricSums::metrics() {
  sum_waiting();
  Metrics m = m_;
  m.sqnr_db = sqnr_db(m.sums.signal, m.sums.noise);
  m.nmse = m.sums.signal == 0 ? kNan : m.sums.noise / m.sums.signal;
  m.max_error = m.sums.max_error;
  m.saturated_share = share(m.sums.saturated, m.sums.elements);
  m.underflow_share = share(m.sums.underflowed, m.sums.nonzero);
  m.floor_share = share(m.sums.floor_blocks, m.sums.blocks);
  m.rows_counted = static_cast<std::int64_t>(row_sqnr_.size());
  m.row_sqnr_db = spread(row_sqnr_);
  return m;
}

Metrics measure(const TypedView& input, const QuantizedTensor& quantized, std::uint32_t floor_scale_bits) {
  DecodedRows decoded(input, quantized);
  MetricSums sums(quantized, floor_scale_bits);
  for (std::int64_t row = 0; row < decoded.rows(); ++row) sums.add(decoded.row(row));
  return sums.metrics();
}

}  // namespace bitgate::compare
