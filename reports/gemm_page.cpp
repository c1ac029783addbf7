#include "bitgate/reports/gemm_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bitgate/reports/text.h"

namespace bitgate::reports {
namespace {

using compare::GemmRow;
using compare::UnitRow;

constexpr double kBarStepDb = 5;

std::size_t place_of(std::vector<std::string>& names, const std::string& name) {
  const auto at = std::find(names.begin(), names.end(), name);
  const auto place = static_cast<std::size_t>(at - names.begin());
  if (at == names.end()) names.push_back(name);
  return place;
}

std::string down(const GemmRow& row) { return row.id.a.recipe + " x " + row.id.b.recipe; }
std::string across(const GemmRow& row) {
  return fmt::format("{} x {}, K {}", label_of(row.id.a.input), label_of(row.id.b.input), row.id.a.extent.cols);
}
bool alike(const GemmRow& a, const GemmRow& b) {
  return a.id.a.type == b.id.a.type && a.id.a.extent.rows == b.id.a.extent.rows &&
         a.id.b.extent.rows == b.id.b.extent.rows && a.id.a.seed == b.id.a.seed;
}

GemmFigure figure_of(const GemmRow& like, const std::vector<GemmRow>& rows, const Provenance& provenance) {
  GemmFigure figure;
  Heatmap& map = figure.heatmap;
  for (const GemmRow& row : rows)
    if (alike(row, like)) place_of(map.rows, down(row)), place_of(map.columns, across(row));
  figure.rows.resize(map.rows.size() * map.columns.size());
  map.cells.resize(figure.rows.size());
  for (const GemmRow& row : rows) {
    if (!alike(row, like)) continue;
    const std::size_t at = place_of(map.rows, down(row)) * map.columns.size() + place_of(map.columns, across(row));
    figure.rows[at] = &row;
    map.cells[at] = {row.sqnr_db, row.refusal.empty(), false};
  }
  const std::string_view type = name_of(like.id.a.type);
  const auto m = like.id.a.extent.rows, n = like.id.b.extent.rows;
  figure.stem = fmt::format("gemm-{}-{}x{}", type, m, n);
  map.title = fmt::format("SQNR of quantized products, {}", type);
  map.subtitle = fmt::format("Signal to quantization noise of D = A B^T in dB, more is better; D {} x {}, seed {}", m,
                             n, like.id.a.seed);
  map.x_axis = "laws of A and B, and K";
  map.y_axis = "recipe of A x recipe of B";
  map.unit = "SQNR (dB)";
  map.footer = describe(provenance);
  return figure;
}

void share_colour_bar(std::vector<GemmFigure>& figures) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const GemmFigure& figure : figures)
    for (const HeatmapCell& cell : figure.heatmap.cells)
      if (cell.ran && std::isfinite(cell.value)) low = std::min(low, cell.value), high = std::max(high, cell.value);
  low = std::isfinite(low) ? kBarStepDb * std::floor(low / kBarStepDb) : 0;
  high = std::isfinite(high) ? std::max(kBarStepDb * std::ceil(high / kBarStepDb), low + kBarStepDb) : kBarStepDb;
  for (GemmFigure& figure : figures) figure.heatmap.low = low, figure.heatmap.high = high;
}

