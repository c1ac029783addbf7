// tensor.json, read and written.
#include "bitgate/compare/tensor_description.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "bitgate/compare/input_file.h"
#include "bitgate/compare/json_reader.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reference/layout/raw_blocks.h"

namespace bitgate::compare {
namespace {

constexpr std::int64_t kVersion = 1;
constexpr std::size_t kMaxName = 256;
constexpr double kUsualAmaxOver = 2688.0;  // where tensor.json states none

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

// Of a scheme without a stored amax: not to be stated.
bool amax_over_says(const JsonValue& object, const Scheme& scheme, double when_absent) {
  const double stated = object.has("amax_over") ? object.at("amax_over").number() : when_absent;
  if (scheme.amax_over == 0.0f) return !object.has("amax_over");
  return stated == static_cast<double>(scheme.amax_over);
}

bool agrees(const JsonValue& object, const Scheme& scheme, double amax_over_when_absent) {
  const SchemeWords words = words_of(scheme);
  return says(object, "element", words.element) && says(object, "scale", words.scale) &&
         says(object, "extra", words.extra) && says(object, "global", words.global) && block_says(object, words) &&
         amax_over_says(object, scheme, amax_over_when_absent);
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
    if (!agrees(object, *scheme, static_cast<double>(scheme->amax_over)))
      object.refuse(
          fmt::format("element, scale, extra, block, global or amax_over contradicts scheme {}", scheme->name));
    return scheme->id;
  }
  for (const std::string_view key : {"element", "scale", "block", "global"})
    if (!object.has(key)) object.refuse(fmt::format("expected \"scheme\", or \"{}\" and its kin", key));
  std::vector<const Scheme*> found;
  std::string names;
  for (const Scheme& scheme : kSchemes) {
    if (!agrees(object, scheme, kUsualAmaxOver)) continue;
    found.push_back(&scheme);
    names += fmt::format("{}{}", names.empty() ? "" : ", ", scheme.name);
  }
  if (found.empty()) object.refuse(fmt::format("no scheme fits, expected one of {}", scheme_names()));
  if (found.size() > 1) object.refuse(fmt::format("{} fit, expected \"scheme\" to choose", names));
  return found.front()->id;
}

// The word under `key`, as `find` reads it; absent: none.
template <class Find>
auto read_word(const JsonValue& object, std::string_view key, std::string_view expected, const Find& find)
    -> decltype(find(std::string_view())) {
  if (!object.has(key)) return std::nullopt;
  const auto found = find(object.at(key).text(kMaxName));
  if (!found) object.at(key).refuse(fmt::format("expected {}", expected));
  return found;
}

// What pads the scales: a word that has to agree with their layout.
bool read_padding_is_zero(const JsonValue& object, reference::ScaleLayout layout) {
  if (!object.has("padding")) return true;
  const std::string word = object.at("padding").text(kMaxName);
  const bool logical = layout == reference::ScaleLayout::kLogical;
  if (logical ? word != "none" : word != "zero" && word != "any")
    object.at("padding").refuse(
        fmt::format("scale_layout {} goes with {}", name_of(layout), logical ? "\"none\"" : "\"zero\" or \"any\""));
  return word != "any";
}

void read_storage(const JsonValue& object, TensorDescription& d) {
  const auto direction = read_word(object, "direction", "\"row\", \"column\" or \"both\"", find_direction);
  d.direction = direction.value_or(Direction::kRowwise);
  const auto layout =
      read_word(object, "scale_layout", "\"logical\", \"padded\", \"128x4\" or \"8x4\"", reference::find_scale_layout);
  d.layout = layout.value_or(reference::ScaleLayout::kLogical);
  d.padding_is_zero = read_padding_is_zero(object, d.layout);
  const bool implied = d.direction == Direction::kRowwise;
  const auto blocks =
      read_word(object, "blocks", "\"none\" or the name of ggml's blocks, such as \"q8_1\"", find_blocks);
  d.blocks = blocks.value_or(implied ? reference::default_blocks(d.scheme) : RawBlocks::kNone);
}

TensorDescription read_object(const JsonValue& object, std::string_view file) {
  object.require_keys({"bitgate_tensor", "rows", "cols"},
                      {"scheme", "element", "scale", "extra", "block", "direction", "global", "global_number",
                       "amax_over", "nibble_order", "scale_layout", "padding", "blocks", "values", "recipe"});
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
  if (object.has("nibble_order") || has_nibbles(scheme)) {
    const std::string order = object.at("nibble_order").text(kMaxName);
    const auto found = find_nibble_order(order);
    const bool meaningless = order == "none" && !has_nibbles(scheme);
    if (!found && !meaningless) object.at("nibble_order").refuse("expected low-first or high-first");
    d.nibbles = found.value_or(NibbleOrder::kLowFirst);
  }
  read_storage(object, d);
  if (!says(object, "values", "none")) {
    d.values = find_input_type(object.at("values").text(kMaxName));
    if (!d.values) object.at("values").refuse("expected none, fp32, bf16 or f16");
  }
  if (object.has("recipe")) d.recipe = object.at("recipe").text(kMaxName);
  require_consistent(d, file);
  return d;
}

}  // namespace

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
  object["direction"] = name_of(d.direction);
  object["global"] = words.global;
  object["global_number"] = name_of(d.global_number);
  if (scheme.amax_over != 0.0f) object["amax_over"] = scheme.amax_over;
  object["nibble_order"] = has_nibbles(scheme) ? name_of(d.nibbles) : "none";
  object["scale_layout"] = name_of(d.layout);
  object["padding"] = d.layout == reference::ScaleLayout::kLogical ? "none" : d.padding_is_zero ? "zero" : "any";
  object["blocks"] = reference::name_of(d.blocks);
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
