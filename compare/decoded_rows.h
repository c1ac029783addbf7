// An input and its quantized answer row by row, as numbers: what metrics.h and peer_metrics.h measure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bitgate/reference/format/tensor.h"

namespace bitgate::compare {

// `cols` numbers each, then zeros up to a multiple of the lanes (lanes/kernels.h).
struct DecodedRow {
  std::span<const float> x;             // the input, widened
  std::span<const double> y;            // the exact product code * scale * global; the value of a tensor without codes
  std::span<const float> y_f32;         // the same, rounded
  std::span<const std::uint8_t> codes;  // no padding; empty for a tensor without codes
};

class DecodedRows {
 public:
  // Both must outlive this. Throws InputError when the input's extent is not the tensor's.
  DecodedRows(const TypedView& input, const QuantizedTensor& quantized);

  std::int64_t rows() const noexcept { return quantized_.extent.rows; }
  std::size_t cols() const noexcept { return static_cast<std::size_t>(quantized_.extent.cols); }
  // Valid until the next call.
  DecodedRow row(std::int64_t row);

 private:
  TypedView input_;
  const QuantizedTensor& quantized_;
  bool values_only_;
  std::vector<float> x_, y_f32_;
  std::vector<double> y_;
};

// Elements [first, first + to.size()) of the input, widened.
void widen_elements(const TypedView& input, std::int64_t first, std::span<float> to) noexcept;

}  // namespace bitgate::compare
