// bitgate mutate: would the quick suite see it? Mutants of the rules, axis by axis; or faults injected into a subject.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "bitgate/compare/mutation.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/mutate_faults.h"
#include "bitgate/reports/program/progress.h"

namespace bitgate::program {

namespace {

using compare::Fate;
using compare::MutationScore;
using compare::RecipeMutation;

struct MutateOptions {
  std::vector<std::string> recipes;
  std::string subject;
  bool faults = false, markdown = false, verify_equivalent = false, list = false, json = false;
};

std::vector<const reference::Recipe*> chosen(const MutateOptions& options) {
  std::vector<const reference::Recipe*> recipes;
  for (const std::string& name : options.recipes) recipes.push_back(&reference::require_recipe(name));
  if (!options.recipes.empty()) return recipes;
  for (const reference::Recipe& recipe : reference::catalog())
    if (runs(recipe)) recipes.push_back(&recipe);
  return recipes;
}

double share_killed(const MutationScore& score) noexcept {
  const auto judged = static_cast<double>(score.killed + score.survived);
  return judged == 0.0 ? 0.0 : 100.0 * static_cast<double>(score.killed) / judged;
}

void print_text(const std::vector<RecipeMutation>& all, const MutationScore& score, bool list) {
  for (const RecipeMutation& recipe : all)
    for (const compare::MutantFate& mutant : recipe.mutants) {
      if (mutant.fate == Fate::kKilled || (mutant.fate == Fate::kEquivalent && !list)) continue;
      fmt::print("{}: {}: {}: {} instead of {}{}\n", name_of(mutant.fate), recipe.recipe, mutant.change.axis,
                 mutant.change.b, mutant.change.a, mutant.by.empty() ? "" : ": " + mutant.by);
    }
  if (score.misjudged != 0) fmt::print("{} were taken for equivalent and are not\n", score.misjudged);
  fmt::print("{} mutants of {} recipes: {} killed, {} survived ({:.2f} % killed), {} proven equivalent\n",
             score.killed + score.survived + score.equivalent + score.misjudged, all.size(), score.killed,
             score.survived, share_killed(score), score.equivalent);
}

void print_json(const std::vector<RecipeMutation>& all, const MutationScore& score) {
  nlohmann::ordered_json mutants = nlohmann::ordered_json::array();
  for (const RecipeMutation& recipe : all)
    for (const compare::MutantFate& mutant : recipe.mutants)
      mutants.push_back({{"recipe", recipe.recipe},
                         {"axis", mutant.change.axis},
                         {"from", mutant.change.a},
                         {"to", mutant.change.b},
                         {"fate", name_of(mutant.fate)},
                         {"by", mutant.by}});
  const nlohmann::ordered_json result{{"killed", score.killed},
                                      {"survived", score.survived},
                                      {"equivalent", score.equivalent},
                                      {"misjudged", score.misjudged},
                                      {"mutants", std::move(mutants)}};
  fmt::print("{}\n", result.dump(2));
}

int run_mutate(const MutateOptions& options) {
  if (options.faults) return run_faults({options.recipes, options.subject, options.markdown, options.json});
  if (options.markdown || !options.subject.empty()) throw InputError("--markdown and --subject belong to --faults");
  const std::vector<const reference::Recipe*> recipes = chosen(options);
  Progress progress("mutate", recipes.size());
  const std::vector<RecipeMutation> all =
      compare::run_mutants(recipes, {options.verify_equivalent}, [&](std::size_t done) { progress.show(done); });
  const MutationScore score = score_of(all);
  if (options.json)
    print_json(all, score);
  else
    print_text(all, score, options.list);
  return score.survived + score.misjudged == 0 ? kPass : kDifference;
}

}  // namespace

void add_mutate(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("mutate", "Would the quick suite see a changed rule?");
  auto options = std::make_shared<MutateOptions>();
  command->add_option(
      "--recipe", options->recipes,
      "Only these recipes (default: all that run; with --faults: one of each kind, and all: all that run)");
  command->add_flag("--faults", options->faults,
                    "Inject the faults that kernels had in public, and ask the peers' gates");
  command->add_option("--subject", options->subject, "With --faults: into this subject (default: cpu/RECIPE)");
  command->add_flag("--markdown", options->markdown, "With --faults: print a table");
  command->add_flag("--verify-equivalent", options->verify_equivalent,
                    "Also run the mutants that are proven equivalent");
  command->add_flag("--list", options->list, "Also list the mutants that are proven equivalent");
  command->add_flag("--json", options->json, "Print JSON");
  command->footer(
      "Example: bitgate mutate --recipe te/nvfp4\n"
      "         bitgate mutate --faults --recipe te/nvfp4 --subject cuda/te/nvfp4\n"
      "Exit status 1 when a mutant survives that is not proven equivalent, or a fault is not seen.");
  command->callback([options, &status] { status = run_mutate(*options); });
}

}  // namespace bitgate::program
