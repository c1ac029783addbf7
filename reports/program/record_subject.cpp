#include "bitgate/reports/program/record_subject.h"

#include <fmt/format.h>

#include <memory>
#include <mutex>
#include <numeric>
#include <set>
#include <utility>

#include "bitgate/device/cpu/subject.h"
#include "bitgate/device/kernel.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reports/program/cuda_plan.h"
#include "bitgate/reports/program/plugin_subject.h"

namespace bitgate::program {

namespace {

compare::RecordedKernel as_recorded(const std::string& key, compare::PresentKernel here) {
  compare::RecordedKernel kernel;
  kernel.subject = key;
  kernel.code_sha256 = here.code_sha256.value_or("");
  kernel.source_sha256 = std::move(here.source_sha256);
  kernel.architecture = std::move(here.architecture);
  kernel.compiler = std::move(here.compiler);
  kernel.code = std::move(here.code);
  kernel.sources = std::move(here.sources);
  return kernel;
}

std::vector<InputType> accepted(const reference::Recipe& recipe) {
  std::vector<InputType> types;
  for (const InputType type : kInputTypes)
    if (accepts(recipe.accepts, type)) types.push_back(type);
  return types;
}

std::string one_call(const compare::Case&) { return kOneCall; }

// One call at a time: the kernels share the device. Two runs over different poison have written every byte.
QuantizedTensor run_twice(const device::Kernel& kernel, const Request& request, std::mutex& device) {
  const std::lock_guard lock(device);
  try {
    return device::run(kernel, request, {.poisons = std::span(device::kPoisons).first(2)});
  } catch (const device::DeviceError& broke) {
    throw SubjectFailed(fmt::format("{} broke: {}", device::key(kernel), broke.what()));
  }
}

// In the direction of the recipe's cases.
std::int64_t rows_taken(const device::Kernel& kernel, const reference::Recipe& recipe) {
  const bool columns = device::has_columns(reference::default_direction(recipe));
  return columns ? std::lcm(kernel.rows_multiple, kernel.rows_multiple_columnwise) : kernel.rows_multiple;
}

RecordSubject cuda(const device::Kernel& kernel, const device::DeviceFacts& facts,
                   const std::shared_ptr<std::mutex>& device) {
  RecordSubject subject;
  subject.key = device::key(kernel);
  subject.recipe = &reference::require_recipe(kernel.recipe);
  subject.takes = {std::string(kernel.recipe),
                   {kernel.types.begin(), kernel.types.end()},
                   kernel.cols_multiple,
                   rows_taken(kernel, *subject.recipe)};
  subject.kernel.subject = kernel.subject;
  subject.kernel.variant = kernel.variant;
  subject.kernel.code_sha256 = device::code_digest(kernel, facts.architecture).value_or("");
  subject.kernel.source_sha256 = device::source_digest(kernel);
  subject.kernel.architecture = facts.architecture;
  subject.kernel.compiler = facts.nvcc;
  subject.on_gpu = true;
  subject.ask = [&kernel, device](const Request& request) { return run_twice(kernel, request, *device); };
  subject.plan = [&kernel](const compare::Case& c) { return cuda_plan(kernel, c); };
  return subject;
}

RecordSubject cpu(const std::string& key, const std::string& recipe) {
  const device::CpuQuantize quantize = device::find_cpu_subject(recipe);
  if (quantize == nullptr)
    throw InputError(fmt::format("unknown subject '{}'; 'bitgate list subjects' names them", key));
  RecordSubject subject;
  subject.key = key;
  subject.recipe = &reference::require_recipe(recipe);
  subject.takes = {recipe, accepted(*subject.recipe), 1};
  subject.kernel = as_recorded(key, program_here());
  subject.ask = quantize;
  subject.plan = one_call;
  return subject;
}

RecordSubject plugin(const std::string& text, const CodeOptions& options) {
  const PluginName name = parse_plugin_name(text);
  PluginSubject opened = open_plugin(name);
  RecordSubject subject;
  subject.key = name.key();
  subject.recipe = opened.kernel.recipe;
  subject.takes = {std::string(subject.recipe->identity.name), accepted(*subject.recipe), opened.kernel.col_multiple};
  std::erase_if(subject.takes.types, [&](InputType type) { return !opened.kernel.takes(type); });
  subject.kernel = as_recorded(subject.key, library_here(name.file, options));
  subject.ask = std::move(opened.ask);
  subject.plan = one_call;
  return subject;
}

void require_code_options_apply(const std::vector<RecordSubject>& subjects, const CodeOptions& options) {
  const bool any = std::any_of(subjects.begin(), subjects.end(),
                               [](const RecordSubject& s) { return s.key.starts_with(kPluginPrefix); });
  if (!any && (!options.sources.empty() || !options.flags.empty() || !options.compiler.empty()))
    throw InputError("--source, --flags and --compiler are of a plugin: give --subject plugin:FILE:KERNEL");
}

}  // namespace

std::vector<RecordSubject> record_subjects(const std::vector<std::string>& names, const CodeOptions& options) {
  std::vector<const device::Kernel*> kernels;
  std::vector<RecordSubject> subjects;
  for (const std::string& name : names) {
    if (name.starts_with(kPluginPrefix))
      subjects.push_back(plugin(name, options));
    else if (const device::Kernel* kernel = device::kernel_by_key(name))
      kernels.push_back(kernel);
    else
      subjects.push_back(cpu(name, name.starts_with(kCpuPrefix) ? name.substr(std::string(kCpuPrefix).size()) : ""));
  }
  if (names.empty())
    for (const device::Kernel& kernel : device::kernels()) kernels.push_back(&kernel);
  require_code_options_apply(subjects, options);
  if (!kernels.empty()) {
    if (const auto why = device::why_no_gpu()) throw compare::NotRun(fmt::format("nothing can be recorded: {}", *why));
    const device::DeviceFacts facts = device::device_facts();
    const auto device_lock = std::make_shared<std::mutex>();
    for (const device::Kernel* kernel : kernels) subjects.push_back(cuda(*kernel, facts, device_lock));
  }
  std::set<std::string> keys;
  for (const RecordSubject& subject : subjects)
    if (!keys.insert(subject.key).second) throw InputError(fmt::format("{} is given twice", subject.key));
  return subjects;
}

}  // namespace bitgate::program
