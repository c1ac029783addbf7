#include "bitgate/reports/program/verify_roles.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "bitgate/compare/roles.h"
#include "bitgate/compare/verify_text.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/identify_json.h"
#include "bitgate/reports/program/verdict_json.h"

namespace bitgate::program {

namespace {

using compare::RoleVerdict;
using nlohmann::ordered_json;

ordered_json tensor_json(const RoleVerdict& tensor) {
  ordered_json out{{"tensor", tensor.tensor},
                   {"role", tensor.role.name},
                   {"pattern", tensor.role.pattern},
                   {"expected", tensor.role.recipe->identity.name},
                   {"evidence", name_of(tensor.role.recipe->identity.evidence)},
                   {"bit_exact", tensor.exact()},
                   {"nothing_compared", tensor.empty()},
                   {"nonzero_padding", tensor.nonzero_padding}};
  if (tensor.not_comparable.empty())
    out["verdict"] = verdict_json(tensor.verdict);
  else
    out["not_comparable"] = tensor.not_comparable;
  if (tensor.found) out["bytes_are"] = whose_bytes(*tensor.found), out["identify"] = json_of(*tensor.found);
  return out;
}

std::string indented(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at) + 1;
    out += "  " + text.substr(at, end - at);
    at = end;
  }
  return out;
}

std::string tensor_text(const RoleVerdict& tensor) {
  const std::string what = fmt::format("{} ({})", tensor.tensor, tensor.role.name);
  const std::string_view recipe = tensor.role.recipe->identity.name;
  if (tensor.empty() && tensor.exact()) return fmt::format("{}: {}, nothing was compared\n", what, recipe);
  if (tensor.exact()) return fmt::format("{}: {}, bit-exact\n", what, recipe);
  std::string text =
      fmt::format("{}: DIFFERENT, expected {}, the bytes are {}\n", what, recipe, whose_bytes(*tensor.found));
  if (tensor.nonzero_padding != 0)
    text += fmt::format("  {} pad bytes or nibbles are not zero\n", tensor.nonzero_padding);
  if (!tensor.not_comparable.empty()) return text + fmt::format("  {}\n", tensor.not_comparable);
  return text + indented(verdict_text(tensor.verdict));
}

}  // namespace

int run_verify_roles(const std::string& manifest, const std::string& folder, bool json) {
  const compare::RolesReport report = compare::verify_roles(compare::read_roles(manifest), folder);
  const auto different =
      std::count_if(report.tensors.begin(), report.tensors.end(), [](const RoleVerdict& t) { return !t.exact(); });
  const auto empty = std::count_if(report.tensors.begin(), report.tensors.end(),
                                   [](const RoleVerdict& t) { return t.exact() && t.empty(); });
  if (json) {
    ordered_json result{{"tensors", ordered_json::array()}, {"unnamed", report.unnamed}, {"different", different}};
    for (const RoleVerdict& tensor : report.tensors) result["tensors"].push_back(tensor_json(tensor));
    fmt::print("{}\n", result.dump(2));
  } else {
    for (const RoleVerdict& tensor : report.tensors) fmt::print("{}", tensor_text(tensor));
    for (const std::string& name : report.unnamed) fmt::print("{}: no pattern names it, not checked\n", name);
    fmt::print("{} tensor{}, {} different, {} that no pattern names\n", report.tensors.size(),
               report.tensors.size() == 1 ? "" : "s", different, report.unnamed.size());
  }
  if (different != 0) return kDifference;
  return empty != 0 ? kCouldNotTell : kPass;
}

}  // namespace bitgate::program
