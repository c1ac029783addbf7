#include "bitgate/compare/peer_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "bitgate/compare/exact_math.h"
#include "bitgate/compare/round_to_type.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::compare {
namespace {

// To nearest even in the type, as a double.
double rounded(InputType type, double value) noexcept {
  if (type == InputType::kF32) return static_cast<float>(value);
  return widen(type, round_to_16(type == InputType::kBf16 ? kBf16 : kFp16, value));
}

double log10_of(double value) noexcept {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  constexpr double kLn10 = 0x1.26bb1bbb55516p+1;
  if (value != value || value == kInfinity) return value;
  if (value == 0.0) return -kInfinity;
  return exact::log(value) / kLn10;
}

std::vector<float> widened(const TypedView& input) {
  std::vector<float> values(static_cast<std::size_t>(count(input.extent)));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = element(input, static_cast<std::int64_t>(i));
  return values;
}

void require_same_size(std::size_t a, std::size_t b) {
  if (a != b) throw InputError(fmt::format("cannot measure: {} values against {}", a, b));
}

}  // namespace

double torchao_sqnr_db(const TypedView& x, std::span<const float> y) {
  const auto n = static_cast<std::size_t>(count(x.extent));
  require_same_size(n, y.size());
  double signal = 0.0, noise = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    const double value = element(x, static_cast<std::int64_t>(i));
    const double difference = rounded(x.type, value - rounded(x.type, y[i]));
    signal += value * value;
    noise += difference * difference;
  }
  const double norm_of_x = rounded(x.type, std::sqrt(signal));
  const double norm_of_difference = rounded(x.type, std::sqrt(noise));
  const double ratio = rounded(x.type, norm_of_x / norm_of_difference);
  const double log10_ratio = rounded(x.type, log10_of(ratio));
  return rounded(x.type, 20.0 * log10_ratio);
}

double ggml_nmse(std::span<const float> tested, std::span<const float> reference) {
  require_same_size(tested.size(), reference.size());
  double noise = 0.0, signal = 0.0;
  for (std::size_t i = 0; i < tested.size(); ++i) {
    const float difference = tested[i] - reference[i];
    const float squared_difference = difference * difference;
    const float square = tested[i] * tested[i];
    noise += squared_difference;
    signal += square;
  }
  return noise / signal;
}

bool passes_ggml_nmse(double nmse, double limit) noexcept { return nmse <= limit; }

float ggml_array_rmse(std::span<const float> a, std::span<const float> b) {
  require_same_size(a.size(), b.size());
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const float difference = a[i] - b[i];
    sum += static_cast<double>(difference) * difference;
  }
  const float root = std::sqrt(static_cast<float>(sum));
  return root / static_cast<float>(a.size());
}

PeerErrors peer_errors(const TypedView& input, const QuantizedTensor& quantized) {
  const Extent extent = quantized.extent;
  if (!(input.extent == extent))
    throw InputError(fmt::format("cannot measure: the input is {} x {}, the quantized tensor {} x {}",
                                 input.extent.rows, input.extent.cols, extent.rows, extent.cols));
  const std::vector<float> x = widened(input);
  if (quantized.codes.empty() && !quantized.values.empty())
    return {torchao_sqnr_db(input, quantized.values), ggml_nmse(quantized.values, x),
            ggml_array_rmse(quantized.values, x)};
  std::vector<float> y(x.size());
  std::vector<double> products(static_cast<std::size_t>(extent.cols));
  for (std::int64_t row = 0; row < extent.rows; ++row) {
    reference::exact_row(quantized, row, products);
    std::transform(products.begin(), products.end(), y.begin() + row * extent.cols,
                   [](double product) { return static_cast<float>(product); });
  }
  return {torchao_sqnr_db(input, y), ggml_nmse(y, x), ggml_array_rmse(y, x)};
}

}  // namespace bitgate::compare
