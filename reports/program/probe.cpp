// bitgate probe: small inputs that tell the recipes of a scheme apart.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "bitgate/compare/input_file.h"
#include "bitgate/compare/npy.h"
#include "bitgate/compare/probe.h"
#include "bitgate/compare/tensor_description.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/progress.h"

namespace bitgate::program {

namespace {

using compare::ProbeSet;
using nlohmann::ordered_json;

struct ProbeOptions {
  std::string scheme, dtype, out, from;
  bool json = false;
};

SchemeId scheme_named(const std::string& name) {
  const Scheme* scheme = compare::find_scheme(name);
  if (scheme != nullptr) return scheme->id;
  std::string known;
  for (const Scheme& other : kSchemes) known += fmt::format("{}{}", known.empty() ? "" : ", ", other.name);
  throw InputError(fmt::format("--scheme '{}': unknown; expected one of {}", name, known));
}
InputType type_named(const std::string& name) {
  const auto type = compare::find_input_type(name);
  if (!type) throw InputError(fmt::format("--dtype '{}': fp32, bf16 or f16 expected", name));
  return *type;
}

// The committed set where --from says so, else searched for again: the same, unless recipes were added since.
ProbeSet set_of(const ProbeOptions& options) {
  const SchemeId scheme = scheme_named(options.scheme);
  const InputType type = type_named(options.dtype);
  ProbeSet set;
  if (options.from.empty()) {
    set = compare::make_probe_set(scheme, type);
  } else {
    set.scheme = scheme;
    set.type = type;
    set = compare::read_probe_set(std::filesystem::path(options.from) / (compare::name_of(set) + ".npz"));
  }
  if (set.recipes.empty()) throw InputError(fmt::format("no recipe of {} takes {}", options.scheme, options.dtype));
  return set;
}

ordered_json summary_json(const ProbeSet& set) {
  ordered_json row{{"scheme", scheme_of(set.scheme).name},
                   {"dtype", name_of(set.type)},
                   {"probes", ordered_json::array()},
                   {"recipes", set.recipes},
                   {"equal", ordered_json::array()}};
  for (const compare::Probe& probe : set.probes)
    row["probes"].push_back(
        {{"from", probe.from}, {"rows", probe.input.extent.rows}, {"cols", probe.input.extent.cols}});
  for (const compare::EqualPair& pair : set.equal)
    row["equal"].push_back({pair.a, pair.b, pair.direction == Direction::kRowwise ? "row" : "column"});
  return row;
}

void run_make(const ProbeOptions& options) {
  std::error_code error;
  std::filesystem::create_directories(options.out, error);
  if (error) throw InputError(fmt::format("--out {}: {}", options.out, error.message()));
  ordered_json rows = ordered_json::array();
  Progress progress("probes", kSchemes.size());
  std::size_t done = 0;
  for (const Scheme& scheme : kSchemes) {
    for (const InputType type : kInputTypes) {
      const ProbeSet set = compare::make_probe_set(scheme.id, type);
      if (set.recipes.size() < 2) continue;
      compare::write_probe_set(options.out, set);
      rows.push_back(summary_json(set));
      if (!options.json)
        fmt::print("{}: {} recipes, {} probes, {} pairs equal on all tried\n", compare::name_of(set),
                   set.recipes.size(), set.probes.size(), set.equal.size());
    }
    progress.show(++done);
  }
  if (options.json) fmt::print("{}\n", rows.dump(2));
}

void write_tensor(const std::string& file, const TypedTensor& tensor) {
  const std::vector<std::int64_t> shape{tensor.extent.rows, tensor.extent.cols};
  if (tensor.type == InputType::kF32)
    compare::write_npy(file, compare::make_npy(shape, std::get<0>(tensor.values)));
  else
    compare::write_npy(file, compare::make_npy(shape, std::get<1>(tensor.values)));
}

void run_write(const ProbeOptions& options) {
  const ProbeSet set = set_of(options);
  if (set.probes.empty())
    throw InputError(fmt::format("{}: no input tells its {} recipes apart", compare::name_of(set), set.recipes.size()));
  const std::filesystem::path out(options.out);
  std::vector<std::string> files;
  for (std::size_t i = 0; i < set.probes.size(); ++i) {
    std::filesystem::path file = out;
    if (set.probes.size() > 1)
      file.replace_filename(fmt::format("{}-{}{}", out.stem().string(), i + 1, out.extension().string()));
    write_tensor(file.string(), set.probes[i].input);
    files.push_back(file.string());
  }
  if (options.json) {
    ordered_json summary = summary_json(set);
    summary["files"] = files;
    fmt::print("{}\n", summary.dump(2));
    return;
  }
  for (std::size_t i = 0; i < files.size(); ++i)
    fmt::print("{}: {} x {} {}, {}\n", files[i], set.probes[i].input.extent.rows, set.probes[i].input.extent.cols,
               name_of(set.type), set.probes[i].from);
  fmt::print("run the kernel on each, then: bitgate identify --input {} --dtype {} --from DUMP{}\n", files.front(),
             name_of(set.type), files.size() > 1 ? " --input ... --from ..." : "");
}

void run_confusion(const ProbeOptions& options) {
  const std::vector<compare::ConfusionRow> rows = compare::confusion(set_of(options));
  ordered_json result = ordered_json::array();
  for (const compare::ConfusionRow& row : rows) {
    const char* direction = row.direction == Direction::kRowwise ? "row" : "column";
    result.push_back({{"recipe", row.recipe}, {"direction", direction}, {"named", row.named}});
    if (options.json) continue;
    std::string named;
    for (const std::string& name : row.named) named += (named.empty() ? "" : ", ") + name;
    fmt::print("{} ({}-wise) is named {}\n", row.recipe, direction, named);
  }
  if (options.json) fmt::print("{}\n", result.dump(2));
}

CLI::App* add_one(CLI::App& probe, const std::shared_ptr<ProbeOptions>& options, const char* name, const char* what,
                  void (*run)(const ProbeOptions&)) {
  CLI::App* command = probe.add_subcommand(name, what);
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([options, run] { run(*options); });
  return command;
}

void add_set_options(CLI::App& command, ProbeOptions& options) {
  command.add_option("--scheme", options.scheme, "e.g. nvfp4")->required();
  command.add_option("--dtype", options.dtype, "fp32, bf16 or f16")->required();
  command.add_option("--from", options.from, "A directory that 'probe make' wrote (default: search again)");
}

}  // namespace

void add_probe(CLI::App& app) {
  CLI::App* probe = app.add_subcommand("probe", "Small inputs that tell the recipes of a scheme apart");
  probe->require_subcommand(1);
  auto options = std::make_shared<ProbeOptions>();
  CLI::App* make = add_one(*probe, options, "make", "Search the sets of all schemes and types", run_make);
  make->add_option("--out", options->out, "Where: a directory")->required();
  make->footer("Example: bitgate probe make --out probes/");
  CLI::App* write =
      add_one(*probe, options, "write", "The inputs of one scheme and type, for an unknown kernel", run_write);
  add_set_options(*write, *options);
  write->add_option("--out", options->out, "FILE.npy; FILE-1.npy, FILE-2.npy, ... when there are several")->required();
  write->footer("Example: bitgate probe write --scheme nvfp4 --dtype bf16 --out x.npy");
  CLI::App* matrix =
      add_one(*probe, options, "confusion", "Whom identify names for each recipe's own answers", run_confusion);
  add_set_options(*matrix, *options);
  matrix->footer("Example: bitgate probe confusion --scheme nvfp4 --dtype bf16 --from probes/");
  probe->footer("Example: bitgate probe write --scheme nvfp4 --dtype bf16 --out x.npy");
}

}  // namespace bitgate::program
