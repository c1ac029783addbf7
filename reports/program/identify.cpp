// bitgate identify: which recipes explain a dump.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "bitgate/compare/alias.h"
#include "bitgate/compare/identify.h"
#include "bitgate/compare/identify_text.h"
#include "bitgate/compare/input_file.h"
#include "bitgate/compare/tensor_files.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/dump_files.h"
#include "bitgate/reports/program/identify_json.h"
#include "bitgate/reports/program/inputs.h"

namespace bitgate::program {

namespace {

using compare::Identification;

struct IdentifyOptions {
  std::vector<std::string> inputs, from;
  DumpFiles dump;         // of one dump without tensor.json
  std::string stored_as;  // whose producer stores them so
  InputOptions given;     // its operands and dtype: what the kernel was given beside the input
  bool columnwise = false;
  std::size_t others = compare::kOthers;
  bool global_given = false, json = false;
};

compare::LoadedTensor dump_for(const IdentifyOptions& options, std::size_t i, const Extent& operand) {
  if (options.dump.files.empty()) return compare::read_tensor(options.from[i]);
  const Direction direction = options.columnwise ? Direction::kColumnwise : Direction::kRowwise;
  return read_dump_files(options.dump, compare::require_named(options.stored_as), operand, direction);
}

// Of several dumps the message has to say whose it is.
compare::LoadedTensor dump_of(const IdentifyOptions& options, std::size_t i, const Extent& operand) {
  try {
    return dump_for(options, i, operand);
  } catch (const InputError& error) {
    throw InputError(fmt::format("the dump of --input {} ({} x {}): {}", options.inputs[i], operand.rows, operand.cols,
                                 error.what()));
  }
}

// Asked of every recipe, another shape or a field that is missing would come back as a reason from each of them.
void require_dump_of(const TypedTensor& input, const std::string& input_name, const compare::LoadedTensor& dump,
                     const std::string& dump_name) {
  const Extent &want = input.extent, &have = dump.description.extent;
  if (!(want == have))
    throw InputError(fmt::format("--input {} is {} x {}, and {} is a dump of {} x {}", input_name, want.rows, want.cols,
                                 dump_name, have.rows, have.cols));
  const auto require_fields = [&](const QuantizedTensor& t) {
    const QuantizedTensor whole = make_quantized(t.scheme, t.global_number, t.extent);
    const auto require = [&](const char* field, std::size_t found, std::size_t expected) {
      if (found != expected)
        throw InputError(fmt::format("--input {} makes {} {} in {}, and {} holds {}", input_name, expected, field,
                                     t.scheme.name, dump_name, found));
    };
    require("codes", t.codes.size(), whole.codes.size());
    require("scales", scale_count(t.scales), scale_count(whole.scales));
    require("extras", t.extras.size(), whole.extras.size());
    require("globals", t.global.size(), whole.global.size());
    require("values", t.values.size(), whole.values.size());
  };
  require_fields(dump.tensor);
  for (const QuantizedTensor& twin : dump.tensor.columnwise) require_fields(twin);
}

bool draws_words(const Scheme& scheme) {
  const auto draws = [&](const reference::Recipe& recipe) {
    return recipe.rules.scheme == scheme.id && recipe.storage.random != reference::RandomOrder::kNone;
  };
  return std::any_of(reference::catalog().begin(), reference::catalog().end(), draws);
}

Identification identify_one(const IdentifyOptions& options, std::size_t i) {
  LoadedRequest loaded;
  loaded.input = compare::read_input(options.inputs[i], options.given.dtype);
  const compare::LoadedTensor dump = dump_of(options, i, loaded.input.extent);
  require_dump_of(loaded.input, options.inputs[i], dump,
                  options.from.empty() ? options.dump.files.begin()->second : options.from[i]);
  const std::string scheme = fmt::format("scheme {}", dump.tensor.scheme.name);
  load_operands(options.given, {scheme, draws_words(dump.tensor.scheme)}, loaded);
  if (options.global_given) loaded.request.global = dump.tensor.global;
  Identification found = compare::identify(loaded.request, dump.tensor);
  if (dump.description.padding_is_zero && dump.nonzero_padding != 0)
    found.notes.push_back(fmt::format("{} pad bytes or nibbles of the dump are not zero", dump.nonzero_padding));
  return found;
}

void require_consistent(const IdentifyOptions& options) {
  const DumpFiles& dump = options.dump;
  if (dump.files.empty() == options.from.empty() || dump.files.empty() != options.stored_as.empty())
    throw InputError("give --from, or the files of one dump with --stored-as RECIPE");
  if (dump.files.empty() && (options.columnwise || !dump.nibble_order.empty() || !dump.global_number.empty()))
    throw InputError("--columnwise, --nibble-order and --global-number tell of files: with --from tensor.json does");
  const std::size_t dumps = dump.files.empty() ? options.from.size() : 1;
  if (options.inputs.size() != dumps)
    throw InputError(
        fmt::format("{} of --input and {} dumps: one for each input expected", options.inputs.size(), dumps));
  if (options.global_given && !options.given.global.empty())
    throw InputError("give --global or --global-given, not the two of them");
}

int run_identify(const IdentifyOptions& options) {
  require_consistent(options);
  std::vector<Identification> parts;
  for (std::size_t i = 0; i < options.inputs.size(); ++i) parts.push_back(identify_one(options, i));
  const Identification found = parts.size() == 1 ? std::move(parts.front()) : compare::combine(parts);
  if (options.json)
    fmt::print("{}\n", json_of(found).dump(2));
  else
    fmt::print("{}", text_of(found, options.others));
  if (!why_not_told(found).empty()) return kCouldNotTell;
  return found.exact.empty() ? kDifference : kPass;
}

}  // namespace

void add_identify(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("identify", "Which recipes explain a dump, and where the nearest others part");
  auto options = std::make_shared<IdentifyOptions>();
  command->add_option("--input", options->inputs,
                      "The tensor that was quantized: FILE.npy or FILE.npz:KEY; repeatable");
  command->add_option("--from", options->from, "Its dump: a directory with tensor.json, or FILE.npz; one an input");
  add_dump_file_options(*command, options->dump);
  command->add_option("--stored-as", options->stored_as, "A recipe whose producer stores such files as these are");
  command->add_flag("--columnwise", options->columnwise, "The files are of the column-wise side");
  command->add_option("--dtype", options->given.dtype, "What uint16 patterns are: bf16 or f16");
  add_operand_options(*command, options->given);
  command->add_flag("--global-given", options->global_given, "The dump's global was given to the kernel");
  command->add_option("--others", options->others,
                      fmt::format("How many of the nearest others to tell of (default {}); above that also why "
                                  "recipes were not asked",
                                  compare::kOthers));
  command->add_flag("--json", options->json, "Print JSON");
  command->footer(
      "Examples: bitgate identify --input x.npy --dtype bf16 --from dump/\n"
      "          bitgate identify --input x-1.npy --from d1/ --input x-2.npy --from d2/   (a probe set)\n"
      "Exit status 1 when no recipe explains every byte, 2 when no recipe takes the input or nothing was compared.");
  command->callback([options, &status] { status = run_identify(*options); });
}

}  // namespace bitgate::program
