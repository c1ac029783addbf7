// The program `bitgate`. Exit status: 0 pass; 1 a difference or a crossed threshold; 2 the harness could not tell;
// 3 bad usage or bad input.
#include <fmt/format.h>
#include <malloc.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <limits>
#include <new>
#include <string>

#include "bitgate/reference/format/error.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/plugin_subject.h"
#include "bitgate/reports/provenance.h"

namespace {

// Tensors come and go by the thousand. Their pages given back each time cost more than the arithmetic on them (of
// `check --suite exhaustive-fp32`, 45 % of the time on one core), and threads wait for each other there.
void keep_freed_memory() noexcept {
#ifdef __GLIBC__
  constexpr int kMostThatGlibcTakes = 32 << 20;
  mallopt(M_MMAP_THRESHOLD, kMostThatGlibcTakes);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
#endif
}

// CLI11 only says that a subcommand is missing; a misspelt one deserves its name back.
void require_known_command(const CLI::App& app, int argc, char** argv) {
  const CLI::App* at = &app;
  for (int i = 1; i < argc && argv[i][0] != '-'; ++i) {
    const auto commands = at->get_subcommands([](const CLI::App*) { return true; });
    if (commands.empty()) return;
    const auto is_it = [&](const CLI::App* command) { return command->get_name() == argv[i]; };
    const auto named = std::find_if(commands.begin(), commands.end(), is_it);
    if (named == commands.end()) {
      std::string known;
      for (const CLI::App* command : commands)
        if (!command->get_group().empty())  // else hidden
          known += fmt::format("{}{}", known.empty() ? "" : ", ", command->get_name());
      throw bitgate::InputError(fmt::format("unknown command '{}': expected one of {}", argv[i], known));
    }
    at = *named;
  }
}

int run(CLI::App& app, int argc, char** argv) {
  int status = bitgate::program::kPass;
  bitgate::program::add_commands(app, status);
  require_known_command(app, argc, argv);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asked_for_help = error.get_exit_code() == 0;
    if (asked_for_help) return app.exit(error);
    fmt::print(stderr, "bitgate: {} (see 'bitgate --help')\n", error.what());
    return bitgate::program::kBadInput;
  }
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  keep_freed_memory();
  CLI::App app{"bitgate: does a quantization kernel compute what it should, to the bit?", "bitgate"};
  const bitgate::reports::Provenance here = bitgate::reports::provenance_here();
  app.set_version_flag("--version", fmt::format("bitgate {} ({})", here.version, here.commit));
  app.require_subcommand(1);
  app.footer("Exit status: 0 pass, 1 a difference, 2 could not tell, 3 bad usage or bad input.");
  try {
    return run(app, argc, argv);
  } catch (const bitgate::InputError& error) {
    fmt::print(stderr, "bitgate: {}\n", error.what());
    return bitgate::program::kBadInput;
  } catch (const bitgate::program::SubjectFailed& failure) {
    fmt::print(stderr, "bitgate: {}\n", failure.what());
    return bitgate::program::kDifference;
  } catch (const bitgate::compare::NotRun& reason) {
    fmt::print(stderr, "bitgate: {}\n", reason.what());
    return bitgate::program::kCouldNotTell;
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "bitgate: there is not enough memory for this input\n");
    return bitgate::program::kCouldNotTell;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bitgate: {}\n", error.what());
    return bitgate::program::kCouldNotTell;
  }
}
