#include "bitgate/reports/program/subjects.h"

#include <fmt/format.h>

#include "bitgate/device/cpu/subject.h"
#include "bitgate/device/kernel.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reports/program/operation_subject.h"
#include "bitgate/reports/program/plugin_subject.h"
#include "bitgate/reports/program/served.h"

namespace bitgate::program {

namespace {

compare::Subject cuda_subject(const device::Kernel& kernel) {
  return [&kernel](const Request& request) { return served([&] { return device::run(kernel, request); }); };
}

compare::Subject not_run(const std::string& why) {
  return [why](const Request&) -> QuantizedTensor { throw compare::NotRun(why); };
}

compare::Subject find_cuda(const std::string& recipe) {
  const device::Kernel* kernel = device::find_kernel("cuda/" + recipe);
  if (kernel == nullptr) return {};
  if (const auto why = device::why_no_gpu()) return not_run(*why);
  return cuda_subject(*kernel);
}

compare::Subject find_cpu(const std::string& recipe) {
  const device::CpuQuantize quantize = device::find_cpu_subject(recipe);
  return quantize == nullptr ? compare::Subject{} : compare::Subject{quantize};
}

}  // namespace

std::vector<SubjectInfo> all_subjects() {
  std::vector<SubjectInfo> subjects;
  for (const std::string_view recipe : device::cpu_subject_names())
    subjects.push_back({fmt::format("{}{}", kCpuPrefix, recipe), std::string(recipe), ""});
  const std::string why = device::why_no_gpu().value_or("");
  for (const device::Kernel& kernel : device::kernels())
    subjects.push_back({device::key(kernel), std::string(kernel.recipe), why});
  subjects.push_back(
      {fmt::format("{}FILE:KERNEL", kPluginPrefix), "", "a kernel of your own library, device/plugin.h"});
  return subjects;
}

compare::Subject subject_by_name(const std::string& name) {
  if (const device::Kernel* kernel = device::kernel_by_key(name)) {
    if (const auto why = device::why_no_gpu()) throw compare::NotRun(fmt::format("{} cannot run: {}", name, *why));
    return cuda_subject(*kernel);
  }
  if (name.starts_with(kCpuPrefix))
    if (compare::Subject subject = find_cpu(name.substr(kCpuPrefix.size()))) return subject;
  if (name.starts_with(kPluginPrefix)) return open_plugin(parse_plugin_name(name)).ask;
  if (find_operation_here(name))
    throw InputError(fmt::format("{} quantizes nothing: 'bitgate check --subject {}' asks it", name, name));
  throw InputError(fmt::format("unknown subject '{}'; 'bitgate list subjects' names them", name));
}

std::vector<compare::SubjectSource> sweep_sources() { return {{"cpu", find_cpu}, {"cuda", find_cuda}}; }

}  // namespace bitgate::program
