// How good the numerics are. x is the input widened to double, y the exact product code * scale * global in double
// (reference::exact_row), so that one definition serves every recipe. Sums run in double in index order: a row first,
// then the rows, whatever the thread count.
#pragma once

#include <cstdint>
#include <vector>

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

// A tensor of values without codes (a producer that only fake-quantizes) is measured by its values. Throws InputError
// when the input's extent is not the tensor's.
// `floor_scale_bits`: the scale bits that count as the floor (see floor_scale_bits in sweep.h).
Metrics measure(const TypedView& input, const QuantizedTensor& quantized, std::uint32_t floor_scale_bits);

}  // namespace bitgate::compare
