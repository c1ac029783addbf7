// The page "which NVFP4 do you mean": what sets the NVFP4 recipes of all producers apart, as Markdown with two pictures
// beside it. All of it follows from the catalog. The pictures are drawn without fonts of the system, so that they are
// the same bytes everywhere.
#pragma once

#include <string>
#include <string_view>

#include "bitgate/compare/nvfp4_facts.h"

namespace bitgate::reports {

inline constexpr std::string_view kWhichNvfp4Page = "which-nvfp4.md", kWhichNvfp4Globals = "which-nvfp4-globals.svg",
                                  kWhichNvfp4Codes = "which-nvfp4-codes.svg";

std::string which_nvfp4_page(const compare::Nvfp4Survey& survey);

// What each convention stores for one amax, and how a value comes back.
std::string which_nvfp4_globals_svg();
// ppm of codes that differ, as a matrix with the number in each cell.
std::string which_nvfp4_codes_svg(const compare::Nvfp4Codes& codes);

}  // namespace bitgate::reports