template <class Number>
std::string table(const GemmFigure& figure, std::string_view caption, Number number) {
  const Heatmap& map = figure.heatmap;
  std::string out = fmt::format("<h3>{}</h3>\n<div class=\"wide\"><table>\n<thead><tr><th>A x B", caption);
  for (const std::string& column : map.columns) out += "<th><span class=tall>" + escape_xml(column) + "</span>";
  out += "</thead>\n<tbody>\n";
  for (std::size_t r = 0; r < map.rows.size(); ++r) {
    out += "<tr><th>" + escape_xml(map.rows[r]);
    for (std::size_t c = 0; c < map.columns.size(); ++c) {
      const GemmRow* row = figure.rows[r * map.columns.size() + c];
      out += row == nullptr || !row->refusal.empty() ? std::string("<td class=no>n/r") : "<td>" + number(*row);
    }
    out += "\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string refusals(const GemmFigure& figure) {
  std::vector<std::string> reasons;
  for (const GemmRow* row : figure.rows)
    if (row != nullptr && !row->refusal.empty()) place_of(reasons, row->refusal);
  std::string out;
  for (const std::string& reason : reasons) out += fmt::format("<p class=\"note\">n/r: {}</p>\n", escape_xml(reason));
  return out;
}

// "0", "5.4e-06", "inf".
std::string share_text(double share) { return share == 0 ? "0" : fmt::format("{:.2g}", share); }

std::string unit_table(const std::vector<UnitRow>& units) {
  if (units.empty()) return "";
  std::string out =
      "<h3>What a matrix unit adds</h3>\n<p class=\"note\">The model of the instruction on the same codes, against the "
      "exact product. The bound is proven for each element from the unit's parameters and the operands; a difference "
      "beyond it is a fault, never rounding. Shares are of the root mean square of D.</p>\n<div "
      "class=\"wide\"><table>\n"
      "<thead><tr><th>instruction<th class=l>A x B<th class=l>laws, K<th>promoted every<th>SQNR (dB)<th>measured / "
      "bound, "
      "largest<th>median<th>beyond the bound<th>largest bound, share<th>in closed form</thead>\n<tbody>\n";
  for (const UnitRow& row : units) {
    const compare::GemmCase& c = row.id.product;
    out += fmt::format(
        "<tr><th>{}<td class=l>{} x {}<td class=l>{} x {}, {}<td>{}<td>{}<td>{}<td>{}<td{}>{} of {}<td>{}<td>{}\n",
        escape_xml(row.id.instruction), escape_xml(c.a.recipe), escape_xml(c.b.recipe), label_of(c.a.input),
        label_of(c.b.input), c.a.extent.cols, row.id.promote_every == 0 ? "-" : std::to_string(row.id.promote_every),
        fixed(row.sqnr_db, 1), fixed(row.max_ratio, 3), fixed(row.median_ratio, 3),
        row.exceeded == 0 ? "" : " class=bad", row.exceeded, row.elements, share_text(row.bound_share),
        share_text(row.a_priori_share));
  }
  return out + "</tbody></table></div>\n";
}

}  // namespace

std::vector<GemmFigure> gemm_figures(const Results& results) {
  std::vector<GemmFigure> figures;
  std::vector<std::string> drawn;
  for (const GemmRow& row : results.gemm) {
    const std::string kind =
        fmt::format("{} {} {}", name_of(row.id.a.type), row.id.a.extent.rows, row.id.b.extent.rows);
    const std::size_t known = drawn.size();
    if (place_of(drawn, kind) == known) figures.push_back(figure_of(row, results.gemm, results.provenance));
  }
  share_colour_bar(figures);
  return figures;
}

std::string gemm_block(const std::vector<GemmFigure>& figures, const std::vector<UnitRow>& units) {
  if (figures.empty() && units.empty()) return "";
  std::string out =
      "<section id=\"gemm\"><h2>Products of two quantized matrices</h2>\n<p class=\"note\">D = A B^T, both sides "
      "quantized along K, against the product of what was quantized, both in double: what the recipes cost, without "
      "what a matrix unit adds. \"linear\" is uniform in &plusmn;1/&radic;K. The prediction is noise / signal = r + s "
      "+ "
      "r s, from those of the two operands; it and the numbers scatter with the elements of D (0.15 dB of 64 x "
      "64).</p>\n";
  for (std::size_t i = 0; i < figures.size(); ++i) {
    const GemmFigure& figure = figures[i];
    out += fmt::format("<h3 id=\"{}\">{}</h3>\n<figure class=\"wide\">", figure.stem, escape_xml(figure.heatmap.title));
    out += heatmap_svg(figure.heatmap, SvgUse::kPage, fmt::format("g{}", i));
    out += fmt::format(
        "</figure>\n<p class=\"note\">The same picture: <a href=\"{0}.svg\">{0}.svg</a>, <a "
        "href=\"{0}.png\">{0}.png</a>.</p>\n",
        figure.stem);
    out += table(figure, "SQNR (dB)", [](const GemmRow& row) { return fixed(row.sqnr_db, 2); });
    out += "<details><summary>Measured less predicted, and the operands</summary>\n";
    out += table(figure, "Measured less predicted (dB)",
                 [](const GemmRow& row) { return fixed(row.sqnr_db - row.predicted_db, 2); });
    out += table(figure, "SQNR of A (dB)", [](const GemmRow& row) { return fixed(row.a_sqnr_db, 2); });
    out += table(figure, "SQNR of B (dB)", [](const GemmRow& row) { return fixed(row.b_sqnr_db, 2); });
    out += refusals(figure) + "</details>\n";
  }
  return out + unit_table(units) + "</section>\n";
}

}  // namespace bitgate::reports
