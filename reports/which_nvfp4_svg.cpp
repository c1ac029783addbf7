#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "bitgate/reports/colour.h"
#include "bitgate/reports/text.h"
#include "bitgate/reports/which_nvfp4.h"

namespace bitgate::reports {
namespace {

constexpr std::string_view kFont = "font-family=\"sans-serif\"";

std::string start_of(int width, int height, std::string_view title) {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" {2}>\n"
      "<title>{3}</title>\n<rect width=\"{0}\" height=\"{1}\" fill=\"#fff\"/>\n",
      width, height, kFont, escape_xml(title));
}

std::string words(int x, int y, int size, std::string_view text, std::string_view attributes = "") {
  return fmt::format("<text x=\"{}\" y=\"{}\" font-size=\"{}\"{}{}>{}</text>\n", x, y, size,
                     attributes.empty() ? "" : " ", attributes, escape_xml(text));
}

std::string hex(const Colour& colour) {
  const auto part = [](double x) { return static_cast<int>(std::lround(255 * x)); };
  return fmt::format("#{:02x}{:02x}{:02x}", part(colour.red), part(colour.green), part(colour.blue));
}

// By decade of ppm, 1 dark to 10^6 yellow.
Colour colour_of(double ppm) { return viridis(std::log10(std::max(ppm, 1.0)) / 6); }

// "0", "15", "3.3k", "31%": short enough for a cell.
std::string cell_words(double ppm) {
  if (ppm == 0) return "0";
  if (ppm < 999.5) return fixed(ppm, 0);
  if (ppm < 9950) return fixed(ppm / 1e3, 1) + "k";
  return fixed(ppm / 1e4, ppm < 99500 ? 1 : 0) + "%";
}

struct Convention {
  std::string_view name, stored, formula, decode;
  std::string_view fill;
};
// For amax = 10.5, where 2688 / 10.5 = 256 exactly.
constexpr std::array kConventions{
    Convention{"amax", "10.5", "max|x|", "code * scale * (10.5 / 2688)", "#e8f0fe"},
    Convention{"encode scale S", "256", "2688 / amax", "code * scale / 256", "#e6f4ea"},
    Convention{"decode scale s", "0.00390625", "amax / 2688", "code * scale * 0.00390625", "#fef7e0"},
    Convention{"none", "nothing", "the scale alone", "code * scale", "#f1f3f4"}};

}  // namespace

std::string which_nvfp4_globals_svg() {
  constexpr int kWidth = 820, kTop = 78, kRow = 58, kHeight = kTop + kRow * static_cast<int>(kConventions.size()) + 16;
  constexpr std::array kColumns{20, 210, 380, 550};
  constexpr std::array<std::string_view, 4> kHeads{"convention", "what is stored", "how it is made", "a value again"};
  std::string out = start_of(kWidth, kHeight, "What the global number of NVFP4 is");
  out += words(20, 28, 16, "One tensor with max|x| = 10.5, and the global number that producers store beside it",
               "font-weight=\"bold\"");
  for (std::size_t i = 0; i < kColumns.size(); ++i) out += words(kColumns[i] + 10, 60, 13, kHeads[i], "fill=\"#444\"");
  int y = kTop;
  for (const Convention& one : kConventions) {
    out += fmt::format("<rect x=\"14\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"6\" fill=\"{}\"/>\n", y, kWidth - 28,
                       kRow - 8, one.fill);
    out += words(kColumns[0] + 10, y + 31, 15, one.name, "font-weight=\"bold\"");
    out += words(kColumns[1] + 10, y + 31, 15, one.stored, "font-family=\"monospace\"");
    out += words(kColumns[2] + 10, y + 31, 14, one.formula, "font-family=\"monospace\"");
    out += words(kColumns[3] + 10, y + 31, 14, one.decode, "font-family=\"monospace\"");
    y += kRow;
  }
  return out + "</svg>\n";
}

std::string which_nvfp4_codes_svg(const compare::Nvfp4Codes& codes) {
  constexpr int kCell = 40, kCellHeight = 20, kGlyph = 7;
  std::vector<std::string> labels = codes.recipes;
  std::size_t longest = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (codes.kinds[i] > 1) labels[i] += fmt::format(" +{}", codes.kinds[i] - 1);
    longest = std::max(longest, labels[i].size());
  }
  const auto n = static_cast<int>(codes.recipes.size());
  const int left = 20 + kGlyph * static_cast<int>(longest), top = 70 + kGlyph * static_cast<int>(longest);
  const int width = std::max(left + kCell * n + 20, 640), height = top + kCellHeight * n + 20;
  std::string out = start_of(width, height, "Codes that differ between NVFP4 recipes");
  out += words(14, 26, 16, "E2M1 codes that differ on normal bf16 data, of a million", "font-weight=\"bold\"");
  out += words(
      14, 46, 12,
      fmt::format("{} codes each; k: thousands; %: of all codes; +n: so many more of the producer have equal codes",
                  codes.codes),
      "fill=\"#444\"");
  for (int i = 0; i < n; ++i) {
    const std::string& name = labels[static_cast<std::size_t>(i)];
    const int x = left + kCell * i + kCell / 2 + 4, y = top + kCellHeight * i + 14;
    out += words(left - 8, y, 12, name, "text-anchor=\"end\"");
    out += words(x, top - 8, 12, name, fmt::format("transform=\"rotate(-90 {} {})\"", x, top - 8));
  }
  for (int row = 0; row < n; ++row)
    for (int col = 0; col < n; ++col) {
      if (row == col) continue;
      const double ppm = codes.ppm[static_cast<std::size_t>(row * n + col)];
      const Colour colour = colour_of(ppm);
      const int x = left + kCell * col, y = top + kCellHeight * row;
      out += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>", x, y, kCell - 1,
                         kCellHeight - 1, ppm == 0 ? "#eeeeee" : hex(colour));
      out += words(x + kCell / 2, y + 14, 11, cell_words(ppm),
                   fmt::format("text-anchor=\"middle\" fill=\"{}\"", ppm == 0 ? "#000000" : hex(text_on(colour))));
    }
  return out + "</svg>\n";
}

}  // namespace bitgate::reports
