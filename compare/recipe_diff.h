// Two recipes held against each other: the axes in which they differ, how often that shows on generated inputs, and the
// smallest input on which it does.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bitgate/compare/rules_axes.h"
#include "bitgate/compare/separator.h"

namespace bitgate::compare {

struct DiffOptions {
  Extent extent{4096, 1024};  // whose elements the tensors of a distribution have together; directed ones a 32nd
  std::vector<std::string> distributions{};  // none: all, and the directed ones of both recipes
  std::optional<InputType> type{};           // none: see common_type
  std::uint64_t seed = 1;                    // of the first tensor; the others count on
  bool search = true;                        // for the smallest separating input
  std::optional<Direction> direction{};      // row-wise or column-wise; none: see common_direction
};

// How often two answers differ in one field. The error is of the mean over tensors: a tensor's differences hang
// together, since they share one global scale, so elements are no independent draws.
struct Frequency {
  Tally tally;
  double ppm = 0.0;                 // different / total; 0 without any
  double standard_error_ppm = 0.0;  // sqrt(sum over tensors (p_i - p)^2 / (n (n - 1)))
};

struct DiffRow {
  std::string distribution;                     // "normal", "scale_ties of te/nvfp4"
  std::int64_t tensors = 0;                     // that both took
  Extent extent;                                // of one tensor
  std::array<Frequency, kFieldCount> fields{};  // by Field
};

struct RecipeDiff {
  const reference::Recipe *a = nullptr, *b = nullptr;
  std::vector<AxisDifference> axes;
  std::string why_not;  // not empty: nothing could be run, and why; the rest is empty
  InputType type = InputType::kBf16;
  Direction direction = Direction::kRowwise;
  std::vector<DiffRow> rows;
  std::optional<Separator> separator;  // none: equal on all tried
};

// Elements of one tensor, or the fewest that both take. Small, so that many tensors, each with a global scale of its
// own, stand for all global scales: how often two recipes differ depends on the bits of that one number.
inline constexpr Extent kDiffTensor{16, 256};

// Deterministic, whatever the number of threads. Throws InputError for a type that one of them does not take, or an
// empty extent.
RecipeDiff diff(const reference::Recipe& a, const reference::Recipe& b, const DiffOptions& options = {});

}  // namespace bitgate::compare
