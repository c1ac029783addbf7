// The whole report directory, written at once or not at all.
#pragma once

#include <filesystem>

#include "bitgate/reports/gate.h"
#include "bitgate/reports/results.h"

namespace bitgate::reports {

// Writes index.html, results.json, results.csv, and one .svg and .png for each figure, under a temporary name beside
// `directory`, then renames. The parent must exist. A directory that is there already is replaced only when it is
// empty, or is a report: it holds a results.json of our schema and nothing but regular files with a report's endings
// (.html .json .csv .svg .png .xml .md) and a journal; a journal alone is replaced as well. A process that is killed
// leaves the old report or the new one (the old one as NAME.old.tmp-... where the file system cannot exchange two
// directories and it comes between two renames); what else it leaves beside them, the next call removes. Throws
// InputError; then nothing new is left and the old report stays.
void write_report(const std::filesystem::path& directory, const Results& results, const Verdict& verdict);

// The same for a shard: results.json alone.
void write_shard(const std::filesystem::path& directory, const Results& results);

// Throws the InputError that the two would throw for `directory` as it is now.
void require_report_target(const std::filesystem::path& directory);

}  // namespace bitgate::reports
