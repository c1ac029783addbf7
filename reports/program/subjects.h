// What can be checked: cpu/RECIPE everywhere, cuda/RECIPE where a kernel was built and a GPU is,
// plugin:FILE:KERNEL where a user's library is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bitgate/compare/sweep.h"

namespace bitgate::program {

inline constexpr std::string_view kCpuPrefix = "cpu/";

struct SubjectInfo {
  std::string name;     // cpu/te/nvfp4, cuda/te/nvfp4, cuda/ggml/q8_1:fast-math
  std::string recipe;   // what it claims to compute; "" of the form plugin:FILE:KERNEL, the last
  std::string why_not;  // empty: it runs here
};

std::vector<SubjectInfo> all_subjects();

// A subject by name. Throws InputError for a name that does not exist, compare::NotRun when it cannot run here.
compare::Subject subject_by_name(const std::string& name);

// For sweeps: the scalar CPU subjects, and the kernels when a GPU is here.
std::vector<compare::SubjectSource> sweep_sources();

}  // namespace bitgate::program
