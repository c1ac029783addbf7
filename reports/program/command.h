// The commands of the program, one file each. A command writes its exit status; bad input throws InputError.
#pragma once

#include <CLI/CLI.hpp>

namespace bitgate::program {

inline constexpr int kPass = 0;
inline constexpr int kDifference = 1;
inline constexpr int kCouldNotTell = 2;
inline constexpr int kBadInput = 3;

void add_check(CLI::App& app, int& status);
void add_hardware(CLI::App& app, int& status);
void add_list(CLI::App& app);
void add_quantize(CLI::App& app);
void add_dequantize(CLI::App& app);
void add_verify(CLI::App& app, int& status);
void add_explain(CLI::App& app);
void add_identify(CLI::App& app, int& status);
void add_diff(CLI::App& app);
void add_diff_recordings(CLI::App& app, int& status);
void add_plugin_worker(CLI::App& app);
void add_probe(CLI::App& app);
void add_matmul(CLI::App& app, int& status);
void add_matrix(CLI::App& app, int& status);
void add_merge(CLI::App& app);
void add_mma(CLI::App& app, int& status);
void add_mutate(CLI::App& app, int& status);
void add_parity(CLI::App& app, int& status);
void add_resolve(CLI::App& app);
void add_report(CLI::App& app);
void add_gate(CLI::App& app, int& status);
void add_gemm(CLI::App& app, int& status);
void add_record(CLI::App& app, int& status);
void add_replay(CLI::App& app, int& status);

inline void add_commands(CLI::App& app, int& status) {
  add_list(app);
  add_quantize(app);
  add_dequantize(app);
  add_verify(app, status);
  add_check(app, status);
  add_hardware(app, status);
  add_mma(app, status);
  add_matmul(app, status);
  add_explain(app);
  add_identify(app, status);
  add_diff(app);
  add_diff_recordings(app, status);
  add_plugin_worker(app);
  add_probe(app);
  add_matrix(app, status);
  add_merge(app);
  add_mutate(app, status);
  add_parity(app, status);
  add_resolve(app);
  add_report(app);
  add_gate(app, status);
  add_gemm(app, status);
  add_record(app, status);
  add_replay(app, status);
}

}  // namespace bitgate::program
