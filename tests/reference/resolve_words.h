// Situations of a producer in one line of words, and what resolve says to them.
#pragma once

#include <fmt/format.h>

#include <set>
#include <string>
#include <string_view>

#include "bitgate/reference/dispatch/resolve.h"
#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::reference {

// "dtype=bf16 shape=128x256 NVTE_USE_FAST_MATH=1 2d=1": fields of a Situation by name; capitals are variables.
inline Situation situation(std::string_view producer, std::string_view words) {
  Situation s;
  s.producer = producer;
  for (const std::string_view word : split(words, ' ')) {
    const auto equals = word.find('=');
    const std::string name(word.substr(0, equals));
    const std::string value(word.substr(equals + 1));
    if (name == "version")
      s.version = value;
    else if (name == "dtype")
      s.dtype = value;
    else if (name == "arch")
      s.arch = value;
    else if (name == "role")
      s.role = value;
    else if (name == "direction")
      s.direction = value;
    else if (name == "batch")
      s.batch = whole_number(value);
    else if (name == "shape")
      s.shape = Extent{whole_number(value.substr(0, value.find('x'))), whole_number(value.substr(value.find('x') + 1))};
    else if (name[0] >= 'A' && name[0] <= 'Z')
      s.environment.push_back({name, value});
    else
      s.options.push_back({name, value});
  }
  return s;
}

// "rowwise te/nvfp4, columnwise te/nvfp4"
inline std::string answer(std::string_view producer, const std::string& words) {
  std::string text;
  for (const Part& part : resolve(situation(producer, words)).parts)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", part.name, part.recipe.empty() ? "none" : part.recipe);
  return text;
}
inline std::string why_not(std::string_view producer, const std::string& words) {
  return compare::refusal([&] { answer(producer, words); });
}
inline std::set<std::string> rules_of(std::string_view producer, const std::string& words) {
  std::set<std::string> ids;
  for (const Reason& reason : resolve(situation(producer, words)).rules) ids.emplace(reason.rule->id);
  return ids;
}

}  // namespace bitgate::reference
