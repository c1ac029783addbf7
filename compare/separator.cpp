#include "bitgate/compare/separator.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "bitgate/compare/boundary_search.h"
#include "bitgate/compare/choices.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

using reference::Recipe;

std::uint32_t bits_at(const TypedTensor& tensor, std::size_t i) noexcept {
  if (tensor.type == InputType::kF32) return std::bit_cast<std::uint32_t>(std::get<0>(tensor.values)[i]);
  return std::get<1>(tensor.values)[i];
}

std::optional<Mismatch> first_difference(const Recipe& a, const Recipe& b, const TypedView& input,
                                         Direction direction) {
  try {
    const Comparison comparison = compare_common(ask(a, input, direction), ask(b, input, direction));
    if (comparison.first.empty()) return std::nullopt;
    return comparison.first.front();
  } catch (const InputError&) {
    return std::nullopt;  // an input that one of them refuses tells nothing
  }
}

class Shrinker {
 public:
  Shrinker(const Recipe& a, const Recipe& b, const TypedTensor& input, Direction direction)
      : a_(a), b_(b), direction_(direction), unit_(common_extent({&a, &b}, direction)), best_(input) {}

  TypedTensor run() {
    zero_rows();
    crop();
    zero_columns();
    crop();
    zero_elements();
    crop();
    simplify_elements();
    zero_elements();
    return best_;
  }

 private:
  bool keep_if_it_separates(TypedTensor candidate) {
    if (!first_difference(a_, b_, candidate.view(), direction_)) return false;
    best_ = std::move(candidate);
    return true;
  }

  // Halves, quarters, ... of n things are cleared where the rest still separates.
  void clear_parts(std::int64_t n, const std::function<void(TypedTensor&, std::int64_t)>& clear) {
    for (std::int64_t size = (n + 1) / 2; size >= 1; size /= 2)
      for (std::int64_t first = 0; first < n; first += size) {
        TypedTensor candidate = best_;
        for (std::int64_t i = first; i < std::min(first + size, n); ++i) clear(candidate, i);
        if (candidate.values != best_.values) keep_if_it_separates(std::move(candidate));
      }
  }

  void zero_rows() {
    const std::int64_t cols = best_.extent.cols;
    clear_parts(best_.extent.rows, [cols](TypedTensor& t, std::int64_t row) {
      for (std::int64_t col = 0; col < cols; ++col) put(t, row * cols + col, 0);
    });
  }
  void zero_columns() {
    const Extent extent = best_.extent;
    clear_parts(extent.cols, [extent](TypedTensor& t, std::int64_t col) {
      for (std::int64_t row = 0; row < extent.rows; ++row) put(t, row * extent.cols + col, 0);
    });
  }
  void zero_elements() {
    std::vector<std::int64_t> places;
    for (std::int64_t i = 0; i < count(best_.extent); ++i)
      if (bits_at(best_, static_cast<std::size_t>(i)) != 0) places.push_back(i);
    clear_parts(static_cast<std::int64_t>(places.size()),
                [&places](TypedTensor& t, std::int64_t i) { put(t, places[static_cast<std::size_t>(i)], 0); });
  }

  // Groups of unit rows (columns) that hold something, at least one.
  std::vector<std::int64_t> used(bool rows) const {
    const std::int64_t size = rows ? unit_.rows : unit_.cols;
    std::vector<std::int64_t> groups;
    for (std::int64_t i = 0; i < count(best_.extent); ++i) {
      if (bits_at(best_, static_cast<std::size_t>(i)) == 0) continue;
      groups.push_back((rows ? i / best_.extent.cols : i % best_.extent.cols) / size);
    }
    std::sort(groups.begin(), groups.end());
    groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
    if (groups.empty()) groups.push_back(0);
    return groups;
  }

  void crop() {
    const std::vector<std::int64_t> rows = used(true), cols = used(false);
    TypedTensor candidate = make_input(best_.type, {static_cast<std::int64_t>(rows.size()) * unit_.rows,
                                                    static_cast<std::int64_t>(cols.size()) * unit_.cols});
    for (std::int64_t row = 0; row < candidate.extent.rows; ++row)
      for (std::int64_t col = 0; col < candidate.extent.cols; ++col) {
        const std::int64_t from_row = rows[static_cast<std::size_t>(row / unit_.rows)] * unit_.rows + row % unit_.rows;
        const std::int64_t from_col = cols[static_cast<std::size_t>(col / unit_.cols)] * unit_.cols + col % unit_.cols;
        if (from_row >= best_.extent.rows || from_col >= best_.extent.cols) continue;
        const auto from = static_cast<std::size_t>(from_row * best_.extent.cols + from_col);
        put(candidate, row * candidate.extent.cols + col, bits_at(best_, from));
      }
    if (count(candidate.extent) < count(best_.extent)) keep_if_it_separates(std::move(candidate));
  }

  // Each element in turn: positive, then with as few bits of its mantissa as will do.
  void simplify_elements() {
    const Format& format = format_of(best_.type);
    for (std::int64_t i = 0; i < count(best_.extent); ++i) {
      const auto at = static_cast<std::size_t>(i);
      if (bits_at(best_, at) == 0) continue;
      TypedTensor positive = best_;
      put(positive, i, bits_at(best_, at) & magnitude_mask(format));
      keep_if_it_separates(std::move(positive));
      const std::uint32_t bits = bits_at(best_, at);
      if (is_nan(format, bits)) continue;
      for (int kept = 0; kept < format.mantissa_bits; ++kept) {
        TypedTensor fewer = best_;
        put(fewer, i, bits & ~(mantissa_mask(format) >> kept));
        if (keep_if_it_separates(std::move(fewer))) break;
      }
    }
  }

