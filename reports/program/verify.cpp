// bitgate verify: a dump, or a subject on a generated case, against the reference in stages.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "bitgate/compare/tensor_files.h"
#include "bitgate/compare/verify.h"
#include "bitgate/device/error.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/dump_files.h"
#include "bitgate/reports/program/inputs.h"
#include "bitgate/reports/program/stages.h"
#include "bitgate/reports/program/subjects.h"

namespace bitgate::program {

namespace {

using compare::StagedVerdict;
using compare::Tally;

struct Options {
  InputOptions input;
  DumpFiles dump;
  std::string from, subject;
  bool global_given = false;
  bool json = false;
};

// The tensor under test: a dump, or what a subject makes of the input.
compare::LoadedTensor tensor_under_test(const Options& options, const LoadedRequest& loaded, std::string& what) {
  const bool by_file = !options.dump.files.empty();
  if ((options.from.empty() ? 0 : 1) + (options.subject.empty() ? 0 : 1) + (by_file ? 1 : 0) > 1)
    throw InputError("give one of --from, --subject, or the files of a dump");
  if (by_file) {
    what = "the dump";
    return read_dump_files(options.dump, *loaded.recipe, loaded.input.extent, loaded.request.direction);
  }
  if (!options.from.empty()) {
    what = options.from;
    return compare::read_tensor(options.from);
  }
  what = options.subject.empty() ? fmt::format("cpu/{}", loaded.recipe->identity.name) : options.subject;
  return {{}, subject_by_name(what)(loaded.request), 0};
}

nlohmann::ordered_json tally_json(const Tally& tally) {
  return {{"total", tally.total}, {"different", tally.different}};
}

nlohmann::ordered_json verdict_json(const StagedVerdict& verdict) {
  nlohmann::ordered_json result{{"global", tally_json(verdict.global)}, {"scales", tally_json(verdict.scales)},
                                {"codes", tally_json(verdict.codes)},   {"extras", tally_json(verdict.extras)},
                                {"values", tally_json(verdict.values)}, {"bit_exact", verdict.bit_exact()}};
  result["first"] = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < verdict.first.size(); ++i) {
    const compare::Mismatch& m = verdict.first[i];
    nlohmann::ordered_json row{
        {"field", name_of(m.field)}, {"row", m.row}, {"col", m.col}, {"expected", m.expected}, {"actual", m.actual}};
    row["stages"] = stages_json(verdict.traces[i]);
    result["first"].push_back(row);
  }
  for (const StagedVerdict& twin : verdict.columnwise) result["columnwise"] = verdict_json(twin);
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
  text += stage_line("values", "from the input", verdict.values);
  for (std::size_t i = 0; i < verdict.first.size(); ++i) {
    const compare::Mismatch& m = verdict.first[i];
    const bool first_of_field = i == 0 || verdict.first[i - 1].field != m.field;
    text += fmt::format("{} differing {}: ({}, {}) expected 0x{:X}, got 0x{:X}\n", first_of_field ? "first" : "another",
                        name_of(m.field), m.row, m.col, m.expected, m.actual);
    if (first_of_field) text += stages_text(verdict.traces[i], "    ");
  }
  for (const StagedVerdict& twin : verdict.columnwise)
    text +=
        fmt::format("its column-wise twin: {}\n{}", twin.bit_exact() ? "bit-exact" : "DIFFERENT", verdict_text(twin));
  return text;
}

std::string padding_text(std::int64_t nonzero_padding) {
  if (nonzero_padding == 0) return "";
  return fmt::format("  padding {} pad bytes or nibbles are not zero\n", nonzero_padding);
}

// --columnwise and --both ask for a direction that the dump has to hold.
void require_direction(const Options& options, const LoadedRequest& loaded, const QuantizedTensor& subject,
                       const std::string& what) {
  if (!options.input.columnwise && !options.input.both) return;
  const Direction held = subject.columnwise.empty() ? subject.direction : Direction::kBoth;
  if (held != loaded.request.direction)
    throw InputError(fmt::format("{}: it holds the direction {}, and {} asks for another", what, compare::name_of(held),
                                 options.input.both ? "--both" : "--columnwise"));
}

std::int64_t compared(const StagedVerdict& verdict) noexcept {
  std::int64_t elements = verdict.codes.total + verdict.values.total;
  for (const StagedVerdict& twin : verdict.columnwise) elements += compared(twin);
  return elements;
}

int run_verify(const Options& options) {
  LoadedRequest loaded;
  load_request(options.input, loaded);
  std::string what;
  try {
    const compare::LoadedTensor subject = tensor_under_test(options, loaded, what);
    require_direction(options, loaded, subject.tensor, what);
    const StagedVerdict verdict = compare::verify(*loaded.recipe, loaded.request, subject.tensor, options.global_given);
    const std::int64_t nonzero_padding = subject.description.padding_is_zero ? subject.nonzero_padding : 0;
    const bool exact = verdict.bit_exact() && nonzero_padding == 0;
    if (options.json) {
      nlohmann::ordered_json result = verdict_json(verdict);
      result["nonzero_padding"] = subject.nonzero_padding;
      fmt::print("{}\n", result.dump(2));
    } else {
      fmt::print("{} against {}: {}\n{}{}", what, loaded.recipe->identity.name, exact ? "bit-exact" : "DIFFERENT",
                 padding_text(subject.nonzero_padding), verdict_text(verdict));
    }
    if (exact && compared(verdict) == 0) {
      fmt::print(stderr, "bitgate: {}: nothing was compared, it holds no element\n", what);
      return kCouldNotTell;
    }
    return exact ? kPass : kDifference;
  } catch (const compare::NotRun& why) {
    fmt::print(stderr, "bitgate: {}\n", why.what());
    return kCouldNotTell;
  } catch (const device::DeviceError& broke) {
    fmt::print(stderr, "bitgate: {} broke: {}\n", what, broke.what());
    return kDifference;
  }
}

}  // namespace

void add_verify(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("verify", "A dump of tensors, or a subject, against the reference, in stages");
  auto options = std::make_shared<Options>();
  add_input_options(*command, options->input);
  command->add_option("--from", options->from, "The dump: a directory with tensor.json, or FILE.npz");
  add_dump_file_options(*command, options->dump);
  command->add_option("--subject", options->subject,
                      "Run a subject instead, e.g. cuda/te/nvfp4 (default: the scalar cpu/RECIPE)");
  command->add_flag("--global-given", options->global_given,
                    "The dump's global is an input of its own: do not check it");
  command->add_flag("--json", options->json, "Print JSON");
  command->footer(
      "Examples: bitgate verify --recipe te/nvfp4 --input x.npy --dtype bf16 --from dump/\n"
      "          bitgate verify --recipe te/nvfp4 --input x.npy --codes c.npy --scales s.npy --dump-global g.npy\n"
      "          bitgate verify --case te/nvfp4/bf16/normal/128x256/s7 --subject cuda/te/nvfp4\n"
      "Exit status 1 when a byte differs.");
  command->callback([options, &status] { status = run_verify(*options); });
}

}  // namespace bitgate::program
