#include "bitgate/compare/matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "bitgate/compare/metrics.h"
#include "bitgate/compare/mistakes.h"
#include "bitgate/compare/tensor_description.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::compare {
namespace {

struct Energy {
  double signal = 0.0, noise = 0.0;
};

void decode_row(const QuantizedTensor& tensor, std::int64_t row, std::vector<double>& out) {
  if (!tensor.codes.empty()) return reference::exact_row(tensor, row, out);
  std::copy_n(tensor.values.begin() + row * tensor.extent.cols, out.size(), out.begin());
}

void add_energy(const QuantizedTensor& a, const QuantizedTensor& b, Energy& sum) {
  const auto cols = static_cast<std::size_t>(a.extent.cols);
  std::vector<double> left(cols), right(cols);
  for (std::int64_t row = 0; row < a.extent.rows; ++row) {
    decode_row(a, row, left);
    decode_row(b, row, right);
    Energy of_row;
    for (std::size_t col = 0; col < cols; ++col) {
      if (!std::isfinite(left[col])) continue;
      const double off = std::isfinite(right[col]) ? left[col] - right[col] : std::numeric_limits<double>::infinity();
      of_row.signal += left[col] * left[col];
      of_row.noise += off * off;
    }
    sum.signal += of_row.signal;
    sum.noise += of_row.noise;
  }
}

Direction direction_of(const QuantizedTensor& tensor) noexcept {
  return tensor.columnwise.empty() ? tensor.direction : Direction::kBoth;
}

// First of all: a column-wise tensor is stored transposed, and its extent alone would puzzle.
void require_one_direction(const NamedTensor& a, const NamedTensor& b) {
  const Direction of_a = direction_of(a.tensor), of_b = direction_of(b.tensor);
  if (of_a != of_b)
    throw InputError(fmt::format("{} and {}: cannot compare: expected tensors of one direction, got {} and {}", a.name,
                                 b.name, name_of(of_a), name_of(of_b)));
}

Comparison compared(const NamedTensor& a, const NamedTensor& b) {
  require_one_direction(a, b);
  try {
    return compare(a.tensor, b.tensor);
  } catch (const InputError& error) {
    throw InputError(fmt::format("{} and {}: {}", a.name, b.name, error.what()));
  }
}

PairDifference difference(const NamedTensor& a, const NamedTensor& b) {
  const Comparison comparison = compared(a, b);
  PairDifference pair{a.name, b.name, comparison.tally, 0, 0.0, {}, false};
  // `first` follows the order of the stages.
  if (!comparison.first.empty()) pair.parts = comparison.first.front();
  for (const Comparison& twin : comparison.columnwise) {
    for (std::size_t field = 0; field < kFieldCount; ++field) {
      pair.tally[field].total += twin.tally[field].total;
      pair.tally[field].different += twin.tally[field].different;
    }
    if (pair.parts || twin.first.empty()) continue;
    pair.parts = twin.first.front();
    pair.parts_in_twin = true;
  }
  pair.different_bytes = different_bytes(pair.tally, a.tensor.scheme);
  pair.sqnr_db = value_sqnr_db(a.tensor, b.tensor);
  return pair;
}

}  // namespace

double value_sqnr_db(const QuantizedTensor& a, const QuantizedTensor& b) {
  Energy sum;
  add_energy(a, b, sum);
  for (std::size_t i = 0; i < a.columnwise.size(); ++i) add_energy(a.columnwise[i], b.columnwise[i], sum);
  return sqnr_db(sum.signal, sum.noise);
}

std::vector<PairDifference> matrix(const std::vector<NamedTensor>& tensors) {
  std::vector<PairDifference> pairs;
  for (std::size_t i = 0; i < tensors.size(); ++i)
    for (std::size_t j = i + 1; j < tensors.size(); ++j) {
      if (tensors[i].name == tensors[j].name)
        throw InputError(fmt::format("two tensors have the name '{}', expected one each", tensors[i].name));
      pairs.push_back(difference(tensors[i], tensors[j]));
    }
  return pairs;
}

std::string_view stage_of(Field field) noexcept {
  switch (field) {
    case Field::kGlobal: return "global";
    case Field::kScale: return "scales";
    case Field::kElement: return "codes";
    case Field::kExtra: return "extras";
    case Field::kValue: return "values";
  }
  return "?";
}

}  // namespace bitgate::compare
