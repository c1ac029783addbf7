// Enough of an XML parser to say whether a text is well formed: tags nest and close, attributes are quoted, and &
// starts one of the five entities.
#pragma once

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

namespace bitgate::reports::sample {

inline bool entities_are_known(std::string_view text) {
  for (std::size_t at = text.find('&'); at != std::string_view::npos; at = text.find('&', at + 1)) {
    bool known = false;
    for (const std::string_view entity : {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"})
      known = known || text.substr(at).starts_with(entity);
    if (!known) return false;
  }
  return true;
}

inline bool attributes_are_quoted(std::string_view rest) {
  while (!rest.empty()) {
    if (rest[0] != ' ') return false;
    rest.remove_prefix(1);
    const std::size_t equals = rest.find("=\"");
    if (equals == std::string_view::npos || equals == 0) return false;
    for (const char c : rest.substr(0, equals))
      if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != ':') return false;
    const std::size_t close = rest.find('"', equals + 2);
    if (close == std::string_view::npos) return false;
    rest.remove_prefix(close + 1);
  }
  return true;
}

// "" when well formed, else the tag or text at which it is not.
inline std::string xml_fault(std::string_view xml) {
  if (!entities_are_known(xml)) return "unknown entity";
  std::vector<std::string> open;
  std::size_t roots = 0;
  while (true) {
    const std::size_t start = xml.find('<');
    if (start == std::string_view::npos) break;
    const std::size_t end = xml.find('>', start);
    if (end == std::string_view::npos) return std::string(xml.substr(start, 40));
    std::string_view tag = xml.substr(start + 1, end - start - 1);
    const std::string whole(tag);
    xml.remove_prefix(end + 1);
    if (tag.starts_with('?')) continue;
    if (tag.starts_with('/')) {
      if (open.empty() || open.back() != tag.substr(1)) return whole;
      open.pop_back();
      continue;
    }
    const bool empty = tag.ends_with('/');
    if (empty) tag.remove_suffix(1);
    const std::size_t name_end = std::min(tag.find(' '), tag.size());
    if (!attributes_are_quoted(tag.substr(name_end))) return whole;
    roots += open.empty() ? 1 : 0;
    if (!empty) open.emplace_back(tag.substr(0, name_end));
  }
  if (!open.empty()) return "not closed: " + open.back();
  return roots == 1 ? "" : "not one root";
}

}  // namespace bitgate::reports::sample
