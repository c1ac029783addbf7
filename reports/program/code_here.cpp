#include "bitgate/reports/program/code_here.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "bitgate/compare/digest.h"
#include "bitgate/compare/file_bytes.h"
#include "bitgate/device/support/library_code.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reports/provenance.h"

namespace bitgate::program {

namespace {

std::string line_of(std::span<const std::byte> bytes, const std::string& name) {
  return fmt::format("{}  {}", compare::sha256_hex(bytes), name);
}

std::string line_of_text(const std::string& text) { return line_of(std::as_bytes(std::span(text)), text); }

void set_code(compare::PresentKernel& here, const std::string& file, const std::string& what) {
  device::LibraryCode code = device::library_code(compare::read_bytes(file), what);
  here.code = std::move(code.parts);
  here.code_sha256 = compare::digest_of_lines(here.code);
  here.architecture = std::move(code.architecture);
  here.whole_code = true;
  if (here.compiler.empty()) here.compiler = std::move(code.compiler);
}

}  // namespace

void add_code_options(CLI::App& command, CodeOptions& options) {
  command.add_option("--source", options.sources, "Sources of the plugin: without its compiler they speak for it");
  command.add_option("--flags", options.flags, "What it is compiled with: a part of its sources");
  command.add_option("--compiler", options.compiler, "Its compiler (default: what the library says)");
}

compare::PresentKernel sources_here(const CodeOptions& options) {
  if (options.sources.empty() && !options.flags.empty())
    throw InputError("--flags belong to sources: give --source, too");
  compare::PresentKernel here;
  here.compiler = options.compiler;
  for (const std::string& file : options.sources)
    here.sources.push_back(line_of(compare::read_bytes(file), std::filesystem::path(file).filename().string()));
  std::sort(here.sources.begin(), here.sources.end());
  if (!here.sources.empty()) here.sources.push_back(line_of_text("flags: " + options.flags));
  here.source_sha256 = compare::digest_of_lines(here.sources);
  return here;
}

compare::PresentKernel library_here(const std::string& file, const CodeOptions& options) {
  compare::PresentKernel here = sources_here(options);
  set_code(here, file, file);
  return here;
}

compare::PresentKernel program_here() {
  compare::PresentKernel here;
  set_code(here, "/proc/self/exe", "this program");
  const std::string commit = reports::provenance_here().commit;
  if (commit != "unknown" && !commit.ends_with("-dirty")) here.sources.push_back(line_of_text("commit " + commit));
  here.source_sha256 = compare::digest_of_lines(here.sources);
  return here;
}

}  // namespace bitgate::program
