// What a producer runs and the rules that say so, as text and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "bitgate/reference/dispatch/resolve.h"

namespace bitgate::program {

// A rule with its source; `text` is the rule's own, or with the facts of a situation.
nlohmann::ordered_json rule_json(const reference::Rule& rule, const std::string& text);
std::string rule_text(const reference::Rule& rule, const std::string& text);

nlohmann::ordered_json json_of(const reference::Resolution& resolution);
std::string text_of(const reference::Resolution& resolution);

}  // namespace bitgate::program
