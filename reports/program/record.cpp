// bitgate record: run kernels on this machine's GPU, hold them against the reference, and keep what they produced.
#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>

#include "bitgate/compare/alias.h"
#include "bitgate/compare/distribution.h"
#include "bitgate/compare/metrics.h"
#include "bitgate/compare/recording.h"
#include "bitgate/compare/sweep.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/progress.h"
#include "bitgate/reports/program/record_cases.h"
#include "bitgate/reports/provenance.h"

namespace bitgate::program {

namespace {

using compare::RecordedCase;

struct Options {
  std::vector<std::string> subjects;
  std::string out;
  bool json = false;
};

struct Job {
  const device::Kernel* kernel;
  compare::Case id;
};

// What became of one case; the note is empty when every byte agrees.
struct Answer {
  RecordedCase recorded;
  std::string note;
};

std::vector<const device::Kernel*> chosen_kernels(const std::vector<std::string>& names) {
  std::vector<const device::Kernel*> chosen;
  for (const device::Kernel& kernel : device::kernels())
    if (names.empty() || std::find(names.begin(), names.end(), device::key(kernel)) != names.end())
      chosen.push_back(&kernel);
  for (const std::string& name : names) {
    const auto is_it = [&](const device::Kernel* kernel) { return device::key(*kernel) == name; };
    if (std::none_of(chosen.begin(), chosen.end(), is_it))
      throw InputError(fmt::format("'{}' is no CUDA kernel; 'bitgate list subjects' names them", name));
  }
  return chosen;
}

// Two runs over different poison that agree have written every byte they return.
std::string unwritten(const QuantizedTensor& first, const QuantizedTensor& second) {
  return compare::digest(first) == compare::digest(second) ? "" : "two runs with different poison disagree";
}

Answer run_job(const Job& job, std::mutex& device_lock) {
  const reference::Recipe& recipe = compare::require_named(job.id.recipe);
  const TypedTensor input = compare::generate(job.id);
  Request request;
  request.input = input.view();
  const QuantizedTensor expected = reference::quantize(recipe, request);
  QuantizedTensor actual;
  std::string note;
  {
    const std::lock_guard lock(device_lock);
    actual = device::run(*job.kernel, request, {.poison = 0xA5});
    note = unwritten(actual, device::run(*job.kernel, request, {.poison = 0x5A}));
  }
  if (note.empty()) note = compare::describe(compare::compare(expected, actual), expected);
  RecordedCase recorded;
  recorded.id = job.id;
  recorded.kernel = device::key(*job.kernel);
  recorded.plan = device::to_text(job.kernel->plan(job.id.extent, job.id.type, {}));
  recorded.fields = compare::record_fields(actual);
  recorded.sqnr_db = compare::measure(request.input, actual, compare::floor_scale_bits(recipe)).sqnr_db;
  return {std::move(recorded), std::move(note)};
}

compare::Recording describe_machine(const std::vector<const device::Kernel*>& kernels) {
  const device::DeviceFacts facts = device::device_facts();
  const reports::Provenance here = reports::provenance_here();
  compare::Recording recording;
  recording.machine = {facts.name, facts.driver, facts.runtime, facts.nvcc, here.date_utc, here.commit};
  for (const device::Kernel* kernel : kernels)
    recording.kernels[device::key(*kernel)] = {std::string(kernel->subject), std::string(kernel->variant),
                                               device::code_digest(*kernel, facts.architecture).value_or(""),
                                               device::source_digest(*kernel), facts.architecture};
  return recording;
}

std::vector<Job> jobs_of(const std::vector<const device::Kernel*>& kernels) {
  std::vector<Job> jobs;
  for (const device::Kernel* kernel : kernels)
    for (const compare::Case& id : record_cases(*kernel)) jobs.push_back({kernel, id});
  return jobs;
}

int record(const Options& options) {
  const std::vector<const device::Kernel*> kernels = chosen_kernels(options.subjects);
  if (const auto why = device::why_no_gpu()) {
    fmt::print(stderr, "bitgate: nothing can be recorded: {}\n", *why);
    return kCouldNotTell;
  }
  const std::vector<Job> jobs = jobs_of(kernels);
  std::vector<Answer> answers(jobs.size());
  std::mutex device_lock;
  std::mutex progress_lock;
  std::size_t done = 0;
  Progress progress("record", jobs.size());
  tbb::parallel_for(std::size_t{0}, jobs.size(), [&](std::size_t i) {
    answers[i] = run_job(jobs[i], device_lock);
    const std::lock_guard lock(progress_lock);
    progress.show(++done);
  });
  compare::Recording recording = describe_machine(kernels);
  std::size_t different = 0;
  for (Answer& answer : answers) {
    if (!answer.note.empty() && ++different <= 20)
      fmt::print(stderr, "{} {}: {}\n", answer.recorded.kernel, answer.recorded.id.name(), answer.note);
    recording.cases.push_back(std::move(answer.recorded));
  }
  if (options.json) {
    const nlohmann::ordered_json result{
        {"gpu", recording.machine.gpu}, {"kernels", kernels.size()}, {"cases", jobs.size()}, {"different", different}};
    fmt::print("{}\n", result.dump(2));
  } else {
    fmt::print("{} kernels, {} cases on {}: {} differ from the reference\n", kernels.size(), jobs.size(),
               recording.machine.gpu, different);
  }
  if (different != 0) {
    fmt::print(stderr, "bitgate: nothing was recorded, since {} cases differ\n", different);
    return kDifference;
  }
  compare::write_recording(options.out, recording);
  return kPass;
}

}  // namespace

void add_record(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("record", "Run the CUDA kernels here and keep what they produce");
  auto options = std::make_shared<Options>();
  command->add_option("--subject", options->subjects, "A kernel, e.g. cuda/te/nvfp4 (default: all)");
  command->add_option("--out", options->out, "The recording to write")->required();
  command->add_flag("--json", options->json, "Print JSON");
  command->footer(
      "Example: bitgate record --out h100.json\nNothing is written when a kernel differs from the reference.");
  command->callback([options, &status] { status = record(*options); });
}

}  // namespace bitgate::program
