// `bitgate check` of device operations that quantize nothing.
#pragma once

#include <string>
#include <vector>

#include "bitgate/reports/program/check_document.h"
#include "bitgate/reports/program/check_suites.h"

namespace bitgate::program {

// Whether any of the names is such an operation, or the word for all of them, cuda/operations.
bool names_operations(const std::vector<std::string>& subjects);

// Each through the suites that ask operations. Returns the exit status. Throws InputError for a name that is none,
// compare::NotRun without a GPU.
int check_operations(const std::vector<std::string>& subjects, const std::vector<const SuiteInfo*>& suites,
                     const DocumentOptions& document);

}  // namespace bitgate::program