  const Recipe &a_, &b_;
  Direction direction_;
  Extent unit_;
  TypedTensor best_;
};

struct Trial {
  const Recipe* of;  // whose directed input
  std::string distribution;
  Extent extent;
  std::uint64_t seed;
};

constexpr const char* kPlain[] = {"normal", "uniform", "row_ladder"};

Extent at_least(const Extent& least, const Extent& unit) noexcept {
  return {ceil_div(least.rows, unit.rows) * unit.rows, ceil_div(least.cols, unit.cols) * unit.cols};
}
constexpr Extent kSmall{2, 64}, kMedium{16, 256}, kLarge{256, 1024};

std::vector<Trial> small_trials(const Recipe& a, const Recipe& b, const Extent& unit, std::uint64_t seeds) {
  std::vector<Trial> list;
  for (const Extent& extent : {at_least(kSmall, unit), at_least(kMedium, unit)})
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      for (const char* name : kPlain) list.push_back({&a, name, extent, seed});
      for (const Recipe* of : {&a, &b})
        for (const std::string& name : directed_for(*of))
          if (name != "special") list.push_back({of, name, extent, seed});
    }
  return list;
}

std::vector<Trial> large_trials(const Recipe& a, const Recipe& b, const Extent& unit) {
  std::vector<Trial> list;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    for (const char* name : kPlain) list.push_back({&a, name, at_least(kLarge, unit), seed});
    for (const Recipe* of : {&a, &b})
      if (directed_for(*of).size() > 1) list.push_back({of, "scale_ties", at_least(kLarge, unit), seed});
  }
  return list;
}

// By seed mod 4 they leave out NaN and infinity; what is finite says more, so those come first.
std::vector<Trial> special_trials(const Recipe& a, const Recipe& b, const Extent& unit) {
  std::vector<Trial> list;
  for (const std::uint64_t seed : {2, 6, 3, 1, 5, 0, 4})
    for (const Recipe* of : {&a, &b})
      if (!directed_for(*of).empty()) list.push_back({of, "special", at_least(kMedium, unit), seed});
  return list;
}

TypedTensor transposed(const TypedTensor& tensor) {
  const Extent extent{tensor.extent.cols, tensor.extent.rows};
  TypedTensor turned = make_input(tensor.type, extent);
  for (std::int64_t i = 0; i < count(extent); ++i)
    put(turned, i, bits_at(tensor, static_cast<std::size_t>(i % extent.cols * tensor.extent.cols + i / extent.cols)));
  return turned;
}

class Finder {
 public:
  Finder(const Recipe& a, const Recipe& b, InputType type, Direction direction)
      : a_(a), b_(b), type_(type), direction_(direction), unit_(common_extent({&a, &b}, direction)) {}

  std::optional<Separator> run(const SearchEffort& effort) const {
    if (auto found = first_of(small_trials(a_, b_, unit_, effort.seeds))) return found;
    if (auto found = first_of(special_trials(a_, b_, unit_))) return found;
    const auto edge = differ_at_a_boundary(a_, b_, type_, direction_, at_least(kSmall, unit_), effort.boundaries);
    if (edge) return shrunk(*edge, "the edge of a decision");
    return effort.large ? first_of(large_trials(a_, b_, unit_)) : std::nullopt;
  }

 private:
  // Directed inputs are solved along rows; down the columns they serve the column-wise side.
  TypedTensor input_of(const Trial& trial) const {
    if (direction_ == Direction::kRowwise)
      return generate(*trial.of, {trial.distribution}, type_, trial.extent, trial.seed);
    const Extent turned{trial.extent.cols, trial.extent.rows};
    return transposed(generate(*trial.of, {trial.distribution}, type_, turned, trial.seed));
  }
  Separator shrunk(const TypedTensor& input, std::string from) const {
    TypedTensor smallest = shrink(a_, b_, input, direction_);
    const Mismatch first = first_difference(a_, b_, smallest.view(), direction_).value();
    return {std::move(smallest), direction_, std::move(from), first};
  }
  std::optional<Separator> first_of(const std::vector<Trial>& trials) const {
    for (const Trial& trial : trials) {
      const TypedTensor input = input_of(trial);
      if (!first_difference(a_, b_, input.view(), direction_)) continue;
      const bool directed = follows_recipe(find_distribution(trial.distribution)->family);
      return shrunk(
          input, directed ? fmt::format("{} of {}", trial.distribution, trial.of->identity.name) : trial.distribution);
    }
    return std::nullopt;
  }

  const Recipe &a_, &b_;
  InputType type_;
  Direction direction_;
  Extent unit_;
};

}  // namespace

std::vector<NonzeroElement> nonzero_elements(const TypedTensor& tensor) {
  std::vector<NonzeroElement> elements;
  for (std::int64_t i = 0; i < count(tensor.extent); ++i) {
    const std::uint32_t bits = bits_at(tensor, static_cast<std::size_t>(i));
    if (bits == 0) continue;
    elements.push_back({i / tensor.extent.cols, i % tensor.extent.cols, bits, element(tensor.view(), i)});
  }
  return elements;
}

TypedTensor shrink(const Recipe& a, const Recipe& b, const TypedTensor& input, Direction direction) {
  return Shrinker(a, b, input, direction).run();
}

std::optional<Separator> find_separator(const Recipe& a, const Recipe& b, InputType type, const SearchEffort& effort,
                                        std::optional<Direction> direction) {
  if (!direction) direction = common_direction({&a, &b}, type);
  if (!direction || !accepts(a.accepts, type) || !accepts(b.accepts, type)) return std::nullopt;
  return Finder(a, b, type, *direction).run(effort);
}

}  // namespace bitgate::compare
