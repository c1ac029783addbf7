#include "bitgate/reports/program/verdict_json.h"

#include "bitgate/reports/program/stages.h"

namespace bitgate::program {

namespace {

using compare::StagedVerdict;
using compare::Tally;

nlohmann::ordered_json tally_json(const Tally& tally) {
  return {{"total", tally.total}, {"different", tally.different}};
}

}  // namespace

nlohmann::ordered_json verdict_json(const StagedVerdict& verdict) {
  nlohmann::ordered_json result{{"global", tally_json(verdict.global)}, {"scales", tally_json(verdict.scales)},
                                {"codes", tally_json(verdict.codes)},   {"extras", tally_json(verdict.extras)},
                                {"values", tally_json(verdict.values)}, {"bit_exact", verdict.bit_exact()}};
  result["first"] = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < verdict.first.size(); ++i) {
    const compare::Mismatch& m = verdict.first[i];
    nlohmann::ordered_json row{
        {"field", name_of(m.field)}, {"row", m.row}, {"col", m.col}, {"expected", m.expected}, {"actual", m.actual}};
    row["stages"] = stages_json(verdict.traces[i]);
    result["first"].push_back(row);
  }
  for (const StagedVerdict& twin : verdict.columnwise) result["columnwise"] = verdict_json(twin);
  return result;
}

}  // namespace bitgate::program
