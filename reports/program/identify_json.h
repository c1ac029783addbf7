// What identify found, as JSON; in words: compare/identify_text.h.
#pragma once

#include <nlohmann/json.hpp>

#include "bitgate/compare/identify.h"

namespace bitgate::program {

nlohmann::ordered_json json_of(const compare::Identification& found);

}  // namespace bitgate::program
