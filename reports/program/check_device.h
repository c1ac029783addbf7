// What only a built-in CUDA kernel is asked: it runs in this process, on memory and streams that are ours.
#pragma once

#include <vector>

#include "bitgate/compare/suite_probe.h"
#include "bitgate/device/kernel.h"

namespace bitgate::program {

// For each input type and each direction that the kernel makes: outputs, padding and workspace filled with four
// patterns give the same bytes; a CUDA graph replayed on another input and then on this one gives what a launch gives;
// two host threads with a stream each, on different inputs at once, get what they get alone.
std::vector<compare::SuiteProbe> device_poison_probes(const device::Kernel& kernel, const compare::SuiteScope& scope);

// Runs the kernel once a question, each over the next of the four patterns. For the many questions of
// *exhaustive-fp32*: a byte left unwritten shows where the pattern is not the answer, and the other suites run every
// question over two.
compare::Subject over_one_poison(const device::Kernel& kernel);

}  // namespace bitgate::program
