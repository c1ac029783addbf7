#include "bitgate/reports/program/held_recording.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <utility>

#include "bitgate/device/cpu/subject.h"
#include "bitgate/device/kernel.h"
#include "bitgate/device/support/embedded.h"
#include "bitgate/reports/program/code_here.h"
#include "bitgate/reports/program/cuda_plan.h"
#include "bitgate/reports/program/plugin_kernel.h"
#include "bitgate/reports/program/subjects.h"

namespace bitgate::program {

namespace {

std::optional<compare::PresentKernel> present_cuda(const std::string& key, const std::string& architecture) {
  const device::Kernel* kernel = device::kernel_by_key(key);
  if (kernel == nullptr) return std::nullopt;
  compare::PresentKernel here;
  here.code_sha256 = device::code_digest(*kernel, architecture);
  here.compiler = device::nvcc_version();
  here.source_sha256 = device::source_digest(*kernel);
  here.architecture = architecture;
  here.made_of_sources = true;
  return here;
}

bool is_cpu(const std::string& key) { return key.starts_with(kCpuPrefix); }

bool is_plugin(const std::string& key) { return key.starts_with(kPluginPrefix); }

std::string plan_now(const std::string& key, const compare::Case& c) {
  if (is_cpu(key) || is_plugin(key)) return kOneCall;
  const device::Kernel* kernel = device::kernel_by_key(key);
  return kernel == nullptr ? "" : cuda_plan(*kernel, c);
}

// None of them depends on the case: asked once a kernel.
std::optional<compare::PresentKernel> present(const std::string& key, const compare::RecordedKernel& recorded,
                                              const GivenPlugins& given) {
  if (is_plugin(key)) {
    const auto found = given.find(key);
    return found == given.end() ? compare::PresentKernel{} : found->second;
  }
  if (!is_cpu(key)) return present_cuda(key, recorded.architecture);
  if (device::find_cpu_subject(key.substr(kCpuPrefix.size())) == nullptr) return std::nullopt;
  return program_here();
}

std::string differing_field(const compare::RecordedCase& recorded, const compare::Digests& digests) {
  const std::pair<const char*, const std::string*> fields[] = {
      {"global", &digests.global}, {"scales", &digests.scales}, {"codes", &digests.codes}, {"extras", &digests.extras}};
  for (const auto& [name, now] : fields) {
    const auto field = recorded.fields.find(name);
    if ((field == recorded.fields.end() ? "" : field->second.sha256) != *now) return name;
  }
  return "";
}

compare::Holding answer_from(const compare::Recording& recording, const compare::RecordedCase& recorded,
                             const compare::Present& present, const compare::Row& row,
                             compare::SubjectResult& subject) {
  std::string why;
  const compare::Holding holding = compare::holding_of(recording, recorded, present, why);
  if (holding == compare::Holding::kStale) {
    subject.note = fmt::format("its recording is stale: {}", why);
    return holding;
  }
  const std::string field = differing_field(recorded, row.digests);
  subject.outcome = field.empty() ? compare::Outcome::kEqual : compare::Outcome::kDifferent;
  subject.note =
      field.empty() ? "" : fmt::format("the reference's {} are not what {} recorded", field, recording.machine.gpu);
  return holding;
}

}  // namespace

compare::Present present_kernels(const compare::Recording& recording, GivenPlugins given) {
  std::map<std::string, std::optional<compare::PresentKernel>> here;
  for (const auto& [key, recorded] : recording.kernels) here[key] = present(key, recorded, given);
  const auto kernel = [here = std::move(here)](const std::string& key) {
    const auto found = here.find(key);
    return found == here.end() ? std::nullopt : found->second;
  };
  return {kernel, plan_now};
}

reports::HeldRecording hold_rows(const std::filesystem::path& file, const compare::Recording& recording,
                                 std::vector<compare::Row>& rows) {
  std::map<std::pair<std::string, std::string>, const compare::RecordedCase*> by_kernel_and_case;
  for (const compare::RecordedCase& recorded : recording.cases)
    by_kernel_and_case[{recorded.kernel, recorded.id.name()}] = &recorded;
  const compare::Present present = present_kernels(recording);
  reports::HeldRecording held{
      file.filename().string(), recording.machine.gpu, recording.machine.date, recording.machine.commit, "", 0,
      recording.machine.driver};
  compare::Holding weakest = compare::Holding::kByMachineCode;
  for (compare::Row& row : rows) {
    for (compare::SubjectResult& subject : row.subjects) {
      const auto recorded = by_kernel_and_case.find({subject.subject, row.id.name()});
      if (subject.outcome != compare::Outcome::kNotRun || recorded == by_kernel_and_case.end()) continue;
      weakest = std::max(weakest, answer_from(recording, *recorded->second, present, row, subject));
      ++held.cases;
    }
  }
  held.holding = name_of(weakest);
  return held;
}

}  // namespace bitgate::program
