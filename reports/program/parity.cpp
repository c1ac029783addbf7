// bitgate parity: do two producers, versions or recipes compute the same?
#include "bitgate/compare/parity.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/diff_text.h"
#include "bitgate/reports/program/resolve_text.h"

namespace bitgate::program {

namespace {

using compare::ContenderAnswer;
using compare::Likeness;
using compare::Parity;
using compare::ParityPair;
using nlohmann::ordered_json;

struct ParityOptions {
  std::string a, b;
  bool json = false;
};

// Enough that a share of one in ten thousand shows; `diff` looks further.
constexpr Extent kElements{1024, 1024};

ordered_json name_or_null(const reference::Recipe* recipe) {
  return recipe == nullptr ? ordered_json() : ordered_json(recipe->identity.name);
}

ordered_json answer_json(const ContenderAnswer& answer) {
  ordered_json out{{"asked", answer.asked.text}};
  if (!answer.refusal.empty()) out["refused"] = answer.refusal;
  for (const compare::ContenderPart& part : answer.parts)
    out["parts"].push_back({{"part", part.name}, {"recipe", name_or_null(part.recipe)}});
  if (answer.resolution) out["resolution"] = json_of(*answer.resolution);
  return out;
}

ordered_json to_json(const Parity& parity) {
  ordered_json out{{"likeness", name_of(parity.likeness())},
                   {"a", answer_json(parity.a)},
                   {"b", answer_json(parity.b)},
                   {"pairs", ordered_json::array()},
                   {"notes", parity.notes}};
  for (const ParityPair& pair : parity.pairs)
    out["pairs"].push_back({{"part", pair.part},
                            {"a", name_or_null(pair.a)},
                            {"b", name_or_null(pair.b)},
                            {"likeness", name_of(pair.likeness)},
                            {"why", pair.why},
                            {"diff", pair.diff ? json_of(*pair.diff) : ordered_json()}});
  return out;
}

std::string recipe_text(const reference::Recipe* recipe) {
  if (recipe == nullptr) return "nothing is quantized";
  return fmt::format("{} ({})", recipe->identity.name, name_of(recipe->identity.evidence));
}

std::string answer_text(std::string_view letter, const ContenderAnswer& answer) {
  if (!answer.refusal.empty()) return fmt::format("{}: {}: not known: {}\n", letter, answer.asked.text, answer.refusal);
  if (!answer.resolution) return fmt::format("{}: {}\n", letter, recipe_text(answer.parts.front().recipe));
  return fmt::format("{}: {}\n{}", letter, answer.asked.text, text_of(*answer.resolution));
}

std::string ppm_text(const compare::Frequency& f) {
  if (f.tally.total == 0) return "-";
  if (f.tally.different == 0) return "0";
  return fmt::format("{:.4g} +- {:.2g}", f.ppm, f.standard_error_ppm);
}

std::string ppm_table(const compare::RecipeDiff& diff) {
  std::size_t width = 12;
  for (const compare::DiffRow& row : diff.rows) width = std::max(width, row.distribution.size());
  std::string text = fmt::format("  {:{}}  {:>22}{:>22}   {}\n", "distribution", width, "scales, ppm", "codes, ppm",
                                 name_of(diff.type));
  for (const compare::DiffRow& row : diff.rows)
    text += fmt::format("  {:{}}  {:>22}{:>22}\n", row.distribution, width,
                        ppm_text(row.fields[static_cast<std::size_t>(compare::Field::kScale)]),
                        ppm_text(row.fields[static_cast<std::size_t>(compare::Field::kElement)]));
  return text;
}

std::string pair_text(const ParityPair& pair) {
  const std::string_view word = pair.likeness == Likeness::kDifferent ? "DIFFERENT" : name_of(pair.likeness);
  std::string text =
      fmt::format("{}{} and {}: {}{}{}\n", pair.part.empty() ? "" : pair.part + ": ", recipe_text(pair.a),
                  recipe_text(pair.b), word, pair.why.empty() ? "" : ", ", pair.why);
  if (!pair.diff) return text;
  for (const compare::AxisDifference& d : pair.diff->axes) text += fmt::format("  {}: {}; {}\n", d.axis, d.a, d.b);
  if (pair.diff->why_not.empty()) text += ppm_table(*pair.diff) + separator_text(*pair.diff);
  return text;
}

int status_of(Likeness likeness) noexcept {
  if (likeness == Likeness::kDifferent) return kDifference;
  return likeness == Likeness::kEqual ? kPass : kCouldNotTell;
}

int run_parity(const ParityOptions& options) {
  compare::DiffOptions how;
  how.extent = kElements;
  const Parity parity = compare::parity(compare::parse_contender(options.a), compare::parse_contender(options.b), how);
  if (options.json) {
    fmt::print("{}\n", to_json(parity).dump(2));
    return status_of(parity.likeness());
  }
  std::string text = answer_text("A", parity.a) + answer_text("B", parity.b);
  for (const ParityPair& pair : parity.pairs) text += pair_text(pair);
  for (const std::string& note : parity.notes) text += fmt::format("note: {}\n", note);
  fmt::print("{}", text);
  return status_of(parity.likeness());
}

constexpr const char* kParityFooter =
    R"(A and B are each a recipe, or PRODUCER[@VERSION][:KEY=VALUE,...]. Keys: dtype, shape, batch, arch, role, direction,
env.NAME, part (only that one of the answer) and every option of 'bitgate resolve PRODUCER --words'.
Examples:
  bitgate parity te/nvfp4 torchao/nvfp4
  bitgate parity te@2.9:dtype=bf16,shape=128x256,arch=sm_100a te:dtype=bf16,shape=128x256,arch=sm_100a
  bitgate parity te:dtype=bf16,shape=128x256,arch=sm_100a,env.NVTE_USE_FAST_MATH=1,part=rowwise te/nvfp4
Exit status 0 when equal on all tried, 1 when different, 2 when no rule states what one runs or it cannot be run.)";

}  // namespace

void add_parity(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("parity", "Do two producers, versions or recipes compute the same?");
  auto options = std::make_shared<ParityOptions>();
  command->add_option("a", options->a, "A recipe, or a producer in a situation")->required();
  command->add_option("b", options->b, "Another")->required();
  command->add_flag("--json", options->json, "Print JSON");
  command->footer(kParityFooter);
  command->callback([options, &status] { status = run_parity(*options); });
}

}  // namespace bitgate::program
