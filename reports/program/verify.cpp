// bitgate verify: a dump, or a subject on a generated case, against the reference in stages.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "bitgate/compare/tensor_files.h"
#include "bitgate/compare/verify.h"
#include "bitgate/compare/verify_text.h"
#include "bitgate/device/error.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/dump_files.h"
#include "bitgate/reports/program/inputs.h"
#include "bitgate/reports/program/plugin_subject.h"
#include "bitgate/reports/program/subjects.h"
#include "bitgate/reports/program/verdict_json.h"
#include "bitgate/reports/program/verify_roles.h"

namespace bitgate::program {

namespace {

using compare::StagedVerdict;

struct VerifyOptions {
  InputOptions input;
  DumpFiles dump;
  std::string from, subject;
  std::string manifest, folder;  // of many tensors, each by its role
  bool global_given = false;
  bool json = false;
};

// The tensor under test: a dump, or what a subject makes of the input.
compare::LoadedTensor tensor_under_test(const VerifyOptions& options, const LoadedRequest& loaded, std::string& what) {
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

// --columnwise and --both ask for a direction that the dump has to hold.
void require_direction(const VerifyOptions& options, const LoadedRequest& loaded, const QuantizedTensor& subject,
                       const std::string& what) {
  if (!options.input.columnwise && !options.input.both) return;
  const Direction held = subject.columnwise.empty() ? subject.direction : Direction::kBoth;
  if (held != loaded.request.direction)
    throw InputError(fmt::format("{}: it holds the direction {}, and {} asks for another", what, compare::name_of(held),
                                 options.input.both ? "--both" : "--columnwise"));
}

void require_alone(const VerifyOptions& options) {
  const InputOptions& input = options.input;
  const bool one_tensor = !options.from.empty() || !options.subject.empty() || !options.dump.files.empty() ||
                          !input.recipe.empty() || !input.input.empty() || !input.case_name.empty();
  if (options.manifest.empty() || options.folder.empty())
    throw InputError("--manifest and the folder of its tensors belong together: verify --manifest roles.json DIR");
  if (one_tensor || options.global_given)
    throw InputError("--manifest says the recipe of each tensor: give no other recipe, input or dump with it");
}

// A subject that gave no answer: still a verdict in JSON, and a sentence on stderr.
int no_verdict(const VerifyOptions& options, const std::string& what, const char* key, const std::string& reason,
               int status) {
  if (options.json) {
    const nlohmann::ordered_json result{{"subject", what}, {"bit_exact", false}, {key, reason}, {"status", status}};
    fmt::print("{}\n", result.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  fmt::print(stderr, "bitgate: {}\n", reason);
  return status;
}

int run_verify(const VerifyOptions& options) {
  if (!options.manifest.empty() || !options.folder.empty()) {
    require_alone(options);
    return run_verify_roles(options.manifest, options.folder, options.json);
  }
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
      fmt::print("{}",
                 compare::report_text(what, loaded.recipe->identity.name, verdict, exact, subject.nonzero_padding));
    }
    if (exact && compared(verdict) == 0) {
      fmt::print(stderr, "bitgate: {}: nothing was compared, it holds no element\n", what);
      return kCouldNotTell;
    }
    return exact ? kPass : kDifference;
  } catch (const compare::NotRun& why) {
    return no_verdict(options, what, "not_run", why.what(), kCouldNotTell);
  } catch (const SubjectFailed& failure) {
    return no_verdict(options, what, "failed", failure.what(), kDifference);
  } catch (const device::DeviceError& broke) {
    return no_verdict(options, what, "failed", fmt::format("{} broke: {}", what, broke.what()), kDifference);
  }
}

}  // namespace

void add_verify(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("verify", "A dump of tensors, or a subject, against the reference, in stages");
  auto options = std::make_shared<VerifyOptions>();
  add_input_options(*command, options->input);
  command->add_option("--from", options->from, "The dump: a directory with tensor.json, or FILE.npz");
  add_dump_file_options(*command, options->dump);
  command->add_option(
      "--subject", options->subject,
      "Run a subject instead, e.g. cuda/te/nvfp4 or plugin:FILE:KERNEL (default: the scalar cpu/RECIPE)");
  command->add_flag("--global-given", options->global_given,
                    "The dump's global is an input of its own: do not check it");
  command->add_option("--manifest", options->manifest,
                      "JSON: tensor-name patterns and the recipe of each role; checks every dump in DIR");
  command->add_option("dir", options->folder,
                      "With --manifest: holds NAME/ (a dump) and NAME.input.npy of each tensor");
  command->add_flag("--json", options->json, "Print JSON");
  command->footer(
      "Examples: bitgate verify --recipe te/nvfp4 --input x.npy --dtype bf16 --from dump/\n"
      "          bitgate verify --recipe te/nvfp4 --input x.npy --codes c.npy --scales s.npy --dump-global g.npy\n"
      "          bitgate verify --case te/nvfp4/bf16/normal/128x256/s7 --subject cuda/te/nvfp4\n"
      "          bitgate verify --case torchao/mxfp4-floor/fp32/normal/4x64/s1 --subject plugin:./libmine.so:good\n"
      "          bitgate verify --manifest roles.json DIR, where roles.json holds\n"
      "            {\"roles\": [{\"pattern\": \"*.weight\", \"role\": \"weight\", \"recipe\": \"te/nvfp4-2d\", "
      "\"dtype\": \"bf16\"}]}\n"
      "Exit status 1 when a byte differs.");
  command->callback([options, &status] { status = run_verify(*options); });
}

}  // namespace bitgate::program
