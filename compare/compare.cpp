#include "bitgate/compare/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

constexpr std::array<std::string_view, kFieldCount> kNames{"global", "scale", "element", "extra", "value"};
constexpr std::array<std::string_view, kFieldCount> kPlurals{"globals", "scales", "elements", "extras", "values"};

constexpr std::size_t index_of(Field field) noexcept { return static_cast<std::size_t>(field); }

std::array<std::size_t, kFieldCount> sizes_of(const QuantizedTensor& t) noexcept {
  return {t.global.size(), scale_count(t.scales), t.codes.size(), t.extras.size(), t.values.size()};
}

void require_comparable(const QuantizedTensor& expected, const QuantizedTensor& actual) {
  if (expected.scheme.id != actual.scheme.id)
    throw InputError(fmt::format("cannot compare: expected a tensor of scheme {}, got {}", expected.scheme.name,
                                 actual.scheme.name));
  if (expected.global_number != actual.global_number)
    throw InputError("cannot compare: the two tensors store different kinds of global number");
  if (!(expected.extent == actual.extent))
    throw InputError(fmt::format("cannot compare: expected a tensor of {} x {}, got {} x {}", expected.extent.rows,
                                 expected.extent.cols, actual.extent.rows, actual.extent.cols));
  if (expected.direction != actual.direction || expected.columnwise.size() != actual.columnwise.size())
    throw InputError("cannot compare: the two tensors are not of the same direction");
  const auto want = sizes_of(expected), got = sizes_of(actual);
  for (std::size_t field = 0; field < kFieldCount; ++field)
    if (want[field] != got[field])
      throw InputError(fmt::format("cannot compare: expected {} {}, got {}", want[field], kPlurals[field], got[field]));
  if (expected.scales.index() != actual.scales.index())
    throw InputError(fmt::format("cannot compare: expected scales stored as {}", expected.scheme.scale.name));
}

// Columns of the matrix by which a field is indexed; a global is one row, or one column for a row axis.
std::int64_t columns_of(Field field, const QuantizedTensor& t) noexcept {
  switch (field) {
    case Field::kGlobal: return t.scheme.global == GlobalAxis::kColumn ? t.extent.cols : 1;
    case Field::kScale: return blocks_per_row(t.scheme, t.extent.cols);
    case Field::kExtra: return extras_per_row(t.scheme, t.extent.cols);
    case Field::kElement:
    case Field::kValue: return t.extent.cols;
  }
  return 1;
}

const Format& format_of(Field field, const Scheme& scheme) noexcept {
  switch (field) {
    case Field::kScale: return scheme.scale;
    case Field::kElement: return scheme.element;
    case Field::kExtra: return scheme.extra;
    case Field::kGlobal:
    case Field::kValue: break;
  }
  return kFp32;
}

template <class T>
std::uint32_t bits_of(T value) noexcept {
  if constexpr (std::is_same_v<T, float>)
    return std::bit_cast<std::uint32_t>(value);
  else
    return value;
}

template <class T>
void compare_field(Field field, const std::vector<T>& expected, const std::vector<T>& actual, std::int64_t columns,
                   Comparison& result) {
  Tally& tally = result.tally[index_of(field)];
  tally.total = static_cast<std::int64_t>(expected.size());
  // Nearly always, and at the speed of memory.
  if (expected.empty() || std::memcmp(expected.data(), actual.data(), expected.size() * sizeof(T)) == 0) return;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const std::uint32_t want = bits_of(expected[i]), got = bits_of(actual[i]);
    if (want == got) continue;
    if (tally.different++ >= static_cast<std::int64_t>(kMismatchesKept)) continue;
    const auto index = static_cast<std::int64_t>(i);
    result.first.push_back({field, index / columns, index % columns, want, got});
  }
}

std::string bits_and_value(const Format& format, std::uint32_t bits) {
  // Every format but float32 itself is exact in binary32, whose shortest decimal is the one people know.
  const float value = format.bits == 32 ? std::bit_cast<float>(bits) : decode_float(format, bits);
  return fmt::format("0x{:0{}X} = {}", bits, (format.bits + 3) / 4, value);
}

}  // namespace

std::string_view name_of(Field field) noexcept { return kNames[index_of(field)]; }

bool Comparison::bit_exact() const noexcept { return different() == 0; }

std::int64_t Comparison::different() const noexcept {
  std::int64_t sum = 0;
  for (const Tally& field : tally) sum += field.different;
  for (const Comparison& twin : columnwise) sum += twin.different();
  return sum;
}

Comparison compare(const QuantizedTensor& expected, const QuantizedTensor& actual) {
  require_comparable(expected, actual);
  Comparison result;
  const auto columns = [&](Field field) { return columns_of(field, expected); };
  compare_field(Field::kGlobal, expected.global, actual.global, columns(Field::kGlobal), result);
  std::visit(
      [&](const auto& scales) {
        const auto& others = std::get<std::decay_t<decltype(scales)>>(actual.scales);
        compare_field(Field::kScale, scales, others, columns(Field::kScale), result);
      },
      expected.scales);
  compare_field(Field::kElement, expected.codes, actual.codes, columns(Field::kElement), result);
  compare_field(Field::kExtra, expected.extras, actual.extras, columns(Field::kExtra), result);
  compare_field(Field::kValue, expected.values, actual.values, columns(Field::kValue), result);
  for (std::size_t i = 0; i < expected.columnwise.size(); ++i)
    result.columnwise.push_back(compare(expected.columnwise[i], actual.columnwise[i]));
  return result;
}

std::string describe(const Comparison& comparison, const QuantizedTensor& expected) {
  std::string text;
  for (std::size_t field = 0; field < kFieldCount; ++field) {
    const Tally& tally = comparison.tally[field];
    if (tally.different == 0) continue;
    text +=
        fmt::format("{}{} of {} {} differ", text.empty() ? "" : "; ", tally.different, tally.total, kPlurals[field]);
    const auto first = std::find_if(comparison.first.begin(), comparison.first.end(),
                                    [&](const Mismatch& mismatch) { return index_of(mismatch.field) == field; });
    if (first == comparison.first.end()) continue;
    const Format& format = format_of(first->field, expected.scheme);
    text += fmt::format("; first ({}, {}): expected {}, got {}", first->row, first->col,
                        bits_and_value(format, first->expected), bits_and_value(format, first->actual));
  }
  for (std::size_t i = 0; i < comparison.columnwise.size(); ++i) {
    const std::string twin = describe(comparison.columnwise[i], expected.columnwise[i]);
    if (!twin.empty()) text += fmt::format("{}column-wise: {}", text.empty() ? "" : "; ", twin);
  }
  return text;
}

}  // namespace bitgate::compare
