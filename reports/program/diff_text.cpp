#include "bitgate/reports/program/diff_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace bitgate::program {

namespace {

using compare::RecipeDiff;
using nlohmann::ordered_json;

ordered_json separator_json(const compare::Separator& separator) {
  ordered_json elements = ordered_json::array();
  for (const compare::NonzeroElement& e : compare::nonzero_elements(separator.input))
    elements.push_back({{"row", e.row}, {"col", e.col}, {"bits", e.bits}, {"value", fmt::format("{}", e.value)}});
  return {{"rows", separator.input.extent.rows},
          {"cols", separator.input.extent.cols},
          {"from", separator.found_in},
          {"nonzero", elements},
          {"first",
           {{"field", name_of(separator.first.field)},
            {"row", separator.first.row},
            {"col", separator.first.col},
            {"a", separator.first.expected},
            {"b", separator.first.actual}}}};
}

std::string frequency_text(const compare::Frequency& f) {
  if (f.tally.total == 0) return "-";
  if (f.tally.different == 0) return "0";
  return fmt::format("{:.4g} % +- {:.2g} ({})", f.ppm * 1e-4, f.standard_error_ppm * 1e-4, f.tally.different);
}

}  // namespace

ordered_json json_of(const RecipeDiff& diff) {
  ordered_json result{{"a", diff.a->identity.name}, {"b", diff.b->identity.name}, {"axes", ordered_json::array()}};
  for (const compare::AxisDifference& d : diff.axes)
    result["axes"].push_back({{"axis", d.axis}, {"a", d.a}, {"b", d.b}});
  if (!diff.why_not.empty()) {
    result["not_run"] = diff.why_not;
    return result;
  }
  result["dtype"] = name_of(diff.type);
  result["direction"] = diff.direction == Direction::kRowwise ? "row" : "column";
  result["distributions"] = ordered_json::array();
  for (const compare::DiffRow& row : diff.rows) {
    ordered_json out{
        {"name", row.distribution}, {"tensors", row.tensors}, {"rows", row.extent.rows}, {"cols", row.extent.cols}};
    for (std::size_t field = 0; field < compare::kFieldCount; ++field) {
      const compare::Frequency& f = row.fields[field];
      if (f.tally.total == 0) continue;
      out[std::string(name_of(static_cast<compare::Field>(field)))] = {{"total", f.tally.total},
                                                                       {"different", f.tally.different},
                                                                       {"ppm", f.ppm},
                                                                       {"standard_error_ppm", f.standard_error_ppm}};
    }
    result["distributions"].push_back(out);
  }
  result["separator"] = diff.separator ? separator_json(*diff.separator) : ordered_json();
  return result;
}

std::string rows_text(const RecipeDiff& diff) {
  std::size_t width = 12;
  for (const compare::DiffRow& row : diff.rows) width = std::max(width, row.distribution.size());
  std::string text =
      fmt::format("differing, % +- standard error over tensors (count); {}, {} directed less:\n{:{}}  {:28}{:28}{}\n",
                  name_of(diff.type),
                  fmt::format("{} tensors of {} x {},", diff.rows.front().tensors, diff.rows.front().extent.rows,
                              diff.rows.front().extent.cols),
                  "distribution", width, "scales", "codes", "globals, extras, values");
  for (const compare::DiffRow& row : diff.rows) {
    text += fmt::format("{:{}}  {:28}{:28}{}, {}, {}\n", row.distribution, width, frequency_text(row.fields[1]),
                        frequency_text(row.fields[2]), frequency_text(row.fields[0]), frequency_text(row.fields[3]),
                        frequency_text(row.fields[4]));
  }
  return text;
}

std::string separator_text(const RecipeDiff& diff) {
  if (!diff.separator) return "equal on all tried\n";
  const compare::Separator& s = *diff.separator;
  const auto elements = compare::nonzero_elements(s.input);
  const std::string zero = elements.empty()       ? "all zero"
                           : elements.size() == 1 ? "zero but for one element"
                                                  : fmt::format("zero but for {} elements", elements.size());
  std::string text = fmt::format("smallest input found that separates them: {} {} x {}, {}\n", name_of(s.input.type),
                                 s.input.extent.rows, s.input.extent.cols, zero);
  const int digits = format_of(s.input.type).bits / 4;
  for (const compare::NonzeroElement& e : elements)
    text += fmt::format("  ({}, {}) 0x{:0{}X} = {}\n", e.row, e.col, e.bits, digits, e.value);
  return text + fmt::format("  there {} ({}, {}) is 0x{:X} in {}, 0x{:X} in {}\n", name_of(s.first.field), s.first.row,
                            s.first.col, s.first.expected, diff.a->identity.name, s.first.actual,
                            diff.b->identity.name);
}

}  // namespace bitgate::program
