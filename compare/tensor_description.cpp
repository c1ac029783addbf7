#include "bitgate/compare/tensor_description.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "bitgate/compare/input_file.h"
#include "bitgate/compare/json_reader.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

constexpr std::int64_t kVersion = 1;
constexpr std::size_t kMaxName = 256;
constexpr std::array<GlobalNumber, 4> kNumbers{GlobalNumber::kNone, GlobalNumber::kAmax, GlobalNumber::kMultiplier,
                                               GlobalNumber::kDivisor};
constexpr std::array<NibbleOrder, 2> kOrders{NibbleOrder::kLowFirst, NibbleOrder::kHighFirst};

// What tensor.json says of a scheme beside its name.
struct SchemeWords {
  std::string_view element, scale, extra, global;
  std::int64_t block_rows, block_cols;
};
SchemeWords words_of(const Scheme& s) noexcept {
  return {s.element.name, s.scale.name, s.extra.name, name_of(s.global), s.block.rows, s.block.cols};
}

// A key that is absent agrees with everything.
bool says(const JsonValue& object, std::string_view key, std::string_view word) {
  return !object.has(key) || object.at(key).text(kMaxName) == word;
}

bool block_says(const JsonValue& object, const SchemeWords& words) {
  if (!object.has("block")) return true;
  const auto sides = object.at("block").elements(2);
  constexpr std::int64_t kMax = std::int64_t{1} << 40;
  if (sides.size() != 2) object.at("block").refuse("expected [rows, columns]");
  return sides[0].integer(0, kMax) == words.block_rows && sides[1].integer(0, kMax) == words.block_cols;
}

bool agrees(const JsonValue& object, const Scheme& scheme) {
  const SchemeWords words = words_of(scheme);
  return says(object, "element", words.element) && says(object, "scale", words.scale) &&
         says(object, "extra", words.extra) && says(object, "global", words.global) && block_says(object, words);
}

std::string scheme_names() {
  std::string names;
  for (const Scheme& scheme : kSchemes) names += fmt::format("{}{}", names.empty() ? "" : ", ", scheme.name);
  return names;
}

SchemeId read_scheme(const JsonValue& object) {
  if (object.has("scheme")) {
    const JsonValue name = object.at("scheme");
    const Scheme* scheme = find_scheme(name.text(kMaxName));
    if (scheme == nullptr) name.refuse(fmt::format("unknown scheme, expected one of {}", scheme_names()));
    if (!agrees(object, *scheme))
      object.refuse(fmt::format("element, scale, extra, block or global contradicts scheme {}", scheme->name));
    return scheme->id;
  }
  for (const std::string_view key : {"element", "scale", "block", "global"})
    if (!object.has(key)) object.refuse(fmt::format("expected \"scheme\", or \"{}\" and its kin", key));
  const Scheme* found = nullptr;
  for (const Scheme& scheme : kSchemes) {
    if (!agrees(object, scheme)) continue;
    if (found != nullptr)
      object.refuse(fmt::format("both {} and {} fit, expected \"scheme\" to choose", found->name, scheme.name));
    found = &scheme;
  }
  if (found == nullptr) object.refuse(fmt::format("no scheme fits, expected one of {}", scheme_names()));
  return found->id;
}

// The one word of today; later ones are refused rather than read wrongly.
void require_word(const JsonValue& object, std::string_view key, std::string_view word) {
  if (!says(object, key, word)) object.at(key).refuse(fmt::format("expected \"{}\"", word));
}

TensorDescription read_object(const JsonValue& object, std::string_view file) {
  object.require_keys({"bitgate_tensor", "rows", "cols"},
                      {"scheme", "element", "scale", "extra", "block", "direction", "global", "global_number",
                       "nibble_order", "scale_layout", "padding", "values", "recipe"});
  object.at("bitgate_tensor").integer(kVersion, kVersion);
  constexpr std::int64_t kMaxSide = std::int64_t{1} << 40;
  TensorDescription d;
  d.scheme = read_scheme(object);
  d.extent = {object.at("rows").integer(0, kMaxSide), object.at("cols").integer(0, kMaxSide)};
  const Scheme& scheme = scheme_of(d.scheme);
  if (object.has("global_number") || scheme.global != GlobalAxis::kNone) {
    const auto number = find_global_number(object.at("global_number").text(kMaxName));
    if (!number) object.at("global_number").refuse("expected none, amax, multiplier or divisor");
    d.global_number = *number;
  }
  if (object.has("nibble_order") || scheme.element.bits == 4) {
    const std::string order = object.at("nibble_order").text(kMaxName);
    const auto found = find_nibble_order(order);
    const bool meaningless = order == "none" && scheme.element.bits != 4;
    if (!found && !meaningless) object.at("nibble_order").refuse("expected low-first or high-first");
    d.nibbles = found.value_or(NibbleOrder::kLowFirst);
  }
  require_word(object, "direction", "row");
  require_word(object, "scale_layout", "logical");
  require_word(object, "padding", "none");
  if (!says(object, "values", "none")) {
    d.values = find_input_type(object.at("values").text(kMaxName));
    if (!d.values) object.at("values").refuse("expected none, fp32, bf16 or f16");
  }
  if (object.has("recipe")) d.recipe = object.at("recipe").text(kMaxName);
  require_consistent(d, file);
  return d;
}

}  // namespace

