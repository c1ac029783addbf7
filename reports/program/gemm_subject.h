// Whole products as subjects of `check`: cpu/gemm/NAME, the second implementation's.
#pragma once

#include <string>
#include <vector>

#include "bitgate/compare/gemm_check.h"
#include "bitgate/reports/program/check_document.h"
#include "bitgate/reports/program/check_suites.h"
#include "bitgate/reports/program/subjects.h"

namespace bitgate::program {

inline constexpr std::string_view kCpuGemmPrefix = "cpu/gemm/";
inline constexpr std::string_view kAllCpuGemms = "cpu/gemms";  // all of them, as a subject's name

std::vector<SubjectInfo> gemm_subjects();

// Whether any of the names is a product, or the word for all of them.
bool names_gemms(const std::vector<std::string>& subjects);

// Each through the suites that ask products, and the interval of promotion that it shows. Returns the exit status.
// Throws InputError for a name that is none.
int check_gemms(const std::vector<std::string>& subjects, const std::vector<const SuiteInfo*>& suites,
                const DocumentOptions& document);

}  // namespace bitgate::program
