// What identify found, as text and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "bitgate/compare/identify.h"

namespace bitgate::program {

// How many of the nearest others the text tells of; asked for more, it also gives the reasons of those not asked.
inline constexpr std::size_t kOthers = 5;

// Why nothing can be told; "" when something can.
std::string why_not_told(const compare::Identification& found);

std::string text_of(const compare::Identification& found, std::size_t others);
nlohmann::ordered_json json_of(const compare::Identification& found);

}  // namespace bitgate::program
