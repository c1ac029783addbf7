// bitgate matmul: FP8 matrix products of this GPU, our own by wgmma and cuBLASLt's, against the emulation.
#include <fmt/format.h>

#include <memory>

#include "bitgate/reference/format/error.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/matmul_text.h"
#include "bitgate/reports/text.h"

namespace bitgate::program {

namespace {

struct MatmulOptions {
  std::string out;
  std::uint64_t seed = 1;
  std::int64_t model = 0;
  bool quick = false, json = false;
};

// The library stays as long as the functions that call it.
MatmulSubjects gpu_subjects(MatmulReport& report) {
  MatmulSubjects subjects;
  report.gpu = device::device_facts();
  if (device::gemm_runs_here())
    subjects.kernel = [](const device::GemmRequest& request) { return run_gemm(request); };
  else
    report.no_kernel = "this GPU has no wgmma: only those of sm_90a do";
  try {
    auto library = std::make_shared<device::CublasLt>();
    report.library = library->path();
    report.library_version = library->version();
    subjects.library = [library](const device::MatmulRequest& request, int most) {
      return library->run(request, most);
    };
  } catch (const device::CannotServe& error) {
    report.no_library = error.what();
  }
  return subjects;
}

void ask_matmuls(const MatmulOptions& options, const MatmulSubjects& subjects, MatmulReport& report) {
  try {
    if (subjects.kernel) ask_kernel(subjects, options.quick, report);
    if (!subjects.library) return;
    ask_readers(subjects, report);
    ask_library(subjects, options.quick, report);
    ask_epilogues(subjects, options.quick, report);
  } catch (const device::DeviceError& error) {
    report.broke_off = error.what();
  }
}

int run_matmul(const MatmulOptions& options) {
  if (options.model % 32 != 0) throw InputError("--model: a promotion interval is a multiple of 32 k");
  MatmulReport report;
  report.seed = options.seed;
  const MatmulSubjects subjects = options.model != 0 ? emulated_subjects(options.model) : gpu_subjects(report);
  ask_matmuls(options, subjects, report);
  const std::string document = matmul_document(report);
  fmt::print("{}", options.json ? document : matmul_text(report));
  if (!options.out.empty()) reports::write_text(options.out, document);
  return status_of(report);
}

}  // namespace

void add_matmul(CLI::App& app, int& status) {
  CLI::App* command =
      app.add_subcommand("matmul", "FP8 products of this GPU, our own and cuBLASLt's, against the emulation");
  auto options = std::make_shared<MatmulOptions>();
  command->add_option("--seed", options->seed, "Of the operands")->capture_default_str();
  command->add_flag("--quick", options->quick, "Few and small products");
  command->add_flag("--json", options->json, "Print JSON");
  command->add_option("--out", options->out, "Write the JSON here");
  command
      ->add_option("--model", options->model,
                   "Ask the emulation instead, as a library that promotes every so many k: tests this command")
      ->check(CLI::Range(std::int64_t{32}, std::int64_t{1} << 20));
  command->footer(
      "cuBLASLt is loaded from BITGATE_CUBLASLT, or as libcublasLt.so.13 or .12.\n"
      "Example: bitgate matmul --out h100-matmul.json\n"
      "Exit status 1 when bytes are not explained by one chain (fast accumulation), one promotion interval (slow) and "
      "one order of the epilogue; 2 without a GPU or the library, or when it failed before all was asked.");
  command->callback([options, &status] { status = run_matmul(*options); });
}

}  // namespace bitgate::program
