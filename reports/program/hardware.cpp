// bitgate hardware: is this GPU one on which kernels can be judged? Its instructions against their models.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>

#include "bitgate/reference/format/error.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/hardware_gpu.h"
#include "bitgate/reports/program/hardware_text.h"
#include "bitgate/reports/program/progress.h"
#include "bitgate/reports/text.h"

namespace bitgate::program {

namespace {

using compare::HardwareModel;
using compare::HardwareReach;
using compare::HardwareResult;

struct HardwareOptions {
  std::vector<std::string> suites;
  std::string out, against, plant;
  bool quick = false, full = false, json = false, model = false;
};

// "rcp.approx.ftz.f32:0x3F800001".
compare::HardwareFault fault_of(const std::string& text) {
  const std::size_t colon = text.find(':');
  compare::HardwareFault fault{text.substr(0, colon)};
  if (compare::find_hardware_model(fault.op) == nullptr)
    throw InputError(fmt::format("--plant: no instruction '{}' has a model", fault.op));
  try {
    std::size_t end = 0;
    const std::string input = colon == std::string::npos ? "" : text.substr(colon + 1);
    const unsigned long value = std::stoul(input, &end, 0);
    if (end != input.size() || value > 0xFFFFFFFF) throw std::out_of_range(input);
    fault.input = static_cast<std::uint32_t>(value);
  } catch (const std::logic_error&) {
    throw InputError(fmt::format("--plant {}: expected INSTRUCTION:INPUT, as {}:0x3F800001", text, fault.op));
  }
  return fault;
}

void require_known_suites(const std::vector<std::string>& suites) {
  for (const std::string& name : suites) {
    std::string known;
    bool found = false;
    for (const compare::HardwareSuite& suite : compare::hardware_suites()) {
      found |= suite.name == name;
      known += fmt::format("{}{}", known.empty() ? "" : ", ", suite.name);
    }
    if (!found) throw InputError(fmt::format("unknown suite '{}': expected one of {}", name, known));
  }
}

bool chosen(const HardwareOptions& options, std::string_view suite) {
  return options.suites.empty() ||
         std::find(options.suites.begin(), options.suites.end(), suite) != options.suites.end();
}

// All parts of one instruction. Each stands in `results` from its first chunk on, whatever happens after.
void ask_all(const HardwareModel& model, HardwareReach reach, compare::HardwareSubject& subject,
             std::vector<HardwareResult>& results) {
  const std::vector<compare::HardwarePart> parts = compare::hardware_parts(model, reach);
  std::uint64_t inputs = 0, before = 0;
  for (const compare::HardwarePart& part : parts) inputs += part.inputs;
  Progress progress(std::string(model.op), inputs);
  for (const compare::HardwarePart& part : parts) {
    ask_hardware(model, part, subject, results.emplace_back(),
                 [&](std::uint64_t done) { progress.show(before + done); });
    before += part.inputs;
  }
}

void ask_suites(const HardwareOptions& options, HardwareReach reach, compare::HardwareSubject& subject,
                HardwareFindings& findings) {
  for (const compare::HardwareSuite& suite : compare::hardware_suites()) {
    if (!chosen(options, suite.name)) continue;
    if (!options.json) fmt::print("{}: {}\n", suite.name, suite.description);
    for (const HardwareModel& model : compare::hardware_models()) {
      if (model.suite != suite.name) continue;
      if (!subject.has(model)) {
        findings.lacking.push_back(&model);
        continue;
      }
      std::vector<HardwareResult> results;
      try {
        ask_all(model, reach, subject, results);
      } catch (const device::DeviceError& error) {
        findings.broke_off = fmt::format("{}: {}", model.op, error.what());
      }
      findings.results.insert(findings.results.end(), results.begin(), results.end());
      if (!options.json && !results.empty()) fmt::print("{}", hardware_line(results));
      std::fflush(stdout);
      if (!findings.broke_off.empty()) return;
    }
  }
}

// What --against adds to the verdict.
int held_against(const HardwareOptions& options, const HardwareChecksums& checksums, const HardwareFindings& findings) {
  if (options.against.empty()) return kPass;
  const HardwareOther other = hardware_against(findings, checksums, options.against);
  std::FILE* to = options.json ? stderr : stdout;
  for (const std::string& sentence : other.different) fmt::print(to, "{}\n", sentence);
  fmt::print(to, "{}: {} of {} checksums differ\n", options.against, other.different.size(), other.common);
  return !other.different.empty() ? kDifference : other.common == 0 ? kCouldNotTell : kPass;
}

int run_hardware(const HardwareOptions& options) {
  require_known_suites(options.suites);
  if (options.quick && options.full) throw InputError("--quick and --full exclude each other");
  if (!options.plant.empty() && !options.model) throw InputError("--plant changes the models: it needs --model");
  HardwareFindings findings;
  std::optional<compare::HardwareFault> fault;
  if (!options.plant.empty()) fault = fault_of(options.plant);
  const HardwareChecksums checksums =
      options.against.empty() ? HardwareChecksums{} : read_hardware_checksums(options.against);
  if (!options.model) findings.gpu = device::device_facts();
  const std::unique_ptr<compare::HardwareSubject> subject =
      options.model ? compare::model_subject(fault) : gpu_subject();
  findings.reach = options.quick ? "quick" : options.full ? "full" : "default";
  if (!options.json) fmt::print("{}", hardware_head(findings));
  const auto since = std::chrono::steady_clock::now();
  ask_suites(options,
             options.quick  ? HardwareReach::kQuick
             : options.full ? HardwareReach::kFull
                            : HardwareReach::kDefault,
             *subject, findings);
  findings.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
  const std::string json = hardware_json(findings).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  fmt::print("{}", options.json ? json : hardware_end(findings));
  if (!options.out.empty()) reports::write_text(options.out, json);
  const int status = status_of(findings), other = held_against(options, checksums, findings);
  return status == kDifference || other == kDifference ? kDifference : std::max(status, other);
}

std::string hardware_suite_help() {
  std::string text = "One or more of";
  for (const compare::HardwareSuite& suite : compare::hardware_suites()) text += fmt::format(" {},", suite.name);
  text.back() = '.';
  return text + " Default: all. `bitgate list suites` says what they are";
}

}  // namespace

void add_hardware(CLI::App& app, int& status) {
  CLI::App* command =
      app.add_subcommand("hardware", "Is this GPU one to judge kernels on? Its instructions to the bit");
  auto options = std::make_shared<HardwareOptions>();
  command->add_option("--suite", options->suites, hardware_suite_help());
  command->add_flag("--quick", options->quick, "2^20 inputs of each instruction at most: a second");
  command->add_flag("--full", options->full,
                    "Every input of all that has one operand, more fixed ones of quotients, more pairs: minutes");
  command->add_flag("--json", options->json, "Print JSON");
  command->add_option("--out", options->out, "Write the JSON here: checksums, to be held against another GPU's");
  command->add_option("--against", options->against, "Hold checksums against a file that --out wrote");
  command->add_flag("--model", options->model, "Ask the models instead of a GPU: tests this command");
  command->add_option("--plant", options->plant, "With --model: a wrong bit for INSTRUCTION:INPUT");
  command->footer(
      "Examples: bitgate hardware\n"
      "          bitgate hardware --suite mufu --full --out h100.json\n"
      "          bitgate hardware --against h100.json\n"
      "          bitgate hardware --quick --model --plant rcp.approx.ftz.f32:0x3F800001\n"
      "Exit status 1 when a result or a checksum differs; 2 without a GPU, or when it failed before all was asked.");
  command->callback([options, &status] { status = run_hardware(*options); });
}

}  // namespace bitgate::program
