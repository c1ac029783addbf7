#include "bitgate/compare/json_reader.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <system_error>

#include "bitgate/compare/file_bytes.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

using nlohmann::json;

std::vector<std::byte> read_bounded(const std::filesystem::path& file, std::uintmax_t max_bytes) {
  std::error_code status;
  const std::uintmax_t size = std::filesystem::file_size(file, status);
  if (!status && size > max_bytes)
    throw InputError(file.string() + ": " + std::to_string(size) + " bytes, expected at most " +
                     std::to_string(max_bytes));
  return read_bytes(file);
}

// The JSON library keeps the last of two equal keys and says nothing: a second "te/nvfp4" would silently win.
class RepeatedKeys {
 public:
  explicit RepeatedKeys(const std::filesystem::path& file) : file_(file.string()) {}
  void see(json::parse_event_t event, const json& parsed) {
    if (event == json::parse_event_t::object_start) open_.emplace_back();
    if (event == json::parse_event_t::object_end) open_.pop_back();
    if (event == json::parse_event_t::key && !open_.back().insert(parsed.get<std::string>()).second)
      throw InputError(file_ + ": key \"" + parsed.get<std::string>() + "\" stands twice in one object, expected once");
  }

 private:
  std::string file_;
  std::vector<std::set<std::string>> open_;
};

bool contains(std::initializer_list<std::string_view> list, std::string_view key) {
  return std::find(list.begin(), list.end(), key) != list.end();
}

// RFC 6901, so that the path can be pasted into any tool that follows JSON pointers.
std::string below(const std::string& path, std::string_view key) {
  std::string result = path + "/";
  for (const char c : key) {
    if (c == '~')
      result += "~0";
    else if (c == '/')
      result += "~1";
    else
      result += c;
  }
  return result;
}

}  // namespace

json read_json(const std::filesystem::path& file, std::uintmax_t max_bytes) {
  const std::vector<std::byte> bytes = read_bounded(file, max_bytes);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  RepeatedKeys keys(file);
  try {
    return json::parse(text, [&keys](int, json::parse_event_t event, json& parsed) {
      keys.see(event, parsed);
      return true;
    });
  } catch (const json::parse_error& error) {
    throw InputError(file.string() + ": byte " + std::to_string(error.byte) + ": not JSON");
  } catch (const json::out_of_range&) {
    throw InputError(file.string() + ": a number is too large, expected one that a double holds");
  }
}

void JsonValue::refuse(std::string_view reason) const {
  throw InputError(file_ + ": " + (path_.empty() ? "/" : path_) + ": " + std::string(reason));
}

void JsonValue::require_keys(std::initializer_list<std::string_view> required,
                             std::initializer_list<std::string_view> optional) const {
  if (!value_->is_object()) refuse("expected an object");
  for (const std::string_view key : required)
    if (!has(key)) refuse("no \"" + std::string(key) + "\", expected one");
  for (const auto& member : value_->items())
    if (!contains(required, member.key()) && !contains(optional, member.key()))
      refuse("unknown key \"" + member.key() + "\"");
}

bool JsonValue::has(std::string_view key) const {
  return value_->is_object() && value_->find(std::string(key)) != value_->end();
}

JsonValue JsonValue::at(std::string_view key) const {
  if (!has(key)) refuse("no \"" + std::string(key) + "\", expected one");
  return {*value_->find(std::string(key)), file_, below(path_, key)};
}

std::vector<std::pair<std::string, JsonValue>> JsonValue::members(std::size_t max_count) const {
  if (!value_->is_object()) refuse("expected an object");
  if (value_->size() > max_count) refuse("too many members, expected at most " + std::to_string(max_count));
  std::vector<std::pair<std::string, JsonValue>> result;
  for (const auto& member : value_->items())
    result.emplace_back(member.key(), JsonValue(member.value(), file_, below(path_, member.key())));
  return result;
}

std::vector<JsonValue> JsonValue::elements(std::size_t max_count) const {
  if (!value_->is_array()) refuse("expected an array");
  if (value_->size() > max_count) refuse("too many elements, expected at most " + std::to_string(max_count));
  std::vector<JsonValue> result;
  for (std::size_t i = 0; i < value_->size(); ++i)
    result.push_back(JsonValue((*value_)[i], file_, below(path_, std::to_string(i))));
  return result;
}

std::string JsonValue::text(std::size_t max_size) const {
  if (!value_->is_string()) refuse("expected a string");
  const auto& string = value_->get_ref<const std::string&>();
  if (string.size() > max_size) refuse("string too long, expected at most " + std::to_string(max_size) + " bytes");
  return string;
}

std::int64_t JsonValue::integer(std::int64_t min, std::int64_t max) const {
  const std::string expected = "expected an integer from " + std::to_string(min) + " to " + std::to_string(max);
  if (!value_->is_number_integer()) refuse(expected);
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (value_->is_number_unsigned() && value_->get<std::uint64_t>() > kMax) refuse(expected);
  const auto number = value_->get<std::int64_t>();
  if (number < min || number > max) refuse(expected);
  return number;
}

double JsonValue::number() const {
  if (value_->is_number()) return value_->get<double>();
  if (*value_ == "inf") return std::numeric_limits<double>::infinity();
  if (*value_ == "-inf") return -std::numeric_limits<double>::infinity();
  if (*value_ == "nan") return std::numeric_limits<double>::quiet_NaN();
  refuse("expected a number, \"inf\", \"-inf\" or \"nan\"");
}

json json_number(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

}  // namespace bitgate::compare
