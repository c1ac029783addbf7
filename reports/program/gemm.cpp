// bitgate gemm: what follows a product's accumulator, and accumulators themselves, to the bit.
#include "bitgate/reports/program/gemm.h"

#include <fmt/format.h>

#include <memory>

#include "bitgate/reference/format/error.h"
#include "bitgate/reports/program/command.h"

namespace bitgate::program {

namespace {

int run_gemm(const GemmOptions& options) {
  const int kinds =
      (options.epilogue.empty() ? 0 : 1) + (options.instruction.empty() ? 0 : 1) + (options.mmvq.empty() ? 0 : 1);
  if (kinds != 1) throw InputError("gemm: give one of --epilogue, --instruction and --mmvq");
  if (!options.epilogue.empty()) return run_gemm_epilogue(options);
  return options.mmvq.empty() ? run_gemm_instruction(options) : run_gemm_mmvq(options);
}

void add_epilogue_options(CLI::App& command, GemmOptions& options) {
  command.add_option("--epilogue", options.epilogue,
                     "What follows the accumulator, e.g. te/gemm-nvfp4-row ('bitgate list epilogues')");
  command.add_option("--acc", options.acc, "The accumulator, float32 [rows, cols]: FILE.npy or FILE.npz:KEY");
  command.add_option("--a-amax", options.a_amax, "max|x| of A, whose rows are D's: a number, or FILE.npy, one a row");
  command.add_option("--b-amax", options.b_amax, "max|x| of B, whose rows are D's columns, likewise");
  command.add_option("--a-scale", options.a_scale, "What multiplies A's codes beside their block scales, likewise");
  command.add_option("--b-scale", options.b_scale, "The same of B");
  command.add_option("--alpha", options.alpha, "A number, or FILE.npy of one (default 1)");
  command.add_option("--beta", options.beta, "The same (default 0; 1 with --accumulate)");
  command.add_option("--c", options.c, "C, or the old D: FILE.npy [rows, cols]; uint16 is of D's type, else bf16");
  command.add_option("--bias", options.bias, "FILE.npy, one a column, likewise");
  command.add_option("--dtype", options.dtype, "D's type: fp32 (default), bf16 or f16");
  command.add_flag("--accumulate", options.accumulate, "Accumulate into the old D, which --c gives");
  command.add_option("--with", options.with,
                     "What else is asked of the producer, to see whether it refuses: row-scaled-flag, grouped, "
                     "grouped-tensor, quantized-output, gelu, comm-overlap, bias-gradient; repeatable");
  command.add_option("--at", options.at, "ROW,COL: print every stage of this element");
}

void add_accumulator_options(CLI::App& command, GemmOptions& options) {
  command.add_option("--instruction", options.instruction,
                     "Instead: A B^T by one matrix instruction, e.g. sm_100a/tcgen05.mxf4nvf4.k64/nvfp4/f32");
  command.add_option("--a", options.a, "With --instruction: the dump of A, a directory or FILE.npz");
  command.add_option("--b", options.b, "With --instruction: the dump of B");
  command.add_option("--promote", options.promote, "With --instruction: k of each partial sum (default 0: one chain)");
  command.add_option("--mmvq", options.mmvq, "Instead: ggml's MMVQ on CUDA, of weights q4_0, q8_0, mxfp4, nvfp4, ...");
  command.add_option("--weights", options.weights, "With --mmvq: FILE.npy, uint8, the raw blocks of rows x K");
  command.add_option("--activations", options.activations, "With --mmvq: FILE.npy, uint8, raw blocks of Q8_1");
  command.add_option("--rows", options.rows, "With --mmvq: rows of the weights");
  command.add_option("--cols", options.cols, "With --mmvq: K");
  command.add_option("--columns", options.columns, "With --mmvq: columns of activations, 1 to 8 (default 1)");
  command.add_option("--capability", options.capability, "With --mmvq: of the GPU, e.g. 75 or 90 (default 90)");
}

}  // namespace

void add_gemm(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand(
      "gemm", "A quantized product: what follows the accumulator computed, or checked byte for byte; accumulators");
  auto options = std::make_shared<GemmOptions>();
  add_epilogue_options(*command, *options);
  add_accumulator_options(*command, *options);
  command->add_option("--from", options->from, "The output to check, FILE.npy; uint16 holds patterns of --dtype");
  command->add_option("--out", options->out, "Write the output here, .npy");
  command->add_flag("--json", options->json, "Print JSON");
  command->footer(
      "Examples: bitgate gemm --epilogue te/gemm-nvfp4-row --acc acc.npy --a-amax a.npy --b-amax 3.25 --dtype bf16 "
      "--from out.npy\n"
      "          bitgate gemm --epilogue te/gemm-nvfp4 --acc acc.npy --a-amax 17.5 --b-amax 3.25 --at 4,17\n"
      "          bitgate gemm --instruction sm_90a/wgmma.k32/fp8/f32 --promote 128 --a a/ --b b/ --out acc.npy\n"
      "          bitgate gemm --mmvq q4_0 --weights w.npy --activations x.npy --rows 64 --cols 512 --out y.npy\n"
      "Exit status 1 when a byte differs.");
  command->callback([options, &status] { status = run_gemm(*options); });
}

}  // namespace bitgate::program
