#include "bitgate/reports/text.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <span>

#include "bitgate/compare/file_bytes.h"

namespace bitgate::reports {
namespace {

std::string non_finite_text(double value) {
  if (std::isnan(value)) return "nan";
  return value > 0 ? "inf" : "-inf";
}

}  // namespace

std::string number_text(double value) {
  if (!std::isfinite(value)) return non_finite_text(value);
  return nlohmann::json(value).dump();
}

std::string fixed(double value, int decimals) {
  if (!std::isfinite(value)) return non_finite_text(value);
  std::string text = fmt::format("{:.{}f}", value, decimals);
  if (text[0] == '-' && text.find_first_not_of("-0.") == std::string::npos) text.erase(0, 1);
  return text;
}

std::string escape_xml(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (c == '\'')
      out += "&#39;";
    else if (byte < 0x20 && c != '\n' && c != '\t')
      out += '?';
    else
      out += c;
  }
  return out;
}

void write_text(const std::filesystem::path& file, std::string_view text) {
  compare::write_bytes(file, std::as_bytes(std::span<const char>(text)));
}

}  // namespace bitgate::reports
