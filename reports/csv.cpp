#include "bitgate/reports/csv.h"

#include <fmt/format.h>

#include "bitgate/reports/text.h"

namespace bitgate::reports {
namespace {

constexpr std::string_view kHeader =
    "case,recipe,type,distribution,log2_amplitude,rows,cols,seed,sqnr_db,nmse,max_error,saturated_share,"
    "underflow_share,floor_share,row_sqnr_db_min,row_sqnr_db_p1,row_sqnr_db_median,torchao_db,ggml_nmse,ggml_rmse,rows_"
    "counted,elements,nonfinite,"
    "subjects,codes_sha256,scales_sha256,extras_sha256,global_sha256,values_sha256\n";

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\n\r") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string outcomes(const compare::Row& row) {
  std::string out;
  for (const compare::SubjectResult& subject : row.subjects) {
    if (!out.empty()) out += ';';
    out += fmt::format("{}={}", subject.subject, name_of(subject.outcome));
  }
  return out;
}

void append(std::string& out, const compare::Row& row) {
  const compare::Case& id = row.id;
  const compare::Metrics& m = row.metrics;
  out += fmt::format("{},{},{},{},{},{},{},{}", csv_field(id.name()), csv_field(id.recipe), name_of(id.type),
                     csv_field(id.input.name), id.input.log2_amplitude, id.extent.rows, id.extent.cols, id.seed);
  for (const double value :
       {m.sqnr_db, m.nmse, m.max_error, m.saturated_share, m.underflow_share, m.floor_share, m.row_sqnr_db.min,
        m.row_sqnr_db.p1, m.row_sqnr_db.median, row.peers.torchao_db, row.peers.ggml_nmse, row.peers.ggml_rmse})
    out += "," + number_text(value);
  out += fmt::format(",{},{},{},{}", m.rows_counted, m.sums.elements, m.sums.nonfinite, csv_field(outcomes(row)));
  const compare::Digests& d = row.digests;
  out += fmt::format(",{},{},{},{},{}\n", d.codes, d.scales, d.extras, d.global, d.values);
}

}  // namespace

std::string results_csv(const Results& results) {
  std::string out(kHeader);
  for (const compare::Row& row : results.rows) append(out, row);
  return out;
}

}  // namespace bitgate::reports
