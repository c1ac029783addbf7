// The verdict as JUnit XML, which CI systems show: one test case a check, its class the case's name.
#pragma once

#include <string>

#include "bitgate/reports/gate.h"

namespace bitgate::reports {

// failure: failed; error: could not tell, since CI takes "skipped" for success; skipped: not run and not required.
std::string junit_xml(const Verdict& verdict);

}  // namespace bitgate::reports