bool TensorDescription::agrees_with(const TensorDescription& other) const noexcept {
  const bool nibbles_agree = scheme_of(scheme).element.bits != 4 || nibbles == other.nibbles;
  return scheme == other.scheme && extent == other.extent && global_number == other.global_number && nibbles_agree &&
         values == other.values;
}

std::string_view name_of(GlobalAxis axis) noexcept {
  switch (axis) {
    case GlobalAxis::kNone: return "none";
    case GlobalAxis::kTensor: return "tensor";
    case GlobalAxis::kRow: return "row";
    case GlobalAxis::kColumn: return "column";
  }
  return "?";
}

std::string_view name_of(GlobalNumber number) noexcept {
  switch (number) {
    case GlobalNumber::kNone: return "none";
    case GlobalNumber::kAmax: return "amax";
    case GlobalNumber::kMultiplier: return "multiplier";
    case GlobalNumber::kDivisor: return "divisor";
  }
  return "?";
}

std::string_view name_of(NibbleOrder order) noexcept {
  return order == NibbleOrder::kLowFirst ? "low-first" : "high-first";
}

std::optional<GlobalNumber> find_global_number(std::string_view name) noexcept {
  for (const GlobalNumber number : kNumbers)
    if (name == name_of(number)) return number;
  return std::nullopt;
}

std::optional<NibbleOrder> find_nibble_order(std::string_view name) noexcept {
  for (const NibbleOrder order : kOrders)
    if (name == name_of(order)) return order;
  return std::nullopt;
}

const Scheme* find_scheme(std::string_view name) noexcept {
  for (const Scheme& scheme : kSchemes)
    if (name == scheme.name) return &scheme;
  return nullptr;
}

void require_consistent(const TensorDescription& d, std::string_view file) {
  require_extent(file, d.extent);
  const Scheme& scheme = scheme_of(d.scheme);
  const bool has_global = scheme.global != GlobalAxis::kNone;
  if (has_global == (d.global_number != GlobalNumber::kNone)) return;
  throw InputError(fmt::format("{}: scheme {} has {} global, but its stored number is said to be {}", file, scheme.name,
                               has_global ? "a" : "no", name_of(d.global_number)));
}

std::string to_json(const TensorDescription& d) {
  const Scheme& scheme = scheme_of(d.scheme);
  const SchemeWords words = words_of(scheme);
  nlohmann::ordered_json object;
  object["bitgate_tensor"] = kVersion;
  object["scheme"] = scheme.name;
  object["rows"] = d.extent.rows;
  object["cols"] = d.extent.cols;
  object["element"] = words.element;
  object["scale"] = words.scale;
  object["extra"] = words.extra;
  object["block"] = {words.block_rows, words.block_cols};
  object["direction"] = "row";
  object["global"] = words.global;
  object["global_number"] = name_of(d.global_number);
  object["nibble_order"] = scheme.element.bits == 4 ? name_of(d.nibbles) : "none";
  object["scale_layout"] = "logical";
  object["padding"] = "none";
  object["values"] = d.values ? bitgate::name_of(*d.values) : "none";
  object["recipe"] = d.recipe;
  return object.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

TensorDescription parse_description(std::span<const std::byte> json, std::string_view file) {
  const std::string_view text(reinterpret_cast<const char*>(json.data()), json.size());
  nlohmann::json parsed;
  try {
    parsed = nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    refuse_file(file, error.byte, "is not JSON");
  } catch (const nlohmann::json::out_of_range&) {
    refuse_file(file, 0, "a number is beyond what JSON readers hold");
  }
  return read_object(JsonValue(parsed, std::filesystem::path(file)), file);
}

}  // namespace bitgate::compare
