// The colours of heatmaps: viridis, which rises evenly in lightness and reads the same to colour-blind eyes and in
// grey.
#pragma once

namespace bitgate::reports {

struct Colour {
  double red = 0, green = 0, blue = 0;  // sRGB, 0 to 1
};

// t from 0 (dark violet) to 1 (yellow); outside it the nearer end; NaN gives 0.
Colour viridis(double t) noexcept;

// Relative luminance of an sRGB colour, 0 (black) to 1 (white): WCAG 2.1, "relative luminance".
double luminance(const Colour& colour) noexcept;

// Black or white, whichever has the higher contrast ratio (WCAG 2.1) on `background`.
Colour text_on(const Colour& background) noexcept;

}  // namespace bitgate::reports
