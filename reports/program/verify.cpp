// bitgate verify: a dump, or a subject on a generated case, against the reference in stages.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "bitgate/compare/tensor_files.h"
#include "bitgate/compare/verify.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/inputs.h"
#include "bitgate/reports/program/stages.h"
#include "bitgate/reports/program/subjects.h"

namespace bitgate::program {

namespace {

using compare::StagedVerdict;
using compare::Tally;

struct Options {
  InputOptions input;
  std::string from, subject;
  bool global_given = false;
  bool json = false;
};

// The tensor under test: a dump, or what a subject makes of the input.
QuantizedTensor tensor_under_test(const Options& options, const LoadedRequest& loaded, std::string& what) {
  if (!options.from.empty()) {
    if (!options.subject.empty()) throw InputError("give either --from or --subject");
    what = options.from;
    return compare::read_tensor(options.from).tensor;
  }
  what = options.subject.empty() ? fmt::format("cpu/{}", loaded.recipe->identity.name) : options.subject;
  return subject_by_name(what)(loaded.request);
}

nlohmann::ordered_json tally_json(const Tally& tally) {
  return {{"total", tally.total}, {"different", tally.different}};
}

nlohmann::ordered_json verdict_json(const StagedVerdict& verdict) {
  nlohmann::ordered_json result{{"global", tally_json(verdict.global)},
                                {"scales", tally_json(verdict.scales)},
                                {"codes", tally_json(verdict.codes)},
                                {"extras", tally_json(verdict.extras)},
                                {"bit_exact", verdict.bit_exact()}};
  result["first"] = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < verdict.first.size(); ++i) {
    const compare::Mismatch& m = verdict.first[i];
    nlohmann::ordered_json row{
        {"field", name_of(m.field)}, {"row", m.row}, {"col", m.col}, {"expected", m.expected}, {"actual", m.actual}};
    row["stages"] = stages_json(verdict.traces[i]);
    result["first"].push_back(row);
  }
  return result;
}

std::string stage_line(const char* stage, const char* given, const Tally& tally) {
  if (tally.total == 0) return "";
  return fmt::format("  {:<7} {:<38} {} of {} differ\n", stage, given, tally.different, tally.total);
}

std::string verdict_text(const StagedVerdict& verdict) {
  std::string text;
  if (verdict.global_checked)
    text += stage_line("global", "from the input", verdict.global);
  else
    text += "  global  given, not checked\n";
  text += stage_line("scales", "from the input and its global", verdict.scales);
  text += stage_line("codes", "from the input, its global and scales", verdict.codes);
  text += stage_line("extras", "from the input", verdict.extras);
  for (std::size_t i = 0; i < verdict.first.size(); ++i) {
    const compare::Mismatch& m = verdict.first[i];
    text += fmt::format("first differing {}: ({}, {}) expected 0x{:X}, got 0x{:X}\n{}", name_of(m.field), m.row, m.col,
                        m.expected, m.actual, stages_text(verdict.traces[i], "    "));
  }
  return text;
}

int run_verify(const Options& options) {
  LoadedRequest loaded;
  load_request(options.input, loaded);
  std::string what;
  try {
    const QuantizedTensor subject = tensor_under_test(options, loaded, what);
    const StagedVerdict verdict = compare::verify(*loaded.recipe, loaded.request.input, subject, options.global_given);
    if (options.json)
      fmt::print("{}\n", verdict_json(verdict).dump(2));
    else
      fmt::print("{} against {}: {}\n{}", what, loaded.recipe->identity.name,
                 verdict.bit_exact() ? "bit-exact" : "DIFFERENT", verdict_text(verdict));
    return verdict.bit_exact() ? kPass : kDifference;
  } catch (const compare::NotRun& why) {
    fmt::print(stderr, "bitgate: {}\n", why.what());
    return kCouldNotTell;
  }
}

}  // namespace

void add_verify(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("verify", "A dump of tensors, or a subject, against the reference, in stages");
  auto options = std::make_shared<Options>();
  add_input_options(*command, options->input);
  command->add_option("--from", options->from, "The dump: a directory with tensor.json, or FILE.npz");
  command->add_option("--subject", options->subject,
                      "Run a subject instead, e.g. cuda/te/nvfp4 (default: the scalar cpu/RECIPE)");
  command->add_flag("--global-given", options->global_given,
                    "The dump's global is an input of its own: do not check it");
  command->add_flag("--json", options->json, "Print JSON");
  command->footer(
      "Examples: bitgate verify --recipe te/nvfp4 --input x.npy --dtype bf16 --from dump/\n"
      "          bitgate verify --case te/nvfp4/bf16/normal/128x256/s7 --subject cuda/te/nvfp4\n"
      "Exit status 1 when a byte differs.");
  command->callback([options, &status] { status = run_verify(*options); });
}

}  // namespace bitgate::program
