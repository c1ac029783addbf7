// The whole report directory, written at once or not at all.
#pragma once

#include <filesystem>

#include "bitgate/reports/gate.h"
#include "bitgate/reports/results.h"

namespace bitgate::reports {

// Writes index.html, results.json, results.csv, and one .svg and .png for each figure, under a temporary name beside
// `directory`, then renames. The parent must exist. A directory that is there already is replaced only when it is
// empty, or is a report: it holds a results.json of our schema and nothing but regular files with a report's endings
// (.html .json .csv .svg .png .xml .md). Throws InputError; then nothing new is left and the old report stays.
void write_report(const std::filesystem::path& directory, const Results& results, const Verdict& verdict);

}  // namespace bitgate::reports
