// What verify found, in words: the text of the program and of the C library.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/compare/verify.h"

namespace bitgate::compare {

// One line a stage: name, bits, value, formula; each line begins with `indent`.
std::string stages_text(const std::vector<reference::Stage>& stages, const std::string& indent);

// A line a stage of the verdict, then the first differences with the reference's own stages.
std::string verdict_text(const StagedVerdict& verdict);

// "WHAT against RECIPE: bit-exact" or "DIFFERENT", the padding that is not zero, the verdict. `exact` is the caller's:
// padding counts only where the dump says that it is zero.
std::string report_text(std::string_view what, std::string_view recipe, const StagedVerdict& verdict, bool exact,
                        std::int64_t nonzero_padding);

// Codes and values that were held against the reference, of both sides; 0: the verdict says nothing.
std::int64_t compared(const StagedVerdict& verdict) noexcept;

}  // namespace bitgate::compare
