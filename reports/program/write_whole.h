// The end of `report` and of `merge`: the same results make the same files and say the same.
#pragma once

#include <filesystem>

#include "bitgate/reports/results.h"

namespace bitgate::program {

// Writes the report and prints its headline and page, or JSON. Throws InputError as write_report does.
void write_whole(const std::filesystem::path& directory, const reports::Results& results, bool json);

}  // namespace bitgate::program
