// Errors as the producers' own tests compute them, beside ours (metrics.h). They answer "would their test pass?", so
// each keeps its author's roundings, and his slips.
//
// torchao, compute_error (pytorch/ao 36027d82, torchao/quantization/utils.py): 20 log10(|x|_2 / |x - y|_2), every step
// in the tensors' own type. In bf16 one step near 20 dB is 0.125 dB.
// ggml, nmse (ggml-org/ggml d99724f2, tests/test-backend-ops.cpp): sum (a - b)^2 / sum a^2, a the tested one.
// ggml, array_rmse (same, tests/test-quantize-fns.cpp): sqrt(sum d^2) / n. It is the root of the mean square divided by
// sqrt(n): at its n = 4096, 1/64 of what its name says.
#pragma once

#include <limits>
#include <span>

#include "bitgate/compare/decoded_rows.h"
#include "bitgate/reference/format/tensor.h"

namespace bitgate::compare {

// x is the input in its type, y the values that replace it, first rounded to that type. With R the rounding to the
// type:
//   d = R(x - y); n(v) = R(sqrt(sum v^2)), summed in double in index order; R(20 R(log10 R(n(x) / n(d)))).
// Equal tensors give +inf, two zero tensors NaN. A NaN in either gives NaN. Peers sum in an order of their own, in
// binary32: where theirs crosses a rounding boundary of n the results are one step apart.
// Throws InputError when the sizes differ.
double torchao_sqnr_db(const TypedView& x, std::span<const float> y);

// sum (a - b)^2 / sum a^2: differences and squares in binary32, sums in double. NaN when a value is NaN or all of a is
// 0 and equal to b.
double ggml_nmse(std::span<const float> tested, std::span<const float> reference);
// As their test judges it: a NaN fails.
bool passes_ggml_nmse(double nmse, double limit) noexcept;

// sqrt(sum d^2) / n: differences in binary32, squares and sum in double, root and quotient in binary32.
float ggml_array_rmse(std::span<const float> a, std::span<const float> b);

// All three of one tensor. y is the exact product code * scale * global rounded to binary32 (metrics.h has it in
// double), or the values of a tensor without codes; x is widened to binary32 for ggml, where y is the tested one.
struct PeerErrors {
  double torchao_db = std::numeric_limits<double>::quiet_NaN();
  double ggml_nmse = std::numeric_limits<double>::quiet_NaN();
  double ggml_rmse = std::numeric_limits<double>::quiet_NaN();
};
// The sums behind all three, added in index order.
class PeerSums {
 public:
  explicit PeerSums(InputType type) noexcept : type_(type) {}
  // x is the reference of ggml's numbers, y the tested one: as many numbers, padded with zeros as in a DecodedRow.
  void add(std::span<const float> x, std::span<const float> y, std::size_t n) noexcept;
  double torchao_db() const noexcept;
  double ggml_nmse() const noexcept { return ggml_noise_ / ggml_signal_; }
  float ggml_rmse() const noexcept;
  PeerErrors errors() const noexcept { return {torchao_db(), ggml_nmse(), ggml_rmse()}; }

 private:
  InputType type_;
  std::size_t elements_ = 0;
  double torchao_signal_ = 0, torchao_noise_ = 0, ggml_noise_ = 0, ggml_signal_ = 0, ggml_squares_ = 0;
};

// Throws InputError when the input's extent is not the tensor's.
PeerErrors peer_errors(const TypedView& input, const QuantizedTensor& quantized);

}  // namespace bitgate::compare
