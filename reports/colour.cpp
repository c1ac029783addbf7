#include "bitgate/reports/colour.h"

#include <algorithm>
#include <cmath>

namespace bitgate::reports {
namespace {

// Degree 6 in t, lowest power first: the fit by Matt Zucker (shadertoy.com/view/WlfXRN, CC0) to the table of viridis by
// Stefan van der Walt and Nathaniel Smith (github.com/BIDS/colormap, colormaps.py, CC0).
constexpr double kViridis[7][3] = {{0.2777273272234177, 0.005407344544966578, 0.3340998053353061},
                                   {0.1050930431085774, 1.404613529898575, 1.384590162594685},
                                   {-0.3308618287255563, 0.214847559468213, 0.09509516302823659},
                                   {-4.634230498983486, -5.799100973351585, -19.33244095627987},
                                   {6.228269936347081, 14.17993336680509, 56.69055260068105},
                                   {4.776384997670288, -13.74514537774601, -65.35303263337234},
                                   {-5.435455855934631, 4.645852612178535, 26.3124352495832}};

double polynomial(int channel, double t) noexcept {
  double sum = 0;
  for (int power = 6; power >= 0; --power) sum = sum * t + kViridis[power][channel];
  return std::clamp(sum, 0.0, 1.0);
}

double linear(double srgb) noexcept { return srgb <= 0.04045 ? srgb / 12.92 : std::pow((srgb + 0.055) / 1.055, 2.4); }

}  // namespace

Colour viridis(double t) noexcept {
  const double inside = t >= 0 ? std::min(t, 1.0) : 0.0;
  return {polynomial(0, inside), polynomial(1, inside), polynomial(2, inside)};
}

double luminance(const Colour& c) noexcept {
  return 0.2126 * linear(c.red) + 0.7152 * linear(c.green) + 0.0722 * linear(c.blue);
}

// The contrast ratios 1.05 / (L + 0.05) and (L + 0.05) / 0.05 are equal at L = sqrt(1.05 * 0.05) - 0.05.
Colour text_on(const Colour& background) noexcept {
  constexpr double kEqualContrast = 0.17912878474779;
  return luminance(background) > kEqualContrast ? Colour{0, 0, 0} : Colour{1, 1, 1};
}

}  // namespace bitgate::reports
