// bitgate check: a subject put through suites, one line each; the first failure with what repeats it.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "bitgate/device/cpu/subject.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reports/program/check_device.h"
#include "bitgate/reports/program/check_document.h"
#include "bitgate/reports/program/check_many.h"
#include "bitgate/reports/program/check_operation.h"
#include "bitgate/reports/program/check_suites.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/gemm_subject.h"
#include "bitgate/reports/program/plugin_kernel.h"
#include "bitgate/reports/program/plugin_subject.h"
#include "bitgate/reports/program/progress.h"
#include "bitgate/reports/program/record_subject.h"
#include "bitgate/reports/program/suite_text.h"

namespace bitgate::program {

namespace {

using compare::SuiteResult;
using reference::Recipe;

struct CheckOptions {
  std::vector<std::string> subjects;
  std::string recipe;
  std::vector<std::string> suites;
  bool no_recipe = false;
  DocumentOptions document;
  int jobs = 0, seconds = 0;
};

// The subject under question, and what came of it.
struct Checking {
  const CheckOptions& options;
  std::string subject;
  const Recipe* recipe = nullptr;
  std::vector<SuiteResult> results = {};
  std::vector<std::string_view> left = {};  // suites without a result
  std::vector<std::string_view> left_out =
      {};  // suites that a word such as "all" means and that are not for this subject
  int status = kPass;

