#include "bitgate/compare/recording.h"

#include <algorithm>
#include <array>
#include <set>
#include <span>

namespace bitgate::compare {
namespace {

// Fields in the order in which one follows from another, so that the first named is the cause.
constexpr std::array<std::string_view, 5> kFieldNames{"global", "scales", "codes", "extras", "values"};
constexpr std::size_t kNameAt = 66;  // behind a digest and two spaces

RecordedField record(std::span<const std::byte> bytes) {
  return {sha256_hex(bytes), static_cast<std::int64_t>(bytes.size()), tile_checksums(bytes)};
}

// What became of one field; "" when it is the same.
std::string field_difference(const RecordedField* recorded, const RecordedField* now, const std::string& other) {
  if (recorded == nullptr && now == nullptr) return "";
  if (recorded == nullptr) return "not recorded, " + other + " has " + std::to_string(now->bytes) + " bytes";
  const std::string recorded_bytes = std::to_string(recorded->bytes) + " bytes recorded, " + other + " has ";
  if (now == nullptr) return recorded_bytes + "none";
  if (recorded->bytes != now->bytes) return recorded_bytes + std::to_string(now->bytes);
  const auto size = static_cast<std::int64_t>(tile_size(static_cast<std::size_t>(now->bytes)));
  for (std::size_t i = 0; i < now->tiles.size(); ++i) {
    if (recorded->tiles.at(i) == now->tiles[i]) continue;
    const std::int64_t begin = static_cast<std::int64_t>(i) * size;
    return "tile " + std::to_string(i) + " of " + std::to_string(now->tiles.size()) + " (bytes " +
           std::to_string(begin) + " to " + std::to_string(std::min(begin + size, now->bytes) - 1) + ") differs";
  }
  return recorded->sha256 == now->sha256 ? "" : "SHA-256 differs, though no tile's CRC-32 does";
}

using Fields = std::map<std::string, RecordedField>;

std::string field_differences(const Fields& first, const Fields& second, const std::string& other) {
  const auto find = [](const Fields& fields, std::string_view name) {
    const auto at = fields.find(std::string(name));
    return at == fields.end() ? nullptr : &at->second;
  };
  for (const std::string_view name : kFieldNames)
    if (const std::string what = field_difference(find(first, name), find(second, name), other); !what.empty())
      return std::string(name) + ": " + what;
  return "";
}

}  // namespace

std::map<std::string, RecordedField> record_fields(const QuantizedTensor& answer) {
  const std::array<std::span<const std::byte>, kFieldNames.size()> bytes{
      global_bytes(answer), scales_bytes(answer), codes_bytes(answer), extras_bytes(answer), values_bytes(answer)};
  std::map<std::string, RecordedField> fields;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    if (!bytes[i].empty()) fields.emplace(kFieldNames[i], record(bytes[i]));
  return fields;
}

std::string digest_of_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text.empty() ? "" : sha256_hex(std::as_bytes(std::span(text)));
}

std::string changed_lines(const std::vector<std::string>& first, const std::vector<std::string>& second) {
  if (first.empty() || second.empty()) return "";
  std::vector<std::string> names;
  const auto add_missing = [&names](const std::vector<std::string>& from, const std::vector<std::string>& in) {
    const std::set<std::string> known(in.begin(), in.end());
    for (const std::string& line : from) {
      const std::string name = line.substr(std::min(line.size(), kNameAt));
      if (!known.contains(line) && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  };
  add_missing(first, second);
  add_missing(second, first);
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string difference(const RecordedCase& recorded, const QuantizedTensor& answer) {
  return field_differences(recorded.fields, record_fields(answer), "the answer");
}

std::string difference(const RecordedCase& first, const RecordedCase& second) {
  return field_differences(first.fields, second.fields, "the second");
}

}  // namespace bitgate::compare
