// results.json: everything a run found.
//
// {"schema": {"name": "bitgate-results", "version": 1}, "provenance": {...}, "panels": [as in a sweep file], "recipes":
// [...],
//  "rows": [{"case": NAME, "metrics": {...}, "peers": {...}, "digests": {...}, "subjects": [...]}, ...], "identify":
//  [{"set": "nvfp4-bf16", "scheme": ..., "type": ..., "rows": [{"recipe": ..., "direction": "row", "named": [...]},
//  ...], "equal": [[a, b, direction], ...]}, ...], "pairs": [as in pairs_json.h, one an input type], "gemm": [as
//  in gemm_json.h, one a product], "units": [likewise]}, one row a line. Without tables of pairs there is no "pairs",
//  and no "gemm" without
// products.
// Doubles are in the shortest form that reads back to the same bits; infinities and NaN are the strings "inf", "-inf",
// "nan". A field without a digest is left out. A tally is [total, different] by field; fields of total 0 are left out.
// A shard of a sweep has, after the provenance, "shard": {"index": 1, "of": 3, "sweep": SHA-256, "files": SHA-256}.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "bitgate/compare/json_reader.h"
#include "bitgate/reports/results.h"

namespace bitgate::reports {

inline constexpr std::string_view kResultsSchema = "bitgate-results";
inline constexpr std::int64_t kResultsVersion = 1;

std::string results_text(const Results& results);
void write_results(const std::filesystem::path& file, const Results& results);
// Throws InputError with file, place in it (a JSON pointer) and what was expected; also for a case that has two rows, a
// recipe without a fact, an outcome that its own tally denies, and (read_results) a shard, which is never the whole.
Results read_results(const std::filesystem::path& file);
// Refuses, likewise, what is not a shard.
Results read_shard(const std::filesystem::path& file);

// Whether `file` can be read and holds our schema, of whatever version.
bool is_results_file(const std::filesystem::path& file);

// The digests of an answer by field, and back; a field without a digest is left out.
nlohmann::ordered_json digests_json(const compare::Digests& digests);
compare::Digests digests_from(const compare::JsonValue& json);

// One row as one line, without its end, and back.
std::string row_text(const compare::Row& row);
compare::Row row_from(const compare::JsonValue& json);

// The panels as results.json writes them.
std::string panels_text(const std::vector<compare::Panel>& panels);

}  // namespace bitgate::reports
