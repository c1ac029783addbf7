// The laws behind distributions(): a batch of elements drawn from the counter, then an effect of the place.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "bitgate/compare/distribution.h"
#include "bitgate/compare/exact_math.h"
#include "bitgate/compare/philox.h"

namespace bitgate::compare {

// A batch is kQuads Philox blocks. Lane l of quad j is element 4 * (first_quad + j) + l: lanes apart, so that loops
// over quads vectorise.
inline constexpr std::size_t kQuads = 128;
inline constexpr std::size_t kBatch = 4 * kQuads;
template <typename T>
using Lanes = std::array<std::array<T, kQuads>, 4>;

struct Draws {
  std::uint64_t seed = 0, first_quad = 0;
  InputType type = InputType::kF32;
};

// Word `draw` of each element of the batch.
void fill_words(const Draws& draws, std::uint32_t draw, Lanes<std::uint32_t>& words) noexcept;
// Standard normals from word `draw` of each element: lanes 0 and 1, and lanes 2 and 3, share a radius and an angle.
void fill_normals(const Draws& draws, std::uint32_t draw, Lanes<double>& values) noexcept;

// values[i] is element `first` + i of the row-major tensor.
struct Place {
  std::uint64_t seed = 0;
  Extent extent;
  std::int64_t first = 0;
};

using ElementLaw = void (*)(const Draws& draws, Lanes<double>& values) noexcept;
// `period` is the number of rungs of a ladder; the others ignore it.
using PlaceEffect = void (*)(const Place& place, int period, std::span<double> values) noexcept;

void normal_law(const Draws& draws, Lanes<double>& values) noexcept;
void uniform_law(const Draws& draws, Lanes<double>& values) noexcept;
void laplace_law(const Draws& draws, Lanes<double>& values) noexcept;
void student_t3_law(const Draws& draws, Lanes<double>& values) noexcept;
void student_t5_law(const Draws& draws, Lanes<double>& values) noexcept;
void lognormal_law(const Draws& draws, Lanes<double>& values) noexcept;
void gelu_law(const Draws& draws, Lanes<double>& values) noexcept;
void swiglu_law(const Draws& draws, Lanes<double>& values) noexcept;
void pow2_edges_law(const Draws& draws, Lanes<double>& values) noexcept;

void outlier_columns(const Place& place, int period, std::span<double> values) noexcept;
void sparse_groups(const Place& place, int period, std::span<double> values) noexcept;
void row_ladder(const Place& place, int period, std::span<double> values) noexcept;
void row_lognormal(const Place& place, int period, std::span<double> values) noexcept;
void one_hot_row(const Place& place, int period, std::span<double> values) noexcept;

}  // namespace bitgate::compare
