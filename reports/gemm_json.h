// A measured product in results.json: {"case": NAME, "sqnr_db": ..., "predicted_db": ..., "a_sqnr_db": ...,
// "b_sqnr_db":
// ..., "signal": ..., "noise": ...}, and "refusal" where a recipe does not take its input: every number is "nan" then.
// What a unit adds: {"case": NAME, "instruction": ..., "promote_every": ..., "elements": ..., "exceeded": ...,
// "unbounded": ..., "max_ratio": ..., "median_ratio": ..., "sqnr_db": ..., "bound_share": ..., "a_priori_share": ...}.
#pragma once

#include <nlohmann/json.hpp>

#include "bitgate/compare/gemm_sqnr.h"
#include "bitgate/compare/gemm_unit.h"
#include "bitgate/compare/json_reader.h"

namespace bitgate::reports {

nlohmann::ordered_json gemm_row_json(const compare::GemmRow& row);
// Throws InputError with the place and what was expected.
compare::GemmRow gemm_row_from(const compare::JsonValue& json);

nlohmann::ordered_json unit_row_json(const compare::UnitRow& row);
compare::UnitRow unit_row_from(const compare::JsonValue& json);

}  // namespace bitgate::reports
