// `plugin:FILE:KERNEL`: a kernel of a user's library (device/plugin.h), called in a process of its own.
#pragma once

#include <stdexcept>
#include <string>

#include "bitgate/compare/sweep.h"
#include "bitgate/reports/program/plugin_kernel.h"

namespace bitgate::program {

// A subject that crashed, hung, failed, wrote outside its outputs or left some of them unwritten: a difference.
class SubjectFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Each request is answered four times over different poison, twice by a CUDA graph where the kernel may be captured.
// Calls from several threads take turns; after a crash or a hang (10 s a call, or the seconds in
// BITGATE_PLUGIN_SECONDS) the next request starts the process again. Throws InputError: no such file, not a plugin, no
// such kernel, an unknown recipe or scheme, an input that the kernel does not take. The subject throws SubjectFailed,
// and compare::NotRun where there is no GPU, or not enough memory, for a kernel of device memory.
struct PluginSubject {
  compare::Subject ask;
  PluginKernel kernel;
};
PluginSubject open_plugin(const PluginName& name);

}  // namespace bitgate::program
