// A stage trace as text and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::program {

// One line a stage: name, bits, value, formula; each line begins with `indent`.
std::string stages_text(const std::vector<reference::Stage>& stages, const std::string& indent);
nlohmann::ordered_json stages_json(const std::vector<reference::Stage>& stages);

}  // namespace bitgate::program
