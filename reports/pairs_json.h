// A table of pairs in results.json: {"family": "nvfp4", "type": "bf16", "recipes": [...], "left_out": [[recipe, why],
// ...], "tensors": [...], "pairs": [[different, bytes, same_fields], ...]}, the pairs in the order of PairTable.
#pragma once

#include <nlohmann/json.hpp>

#include "bitgate/compare/json_reader.h"
#include "bitgate/compare/pair_table.h"

namespace bitgate::reports {

nlohmann::ordered_json pair_table_json(const compare::PairTable& table);
// Throws InputError with the place and what was expected; also for a number of pairs that is not that of the recipes,
// and a pair that differs in more bytes than it has.
compare::PairTable pair_table_from(const compare::JsonValue& json);

}  // namespace bitgate::reports
