// What came of suites, as lines and as JSON: of quantizers and of other operations alike.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bitgate/compare/suite_probe.h"

namespace bitgate::program {

// `again`: the command that asks the first failure again; not read where nothing failed.
std::string suite_text(const compare::SuiteResult& result, const std::string& again);
nlohmann::ordered_json suite_json(const compare::SuiteResult& result, const std::string& again);

// 1 outranks 2: a suite that asked nothing leaves the verdict open, unless another failed; so does no suite at all.
int status_of(const std::vector<compare::SuiteResult>& results) noexcept;

// `subject`: "the subject", "an operation".
std::string verdict_text(int status, const std::string& subject);

}  // namespace bitgate::program
