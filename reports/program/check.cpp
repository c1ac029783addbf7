// bitgate check: a subject put through suites, one line each; the first failure with what repeats it.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "bitgate/reference/format/error.h"
#include "bitgate/reports/program/check_suites.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/plugin_kernel.h"
#include "bitgate/reports/program/progress.h"
#include "bitgate/reports/program/record_subject.h"

namespace bitgate::program {

namespace {

using compare::SuiteResult;
using reference::Recipe;

struct Options {
  std::string subject, recipe;
  std::vector<std::string> suites;
  bool no_recipe = false, json = false;
};

// The recipe that the subject is held against: the one asked for, or what it claims.
const Recipe& chosen_recipe(const Options& options, const RecordSubject& subject) {
  if (options.recipe.empty()) return *subject.recipe;
  const Recipe& recipe = reference::require_recipe(options.recipe);
  if (recipe.rules.scheme != subject.recipe->rules.scheme ||
      recipe.storage.global_number != subject.recipe->storage.global_number)
    throw InputError(fmt::format("{} gives what {} stores, and {} stores another: they cannot be compared",
                                 options.subject, subject.recipe->identity.name, options.recipe));
  return recipe;
}

compare::SuiteScope scope_of(const Recipe& recipe, const RecordSubject& subject) {
  if (!runs(recipe)) throw InputError(fmt::format("{}: {}", recipe.identity.name, recipe.open_question));
  compare::SuiteScope scope{&recipe, {}, subject.takes.col_multiple, subject.key.starts_with(kPluginPrefix)};
  for (const InputType type : subject.takes.types)
    if (accepts(recipe.accepts, type)) scope.types.push_back(type);
  return scope;
}

std::string head_of(const Options& options, const Recipe& recipe) {
  if (options.no_recipe)
    return fmt::format("{} without a recipe ({} says the scheme): only laws between its own answers\n", options.subject,
                       recipe.identity.name);
  const bool read = recipe.identity.evidence == reference::Evidence::kRead;
  return fmt::format("{} against {} (evidence: {}{})\n", options.subject, recipe.identity.name,
                     name_of(recipe.identity.evidence),
                     read ? "; no byte of the producer stands behind this reference" : "");
}

// The command that asks again: the one question, or the suite where no question of `verify` is it.
std::string repeat_of(const Options& options, const SuiteResult& result) {
  if (!result.first->repeat.empty())
    return fmt::format("bitgate verify {} --subject '{}'", result.first->repeat, options.subject);
  return fmt::format("bitgate check --subject '{}'{}{} --suite {}", options.subject,
                     options.recipe.empty() ? "" : fmt::format(" --recipe {}", options.recipe),
                     options.no_recipe ? " --no-recipe" : "", result.name);
}

void print_suite(const Options& options, const SuiteResult& result) {
  const std::int64_t left = result.probes - result.asked - result.refused;
  fmt::print("  {:<11}  {:>5} asked  {:>5} failed  {:>5} refused{}\n", result.name, result.asked, result.failed,
             result.refused, left == 0 ? "" : fmt::format("; it broke off, {} were not asked", left));
  if (result.refused != 0) fmt::print("    refused: {}\n", result.refusal);
  if (result.first)
    fmt::print("    first:   {}: {}\n    again:   {}\n", result.first->name, result.first->what,
               repeat_of(options, result));
  std::fflush(stdout);
}

nlohmann::ordered_json json_of(const Options& options, const SuiteResult& result) {
  nlohmann::ordered_json json{{"suite", result.name},     {"probes", result.probes}, {"asked", result.asked},
                              {"failed", result.failed},  {"broken", result.broken}, {"refused", result.refused},
                              {"refusal", result.refusal}};
  if (result.first)
    json["first"] = {{"name", result.first->name}, {"what", result.first->what}, {"again", repeat_of(options, result)}};
  return json;
}

// 1 outranks 2: a suite that asked nothing leaves the verdict open, unless another failed.
int status_of(const std::vector<SuiteResult>& results) {
  int status = results.empty() ? kCouldNotTell : kPass;
  for (const SuiteResult& result : results) {
    if (result.failed != 0) return kDifference;
    if (result.asked == 0) status = kCouldNotTell;
  }
  return status;
}

std::string verdict_text(int status) {
  return status == kPass         ? "pass: nothing differs"
         : status == kDifference ? "fail: the subject differs or breaks"
                                 : "could not tell: a suite asked nothing";
}

void print_end(const Options& options, const Recipe& recipe, const std::vector<SuiteResult>& results, int status) {
  if (!options.json) {
    fmt::print("{}\n", verdict_text(status));
    return;
  }
  nlohmann::ordered_json suites = nlohmann::ordered_json::array();
  for (const SuiteResult& result : results) suites.push_back(json_of(options, result));
  const nlohmann::ordered_json json{{"subject", options.subject},
                                    {"recipe", options.no_recipe ? "" : std::string(recipe.identity.name)},
                                    {"evidence", options.no_recipe ? "" : name_of(recipe.identity.evidence)},
                                    {"suites", std::move(suites)},
                                    {"status", status}};
  fmt::print("{}\n", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

SuiteResult run_one(const SuiteInfo& suite, const compare::SuiteScope& scope, const Options& options,
                    const compare::Subject& ask) {
  const std::vector<compare::SuiteProbe> probes = suite.probes(scope, !options.no_recipe);
  Progress progress(std::string(suite.name), probes.size());
  return compare::run_suite(std::string(suite.name), probes, ask, [&](std::size_t done) { progress.show(done); });
}

int run_check(const Options& options) {
  if (options.no_recipe && !options.recipe.empty()) throw InputError("--recipe and --no-recipe exclude each other");
  const std::vector<const SuiteInfo*> suites = suites_named(options.suites, !options.no_recipe);
  const RecordSubject subject = std::move(record_subjects({options.subject}, {}).front());
  const Recipe& recipe = chosen_recipe(options, subject);
  const compare::SuiteScope scope = scope_of(recipe, subject);
  if (!options.json) fmt::print("{}", head_of(options, recipe));
  std::vector<SuiteResult> results;
  for (const SuiteInfo* suite : suites) {
    results.push_back(run_one(*suite, scope, options, subject.ask));
    if (!options.json) print_suite(options, results.back());
  }
  const int status = status_of(results);
  print_end(options, recipe, results, status);
  return status;
}

}  // namespace

void add_check(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("check", "A kernel through suites of questions: does it compute its recipe?");
  auto options = std::make_shared<Options>();
  command->add_option("--subject", options->subject, "cpu/RECIPE, cuda/RECIPE or plugin:FILE:KERNEL")->required();
  command->add_option("--recipe", options->recipe, "Hold it against this recipe (default: the one that it claims)");
  command->add_flag("--no-recipe", options->no_recipe,
                    "It follows no known recipe: the one it claims only says its scheme. Asks what needs no reference");
  command->add_option("--suite", options->suites, suite_help());
  command->add_flag("--json", options->json, "Print JSON");
  command->footer(
      "Examples: bitgate check --subject plugin:./libmine.so:good\n"
      "          bitgate check --subject cuda/te/nvfp4 --suite full\n"
      "          bitgate check --subject plugin:./libmine.so:mine --no-recipe\n"
      "Exit status 1 when a byte differs, a law is broken, or the subject crashes or hangs; 2 when a suite asked "
      "nothing.");
  command->callback([options, &status] { status = run_check(*options); });
}

}  // namespace bitgate::program
