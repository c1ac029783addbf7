// Cairo's SVG made fit for a page: several figures in one document, small enough to be inlined.
#pragma once

#include <string>
#include <string_view>

#include "bitgate/reports/heatmap.h"

namespace bitgate::reports {

// The same picture with shorter numbers (two decimals), colours and paths; every id and reference gets `id_prefix`,
// since ids of a page are shared by all figures in it. For a page the XML declaration and name spaces go, and text in
// kInk takes the page's colour. The title becomes the figure's accessible name. What is not recognised stays as it is.
std::string compact_svg(std::string_view svg, SvgUse use, std::string_view id_prefix, std::string_view title);

}  // namespace bitgate::reports
