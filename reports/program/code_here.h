// What this machine has of a recorded kernel: its library, its sources, or this program itself.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "bitgate/compare/recording.h"

namespace bitgate::program {

struct CodeOptions {
  std::vector<std::string> sources;
  std::string flags, compiler;
};
// --source, --flags, --compiler.
void add_code_options(CLI::App& command, CodeOptions& options);

// The plan of a subject that is asked as a whole: whatever it launches is in its machine code.
inline constexpr const char* kOneCall = "one call";

// Of sources alone. A line a file ("SHA256  NAME", its folders left out, sorted) and one of the flags. Throws
// InputError: flags without sources, an unreadable file.
compare::PresentKernel sources_here(const CodeOptions& options);
// The same with the machine code of a library; its compiler is what the library says unless the options name one. The
// file is parsed, not loaded. Throws InputError.
compare::PresentKernel library_here(const std::string& file, const CodeOptions& options);
// This program: what a cpu/RECIPE is. Its source is its commit, when that is known and clean; since the commit is
// among its constants, another commit is other machine code.
compare::PresentKernel program_here();

}  // namespace bitgate::program
