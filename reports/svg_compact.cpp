#include "bitgate/reports/svg_compact.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>
#include <vector>

#include "bitgate/reports/canvas.h"
#include "bitgate/reports/text.h"

namespace bitgate::reports {
namespace {

using Attributes = std::vector<std::pair<std::string, std::string>>;

struct Style {
  SvgUse use;
  std::string_view id_prefix, title;
};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \n\t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \n\t") - first + 1);
}

bool is_number_start(char c) { return (c >= '0' && c <= '9') || c == '-' || c == '.'; }

// A decimal number with at most two places; anything else unchanged.
std::string short_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::string(text);
  std::string out = fixed(value, 2);
  while (out.back() == '0') out.pop_back();
  if (out.back() == '.') out.pop_back();
  return out;
}

// "M 10 10 L 40 10 Z M 10 10 " -> "M10 10L40 10Z". The move after the last close draws nothing.
std::string short_path(std::string_view path) {
  std::string out;
  std::size_t last_move = std::string::npos;
  bool after_number = false;
  for (std::size_t i = 0; i < path.size();) {
    if (is_number_start(path[i])) {
      const std::size_t end = std::min(path.find_first_of(" ,", i), path.size());
      if (after_number) out += ' ';
      out += short_number(path.substr(i, end - i));
      after_number = true;
      i = end;
      continue;
    }
    if (path[i] != ' ' && path[i] != ',') {
      if (path[i] == 'M')
        last_move = out.size();
      else
        last_move = std::string::npos;
      out += path[i];
      after_number = false;
    }
    ++i;
  }
  if (last_move != std::string::npos && last_move > 0) out.resize(last_move);
  return out;
}

std::string hex_of(const Colour& c) {
  const auto byte = [](double channel) { return static_cast<int>(std::lround(channel * 255)); };
  return fmt::format("#{:02x}{:02x}{:02x}", byte(c.red), byte(c.green), byte(c.blue));
}

// "rgb(26.67%,0.4%,33%)" -> "#4401...", the page's own colour for kInk.
std::string short_colour(std::string_view text, SvgUse use) {
  if (!text.starts_with("rgb(") || text.back() != ')') return std::string(text);
  double channels[3] = {0, 0, 0};
  const char* at = text.data() + 4;
  const char* const end = text.data() + text.size();
  for (double& channel : channels) {
    while (at != end && *at == ' ') ++at;
    const auto [next, error] = std::from_chars(at, end, channel);
    if (error != std::errc{} || next == end || *next != '%') return std::string(text);
    at = next + 2;
    channel /= 100;
  }
  const std::string hex = hex_of({channels[0], channels[1], channels[2]});
  if (use == SvgUse::kPage && hex == hex_of(kInk)) return "currentColor";
  return hex;
}

bool is_default(std::string_view name, std::string_view value) {
  constexpr std::pair<std::string_view, std::string_view> kDefaults[] = {
      {"fill-opacity", "1"},      {"fill-rule", "nonzero"}, {"stroke", "none"},          {"stroke-opacity", "1"},
      {"stroke-linecap", "butt"}, {"stroke-width", "1"},    {"stroke-linejoin", "miter"}};
  for (const auto& [default_name, default_value] : kDefaults)
    if (name == default_name && value == default_value) return true;
  // Our lines meet at right angles only, far below any limit.
  return name == "stroke-miterlimit";
}

void add_property(Attributes& out, std::string_view name, std::string_view value, SvgUse use) {
  if (!is_default(name, value)) out.emplace_back(name, short_colour(value, use));
}

void add_style(Attributes& out, std::string_view style, SvgUse use) {
  while (!style.empty()) {
    const std::size_t end = std::min(style.find(';'), style.size());
    const std::string_view declaration = style.substr(0, end);
    const std::size_t colon = declaration.find(':');
    if (colon != std::string_view::npos)
      add_property(out, trimmed(declaration.substr(0, colon)), trimmed(declaration.substr(colon + 1)), use);
    style.remove_prefix(std::min(end + 1, style.size()));
  }
}

void add_attribute(Attributes& out, std::string_view name, std::string_view value, const Style& style) {
  const bool page = style.use == SvgUse::kPage;
  const auto prefixed = [&](std::string_view id) { return fmt::format("{}{}", style.id_prefix, id); };
  if (name == "style")
    add_style(out, value, style.use);
  else if (name == "d")
    out.emplace_back(name, short_path(value));
  else if (name == "x" || name == "y")
    out.emplace_back(name, short_number(value));
  else if (name == "id" && value.starts_with("surface"))
    return;  // counts surfaces of the process; nothing refers to it
  else if (name == "id")
    out.emplace_back(name, prefixed(value));
  else if (name == "xlink:href" && value.starts_with('#'))
    out.emplace_back(page ? "href" : "xlink:href", "#" + prefixed(value.substr(1)));
  else if (value.starts_with("url(#"))
    out.emplace_back(name, "url(#" + prefixed(value.substr(5)));
  else if (page && (name.starts_with("xmlns") || name == "version"))
    return;
  else
    add_property(out, name, value, style.use);
}

std::string short_tag(std::string_view tag, const Style& style) {
  const bool closed = tag.ends_with('/');
  if (closed) tag.remove_suffix(1);
  const std::size_t name_end = std::min(tag.find_first_of(" \n"), tag.size());
  const std::string_view element = tag.substr(0, name_end);
  Attributes attributes;
  for (std::string_view rest = trimmed(tag.substr(name_end)); !rest.empty(); rest = trimmed(rest)) {
    const std::size_t equals = rest.find("=\"");
    const std::size_t end = equals == std::string_view::npos ? equals : rest.find('"', equals + 2);
    if (end == std::string_view::npos) return fmt::format("<{}{}>", tag, closed ? "/" : "");
    add_attribute(attributes, rest.substr(0, equals), rest.substr(equals + 2, end - equals - 2), style);
    rest.remove_prefix(end + 1);
  }
  std::string out = fmt::format("<{}", element);
  for (const auto& [name, value] : attributes) out += fmt::format(" {}=\"{}\"", name, value);
  if (element == "svg") out += fmt::format(" role=\"img\" aria-label=\"{}\"", escape_xml(style.title));
  return out + (closed ? "/>" : ">");
}

}  // namespace

std::string compact_svg(std::string_view svg, SvgUse use, std::string_view id_prefix, std::string_view title) {
  const Style style{use, id_prefix, title};
  std::string out;
  while (!svg.empty()) {
    const std::size_t open = std::min(svg.find('<'), svg.size());
    out += trimmed(svg.substr(0, open));
    svg.remove_prefix(open);
    const std::size_t close = svg.find('>');
    if (close == std::string_view::npos) break;
    const std::string_view tag = svg.substr(1, close - 1);
    if (tag.starts_with('?') || tag.starts_with('!')) {
      if (use == SvgUse::kFile) out += fmt::format("<{}>\n", tag);
    } else if (tag.starts_with('/')) {
      out += fmt::format("<{}>", tag);
    } else {
      out += short_tag(tag, style);
    }
    svg.remove_prefix(close + 1);
  }
  return out + "\n";
}

}  // namespace bitgate::reports