  void say(const std::string& words) const {
    if (options.document.json) return;
    fmt::print("{}", words);
    std::fflush(stdout);
  }
};

// The recipe that the subject is held against: the one asked for, or what it claims.
const Recipe& chosen_recipe(const CheckOptions& options, const RecordSubject& subject) {
  const bool claims = subject.plugin == nullptr || subject.plugin->claims_recipe;
  if (options.recipe.empty() && !options.no_recipe && !claims)
    throw InputError(fmt::format(
        "{} claims no recipe: hold it against one with --recipe, or ask what every quantizer keeps with --no-recipe",
        subject.key));
  if (options.recipe.empty()) return *subject.recipe;
  const Recipe& recipe = reference::require_recipe(options.recipe);
  if (recipe.rules.scheme != subject.recipe->rules.scheme ||
      recipe.storage.global_number != subject.recipe->storage.global_number)
    throw InputError(fmt::format("{} gives what {} stores, and {} stores another: they cannot be compared", subject.key,
                                 subject.recipe->identity.name, options.recipe));
  return recipe;
}

compare::SuiteScope scope_of(const Recipe& recipe, const RecordSubject& subject) {
  if (!runs(recipe)) throw InputError(fmt::format("{}: {}", recipe.identity.name, recipe.open_question));
  compare::SuiteScope scope{&recipe, {}, subject.takes.col_multiple};
  // A plugin's process takes one request after another, and what breaks it should be the first that does.
  scope.at_once = subject.plugin == nullptr;
  scope.row_multiple = subject.takes.row_multiple;
  if (subject.plugin != nullptr) {
    scope.rowwise_only = !subject.plugin->asked_as(Direction::kColumnwise);
    scope.one_side = !subject.plugin->asked_as(Direction::kBoth);
  }
  if (subject.cuda != nullptr) {
    scope.rowwise_only = subject.cuda->directions == device::Directions::kRowwise;
    scope.one_side = !device::makes(subject.cuda->directions, Direction::kBoth);
  }
  for (const InputType type : subject.takes.types)
    if (accepts(recipe.accepts, type)) scope.types.push_back(type);
  return scope;
}

std::string head_of(const Checking& checking) {
  const Recipe& recipe = *checking.recipe;
  if (checking.options.no_recipe)
    return fmt::format("{} without a recipe ({} says the scheme): only laws between its own answers\n",
                       checking.subject, recipe.identity.name);
  const bool read = recipe.identity.evidence == reference::Evidence::kRead;
  return fmt::format("{} against {} (evidence: {}{})\n", checking.subject, recipe.identity.name,
                     name_of(recipe.identity.evidence),
                     read ? "; no byte of the producer stands behind this reference" : "");
}

// The command that asks again: the one question, or the suite where no question of `verify` is it; empty: none failed.
std::string repeat_of(const Checking& checking, const SuiteResult& result) {
  const CheckOptions& options = checking.options;
  if (!result.first) return "";
  if (!result.first->repeat.empty())
    return fmt::format("bitgate verify {} --subject '{}'", result.first->repeat, checking.subject);
  return fmt::format("bitgate check --subject '{}'{}{} --suite {}", checking.subject,
                     options.recipe.empty() ? "" : fmt::format(" --recipe {}", options.recipe),
                     options.no_recipe ? " --no-recipe" : "", result.name);
}

nlohmann::ordered_json document_of(const Checking& checking) {
  const bool no_recipe = checking.options.no_recipe;
  nlohmann::ordered_json suites = nlohmann::ordered_json::array();
  for (const SuiteResult& result : checking.results) suites.push_back(suite_json(result, repeat_of(checking, result)));
  nlohmann::ordered_json document{{"subject", checking.subject},
                                  {"recipe", no_recipe ? "" : std::string(checking.recipe->identity.name)},
                                  {"evidence", no_recipe ? "" : name_of(checking.recipe->identity.evidence)},
                                  {"suites", std::move(suites)}};
  if (!checking.left.empty()) document["not_ended"] = checking.left;
  if (!checking.left_out.empty()) document["left_out"] = checking.left_out;
  document["status"] = checking.status;
  return document;
}

SuiteResult run_one(const SuiteInfo& suite, const RecordSubject& subject, const compare::SuiteScope& scope,
                    const Checking& checking) {
  std::vector<compare::SuiteProbe> probes = suite.probes(scope, !checking.options.no_recipe);
  if (suite.name == "poison" && subject.cuda != nullptr)
    for (compare::SuiteProbe& probe : device_poison_probes(*subject.cuda, scope)) probes.push_back(std::move(probe));
  const bool once = suite.name == kEveryFp32 && subject.cuda != nullptr;
  const compare::Subject ask = once ? over_one_poison(*subject.cuda) : subject.ask;
  Progress progress(std::string(suite.name), probes.size());
  // Repeated runs are to follow one another.
  const bool at_once = scope.at_once && suite.name != "poison";
  return compare::run_suite(
      std::string(suite.name), probes, ask, [&](std::size_t done) { progress.show(done); },
      at_once ? compare::Asking::kAtOnce : compare::Asking::kInTurn);
}

// The suites for this subject: "all" means *exhaustive-fp32* of what takes fp32. By its own name it is asked of
// anything.
std::vector<const SuiteInfo*> for_subject(const std::vector<const SuiteInfo*>& suites, const compare::SuiteScope& scope,
                                          Checking& checking) {
  const std::vector<std::string>& names = checking.options.suites;
  const bool fp32 = std::find(scope.types.begin(), scope.types.end(), InputType::kF32) != scope.types.end();
  std::vector<const SuiteInfo*> chosen;
  for (const SuiteInfo* suite : suites) {
    const bool named = std::find(names.begin(), names.end(), suite->name) != names.end();
    if (suite->name != kEveryFp32 || fp32 || named)
      chosen.push_back(suite);
    else
      checking.left_out.push_back(suite->name);
  }
  return chosen;
}

void check_one(const RecordSubject& subject, const std::vector<const SuiteInfo*>& asked, Checking& checking) {
  checking.recipe = &chosen_recipe(checking.options, subject);
  const compare::SuiteScope scope = scope_of(*checking.recipe, subject);
  checking.say(head_of(checking));
  const std::vector<const SuiteInfo*> suites = for_subject(asked, scope, checking);
  for (const std::string_view name : checking.left_out)
    checking.say(fmt::format("  {:<12} left out: no fp32 input\n", name));
  for (const SuiteInfo* suite : suites) checking.left.push_back(suite->name);
  checking.status = kCouldNotTell;
  keep_document(checking.options.document, document_of(checking));
  for (const SuiteInfo* suite : suites) {
    try {
      checking.results.push_back(run_one(*suite, subject, scope, checking));
    } catch (const compare::NotRun& lack) {
      if (status_of(checking.results) != kDifference) throw;
      fmt::print(stderr, "bitgate: {}\n", lack.what());
      break;
    }
    checking.say(suite_text(checking.results.back(), repeat_of(checking, checking.results.back())));
    checking.left.erase(checking.left.begin());
    checking.status = status_of(checking.results);
    if (checking.status == kPass && !checking.left.empty()) checking.status = kCouldNotTell;
    keep_document(checking.options.document, document_of(checking));
  }
  checking.status = status_of(checking.results);
  checking.say(verdict_text(checking.status, "the subject"));
}

// "cuda" is every built-in kernel.
std::vector<std::string> expanded(const std::vector<std::string>& names) {
  std::vector<std::string> all;
  for (const std::string& name : names) {
    if (name != "cuda") {
      all.push_back(name);
      continue;
    }
    for (const device::Kernel& kernel : device::kernels()) all.push_back(device::key(kernel));
  }
  return all;
}

// One sentence for all kernels, not one each. Beside others each says so itself: those may differ, which outranks it.
void require_a_gpu(const std::vector<std::string>& names) {
  const auto is_kernel = [](const std::string& name) { return device::kernel_by_key(name) != nullptr; };
  if (!std::all_of(names.begin(), names.end(), is_kernel)) return;
  if (const auto why = device::why_no_gpu())
    throw compare::NotRun(
        fmt::format("{} cannot run: {}", names.size() == 1 ? names.front() : "the CUDA kernels", *why));
}

// Of several subjects: what no process needs to be started for.
void require_known_subjects(const std::vector<std::string>& names) {
  std::set<std::string_view> before;
  for (const std::string& name : names) {
    if (!before.insert(name).second) throw InputError(fmt::format("{} is given twice", name));
    const bool known = name.starts_with(kPluginPrefix) || device::kernel_by_key(name) != nullptr ||
                       (name.starts_with("cpu/") && device::find_cpu_subject(name.substr(4)) != nullptr);
    if (!known) throw InputError(fmt::format("unknown subject '{}'; 'bitgate list subjects' names them", name));
  }
}

// The options of a check of one subject.
std::vector<std::string> options_of_each(const CheckOptions& options) {
  std::vector<std::string> words;
  if (!options.recipe.empty()) words.insert(words.end(), {"--recipe", options.recipe});
  if (options.no_recipe) words.emplace_back("--no-recipe");
  for (const std::string& suite : options.suites) words.insert(words.end(), {"--suite", suite});
  return words;
}

int run_check(const CheckOptions& options) {
  if (options.no_recipe && !options.recipe.empty()) throw InputError("--recipe and --no-recipe exclude each other");
  const std::vector<const SuiteInfo*> suites = suites_named(options.suites, !options.no_recipe);
  if (names_gemms(options.subjects)) {
    if (options.no_recipe || !options.recipe.empty()) throw InputError("--recipe and --no-recipe are of quantizers");
    return check_gemms(options.subjects, suites, options.document);
  }
  if (names_operations(options.subjects)) {
    if (options.no_recipe || !options.recipe.empty()) throw InputError("--recipe and --no-recipe are of quantizers");
    return check_operations(options.subjects, suites, options.document);
  }
  const std::vector<std::string> names = expanded(options.subjects);
  if (names.size() > 1) require_known_subjects(names);
  require_a_gpu(names);
  if (names.size() > 1)
    return check_many(
        names, {options_of_each(options), options.document, options.jobs, std::chrono::seconds(options.seconds)});
  const RecordSubject subject = std::move(record_subjects(names, {}).front());
  Checking checking{options, subject.name};
  check_one(subject, suites, checking);
  end_document(options.document, document_of(checking));
  return checking.status;
}

}  // namespace

void add_check(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("check", "A kernel through suites of questions: does it compute its recipe?");
  auto options = std::make_shared<CheckOptions>();
  command
      ->add_option("--subject", options->subjects,
                   "cpu/RECIPE, cuda/RECIPE or plugin:FILE:KERNEL; several are asked at once; cuda: every built-in one")
      ->expected(1, -1)
      ->required();
  command->add_option("--recipe", options->recipe, "Hold it against this recipe (default: the one that it claims)");
  command->add_flag("--no-recipe", options->no_recipe,
                    "It follows no known recipe: the one it claims only says its scheme. Asks what needs no reference");
  command->add_option("--suite", options->suites, suite_help());
  command->add_flag("--json", options->document.json, "Print JSON at the end");
  command->add_option("--out", options->document.out,
                      "A file for the JSON, whole at any time: renamed into place as suites and subjects end");
  command
      ->add_option("--jobs", options->jobs,
                   "Of several subjects: processes at once, each with threads of its own (default: a quarter of the "
                   "cores, at least 2)")
      ->check(CLI::PositiveNumber);
  command
      ->add_option("--seconds", options->seconds,
                   "Of several subjects: a process that has not ended after so long is killed, which fails its "
                   "subject (default: never)")
      ->check(CLI::PositiveNumber);
  command->footer(
      "Examples: bitgate check --subject plugin:./libmine.so:good\n"
      "          bitgate check --subject cuda/te/nvfp4 --suite full\n"
      "          bitgate check --subject cuda --suite all --seconds 600 --out check.json\n"
      "          bitgate check --subject plugin:./libmine.so:mine --no-recipe\n"
      "Exit status 1 when a byte differs, a law is broken, or the subject crashes or hangs; 2 when a suite asked "
      "nothing.");
  command->callback([options, &status] { status = run_check(*options); });
}

}  // namespace bitgate::program
