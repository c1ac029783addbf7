#include "bitgate/reports/canvas.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "bitgate/reference/format/error.h"

namespace bitgate::reports {
namespace {

// Hinting would move glyphs by fractions of a pixel that depend on the surface; without it SVG and PNG agree.
void set_font_options(cairo_t* context) {
  cairo_font_options_t* options = cairo_font_options_create();
  cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
  cairo_set_font_options(context, options);
  cairo_font_options_destroy(options);
}

}  // namespace

Canvas::Canvas(cairo_surface_t* surface) : surface_(surface), context_(cairo_create(surface)) {
  set_font_options(context_.get());
}

void Canvas::scale(double factor) { cairo_scale(context_.get(), factor, factor); }

void Canvas::colour(const Colour& c) { cairo_set_source_rgb(context_.get(), c.red, c.green, c.blue); }

void Canvas::fill(const Box& box, const Colour& c) {
  colour(c);
  cairo_rectangle(context_.get(), box.x, box.y, box.width, box.height);
  cairo_fill(context_.get());
}

void Canvas::outline(const Box& box, const Colour& c, double width) {
  colour(c);
  cairo_set_line_width(context_.get(), width);
  cairo_rectangle(context_.get(), box.x, box.y, box.width, box.height);
  cairo_stroke(context_.get());
}

// Ends of each line are worked out rather than clipped: a clip path in every hatched cell would swell the SVG.
void Canvas::hatch(const Box& box, const Colour& c, double step, bool rising) {
  colour(c);
  cairo_set_line_width(context_.get(), 1);
  for (double sum = step; sum < box.width + box.height; sum += step) {
    const double x0 = std::min(sum, box.width), y0 = sum - x0;
    const double y1 = std::min(sum, box.height), x1 = sum - y1;
    const double top0 = rising ? y0 : box.height - y0;
    const double top1 = rising ? y1 : box.height - y1;
    cairo_move_to(context_.get(), box.x + x0, box.y + top0);
    cairo_line_to(context_.get(), box.x + x1, box.y + top1);
  }
  cairo_stroke(context_.get());
}

void Canvas::line(double x0, double y0, double x1, double y1, const Colour& c, double width) {
  colour(c);
  cairo_set_line_width(context_.get(), width);
  cairo_move_to(context_.get(), x0, y0);
  cairo_line_to(context_.get(), x1, y1);
  cairo_stroke(context_.get());
}

void Canvas::font(double size, Weight weight) {
  cairo_select_font_face(context_.get(), "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                         weight == Weight::kBold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(context_.get(), size);
}

void Canvas::text(double x, double y, const std::string& words, double size, const Colour& c, Align align,
                  Weight weight, double degrees) {
  const double shift = align == Align::kLeft ? 0.0 : align == Align::kCentre ? -0.5 : -1.0;
  const double start = shift * width_of(words, size, weight);
  colour(c);
  if (degrees == 0) {
    cairo_move_to(context_.get(), x + start, y);
    cairo_show_text(context_.get(), words.c_str());
    return;
  }
  cairo_save(context_.get());
  cairo_translate(context_.get(), x, y);
  cairo_rotate(context_.get(), -degrees * std::numbers::pi / 180);
  cairo_move_to(context_.get(), start, 0);
  cairo_show_text(context_.get(), words.c_str());
  cairo_restore(context_.get());
}

double Canvas::width_of(const std::string& words, double size, Weight weight) {
  font(size, weight);
  cairo_text_extents_t extents;
  cairo_text_extents(context_.get(), words.c_str(), &extents);
  return extents.x_advance;
}

cairo_surface_t* Canvas::finish(const std::string& what) {
  const cairo_status_t drawn = cairo_status(context_.get());
  context_.reset();
  if (drawn != CAIRO_STATUS_SUCCESS) throw InputError(what + ": cannot be drawn: " + cairo_status_to_string(drawn));
  cairo_surface_flush(surface_.get());
  return surface_.get();
}

}  // namespace bitgate::reports
