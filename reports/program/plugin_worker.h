// The child process that loads a plugin and calls it: a crash or a hang ends the child alone.
#pragma once

#include <string>

namespace bitgate::program {

// Loads the library and answers frames on kWorkerSocket until the other end closes. The first frame sent tells the
// kernels as JSON, or why the library is no plugin. Then for each PluginCall: the outputs, or a complaint (the
// kernel's failure, a write into a guard zone or its input).
void serve_plugin(const std::string& file);

}  // namespace bitgate::program
