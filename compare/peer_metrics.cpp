#include "bitgate/compare/peer_metrics.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "bitgate/compare/exact_math.h"
#include "bitgate/compare/round_to_type.h"
#include "bitgate/reference/format/error.h"

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

}  // namespace bitgate::compare
