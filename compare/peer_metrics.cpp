#include "bitgate/compare/peer_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "bitgate/compare/exact_math.h"
#include "bitgate/compare/lanes/kernels.h"
#include "bitgate/compare/round_to_type.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

constexpr std::size_t kChunk = 256;  // elements whose terms stand side by side: 10 KiB
static_assert(lanes::padded(kChunk) == kChunk);

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

// PeerSums of y against elements of x, which copy_x(first, to) gives.
template <class CopyX>
PeerSums sums_of(InputType type, std::span<const float> y, CopyX copy_x) {
  PeerSums sums(type);
  std::array<float, kChunk> xs, ys;
  for (std::size_t first = 0; first < y.size(); first += kChunk) {
    const std::size_t n = std::min(kChunk, y.size() - first);
    xs.fill(0.0f), ys.fill(0.0f);
    copy_x(first, std::span(xs).first(n));
    std::copy_n(y.data() + first, n, ys.data());
    sums.add(xs, ys, n);
  }
  return sums;
}

PeerSums sums_of(std::span<const float> y, std::span<const float> x) {
  require_same_size(y.size(), x.size());
  return sums_of(InputType::kF32, y,
                 [x](std::size_t first, std::span<float> to) { std::copy_n(x.data() + first, to.size(), to.data()); });
}

}  // namespace

void PeerSums::add(std::span<const float> x, std::span<const float> y, std::size_t n) noexcept {
  std::array<std::array<double, kChunk>, 5> terms;
  for (std::size_t first = 0; first < n; first += kChunk) {
    const std::size_t here = std::min(kChunk, n - first);
    lanes::kernels().peer_terms(type_, x.data() + first, y.data() + first, lanes::padded(here),
                                {terms[0].data(), terms[1].data(), terms[2].data(), terms[3].data(), terms[4].data()});
    // Five chains of additions, each in index order, side by side.
    for (std::size_t i = 0; i < here; ++i) {
      torchao_signal_ += terms[0][i];
      torchao_noise_ += terms[1][i];
      ggml_noise_ += terms[2][i];
      ggml_signal_ += terms[3][i];
      ggml_squares_ += terms[4][i];
    }
  }
  elements_ += n;
}

double PeerSums::torchao_db() const noexcept {
  const double norm_of_x = rounded(type_, std::sqrt(torchao_signal_));
  const double norm_of_difference = rounded(type_, std::sqrt(torchao_noise_));
  const double ratio = rounded(type_, norm_of_x / norm_of_difference);
  const double log10_ratio = rounded(type_, log10_of(ratio));
  return rounded(type_, 20.0 * log10_ratio);
}

float PeerSums::ggml_rmse() const noexcept {
  const float root = std::sqrt(static_cast<float>(ggml_squares_));
  return root / static_cast<float>(elements_);
}

double torchao_sqnr_db(const TypedView& x, std::span<const float> y) {
  require_same_size(static_cast<std::size_t>(count(x.extent)), y.size());
  return sums_of(
             x.type, y,
             [&x](std::size_t first, std::span<float> to) { widen_elements(x, static_cast<std::int64_t>(first), to); })
      .torchao_db();
}

double ggml_nmse(std::span<const float> tested, std::span<const float> reference) {
  return sums_of(tested, reference).ggml_nmse();
}

bool passes_ggml_nmse(double nmse, double limit) noexcept { return nmse <= limit; }

float ggml_array_rmse(std::span<const float> a, std::span<const float> b) { return sums_of(a, b).ggml_rmse(); }

PeerErrors peer_errors(const TypedView& input, const QuantizedTensor& quantized) {
  DecodedRows decoded(input, quantized);
  PeerSums sums(input.type);
  for (std::int64_t row = 0; row < decoded.rows(); ++row) {
    const DecodedRow numbers = decoded.row(row);
    sums.add(numbers.x, numbers.y_f32, decoded.cols());
  }
  return sums.errors();
}

}  // namespace bitgate::compare
