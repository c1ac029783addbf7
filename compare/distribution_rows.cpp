// Rows that differ in scale: what a scale shared by a whole tensor loses, and one a row keeps.
#include <algorithm>

#include "bitgate/compare/laws.h"

namespace bitgate::compare {

namespace {

// Multiplies each row's part of `values` by factor(row).
template <typename F>
void scale_rows(const Place& place, std::span<double> values, F factor) noexcept {
  std::size_t at = 0;
  while (at < values.size()) {
    const std::int64_t index = place.first + static_cast<std::int64_t>(at);
    const std::int64_t row = index / place.extent.cols;
    const auto left_in_row = static_cast<std::size_t>((row + 1) * place.extent.cols - index);
    const std::size_t n = std::min(left_in_row, values.size() - at);
    const double f = factor(row);
    for (double& value : values.subspan(at, n)) value *= f;
    at += n;
  }
}

}  // namespace

void row_ladder(const Place& place, int period, std::span<double> values) noexcept {
  scale_rows(place, values, [period](std::int64_t row) { return power_of_two(-static_cast<int>(row % period)); });
}

void row_lognormal(const Place& place, int, std::span<double> values) noexcept {
  scale_rows(place, values, [&place](std::int64_t row) {
    const PhiloxBlock block = random_block(place.seed, Purpose::kRow, 0, static_cast<std::uint64_t>(row));
    return exact::exp(2.0 * exact::normal_pair(block[0], block[1]).first);
  });
}

void one_hot_row(const Place& place, int, std::span<double> values) noexcept {
  scale_rows(place, values, [](std::int64_t row) { return row == 0 ? 0x1p10 : 0x1p-6; });
}

}  // namespace bitgate::compare
