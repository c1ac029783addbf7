#include "bitgate/compare/case.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "bitgate/reference/format/error.h"

namespace bitgate::compare {

namespace {

constexpr std::string_view kForm = "RECIPE/DTYPE/DISTRIBUTION[@2^K]/ROWSxCOLS/sSEED";

[[noreturn]] void refuse(std::string_view name, std::string_view part, std::string_view text,
                         std::string_view expected) {
  throw InputError(fmt::format("case \"{}\": {} \"{}\": expected {}", name, part, text, expected));
}

// The whole text as a decimal number.
template <typename T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_word(std::string_view text, std::string_view extra) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [extra](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || extra.find(c) != std::string_view::npos;
  });
}

// Producer, scheme-variant, type, distribution, extent, seed.
std::array<std::string_view, 6> split(std::string_view name) {
  std::array<std::string_view, 6> parts;
  std::string_view rest = name;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t slash = rest.find('/');
    if ((slash == std::string_view::npos) != (i + 1 == parts.size()))
      throw InputError(fmt::format("case \"{}\": expected {}, whose recipe is PRODUCER/SCHEME-VARIANT", name, kForm));
    parts[i] = rest.substr(0, slash);
    rest.remove_prefix(std::min(rest.size(), slash + 1));
  }
  return parts;
}

std::string parse_recipe(std::string_view name, std::string_view producer, std::string_view variant) {
  std::string recipe = fmt::format("{}/{}", producer, variant);
  if (!is_word(producer, "-_.") || !is_word(variant, "-_."))
    refuse(name, "recipe", recipe, "PRODUCER/SCHEME-VARIANT in lower case, such as te/nvfp4-row");
  return recipe;
}

InputType parse_type(std::string_view name, std::string_view text) {
  for (const InputType type : kInputTypes)
    if (name_of(type) == text) return type;
  refuse(name, "type", text, "fp32, bf16 or f16");
}

Distribution parse_distribution(std::string_view name, std::string_view text) {
  const std::size_t at = text.find('@');
  const std::string_view law = text.substr(0, at);
  if (!is_word(law, "_")) refuse(name, "distribution", law, "a name that `bitgate list distributions` prints");
  if (at == std::string_view::npos) return {std::string(law), 0};
  const std::string_view amplitude = text.substr(at + 1);
  const std::optional<int> k = amplitude.substr(0, 2) == "2^" ? number<int>(amplitude.substr(2)) : std::nullopt;
  if (!k || *k < kMinLog2Amplitude || *k > kMaxLog2Amplitude)
    refuse(name, "amplitude", amplitude, fmt::format("2^K with K from {} to {}", kMinLog2Amplitude, kMaxLog2Amplitude));
  return {std::string(law), *k};
}

Extent parse_extent(std::string_view name, std::string_view text) {
  const std::size_t x = text.find('x');
  const auto rows = number<std::int64_t>(text.substr(0, x));
  const auto cols = x == std::string_view::npos ? std::nullopt : number<std::int64_t>(text.substr(x + 1));
  const bool counts = rows && cols && *rows >= 0 && *cols >= 0;
  if (!counts || (*rows != 0 && *cols > kMaxElements / *rows))
    refuse(name, "extent", text, "ROWSxCOLS, such as 128x256, of at most 2^40 elements");
  return {*rows, *cols};
}

std::uint64_t parse_seed(std::string_view name, std::string_view text) {
  const auto seed = text.substr(0, 1) == "s" ? number<std::uint64_t>(text.substr(1)) : std::nullopt;
  if (!seed) refuse(name, "seed", text, "s and a decimal number below 2^64, such as s7");
  return *seed;
}

}  // namespace

std::string Case::name() const {
  const std::string amplitude = input.log2_amplitude == 0 ? "" : fmt::format("@2^{}", input.log2_amplitude);
  return fmt::format("{}/{}/{}{}/{}x{}/s{}", recipe, name_of(type), input.name, amplitude, extent.rows, extent.cols,
                     seed);
}

Case parse_case(std::string_view name) {
  const auto [producer, variant, type, input, extent, seed] = split(name);
  Case c;
  c.recipe = parse_recipe(name, producer, variant);
  c.type = parse_type(name, type);
  c.input = parse_distribution(name, input);
  c.extent = parse_extent(name, extent);
  c.seed = parse_seed(name, seed);
  if (c.name() != name) throw InputError(fmt::format("case \"{}\": expected it written as \"{}\"", name, c.name()));
  return c;
}

}  // namespace bitgate::compare
