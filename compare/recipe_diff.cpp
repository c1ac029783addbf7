#include "bitgate/compare/recipe_diff.h"

#include <fmt/format.h>
#include <oneapi/tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

using reference::Recipe;

struct Source {
  std::string distribution;
  const Recipe* of;  // whose directed input
  bool directed;
};

std::vector<Source> sources(const Recipe& a, const Recipe& b, const std::vector<std::string>& asked) {
  std::vector<Source> list;
  for (const std::string& name : asked) {
    const DistributionInfo* info = find_distribution(name);
    if (info == nullptr) throw InputError(fmt::format("unknown distribution \"{}\"", name));
    list.push_back({name, &a, follows_recipe(info->family)});
  }
  if (!asked.empty()) return list;
  for (const DistributionInfo& info : distributions()) {
    const std::string name(info.name);
    const bool one_of_many = info.family == Family::kRowVarying && name != "row_ladder" && name != "one_hot_row";
    if (one_of_many || follows_recipe(info.family)) continue;
    list.push_back({name, &a, false});
  }
  for (const Recipe* of : {&a, &b})
    for (const std::string& name : directed_for(*of)) list.push_back({name, of, true});
  return list;
}

std::int64_t rounded_up(std::int64_t n, std::int64_t unit) noexcept { return ceil_div(n, unit) * unit; }

using Tallies = std::array<Tally, kFieldCount>;

Frequency frequency_of(const std::vector<Tallies>& tensors, std::size_t field) {
  Frequency f;
  for (const Tallies& tensor : tensors) {
    f.tally.total += tensor[field].total;
    f.tally.different += tensor[field].different;
  }
  if (f.tally.total == 0) return f;
  const auto share = [](const Tally& t) { return static_cast<double>(t.different) / static_cast<double>(t.total); };
  const double mean = share(f.tally);
  double squares = 0.0;
  std::int64_t n = 0;
  for (const Tallies& tensor : tensors) {
    if (tensor[field].total == 0) continue;
    const double off = share(tensor[field]) - mean;
    squares += off * off;
    ++n;
  }
  f.ppm = 1e6 * mean;
  if (n > 1) f.standard_error_ppm = 1e6 * std::sqrt(squares / static_cast<double>(n * (n - 1)));
  return f;
}

// Tensors that one of the two refuses (special values) are not counted.
DiffRow measure(const RecipeDiff& diff, const Source& source, const Extent& one, std::int64_t tensors,
                std::uint64_t seed) {
  std::vector<std::optional<Tallies>> results(static_cast<std::size_t>(tensors));
  oneapi::tbb::parallel_for(std::int64_t{0}, tensors, [&](std::int64_t i) {
    const TypedTensor input =
        generate(*source.of, {source.distribution}, diff.type, one, seed + static_cast<std::uint64_t>(i));
    try {
      results[static_cast<std::size_t>(i)] =
          compare_common(ask(*diff.a, input.view(), diff.direction), ask(*diff.b, input.view(), diff.direction)).tally;
    } catch (const InputError&) {
    }
  });
  std::vector<Tallies> ran;
  for (const std::optional<Tallies>& result : results)
    if (result) ran.push_back(*result);
  DiffRow row{
      source.directed ? fmt::format("{} of {}", source.distribution, source.of->identity.name) : source.distribution,
      static_cast<int>(ran.size()),
      one,
      {}};
  for (std::size_t field = 0; field < kFieldCount; ++field) row.fields[field] = frequency_of(ran, field);
  return row;
}

// The direction asked for where both make it.
std::optional<Direction> direction_of(const DiffOptions& options, const RecipeList& both, InputType type) noexcept {
  if (!options.direction) return common_direction(both, type);
  const bool rowwise = *options.direction == Direction::kRowwise;
  for (const Recipe* recipe : both) {
    const reference::Accepts& a = recipe->accepts;
    const bool made = rowwise ? a.directions.rowwise
                              : a.directions.columnwise && (type == InputType::kBf16 || !a.bf16_only_columnwise);
    if (!made) return std::nullopt;
  }
  return options.direction;
}

// Why the two cannot be asked the same; "" when they can. Fills type and direction.
std::string ground_in_common(const DiffOptions& options, RecipeDiff& result) {
  for (const Recipe* recipe : {result.a, result.b})
    if (!runs(*recipe)) return fmt::format("{} does not run: {}", recipe->identity.name, recipe->open_question);
  const RecipeList both{result.a, result.b};
  const std::optional<InputType> type = options.type ? options.type : common_type(both);
  if (!type) return "no input type is taken by both";
  for (const Recipe* recipe : both)
    if (!accepts(recipe->accepts, *type))
      throw InputError(fmt::format("{} does not take {}", recipe->identity.name, name_of(*type)));
  const std::optional<Direction> direction = direction_of(options, both, *type);
  if (!direction && options.direction) return "one of the two does not make that direction";
  if (!direction) return "one makes the row-wise side only, the other the column-wise side only";
  result.type = *type;
  result.direction = *direction;
  return "";
}

bool nothing_in_common(const std::vector<DiffRow>& rows) noexcept {
  for (const DiffRow& row : rows)
    for (const Frequency& field : row.fields)
      if (field.tally.total != 0) return false;
  return true;
}

}  // namespace

RecipeDiff diff(const Recipe& a, const Recipe& b, const DiffOptions& options) {
  if (options.extent.rows <= 0 || options.extent.cols <= 0)
    throw InputError(fmt::format("extent {}x{}: at least one row and one column expected", options.extent.rows,
                                 options.extent.cols));
  RecipeDiff result;
  result.a = &a;
  result.b = &b;
  result.axes = axes_between(a, b);
  result.why_not = ground_in_common(options, result);
  if (!result.why_not.empty()) return result;
  const Extent unit = common_extent({&a, &b}, result.direction);
  const std::int64_t rows = rounded_up(kDiffTensor.rows, unit.rows);
  const Extent one{rows, rounded_up(std::max<std::int64_t>(count(kDiffTensor) / rows, 1), unit.cols)};
  const std::int64_t all = std::max<std::int64_t>(count(options.extent) / count(one), 2);
  for (const Source& source : sources(a, b, options.distributions)) {
    const std::int64_t tensors = source.directed ? std::max<std::int64_t>(all / 32, 2) : all;
    result.rows.push_back(measure(result, source, one, tensors, options.seed));
  }
  if (nothing_in_common(result.rows)) {
    result.rows.clear();
    result.why_not = "no field of the two can be compared: they store other formats";
    return result;
  }
  if (options.search) result.separator = find_separator(a, b, result.type, {}, result.direction);
  return result;
}

}  // namespace bitgate::compare
