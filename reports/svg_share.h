// Makes the page's pictures smaller without changing one of them: what is drawn more than once is drawn by reference.
#pragma once

#include <string>
#include <string_view>

namespace bitgate::reports {

// `page` holds inline SVG as heatmap_svg gives it for a page, under ids of their own. Glyphs that several pictures
// draw alike are kept once, and runs of glyphs (the number in a cell, a label) that occur again refer to the first.
// A run moves by whole hundredths of a unit, the same that its glyphs were rounded to.
std::string share_drawings(std::string_view page);

}  // namespace bitgate::reports
