// The program `bitgate`. Exit status: 0 pass; 1 a difference or a crossed threshold; 2 the harness could not tell;
// 3 bad usage or bad input.
#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "bitgate/reference/format/error.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/provenance.h"

namespace {

int run(CLI::App& app, int argc, char** argv) {
  int status = bitgate::program::kPass;
  bitgate::program::add_commands(app, status);
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
  } catch (const std::exception& error) {
    fmt::print(stderr, "bitgate: {}\n", error.what());
    return bitgate::program::kCouldNotTell;
  }
}
