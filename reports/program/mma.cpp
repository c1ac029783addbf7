// bitgate mma: what this GPU's matrix instructions compute, against the model of reference/mma.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>

#include "bitgate/device/mma.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/mma_gpu.h"
#include "bitgate/reports/program/mma_recording.h"
#include "bitgate/reports/program/mma_text.h"
#include "bitgate/reports/program/progress.h"
#include "bitgate/reports/text.h"

namespace bitgate::program {

namespace {

using compare::MmaCase;
using compare::MmaFindings;
using compare::MmaModel;
using compare::MmaPart;
using compare::MmaProbePart;
using compare::MmaSubject;

struct MmaOptions {
  std::vector<std::string> ops;
  std::string out, against, plant;
  std::uint64_t count = 100'000'000, seed = 1;
  bool quick = false, json = false, model = false, answers = false, no_fit = false;
};

// A name, or the beginning of names: "wgmma", "mma.sync.m16n8k16".
bool chosen(const MmaOptions& options, const MmaModel& model) {
  return options.ops.empty() || std::any_of(options.ops.begin(), options.ops.end(),
                                            [&](const std::string& name) { return model.op.starts_with(name); });
}

void require_known(const MmaOptions& options) {
  for (const std::string& name : options.ops) {
    const auto models = compare::mma_models();
    if (std::none_of(models.begin(), models.end(), [&](const MmaModel& model) { return model.op.starts_with(name); }))
      throw InputError(
          fmt::format("no matrix instruction is called '{}': `bitgate mma --model --quick` names all", name));
  }
}

// "wgmma.m64n64k32.f32.e4m3.e4m3": F is one less there.
compare::MmaFault mma_fault_of(const std::string& op) {
  const MmaModel* model = compare::find_mma_model(op);
  if (model == nullptr) throw InputError(fmt::format("--plant: no matrix instruction is called '{}'", op));
  compare::MmaFault fault{op, instruction_of(*model)};
  --fault.row.fraction_bits;
  return fault;
}

// The mix and the fit of one instruction are told to `findings` as they come.
void ask_op(const MmaOptions& options, const MmaModel& model, MmaSubject& subject, MmaOpFindings& findings) {
  std::vector<MmaPart> parts;
  std::vector<MmaProbePart> probes = mma_probe_parts(model);
  for (const MmaProbePart& each : probes) parts.push_back(each.part);
  for (MmaPart& part : mma_mix_parts(model, options.seed, options.quick ? 1 : options.count))
    parts.push_back(std::move(part));
  std::uint64_t all = 0, before = 0;
  for (const MmaPart& part : parts) all += part.tiles * compare::kMmaDots;
  Progress progress(std::string(model.op), all);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    MmaFindings& result = findings.parts.emplace_back();
    ask_mma(model, parts[i], subject, result, [&](std::uint64_t done) { progress.show(before + done); });
    before += parts[i].tiles * compare::kMmaDots;
    if (i >= probes.size()) continue;
    for (std::size_t p = 0; p < probes[i].probes.size(); ++p)
      if (probes[i].probes[p].open) findings.answers.emplace_back(probes[i].probes[p], result.results[p]);
  }
}

// What else explains the results that differ, and those beside them that do not.
void fit_op(MmaOpFindings& findings) {
  std::vector<MmaCase> cases;
  for (const MmaFindings& part : findings.parts) {
    cases.insert(cases.end(), part.first.begin(), part.first.end());
    cases.insert(cases.end(), part.agreeing.begin(), part.agreeing.end());
  }
  const bool differ = std::any_of(findings.parts.begin(), findings.parts.end(),
                                  [](const MmaFindings& part) { return part.different != 0; });
  if (differ) findings.fits = fit_mma(*findings.model, cases);
}

// What asks, if a GPU does.
void note_kernel(const MmaReport& report, MmaOpFindings& findings) {
  const device::MmaOpInfo* op = device::find_mma_op(findings.model->op);
  if (!report.gpu || op == nullptr) return;
  findings.code_sha256 = mma_code_digest(*op, report.gpu->architecture).value_or("");
  findings.source_sha256 = mma_source_digest(*op);
}

void ask_all(const MmaOptions& options, MmaSubject& subject, MmaReport& report) {
  for (const MmaModel& model : compare::mma_models()) {
    if (!chosen(options, model)) continue;
    if (!subject.has(model)) {
      report.lacking.push_back(&model);
      continue;
    }
    MmaOpFindings& findings = report.ops.emplace_back();
    findings.model = &model;
    note_kernel(report, findings);
    try {
      ask_op(options, model, subject, findings);
      if (!options.no_fit) fit_op(findings);
    } catch (const device::DeviceError& error) {
      report.broke_off = fmt::format("{}: {}", model.op, error.what());
    }
    if (!options.json) fmt::print("{}", mma_lines(findings, options.answers));
    std::fflush(stdout);
    if (!report.broke_off.empty()) return;
  }
}

int run_mma(const MmaOptions& options) {
  require_known(options);
  if (!options.plant.empty() && !options.model) throw InputError("--plant changes the model: it needs --model");
  MmaReport report;
  std::optional<compare::MmaFault> fault;
  if (!options.plant.empty()) fault = mma_fault_of(options.plant);
  std::optional<MmaRecording> recording;
  if (!options.against.empty()) recording = read_mma_recording(options.against);
  if (!options.model) report.gpu = device::device_facts();
  const std::unique_ptr<MmaSubject> subject = options.model ? compare::mma_model_subject(fault) : mma_gpu_subject();
  report.seed = options.seed;
  report.count = options.quick ? 1 : options.count;
  if (!options.json) fmt::print("{}", mma_head(report));
  const auto since = std::chrono::steady_clock::now();
  ask_all(options, *subject, report);
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
  const std::string document = mma_document(report);
  fmt::print("{}", options.json ? document : mma_end(report));
  if (!options.out.empty()) reports::write_text(options.out, document);
  if (!recording) return status_of(report);
  const MmaHeld held = hold_mma(report, *recording);
  fmt::print(options.json ? stderr : stdout, "{}", mma_held_text(held, *recording));
  const int status = status_of(report), other = status_of(held);
  return status == kDifference || other == kDifference ? kDifference : std::max(status, other);
}

}  // namespace

