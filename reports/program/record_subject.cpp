#include "bitgate/reports/program/record_subject.h"

#include <fmt/format.h>

#include <numeric>
#include <set>
#include <utility>

#include "bitgate/device/cpu/subject.h"
#include "bitgate/device/kernel.h"
#include "bitgate/device/plugin.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reports/program/cuda_plan.h"
#include "bitgate/reports/program/operation_subject.h"
#include "bitgate/reports/program/plugin_subject.h"
#include "bitgate/reports/program/served.h"
#include "bitgate/reports/program/subjects.h"

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

// Two runs over different poison have written every byte.
QuantizedTensor run_twice(const device::Kernel& kernel, const Request& request) {
  return run_over(kernel, request, std::span(device::kPoisons).first(2));
}

// What rows and columns are multiples of in the direction of the recipe's cases, as kernel and producer have it.
Extent step_of(const device::Kernel& kernel, const reference::Recipe& recipe) {
  const reference::Accepts& a = recipe.accepts;
  Extent step{std::lcm(kernel.rows_multiple, a.row_multiple), std::lcm(kernel.cols_multiple, a.col_multiple)};
  if (!device::has_columns(reference::default_direction(recipe))) return step;
  step.rows = std::lcm(std::lcm(step.rows, kernel.rows_multiple_columnwise), a.columnwise_multiple);
  step.cols = std::lcm(std::lcm(step.cols, a.columnwise_cols), a.columnwise_multiple);
  return step;
}

RecordSubject cuda(const device::Kernel& kernel, const device::DeviceFacts& facts) {
  RecordSubject subject;
  subject.key = subject.name = device::key(kernel);
  subject.recipe = &reference::require_recipe(kernel.recipe);
  const Extent step = step_of(kernel, *subject.recipe);
  subject.takes = {std::string(kernel.recipe), {kernel.types.begin(), kernel.types.end()}, step.cols, step.rows};
  subject.kernel.subject = kernel.subject;
  subject.kernel.variant = kernel.variant;
  subject.kernel.code_sha256 = device::code_digest(kernel, facts.architecture).value_or("");
  subject.kernel.source_sha256 = device::source_digest(kernel);
  subject.kernel.architecture = facts.architecture;
  subject.kernel.compiler = facts.nvcc;
  subject.on_gpu = true;
  subject.cuda = &kernel;
  subject.ask = [&kernel](const Request& request) { return run_twice(kernel, request); };
  subject.plan = [&kernel](const compare::Case& c) { return cuda_plan(kernel, c); };
  return subject;
}

RecordSubject cpu(const std::string& key, const std::string& recipe) {
  const device::CpuQuantize quantize = device::find_cpu_subject(recipe);
  if (find_operation_here(key)) throw InputError(fmt::format("{} quantizes nothing: 'check' alone asks it", key));
  if (quantize == nullptr)
    throw InputError(fmt::format("unknown subject '{}'; 'bitgate list subjects' names them", key));
  RecordSubject subject;
  subject.key = subject.name = key;
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
  const PluginKernel& kernel = opened.kernel;
  RecordSubject subject;
  subject.key = name.key();
  subject.name = text;
  subject.plugin = std::make_shared<const PluginKernel>(kernel);
  subject.recipe = subject.plugin->recipe.get();
  const bool rows_alone = kernel.asked_as(reference::default_direction(*subject.recipe)) == BITGATE_ROWWISE;
  const std::int64_t rows = rows_alone ? kernel.row_multiple : std::lcm(kernel.row_multiple, kernel.row_multiple_t);
  subject.takes = {std::string(subject.recipe->identity.name), accepted(*subject.recipe), kernel.col_multiple, rows};
  std::erase_if(subject.takes.types, [&](InputType type) { return !kernel.takes(type); });
  subject.kernel = as_recorded(subject.key, library_here(name.file, options));
  subject.on_gpu = kernel.memory == BITGATE_DEVICE;
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

QuantizedTensor run_over(const device::Kernel& kernel, const Request& request, std::span<const std::uint8_t> poisons) {
  try {
    return served([&] { return device::run(kernel, request, {.poisons = poisons}); });
  } catch (const device::DeviceError& broke) {
    throw SubjectFailed(fmt::format("{} broke: {}", device::key(kernel), broke.what()));
  }
}

std::vector<RecordSubject> record_subjects(const std::vector<std::string>& names, const CodeOptions& options) {
  std::vector<const device::Kernel*> kernels;
  std::vector<RecordSubject> subjects;
  for (const std::string& name : names) {
    if (name.starts_with(kPluginPrefix))
      subjects.push_back(plugin(name, options));
    else if (const device::Kernel* kernel = device::kernel_by_key(name))
      kernels.push_back(kernel);
    else
      subjects.push_back(cpu(name, name.starts_with(kCpuPrefix) ? name.substr(kCpuPrefix.size()) : ""));
  }
  if (names.empty())
    for (const device::Kernel& kernel : device::kernels()) kernels.push_back(&kernel);
  require_code_options_apply(subjects, options);
  if (!kernels.empty()) {
    if (const auto why = device::why_no_gpu())
      throw compare::NotRun(fmt::format("{} cannot run: {}", device::key(*kernels.front()), *why));
    const device::DeviceFacts facts = device::device_facts();
    for (const device::Kernel* kernel : kernels) subjects.push_back(cuda(*kernel, facts));
  }
  std::set<std::string> keys;
  for (const RecordSubject& subject : subjects)
    if (!keys.insert(subject.key).second) throw InputError(fmt::format("{} is given twice", subject.key));
  return subjects;
}

}  // namespace bitgate::program
