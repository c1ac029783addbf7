#include "bitgate/reports/program/write_whole.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "bitgate/reports/report.h"

namespace bitgate::program {

void write_whole(const std::filesystem::path& directory, const reports::Results& results, bool json) {
  const reports::Verdict verdict = reports::verdict(results, {}, {});
  reports::write_report(directory, results, verdict);
  const std::string page = (directory / "index.html").string();
  if (json) {
    const nlohmann::ordered_json result{{"page", page}, {"cases", results.rows.size()}, {"status", verdict.status}};
    fmt::print("{}\n", result.dump(2));
    return;
  }
  fmt::print("{}\n{}\n", headline(verdict), page);
}

}  // namespace bitgate::program
