// One heatmap: a matrix of numbers as colours with the number in each cell. One drawing code gives SVG and PNG.
// Fonts come from the system (Cairo's "sans-serif"; Debian: fontconfig and fonts-dejavu-core).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bitgate::reports {

struct HeatmapCell {
  double value = 0;     // infinities and NaN are hatched and say so
  bool ran = false;     // false: grey, "n/r", whatever the value
  bool marked = false;  // a border: some subject differed from the reference
};

struct Heatmap {
  std::string title, subtitle;
  std::string x_axis, y_axis, unit;  // unit names the colour bar
  std::vector<std::string> columns, rows;
  std::vector<HeatmapCell> cells;  // rows x columns, row-major
  double low = 0, high = 1;        // ends of the colour bar; values beyond take the end's colour. low < high
  std::string footer;              // wrapped to the width of the figure
};

// A page gives text its own colour (currentColor) on its own background; a file has black on white.
enum class SvgUse : std::uint8_t { kFile, kPage };

// `id_prefix` keeps the ids of several figures of one page apart: letters and digits, starting with a letter.
std::string heatmap_svg(const Heatmap& map, SvgUse use, std::string_view id_prefix);

// Bytes of a PNG, `scale` pixels for each unit of the SVG.
std::string heatmap_png(const Heatmap& map, double scale);

// As a cell shows it: one decimal below 100, none from there on; "inf", "-inf", "nan"; "n/r".
std::string cell_text(const HeatmapCell& cell);

}  // namespace bitgate::reports
