// bitgate merge: the shards of a report, joined into the report that one process would have written.
#include <memory>

#include "bitgate/reports/json.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/write_whole.h"
#include "bitgate/reports/report.h"
#include "bitgate/reports/shard.h"

namespace bitgate::program {

namespace {

struct MergeOptions {
  std::vector<std::string> shards;
  std::string out;
  bool json = false;
};

void run_merge(const MergeOptions& options) {
  reports::require_report_target(options.out);
  std::vector<reports::ShardFile> shards;
  for (const std::string& name : options.shards) {
    std::filesystem::path file = name;
    if (std::filesystem::is_directory(file)) file /= "results.json";
    shards.push_back({file, reports::read_shard(file)});
  }
  write_whole(options.out, reports::merge_shards(std::move(shards), reports::provenance_here()), options.json);
}

}  // namespace

void add_merge(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("merge", "Join the shards of a report: the files that one process would have written");
  auto options = std::make_shared<MergeOptions>();
  command->add_option("shards", options->shards, "Directories of 'report --shard', or their results.json, in any order")
      ->required();
  command->add_option("--out", options->out, "Directory to write; an older report there is replaced")->required();
  command->add_flag("--json", options->json, "Print JSON");
  command->footer(
      "Example: bitgate report --shard 1/2 --out a; bitgate report --shard 2/2 --out b; bitgate merge a b --out "
      "report\n"
      "Exit status 0 once the report is written; 3 for a shard missing, given twice, or of another commit or sweep.");
  command->callback([options] { run_merge(*options); });
}

}  // namespace bitgate::program
