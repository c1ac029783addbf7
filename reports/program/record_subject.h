// A subject as `record` asks it: whatever runs it, an answer, a plan and the facts of its code.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "bitgate/compare/recording.h"
#include "bitgate/compare/sweep.h"
#include "bitgate/device/kernel.h"
#include "bitgate/reference/recipe/recipe.h"
#include "bitgate/reports/program/code_here.h"
#include "bitgate/reports/program/plugin_kernel.h"
#include "bitgate/reports/program/record_cases.h"

namespace bitgate::program {

struct RecordSubject {
  std::string key;                            // of Recording::kernels
  std::string name;                           // as it was asked for: of a plugin with the folders of its file
  const reference::Recipe* recipe = nullptr;  // of a plugin that claims none: it says the scheme alone
  Takes takes;
  compare::RecordedKernel kernel;
  const device::Kernel* cuda = nullptr;        // null: no built-in CUDA kernel
  std::shared_ptr<const PluginKernel> plugin;  // null: no plugin
  bool on_gpu = false;
  // Called from several threads. Throws SubjectFailed: a crash, a hang, unwritten or unstable bytes.
  compare::Subject ask;
  std::function<std::string(const compare::Case&)> plan;
};

// One answer of a built-in kernel, which is to be the same over each of the poisons. Throws SubjectFailed.
QuantizedTensor run_over(const device::Kernel& kernel, const Request& request, std::span<const std::uint8_t> poisons);

// cpu/RECIPE, plugin:FILE:KERNEL or a CUDA kernel; no names: every CUDA kernel. Throws InputError for an unknown name
// and for one that is given twice; compare::NotRun when a kernel is asked for and no GPU is here.
std::vector<RecordSubject> record_subjects(const std::vector<std::string>& names, const CodeOptions& options);

}  // namespace bitgate::program
