// A verdict in stages, as text and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "bitgate/compare/verify.h"

namespace bitgate::program {

nlohmann::ordered_json verdict_json(const compare::StagedVerdict& verdict);
// A line a stage, then the first differences with the reference's own stages.
std::string verdict_text(const compare::StagedVerdict& verdict);
// Codes and values that were held against the reference, of both sides; 0: the verdict says nothing.
std::int64_t compared(const compare::StagedVerdict& verdict) noexcept;

}  // namespace bitgate::program
