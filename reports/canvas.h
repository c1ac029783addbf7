// A few strokes of Cairo under names of our own, each a statement of what is drawn rather than of Cairo's state.
#pragma once

#include <cairo.h>

#include <cstdint>
#include <memory>
#include <string>

#include "bitgate/reports/colour.h"

namespace bitgate::reports {

struct Box {
  double x = 0, y = 0, width = 0, height = 0;
};

enum class Align : std::uint8_t { kLeft, kCentre, kRight };
enum class Weight : std::uint8_t { kNormal, kBold };

// Text that is neither in a cell nor on a swatch; the page replaces it by its own colour.
inline constexpr Colour kInk{0x1b / 255.0, 0x1b / 255.0, 0x1f / 255.0};

class Canvas {
 public:
  // Takes the surface over.
  explicit Canvas(cairo_surface_t* surface);

  void scale(double factor);
  void fill(const Box& box, const Colour& colour);
  void outline(const Box& box, const Colour& colour, double width);
  // Parallel lines at 45 degrees, `step` apart, that end at the box: rising, or falling.
  void hatch(const Box& box, const Colour& colour, double step, bool rising);
  void line(double x0, double y0, double x1, double y1, const Colour& colour, double width);
  // Baseline at (x, y), turned by `degrees` counter-clockwise about that point.
  void text(double x, double y, const std::string& words, double size, const Colour& colour, Align align,
            Weight weight = Weight::kNormal, double degrees = 0);
  double width_of(const std::string& words, double size, Weight weight = Weight::kNormal);

  // Ends drawing. A failure of Cairo (out of memory, text that is not UTF-8) throws InputError naming `what`.
  cairo_surface_t* finish(const std::string& what);

 private:
  struct Destroy {
    void operator()(cairo_t* context) const { cairo_destroy(context); }
    void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
  };
  void font(double size, Weight weight);
  void colour(const Colour& c);

  std::unique_ptr<cairo_surface_t, Destroy> surface_;
  std::unique_ptr<cairo_t, Destroy> context_;
};

}  // namespace bitgate::reports
