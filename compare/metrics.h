// How good the numerics are. x is the input widened to double, y the exact product code * scale * global in double
// (reference::exact_row), so that one definition serves every recipe. Sums run in double in index order: a row first,
// then the rows, whatever the thread count.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "bitgate/compare/decoded_rows.h"
#include "bitgate/compare/lanes/kernels.h"
#include "bitgate/reference/format/tensor.h"

namespace bitgate::compare {

// signal = sum x^2, noise = sum (x - y)^2 over finite x. A y that is NaN or infinite where x is finite makes noise and
// max_error infinite.
struct Sums {
  double signal = 0, noise = 0;
  double max_error = 0;          // max |x - y|
  std::int64_t elements = 0;     // finite x
  std::int64_t nonfinite = 0;    // NaN or infinite x, left out of every other count
  std::int64_t saturated = 0;    // code at least as large as the largest finite positive one, and |x| > |y|
  std::int64_t nonzero = 0;      // x != 0
  std::int64_t underflowed = 0;  // x != 0 and y == 0
  std::int64_t blocks = 0, floor_blocks = 0;  // block scales; those at the smallest value the recipe gives
};

struct Spread {
  double min = 0, p1 = 0, median = 0;  // nearest rank: element ceil(q * n) of the sorted values; NaN without any
};

struct Metrics {
  Sums sums;
  double sqnr_db = 0;  // 10 log10(signal / noise); +inf when noise is 0 and signal is not; NaN when both are 0
  double nmse = 0;     // noise / signal; NaN when signal is 0
  double max_error = 0;
  double saturated_share = 0;  // saturated / elements; each share is 0 where there is nothing to count
  double underflow_share = 0;  // underflowed / nonzero
  double floor_share = 0;      // floor_blocks / blocks
  Spread row_sqnr_db;          // over rows whose signal is not 0
  std::int64_t rows_counted = 0;
};

// 10 log10(signal / noise), with the same bits on every machine; -inf when noise is infinite or signal alone is 0.
double sqnr_db(double signal, double noise) noexcept;
Spread spread(std::vector<double> values);

// The metrics of a tensor, from its rows in order: decoded once, they can serve other sums as well (peer_metrics.h).
class MetricSums {
 public:
  // `floor_scale_bits`: the scale bits that count as the floor (see floor_scale_bits in sweep.h).
  MetricSums(const QuantizedTensor& quantized, std::uint32_t floor_scale_bits);
  void add(const DecodedRow& row);
  // Of all rows; nothing is added after it.
  Metrics metrics();

 private:
  // Rows whose sums run side by side: each is a chain of additions in index order.
  static constexpr std::size_t kChains = 4;
  void sum_waiting();

  std::size_t cols_;
  // 1 for a code of at most eight bits whose magnitude is that of the largest finite positive one, or beyond it (int8's
  // -128).
  std::array<std::uint8_t, 256> saturated_codes_;
  std::size_t stride_, waiting_ = 0;  // of rows in the terms; rows there that are not in the sums yet
  std::vector<std::uint8_t> saturated_;
  std::vector<double> square_, noise_, row_sqnr_;
  std::array<lanes::RowCounts, kChains> counts_{};
  Metrics m_;
};

// A tensor of values without codes (a producer that only fake-quantizes) is measured by its values. Throws InputError
// when the input's extent is not the tensor's.
Metrics measure(const TypedView& input, const QuantizedTensor& quantized, std::uint32_t floor_scale_bits);

}  // namespace bitgate::compare
