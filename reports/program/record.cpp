// bitgate record: run subjects here, hold them against the reference, and keep what they produced.
#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>

#include "bitgate/compare/case_operands.h"
#include "bitgate/compare/compare.h"
#include "bitgate/compare/distribution.h"
#include "bitgate/compare/metrics.h"
#include "bitgate/device/kernel.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/plugin_subject.h"
#include "bitgate/reports/program/progress.h"
#include "bitgate/reports/program/record_subject.h"
#include "bitgate/reports/provenance.h"

namespace bitgate::program {

namespace {

using compare::RecordedCase;

struct RecordOptions {
  std::vector<std::string> subjects;
  CodeOptions code;
  std::string out, cases = "full";
  bool json = false;
};

struct Job {
  const RecordSubject* subject;
  compare::Case id;
};

// What became of one case; the note is empty when every byte agrees.
struct Answer {
  bool refused = false;  // by the reference: the producer does not take this input
  RecordedCase recorded{};
  std::string note{};
};

QuantizedTensor ask(const Job& job, const Request& request) {
  try {
    return job.subject->ask(request);
  } catch (const SubjectFailed& failure) {
    throw SubjectFailed(fmt::format("{}: {}", job.id.name(), failure.what()));
  }
}

// NaN of an empty tensor.
double sqnr_of(const reference::Recipe& recipe, const Request& request, const QuantizedTensor& actual) {
  if (count(request.input.extent) == 0) return std::numeric_limits<double>::quiet_NaN();
  const TypedTensor stood_for = reference::operand(recipe, request, request.direction);
  return compare::measure(stood_for.view(), actual, compare::floor_scale_bits(recipe)).sqnr_db;
}

Answer run_job(const Job& job) {
  const reference::Recipe& recipe = *job.subject->recipe;
  TypedTensor input;
  QuantizedTensor expected;
  const compare::CaseOperands operands = compare::operands_of(recipe, job.id);
  try {
    input = compare::generate(job.id);
    expected = reference::quantize(recipe, compare::request_of(recipe, input, operands));
  } catch (const InputError&) {
    return {.refused = true};
  }
  const Request request = compare::request_of(recipe, input, operands);
  const QuantizedTensor actual = ask(job, request);
  Answer answer;
  answer.note = compare::describe(compare::compare(expected, actual), expected);
  answer.recorded.id = job.id;
  answer.recorded.kernel = job.subject->key;
  answer.recorded.plan = job.subject->plan(job.id);
  answer.recorded.fields = compare::record_fields(actual);
  answer.recorded.sqnr_db = sqnr_of(recipe, request, actual);
  return answer;
}

compare::Machine machine_here(const std::vector<RecordSubject>& subjects) {
  const reports::Provenance here = reports::provenance_here();
  const bool on_gpu = std::any_of(subjects.begin(), subjects.end(), [](const RecordSubject& s) { return s.on_gpu; });
  if (!on_gpu && device::why_no_gpu())
    return {
        fmt::format("no GPU, {}", here.cpu), "", "", std::string(device::nvcc_version()), here.date_utc, here.commit};
  const device::DeviceFacts facts = device::device_facts();
  return {facts.name, facts.driver, facts.runtime, facts.nvcc, here.date_utc, here.commit};
}

std::vector<compare::Case> cases_of(const Takes& takes, const std::string& which) {
  return which == "small" ? small_cases(takes) : which == "report" ? report_cases(takes) : full_cases(takes);
}

std::vector<Job> jobs_of(const std::vector<RecordSubject>& subjects, const std::string& which) {
  std::vector<Job> jobs;
  for (const RecordSubject& subject : subjects)
    for (const compare::Case& id : cases_of(subject.takes, which)) jobs.push_back({&subject, id});
  return jobs;
}

std::vector<Answer> run_all(const std::vector<Job>& jobs) {
  std::vector<Answer> answers(jobs.size());
  std::mutex progress_lock;
  std::size_t done = 0;
  Progress progress("record", jobs.size());
  tbb::parallel_for(std::size_t{0}, jobs.size(), [&](std::size_t i) {
    answers[i] = run_job(jobs[i]);
    const std::lock_guard lock(progress_lock);
    progress.show(++done);
  });
  return answers;
}

// The file is read back: what this program would refuse is not left as a recording.
void write_and_read(const std::string& file, const compare::Recording& recording) {
  compare::write_recording(file, recording);
  try {
    compare::read_recording(file);
  } catch (const InputError&) {
    std::filesystem::remove(file);
    throw;
  }
}

void print_result(const RecordOptions& options, const compare::Recording& recording, std::size_t different) {
  const std::size_t kernels = recording.kernels.size(), cases = recording.cases.size();
  if (options.json) {
    const nlohmann::ordered_json result{
        {"gpu", recording.machine.gpu}, {"kernels", kernels}, {"cases", cases}, {"different", different}};
    fmt::print("{}\n", result.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    return;
  }
  fmt::print("{} kernels, {} cases on {}: {} differ from the reference\n", kernels, cases, recording.machine.gpu,
             different);
}

int record_now(const RecordOptions& options) {
  const std::vector<RecordSubject> subjects = record_subjects(options.subjects, options.code);
  for (const RecordSubject& subject : subjects)
    if (subject.plugin != nullptr && !subject.plugin->claims_recipe)
      throw InputError(fmt::format("{} claims no recipe: there is nothing to record it against", subject.key));
  std::vector<Answer> answers = run_all(jobs_of(subjects, options.cases));
  compare::Recording recording;
  recording.machine = machine_here(subjects);
  for (const RecordSubject& subject : subjects) recording.kernels[subject.key] = subject.kernel;
  std::size_t different = 0;
  for (Answer& answer : answers) {
    if (answer.refused) continue;
    if (!answer.note.empty() && ++different <= 20)
      fmt::print(stderr, "{} {}: {}\n", answer.recorded.kernel, answer.recorded.id.name(), answer.note);
    recording.cases.push_back(std::move(answer.recorded));
  }
  print_result(options, recording, different);
  if (different != 0) {
    fmt::print(stderr, "bitgate: nothing was recorded, since {} cases differ\n", different);
    return kDifference;
  }
  if (recording.cases.empty()) {
    fmt::print(stderr, "bitgate: nothing was recorded, since the reference refuses every case\n");
    return kCouldNotTell;
  }
  write_and_read(options.out, recording);
  return kPass;
}

int record(const RecordOptions& options) {
  try {
    return record_now(options);
  } catch (const SubjectFailed& failure) {
    if (options.json) {
      const nlohmann::ordered_json result{{"failed", failure.what()}, {"status", kDifference}};
      fmt::print("{}\n", result.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    }
    fmt::print(stderr, "bitgate: {}\nbitgate: nothing was recorded\n", failure.what());
    return kDifference;
  }
}

}  // namespace

void add_record(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("record", "Run subjects here and keep what they produce");
  auto options = std::make_shared<RecordOptions>();
  command->add_option("--subject", options->subjects,
                      "cuda/te/nvfp4, cpu/te/nvfp4, plugin:FILE:KERNEL (default: every CUDA kernel)");
  add_code_options(*command, options->code);
  command
      ->add_option("--cases", options->cases,
                   "full; report: what the default report shows, and shapes; or small: about 100 cases for CI")
      ->check(CLI::IsMember({"small", "report", "full"}))
      ->capture_default_str();
  command->add_option("--out", options->out, "The recording to write")->required();
  command->add_flag("--json", options->json, "Print JSON");
  command->footer(
      "Examples: bitgate record --out h100.json\n"
      "          bitgate record --subject plugin:./libmine.so:good --source mine.cu --flags -O3 --cases small --out "
      "mine.json\n"
      "Nothing is written when a byte differs from the reference, or a subject crashes.");
  command->callback([options, &status] { status = record(*options); });
}

}  // namespace bitgate::program
