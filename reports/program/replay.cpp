// bitgate replay: hold a recording against the reference, where no GPU is.
#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>

#include "bitgate/compare/alias.h"
#include "bitgate/compare/case_operands.h"
#include "bitgate/compare/distribution.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reports/program/code_here.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/held_recording.h"
#include "bitgate/reports/program/plugin_kernel.h"
#include "bitgate/reports/program/progress.h"

namespace bitgate::program {

namespace {

using compare::Holding;
using compare::RecordedCase;
using compare::Recording;

struct Held {
  Holding holding = Holding::kStale;
  std::string why;         // of a stale case
  std::string difference;  // between the reference now and the bytes recorded
};

Held hold(const Recording& recording, const RecordedCase& recorded, const compare::Present& present) {
  Held held;
  held.holding = compare::holding_of(recording, recorded, present, held.why);
  const reference::Recipe& recipe = compare::require_named(recorded.id.recipe);
  try {
    const TypedTensor input = compare::generate(recorded.id);
    const compare::CaseOperands operands = compare::operands_of(recipe, recorded.id);
    const Request request = compare::request_of(recipe, input, operands);
    held.difference = compare::difference(recorded, reference::quantize(recipe, request));
  } catch (const InputError& refusal) {
    held.difference = fmt::format("it refuses the input: {}", refusal.what());
  }
  return held;
}

struct ReplayOptions {
  std::string file;
  std::vector<std::string> subjects;
  CodeOptions code;
  bool json = false;
};

// Libraries by --subject; for the other plugins of the recording, the sources alone.
GivenPlugins given_plugins(const Recording& recording, const ReplayOptions& options) {
  GivenPlugins given;
  const compare::PresentKernel sources = sources_here(options.code);
  std::string known;
  for (const auto& [key, kernel] : recording.kernels) {
    if (!key.starts_with(kPluginPrefix)) continue;
    given[key] = sources;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", key);
  }
  for (const std::string& text : options.subjects) {
    const PluginName name = parse_plugin_name(text);
    if (!given.contains(name.key()))
      throw InputError(
          fmt::format("{} holds no {}; its plugins: {}", options.file, name.key(), known.empty() ? "none" : known));
    given[name.key()] = library_here(name.file, options.code);
  }
  if (known.empty() && (!options.code.sources.empty() || !options.code.compiler.empty()))
    throw InputError(fmt::format("{} holds no plugin: --source, --flags and --compiler are of one", options.file));
  return given;
}

std::vector<Held> hold_all(const Recording& recording, GivenPlugins given) {
  const compare::Present present = present_kernels(recording, std::move(given));
  std::vector<Held> held(recording.cases.size());
  std::mutex progress_lock;
  std::size_t done = 0;
  Progress progress("replay", held.size());
  tbb::parallel_for(std::size_t{0}, held.size(), [&](std::size_t i) {
    held[i] = hold(recording, recording.cases[i], present);
    const std::lock_guard lock(progress_lock);
    progress.show(++done);
  });
  return held;
}

struct Counts {
  std::map<std::string, std::size_t> by_holding;
  std::size_t different = 0, stale = 0;
};

Counts tell(const Recording& recording, const std::vector<Held>& held) {
  constexpr std::size_t kLines = 10;
  Counts counts;
  std::map<std::string, std::size_t> stale_reasons;
  for (std::size_t i = 0; i < held.size(); ++i) {
    const std::string name = recording.cases[i].id.name();
    ++counts.by_holding[std::string(name_of(held[i].holding))];
    if (held[i].holding == Holding::kStale) {
      ++counts.stale;
      ++stale_reasons[fmt::format("{}: {}", recording.cases[i].kernel, held[i].why)];
    }
    if (!held[i].difference.empty() && ++counts.different <= kLines)
      fmt::print(stderr,
                 "{}: the reference no longer gives what {} recorded: {}\n  repeat: bitgate verify --case '{}'\n", name,
                 recording.cases[i].kernel, held[i].difference, name);
  }
  for (const auto& [reason, cases] : stale_reasons) fmt::print(stderr, "stale: {} ({} cases)\n", reason, cases);
  return counts;
}

int replay(const ReplayOptions& options) {
  const std::string& file = options.file;
  const Recording recording = compare::read_recording(file);
  const std::vector<Held> held = hold_all(recording, given_plugins(recording, options));
  const Counts counts = tell(recording, held);
  if (held.empty()) fmt::print(stderr, "bitgate: {} holds no case: nothing was held\n", file);
  const int status = counts.different != 0 ? kDifference : counts.stale != 0 || held.empty() ? kCouldNotTell : kPass;
  if (options.json) {
    const nlohmann::ordered_json result{{"recording", file},
                                        {"gpu", recording.machine.gpu},
                                        {"cases", held.size()},
                                        {"holding", counts.by_holding},
                                        {"different", counts.different},
                                        {"status", status}};
    fmt::print("{}\n", result.dump(2));
    return status;
  }
  const std::string stale(name_of(Holding::kStale));
  std::string holdings;
  for (const auto& [holding, cases] : counts.by_holding)
    holdings += fmt::format(", {} {}{}", cases, holding == stale ? "" : "hold ", holding);
  fmt::print("{}: {} cases from {} ({}){}; {} differ from the reference\n", file, held.size(), recording.machine.gpu,
             recording.machine.date, holdings, counts.different);
  return status;
}

}  // namespace

void add_replay(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("replay", "Hold a recording against the reference; needs no GPU");
  auto options = std::make_shared<ReplayOptions>();
  command->add_option("recording", options->file, "A file that 'bitgate record' wrote")->required();
  command->add_option("--subject", options->subjects,
                      "plugin:FILE:KERNEL: the library of a recorded plugin, built here; it is parsed, not loaded");
  add_code_options(*command, options->code);
  command->add_flag("--json", options->json, "Print JSON");
  command->footer(
      "Examples: bitgate replay tests/golden/recordings/h100.json\n"
      "          bitgate replay mine.json --subject plugin:./libmine.so:good\n"
      "          bitgate replay mine.json --source mine.cu --flags -O3\n"
      "Exit status 1 when the reference gives other bytes, 2 when a kernel or its plan changed since it was recorded.");
  command->callback([options, &status] { status = replay(*options); });
}

}  // namespace bitgate::program