void add_mma(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("mma", "What do this GPU's matrix instructions compute? Against the model");
  auto options = std::make_shared<MmaOptions>();
  command->add_option("--op", options->ops, "Instructions, or how their names begin: wgmma. Default: all");
  command->add_option("--count", options->count, "Random dot products of each instruction")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Of the random dot products")->capture_default_str();
  command->add_flag("--quick", options->quick, "The probes, and one tile of each kind of random dot products");
  command->add_flag("--answers", options->answers, "Print what the GPU answered to each open question");
  command->add_flag("--no-fit", options->no_fit, "Search no other row where results differ");
  command->add_flag("--json", options->json, "Print JSON");
  command->add_option("--out", options->out, "Write the JSON here: checksums and answers");
  command->add_option("--against", options->against, "Hold checksums and kernels against a file that --out wrote");
  command->add_flag("--model", options->model, "Ask the model instead of a GPU: tests this command, holds a recording");
  command->add_option("--plant", options->plant, "With --model: this instruction keeps one bit less");
  command->footer(
      "Examples: bitgate mma --out h100-mma.json\n"
      "          bitgate mma --op wgmma.m64n64k32 --quick --answers\n"
      "          bitgate mma --model --quick --against h100-mma.json\n"
      "Exit status 1 when a result or a checksum differs; 2 without a GPU, or when it failed before all was asked.");
  command->callback([options, &status] { status = run_mma(*options); });
}

}  // namespace bitgate::program
