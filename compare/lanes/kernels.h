// The loops of compare/ that run on several numbers at once, compiled once for each level of instructions
// (reference/arith/level.h): the same bits at every level.
//
// unit.h holds their text; v2.cpp, v3.cpp and v4.cpp compile it. What those units call is inlined or has the number of
// lanes in its name, so that no other unit's code can end up compiled for a machine that is not there.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bitgate/reference/arith/level.h"
#include "bitgate/reference/format/tensor.h"

namespace bitgate::compare::lanes {

// Rows handed to a kernel are padded with zeros to a multiple of this.
inline constexpr std::size_t kPadding = 16;
constexpr std::size_t padded(std::size_t n) noexcept { return (n + kPadding - 1) / kPadding * kPadding; }

// What one row adds to the counts of metrics.h, and its largest error. Padding counts as elements.
struct RowCounts {
  double max_error = 0;
  std::int64_t elements = 0, saturated = 0, nonzero = 0, underflowed = 0;
};

// Terms of the sums that peers' tests compute (peer_metrics.h), element by element.
struct PeerTerms {
  double *torchao_signal, *torchao_noise, *ggml_noise, *ggml_signal, *ggml_square;
};

struct Kernels {
  // x^2 and (x - y)^2 of n elements, 0 where x is not finite, infinite where y alone is not; `saturated` is 1 where the
  // code is a largest one, else 0.
  RowCounts (*metric_terms)(const float* x, const double* y, const std::uint8_t* saturated, std::size_t n,
                            double* square, double* noise) noexcept;
  void (*peer_terms)(InputType type, const float* x, const float* y, std::size_t n, const PeerTerms& terms) noexcept;
};

extern const Kernels kV2, kV3, kV4;
const Kernels& kernels_of(reference::Level level) noexcept;
// Those of the chosen level (reference/arith/level.h).
const Kernels& kernels();

}  // namespace bitgate::compare::lanes
