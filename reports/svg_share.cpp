#include "bitgate/reports/svg_share.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <map>
#include <vector>

namespace bitgate::reports {
namespace {

constexpr std::string_view kSymbol = "<symbol overflow=\"visible\" id=\"", kSymbolEnd = "</symbol>";
constexpr std::string_view kUse = "<use href=\"#", kGroup = "<g fill=\"", kGroupEnd = "</g>";

// Takes `text` up to `end` away from its front; npos: leaves it.
bool take(std::string_view& text, std::string_view end, std::string_view& before) {
  const std::size_t at = text.find(end);
  if (at == std::string_view::npos) return false;
  before = text.substr(0, at);
  text.remove_prefix(at + end.size());
  return true;
}

bool skip(std::string_view& text, std::string_view start) {
  if (!text.starts_with(start)) return false;
  text.remove_prefix(start.size());
  return true;
}

// Hundredths of a unit.
bool take_number(std::string_view& text, std::int64_t& hundredths) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return false;
  hundredths = std::llround(value * 100);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

std::string number(std::int64_t hundredths) {
  std::string out =
      fmt::format("{}{}.{:02}", hundredths < 0 ? "-" : "", std::abs(hundredths) / 100, std::abs(hundredths) % 100);
  while (out.back() == '0') out.pop_back();
  if (out.back() == '.') out.pop_back();
  return out;
}

struct Glyph {
  std::string_view id;
  std::int64_t x = 0, y = 0;
};

struct Run {
  std::string_view fill;
  std::vector<Glyph> glyphs;
};

// <g fill="F"><use href="#ID" x="X" y="Y"/>...</g> and nothing else in it.
bool take_run(std::string_view& text, Run& run) {
  std::string_view rest = text;
  if (!skip(rest, kGroup) || !take(rest, "\">", run.fill)) return false;
  while (skip(rest, kUse)) {
    Glyph glyph;
    if (!take(rest, "\"", glyph.id) || !skip(rest, " x=\"") || !take_number(rest, glyph.x)) return false;
    if (!skip(rest, "\" y=\"") || !take_number(rest, glyph.y) || !skip(rest, "\"/>")) return false;
    run.glyphs.push_back(glyph);
  }
  if (run.glyphs.empty() || !skip(rest, kGroupEnd)) return false;
  text = rest;
  return true;
}

class Sharing {
 public:
  std::string shared(std::string_view page) {
    std::string out;
    while (!page.empty()) {
      const std::size_t next = page.find('<', 1);
      Run run;
      if (page.starts_with(kSymbol) && keep_symbol(page, out)) continue;
      if (page.starts_with(kGroup) && take_run(page, run)) {
        out += drawn(run);
        continue;
      }
      out += page.substr(0, next);
      page.remove_prefix(std::min(next, page.size()));
    }
    return out;
  }

 private:
  // Writes the symbol unless an earlier one draws the same.
  bool keep_symbol(std::string_view& page, std::string& out) {
    std::string_view rest = page, id, drawing;
    if (!skip(rest, kSymbol) || !take(rest, "\">", id) || !take(rest, kSymbolEnd, drawing)) return false;
    page = rest;
    const auto [at, is_new] = by_drawing_.emplace(drawing, fmt::format("s{}", by_drawing_.size()));
    glyph_of_[std::string(id)] = at->second;
    if (is_new) out += fmt::format("{}{}\">{}{}", kSymbol, at->second, drawing, kSymbolEnd);
    return true;
  }

  std::string glyph(std::string_view id) const {
    const auto at = glyph_of_.find(id);
    return at == glyph_of_.end() ? std::string(id) : at->second;
  }

  // The first of its kind draws its glyphs about the place of the first one and takes an id; the others refer to it.
  std::string drawn(const Run& run) {
    const Glyph& first = run.glyphs.front();
    std::string glyphs;
    for (const Glyph& g : run.glyphs) {
      glyphs += fmt::format("<use href=\"#{}\"", glyph(g.id));
      if (g.x != first.x) glyphs += fmt::format(" x=\"{}\"", number(g.x - first.x));
      if (g.y != first.y) glyphs += fmt::format(" y=\"{}\"", number(g.y - first.y));
      glyphs += "/>";
    }
    const auto [at, is_new] = by_glyphs_.emplace(glyphs, fmt::format("t{}", by_glyphs_.size()));
    const std::string place = fmt::format("x=\"{}\" y=\"{}\"", number(first.x), number(first.y));
    const std::string use = fmt::format("<use href=\"#{}\" {} fill=\"{}\"/>", at->second, place, run.fill);
    return is_new ? fmt::format("<defs><g id=\"{}\">{}</g></defs>{}", at->second, glyphs, use) : use;
  }

  std::map<std::string, std::string, std::less<>> by_drawing_, by_glyphs_, glyph_of_;
};

}  // namespace

std::string share_drawings(std::string_view page) { return Sharing().shared(page); }

}  // namespace bitgate::reports
