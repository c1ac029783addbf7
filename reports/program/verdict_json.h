// A verdict in stages as JSON; its text is compare/verify_text.h.
#pragma once

#include <nlohmann/json.hpp>

#include "bitgate/compare/verify.h"

namespace bitgate::program {

nlohmann::ordered_json verdict_json(const compare::StagedVerdict& verdict);

}  // namespace bitgate::program
