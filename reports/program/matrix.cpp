// bitgate matrix: several dumps of one tensor held against each other, and against the reference.
#include "bitgate/compare/matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "bitgate/compare/json_reader.h"
#include "bitgate/compare/tensor_files.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/inputs.h"

namespace bitgate::program {

namespace {

using compare::Field;
using compare::PairDifference;
using nlohmann::ordered_json;

struct MatrixOptions {
  std::vector<std::string> dumps;  // NAME=DIR
  InputOptions input;
  bool json = false;
};

struct Loaded {
  std::vector<compare::NamedTensor> tensors;  // the reference first, so that SQNR is measured against it
  std::vector<std::string> notes;             // dumps whose padding is not what they say
};

void load_dump(const std::string& named, Loaded& loaded) {
  const auto equals = named.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == named.size())
    throw InputError(fmt::format("--dump '{}': NAME=DIR expected, e.g. eager=dumps/eager", named));
  compare::LoadedTensor dump = compare::read_tensor(named.substr(equals + 1));
  const std::string name = named.substr(0, equals);
  if (dump.description.padding_is_zero && dump.nonzero_padding != 0)
    loaded.notes.push_back(fmt::format("{}: {} pad bytes or nibbles are not zero", name, dump.nonzero_padding));
  loaded.tensors.push_back({name, std::move(dump.tensor)});
}

// The direction is that of the dumps, unless an option asks for one.
void add_reference(const InputOptions& options, Loaded& loaded) {
  LoadedRequest request;
  load_request(options, request);
  const QuantizedTensor& dump = loaded.tensors.front().tensor;
  if (!options.columnwise && !options.both)
    request.request.direction = dump.columnwise.empty() ? dump.direction : Direction::kBoth;
  compare::NamedTensor reference{std::string(request.recipe->identity.name),
                                 reference::quantize(*request.recipe, request.request)};
  loaded.tensors.insert(loaded.tensors.begin(), std::move(reference));
}

Loaded load(const MatrixOptions& options) {
  Loaded loaded;
  for (const std::string& dump : options.dumps) load_dump(dump, loaded);
  const bool with_reference =
      !options.input.recipe.empty() || !options.input.input.empty() || !options.input.case_name.empty();
  if (loaded.tensors.size() < (with_reference ? 1u : 2u))
    throw InputError("give --dump at least twice, or once with --recipe and --input");
  if (with_reference) add_reference(options.input, loaded);
  return loaded;
}

ordered_json pair_json(const PairDifference& pair) {
  ordered_json out{{"a", pair.a}, {"b", pair.b}, {"equal", pair.equal()}, {"different_bytes", pair.different_bytes}};
  for (std::size_t i = 0; i < compare::kFieldCount; ++i)
    out["stages"][std::string(compare::stage_of(static_cast<Field>(i)))] = {{"total", pair.tally[i].total},
                                                                            {"different", pair.tally[i].different}};
  out["sqnr_db"] = compare::json_number(pair.sqnr_db);
  if (pair.parts)
    out["parts"] = {{"stage", compare::stage_of(pair.parts->field)},
                    {"columnwise", pair.parts_in_twin},
                    {"row", pair.parts->row},
                    {"col", pair.parts->col},
                    {"a", pair.parts->expected},
                    {"b", pair.parts->actual}};
  return out;
}

std::string parting_text(const PairDifference& pair) {
  if (!pair.parts) return "equal";
  const compare::Mismatch& m = *pair.parts;
  return fmt::format("{}{} ({}, {}): 0x{:X}, 0x{:X}", pair.parts_in_twin ? "column-wise " : "",
                     compare::stage_of(m.field), m.row, m.col, m.expected, m.actual);
}

std::string count_text(const compare::Tally& tally) {
  return tally.total == 0 ? "-" : fmt::format("{}", tally.different);
}

std::string table_text(const std::vector<PairDifference>& pairs) {
  std::size_t a = 1, b = 1;
  for (const PairDifference& pair : pairs) a = std::max(a, pair.a.size()), b = std::max(b, pair.b.size());
  std::string text = fmt::format("{:{}}  {:{}}  {:>9}{:>9}{:>9}{:>9}{:>9}{:>9}  {:>8}  {}\n", "a", a, "b", b, "bytes",
                                 "global", "scales", "codes", "extras", "values", "SQNR dB", "first part at (a, b)");
  for (const PairDifference& pair : pairs) {
    text += fmt::format("{:{}}  {:{}}  {:>9}", pair.a, a, pair.b, b, pair.different_bytes);
    for (const compare::Tally& tally : pair.tally) text += fmt::format("{:>9}", count_text(tally));
    text += fmt::format("  {:>8}  {}\n", std::isnan(pair.sqnr_db) ? "none" : fmt::format("{:.2f}", pair.sqnr_db),
                        parting_text(pair));
  }
  return text;
}

bool nothing_compared(const std::vector<PairDifference>& pairs) {
  return std::all_of(pairs.begin(), pairs.end(), [](const PairDifference& pair) {
    return pair.tally[static_cast<std::size_t>(Field::kElement)].total +
               pair.tally[static_cast<std::size_t>(Field::kValue)].total ==
           0;
  });
}

int run_matrix(const MatrixOptions& options) {
  const Loaded loaded = load(options);
  const std::vector<PairDifference> pairs = compare::matrix(loaded.tensors);
  const bool all_equal = loaded.notes.empty() &&
                         std::all_of(pairs.begin(), pairs.end(), [](const PairDifference& p) { return p.equal(); });
  if (options.json) {
    ordered_json result{{"equal", all_equal}, {"pairs", ordered_json::array()}, {"notes", loaded.notes}};
    for (const PairDifference& pair : pairs) result["pairs"].push_back(pair_json(pair));
    fmt::print("{}\n", result.dump(2));
  } else {
    fmt::print("{}", table_text(pairs));
    for (const std::string& note : loaded.notes) fmt::print("note: {}\n", note);
  }
  if (!all_equal) return kDifference;
  if (!nothing_compared(pairs)) return kPass;
  fmt::print(stderr, "bitgate: nothing was compared, the dumps hold no element\n");
  return kCouldNotTell;
}

}  // namespace

void add_matrix(CLI::App& app, int& status) {
  CLI::App* command =
      app.add_subcommand("matrix", "Several dumps of one tensor against each other, and against the reference");
  auto options = std::make_shared<MatrixOptions>();
  command->add_option("--dump", options->dumps, "NAME=DIR of a dump, or NAME=FILE.npz; repeatable")
      ->required()
      ->take_all()
      ->allow_extra_args(false);
  add_input_options(*command, options->input);
  command->add_flag("--json", options->json, "Print JSON");
  command->footer(
      "The reference is the first row, under its recipe's name, where --recipe and --input, or --case, are given.\n"
      "Examples: bitgate matrix --dump eager=e --dump compiled=c --dump rollout=r\n"
      "          bitgate matrix --dump eager=e --dump compiled=c --recipe torchao/nvfp4 --input x.npy --dtype bf16\n"
      "bytes counts differing bytes, a code as one. SQNR is of b's decoded values against a's.\n"
      "Exit status 0 when all are equal, 1 when a pair differs, 2 when the dumps hold no element, 3 for dumps of\n"
      "other schemes, sizes or directions, or of one name.");
  command->callback([options, &status] { status = run_matrix(*options); });
}

}  // namespace bitgate::program
