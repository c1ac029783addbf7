#include "bitgate/reports/heatmap.h"

#include <cairo-svg.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "bitgate/reference/format/error.h"
#include "bitgate/reports/canvas.h"
#include "bitgate/reports/svg_compact.h"
#include "bitgate/reports/text.h"

namespace bitgate::reports {
namespace {

constexpr double kMargin = 14, kTitleSize = 15, kLabelSize = 11.5, kCellSize = 11, kSmallSize = 10;
constexpr double kCellHeight = 22, kMinCellWidth = 32, kLineHeight = 14, kBarWidth = 14, kMinWidth = 640;
constexpr double kTurned = 45;               // degrees of column labels that do not fit above each other
constexpr double kTurnedShare = 0.70710678;  // sin and cos of it
constexpr Colour kWhite{1, 1, 1}, kBlack{0, 0, 0};
constexpr Colour kNotRun{0.78, 0.78, 0.78}, kNotRunText{0.2, 0.2, 0.2};
constexpr Colour kHatched{0.96, 0.96, 0.96}, kHatchLine{0.7, 0.7, 0.7};
constexpr Colour kMark{0.8, 0, 0.1};

// Where everything goes, in units of the SVG.
struct Layout {
  double cell_width = 0;
  bool turned = false;            // column labels
  double grid_x = 0, grid_y = 0;  // top left cell
  double grid_width = 0, grid_height = 0;
  double column_label_height = 0;
  std::vector<std::string> footer;
  double width = 0, height = 0;
};

double widest(Canvas& canvas, const std::vector<std::string>& labels, double size) {
  double width = 0;
  for (const std::string& label : labels) width = std::max(width, canvas.width_of(label, size));
  return width;
}

std::vector<std::string> wrap(Canvas& canvas, const std::string& words, double size, double width) {
  std::vector<std::string> lines;
  std::istringstream stream(words);
  for (std::string word; stream >> word;) {
    if (!lines.empty() && canvas.width_of(lines.back() + " " + word, size) <= width)
      lines.back() += " " + word;
    else
      lines.push_back(word);
  }
  return lines;
}

Layout lay_out(Canvas& canvas, const Heatmap& map) {
  Layout l;
  double number_width = 0;
  for (const HeatmapCell& cell : map.cells)
    number_width = std::max(number_width, canvas.width_of(cell_text(cell), kCellSize));
  l.cell_width = std::ceil(std::max(kMinCellWidth, number_width + 8));
  const double label_width = widest(canvas, map.columns, kLabelSize);
  l.turned = label_width > l.cell_width - 4;
  l.column_label_height = l.turned ? label_width * kTurnedShare + 12 : 18;
  // A turned label reaches to the left of its column, so the first one may need more room than the row labels.
  const double turned_reach = l.turned ? label_width * kTurnedShare - l.cell_width / 2 : 0;
  l.grid_x = std::ceil(kMargin + 20 + std::max(widest(canvas, map.rows, kLabelSize) + 8, turned_reach));
  l.grid_y = kMargin + 22 + (map.subtitle.empty() ? 0 : 18) + 6;
  l.grid_width = l.cell_width * static_cast<double>(map.columns.size());
  l.grid_height = kCellHeight * static_cast<double>(map.rows.size());
  const double bar = 18 + kBarWidth + 44 + 18;
  const double titles =
      std::max(canvas.width_of(map.title, kTitleSize, Weight::kBold), canvas.width_of(map.subtitle, kLabelSize));
  l.width = std::ceil(std::max({kMinWidth, l.grid_x + l.grid_width + bar + kMargin, titles + 2 * kMargin}));
  l.footer = wrap(canvas, map.footer, kSmallSize, l.width - 2 * kMargin);
  const bool plain = std::all_of(map.cells.begin(), map.cells.end(),
                                 [](const HeatmapCell& c) { return c.ran && !c.marked && std::isfinite(c.value); });
  const double legend = plain ? 8 : 28;
  l.height = std::ceil(l.grid_y + l.grid_height + l.column_label_height + 22 + legend +
                       kLineHeight * static_cast<double>(l.footer.size()) + kMargin);
  return l;
}

void draw_not_finite(Canvas& canvas, const Box& box, double value) {
  canvas.fill(box, kHatched);
  canvas.hatch(box, kHatchLine, 6, true);
  if (std::isnan(value)) canvas.hatch(box, kHatchLine, 6, false);
}

Colour draw_background(Canvas& canvas, const Heatmap& map, const HeatmapCell& cell, const Box& box) {
  if (!cell.ran) {
    canvas.fill(box, kNotRun);
    return kNotRunText;
  }
  if (!std::isfinite(cell.value)) {
    draw_not_finite(canvas, box, cell.value);
    return kBlack;
  }
  const Colour colour = viridis((cell.value - map.low) / (map.high - map.low));
  canvas.fill(box, colour);
  return text_on(colour);
}

// White under red: on some of the colours red alone would be lost to eyes that do not see it.
void draw_mark(Canvas& canvas, const Box& box) {
  canvas.outline({box.x + 1.5, box.y + 1.5, box.width - 3, box.height - 3}, kWhite, 3);
  canvas.outline({box.x + 1, box.y + 1, box.width - 2, box.height - 2}, kMark, 2);
}

void draw_cells(Canvas& canvas, const Heatmap& map, const Layout& l) {
  for (std::size_t i = 0; i < map.cells.size(); ++i) {
    const auto row = static_cast<double>(i / map.columns.size());
    const auto column = static_cast<double>(i % map.columns.size());
    // One unit apart, so that neighbours of like colours stay two cells.
    const Box box{l.grid_x + column * l.cell_width, l.grid_y + row * kCellHeight, l.cell_width - 1, kCellHeight - 1};
    const HeatmapCell& cell = map.cells[i];
    const Colour ink = draw_background(canvas, map, cell, box);
    if (cell.marked) draw_mark(canvas, box);
    canvas.text(box.x + box.width / 2, box.y + 14.5, cell_text(cell), kCellSize, ink, Align::kCentre);
  }
}

void draw_labels(Canvas& canvas, const Heatmap& map, const Layout& l) {
  canvas.text(kMargin, kMargin + 14, map.title, kTitleSize, kInk, Align::kLeft, Weight::kBold);
  canvas.text(kMargin, kMargin + 34, map.subtitle, kLabelSize, kInk, Align::kLeft);
  for (std::size_t i = 0; i < map.rows.size(); ++i)
    canvas.text(l.grid_x - 8, l.grid_y + static_cast<double>(i) * kCellHeight + 14.5, map.rows[i], kLabelSize, kInk,
                Align::kRight);
  const double below = l.grid_y + l.grid_height;
  for (std::size_t i = 0; i < map.columns.size(); ++i) {
    const double middle = l.grid_x + (static_cast<double>(i) + 0.5) * l.cell_width;
    if (l.turned)
      canvas.text(middle + 4, below + 12, map.columns[i], kLabelSize, kInk, Align::kRight, Weight::kNormal, kTurned);
    else
      canvas.text(middle, below + 14, map.columns[i], kLabelSize, kInk, Align::kCentre);
  }
  const double x_title = below + l.column_label_height + 14;
  // A long title of a narrow grid would begin left of the figure.
  const double half = canvas.width_of(map.x_axis, kLabelSize, Weight::kBold) / 2;
  const double x_middle = std::max(l.grid_x + l.grid_width / 2, kMargin + half);
  canvas.text(x_middle, x_title, map.x_axis, kLabelSize, kInk, Align::kCentre, Weight::kBold);
  canvas.text(kMargin + 10, l.grid_y + l.grid_height / 2, map.y_axis, kLabelSize, kInk, Align::kCentre, Weight::kBold,
              90);
}

// A round step that gives at most ten intervals.
double tick_step(double range) {
  for (const double step : {0.1, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0})
    if (step * 10 >= range) return step;
  return range / 5;
}

void draw_colour_bar(Canvas& canvas, const Heatmap& map, const Layout& l) {
  constexpr int kSteps = 64;
  const double height = std::max(l.grid_height - 1, 88.0);
  const double x = l.grid_x + l.grid_width + 18;
  for (int i = 0; i < kSteps; ++i) {
    const double top = l.grid_y + std::round(height * i / kSteps);
    const double bottom = l.grid_y + std::round(height * (i + 1) / kSteps);
    canvas.fill({x, top, kBarWidth, bottom - top}, viridis(1 - (i + 0.5) / kSteps));
  }
  const bool above = std::any_of(map.cells.begin(), map.cells.end(), [&](const HeatmapCell& cell) {
    return cell.ran && std::isfinite(cell.value) && cell.value > map.high;
  });
  const bool below = std::any_of(map.cells.begin(), map.cells.end(), [&](const HeatmapCell& cell) {
    return cell.ran && std::isfinite(cell.value) && cell.value < map.low;
  });
  const double step = tick_step(map.high - map.low);
  for (double tick = std::ceil(map.low / step); tick * step <= map.high; ++tick) {
    const double value = tick * step;
    const double y = l.grid_y + height * (map.high - value) / (map.high - map.low);
    const char* beyond = value == map.high && above ? "\u2265" : value == map.low && below ? "\u2264" : "";
    canvas.line(x + kBarWidth, y, x + kBarWidth + 3, y, kInk, 1);
    canvas.text(x + kBarWidth + 6, y + 4, beyond + fixed(value, step < 1 ? 1 : 0), kSmallSize, kInk, Align::kLeft);
  }
  canvas.text(x + kBarWidth + 52, l.grid_y + height / 2, map.unit, kLabelSize, kInk, Align::kCentre, Weight::kNormal,
              90);
}

// Explains what is drawn, and nothing that is not.
void draw_legend(Canvas& canvas, const Heatmap& map, const Layout& l) {
  const double y = l.grid_y + l.grid_height + l.column_label_height + 26;
  double x = kMargin;
  const auto any = [&](auto condition) { return std::any_of(map.cells.begin(), map.cells.end(), condition); };
  const auto explain = [&](auto draw, const std::string& words) {
    draw(Box{x, y, 22, 12});
    canvas.text(x + 28, y + 10, words, kSmallSize, kInk, Align::kLeft);
    x += 28 + canvas.width_of(words, kSmallSize) + 20;
  };
  if (any([](const HeatmapCell& c) { return c.marked; }))
    explain(
        [&](const Box& box) {
          canvas.fill(box, kHatched);
          draw_mark(canvas, box);
        },
        "a subject differed from the reference");
  if (any([](const HeatmapCell& c) { return c.ran && std::isinf(c.value); }))
    explain([&](const Box& box) { draw_not_finite(canvas, box, HUGE_VAL); },
            "inf: no noise, -inf: noise without bound");
  if (any([](const HeatmapCell& c) { return c.ran && std::isnan(c.value); }))
    explain([&](const Box& box) { draw_not_finite(canvas, box, NAN); }, "nan: no signal");
  if (any([](const HeatmapCell& c) { return !c.ran; }))
    explain([&](const Box& box) { canvas.fill(box, kNotRun); }, "n/r: did not run");
}

void draw_footer(Canvas& canvas, const Layout& l) {
  double y = l.height - kMargin + 4 - kLineHeight * static_cast<double>(l.footer.size() - 1);
  for (const std::string& line : l.footer) {
    canvas.text(kMargin, y, line, kSmallSize, kInk, Align::kLeft);
    y += kLineHeight;
  }
}

void draw(Canvas& canvas, const Heatmap& map, const Layout& l) {
  draw_cells(canvas, map, l);
  draw_labels(canvas, map, l);
  draw_colour_bar(canvas, map, l);
  draw_legend(canvas, map, l);
  if (!l.footer.empty()) draw_footer(canvas, l);
}

cairo_status_t append(void* closure, const unsigned char* data, unsigned int length) {
  static_cast<std::string*>(closure)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

Layout measured(const Heatmap& map) {
  if (map.cells.size() != map.rows.size() * map.columns.size() || map.cells.empty() || !(map.low < map.high))
    throw InputError(
        fmt::format("heatmap '{}': expected rows x columns cells, at least one, and low below high", map.title));
  Canvas canvas(cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1));
  return lay_out(canvas, map);
}

}  // namespace

std::string cell_text(const HeatmapCell& cell) {
  if (!cell.ran) return "n/r";
  return fixed(cell.value, std::abs(cell.value) < 99.95 ? 1 : 0);
}

std::string heatmap_svg(const Heatmap& map, SvgUse use, std::string_view id_prefix) {
  const Layout layout = measured(map);
  std::string svg;
  cairo_surface_t* surface = cairo_svg_surface_create_for_stream(append, &svg, layout.width, layout.height);
  cairo_svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_PX);
  Canvas canvas(surface);
  if (use == SvgUse::kFile) canvas.fill({0, 0, layout.width, layout.height}, kWhite);
  draw(canvas, map, layout);
  cairo_surface_finish(canvas.finish(map.title));
  return compact_svg(svg, use, id_prefix, map.title);
}

std::string heatmap_png(const Heatmap& map, double scale) {
  const Layout layout = measured(map);
  const auto pixels = [scale](double units) { return static_cast<int>(std::ceil(units * scale)); };
  Canvas canvas(cairo_image_surface_create(CAIRO_FORMAT_RGB24, pixels(layout.width), pixels(layout.height)));
  canvas.scale(scale);
  canvas.fill({0, 0, layout.width, layout.height}, kWhite);
  draw(canvas, map, layout);
  std::string png;
  const cairo_status_t status = cairo_surface_write_to_png_stream(canvas.finish(map.title), append, &png);
  if (status != CAIRO_STATUS_SUCCESS)
    throw InputError(fmt::format("heatmap '{}': cannot be drawn: {}", map.title, cairo_status_to_string(status)));
  return png;
}

}  // namespace bitgate::reports
