// bitgate identify: which recipes explain a dump.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "bitgate/compare/alias.h"
#include "bitgate/compare/identify.h"
#include "bitgate/compare/input_file.h"
#include "bitgate/compare/tensor_files.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/inputs.h"

namespace bitgate::program {

namespace {

using compare::Candidate;
using compare::Identification;
using nlohmann::ordered_json;

struct Options {
  std::vector<std::string> inputs, from;
  std::map<std::string, std::string> files;  // of one dump without tensor.json: "codes", "scales", ...: where
  std::string stored_as;                     // whose producer stores them so
  bool columnwise = false;
  std::string dtype, amax, global, rbits, weight, residual;
  float epsilon = 1e-5f;
  std::uint64_t seed = 0, offset = 0;
  std::size_t others = 5;
  bool global_given = false, json = false;
};

// What the kernel was given beside the input.
struct Given {
  std::vector<float> amax, global, weight, residual;
  std::vector<std::uint32_t> random_bits;
};

Given given_by(const Options& options) {
  Given given;
  given.amax = numbers_of("--amax", options.amax);
  given.global = numbers_of("--global", options.global);
  given.weight = numbers_of("--weight", options.weight);
  given.residual = numbers_of("--residual", options.residual);
  if (options.rbits.empty()) return given;
  const compare::NpyArray array = compare::read_array(options.rbits);
  if (array.type != compare::NpyType::kUint32)
    throw InputError(fmt::format("--rbits {}: uint32 expected, {} found", options.rbits, name_of(array.type)));
  given.random_bits = compare::values_of<std::uint32_t>(array.data);
  return given;
}

compare::LoadedTensor dump_for(const Options& options, std::size_t i, const Extent& operand) {
  if (options.files.empty()) return compare::read_tensor(options.from[i]);
  const Direction direction = options.columnwise ? Direction::kColumnwise : Direction::kRowwise;
  compare::TensorDescription description =
      compare::description_of(compare::require_named(options.stored_as), operand, direction);
  description.recipe.clear();  // what is asked for
  return compare::read_tensor(options.files, description);
}

Identification identify_one(const Options& options, const Given& given, std::size_t i) {
  const TypedTensor input = compare::read_input(options.inputs[i], options.dtype);
  const compare::LoadedTensor dump = dump_for(options, i, input.extent);
  Request request;
  request.input = input.view();
  request.amax = given.amax;
  request.global = options.global_given ? std::span<const float>(dump.tensor.global) : given.global;
  request.random_bits = given.random_bits;
  request.philox = {options.seed, options.offset};
  request.fused = {given.weight, given.residual, options.epsilon};
  Identification found = compare::identify(request, dump.tensor);
  if (dump.nonzero_padding != 0)
    found.notes.push_back(fmt::format("{} pad bytes or nibbles of the dump are not zero", dump.nonzero_padding));
  return found;
}

ordered_json candidate_json(const Candidate& candidate) {
  ordered_json row{{"recipe", candidate.recipe->identity.name}, {"different_bytes", candidate.different_bytes}};
  for (std::size_t field = 0; field < compare::kFieldCount; ++field)
    row["fields"][std::string(name_of(static_cast<compare::Field>(field)))] = {
        {"total", candidate.tally[field].total}, {"different", candidate.tally[field].different}};
  if (candidate.parts)
    row["parts"] = {{"field", name_of(candidate.parts->field)},
                    {"row", candidate.parts->row},
                    {"col", candidate.parts->col},
                    {"expected", candidate.parts->expected},
                    {"found", candidate.parts->actual}};
  row["axes"] = ordered_json::array();
  for (const compare::AxisDifference& d : candidate.axes)
    row["axes"].push_back({{"axis", d.axis}, {"nearest", d.a}, {"here", d.b}});
  return row;
}

ordered_json to_json(const Identification& found) {
  ordered_json result{{"exact", ordered_json::array()},
                      {"others", ordered_json::array()},
                      {"refused", ordered_json::array()},
                      {"mistakes", ordered_json::array()},
                      {"notes", found.notes}};
  for (const Candidate& candidate : found.exact) result["exact"].push_back(candidate_json(candidate));
  for (const Candidate& candidate : found.others) result["others"].push_back(candidate_json(candidate));
  for (const compare::Refusal& refusal : found.refused)
    result["refused"].push_back({{"recipe", refusal.recipe->identity.name}, {"why", refusal.why}});
  for (const compare::Explanation& e : found.mistakes)
    result["mistakes"].push_back({{"mistake", e.mistake.name},
                                  {"sentence", e.mistake.sentence},
                                  {"recipe", e.recipe->identity.name},
                                  {"different_bytes", e.different_bytes}});
  return result;
}

std::string exact_text(const Identification& found) {
  if (found.exact.empty()) return "no recipe explains every byte\n";
  std::string text = "every byte is explained by\n";
  for (const Candidate& candidate : found.exact)
    text += fmt::format("  {} ({})\n", candidate.recipe->identity.name, name_of(candidate.recipe->identity.evidence));
  if (found.exact.size() > 1)
    text += "they are equal on this input; 'bitgate probe write' gives inputs that part them\n";
  return text;
}

std::string others_text(const Identification& found, std::size_t most) {
  if (found.others.empty() || most == 0) return "";
  std::string text = found.exact.empty() ? "the nearest\n" : "the nearest others\n";
  const Candidate& against = found.exact.empty() ? found.others.front() : found.exact.front();
  for (std::size_t i = 0; i < std::min(most, found.others.size()); ++i) {
    const Candidate& candidate = found.others[i];
    text += fmt::format("  {}: {} bytes differ; {}\n", candidate.recipe->identity.name, candidate.different_bytes,
                        where_it_parts(candidate));
    for (const compare::AxisDifference& d : candidate.axes)
      text += fmt::format("    {}: {}; in {}: {}\n", d.axis, d.b, against.recipe->identity.name, d.a);
  }
  return text;
}

// One line a reason: a reason often holds for a whole family.
std::string refused_text(const Identification& found) {
  std::vector<std::pair<std::string, std::string>> by_reason;
  for (const compare::Refusal& refusal : found.refused) {
    const std::string name(refusal.recipe->identity.name);
    const bool named = refusal.why.rfind(name + ": ", 0) == 0;
    const std::string reason = named ? refusal.why.substr(name.size() + 2) : refusal.why;
    const auto same =
        std::find_if(by_reason.begin(), by_reason.end(), [&](const auto& entry) { return entry.first == reason; });
    if (same == by_reason.end())
      by_reason.emplace_back(reason, name);
    else
      same->second += ", " + name;
  }
  std::string text;
  for (const auto& [reason, names] : by_reason) text += fmt::format("not asked: {}: {}\n", names, reason);
  return text;
}

void print_text(const Identification& found, std::size_t most) {
  std::string text = exact_text(found);
  for (const compare::Explanation& e : found.mistakes)
    text += fmt::format("{} {} if {}\n", e.recipe->identity.name,
                        e.different_bytes == 0 ? std::string("explains every byte")
                                               : fmt::format("explains all but {} bytes", e.different_bytes),
                        e.mistake.sentence);
  text += others_text(found, most);
  text += refused_text(found);
  for (const std::string& note : found.notes) text += fmt::format("note: {}\n", note);
  fmt::print("{}", text);
}

int run_identify(const Options& options) {
  if (options.files.empty() == options.from.empty() || options.files.empty() != options.stored_as.empty())
    throw InputError("give --from, or the files of one dump with --stored-as RECIPE");
  const std::size_t dumps = options.files.empty() ? options.from.size() : 1;
  if (options.inputs.size() != dumps)
    throw InputError(
        fmt::format("{} of --input and {} dumps: one for each input expected", options.inputs.size(), dumps));
  const Given given = given_by(options);
  std::vector<Identification> parts;
  for (std::size_t i = 0; i < options.inputs.size(); ++i) parts.push_back(identify_one(options, given, i));
  const Identification found = parts.size() == 1 ? std::move(parts.front()) : compare::combine(parts);
  if (options.json)
    fmt::print("{}\n", to_json(found).dump(2));
  else
    print_text(found, options.others);
  if (found.exact.empty() && found.others.empty()) return kCouldNotTell;
  return found.exact.empty() ? kDifference : kPass;
}

}  // namespace

void add_identify(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("identify", "Which recipes explain a dump, and where the nearest others part");
  auto options = std::make_shared<Options>();
  command->add_option("--input", options->inputs,
                      "The tensor that was quantized: FILE.npy or FILE.npz:KEY; repeatable");
  command->add_option("--from", options->from, "Its dump: a directory with tensor.json, or FILE.npz; one an input");
  for (const char* name : {"codes", "scales", "global", "extras", "packed", "values"}) {
    const auto store = [options, file = std::string(name)](const std::string& where) {
      options->files[file + (options->columnwise ? "_t" : "")] = where;
    };
    const std::string flag = std::string(name) == "global" ? "--dump-global" : fmt::format("--{}", name);
    command->add_option_function<std::string>(flag, store, fmt::format("A dump's {}: FILE.npy or FILE.npz:KEY", name));
  }
  command->add_option("--stored-as", options->stored_as, "A recipe whose producer stores such files as these are");
  command->add_flag("--columnwise", options->columnwise, "The files are of the column-wise side; stands before them");
  command->add_option("--dtype", options->dtype, "What uint16 patterns are: bf16 or f16");
  command->add_option("--amax", options->amax, "max|x| that the kernel was given, a number or FILE.npy");
  command->add_option("--global", options->global, "The global number that the kernel was given, or FILE.npy");
  command->add_flag("--global-given", options->global_given, "The dump's global was given to the kernel");
  command->add_option("--rbits", options->rbits, "Random words of stochastic rounding: uint32 FILE.npy");
  command->add_option("--seed", options->seed, "Seed of the producer's own random words (default 0)");
  command->add_option("--offset", options->offset, "Their offset, in blocks of 128 bits (default 0)");
  command->add_option("--weight", options->weight, "Weight of a fused multiplication: FILE.npy");
  command->add_option("--residual", options->residual, "Residual of a fused addition: FILE.npy");
  command->add_option("--eps", options->epsilon, "Epsilon of a fused norm (default 1e-5)");
  command->add_option("--others", options->others, "How many of the nearest others to tell of (default 5)");
  command->add_flag("--json", options->json, "Print JSON");
  command->footer(
      "Examples: bitgate identify --input x.npy --dtype bf16 --from dump/\n"
      "          bitgate identify --input x-1.npy --from d1/ --input x-2.npy --from d2/   (a probe set)\n"
      "Exit status 1 when no recipe explains every byte, 2 when no recipe takes the input.");
  command->callback([options, &status] { status = run_identify(*options); });
}

}  // namespace bitgate::program
