#include "bitgate/reports/html.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "bitgate/reports/gemm_page.h"
#include "bitgate/reports/identify_page.h"
#include "bitgate/reports/pairs_page.h"
#include "bitgate/reports/svg_share.h"
#include "bitgate/reports/text.h"

namespace bitgate::reports {
namespace {

using compare::Outcome;
using compare::Row;

constexpr std::string_view kStyle = R"(
:root{color-scheme:light dark;--back:#fff;--ink:#1b1b1f;--soft:#5b5b66;--line:#d8d8de;--panel:#f5f5f8;
--pass:#17663a;--fail:#b00020;--unknown:#7a5200}
@media (prefers-color-scheme:dark){:root{--back:#16161a;--ink:#e8e8ee;--soft:#a5a5b2;--line:#3a3a44;--panel:#202027;
--pass:#5fd08f;--fail:#ff7a8a;--unknown:#f0b94a}}
body{margin:0 auto;max-width:1500px;padding:1rem 1.5rem;background:var(--back);color:var(--ink);
font:15px/1.45 system-ui,sans-serif}
h1{font-size:1.5rem;margin:.5rem 0}h2{font-size:1.15rem;margin:2rem 0 .5rem}h3{font-size:.95rem;margin:1rem 0 .3rem}
.verdict{border:2px solid;border-left-width:10px;border-radius:6px;padding:.6rem 1rem;background:var(--panel)}
.verdict.s0{border-color:var(--pass)}.verdict.s1{border-color:var(--fail)}.verdict.s2{border-color:var(--unknown)}
.verdict p{font-size:1.2rem;font-weight:700;margin:0}.s0 p{color:var(--pass)}.s1 p{color:var(--fail)}
.s2 p{color:var(--unknown)}
.verdict ul{margin:.5rem 0 0;padding-left:1.2rem;font:12.5px/1.5 ui-monospace,monospace;overflow-wrap:anywhere}
.wide{overflow-x:auto}
figure{margin:0}svg{display:block}
table{border-collapse:collapse;font-size:12px;font-variant-numeric:tabular-nums}
th,td{border:1px solid var(--line);padding:1px 6px;text-align:right;white-space:nowrap}
thead th{background:var(--panel);vertical-align:bottom}
.tall{writing-mode:vertical-rl;transform:rotate(180deg);padding:4px 0}
summary{cursor:pointer;font-size:13px;margin:.6rem 0}
th:first-child,.l{text-align:left}.no{color:var(--soft)}.bad{color:var(--fail);font-weight:700}
.good{color:var(--pass);font-weight:700}#identify summary{margin:.15rem 0}td.me,td.same,td.other{text-align:center;font-weight:700}td.me{background:var(--pass);color:var(--back)}
td.same{background:var(--panel)}td.other{background:var(--fail);color:var(--back)}
#pairs td{text-align:center;padding:1px 3px}#pairs td.pe{background:var(--pass);color:var(--back);font-weight:700}
#pairs td.ps{background:var(--panel)}.p1,.p2,.p3{color:#fff}.p4,.p5,.p6{color:#000}.p1{background:#440154}
.p2{background:#414487}.p3{background:#2a788e}.p4{background:#22a884}.p5{background:#7ad151}.p6{background:#fde725}
.source{white-space:normal;max-width:46rem;overflow-wrap:anywhere}
p.note,footer{color:var(--soft);font-size:13px}footer{border-top:1px solid var(--line);margin-top:2rem}
@media print{:root{--back:#fff;--ink:#000;--soft:#444;--line:#999;--panel:#fff;--pass:#17663a;--fail:#b00020;
--unknown:#7a5200}body{max-width:none;padding:0;font-size:11px}@page{size:A4 landscape;margin:10mm}
.wide{overflow:visible}svg{max-width:100%;height:auto;max-height:180mm}figure,tr{break-inside:avoid}
h2,h3{break-after:avoid}
details::details-content{content-visibility:visible}summary{display:none}#identify summary,#pairs summary{display:block}#identify .wide,#pairs .wide{display:none}
table{font-size:7.5px}th,td{padding:0 2px;-webkit-print-color-adjust:exact}}
)";

std::string verdict_block(const Verdict& verdict) {
  std::string out = fmt::format("<section class=\"verdict s{}\" id=\"verdict\"><p>Verdict: {}</p>\n", verdict.status,
                                escape_xml(headline(verdict)));
  if (!verdict.reasons.empty()) out += "<ul>\n";
  for (std::size_t i = 0; i < verdict.reasons.size() && i < kPageReasons; ++i)
    out += fmt::format("<li>{}\n", escape_xml(verdict.reasons[i]));
  if (verdict.reasons.size() > kPageReasons)
    out += fmt::format("<li>and {} more\n", verdict.reasons.size() - kPageReasons);
  return out + (verdict.reasons.empty() ? "</section>\n" : "</ul></section>\n");
}

struct Counts {
  std::int64_t cases = 0, refused = 0;
  std::array<std::int64_t, 3> outcomes{};  // by Outcome, over all subjects
};

Counts counts_of(const Results& results, const std::string& recipe) {
  Counts counts;
  for (const Row& row : results.rows) {
    if (row.id.recipe != recipe) continue;
    ++counts.cases;
    counts.refused += refused(row) ? 1 : 0;
    for (const compare::SubjectResult& subject : row.subjects)
      ++counts.outcomes[static_cast<std::size_t>(subject.outcome)];
  }
  return counts;
}

std::string count_cell(std::int64_t count, std::string_view css) {
  if (count == 0) return "<td>0";
  return fmt::format("<td class=\"{}\">{}", css, count);
}

std::string recipe_table(const Results& results) {
  std::string out =
      "<h2>What was checked</h2>\n<p class=\"note\">Each subject's bytes against the reference's. What did not run is "
      "not "
      "counted as passed; a refused case is an input that the recipe does not take.</p>\n<div class=\"wide\"><table>\n"
      "<thead><tr><th>recipe<th>cases<th>comparisons equal<th>different<th>not run<th>refused<th "
      "class=\"l\">evidence<th "
      "class=\"l\">source"
      "</thead>\n<tbody>\n";
  for (const RecipeFact& fact : results.recipes) {
    const Counts counts = counts_of(results, fact.name);
    const auto outcome = [&](Outcome which) { return counts.outcomes[static_cast<std::size_t>(which)]; };
    out += fmt::format("<tr><th>{}<td>{}<td>{}{}{}{}<td class=\"l\">{}<td class=\"l source\">{}\n",
                       escape_xml(fact.name), counts.cases, outcome(Outcome::kEqual),
                       count_cell(outcome(Outcome::kDifferent), "bad"), count_cell(outcome(Outcome::kNotRun), "no"),
                       count_cell(counts.refused, "no"), escape_xml(fact.evidence), escape_xml(fact.source));
  }
  return out + "</tbody></table></div>\n";
}

// `number` gives a cell of a row that ran.
template <class Number>
std::string table(const Figure& figure, const std::string& caption, Number number) {
  const Heatmap& map = figure.heatmap;
  std::string out = fmt::format("<h3>{}</h3>\n<div class=\"wide\"><table>\n<thead><tr><th>recipe", escape_xml(caption));
  const bool tall =
      std::any_of(map.columns.begin(), map.columns.end(), [](const auto& name) { return name.size() > 6; });
  for (const std::string& column : map.columns)
    out += (tall ? "<th><span class=tall>" : "<th><span>") + escape_xml(column) + "</span>";
  out += "</thead>\n<tbody>\n";
  for (std::size_t r = 0; r < map.rows.size(); ++r) {
    out += "<tr><th>" + escape_xml(map.rows[r]);
    for (std::size_t c = 0; c < map.columns.size(); ++c) {
      const std::size_t i = r * map.columns.size() + c;
      if (!map.cells[i].ran)
        out += "<td class=no>n/r";
      else
        out += (map.cells[i].marked ? "<td class=bad>" : "<td>") + number(i);
    }
    out += "\n";
  }
  return out + "</tbody></table></div>\n";
}

bool any_above_zero(const Figure& figure, double compare::Metrics::*share) {
  for (std::size_t i = 0; i < figure.rows.size(); ++i)
    if (figure.heatmap.cells[i].ran && figure.rows[i]->metrics.*share > 0) return true;
  return false;
}

std::string figure_block(const Figure& figure, std::size_t index) {
  const Heatmap& map = figure.heatmap;
  std::string out =
      fmt::format("<section id=\"{}\"><h2>{}</h2>\n<figure class=\"wide\">", figure.stem, escape_xml(map.title));
  out += heatmap_svg(map, SvgUse::kPage, fmt::format("f{}", index));
  out += fmt::format(
      "</figure>\n<p class=\"note\">The same picture: <a href=\"{0}.svg\">{0}.svg</a>, <a "
      "href=\"{0}.png\">{0}.png</a>.</p>\n",
      figure.stem);
  out += table(figure, map.unit, [&](std::size_t i) { return fixed(map.cells[i].value, 2); });
  constexpr std::pair<const char*, double compare::Metrics::*> kShares[] = {
      {"Saturated elements (%)", &compare::Metrics::saturated_share},
      {"Nonzero inputs that became zero (%)", &compare::Metrics::underflow_share},
      {"Block scales at their floor (%)", &compare::Metrics::floor_share}};
  out += "<details><summary>Saturation, underflow and scales at the floor</summary>\n";
  for (const auto& entry : kShares) {
    const std::string caption = entry.first;
    const auto share = entry.second;
    if (any_above_zero(figure, share))
      out += table(figure, caption, [&](std::size_t i) { return fixed(100 * figure.rows[i]->metrics.*share, 2); });
    else
      out += fmt::format("<p class=\"note\">{}: 0 in every cell.</p>\n", caption);
  }
  return out + "</details></section>\n";
}

std::string provenance_block(const Provenance& p) {
  std::string out =
      fmt::format("<footer><p>bitgate {} ({}) &middot; {} &middot; {} &middot; {} &middot; {}</p>\n",
                  escape_xml(p.version), escape_xml(p.commit), escape_xml(p.date_utc), escape_xml(p.compiler),
                  escape_xml(p.cpu), p.cuda_built ? "CUDA kernels built" : "built without CUDA");
  if (p.recordings.empty()) out += "<p>No recording of hardware was held against the reference.</p>\n";
  for (const HeldRecording& r : p.recordings)
    out += fmt::format("<p>Recording {}: {}, {}, commit {}; {} cases held {}.</p>\n", escape_xml(r.file),
                       escape_xml(r.gpu), escape_xml(r.date), escape_xml(r.commit), r.cases, escape_xml(r.holding));
  return out +
         "<p>All numbers in full: <a href=\"results.json\">results.json</a>, <a href=\"results.csv\">results.csv</a>. "
         "Tables here are rounded to two decimals. Colours: viridis.</p></footer>\n";
}

}  // namespace

std::string report_page(const Results& results, const std::vector<Figure>& all, const Verdict& verdict) {
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>bitgate report: {}</title>\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<style>{}</style></head>\n<body>\n"
      "<h1>bitgate report</h1>\n",
      status_name(verdict.status), kStyle);
  out += verdict_block(verdict);
  out += recipe_table(results);
  std::string pictures;
  for (std::size_t i = 0; i < all.size(); ++i) pictures += figure_block(all[i], i);
  pictures += gemm_block(gemm_figures(results), results.units);
  out += identify_block(results.identify) + pairs_block(results.pairs) + share_drawings(pictures);
  return out + provenance_block(results.provenance) + "</body></html>\n";
}

}  // namespace bitgate::reports
