// Several subjects through `bitgate check`, each in a process of its own, as many at once as there are cores: a kernel
// that crashes, hangs the device or leaves it with a CUDA error loses only its own answers.
#pragma once

#include <string>
#include <vector>

namespace bitgate::program {

// `options`: of each check, beside its subject; `json` adds --json and prints one document. Prints what each printed,
// in the order of the subjects, then a line of counts. Returns the exit status: 1 outranks 3, that 2, and that 0.
int check_many(const std::vector<std::string>& subjects, const std::vector<std::string>& options, bool json);

}  // namespace bitgate::program
