// Reading JSON that a person or another machine wrote: every complaint names the file and the place in it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bitgate::compare {

// The whole file. Throws InputError (file, byte offset, reason) when it cannot be opened, is larger than `max_bytes`,
// is not JSON, or gives one object the same key twice.
nlohmann::json read_json(const std::filesystem::path& file, std::uintmax_t max_bytes);

// One value and where it stands ("/cases/3/fields/codes"). Every member throws InputError "FILE: PATH: reason".
// Refers to the json it was made from, which has to live longer.
class JsonValue {
 public:
  JsonValue(const nlohmann::json& value, const std::filesystem::path& file) : value_(&value), file_(file.string()) {}

  // An object that has every required key and no key beyond those and the optional ones.
  void require_keys(std::initializer_list<std::string_view> required,
                    std::initializer_list<std::string_view> optional = {}) const;
  bool has(std::string_view key) const;
  JsonValue at(std::string_view key) const;
  std::vector<std::pair<std::string, JsonValue>> members(std::size_t max_count) const;  // of an object
  std::vector<JsonValue> elements(std::size_t max_count) const;                         // of an array

  std::string text(std::size_t max_size) const;
  std::int64_t integer(std::int64_t min, std::int64_t max) const;
  double number() const;  // a number, or one of the strings "inf", "-inf", "nan"
  [[noreturn]] void refuse(std::string_view reason) const;

 private:
  JsonValue(const nlohmann::json& value, const std::string& file, std::string path)
      : value_(&value), file_(file), path_(std::move(path)) {}

  const nlohmann::json* value_;
  std::string file_, path_;
};

// The inverse of JsonValue::number().
nlohmann::json json_number(double value);

}  // namespace bitgate::compare
